"""Charts as SVG made on the server: no script, printable, readable without colour.

Every chart is an image with a title and a sentence; the page shows the same figures as a table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final, Protocol

from markupsafe import Markup, escape

from shared.kernel.montant import Montant

Valeur = Decimal | int | Montant
NIVEAU_MAX: Final = 6


@dataclass(frozen=True, slots=True)
class Classe:
    """One bar of a histogram: `de` excluded (0 included for the first), `a` included."""

    de: int
    a: int | None
    effectif: int
    hors_delai: bool

    @property
    def libelle(self) -> str:
        if self.a is None:
            return f"plus de {self.de}"
        return f"{self.de + 1 if self.de else 0} à {self.a}"


def classes(
    delais: Iterable[int], *, seuil: int = 30, pas: int = 5, maxi: int = 60
) -> list[Classe]:
    """Count delays by classes closed on the right: day 30 is on time, day 31 is not."""
    valeurs = list(delais)
    bornes = list(range(0, maxi + 1, pas))
    resultat = [
        Classe(de, a, sum(1 for v in valeurs if (de < v or de == 0) and v <= a), de >= seuil)
        for de, a in pairwise(bornes)
    ]
    resultat.append(Classe(maxi, None, sum(1 for v in valeurs if v > maxi), maxi >= seuil))
    return resultat


def graduations(maxi: int, nombre: int = 4) -> list[int]:
    """Round ticks from zero that cover `maxi`: steps of 1, 2, 2.5 or 5 times a power of ten."""
    brut = max(1, -(-maxi // nombre))
    puissance = 10 ** (len(str(brut)) - 1)
    candidats = [puissance * dixiemes // 10 for dixiemes in (10, 20, 25, 50, 100)]
    pas = next(c for c in candidats if c >= brut and (c * 10) % puissance == 0)
    return list(range(0, -(-max(maxi, 1) // pas) * pas + 1, pas))


def _svg(
    taille: tuple[int, int], ident: str, titre: str, phrase: str, corps: Iterable[str]
) -> Markup:
    return Markup(  # noqa: S704 -- every text below went through escape()
        f'<svg viewBox="0 0 {taille[0]} {taille[1]}" role="img" class="graphe" '
        f'aria-labelledby="{ident}-t {ident}-d">'
        f'<title id="{ident}-t">{escape(titre)}</title><desc id="{ident}-d">{escape(phrase)}</desc>'
        f"{''.join(corps)}</svg>"
    )


_HACHURES: Final = (
    '<defs><pattern id="{ident}-h" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" class="hors"/>'
    '<rect width="2" height="6" class="raie"/></pattern></defs>'
)


def histogramme(
    delais: Iterable[int],
    *,
    titre: str,
    seuil: int = 30,
    pas: int = 5,
    maxi: int = 60,
    ident: str = "delais",
) -> Markup:
    """Histogram of delays in days with its legal line, which closes at `seuil` included."""
    barres = classes(delais, seuil=seuil, pas=pas, maxi=maxi)
    total = sum(b.effectif for b in barres)
    tard = sum(b.effectif for b in barres if b.hors_delai)
    phrase = (
        f"{total - tard} paiements sur {total} dans le délai de {seuil} jours ; {tard} au-delà."
    )
    largeur, hauteur, gauche, haut, bas = 580, 270, 40, 28, 48
    utile = hauteur - haut - bas
    axe = graduations(max((b.effectif for b in barres), default=0))
    sommet = axe[-1] or 1
    large = (largeur - gauche - 10) / len(barres)
    corps = [_HACHURES.format(ident=ident)]
    for tick in axe:
        y = haut + utile - utile * tick / sommet
        corps.append(
            f'<line x1="{gauche}" x2="{largeur - 10}" y1="{y:.1f}" y2="{y:.1f}" class="grille"/>'
            f'<text x="{gauche - 6}" y="{y + 4:.1f}" text-anchor="end">{tick}</text>'
        )
    for rang, barre in enumerate(barres):
        corps.append(_barre(barre, (gauche + rang * large, large), (haut, utile, sommet), ident))
    x_seuil = gauche + seuil / pas * large
    corps.append(
        f'<line x1="{x_seuil:.1f}" x2="{x_seuil:.1f}" y1="{haut - 18}" y2="{haut + utile}" '
        f'class="seuil"/><text x="{x_seuil + 6:.1f}" y="{haut - 8}" class="seuil-t">'
        f"{seuil} jours</text>"
        f'<text x="{largeur / 2:.0f}" y="{hauteur - 6}" text-anchor="middle">'
        "Délai de paiement, en jours</text>"
    )
    return _svg((largeur, hauteur), ident, titre, phrase, corps)


def _barre(
    barre: Classe, place: tuple[float, float], cadre: tuple[int, int, int], ident: str
) -> str:
    (x, large), (haut, utile, sommet) = place, cadre
    h = utile * barre.effectif / sommet
    y = haut + utile - h
    milieu = x + large / 2
    fond = f'fill="url(#{ident}-h)"' if barre.hors_delai else 'class="ok"'
    borne = f"{barre.a}" if barre.a is not None else f"> {barre.de}"
    texte = (
        f'<text x="{milieu:.1f}" y="{y - 4:.1f}" text-anchor="middle" class="val">'
        f"{barre.effectif}</text>"
        if barre.effectif
        else ""
    )
    return (
        f'<rect x="{x + 1.5:.1f}" y="{y:.1f}" width="{large - 3:.1f}" height="{h:.1f}" {fond}>'
        f"<title>{barre.libelle} jours : {barre.effectif}</title></rect>{texte}"
        f'<text x="{milieu:.1f}" y="{haut + utile + 18}" text-anchor="middle">{borne}</text>'
    )


def horloge(jours: int, *, total: int = 30, suspendue: bool = False) -> Markup:
    """Bar of the payment clock of one invoice, 0 to 4/3 of the delay; a suspended one is hatched.

    The bar is decoration: the text beside it says the same (`texte_horloge`).
    """
    echelle = total * 4 / 3
    plein = min(max(jours, 0) / echelle, 1) * 100
    etat = "arret" if suspendue else etat_horloge(jours, total)
    return Markup(  # noqa: S704 -- numbers and constants only
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" class="horloge" aria-hidden="true" '
        'focusable="false"><rect width="100" height="10" class="rail"/>'
        f'<rect width="{plein:.1f}" height="10" class="{etat}"/>'
        '<rect x="74.25" width="1.5" height="10" class="trait"/></svg>'
    )


def etat_horloge(jours: int, total: int = 30) -> str:
    """`bon`, `proche` (six days or less) or `tard` (the delay has passed)."""
    if jours > total:
        return "tard"
    return "proche" if total - jours <= 6 else "bon"


def texte_horloge(jours: int, *, total: int = 30, suspendue: bool = False) -> str:
    """Words of the clock: « J−3 », « J+2, en retard », « délai suspendu »."""
    if suspendue:
        return "délai suspendu"
    reste = total - jours
    if reste < 0:
        return f"J+{-reste}, en retard"
    return f"J−{reste}" if reste else "dernier jour"


def jauge(
    valeur: Valeur, seuil: Valeur, *, titre: str, phrase: str, ident: str = "jauge"
) -> Markup:
    """Bar of `valeur` with a line at `seuil`; what goes beyond is hatched."""
    haut = max(_nombre(valeur), _nombre(seuil)) * Decimal("1.08")
    plein, ligne = (_part(v, haut) * Decimal("5.8") for v in (valeur, seuil))
    corps = [
        _HACHURES.format(ident=ident),
        '<rect y="3" width="580" height="16" class="rail"/>',
        f'<rect y="3" width="{min(plein, ligne):.1f}" height="16" class="ok"/>',
    ]
    if plein > ligne:
        corps.append(
            f'<rect x="{ligne:.1f}" y="3" width="{plein - ligne:.1f}" height="16" '
            f'fill="url(#{ident}-h)"/>'
        )
    corps.append(f'<rect x="{ligne - 1:.1f}" width="3" height="22" class="trait"/>')
    return _svg((580, 22), ident, titre, phrase, corps)


def bullet(
    realise: Valeur,
    engage: Valeur,
    objectif: Valeur,
    *,
    titre: str,
    phrase: str,
    ident: str = "bullet",
) -> Markup:
    """Bullet chart: what is done (dark), what is committed (pale), the target (line)."""
    valeurs = [_nombre(valeur) for valeur in (realise, engage, objectif)]
    fait, promis, cible = (_part(valeur, max(valeurs)) * Decimal("5.77") for valeur in valeurs)
    corps = [
        '<rect width="580" height="26" class="rail"/>',
        f'<rect width="{promis:.1f}" height="26" class="pale"/>',
        f'<rect y="8" width="{fait:.1f}" height="10" class="ok"/>',
        f'<rect x="{cible:.1f}" y="2" width="3" height="22" class="trait"/>',
    ]
    return _svg((580, 26), ident, titre, phrase, corps)


class Haltere(Protocol):
    """A reference and what was obtained, under one name."""

    @property
    def designation(self) -> str: ...
    @property
    def reference_ht(self) -> Montant: ...
    @property
    def obtenu_ht(self) -> Montant: ...


def halteres(lignes: Sequence[Haltere], *, titre: str, ident: str = "halteres") -> Markup:
    """Dumbbells: a ring at the reference, a disc at what was obtained, a bar between them."""
    haut = max((_nombre(x) for li in lignes for x in (li.reference_ht, li.obtenu_ht)), default=0)
    corps = []
    for rang, ligne in enumerate(lignes):
        y = 22 + 46 * rang
        avant, apres = (
            12 + _part(x, haut or 1) * Decimal("5.5") for x in (ligne.reference_ht, ligne.obtenu_ht)
        )
        gauche, droite = sorted((avant, apres))
        corps.append(
            f'<text x="0" y="{y - 6}">{escape(ligne.designation)}</text>'
            f'<line x1="12" x2="562" y1="{y + 8}" y2="{y + 8}" class="grille"/>'
            f'<rect x="{gauche:.1f}" y="{y + 5}" width="{droite - gauche:.1f}" height="6" '
            f'class="pale"/><circle cx="{avant:.1f}" cy="{y + 8}" r="7" class="trait"/>'
            f'<circle cx="{avant:.1f}" cy="{y + 8}" r="4" fill="#fff"/>'
            f'<circle cx="{apres:.1f}" cy="{y + 8}" r="7" class="ok"/>'
        )
    phrase = "Anneau\u00a0: prix de référence. Disque plein\u00a0: prix obtenu."
    return _svg((580, 46 * len(lignes) + 4), ident, titre, phrase, corps)


def _nombre(valeur: Valeur) -> Decimal:
    return valeur.decimal if isinstance(valeur, Montant) else Decimal(valeur)


def _part(valeur: Valeur, maxi: Valeur) -> Decimal:
    plafond = _nombre(maxi)
    return _nombre(valeur) * 100 / plafond if plafond > 0 else Decimal(0)


def niveau(valeur: Valeur | None, maxi: Valeur) -> int:
    """Level of a heat map cell, 0 (nothing) to 6, on a square-root scale of `maxi`."""
    if valeur is None or _nombre(valeur) <= 0 or _nombre(maxi) <= 0:
        return 0
    part = min(_nombre(valeur) / _nombre(maxi), Decimal(1)).sqrt()
    return max(1, int((part * NIVEAU_MAX).to_integral_value("ROUND_CEILING")))


def reperes(maxi: Valeur) -> Sequence[Decimal]:
    """Upper bound of each level of the heat map, for its legend."""
    return [_nombre(maxi) * (n * n) / (NIVEAU_MAX**2) for n in range(1, NIVEAU_MAX + 1)]
