"""Units of measure: UN/CEFACT recommendation 20 and 21 codes, French names, exact factors.

Units convert only inside one dimension. Working days and calendar months are dimensions of their
own: a day of service is not 24 hours. A packaging (rec 21, codes in X) has no factor: what a box
holds depends on the article, see `quantites.Bareme`.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from shared.kernel.errors import ValidationError


class Dimension(StrEnum):
    """What a unit measures; the value is the French name shown to people."""

    PIECE = "nombre de pièces"
    MASSE = "masse"
    VOLUME = "volume"
    LONGUEUR = "longueur"
    SURFACE = "surface"
    ENERGIE = "énergie"
    PUISSANCE = "puissance"
    TEMPS = "durée"
    JOURS = "nombre de jours"
    MOIS = "nombre de mois"
    FORFAIT = "forfait"
    EMBALLAGE = "emballage"


@dataclass(frozen=True, slots=True)
class Unite:
    """One unit; `facteur` counts the dimension's first unit, `None` for a packaging."""

    code: str
    dimension: Dimension
    facteur: Decimal | None
    libelle: str
    alias: tuple[str, ...] = ()


_TABLE: dict[Dimension, str] = {
    Dimension.PIECE: """
        C62 1 unité|u|exemplaire
        H87 1 pièce|pce|pc
        PR 2 paire
        CEN 100 centaine|cent
        DZN 12 douzaine
        GRO 144 grosse
        MIL 1000 millier|mille""",
    Dimension.MASSE: """
        GRM 1 gramme|g|gr
        MGM 0.001 milligramme|mg
        KGM 1000 kilogramme|kg|kilo
        DTN 100000 quintal|q
        TNE 1000000 tonne|t""",
    Dimension.VOLUME: """
        MLT 1 millilitre|ml
        CLT 10 centilitre|cl
        LTR 1000 litre|l
        HLT 100000 hectolitre|hl
        MTQ 1000000 mètre cube|m3""",
    Dimension.LONGUEUR: """
        MMT 1 millimètre|mm
        CMT 10 centimètre|cm
        MTR 1000 mètre|m|mètre linéaire
        KMT 1000000 kilomètre|km""",
    Dimension.SURFACE: """
        CMK 1 centimètre carré|cm2
        MTK 10000 mètre carré|m2
        HAR 100000000 hectare|ha""",
    Dimension.ENERGIE: """
        WHR 1 wattheure|wh
        KWH 1000 kilowattheure|kwh
        MWH 1000000 mégawattheure|mwh
        GWH 1000000000 gigawattheure|gwh""",
    Dimension.PUISSANCE: """
        WTT 1 watt|w
        KWT 1000 kilowatt|kw""",
    Dimension.TEMPS: """
        SEC 1 seconde|s
        MIN 60 minute|min|mn
        HUR 3600 heure|h""",
    Dimension.JOURS: """
        DAY 1 jour|j|journée
        WEE 7 semaine|sem""",
    Dimension.MOIS: """
        MON 1 mois
        ANN 12 année|an|ans""",
    Dimension.FORFAIT: """
        LS 1 forfait
        E48 1 unité de service|prestation""",
    Dimension.EMBALLAGE: """
        RM - ramette|rame
        SET - jeu|kit
        XBG - sac
        XBO - bouteille
        XBX - boîte
        XCR - caisse
        XCT - carton
        XDR - fût
        XJR - pot|bocal
        XJY - bidon|jerrican
        XPA - sachet
        XPK - paquet
        XPX - palette
        XRL - bobine
        XRO - rouleau
        XST - feuille
        XTU - tube""",
}


def _lire_table() -> dict[str, Unite]:
    unites = {}
    for dimension, lignes in _TABLE.items():
        for ligne in lignes.strip().splitlines():
            code, facteur, noms = ligne.split(maxsplit=2)
            libelle, *alias = noms.split("|")
            valeur = None if facteur == "-" else Decimal(facteur)
            unites[code] = Unite(code, dimension, valeur, libelle, tuple(alias))
    return unites


UNITES: dict[str, Unite] = _lire_table()

_PLURIEL = re.compile(r"(?<=\w{3})[sx]\b")


@lru_cache(maxsize=4096)
def normaliser(nom: str) -> str:
    """Compare names of units whatever their case, accents, plural and spaces."""
    sans_accent = unicodedata.normalize("NFKD", nom.casefold())
    lettres = "".join(c for c in sans_accent if not unicodedata.combining(c))
    return _PLURIEL.sub("", " ".join(lettres.replace("œ", "oe").split()))


_PAR_NOM = {
    normaliser(nom): unite
    for unite in UNITES.values()
    for nom in (unite.code, unite.libelle, *unite.alias)
}


def chercher_unite(nom: str) -> Unite | None:
    """Find a unit by its code, its French name or its symbol."""
    return _PAR_NOM.get(normaliser(nom))


def trouver_unite(nom: str) -> Unite:
    """Like `chercher_unite`, but an unknown name is an error."""
    unite = chercher_unite(nom)
    if unite is None:
        raise ValidationError(
            f"L’unité «\u00a0{nom}\u00a0» n’est pas connue.", code="unite_inconnue", unite=nom
        )
    return unite
