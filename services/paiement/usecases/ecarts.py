"""Decide of a difference: accept it, dispute a part, admit it in the end."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select

from services.paiement.domain import interets
from services.paiement.domain.decisions import Decision, IssueLitige
from services.paiement.domain.facture import Etat
from services.paiement.domain.interets import Interets
from services.paiement.domain.litige import verifier_contestation
from services.paiement.domain.motifs import LITIGE, verifier_motif
from services.paiement.domain.phrases import euros
from services.paiement.tables import Contestation, ExceptionFacture, Facture
from services.paiement.usecases.ecrire_litiges import ecrire_reste
from services.paiement.usecases.lois import lois
from services.paiement.usecases.suivi import annoter, charger, dire
from services.paiement.usecases.suspendre import verifier_jour
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres
from shared.messaging.uow import UnitOfWork

CONTESTABLES = (Etat.MISE_A_DISPOSITION, Etat.SERVICE_FAIT)


def ouverte(uow: UnitOfWork, facture: Facture) -> ExceptionFacture | None:
    """The difference of an invoice that nobody decided yet."""
    return uow.session.scalar(
        select(ExceptionFacture)
        .where(ExceptionFacture.facture_id == facture.id, ExceptionFacture.decision.is_(None))
        .with_for_update()
    )


def decider(
    uow: UnitOfWork, facture: Facture, decision: Decision, motif: str
) -> ExceptionFacture | None:
    """Close the open difference of an invoice, if it has one."""
    exception = ouverte(uow, facture)
    if exception is not None:
        exception.decision, exception.motif = decision.value, motif
        exception.decidee_le, exception.acteur = uow.clock.now(), uow.acteur
        uow.session.flush()
    return exception


def verifier_ecart_tranche(uow: UnitOfWork, facture: Facture) -> None:
    """Public money does not leave over a difference that nobody decided."""
    exception = ouverte(uow, facture)
    if exception is not None:
        raise ConflictError(
            f"Un écart de {euros(exception.ecart_ht)} HT avec la commande ou la réception reste à "
            "trancher\u00a0: acceptez-le, contestez cette part ou rejetez la facture.",
            code="ecart_a_trancher",
        )


def accepter_ecart(
    uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str, *, motif: str
) -> Facture:
    """Pay the difference all the same, with a reason that stays."""
    facture = charger(uow, facture_id, acheteur_siret)
    exception = decider(uow, facture, Decision.ACCEPTEE, motif.strip())
    if exception is None:
        raise ConflictError("Cette facture n’a pas d’écart à trancher.", code="ecart_absent")
    annoter(uow, facture, f"Écart accepté\u00a0: {motif.strip()}", None, None)
    donnees = {"ecart_ht": exception.ecart_ht, "motif": motif.strip()}
    uow.audit("facture.ecart_accepte", str(facture.id), donnees)
    dire(uow, facture, "ecart_accepte", donnees)
    return facture


def contester(
    uow: UnitOfWork,
    facture_id: uuid.UUID,
    acheteur_siret: str,
    *,
    montant: Montant,
    code: str,
    motif: str,
) -> Facture:
    """Dispute a part; the rest is paid within the same delay."""
    facture = charger(uow, facture_id, acheteur_siret)
    if Etat(facture.etat) not in CONTESTABLES:
        raise ConflictError(
            "On conteste une part d’une facture à disposition, avant son mandat.",
            code="contestation_tardive",
        )
    verifier_motif(LITIGE, code)
    verifier_contestation(facture.solde, montant)
    uow.session.add(
        Contestation(
            id=uow.new_id(),
            facture_id=facture.id,
            montant_ttc=montant,
            couvert=Montant.zero(),
            code=code,
            motif=motif.strip(),
            ouverte_le=uow.clock.today(),
            acteur=uow.acteur,
        )
    )
    decider(uow, facture, Decision.CONTESTEE, motif.strip())
    relire_solde(uow, facture)
    admis = facture.solde.exigible
    note = f"{euros(montant)} contestés\u00a0: {motif.strip()} {euros(admis)} admis."
    annoter(uow, facture, note, LITIGE, code)
    donnees = {"montant_conteste": montant, "montant_admis": admis, "code": code}
    uow.audit("facture.contestee", str(facture.id), donnees)
    le = uow.clock.today()
    dire(uow, facture, "contestee", donnees | {"motif": motif.strip(), "contestee_le": le})
    return facture


def admettre(
    uow: UnitOfWork,
    facture_id: uuid.UUID,
    acheteur_siret: str,
    *,
    motif: str,
    payee_le: dt.date | None = None,
) -> Facture:
    """Admit what was disputed: it is owed since the first day.

    When the admitted part is already paid, the rest is paid now, with the interest that ran since
    the due date of the invoice.
    """
    facture = charger(uow, facture_id, acheteur_siret)
    en_cours = contestations(uow, facture)
    if not en_cours:
        raise ConflictError("Rien n’est contesté sur cette facture.", code="litige_absent")
    le = payee_le or uow.clock.today()
    for contestation in en_cours:
        verifier_jour(le, contestation.ouverte_le, uow.clock.today(), "payee_le")
        contestation.issue, contestation.close_le = IssueLitige.ADMISE.value, uow.clock.today()
        if facture.payee_le is not None:
            _payer_le_reste(uow, facture, contestation, le)
        _dire_clos(uow, facture, contestation, motif.strip())
    relire_solde(uow, facture)
    annoter(uow, facture, f"Part contestée admise\u00a0: {motif.strip()}", None, None)
    return facture


def _payer_le_reste(
    uow: UnitOfWork, facture: Facture, contestation: Contestation, le: dt.date
) -> None:
    """The flat indemnity is owed once per invoice."""
    if facture.echeance_le is None:
        raise ConflictError("Cette facture n’a pas d’échéance.", code="facture_sans_echeance")
    contestation.payee_le = le
    calcul = _calculer(contestation, facture.echeance_le, le, lois(uow.session))
    deja = facture.indemnite is not None and facture.indemnite > Montant.zero()
    contestation.indemnite = Montant.zero() if deja else calcul.indemnite
    ecrire_reste(uow, facture, contestation, le)


def _calculer(
    contestation: Contestation, echeance: dt.date, le: dt.date, parametres: Parametres
) -> Interets:
    calcul = interets.calculer(contestation.reste, echeance, le, parametres)
    contestation.jours_retard = calcul.jours_retard
    contestation.taux_interet, contestation.interets = calcul.taux, calcul.montant
    return calcul


def liquider_restes(uow: UnitOfWork) -> None:
    """Compute the interest of admitted parts whose rate was unknown when they were paid."""
    parametres = lois(uow.session)
    for contestation in uow.session.scalars(
        select(Contestation)
        .where(Contestation.payee_le.is_not(None), Contestation.interets.is_(None))
        .order_by(Contestation.id)
        .with_for_update()
    ):
        facture = uow.session.get_one(Facture, contestation.facture_id)
        if contestation.payee_le is None or facture.echeance_le is None:
            continue
        _calculer(contestation, facture.echeance_le, contestation.payee_le, parametres)
        ecrire_reste(uow, facture, contestation, contestation.payee_le)


def _dire_clos(uow: UnitOfWork, facture: Facture, c: Contestation, motif: str) -> None:
    donnees = {
        "issue": c.issue,
        "montant": c.reste if c.issue == IssueLitige.ADMISE else c.couvert,
        "motif": motif,
        "clos_le": uow.clock.today(),
        "payee_le": c.payee_le,
        "jours_retard": c.jours_retard,
        "interets": c.interets,
        "indemnite": c.indemnite,
    }
    uow.session.flush()
    uow.audit("facture.litige_clos", str(facture.id), donnees)
    dire(uow, facture, "litige_clos", donnees)


def crediter(uow: UnitOfWork, facture: Facture, contestation: Contestation, part: Montant) -> None:
    """A credit note settles a dispute, wholly or in part."""
    contestation.couvert = contestation.couvert + part
    if contestation.reste == Montant.zero():
        contestation.issue, contestation.close_le = IssueLitige.AVOIR.value, uow.clock.today()
        _dire_clos(uow, facture, contestation, "Un avoir règle la part contestée.")


def contestations(uow: UnitOfWork, facture: Facture) -> Sequence[Contestation]:
    """Open disputes of an invoice, oldest first."""
    return uow.session.scalars(
        select(Contestation)
        .where(Contestation.facture_id == facture.id, Contestation.issue.is_(None))
        .order_by(Contestation.ouverte_le, Contestation.id)
    ).all()


def relire_solde(uow: UnitOfWork, facture: Facture) -> None:
    """Read again the sums that PostgreSQL derives."""
    uow.session.flush()
    uow.session.refresh(facture, ["credite", "conteste", "reliquat"])
