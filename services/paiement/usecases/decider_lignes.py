"""Each line of a statement is approved or disputed; then the statement closes and is paid."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from services.paiement.domain import numero_carte
from services.paiement.domain import releve as regle
from services.paiement.domain.phrases import jour
from services.paiement.domain.pointage import LIBELLES, REDHIBITOIRES, Ecart
from services.paiement.domain.programme import Personne, Role, verifier_approbateur
from services.paiement.domain.releve import ETATS_LIGNE, EtatLigne, EtatReleve, Issue
from services.paiement.tables import (
    LigneReleve,
    OperationCarte,
    ProgrammeCarte,
    Releve,
    SuiviLigne,
)
from services.paiement.usecases.importer_releve import identite
from services.paiement.usecases.programmes import exiger_role
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Ref:
    """A statement as its buyer names it."""

    releve_id: uuid.UUID
    acheteur: str


def approuver_rapprochees(uow: UnitOfWork, ref: Ref, par: Personne) -> int:
    """Approve every matched line that somebody else bought; return how many."""
    releve = charger_releve(uow, ref)
    exiger_role(uow.session, releve.programme_id, Role.APPROBATEUR, par)
    suivis = _suivis(uow, releve.id, SuiviLigne.etat == EtatLigne.RAPPROCHEE)
    suivis = [suivi for suivi in suivis if par.id not in _porteurs(suivi)]
    if suivis:
        _approuver(uow, releve, suivis, None, par)
    return len(suivis)


def approuver_ligne(uow: UnitOfWork, ref: Ref, rang: int, motif: str, par: Personne) -> SuiviLigne:
    """Approve one line; an exception asks for a reason, and some exceptions accept none.

    A disputed line that the issuer maintains may still be approved, even once the statement is
    closed: its amount adds to what is owed.
    """
    releve = charger_releve(uow, ref)
    exiger_role(uow.session, releve.programme_id, Role.APPROBATEUR, par)
    suivi = _suivi(uow, releve.id, rang)
    verifier_approbateur(par.id, _porteurs(suivi))
    _verifier_approuvable(suivi, motif)
    numero_carte.refuser(motif=motif)
    _approuver(uow, releve, [suivi], motif.strip() or None, par)
    return suivi


def contester_ligne(uow: UnitOfWork, ref: Ref, rang: int, motif: str, par: Personne) -> SuiviLigne:
    """Dispute a line with the issuer: its amount is withheld."""
    releve = charger_releve(uow, ref)
    exiger_role(uow.session, releve.programme_id, Role.RESPONSABLE, par)
    suivi = _suivi(uow, releve.id, rang)
    _verifier_etat(suivi, regle.A_DECIDER)
    _exiger_texte("motif", motif)
    _decider(uow, suivi, EtatLigne.CONTESTEE, motif.strip(), par)
    _dire(uow, releve, "ligne_contestee", _de_ligne(suivi) | {"motif": motif.strip()})
    return suivi


def repondre_contestation(
    uow: UnitOfWork, ref: Ref, rang: int, reponse: tuple[Issue, str], par: Personne
) -> SuiviLigne:
    """Record the issuer's answer: the operation is withdrawn, or maintained."""
    issue, texte = reponse
    releve = charger_releve(uow, ref)
    exiger_role(uow.session, releve.programme_id, Role.RESPONSABLE, par)
    suivi = _suivi(uow, releve.id, rang)
    _verifier_etat(suivi, (EtatLigne.CONTESTEE,))
    _exiger_texte("reponse", texte)
    suivi.reponse, suivi.issue, suivi.repondue_le = texte.strip(), issue, uow.clock.now()
    if issue is Issue.RETIREE:
        suivi.etat = EtatLigne.RETIREE
    faits = _de_ligne(suivi) | {"issue": issue, "reponse": texte.strip()}
    _dire(uow, releve, "contestation_repondue", faits)
    return suivi


def clore_releve(uow: UnitOfWork, ref: Ref, par: Personne) -> Releve:
    """Close a statement of which every line is decided."""
    releve = charger_releve(uow, ref)
    exiger_role(uow.session, releve.programme_id, Role.ORDONNATEUR, par)
    if releve.etat != EtatReleve.IMPORTE:
        raise ConflictError("Ce relevé est déjà clos.", code="releve_clos")
    sommes = totaux(uow, releve.id)
    regle.verifier_cloture(sum(sommes.nombres.get(etat, 0) for etat in regle.A_DECIDER))
    releve.etat, releve.clos_le = EtatReleve.CLOS, uow.clock.now()
    faits = {
        "approuve": sommes.du,
        "conteste": sommes.montant(EtatLigne.CONTESTEE),
        "echeance_le": releve.echeance_le,
    }
    _dire(uow, releve, "clos", faits)
    return releve


def payer_releve(uow: UnitOfWork, ref: Ref, paye_le: dt.date, par: Personne) -> Releve:
    """Record the payment of the approved claims to the issuer."""
    releve = charger_releve(uow, ref)
    exiger_role(uow.session, releve.programme_id, Role.COMPTABLE, par)
    if releve.etat != EtatReleve.CLOS:
        raise ConflictError("Seul un relevé clos se paie, une fois.", code="releve_non_clos")
    if not releve.recu_le <= paye_le <= uow.clock.today():
        raise ValidationError(
            "La date du paiement n’est pas possible.",
            code="date_impossible",
            champs={
                "paye_le": f"Choisissez une date entre le {jour(releve.recu_le)} et aujourd’hui."
            },
        )
    releve.etat, releve.paye_le = EtatReleve.PAYE, paye_le
    faits = {
        "montant": totaux(uow, releve.id).du,
        "paye_le": paye_le,
        "echeance_le": releve.echeance_le,
        "jours_retard": max(0, (paye_le - releve.echeance_le).days),
    }
    _dire(uow, releve, "paye", faits)
    return releve


@dataclass(frozen=True, slots=True)
class Totaux:
    """Lines of a statement by state, derived from them."""

    nombres: Mapping[EtatLigne, int]
    montants: Mapping[EtatLigne, Montant]

    def montant(self, etat: EtatLigne) -> Montant:
        return self.montants.get(etat, Montant.zero())

    @property
    def du(self) -> Montant:
        """What is owed to the issuer: the approved claims."""
        return self.montant(EtatLigne.APPROUVEE)


def totaux(uow: UnitOfWork, releve_id: uuid.UUID) -> Totaux:
    """Count and add the lines of a statement by state."""
    rangees = uow.session.execute(
        select(
            SuiviLigne.etat,
            func.count().label("nombre"),
            func.sum(LigneReleve.montant_ttc).label("montant"),
        )
        .join(SuiviLigne.ligne)
        .where(SuiviLigne.releve_id == releve_id)
        .group_by(SuiviLigne.etat)
    ).all()
    return Totaux(
        {EtatLigne(r.etat): r.nombre for r in rangees},
        {EtatLigne(r.etat): r.montant for r in rangees},
    )


def charger_releve(uow: UnitOfWork, ref: Ref) -> Releve:
    """Lock a statement with its programme; another buyer's does not exist."""
    releve = uow.session.scalar(
        select(Releve)
        .join(Releve.programme)
        .where(Releve.id == ref.releve_id, ProgrammeCarte.acheteur_siret == ref.acheteur)
        .options(joinedload(Releve.programme).joinedload(ProgrammeCarte.acheteur))
        .with_for_update(of=Releve)
    )
    if releve is None:
        raise NotFoundError("Ce relevé n’existe pas.", code="releve_inconnu")
    return releve


def _suivi(uow: UnitOfWork, releve_id: uuid.UUID, rang: int) -> SuiviLigne:
    suivis = _suivis(uow, releve_id, SuiviLigne.rang == rang)
    if not suivis:
        raise NotFoundError("Cette ligne n’existe pas.", code="ligne_inconnue")
    return suivis[0]


def _suivis(
    uow: UnitOfWork, releve_id: uuid.UUID, critere: ColumnElement[bool]
) -> Sequence[SuiviLigne]:
    return uow.session.scalars(
        select(SuiviLigne)
        .where(SuiviLigne.releve_id == releve_id, critere)
        .options(
            joinedload(SuiviLigne.ligne),
            joinedload(SuiviLigne.operation).joinedload(OperationCarte.carte),
        )
        .order_by(SuiviLigne.rang)
        .with_for_update(of=SuiviLigne)
    ).all()


def _porteurs(suivi: SuiviLigne) -> set[str]:
    """Those who bought: the person who asked for the operation, and the holder of the card."""
    if suivi.operation is None:
        return set()
    return {suivi.operation.acteur} | {suivi.operation.carte.porteur_id or suivi.operation.acteur}


def _verifier_approuvable(suivi: SuiviLigne, motif: str) -> None:
    maintenue = suivi.etat == EtatLigne.CONTESTEE and suivi.issue == Issue.MAINTENUE
    if not maintenue:
        _verifier_etat(suivi, regle.A_DECIDER)
    bloquants = [LIBELLES[Ecart(e)] for e in suivi.ecarts if Ecart(e) in REDHIBITOIRES]
    if bloquants:
        raise ConflictError(
            f"Cette ligne ne peut pas être approuvée\u00a0: {bloquants[0].lower()}. "
            "Complétez-la ou contestez-la.",
            code="ligne_non_approuvable",
        )
    if suivi.ecarts:
        _exiger_texte("motif", motif)


def _verifier_etat(suivi: SuiviLigne, attendus: Iterable[EtatLigne]) -> None:
    if EtatLigne(suivi.etat) not in attendus:
        raise ConflictError(
            f"Cette ligne est «\u00a0{ETATS_LIGNE[EtatLigne(suivi.etat)].lower()}\u00a0»\u00a0: "
            "sa décision est prise.",
            code="ligne_decidee",
        )


def _exiger_texte(champ: str, texte: str) -> None:
    if not texte.strip():
        raise ValidationError(
            "Donnez une raison.",
            code=f"{champ}_absent",
            champs={champ: "Ce champ est obligatoire."},
        )
    numero_carte.refuser(**{champ: texte})


def _approuver(
    uow: UnitOfWork, releve: Releve, suivis: Sequence[SuiviLigne], motif: str | None, par: Personne
) -> None:
    for suivi in suivis:
        _decider(uow, suivi, EtatLigne.APPROUVEE, motif, par)
    faits = {
        "rangs": [suivi.rang for suivi in suivis],
        "montant": Montant.somme(suivi.ligne.montant_ttc for suivi in suivis),
    }
    _dire(uow, releve, "lignes_approuvees", faits)


def _decider(
    uow: UnitOfWork, suivi: SuiviLigne, etat: EtatLigne, motif: str | None, par: Personne
) -> None:
    suivi.etat, suivi.motif = etat, motif
    suivi.decidee_le, suivi.decidee_par = uow.clock.now(), par.id


def _de_ligne(suivi: SuiviLigne) -> dict[str, Any]:
    return {"rang": suivi.rang, "montant": suivi.ligne.montant_ttc}


def _dire(uow: UnitOfWork, releve: Releve, fait: str, faits: Mapping[str, Any]) -> None:
    """Emit `paiement.releve.<fait>.v1` and write the decision in the journal."""
    uow.session.flush()
    acheteur = releve.programme.acheteur
    uow.emit(
        f"paiement.releve.{fait}.v1",
        subject=str(releve.id),
        data={**identite(releve, acheteur), **faits},
    )
    uow.audit(f"releve.{fait}", str(releve.id), faits)
