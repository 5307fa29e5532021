"""Pages that every instance owes its public, filled from its settings."""

from flask import Blueprint, render_template

from shared.kernel.errors import ValidationError
from shared.ops.context import ServiceContext
from shared.ops.settings import ACCESSIBILITE, Settings
from shared.web.access import public
from shared.web.navigation import ENTREES, PIED


def verifier_declaration(settings: Settings) -> None:
    """A claim of conformity needs its audit; without one the law says « non conforme »."""
    if settings.accessibilite != ACCESSIBILITE[0] and settings.accessibilite_audit is None:
        raise ValidationError(
            f"ACCESSIBILITE = {settings.accessibilite} : donnez la date de l’audit dans "
            "ACCESSIBILITE_AUDIT (AAAA-MM-JJ).",
            code="audit_absent",
        )


def blueprint(context: ServiceContext) -> Blueprint:
    """Pages `/accessibilite`, `/mentions`, `/donnees-personnelles` and `/plan`."""
    verifier_declaration(context.settings)
    instance = Blueprint("instance", __name__)

    @instance.get("/accessibilite")
    @public
    def accessibilite() -> str:
        return render_template("kit/accessibilite.html", reglages=context.settings)

    @instance.get("/mentions")
    @public
    def mentions() -> str:
        return render_template("kit/mentions.html", reglages=context.settings)

    @instance.get("/donnees-personnelles")
    @public
    def donnees_personnelles() -> str:
        return render_template("kit/donnees.html", reglages=context.settings)

    @instance.get("/plan")
    @public
    def plan() -> str:
        return render_template("kit/plan.html", entrees=ENTREES, pied=PIED)

    return instance
