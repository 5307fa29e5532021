"""How a contract is paid by instalments and guaranteed, and who its subcontractors are.

Every change is a new row: what held on a day can always be read again.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from services.paiement.domain import retenue, sous_traitance
from services.paiement.domain.acomptes import Methode
from services.paiement.domain.phrases import jour
from services.paiement.domain.retenue import Garantie
from services.paiement.tables import ConditionsMarche, Decompte, Marche, SousTraitant
from services.paiement.usecases.compte_decompte import (
    conditions_de,
    exiger_conditions,
    sous_traitants_de,
    verrouiller,
)
from services.paiement.usecases.lois import lois
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, ParametreLegal, Parametres
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvellesConditions:
    """What the contract says of its payment; `retenue` is a part of 1."""

    methode: Methode
    debut_le: dt.date
    retenue: Decimal
    garantie_mois: int
    sur_demande: bool


@dataclass(frozen=True, slots=True)
class SuiteDeGarantie:
    """What is known of the end of the guarantee."""

    reception_le: dt.date | None
    reserves: bool
    reserves_levees_le: dt.date | None
    garantie: Garantie | None
    garantie_recue_le: dt.date | None


@dataclass(frozen=True, slots=True)
class ActeSpecial:
    """A subcontractor that the buyer accepts."""

    siret: str
    nom: str
    prestation: str
    montant_ttc: Montant
    acceptee_le: dt.date


def maximum_de(marche: Marche, parametres: Parametres) -> ParametreLegal:
    """The ceiling of the retention for this contract."""
    return retenue.taux_maximal(
        marche.date_lancement,
        ClasseAcheteur(marche.acheteur.classe),
        pme=marche.titulaire_pme,
        depenses_reelles=marche.acheteur.depenses_reelles,
        parametres=parametres,
    )


def fixer_conditions(
    uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str, voulues: NouvellesConditions
) -> ConditionsMarche:
    """Set the conditions; method, start and retention are settled by the first certificate."""
    marche = verrouiller(uow, marche_id, acheteur_siret)
    retenue.verifier_taux(voulues.retenue, maximum_de(marche, lois(uow.session)))
    _verifier_debut(voulues.debut_le, marche)
    avant = conditions_de(uow.session, marche_id)
    if avant is not None and _decompte(uow, marche_id):
        _verifier_inchangees(avant, voulues)
    return _ecrire(
        uow,
        marche_id,
        avant,
        {
            "methode": voulues.methode.value,
            "debut_le": voulues.debut_le,
            "retenue": voulues.retenue,
            "garantie_mois": voulues.garantie_mois,
            "sur_demande": voulues.sur_demande,
        },
    )


def suivre_garantie(
    uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str, suite: SuiteDeGarantie
) -> ConditionsMarche:
    """Record the acceptance, its reservations and their lifting, or a guarantee received."""
    marche = verrouiller(uow, marche_id, acheteur_siret)
    avant = exiger_conditions(uow.session, marche_id)
    _verifier_suite(suite, marche.date_notification, uow.clock.today())
    return _ecrire(
        uow,
        marche_id,
        avant,
        {
            "reception_le": suite.reception_le,
            "reserves": suite.reserves,
            "reserves_levees_le": suite.reserves_levees_le,
            "garantie": suite.garantie.value if suite.garantie else None,
            "garantie_recue_le": suite.garantie_recue_le,
        },
    )


def accepter_sous_traitant(
    uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str, acte: ActeSpecial
) -> SousTraitant:
    """Keep a special act: whom the buyer will pay directly, and up to which amount."""
    marche = verrouiller(uow, marche_id, acheteur_siret)
    connus = sous_traitants_de(uow.session, marche_id)
    if any(connu.siret == acte.siret for connu, _ in connus):
        raise ConflictError(
            "Ce sous-traitant est déjà accepté sur ce marché.",
            code="sous_traitant_connu",
            champs={"siret": "Ce sous-traitant est déjà accepté sur ce marché."},
        )
    deja = Montant.somme(connu.montant_ttc for connu, _ in connus)
    disponible, aujourdhui = marche.montant_ttc - deja, uow.clock.today()
    sous_traitance.verifier_acte(
        acte.montant_ttc, disponible, acte.acceptee_le, marche.date_notification, aujourdhui
    )
    direct = sous_traitance.paiement_direct(
        acte.montant_ttc, marche.date_lancement, lois(uow.session)
    )
    nouveau = SousTraitant(
        id=uow.new_id(),
        marche_id=marche_id,
        siret=acte.siret,
        nom=acte.nom,
        prestation=acte.prestation,
        montant_ttc=acte.montant_ttc,
        paiement_direct=direct,
        acceptee_le=acte.acceptee_le,
    )
    uow.session.add(nouveau)
    uow.audit("sous_traitant.accepte", str(marche_id), {"siret": acte.siret, "direct": direct})
    return nouveau


def _ecrire(
    uow: UnitOfWork,
    marche_id: uuid.UUID,
    avant: ConditionsMarche | None,
    champs: Mapping[str, Any],
) -> ConditionsMarche:
    """Add a row which keeps what this change says nothing of."""
    noms = [c.key for c in ConditionsMarche.__table__.columns]
    repris = {nom: getattr(avant, nom) for nom in noms} if avant else {"reserves": False}
    nouvelle = ConditionsMarche(
        **(
            repris
            | dict(champs)
            | {
                "id": uow.new_id(),
                "marche_id": marche_id,
                "rang": avant.rang + 1 if avant else 1,
                "acteur": uow.acteur,
                "le": uow.clock.now(),
            }
        )
    )
    uow.session.add(nouvelle)
    uow.audit("marche.conditions", str(marche_id), dict(champs))
    return nouvelle


def _decompte(uow: UnitOfWork, marche_id: uuid.UUID) -> bool:
    requete = select(Decompte.id).where(Decompte.marche_id == marche_id)
    return uow.session.scalar(requete.limit(1)) is not None


def _verifier_debut(debut_le: dt.date, marche: Marche) -> None:
    if debut_le < marche.date_notification:
        raise ValidationError(
            "L’exécution ne commence pas avant la notification.",
            code="date_impossible",
            champs={
                "debut_le": "Le marché a été notifié le "
                f"{jour(marche.date_notification)}\u00a0: choisissez ce jour ou un jour suivant."
            },
        )


def _verifier_inchangees(avant: ConditionsMarche, voulues: NouvellesConditions) -> None:
    raison = "Un décompte est déjà établi\u00a0: cette condition ne change plus."
    fautes = {
        nom: raison
        for nom in ("methode", "debut_le", "retenue")
        if getattr(avant, nom) != getattr(voulues, nom)
    }
    if fautes:
        raise ConflictError(raison, code="conditions_fixees", champs=fautes)


def _verifier_suite(suite: SuiteDeGarantie, notification: dt.date, aujourdhui: dt.date) -> None:
    dates = ("reception_le", "reserves_levees_le", "garantie_recue_le")
    borne = f"Entre le {jour(notification)}, notification du marché, et aujourd’hui."
    fautes = {
        nom: borne
        for nom in dates
        if (date := getattr(suite, nom)) and not notification <= date <= aujourdhui
    }
    if suite.reserves and suite.reception_le is None:
        fautes["reception_le"] = "Des réserves supposent une réception\u00a0: donnez sa date."
    if suite.reserves_levees_le and not suite.reserves:
        fautes["reserves_levees_le"] = "Aucune réserve n’est indiquée."
    elif (
        suite.reserves_levees_le
        and suite.reception_le
        and suite.reserves_levees_le < suite.reception_le
    ):
        fautes["reserves_levees_le"] = "Les réserves se lèvent après la réception."
    if (suite.garantie is None) != (suite.garantie_recue_le is None):
        fautes["garantie_recue_le"] = "Indiquez la garantie et sa date de réception, ou aucune."
    if fautes:
        raise ValidationError(
            "Ces dates ne sont pas possibles.", code="date_impossible", champs=fautes
        )
