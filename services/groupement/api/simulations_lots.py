"""From the body of a simulation to the rules of allotment and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.groupement.domain.allotissement import (
    Allotissement,
    Decoupage,
    LigneALotir,
    allotir,
    examiner,
    exiger_motif,
)
from services.groupement.domain.empreintes import condenser, texte
from services.groupement.domain.petits_lots import choisir_petits_lots
from services.groupement.domain.seuils import Cadre
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ParametreManquant
from shared.kernel.repartition import ESPACE
from shared.web.context import context


def simuler(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Cut the lines, then say procedure, small lots and hints."""
    decoupage = Decoupage(demande["decoupage"].upper())
    plafond = None if demande["plafond"] is None else Montant(demande["plafond"])
    lots = allotir(_lignes(demande["lignes"]), decoupage, plafond)
    if decoupage is Decoupage.UNIQUE:
        exiger_motif(len(lots), demande["motif"], demande["precision"], demande["acheteur"])
    cadre = Cadre(
        context().parametres, demande["date_lancement"], demande["acheteur"], demande["nature"]
    )
    try:
        examen = examiner(cadre, lots)
    except ParametreManquant as erreur:
        champs = {"date_lancement": erreur.message}
        raise ValidationError(erreur.message, code=erreur.code, champs=champs) from erreur
    choisis = sorted({int(numero) for numero in demande["petits_lots"]})
    return {**_resultat(examen, choisis), "empreinte": _empreinte(demande)}


def _resultat(examen: Allotissement, choisis: Sequence[int]) -> dict[str, Any]:
    groupe, petits = examen.verification.groupe, examen.petits
    return {
        "lots": [
            {
                "numero": lot.numero,
                "objet": lot.objet,
                "cpv": lot.cpv,
                "montant_ht": str(lot.montant_ht),
                "lignes": [ligne.cle for ligne in lot.lignes],
                "conseil": examen.conseils.get(lot.numero),
            }
            for lot in examen.lots
        ],
        "total_ht": str(examen.montant_ht),
        "procedure": groupe.procedure.value,
        "publicite": groupe.publicite.value,
        "explication": examen.verification.phrase,
        "petits_lots": {
            "applicable": petits.applicable,
            "eligibles": petits.eligibles,
            "cumul_max_ht": str(petits.cumul_max),
            "choisis": choisis,
            "cumul_choisi_ht": str(choisir_petits_lots(petits, choisis)),
            "explication": petits.phrase,
        },
    }


def _lignes(demandes: Sequence[Mapping[str, Any]]) -> list[LigneALotir]:
    vues: set[str] = set()
    champs = {}
    for i, demande in enumerate(demandes):
        if demande["cle"] in vues:
            champs[f"lignes.{i}.cle"] = f"«{ESPACE}{demande['cle']}{ESPACE}» figure deux fois."
        vues.add(demande["cle"])
    if champs:
        raise ValidationError("Deux lignes portent la même clé.", code="cle_double", champs=champs)
    return [LigneALotir(d["cle"], d["cpv"], d["lieu"], Montant(d["montant_ht"])) for d in demandes]


def _empreinte(demande: Mapping[str, Any]) -> str:
    plafond = demande["plafond"]
    canonique = [
        "lots",
        demande["date_lancement"].isoformat(),
        demande["nature"].value,
        demande["acheteur"].value,
        demande["decoupage"],
        "" if plafond is None else texte(plafond),
        sorted({texte(numero) for numero in demande["petits_lots"]}),
        demande["motif"].value if demande["motif"] else "",
        demande["precision"].strip(),
        sorted([d["cle"], d["cpv"], d["lieu"], texte(d["montant_ht"])] for d in demande["lignes"]),
    ]
    return condenser(canonique)
