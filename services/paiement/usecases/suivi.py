"""What every step of an invoice shares: load it, move it, time it, tell it."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from services.paiement.domain import depart, horloge, partage
from services.paiement.domain import facture as cycle
from services.paiement.domain.depart import Origine, Ouverture
from services.paiement.domain.facture import DETENTEURS, Etat
from services.paiement.domain.horloge import Horloge, Interruption
from services.paiement.domain.motifs import CODES
from services.paiement.domain.partage import Partage
from services.paiement.tables import Facture, Passage
from services.paiement.usecases import ecrire
from services.paiement.usecases.ecrire_litiges import a_verser, ecrire_avoirs
from services.paiement.usecases.lois import lois
from shared.kernel.errors import ConflictError, NotFoundError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Parametres
from shared.messaging.uow import UnitOfWork


def charger(uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str | None = None) -> Facture:
    """Lock an invoice with its buyer and contract; another buyer's invoice does not exist."""
    requete = (
        select(Facture)
        .where(Facture.id == facture_id)
        .options(joinedload(Facture.acheteur), joinedload(Facture.marche))
        .with_for_update(of=Facture)
        .execution_options(populate_existing=True)
    )
    if acheteur_siret is not None:
        requete = requete.where(Facture.acheteur_siret == acheteur_siret)
    facture = uow.session.scalar(requete)
    if facture is None:
        raise NotFoundError("Cette facture n’existe pas.", code="facture_inconnue")
    return facture


def annulee_par_avoir(facture: Facture) -> bool:
    return facture.credite > Montant.zero() and facture.credite >= facture.a_payer


def exiger_un_reste(facture: Facture) -> None:
    """Nothing more is done of an invoice that credit notes brought to zero."""
    if annulee_par_avoir(facture):
        raise ConflictError(
            "Des avoirs ramènent cette facture à zéro\u00a0: il n’y a plus rien à en faire.",
            code="rien_a_payer",
        )


def passer(
    uow: UnitOfWork,
    facture: Facture,
    vers: Etat,
    note: str = "",
    *,
    code: int | None = None,
    motif: str | None = None,
) -> None:
    """Move to the next state if it is allowed; write who holds the invoice since when.

    `code` says another status of the reform than the usual one of the state, `motif` its reason.
    """
    facture.etat = cycle.avancer(Etat(facture.etat), vers)
    inscrire(uow, facture, note, code=code, motif=motif)
    uow.audit(f"facture.{vers.lower()}", str(facture.id), {"note": note})
    _ecrire(uow, facture, vers, note)


def _ecrire(uow: UnitOfWork, facture: Facture, vers: Etat, note: str) -> None:
    """What a state means for the ledger; the same state twice writes once."""
    if vers is Etat.SERVICE_FAIT:
        ecrire.ecrire_admission(uow, facture)
        ecrire_avoirs(uow, facture)
    elif vers is Etat.MISE_EN_PAIEMENT:
        ecrire.ecrire_paiement(uow, facture, a_verser(uow, facture))
        ecrire.ecrire_interets(uow, facture)
    elif vers is Etat.REJETEE:
        ecrire.contrepasser(uow, ecrire.piece_facture(facture), note or "Facture rejetée.")


def inscrire(
    uow: UnitOfWork,
    facture: Facture,
    note: str,
    *,
    code: int | None = None,
    motif: str | None = None,
) -> None:
    """Add the present state to the history."""
    facture.depuis_le = uow.clock.now()
    annoter(uow, facture, note, code or CODES.get(Etat(facture.etat)), motif)


def annoter(
    uow: UnitOfWork, facture: Facture, note: str, code: int | None, motif: str | None
) -> None:
    """Add a line to the history; the holder and the state stay what they are."""
    rang = uow.session.scalar(
        select(func.count()).select_from(Passage).where(Passage.facture_id == facture.id)
    )
    uow.session.add(
        Passage(
            facture_id=facture.id,
            rang=(rang or 0) + 1,
            etat=facture.etat,
            detenteur=DETENTEURS[Etat(facture.etat)],
            le=uow.clock.now(),
            acteur=uow.acteur,
            note=note,
            code=code,
            motif=motif,
        )
    )
    uow.session.flush()


def horloge_de(facture: Facture, parametres: Parametres) -> Horloge:
    """Compute the clock of an invoice from its own dates; needs its buyer loaded."""
    interruption = (
        Interruption(facture.suspendue_le, facture.completee_le) if facture.suspendue_le else None
    )
    faits = depart.faits(
        _ouverture(facture),
        emise_le=facture.emise_le,
        recue_le=facture.recue_le,
        service_fait_le=facture.service_fait_le or facture.executee_le,
        interruption=interruption,
    )
    classe = ClasseAcheteur(facture.acheteur.classe)
    return horloge.calculer(faits, horloge.delais(parametres, classe, facture.recue_le))


def _ouverture(facture: Facture) -> Ouverture | None:
    ligne = facture.depart
    if ligne is None:
        return None
    return Ouverture(Origine(ligne.origine), ligne.le, ligne.demandee_le)


def partage_de(facture: Facture, parametres: Parametres) -> Partage | None:
    """The days of the officer and of the accountant; needs the buyer loaded."""
    acheteur = facture.acheteur
    jours = partage.jours_du_comptable(
        parametres, ClasseAcheteur(acheteur.classe), facture.recue_le, acheteur.comptable_jours
    )
    return partage.partager(horloge_de(facture, parametres), jours)


def mettre_a_l_heure(uow: UnitOfWork, facture: Facture) -> Horloge:
    """Store the start and the due date, which lists and due dates read.

    Nothing can be late on an invoice that credit notes brought to zero.
    """
    calcul = horloge_de(facture, lois(uow.session))
    if annulee_par_avoir(facture):
        facture.depart_le = facture.echeance_le = None
    else:
        facture.depart_le, facture.echeance_le = calcul.depart, calcul.echeance
    return calcul


def dire(uow: UnitOfWork, facture: Facture, fait: str, donnees: Mapping[str, Any]) -> None:
    """Emit `paiement.facture.<fait>.v1` with what every listener needs to know."""
    uow.emit(
        f"paiement.facture.{fait}.v1",
        subject=str(facture.id),
        data={**_identite(facture), **donnees},
    )


def _identite(facture: Facture) -> dict[str, Any]:
    marche = facture.marche
    return {
        "facture_id": facture.id,
        "numero": facture.numero,
        "fournisseur": {"siret": facture.fournisseur_siret, "nom": facture.fournisseur_nom},
        "acheteur": {"siret": facture.acheteur_siret, "nom": facture.acheteur.nom},
        "marche_id": facture.marche_id,
        "marche_reference": marche.reference if marche else None,
        "achat_id": marche.achat_id if marche else None,
        "montant_ttc": facture.montant_ttc,
        "montant_ht": facture.montant_ht,
        "courriel_fournisseur": marche.titulaire_courriel if marche else None,
    }
