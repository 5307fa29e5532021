"""The life of an advance after its proposal: its conditions, accepted or refused, then paid."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from services.paiement.domain import avance as regle
from services.paiement.domain import horloge, resorption
from services.paiement.domain.avance import EtatAvance, Garantie
from services.paiement.domain.phrases import jour
from services.paiement.tables import Avance, Marche
from services.paiement.usecases.ecrire import ecrire_avance
from services.paiement.usecases.lois import lois
from services.paiement.usecases.viser import refuser_si_carte
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import UnitOfWork

RENONCE = "Le titulaire y renonce."


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the contract fixes; `fin` is the share executed at which the advance is all back."""

    commencement_le: dt.date
    garantie_type: Garantie | None = None
    garantie_recue_le: dt.date | None = None
    fin: Decimal | None = None


def accepter_avance(
    uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str, cible: str = ""
) -> Avance:
    """Record that the contractor takes the advance."""
    avance = _charger(uow, marche_id, acheteur_siret, cible)
    refuser_si_carte(uow, marche_id)
    avance.etat = regle.changer(EtatAvance(avance.etat), EtatAvance.ACCEPTEE)
    avance.acceptee_le = uow.clock.today()
    _dire(uow, avance, "acceptee", {"payable_avant_le": avance.payable_avant_le})
    uow.audit("avance.acceptee", str(avance.id), {"montant": avance.montant})
    return avance


def refuser_avance(
    uow: UnitOfWork,
    marche_id: uuid.UUID,
    acheteur_siret: str,
    cible: str = "",
    motif: str = RENONCE,
) -> Avance:
    """Record that the contractor gives the advance up, as the law lets it, or why it is set aside.

    A mandatory advance is only given up by the contractor.
    """
    avance = _charger(uow, marche_id, acheteur_siret, cible)
    avance.etat = regle.changer(EtatAvance(avance.etat), EtatAvance.REFUSEE)
    avance.motif_refus = motif.strip()
    _dire(uow, avance, "refusee", {"motif": avance.motif_refus})
    details = {"montant": avance.montant, "motif": avance.motif_refus}
    uow.audit("avance.refusee", str(avance.id), details)
    return avance


def fixer_conditions(
    uow: UnitOfWork,
    marche_id: uuid.UUID,
    acheteur_siret: str,
    conditions: Conditions,
    cible: str = "",
) -> Avance:
    """Record the guarantee received, the start and the end of recovery, until the payment."""
    avance = _charger(uow, marche_id, acheteur_siret, cible)
    if avance.etat not in {EtatAvance.PROPOSEE, EtatAvance.ACCEPTEE}:
        raise ConflictError(
            "Le taux et les conditions d’une avance ne changent plus une fois qu’elle est versée "
            "ou refusée.",
            code="avance_figee",
        )
    _verifier_conditions(conditions, avance.marche.date_notification, uow.clock.today())
    avance.commencement_le = conditions.commencement_le
    avance.garantie_type = conditions.garantie_type
    avance.garantie_recue_le = conditions.garantie_recue_le
    avance.clause_fin = conditions.fin
    resorption.regle(cas_de(avance), lois(uow.session))  # the clause must be possible
    classe = ClasseAcheteur(avance.marche.acheteur.classe)
    delai = horloge.delais(lois(uow.session), classe, avance.commencement_le).paiement
    avance.payable_avant_le = regle.payable_avant(
        avance.commencement_le, avance.garantie_recue_le, delai
    )
    fixees = {
        "garantie_type": avance.garantie_type,
        "garantie_recue_le": avance.garantie_recue_le,
        "commencement_le": avance.commencement_le,
        "payable_avant_le": avance.payable_avant_le,
        "fin": avance.clause_fin,
    }
    _dire(uow, avance, "conditions_fixees", fixees)
    uow.audit("avance.conditions", str(avance.id), fixees)
    return avance


def verser_avance(
    uow: UnitOfWork,
    marche_id: uuid.UUID,
    acheteur_siret: str,
    versee_le: dt.date,
    cible: str = "",
) -> Avance:
    """Record the payment of an accepted advance, never before its guarantee."""
    avance = _charger(uow, marche_id, acheteur_siret, cible)
    avance.etat = regle.changer(EtatAvance(avance.etat), EtatAvance.VERSEE)
    regle.verifier_versement(
        garantie=avance.garantie,
        garantie_recue=avance.garantie_recue_le,
        commencement=avance.commencement_le,
        versee_le=versee_le,
    )
    _verifier_date(versee_le, avance.marche.date_notification, uow.clock.today())
    avance.versee_le = versee_le
    ecrire_avance(uow, avance, avance.marche)
    uow.emit(
        "paiement.avance.versee.v1",
        subject=str(marche_id),
        data={
            "avance_id": avance.id,
            "marche_id": marche_id,
            "titulaire": _titulaire(avance.marche),
            "montant": avance.montant,
            "versee_le": versee_le,
        },
    )
    uow.audit("avance.versee", str(avance.id), {"montant": avance.montant, "le": versee_le})
    return avance


def cas_de(avance: Avance) -> resorption.Cas:
    """The case of recovery of an advance; needs its contract loaded."""
    return resorption.Cas(
        date_lancement=avance.marche.date_lancement,
        base_ttc=avance.base_ttc,
        avance=avance.montant,
        taux=avance.taux,
        clause_fin=avance.clause_fin,
    )


def _dire(uow: UnitOfWork, avance: Avance, fait: str, donnees: dict[str, Any]) -> None:
    uow.emit(
        f"paiement.avance.{fait}.v1",
        subject=str(avance.marche_id),
        data={
            "avance_id": avance.id,
            "marche_id": avance.marche_id,
            "marche_reference": avance.marche.reference,
            "titulaire": _titulaire(avance.marche),
            "montant": avance.montant,
            **donnees,
        },
    )


def _titulaire(marche: Marche) -> dict[str, str]:
    return {"siret": marche.titulaire_siret, "nom": marche.titulaire_nom}


def _charger(uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str, cible: str) -> Avance:
    avance = uow.session.scalar(
        select(Avance)
        .join(Avance.marche)
        .where(
            Avance.marche_id == marche_id,
            Avance.cible == cible,
            Marche.acheteur_siret == acheteur_siret,
        )
        .options(joinedload(Avance.marche).joinedload(Marche.acheteur))
        .with_for_update(of=Avance)
    )
    if avance is None:
        raise NotFoundError("Ce marché n’a pas d’avance.", code="avance_inconnue")
    return avance


def _verifier_conditions(
    conditions: Conditions, notification: dt.date, aujourdhui: dt.date
) -> None:
    champs: dict[str, str] = {}
    if conditions.commencement_le < notification:
        champs["commencement_le"] = f"Choisissez une date à partir du {jour(notification)}."
    recue = conditions.garantie_recue_le
    if (recue is None) != (conditions.garantie_type is None):
        champs["garantie_recue_le"] = "Donnez la nature de la garantie et sa date de réception."
    elif recue is not None and recue > aujourdhui:
        champs["garantie_recue_le"] = "Choisissez une date jusqu’à aujourd’hui."
    if champs:
        raise ValidationError(
            "Les conditions de l’avance sont à corriger.", code="saisie_invalide", champs=champs
        )


def _verifier_date(versee_le: dt.date, notification: dt.date, aujourdhui: dt.date) -> None:
    if not notification <= versee_le <= aujourdhui:
        raise ValidationError(
            "La date de versement n’est pas possible.",
            code="date_impossible",
            champs={
                "versee_le": f"Choisissez une date entre le {jour(notification)}, notification "
                f"du marché, et aujourd’hui."
            },
        )
