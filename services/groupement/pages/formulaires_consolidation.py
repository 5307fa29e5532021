"""What the coordinator chooses before consolidating: minimums, and a look at other lots."""

import datetime as dt
from collections.abc import Mapping

from marshmallow import fields

from services.groupement.domain.allotissement import (
    Allotissement,
    Decoupage,
    LigneALotir,
    allotir,
    examiner,
)
from services.groupement.domain.consolidation import Decisions
from services.groupement.domain.lignes import Decision
from services.groupement.domain.mesures import Cle
from services.groupement.domain.seuils import Cadre
from services.groupement.usecases.consolider import Apercu, Vu
from shared.kernel.errors import ValidationError
from shared.web.fields import MontantField
from shared.web.forms import Form

MAX_DECISIONS = 500


class ConsoliderForm(Form):
    """The preview's address: how else lots might be cut."""

    decoupage = fields.Enum(
        Decoupage,
        load_default=None,
        error_messages={"unknown": "Choisissez un découpage de la liste."},
        metadata={"libelle": "Découpage"},
    )
    plafond = MontantField(load_default=None, metadata={"libelle": "Montant d’un lot"})


def lire_decisions(saisie: Mapping[str, str]) -> Decisions:
    """`decision-3` goes with `article-3` and `lieu-3`; a line without a choice is left out."""
    lues: dict[Cle, Decision] = {}
    for rang in range(MAX_DECISIONS):
        choix = saisie.get(f"decision-{rang}")
        if choix in set(Decision):
            cle = (saisie.get(f"article-{rang}", ""), saisie.get(f"lieu-{rang}", ""))
            lues[cle] = Decision(choix)
    return lues


def lire_vu(saisie: Mapping[str, str]) -> Vu:
    """What the page showed, and when."""
    try:
        le = dt.datetime.fromisoformat(saisie.get("vu_le", ""))
    except ValueError:
        le = None
    return Vu(saisie.get("empreinte", ""), le if le and le.tzinfo else None)


def autre_decoupage(form: ConsoliderForm, cadre: Cadre, apercu: Apercu) -> Allotissement | None:
    """The same lines cut otherwise, with what the law says of it."""
    if not form.valid or form.data["decoupage"] is None:
        return None
    lignes = [
        LigneALotir(f"{ligne.article} {ligne.lieu}", lot.cpv, ligne.lieu, ligne.montant_ht)
        for lot in apercu.resultat.lots
        for ligne in lot.lignes
    ]
    try:
        lots = allotir(lignes, form.data["decoupage"], form.data["plafond"])
    except ValidationError as refus:
        form.reject(refus)
        return None
    return examiner(cadre, lots, apercu.couts)
