"""Record an amendment of a contract, inside the limits of the law (H3, rules on modifications)."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain import modifications
from services.groupement.domain.cles import euros
from services.groupement.domain.modifications import Limites, Motif, Verdict
from services.groupement.usecases.commun import (
    acteur,
    contrat_verrouille,
    exiger_en_cours,
    organisation,
    organisations,
)
from services.groupement.usecases.lancer import derniere_consolidation
from services.groupement.usecases.passer_commande import prix_au
from shared.kernel.clock import PARIS
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres
from shared.kernel.seuils import TypeProcedure
from shared.messaging.uow import UnitOfWork

vivante = t.commande_vivante


@dataclass(frozen=True, slots=True)
class NouveauPrix:
    """A line's price for the orders placed from `effet_le`."""

    contrat_ligne_id: uuid.UUID
    prix_unitaire_ht: Decimal
    effet_le: dt.date


@dataclass(frozen=True, slots=True)
class NouvelAvenant:
    """What is signed; without an amount, it is what the new prices cost on what is left.

    `fin_le` moves the end of the contract; without it the end stays.
    """

    marche_id: uuid.UUID
    motif: Motif
    objet: str
    signe_le: dt.date
    montant_ht: Montant | None = None
    avis_cao_le: dt.date | None = None
    fin_le: dt.date | None = None
    prix: tuple[NouveauPrix, ...] = ()


def conclure_avenant(uow: UnitOfWork, nouvel: NouvelAvenant, parametres: Parametres) -> t.Avenant:
    """Check the law, raise (or lower) the ceiling, open the new prices, tell the members."""
    contrat = contrat_verrouille(uow, nouvel.marche_id)
    exiger_en_cours(uow.session, contrat.achat_id)
    _exiger(uow, contrat, nouvel)
    lignes = _lignes(uow, nouvel)
    montant = _montant(uow, nouvel, lignes)
    _exiger_couvert(uow, contrat, montant)
    verdict = apprecier(uow, contrat, nouvel, montant, parametres)
    modifications.exiger_avis_cao(verdict, nouvel.avis_cao_le, nouvel.signe_le)
    avenant = _ecrire(uow, contrat, nouvel, montant, verdict)
    _ouvrir_les_prix(uow, avenant, nouvel)
    _annoncer(uow, contrat, avenant, nouvel, lignes)
    return avenant


def apprecier(
    uow: UnitOfWork,
    contrat: t.Contrat,
    nouvel: NouvelAvenant,
    montant: Montant,
    parametres: Parametres,
) -> Verdict:
    """What the law says of one more amendment, after those already signed."""
    passes = [
        modifications.Avenant(Motif(a.motif), a.montant_ht, a.signe_le)
        for a in _passes(uow, contrat.marche_id)
    ]
    consolidation = derniere_consolidation(uow.session, contrat.achat_id)
    return modifications.apprecier(
        contrat.montant_initial_ht,
        passes,
        modifications.Avenant(nouvel.motif, montant, nouvel.signe_le),
        limites(uow, contrat, parametres),
        par_la_cao=consolidation.procedure == TypeProcedure.FORMALISEE,
    )


def limites(uow: UnitOfWork, contrat: t.Contrat, parametres: Parametres) -> Limites:
    """Dated limits of the contract: those in force when its consultation was launched."""
    achat = uow.session.get_one(t.Achat, contrat.achat_id)
    lance = achat.lance_le.astimezone(PARIS).date() if achat.lance_le else contrat.notifie_le
    classe = ClasseAcheteur(organisation(uow.session, achat.coordonnateur).classe)
    nature = Nature(achat.nature)
    seuil = (
        "seuil_services_sociaux_joue_ht"
        if nature is Nature.SERVICES_SOCIAUX
        else "seuil_formalise_ht"
    )
    part, imprevu, montant = (
        parametres.valeur(code, lance, classe, nature).valeur
        for code in ("modification_part", "modification_imprevu_part", seuil)
    )
    return Limites(part, imprevu, Montant(montant))


def _exiger(uow: UnitOfWork, contrat: t.Contrat, nouvel: NouvelAvenant) -> None:
    champs: dict[str, str] = {}
    if not nouvel.objet.strip():
        champs["objet"] = "Dites ce que l’avenant change."
    if not contrat.notifie_le <= nouvel.signe_le <= uow.clock.today():
        champs["signe_le"] = "L’avenant est signé entre la notification du marché et aujourd’hui."
    if any(prix.effet_le < nouvel.signe_le for prix in nouvel.prix):
        champs["effet_le"] = "Un prix ne change pas avant la signature de l’avenant."
    if nouvel.fin_le and nouvel.fin_le <= max(nouvel.signe_le, contrat.notifie_le):
        champs["fin_le"] = "Le nouveau terme suit la signature de l’avenant."
    if champs:
        raise ValidationError(" ".join(champs.values()), code="avenant_invalide", champs=champs)


def _exiger_couvert(uow: UnitOfWork, contrat: t.Contrat, montant: Montant) -> None:
    """A ceiling never falls under what members have already ordered."""
    engage = uow.session.scalar(
        sa.select(sa.func.sum(vivante.c.engage * vivante.c.prix_unitaire_ht))
        .join(t.ContratLigne, t.ContratLigne.id == vivante.c.contrat_ligne_id)
        .where(t.ContratLigne.marche_id == contrat.marche_id)
    )
    if contrat.montant_ht + montant < Montant(engage or 0):
        message = f"Les commandes déjà passées font {euros(Montant(engage or 0))} HT."
        raise ConflictError(
            f"L’avenant ne couvrirait plus ce qui est commandé. {message}",
            code="plafond_depasse",
            champs={"montant_ht": message},
        )


def _lignes(uow: UnitOfWork, nouvel: NouvelAvenant) -> dict[uuid.UUID, t.ContratLigne]:
    voulues = {prix.contrat_ligne_id for prix in nouvel.prix}
    requete = sa.select(t.ContratLigne).where(
        t.ContratLigne.id.in_(voulues), t.ContratLigne.marche_id == nouvel.marche_id
    )
    lignes = {ligne.id: ligne for ligne in uow.session.scalars(requete)}
    if voulues - lignes.keys():
        raise NotFoundError("Cette ligne n’est pas de ce marché.", code="ligne_inconnue")
    return lignes


def _montant(
    uow: UnitOfWork, nouvel: NouvelAvenant, lignes: dict[uuid.UUID, t.ContratLigne]
) -> Montant:
    """The amount told, else what the new prices cost on the quantities not ordered yet."""
    if nouvel.montant_ht is not None:
        return nouvel.montant_ht
    cout = Decimal()
    for prix in nouvel.prix:
        ligne = lignes[prix.contrat_ligne_id]
        ancien = prix_au(uow.session, ligne, prix.effet_le)
        cout += (prix.prix_unitaire_ht - ancien) * (ligne.quantite - _engage(uow, ligne.id))
    return Montant(cout)


def _engage(uow: UnitOfWork, ligne_id: uuid.UUID) -> Decimal:
    engage = uow.session.scalar(
        sa.select(sa.func.sum(vivante.c.engage)).where(vivante.c.contrat_ligne_id == ligne_id)
    )
    return engage or Decimal()


def _passes(uow: UnitOfWork, marche_id: uuid.UUID) -> list[t.Avenant]:
    requete = (
        sa.select(t.Avenant).where(t.Avenant.marche_id == marche_id).order_by(t.Avenant.numero)
    )
    return list(uow.session.scalars(requete))


def _ecrire(
    uow: UnitOfWork, contrat: t.Contrat, nouvel: NouvelAvenant, montant: Montant, verdict: Verdict
) -> t.Avenant:
    avenant = t.Avenant(
        id=uow.new_id(),
        marche_id=contrat.marche_id,
        numero=len(_passes(uow, contrat.marche_id)) + 1,
        motif=nouvel.motif.value,
        objet=nouvel.objet.strip(),
        montant_ht=montant,
        signe_le=nouvel.signe_le,
        cumul_part=verdict.cumul_part,
        total_part=verdict.total_part,
        avis_cao_le=nouvel.avis_cao_le,
        fin_le=nouvel.fin_le,
        explication=verdict.phrase,
        enregistre_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(avenant)
    contrat.montant_ht += montant
    contrat.fin_le = nouvel.fin_le or contrat.fin_le
    uow.session.flush()
    return avenant


def _ouvrir_les_prix(uow: UnitOfWork, avenant: t.Avenant, nouvel: NouvelAvenant) -> None:
    for prix in nouvel.prix:
        derniere = uow.session.scalar(
            sa.select(sa.func.max(t.PrixLigne.version)).where(
                t.PrixLigne.contrat_ligne_id == prix.contrat_ligne_id
            )
        )
        uow.session.add(
            t.PrixLigne(
                contrat_ligne_id=prix.contrat_ligne_id,
                version=(derniere or 1) + 1,
                prix_unitaire_ht=prix.prix_unitaire_ht,
                effet_le=prix.effet_le,
                avenant_id=avenant.id,
            )
        )
        uow.session.flush()


def _annoncer(
    uow: UnitOfWork,
    contrat: t.Contrat,
    avenant: t.Avenant,
    nouvel: NouvelAvenant,
    lignes: dict[uuid.UUID, t.ContratLigne],
) -> None:
    requete = (
        sa.select(t.Quota.siret)
        .join(t.Quota.ligne)
        .where(t.ContratLigne.marche_id == contrat.marche_id)
        .distinct()
    )
    membres = organisations(uow.session, uow.session.scalars(requete))
    achat = uow.session.get_one(t.Achat, contrat.achat_id)
    donnees: dict[str, Any] = {
        "avenant_id": avenant.id,
        "achat_id": achat.id,
        "objet_achat": achat.objet,
        "marche_id": contrat.marche_id,
        "marche_reference": contrat.reference,
        "numero": avenant.numero,
        "motif": avenant.motif,
        "objet": avenant.objet,
        "montant_ht": avenant.montant_ht,
        "montant_marche_ht": contrat.montant_ht,
        "fin_le": contrat.fin_le,
        "cumul_part": format(avenant.cumul_part.quantize(Decimal("0.000001")), "f"),
        "avis_cao_le": avenant.avis_cao_le,
        "signe_le": avenant.signe_le,
        "explication": avenant.explication,
        "prix": [
            {
                "article": lignes[prix.contrat_ligne_id].article,
                "lieu": lignes[prix.contrat_ligne_id].lieu,
                "prix_unitaire_ht": prix.prix_unitaire_ht,
                "effet_le": prix.effet_le,
            }
            for prix in nouvel.prix
        ],
        "membres": [
            {"membre": acteur(membres[s]), "courriel": membres[s].courriel} for s in sorted(membres)
        ],
    }
    details = {cle: donnees[cle] for cle in ("numero", "objet", "montant_ht", "explication")}
    uow.audit("avenant.conclu", str(achat.id), details)
    uow.emit("groupement.avenant.conclu.v1", subject=str(contrat.marche_id), data=donnees)
