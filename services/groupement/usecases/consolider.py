"""Consolidate the needs of those who take part, and keep the computation."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain import consolidation as calcul
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.seuils import Cadre, Verification, verifier
from services.groupement.tables.retenus import besoin_retenu
from services.groupement.usecases.commun import (
    achat_verrouille,
    articles_de,
    avancer,
    organisation,
)
from services.groupement.usecases.lots import en_lots
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Apercu:
    """What consolidating would give now: the same object that is then written."""

    resultat: calcul.Consolidation
    verification: Verification
    couts: Mapping[str, Montant]
    besoins: Sequence[t.Besoin]


def apercevoir(session: Session, achat: t.Achat, parametres: Parametres, jour: dt.date) -> Apercu:
    """Compute lots, lines and thresholds on the needs of those who take part; write nothing."""
    articles = articles_de(session, achat.id)
    besoins = _besoins_retenus(session, achat.id)
    lots = session.scalars(sa.select(t.Lot).where(t.Lot.achat_id == achat.id))
    resultat = calcul.consolider(
        [calcul.LotPrevu(lot.numero, lot.objet, lot.cpv) for lot in lots],
        articles,
        [
            calcul.Besoin(str(b.id), b.siret, b.article, b.lieu, b.quantite, b.unite, b.tolerance)
            for b in besoins
        ],
    )
    couts = calcul.cout_par_membre(resultat, articles)
    montants = {lot.numero: lot.montant_ht for lot in resultat.lots}
    verification = verifier(cadre(session, achat, parametres, jour), montants, couts)
    return Apercu(resultat, verification, couts, besoins)


def consolider(
    uow: UnitOfWork, achat_id: uuid.UUID, parametres: Parametres, *, vu: str | None = None
) -> t.Consolidation:
    """Write the computation with its composition, provided it is the one that was shown (`vu`)."""
    achat = achat_verrouille(uow, achat_id)
    avancer(uow, achat, EtatAchat.CONSOLIDE)
    apercu = apercevoir(uow.session, achat, parametres, uow.clock.today())
    if vu not in (None, apercu.resultat.empreinte):
        raise ConflictError(
            "Des besoins ont changé depuis l’aperçu\u00a0: relisez la consolidation.",
            code="apercu_perime",
        )
    consolidation = _ecrire(uow, achat, apercu.resultat, apercu.verification)
    _ecrire_lignes(uow, consolidation, apercu.resultat, {str(b.id): b for b in apercu.besoins})
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
            "lots": en_lots(uow.session, consolidation.id),
        },
    )
    return consolidation


def cadre(session: Session, achat: t.Achat, parametres: Parametres, jour: dt.date) -> Cadre:
    """Thresholds depend on the launch date, the coordinator's class and the nature."""
    classe = ClasseAcheteur(organisation(session, achat.coordonnateur).classe)
    return Cadre(parametres, jour, classe, Nature(achat.nature))


def _besoins_retenus(session: Session, achat_id: uuid.UUID) -> list[t.Besoin]:
    """Needs of the members that take part, lot by lot; the others stay aside."""
    requete = sa.select(t.Besoin).where(t.Besoin.achat_id == achat_id, besoin_retenu())
    return list(session.scalars(requete))


def _ecrire(
    uow: UnitOfWork,
    achat: t.Achat,
    resultat: calcul.Consolidation,
    verification: Verification,
) -> t.Consolidation:
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
        seuils=_seuils(verification),
        faite_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(consolidation)
    uow.session.flush()
    return consolidation


def _seuils(verification: Verification) -> dict[str, object]:
    """What members and lots alone would call for, and the dated rows it was compared with."""
    return {
        "membres": {s: p.procedure.value for s, p in verification.membres.items()},
        "lots": {str(n): p.procedure.value for n, p in verification.lots.items()},
        "parametres": [
            {"code": s.code, "valeur": str(s.valeur), "du": s.du.isoformat(), "ref": s.ref}
            for s in verification.groupe.seuils
        ],
    }


def _ecrire_lignes(
    uow: UnitOfWork,
    consolidation: t.Consolidation,
    resultat: calcul.Consolidation,
    besoins: Mapping[str, t.Besoin],
) -> None:
    for calculee in resultat.lignes:
        ligne = t.Ligne(
            id=uow.new_id(),
            consolidation_id=consolidation.id,
            lot=calculee.lot,
            article=calculee.article,
            designation=calculee.designation,
            lieu=calculee.lieu,
            unite_base=calculee.unite_base,
            quantite_base=calculee.quantite_base,
            conditionnement=calculee.conditionnement,
            quantite=calculee.quantite,
            non_affecte_base=calculee.non_affecte_base,
            montant_estime_ht=calculee.montant_ht,
        )
        uow.session.add(ligne)
        uow.session.flush()
        uow.session.add_all(_composition(ligne, part, besoins) for part in calculee.composition)
    uow.session.flush()


def _composition(
    ligne: t.Ligne, part: calcul.Composition, besoins: Mapping[str, t.Besoin]
) -> t.Composition:
    besoin = besoins[part.besoin]
    return t.Composition(
        ligne_id=ligne.id,
        besoin_id=besoin.id,
        siret=part.siret,
        quantite_base=part.quantite_base,
        complement_base=part.complement_base,
        besoin_version=besoin.version,
    )
