"""What this service's templates may call: places, delays, precise instants, criteria again."""

import datetime as dt
from typing import Any

from flask import Flask
from markupsafe import Markup

from services.notification.domain.modeles import libelle
from services.notification.domain.territoire import nom_du_lieu
from services.notification.tables import Abonnement
from shared.kernel.clock import PARIS
from shared.web.formats import VIDE, nb
from shared.web.typographie import NBSP


def duree(secondes: float | None) -> str:
    """A delay at human scale: « 12 ms », « 3,4 s », « 5 min », « 2 h 05 », « 12 j »."""
    if secondes is None:
        return VIDE
    if secondes < 1:
        return f"{max(0, round(secondes * 1000))}{NBSP}ms"
    if secondes < 60:
        return f"{nb(f'{secondes:.1f}')}{NBSP}s"
    minutes = round(secondes / 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    if minutes < 48 * 60:
        return f"{minutes // 60}{NBSP}h{NBSP}{minutes % 60:02d}"
    return f"{nb(minutes // 1440)}{NBSP}j"


def precis(instant: dt.datetime) -> str:
    """Day and second in Paris: « 02/03/2026 10:15:07 »."""
    return instant.astimezone(PARIS).strftime(f"%d/%m/%Y{NBSP}%H:%M:%S")


def secable(type_: str) -> Markup:
    """An event type that a narrow screen may break after its dots."""
    return Markup(".<wbr>").join(type_.split("."))


def reprendre(alerte: Abonnement) -> dict[str, Any]:
    """Arguments of the form that would ask for the same alert again."""
    champs = {
        "cpv": ", ".join(alerte.cpv),
        "mots": ", ".join(alerte.mots),
        "lieux": ", ".join(alerte.lieux),
        "montant_min": str(alerte.montant_min or ""),
        "montant_max": str(alerte.montant_max or ""),
    }
    return {champ: valeur for champ, valeur in champs.items() if valeur}


def installer(app: Flask) -> None:
    app.jinja_env.globals.update(
        libelle=libelle,
        secable=secable,
        lieu=nom_du_lieu,
        duree=duree,
        precis=precis,
        reprendre=reprendre,
    )
