"""The form of « Et si… »: what is ticked, chosen or typed, read as hypotheses."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields

from services.groupement.domain.besoins import lire_declaration
from services.groupement.domain.hypotheses import (
    AjouterMembre,
    BesoinPrevu,
    ChangerConditionnement,
    ChangerQuantite,
    Entrees,
    Hypothese,
    RegrouperLots,
    RetirerMembre,
    SeparerParLieu,
)
from shared.kernel.errors import ValidationError
from shared.web.forms import CaseField, Form

SEPARATEUR = "@"


class HypothesesForm(Form):
    """Sent by GET: an address says the whole hypothesis, and can be shared."""

    membres = fields.List(fields.String(), load_default=list)
    par_lieu = CaseField()
    lots = fields.List(fields.Integer(), load_default=list)
    article = fields.String(load_default="", metadata={"libelle": "Article"})
    conditionnement = fields.String(load_default="", metadata={"libelle": "Conditionnement"})
    membre = fields.String(load_default="", metadata={"libelle": "Membre"})
    ligne = fields.String(load_default="", metadata={"libelle": "Article et lieu"})
    quantite = fields.String(load_default="", metadata={"libelle": "Quantité"})

    def hypotheses(
        self,
        depart: Entrees,
        absents: Mapping[str, Sequence[BesoinPrevu]],
        visibles: Sequence[str],
    ) -> list[Hypothese]:
        """In an order that makes sense: who, how much, in which packs, in which lots.

        `visibles` are the members that the form showed: the others stay as they are.
        """
        lu = self.data
        coches, presents = set(lu["membres"]) & set(visibles), depart.membres & set(visibles)
        supposees: list[Hypothese] = [
            *(RetirerMembre(siret) for siret in sorted(presents - coches)),
            *(AjouterMembre(s, tuple(absents[s])) for s in sorted(coches - presents)),
            *self._quantite(depart),
        ]
        if lu["article"] and lu["conditionnement"]:
            supposees.append(ChangerConditionnement(lu["article"], lu["conditionnement"]))
        if len(lu["lots"]) > 1:
            supposees.append(RegrouperLots(tuple(sorted(lu["lots"]))))
        return [*supposees, SeparerParLieu()] if lu["par_lieu"] else supposees

    def _quantite(self, depart: Entrees) -> list[Hypothese]:
        lu = self.data
        if not (lu["quantite"] and lu["membre"] and lu["ligne"]):
            return []
        code, _, lieu = lu["ligne"].partition(SEPARATEUR)
        article = depart.catalogue.get(code)
        if article is None:
            message = "Choisissez un article de cet achat."
            raise ValidationError(message, champs={"ligne": message})
        dit = lire_declaration(article, lu["quantite"], None, lieu)
        prevu = BesoinPrevu(code, dit.lieu, dit.quantite, dit.unite, dit.tolerance)
        return [ChangerQuantite(lu["membre"], prevu)]


def propositions(depart: Entrees) -> dict[str, Any]:
    """What each field of the form may hold."""
    articles = [depart.catalogue[code] for code in sorted(depart.catalogue)]
    packs = {nom for article in articles for nom in article.bareme.noms}
    return {
        "articles": [(article.code, article.designation) for article in articles],
        "packs": [(nom, nom) for nom in sorted(packs)],
        "lignes": [
            (f"{code}{SEPARATEUR}{lieu}", f"{depart.catalogue[code].designation} – {lieu}")
            for code, lieu in depart.groupes
        ],
        "lots": [(lot.numero, f"Lot {lot.numero} – {lot.objet}") for lot in depart.lots],
    }
