"""The convention constitutive in words, written from its clauses: change one, the text changes."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.groupement.domain import clauses_en_mots as mots
from services.groupement.domain.cao import Commission
from services.groupement.domain.clauses import ChargeRetrait, Clauses, RegleArrivee
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.domain.formes import FormeJuridique
from services.groupement.domain.strategies import Strategie


@dataclass(frozen=True, slots=True)
class Partie:
    """A member as the convention names it, with the vote that binds it."""

    siret: str
    nom: str
    forme: FormeJuridique
    deliberation_le: dt.date | None = None
    deliberation_numero: str | None = None
    document: str | None = None
    effet_le: dt.date | None = None
    fin_le: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Projet:
    """Everything the text is written from."""

    nom: str
    version: int
    debut: dt.date | None
    fin: dt.date | None
    coordonnateur: str
    clauses: Clauses
    parties: tuple[Partie, ...]
    commission: Commission
    seuil_cao: str

    @property
    def noms(self) -> dict[str, str]:
        return {partie.siret: partie.nom for partie in self.parties}

    def a_la_forme(self, forme: FormeJuridique) -> list[str]:
        return [partie.nom for partie in self.parties if partie.forme is forme]


@dataclass(frozen=True, slots=True)
class Article:
    """A numbered article and its paragraphs."""

    numero: int
    titre: str
    paragraphes: tuple[str, ...]


MISSIONS: Mapping[ModeCoordination, str] = MappingProxyType(
    {
        ModeCoordination.PASSATION: (
            "Le coordonnateur recense les besoins, mène la procédure et choisit le titulaire. "
            "Chaque membre signe, notifie et exécute le marché pour ce qui le concerne."
        ),
        ModeCoordination.PASSATION_SIGNATURE: (
            "Le coordonnateur recense les besoins, mène la procédure, signe et notifie le marché "
            "au "
            "nom de tous. Chaque membre l’exécute pour ce qui le concerne."
        ),
        ModeCoordination.INTEGREE: (
            "Le coordonnateur recense les besoins, mène la procédure, signe, notifie, exécute et "
            "paie le marché au nom de tous, puis se fait rembourser par les membres."
        ),
    }
)
PAIEMENTS: Mapping[ModeCoordination, str] = MappingProxyType(
    {
        ModeCoordination.PASSATION: "Chaque membre mandate ses propres factures.",
        ModeCoordination.PASSATION_SIGNATURE: "Chaque membre mandate ses propres factures.",
        ModeCoordination.INTEGREE: (
            "Le coordonnateur mandate les factures\u202f; chaque membre rembourse sa part sur un "
            "état récapitulatif établi par le coordonnateur."
        ),
    }
)


def rediger(projet: Projet) -> tuple[Article, ...]:
    """Write the articles in the order of the mentions that a convention holds."""
    textes = (
        ("Objet", _objet(projet)),
        ("Membres", _membres(projet)),
        ("Durée", _duree(projet)),
        ("Coordonnateur et missions", _coordination(projet)),
        ("Définition des besoins", _besoins(projet.clauses)),
        ("Commission d’appel d’offres", _commission(projet)),
        (
            "Exécution et paiement",
            (PAIEMENTS[projet.clauses.mode], _livraisons(projet)),
        ),
        ("Frais du groupement", _frais(projet)),
        ("Responsabilité", _responsabilite()),
        ("Arrivée d’un membre", _arrivee(projet.clauses)),
        ("Retrait d’un membre", _retrait(projet.clauses)),
        ("Échanges par événements", _evenements(projet.clauses)),
        ("Modification, suspension et fin", _fin()),
        ("Litiges", (_litiges(projet.clauses),)),
    )
    return tuple(
        Article(numero, titre, tuple(filter(None, paragraphes)))
        for numero, (titre, paragraphes) in enumerate(textes, 1)
    )


def _objet(projet: Projet) -> tuple[str, ...]:
    genre = (
        "Le groupement est permanent\u00a0: il passe autant d’achats que ses membres en décident."
        if projet.clauses.permanente
        else "Le groupement est ponctuel\u00a0: il prend fin avec l’achat pour lequel il est créé."
    )
    return (
        (
            f"Les parties constituent un groupement de commandes, en application des articles "
            f"L2113-6 "
            f"à L2113-8 du Code de la commande publique, pour {projet.clauses.objet.rstrip('.')}."
        ),
        f"Il est désigné ci-après «\u00a0{projet.nom}\u00a0». Il n’a pas la personnalité morale.",
        genre,
    )


def _membres(projet: Projet) -> tuple[str, ...]:
    liste = ", ".join(sorted(projet.noms.values()))
    prives = ", ".join(projet.a_la_forme(FormeJuridique.PRIVE))
    etrangers = ", ".join(projet.a_la_forme(FormeJuridique.ETRANGER))
    return (
        f"Sont membres du groupement\u00a0: {liste}. L’annexe 1 donne la délibération de chacun.",
        f"{prives}\u00a0: personne de droit privé\u00a0; tous les membres appliquent aux achats "
        "groupés les règles du Code de la commande publique."
        if prives
        else "",
        f"{etrangers}\u00a0: acheteur d’un autre État\u00a0; la loi française s’applique aux "
        f"achats "
        "du groupement."
        if etrangers
        else "",
    )


def _duree(projet: Projet) -> tuple[str, ...]:
    debut = f"{projet.debut:%d/%m/%Y}" if projet.debut else "la date fixée par le coordonnateur"
    mois = projet.clauses.duree_mois
    if projet.fin:
        terme = f"Elle prend fin le {projet.fin:%d/%m/%Y}."
    else:
        terme = f"Elle est conclue pour {mois}\u00a0mois." if mois else "Elle n’a pas de terme."
    return (
        f"La convention prend effet le {debut}, après sa signature. {terme}"
        if projet.debut
        else f"La convention prend effet à {debut}, après sa signature. {terme}",
        (
            "Aucune procédure n’est lancée avant qu’elle soit exécutoire pour le coordonnateur "
            "et pour "
            "chaque participant."
        ),
    )


def _coordination(projet: Projet) -> tuple[str, ...]:
    clauses, noms = projet.clauses, projet.noms
    exceptions = tuple(
        f"Par exception, {noms.get(c.coordonnateur, c.coordonnateur)} coordonne les achats de "
        f"{'la ' if c.famille else 'code '}{c.perimetre}. {MISSIONS[c.mode]}"
        for c in clauses.coordinations
    )
    return (
        f"Le coordonnateur est {noms[projet.coordonnateur]}. {MISSIONS[clauses.mode]}",
        *exceptions,
        "Le coordonnateur peut retenir un autre mode pour un achat, dès sa création."
        if clauses.mode_par_achat
        else "",
        "Les communes confient cette mission à titre gratuit à leur intercommunalité, dont les "
        "statuts le prévoient (article L5211-4-4 du CGCT)."
        if clauses.mandat_epci
        else "",
    )


def _besoins(clauses: Clauses) -> tuple[str, ...]:
    delai = (
        f"Un appel à besoins reste ouvert au moins {clauses.delai_reponse_jours}\u00a0jours. "
        if clauses.delai_reponse_jours
        else ""
    )
    return (
        (
            "Chaque membre définit ses besoins avant le lancement de la consultation, article par "
            "article et par lieu de livraison."
        ),
        f"{delai}Le silence d’un membre à la date limite vaut refus de participer.",
        (
            "Au lancement, la liste des participants et leurs besoins sont figés. Les seuils de "
            "procédure s’apprécient sur la somme des besoins de tous les participants."
        ),
    )


def _commission(projet: Projet) -> tuple[str, ...]:
    return (f"{projet.commission.titre}. {projet.commission.explication}", projet.seuil_cao)


def _livraisons(projet: Projet) -> str:
    insuffisants = (
        "Si la livraison ne suffit pas aux planchers, elle est partagée au prorata de ceux-ci. "
        if projet.clauses.strategie is Strategie.PLANCHER
        else ""
    )
    return (
        "Une livraison qui ne sert pas toutes les commandes est partagée ainsi\u00a0: "
        f"{_minuscule(mots.partage(projet.clauses, projet.noms))}. {insuffisants}"
        "Chaque part est expliquée au membre."
    )


def _frais(projet: Projet) -> tuple[str, ...]:
    return (
        f"{mots.remuneration(projet.clauses)}.",
        (
            "Les frais, remises et pénalités communs se partagent ainsi\u00a0: "
            f"{_minuscule(mots.cle(projet.clauses, projet.noms))}. Les centimes restants vont "
            f"aux plus "
            "forts restes."
        ),
    )


def _responsabilite() -> tuple[str, ...]:
    return (
        (
            "Les membres sont solidairement responsables des seules opérations menées "
            "conjointement "
            "au nom de tous. Chacun répond seul des opérations qu’il mène pour lui-même."
        ),
        (
            "Un membre peut refuser de signer un marché pour un motif d’intérêt général, qu’il "
            "expose "
            "au coordonnateur."
        ),
    )


def _arrivee(clauses: Clauses) -> tuple[str, ...]:
    entree = (
        "Il entre dans les achats qui ne sont pas encore lancés."
        if clauses.arrivee is RegleArrivee.APPELS_OUVERTS
        else "Il entre dans les achats créés après la prise d’effet de son adhésion."
    )
    return (
        (
            "Un nouveau membre rejoint le groupement par la délibération de son assemblée et la "
            f"signature de la convention. {entree}"
        ),
        (
            "Un membre arrivé après le lancement d’une procédure ne peut pas utiliser le marché "
            "qui en "
            "résulte."
        ),
    )


def _retrait(clauses: Clauses) -> tuple[str, ...]:
    delai = (
        f"Le retrait prend effet {clauses.preavis_mois}\u00a0mois après sa notification au "
        "coordonnateur."
        if clauses.preavis_mois
        else "Le retrait prend effet le lendemain de sa notification au coordonnateur."
    )
    charge = (
        "Il supporte le coût qui résulte de la réduction du volume des marchés en cours."
        if clauses.charge_retrait is ChargeRetrait.MEMBRE_SORTANT
        else "Sa part non commandée est proposée aux membres qui restent, qui peuvent la refuser."
    )
    return (
        f"Un membre se retire par délibération. {delai}",
        (
            "Dès la notification, il n’entre plus dans de nouveaux achats. Il reste tenu par les "
            f"marchés en cours, et peut y commander, jusqu’à leur terme. {charge}"
        ),
    )


def _evenements(clauses: Clauses) -> tuple[str, ...]:
    if not clauses.evenements:
        return ("Les logiciels des membres ne transmettent aucune demande par événement.",)
    return (
        (
            "Le logiciel d’un membre peut, au nom de celui-ci\u00a0: "
            f"{_minuscule(mots.evenements(clauses))}. Ces demandes valent écrit. Le SIRET qui les "
            "signe en identifie l’auteur."
        ),
    )


def _fin() -> tuple[str, ...]:
    return (
        (
            "Un avenant signé par tous les membres modifie la convention\u202f; la version en "
            "vigueur "
            "s’applique jusque-là."
        ),
        (
            "Le coordonnateur peut suspendre la convention, par une décision motivée\u00a0: "
            "aucun achat "
            "n’est lancé pendant la suspension. Les membres peuvent la résilier\u202f; les "
            "marchés en "
            "cours vont à leur terme."
        ),
    )


def _litiges(clauses: Clauses) -> str:
    conciliation = (
        "Les parties recherchent d’abord une conciliation, pendant "
        f"{clauses.conciliation_jours}\u00a0jours. "
        if clauses.conciliation_jours
        else ""
    )
    juge = f"le litige relève du tribunal suivant\u00a0: {clauses.tribunal}."
    return f"{conciliation}À défaut d’accord, {juge}"


def _minuscule(texte: str) -> str:
    return texte[:1].lower() + texte[1:]
