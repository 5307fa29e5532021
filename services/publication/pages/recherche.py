"""A search as the address bar holds it: read leniently, written back canonically."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request
from werkzeug.datastructures import MultiDict

from services.publication.domain.recherche import Criteres, Etat, Tri
from services.publication.presentation import NATURES
from services.publication.schemas import RechercheSchema, criteres
from shared.kernel.lieux import annuaire
from shared.kernel.parametres import Nature
from shared.web import formats
from shared.web.forms import Form

ETATS = {
    Etat.OUVERTS: "Consultations ouvertes",
    Etat.CLOS: "Closes ou annulées",
    Etat.TOUS: "Toutes",
}
TRIS = {
    Tri.RECENTS: "Plus récents",
    Tri.CLOTURE: "Date limite la plus proche",
    Tri.MONTANT: "Montant le plus élevé",
    Tri.PERTINENCE: "Pertinence",
}
Paires = list[tuple[str, str]]


class RechercheForm(Form, RechercheSchema):
    """The search form; what it cannot read is shown beside its field and left out."""

    class Meta(Form.Meta):
        pass


@dataclass(frozen=True, slots=True)
class Puce:
    """One active filter, and the address of the list without it."""

    texte: str
    url: str


@dataclass(frozen=True, slots=True)
class Recherche:
    """What was asked: the form to show again, the criteria that could be read."""

    form: RechercheForm
    criteres: Criteres

    @property
    def paires(self) -> Paires:
        return paires(self.criteres)

    def adresse(self, chemin: str) -> str:
        """Address of another view of these very results."""
        return _adresse(chemin, self.paires)

    @property
    def alerte(self) -> str:
        """Address of an alert with these criteria, in the words of the alerts' own form."""
        c = self.criteres
        valeurs = {
            "mots": c.q,
            "cpv": c.cpv,
            "lieux": c.lieu,
            "montant_min": str(c.montant_min or ""),
            "montant_max": str(c.montant_max or ""),
        }
        return _adresse("/alertes/nouvelle", [(k, v) for k, v in valeurs.items() if v])

    def puces(self, acheteurs: Iterable[tuple[str, str]]) -> list[Puce]:
        """Active filters; following one removes it alone."""
        noms = dict(acheteurs)
        return [
            Puce(
                _libelle(nom, valeur, noms),
                _adresse("/avis", [p for p in self.paires if p != (nom, valeur)]),
            )
            for nom, valeur in self.paires
            if nom != "tri"
        ]


def lire() -> Recherche:
    """Read the search of this request; unreadable criteria are errors of the form, not ours."""
    form = RechercheForm.bind(request.args)
    if form.valid:
        return Recherche(form, criteres(form.data))
    lisibles = MultiDict(
        (nom, valeur)
        for nom, valeur in request.args.items(multi=True)
        if nom not in {champ.partition(".")[0] for champ in form.errors}
    )
    return Recherche(form, criteres(RechercheForm.bind(lisibles).data))


def paires(c: Criteres) -> Paires:
    """Criteria as name and value pairs, defaults left out: the same search, the same address."""
    simples: dict[str, Any] = {
        "q": " ".join(c.q.split()),
        "cpv": c.cpv,
        "lieu": c.lieu,
        "acheteur": c.acheteur,
        "montant_min": c.montant_min,
        "montant_max": c.montant_max,
        "cloture_du": c.cloture_du,
        "cloture_au": c.cloture_au,
        "groupes": "oui" if c.groupes else "",
        "etat": c.etat if c.etat is not Etat.OUVERTS else "",
        "tri": c.tri if c.tri is not Tri.RECENTS else "",
    }
    presents = [(nom, str(v)) for nom, v in simples.items() if v not in (None, "")]
    return presents + [("nature", str(nature)) for nature in c.natures]


def _adresse(chemin: str, valeurs: Paires) -> str:
    return f"{chemin}?{urlencode(valeurs)}" if valeurs else chemin


def _libelle(nom: str, valeur: str, acheteurs: dict[str, str]) -> str:
    """Words of one active filter."""
    ecrire: dict[str, Callable[[str], str]] = {
        "q": lambda mots: f"«\u00a0{mots}\u00a0»",
        "cpv": lambda code: f"CPV {code}",
        "lieu": annuaire().nom,
        "acheteur": lambda siret: acheteurs.get(siret, formats.siret(siret)),
        "montant_min": lambda montant: f"À partir de {formats.eur0(montant)}",
        "montant_max": lambda montant: f"Jusqu’à {formats.eur0(montant)}",
        "cloture_du": lambda jour: f"Clôture à partir du {_jour(jour)}",
        "cloture_au": lambda jour: f"Clôture jusqu’au {_jour(jour)}",
        "groupes": lambda _: "Achats groupés",
        "etat": lambda etat: ETATS[Etat(etat)],
        "nature": lambda nature: NATURES[Nature(nature)],
    }
    return ecrire[nom](valeur)


def _jour(texte: str) -> str:
    return formats.jour(dt.date.fromisoformat(texte))
