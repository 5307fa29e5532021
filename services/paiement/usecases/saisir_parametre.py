"""An administrator enters a legal parameter that is missing, with the text it comes from."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from services.paiement.domain.interets import premier_jour
from services.paiement.domain.phrases import jour
from services.paiement.tables import Facture, ParametreSaisi
from services.paiement.usecases.ecarts import liquider_restes
from services.paiement.usecases.ecrire import ecrire_interets
from services.paiement.usecases.etats_liquidatifs import etablir_etat
from services.paiement.usecases.lois import lois
from services.paiement.usecases.payer import liquider_interets
from shared.kernel.calendrier import ajouter_jours, ajouter_mois
from shared.kernel.errors import ValidationError
from shared.kernel.parametres import ParametreLegal, Parametres
from shared.messaging.uow import UnitOfWork

TAUX_BCE = "taux_bce"
TAUX_MAX = 100


def saisissables(parametres: Parametres) -> Sequence[str]:
    """Codes that one value can express: those that hold for every buyer and every nature."""
    selectifs = {p.code for p in parametres if p.acheteurs is not None or p.natures is not None}
    return sorted({p.code for p in parametres} - selectifs)


def saisir_parametre(
    uow: UnitOfWork, *, code: str, du: dt.date, valeur: Decimal, reference: str
) -> ParametreLegal:
    """Enter a row from `du` on, then compute the interest that was waiting for it.

    The ECB rate holds for one half-year: its row ends with it.
    """
    _verifier(code, du, valeur, reference, lois(uow.session))
    fin = ajouter_jours(ajouter_mois(du, 6), -1) if code == TAUX_BCE else None
    uow.session.add(
        ParametreSaisi(
            id=uow.new_id(),
            code=code,
            valeur=valeur,
            du=du,
            au=fin,
            reference=reference.strip(),
            acteur=uow.acteur,
            saisi_le=uow.clock.now(),
        )
    )
    uow.session.flush()
    uow.audit(
        "parametre.saisi", code, {"du": du, "au": fin, "valeur": valeur, "reference": reference}
    )
    _liquider_en_attente(uow)
    return lois(uow.session).valeur(code, du)


def _verifier(
    code: str, du: dt.date, valeur: Decimal, reference: str, parametres: Parametres
) -> None:
    champs: dict[str, str] = {}
    if code not in saisissables(parametres):
        champs["code"] = "Ce paramètre ne peut pas être saisi ici."
    if not reference.strip():
        champs["reference"] = "Citez le texte ou la publication d’où vient la valeur."
    if valeur < 0 or (code == TAUX_BCE and valeur >= TAUX_MAX):
        champs["valeur"] = "Cette valeur n’est pas possible."
    if code == TAUX_BCE and du != premier_jour(du):
        champs["du"] = (
            f"Le taux vaut pour un semestre\u00a0: choisissez le {jour(premier_jour(du))}."
        )
    if champs:
        raise ValidationError("Ce paramètre est à corriger.", code="saisie_invalide", champs=champs)


def _liquider_en_attente(uow: UnitOfWork) -> None:
    """Compute the interest of late payments whose rate was unknown."""
    en_attente = uow.session.scalars(
        select(Facture)
        .where(Facture.payee_le.is_not(None), Facture.interets.is_(None))
        .options(joinedload(Facture.acheteur, innerjoin=True), selectinload(Facture.marche))
        .order_by(Facture.id)
        .with_for_update(of=Facture)
    ).all()
    liquider_restes(uow)
    parametres = lois(uow.session)
    for facture in en_attente:
        liquider_interets(facture, parametres)
        ecrire_interets(uow, facture)
        if facture.interets is not None:
            uow.audit("facture.interets", str(facture.id), {"interets": facture.interets})
            etablir_etat(uow, facture, parametres)
