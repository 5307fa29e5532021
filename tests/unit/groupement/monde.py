"""The paper purchase of the story, as plain values."""

from decimal import Decimal

from services.groupement.domain.articles import Article
from services.groupement.domain.consolidation import Besoin, LotPrevu
from shared.kernel.quantites import Conditionnement

DEP, SDIS, SDEA, VH, AUB = "dep", "sdis", "sdea", "vh", "aub"


def conditionnement(nom: str, contient: int | str, base: str = "feuille") -> Conditionnement:
    return Conditionnement(nom, Decimal(contient), base)


PAPIER = Article(
    code="PAPIER-A4-80",
    designation="Papier A4 80 g",
    lot=1,
    unite_base="feuille",
    prix_estime_ht=Decimal("0.0076"),
    conditionnements=(
        conditionnement("ramette", 500),
        conditionnement("carton", 2500),
        conditionnement("palette", 60000),
    ),
    conditionnement_achat="palette",
)
ENVELOPPES = Article(
    code="ENV-DL",
    designation="Enveloppes DL",
    lot=2,
    unite_base="enveloppe",
    prix_estime_ht=Decimal("0.03"),
    conditionnements=(conditionnement("boîte", 500, "enveloppe"),),
    conditionnement_achat="boîte",
)
SEL = Article(
    code="SEL",
    designation="Sel de déneigement",
    lot=1,
    unite_base="kg",
    prix_estime_ht=Decimal("0.12"),
    conditionnements=(),
    conditionnement_achat="tonne",
)
LOTS = (
    LotPrevu(1, "Papier A4 80 g", "30197630"),
    LotPrevu(2, "Enveloppes", "30199230"),
)


def besoin(
    siret: str,
    quantite: str,
    unite: str,
    tolerance: str = "0",
    *,
    article: Article = PAPIER,
    lieu: str = "Privas",
    id_: str | None = None,
) -> Besoin:
    return Besoin(
        id_ or f"{siret}-{article.code}-{lieu}",
        siret,
        article.code,
        lieu,
        Decimal(quantite),
        unite,
        Decimal(tolerance),
    )


BESOINS_PAPIER = (
    besoin(DEP, "40", "palette"),
    besoin(SDIS, "720", "carton"),
    besoin(SDEA, "2400", "ramette"),
    besoin(VH, "600000", "feuille"),
    besoin(AUB, "5", "palette", "2"),
)
