"""Consolidate the needs of those who take part, and keep the computation.

The database sums, the domain decides: whatever the number of needs, memory holds lines only.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.consolidation import (
    Consolidation,
    Decisions,
    LotPrevu,
    exiger_decide,
)
from services.groupement.domain.decoupage import Plan
from services.groupement.domain.releve import Releve
from services.groupement.domain.seuils import Cadre, Verification, verifier
from services.groupement.queries import sommes
from services.groupement.usecases.commun import (
    achat_verrouille,
    acteur,
    articles_de,
    avancer,
    organisation,
    organisations,
)
from services.groupement.usecases.composer import ecrire_lignes, ecrire_retirees
from services.groupement.usecases.lots import en_lots
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Apercu:
    """What consolidating would give now: the same object that is then written."""

    resultat: Consolidation
    verification: Verification
    couts: Mapping[str, Montant]


@dataclass(frozen=True, slots=True)
class Vu:
    """What the coordinator had before its eyes: the fingerprint, and since when."""

    empreinte: str
    le: dt.datetime | None = None


def apercevoir(
    session: Session,
    achat: t.Achat,
    parametres: Parametres,
    jour: dt.date,
    decisions: Decisions | None = None,
) -> Apercu:
    """Compute lots, lines and thresholds on the needs of those who take part; write nothing."""
    catalogue = {article.code: article for article in articles_de(session, achat.id)}
    condition = sommes.retenus(session, achat.id)
    releve = Releve(catalogue, decisions or {})
    sommes.sommer(session, sommes.besoins(condition), releve.noter)
    resultat = releve.consolider(lots_prevus(session, achat.id))
    retirees = [(ligne.article, ligne.lieu) for ligne in resultat.retirees]
    couts = releve.couts(sommes.couts_fermes(session, condition, retirees))
    montants = {lot.numero: lot.montant_ht for lot in resultat.lots}
    verification = verifier(cadre(session, achat, parametres, jour), montants, couts)
    return Apercu(resultat, verification, couts)


def consolider(
    uow: UnitOfWork,
    achat_id: uuid.UUID,
    parametres: Parametres,
    *,
    vu: Vu | None = None,
    decisions: Decisions | None = None,
) -> t.Consolidation:
    """Write the computation with its composition, provided it is the one that was shown (`vu`)."""
    achat = achat_verrouille(uow, achat_id)
    avancer(uow, achat, EtatAchat.CONSOLIDE)
    apercu = apercevoir(uow.session, achat, parametres, uow.clock.today(), decisions)
    if vu and vu.empreinte != apercu.resultat.empreinte:
        raise _perime(uow.session, achat_id, vu)
    return consigner(uow, achat, apercu)


def consigner(uow: UnitOfWork, achat: t.Achat, apercu: Apercu) -> t.Consolidation:
    """Keep a computation under the next number, and tell it; those before stay."""
    exiger_decide(apercu.resultat)
    consolidation = _ecrire(uow, achat, apercu)
    ecrire_lignes(uow, consolidation, apercu.resultat)
    _annoncer(uow, achat, consolidation)
    return consolidation


def cadre(session: Session, achat: t.Achat, parametres: Parametres, jour: dt.date) -> Cadre:
    """Thresholds depend on the launch date, the coordinator's class and the nature."""
    classe = ClasseAcheteur(organisation(session, achat.coordonnateur).classe)
    return Cadre(parametres, jour, classe, Nature(achat.nature))


def lots_prevus(session: Session, achat_id: uuid.UUID) -> list[LotPrevu]:
    """Lots as the coordinator cut them."""
    requete = sa.select(t.Lot).where(t.Lot.achat_id == achat_id).order_by(t.Lot.numero)
    lots = session.scalars(requete)
    return [LotPrevu(lot.numero, lot.objet, lot.cpv) for lot in lots]


def plan_de(session: Session, achat_id: uuid.UUID) -> Plan:
    """How the purchase is cut today."""
    articles = {article.code: article for article in articles_de(session, achat_id)}
    return Plan(tuple(lots_prevus(session, achat_id)), articles)


def _perime(session: Session, achat_id: uuid.UUID, vu: Vu) -> ConflictError:
    """Say how many needs have changed since the preview, when it is known since when."""
    sujet = "Des besoins ont"
    if vu.le:
        changes = session.scalar(
            sa.select(sa.func.count()).where(
                t.Besoin.achat_id == achat_id, t.Besoin.declare_le > vu.le
            )
        )
        sujet = _sujet(changes or 0)
    return ConflictError(
        f"{sujet} changé depuis votre aperçu\u00a0: relisez la consolidation.",
        code="apercu_perime",
    )


def _sujet(besoins: int) -> str:
    if besoins > 1:
        return f"{besoins} besoins ont"
    return "1 besoin a" if besoins else "Des réponses ou des choix ont"


def _ecrire(uow: UnitOfWork, achat: t.Achat, apercu: Apercu) -> t.Consolidation:
    resultat, verification = apercu.resultat, apercu.verification
    derniere = uow.session.scalar(
        sa.select(sa.func.max(t.Consolidation.numero)).where(t.Consolidation.achat_id == achat.id)
    )
    consolidation = t.Consolidation(
        id=uow.new_id(),
        achat_id=achat.id,
        numero=(derniere or 0) + 1,
        recensement=achat.recensement,
        empreinte=resultat.empreinte,
        montant_estime_ht=resultat.montant_ht,
        procedure=verification.groupe.procedure.value,
        publicite=verification.groupe.publicite.value,
        explication=verification.phrase,
        seuils=_seuils(apercu),
        decisions=[*_decidees(resultat), *ecrire_retirees(uow.session, achat.id, resultat)],
        decoupage=plan_de(uow.session, achat.id).trace,
        faite_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(consolidation)
    uow.session.flush()
    return consolidation


def _decidees(resultat: Consolidation) -> list[dict[str, Any]]:
    """Lines bought above their firm needs because of a supplier's minimum."""
    return [
        {
            "article": ligne.article,
            "designation": ligne.designation,
            "lieu": ligne.lieu,
            "decision": ligne.decision.value,
            "minimum": str(ligne.minimum),
            "conditionnement": ligne.conditionnement,
        }
        for ligne in resultat.lignes
        if ligne.decision
    ]


def _seuils(apercu: Apercu) -> dict[str, object]:
    """What members and lots alone would call for, and the dated rows it was compared with."""
    verification = apercu.verification
    return {
        "membres": {s: p.procedure.value for s, p in verification.membres.items()},
        "montants": {s: str(montant) for s, montant in apercu.couts.items()},
        "lots": {str(n): p.procedure.value for n, p in verification.lots.items()},
        "parametres": [
            {"code": s.code, "valeur": str(s.valeur), "du": s.du.isoformat(), "ref": s.ref}
            for s in verification.groupe.seuils
        ],
    }


def _annoncer(uow: UnitOfWork, achat: t.Achat, consolidation: t.Consolidation) -> None:
    uow.audit(
        "achat.consolide",
        str(achat.id),
        {"numero": consolidation.numero, "empreinte": consolidation.empreinte},
    )
    uow.emit(
        "groupement.achat.consolide.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "numero": consolidation.numero,
            "consolidation_id": consolidation.id,
            "empreinte": consolidation.empreinte,
            "montant_estime_ht": consolidation.montant_estime_ht,
            "procedure": consolidation.procedure,
            "lots": en_lots(uow.session, consolidation),
            "retirees": [
                {
                    "article": decision["article"],
                    "designation": decision["designation"],
                    "lieu": decision["lieu"],
                    "membres": sorted({besoin["siret"] for besoin in decision["besoins"]}),
                }
                for decision in _retirees(consolidation)
            ],
            "objet": achat.objet,
            "prevenus": _prevenus(uow, consolidation),
        },
    )


def _retirees(consolidation: t.Consolidation) -> list[dict[str, Any]]:
    return [decision for decision in consolidation.decisions if "besoins" in decision]


def _prevenus(uow: UnitOfWork, consolidation: t.Consolidation) -> list[dict[str, Any]]:
    """What each member will not get, line by line: somebody must tell it."""
    retirees = _retirees(consolidation)
    membres = organisations(uow.session, (b["siret"] for d in retirees for b in d["besoins"]))
    return [
        {
            "membre": acteur(membres[siret]),
            "courriel": membres[siret].courriel,
            **{
                cle: decision[cle]
                for cle in ("article", "designation", "lieu", "minimum", "conditionnement")
            },
            "quantite_base": quantite,
            "unite_base": decision["unite_base"],
        }
        for decision in retirees
        for siret, quantite in sorted(_par_membre(decision["besoins"]).items())
    ]


def _par_membre(besoins: list[dict[str, Any]]) -> dict[str, Decimal]:
    sommes: dict[str, Decimal] = {}
    for besoin in besoins:
        siret = besoin["siret"]
        sommes[siret] = sommes.get(siret, Decimal()) + Decimal(besoin["quantite_base"])
    return sommes
