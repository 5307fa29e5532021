"""What templates may call: filters of the house, menu, instance, paging."""

from collections.abc import Callable
from typing import Any

from flask import Flask, g, request
from markupsafe import Markup, escape

from shared.ops.context import ServiceContext
from shared.web import charts, formats
from shared.web.access import current_user
from shared.web.i18n import langue
from shared.web.navigation import PIED, entree_courante, entrees_visibles
from shared.web.pagination import lien_filtres, lien_page


def _localise(fonction: Callable[..., str]) -> Callable[..., str]:
    """Give a format the language of the request."""

    def filtre(valeur: Any, *args: Any, **kwargs: Any) -> str:
        return fonction(valeur, *args, langue=langue(), **kwargs)

    return filtre


def attributs(valeurs: dict[str, Any]) -> Markup:
    """HTML attributes from keyword arguments: `hx_get="…"`, `required=True`; None and False go."""
    morceaux = [
        escape(nom.rstrip("_").replace("_", "-"))
        + ("" if valeur is True else Markup('="{}"').format(valeur))
        for nom, valeur in valeurs.items()
        if valeur is not None and valeur is not False
    ]
    return Markup(" ").join(["", *morceaux]) if morceaux else Markup("")


def installer(app: Flask, context: ServiceContext) -> None:
    """Add the filters and globals of the kit to the application's templates."""
    env = app.jinja_env
    for nom in ("eur", "eur0", "nb", "prix", "pct", "jour", "instant", "quantite"):
        env.filters[nom] = _localise(getattr(formats, nom))
    env.filters["siret"] = formats.siret
    env.filters["attributs"] = attributs
    env.filters["delai"] = lambda jour: formats.delai(jour, context.clock.today(), langue())
    env.globals.update(
        instance=context.settings.instance_nom,
        service=context.settings.service,
        menu=lambda: entrees_visibles(current_user()),
        menu_courant=lambda: entree_courante(request.path, entrees_visibles(current_user())),
        pied=PIED,
        lien_page=lien_page,
        lien_filtres=lien_filtres,
        aujourd_hui=context.clock.today,
        en_erreur=lambda: g.get("formulaire_en_erreur", False),
        niveau=charts.niveau,
        horloge=charts.horloge,
        texte_horloge=charts.texte_horloge,
        accessibilite=context.settings.accessibilite,
        lettre=context.settings.instance_lettre or context.settings.instance_nom[:1],
    )
