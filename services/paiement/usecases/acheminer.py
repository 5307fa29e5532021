"""Send a misaddressed invoice back to its supplier, who corrects where it goes and nothing else."""

import uuid

from sqlalchemy import select

from services.paiement.domain.facture import Etat
from services.paiement.domain.phrases import jour
from services.paiement.domain.reception import manques
from services.paiement.tables import Facture, Passage
from services.paiement.usecases.controler_lignes import controler_lignes
from services.paiement.usecases.marches_cites import marche_cite
from services.paiement.usecases.rapprocher import rapprocher_facture
from services.paiement.usecases.regler_reception import annuaire_de
from services.paiement.usecases.suivi import charger, dire, mettre_a_l_heure, passer
from shared.kernel.errors import NotFoundError, ValidationError
from shared.messaging.uow import UnitOfWork

ROUTAGE = "ROUTAGE_ERR"


def recycler(uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str, motif: str) -> Facture:
    """Say that the invoice is not for this service; the legal delay does not stop for that."""
    facture = charger(uow, facture_id, acheteur_siret)
    prononcer_recyclage(uow, facture, motif.strip())
    return facture


def prononcer_recyclage(uow: UnitOfWork, facture: Facture, motif: str) -> None:
    """Hand the invoice back to its supplier with what is wrong in its address."""
    passer(uow, facture, Etat.A_RECYCLER, motif, motif=ROUTAGE)
    dire(uow, facture, "a_recycler", {"motif": motif, "le": uow.clock.today()})


def readresser(
    uow: UnitOfWork,
    facture_id: uuid.UUID,
    fournisseur_siret: str,
    *,
    code_service: str | None,
    engagement: str | None,
) -> Facture:
    """The supplier corrects the service and the commitment number: the invoice goes on."""
    facture = charger(uow, facture_id)
    if facture.fournisseur_siret != fournisseur_siret:
        raise NotFoundError("Cette facture n’existe pas.", code="facture_inconnue")
    deja_disponible = _deja_disponible(uow, facture)
    _verifier_adresse(uow, facture, code_service, engagement)
    passer(uow, facture, Etat.MISE_A_DISPOSITION, "Réadressée par le fournisseur.")
    facture.code_service = (code_service or "").strip() or None
    facture.reference_commande = (engagement or "").strip() or None
    if facture.marche_id is None:
        _rattacher(uow, facture)
    if not deja_disponible:
        facture.recue_le = uow.clock.today()  # the buyer is told of it today, not before
    mettre_a_l_heure(uow, facture)
    if deja_disponible:
        dire(uow, facture, "readressee", {"le": uow.clock.today()})
    else:
        dire_recue(uow, facture)
    return facture


def _verifier_adresse(
    uow: UnitOfWork, facture: Facture, code_service: str | None, engagement: str | None
) -> None:
    annuaire = annuaire_de(uow, facture.acheteur_siret)
    manque = manques(annuaire, (code_service or "").strip(), (engagement or "").strip())
    if manque:
        raise ValidationError(
            " ".join(manque),
            code="adressage_incomplet",
            champs={"code_service": " ".join(manque)},
        )


def dire_recue(uow: UnitOfWork, facture: Facture) -> None:
    """A valid invoice reached its buyer: its clock is known."""
    donnees = {
        "recue_le": facture.recue_le,
        "depart_le": facture.depart_le,
        "echeance_le": facture.echeance_le,
        "profil": facture.profil,
    }
    dire(uow, facture, "recue", donnees)
    controler_lignes(uow, facture)


def _deja_disponible(uow: UnitOfWork, facture: Facture) -> bool:
    requete = select(Passage.rang).where(
        Passage.facture_id == facture.id, Passage.etat == Etat.MISE_A_DISPOSITION
    )
    return uow.session.scalar(requete.limit(1)) is not None


def _rattacher(uow: UnitOfWork, facture: Facture) -> None:
    citees = [r for r in (facture.reference_contrat, facture.reference_commande) if r]
    marche = marche_cite(uow, facture.fournisseur_siret, citees)
    if marche is None:
        return
    facture.marche_id = marche.id
    uow.session.flush()
    uow.session.refresh(facture, ["marche"])
    rapprocher_facture(uow, facture)


def recevoir_au_comptable(uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str) -> Facture:
    """The public accountant has the payment order."""
    facture = charger(uow, facture_id, acheteur_siret)
    passer(uow, facture, Etat.MISE_A_DISPOSITION_COMPTABLE, _echeance(facture))
    dire(uow, facture, "chez_comptable", {"le": uow.clock.today()})
    return facture


def comptabiliser(uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str) -> Facture:
    """The public accountant booked the expense; the money has not left yet."""
    facture = charger(uow, facture_id, acheteur_siret)
    passer(uow, facture, Etat.COMPTABILISEE, _echeance(facture))
    dire(uow, facture, "comptabilisee", {"le": uow.clock.today()})
    return facture


def _echeance(facture: Facture) -> str:
    return f"Échéance le {jour(facture.echeance_le)}." if facture.echeance_le else ""
