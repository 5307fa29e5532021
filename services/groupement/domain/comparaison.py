"""Two consolidations side by side: lots, procedure, and what each member asks and pays in both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from services.groupement.domain.articles import Article
from services.groupement.domain.consolidation import (
    Consolidation,
    LotPrevu,
    assembler,
)
from services.groupement.domain.hypotheses import Entrees, Hypothese, appliquer
from services.groupement.domain.lignes import Ligne, chiffrer, completer
from services.groupement.domain.mesures import (
    Cle,
    Mesure,
    cumuler,
    ecrire,
    micros,
    quantite,
    trace,
)
from services.groupement.domain.seuils import LIBELLES, Cadre, Verification, verifier
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant
from shared.kernel.repartition import ESPACE, nombre


@dataclass(frozen=True, slots=True)
class _LigneCalculee:
    """A line with the fingerprint of its needs and what it serves to each member (millionths)."""

    article: Article
    mesures: Sequence[Mesure]
    ligne: Ligne
    trace: str
    servi: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Bilan:
    """A consolidation, its thresholds, and the estimated cost of each member."""

    consolidation: Consolidation
    verification: Verification
    couts: Mapping[str, Montant]
    calculees: Mapping[Cle, _LigneCalculee]
    lignes: Mapping[Cle, Ligne]


@dataclass(frozen=True, slots=True)
class EcartPart:
    """What one member is served of an article at a place, complement included, in base units."""

    siret: str
    article: str
    designation: str
    lieu: str
    unite_base: str
    avant: Decimal
    apres: Decimal

    @property
    def ecart(self) -> Decimal:
        return self.apres - self.avant


@dataclass(frozen=True, slots=True)
class EcartMembre:
    """What one member would pay, before and after."""

    siret: str
    avant: Montant
    apres: Montant
    parts: tuple[EcartPart, ...]

    @property
    def ecart(self) -> Montant:
        return self.apres - self.avant


@dataclass(frozen=True, slots=True)
class EcartLigne:
    """A line that is not the same on both sides; None where it does not exist."""

    avant: Ligne | None
    apres: Ligne | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """The answer to « et si… »."""

    avant: Bilan
    apres: Bilan
    membres: tuple[EcartMembre, ...]
    lignes: tuple[EcartLigne, ...]
    besoins: tuple[str, ...]

    @property
    def ecart(self) -> Montant:
        return self.apres.consolidation.montant_ht - self.avant.consolidation.montant_ht

    @property
    def phrase(self) -> str:
        """Say the difference in French."""
        return f"{_montants(self)} {_procedures(self)}"


def simuler(cadre: Cadre, entrees: Entrees, hypotheses: Iterable[Hypothese]) -> Simulation:
    """Compute today's consolidation and the supposed one, then compare them member by member.

    Raises `DomainError`: a hypothesis that means nothing here, or that leaves no need at all.
    """
    suppose = appliquer(entrees, hypotheses)
    avant = dresser(cadre, entrees)
    apres = dresser(cadre, suppose, avant.calculees)
    changees = _changees(avant, apres)
    return Simulation(
        avant,
        apres,
        _ecarts(avant, apres, changees),
        tuple(EcartLigne(avant.lignes.get(cle), apres.lignes.get(cle)) for cle in changees),
        _besoins(avant, apres, changees),
    )


def dresser(
    cadre: Cadre, entrees: Entrees, connues: Mapping[Cle, _LigneCalculee] | None = None
) -> Bilan:
    """Consolidate the inputs; a line of `connues` whose inputs are the very same is taken over."""
    if not entrees.groupes:
        raise DomainError("Il ne reste aucun besoin à consolider.", code="aucun_besoin")
    calculees = {cle: _calculer(entrees, cle, (connues or {}).get(cle)) for cle in entrees.groupes}
    lots, lignes = _decouper(entrees, calculees)
    consolidation = assembler(
        lots,
        entrees.catalogue,
        list(lignes.values()),
        {cle: calculee.trace for cle, calculee in calculees.items()},
        entrees.decisions,
    )
    couts = _couts(entrees, calculees)
    montants = {lot.numero: lot.montant_ht for lot in consolidation.lots}
    return Bilan(consolidation, verifier(cadre, montants, couts), couts, calculees, lignes)


def _calculer(entrees: Entrees, cle: Cle, connue: _LigneCalculee | None) -> _LigneCalculee:
    mesures, article = entrees.groupes[cle], entrees.catalogue[cle[0]]
    memes = connue is not None and connue.mesures is mesures
    if connue is not None and memes and connue.article is article:
        return connue
    ligne = chiffrer(article, cle[1], cumuler(mesures), entrees.decisions.get(cle))
    tracee = connue.trace if connue is not None and memes else entrees.traces.get(cle)
    tracee = tracee or trace(map(ecrire, mesures))
    return _LigneCalculee(article, mesures, ligne, tracee, _servir(ligne, mesures))


def _servir(ligne: Ligne, mesures: Sequence[Mesure]) -> dict[str, int]:
    """Firm quantity and complement of each member; a withdrawn line serves nobody."""
    servi: dict[str, int] = {}
    if ligne.retiree:
        return servi
    for mesure in mesures:
        servi[mesure.siret] = servi.get(mesure.siret, 0) + mesure.ferme
    for mesure, complement in completer(micros(ligne.complement_base), mesures).items():
        servi[mesure.siret] += complement
    return servi


def _couts(entrees: Entrees, calculees: Mapping[Cle, _LigneCalculee]) -> dict[str, Montant]:
    """Estimated cost of what each member is served, rounded once."""
    totaux: dict[str, int] = {}
    for (code, _), calculee in calculees.items():
        prix = micros(entrees.catalogue[code].prix_estime_ht)
        for siret, servi in calculee.servi.items():
            totaux[siret] = totaux.get(siret, 0) + servi * prix
    return {siret: Montant(Decimal(totaux[siret]).scaleb(-12)) for siret in sorted(totaux)}


def _decouper(
    entrees: Entrees, calculees: Mapping[Cle, _LigneCalculee]
) -> tuple[Sequence[LotPrevu], dict[Cle, Ligne]]:
    """Lots as they are, or one per place inside each, numbered again from 1."""
    lignes = {cle: calculee.ligne for cle, calculee in calculees.items()}
    if not entrees.par_lieu:
        return entrees.lots, lignes
    prevus = {lot.numero: lot for lot in entrees.lots}
    places = sorted({(ligne.lot, ligne.lieu) for ligne in lignes.values() if not ligne.retiree})
    numeros = {place: rang for rang, place in enumerate(places, start=1)}
    lots = [
        LotPrevu(rang, f"{prevus[numero].objet} – {lieu}", prevus[numero].cpv)
        for (numero, lieu), rang in numeros.items()
    ]
    return lots, {
        cle: replace(ligne, lot=numeros.get((ligne.lot, ligne.lieu), ligne.lot))
        for cle, ligne in lignes.items()
    }


def _changees(avant: Bilan, apres: Bilan) -> list[Cle]:
    cles = sorted({*avant.lignes, *apres.lignes})
    return [
        cle
        for cle in cles
        if avant.lignes.get(cle) != apres.lignes.get(cle)
        or _servi(avant, cle) != _servi(apres, cle)
    ]


def _servi(bilan: Bilan, cle: Cle) -> Mapping[str, int]:
    calculee = bilan.calculees.get(cle)
    return calculee.servi if calculee else {}


def _ecarts(avant: Bilan, apres: Bilan, changees: Sequence[Cle]) -> tuple[EcartMembre, ...]:
    parts = _parts(avant, apres, changees)
    zero = Montant.zero()
    return tuple(
        EcartMembre(
            siret,
            avant.couts.get(siret, zero),
            apres.couts.get(siret, zero),
            tuple(parts.get(siret, ())),
        )
        for siret in sorted({*avant.couts, *apres.couts})
    )


def _parts(avant: Bilan, apres: Bilan, changees: Sequence[Cle]) -> dict[str, list[EcartPart]]:
    """Only the shares that move."""
    parts: dict[str, list[EcartPart]] = {}
    for cle in changees:
        jadis, demain = _servi(avant, cle), _servi(apres, cle)
        ligne = apres.lignes.get(cle) or avant.lignes[cle]
        for siret in {*jadis, *demain}:
            a, b = jadis.get(siret, 0), demain.get(siret, 0)
            if a != b:
                parts.setdefault(siret, []).append(_part(siret, ligne, a, b))
    return parts


def _part(siret: str, ligne: Ligne, avant: int, apres: int) -> EcartPart:
    return EcartPart(
        siret,
        ligne.article,
        ligne.designation,
        ligne.lieu,
        ligne.unite_base,
        quantite(avant),
        quantite(apres),
    )


def _besoins(avant: Bilan, apres: Bilan, changees: Sequence[Cle]) -> tuple[str, ...]:
    """Needs whose line is not the same any more."""
    return tuple(
        sorted(
            {
                mesure.besoin
                for cle in changees
                for bilan in (avant, apres)
                if cle in bilan.calculees
                for mesure in bilan.calculees[cle].mesures
            }
        )
    )


def _montants(simulation: Simulation) -> str:
    avant, apres = (b.consolidation.montant_ht for b in (simulation.avant, simulation.apres))
    if avant == apres:
        return f"Le montant estimé reste de {_euros(avant)} HT."
    sens = "monte" if apres > avant else "descend"
    return f"Le montant estimé {sens} de {_euros(avant)} à {_euros(apres)} HT."


def _procedures(simulation: Simulation) -> str:
    avant, apres = (
        LIBELLES[bilan.verification.groupe.procedure]
        for bilan in (simulation.avant, simulation.apres)
    )
    if avant == apres:
        return f"La procédure ne change pas{ESPACE}: {apres.lower()}."
    return f"La procédure change{ESPACE}: {avant.lower()}, puis {apres.lower()}."


def _euros(montant: Montant) -> str:
    entier, centimes = str(montant).split(".")
    return f"{nombre(int(entier))},{centimes}{ESPACE}€"
