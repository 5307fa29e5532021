"""The words of the messages: one template per model, said in HTML and in plain text."""

import re
import textwrap
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from services.notification.domain.pli import Pli
from services.notification.domain.remise import Courriel, message_id
from services.notification.domain.territoire import nom_du_lieu
from services.notification.gateways import phrases
from shared.web import formats
from shared.web.liens import signer
from shared.web.theme import ACCENT
from shared.web.typographie import typographier, typographier_html

DOSSIER = Path(__file__).parents[1] / "templates" / "notification" / "courriels"
LARGEUR = 72
_LIGNES_VIDES = re.compile(r"\n{3,}")


class Redacteur:
    """Writes the message of a ledger row, for one instance."""

    def __init__(
        self, *, instance: str, public_url: str, secret: str, accent: str = ACCENT
    ) -> None:
        self._public_url = public_url.rstrip("/")
        globaux = {
            "instance": instance,
            "accent": accent,
            "url": self._adresse,
            "lien_signe": partial(signer, secret),
        }
        self._html = _environnement("html", globaux)
        self._texte = _environnement("texte", globaux)

    def composer(self, pli: Pli) -> Courriel:
        """Render subject, HTML and text from the facts as they are now."""
        gabarit = f"modeles/{pli.modele}.j2"
        html, texte = self._html.get_template(gabarit), self._texte.get_template(gabarit)
        contexte = {"pli": pli, "d": pli.donnees, "moi": pli.propres, "avis": pli.avis}
        return Courriel(
            message_id=message_id(pli.id, self._public_url),
            a=pli.courriel,
            sujet=_sujet(texte, contexte),
            texte=_LIGNES_VIDES.sub("\n\n", typographier(texte.render(contexte))).strip() + "\n",
            html=typographier_html(css_inline.inline(html.render(contexte))),
            entetes=self._entetes(pli),
        )

    def _entetes(self, pli: Pli) -> Mapping[str, str]:
        """One-click stop (RFC 8058) on what was subscribed; service messages have none."""
        if not pli.concerne_un_avis:
            return {}
        return {
            "List-Unsubscribe": f"<{self._adresse('alertes/stop', pli.jeton_arret)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    def _adresse(self, *morceaux: str) -> str:
        return "/".join((self._public_url, *morceaux))


def _sujet(gabarit: Template, contexte: Mapping[str, Any]) -> str:
    bloc = gabarit.blocks["sujet"](gabarit.new_context(dict(contexte)))
    return typographier(" ".join("".join(bloc).split()))


def _environnement(support: str, globaux: Mapping[str, Any]) -> Environment:
    env = Environment(
        loader=FileSystemLoader(DOSSIER),
        autoescape=support == "html",  # noqa: S701 -- plain text is not markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        globaux,
        support=support,
        changements=phrases.changements,
        propres=phrases.faits_de_facture,
    )
    env.filters.update(
        eur=formats.eur,
        eur0=formats.eur0,
        nb=formats.nb,
        pct=formats.pct,
        siret=formats.siret,
        quantite=formats.quantite,
        jour=phrases.jour,
        jours=phrases.jours,
        instant=phrases.instant,
        lieu=nom_du_lieu,
        plier=_plier,
    )
    return env


def _plier(texte: str, retrait: str = "") -> str:
    """Fold a paragraph at 72 columns; addresses stay whole."""
    return textwrap.fill(
        " ".join(texte.split(" ")),
        LARGEUR,
        initial_indent=retrait,
        subsequent_indent=" " * len(retrait),
        break_long_words=False,
        break_on_hyphens=False,
    )
