"""From the body of a simulation to the sharing of an award and back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.groupement.domain.empreintes import condenser, texte
from services.groupement.domain.quanta import exposant
from services.groupement.domain.quotas import LigneAttribuee, repartir_attribution
from services.groupement.domain.repartition import Demande, Part, repartir
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.repartition import ESPACE


def simuler(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Share an award between members, each quota with its reason."""
    montant, lignes = Montant(demande["montant_ht"]), demande["lignes"]
    _verifier(lignes)
    explications = {ligne["cle"]: _expliquer(ligne) for ligne in lignes}
    rang_ligne = _rangs(ligne["cle"] for ligne in lignes)
    rang_membre = _rangs({b["membre"] for ligne in lignes for b in ligne["besoins"]})
    parts = repartir_attribution([_ligne(x, rang_ligne, rang_membre) for x in lignes], montant)
    cles, membres = _inverse(rang_ligne), _inverse(rang_membre)
    return {
        "quotas": [
            {
                "ligne": cles[part.ligne],
                "membre": membres[part.siret],
                "quantite": part.quantite,
                "exact": explications[cles[part.ligne]][membres[part.siret]].exact,
                "motif": explications[cles[part.ligne]][membres[part.siret]].motif,
                "montant_max_ht": str(part.montant_max_ht),
            }
            for part in parts
        ],
        "total_ht": str(montant),
        "empreinte": _empreinte(demande),
    }


def _rangs(cles: Any) -> dict[str, str]:
    """Names that sort as the keys do and hold no space: keys are joined by one further down."""
    return {cle: f"{rang:06}" for rang, cle in enumerate(sorted(cles))}


def _inverse(rangs: Mapping[str, str]) -> dict[str, str]:
    return {rang: cle for cle, rang in rangs.items()}


def _ligne(
    ligne: Mapping[str, Any], cles: Mapping[str, str], membres: Mapping[str, str]
) -> LigneAttribuee:
    return LigneAttribuee(
        cle=cles[ligne["cle"]],
        article=ligne["cle"],
        lieu="",
        quantite=ligne["quantite"],
        prix_unitaire_ht=ligne["prix_unitaire_ht"],
        besoins={membres[b["membre"]]: b["quantite"] for b in ligne["besoins"]},
    )


def _expliquer(ligne: Mapping[str, Any]) -> dict[str, Part]:
    pas = Decimal(1).scaleb(exposant((ligne["quantite"],)))
    demandes = [Demande(b["membre"], b["quantite"]) for b in ligne["besoins"]]
    return {part.cle: part for part in repartir(ligne["quantite"], pas, demandes)}


def _verifier(lignes: Sequence[Mapping[str, Any]]) -> None:
    champs: dict[str, str] = {}
    _doubles(champs, "lignes.{}.cle", [ligne["cle"] for ligne in lignes])
    for i, ligne in enumerate(lignes):
        besoins = ligne["besoins"]
        _doubles(champs, f"lignes.{i}.besoins.{{}}.membre", [b["membre"] for b in besoins])
        if not any(b["quantite"] for b in besoins):
            champs[f"lignes.{i}.besoins"] = "Indiquez au moins un besoin supérieur à zéro."
    if champs:
        raise ValidationError(
            "Ces quotas ne peuvent pas se calculer : corrigez les valeurs signalées.",
            code="quotas_invalides",
            champs=champs,
        )


def _doubles(champs: dict[str, str], champ: str, valeurs: Sequence[str]) -> None:
    vues: set[str] = set()
    for i, valeur in enumerate(valeurs):
        if valeur in vues:
            champs[champ.format(i)] = f"«{ESPACE}{valeur}{ESPACE}» figure deux fois."
        vues.add(valeur)


def _empreinte(demande: Mapping[str, Any]) -> str:
    lignes = [
        [
            ligne["cle"],
            texte(ligne["quantite"]),
            texte(ligne["prix_unitaire_ht"]),
            sorted([b["membre"], texte(b["quantite"])] for b in ligne["besoins"]),
        ]
        for ligne in demande["lignes"]
    ]
    return condenser(["quotas", texte(demande["montant_ht"]), sorted(lignes)])
