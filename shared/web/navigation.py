"""The menu: texts, addresses and who sees them. Data only: no service is imported."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from shared.web.access import Utilisateur

ACHETEURS = ("agent", "coordonnateur", "finances")


@dataclass(frozen=True, slots=True)
class Entree:
    """One entry; without `roles`, everybody sees it.

    `partie` names its part of the site when that is wider than its address.
    """

    texte: str
    url: str
    roles: tuple[str, ...] = ()
    partie: str = ""

    def visible(self, utilisateur: Utilisateur) -> bool:
        return not self.roles or utilisateur.a(*self.roles)

    def courante(self, chemin: str) -> bool:
        """Tell whether `chemin` is inside this entry's part of the site."""
        return f"{chemin.rstrip('/')}/".startswith(self.racine)

    @property
    def racine(self) -> str:
        return f"{(self.partie or self.url).rstrip('/')}/"


ENTREES = (
    Entree("Avis et consultations", "/avis"),
    Entree("Achats à venir", "/programmation"),
    Entree("Alertes", "/alertes/"),
    Entree("Consultations", "/consultations", ("coordonnateur",)),
    Entree("Groupement", "/groupement/", ("agent", "coordonnateur")),
    Entree("Besoins à valider", "/groupement/validation", ("finances",)),
    Entree("Heures d’insertion", "/groupement/insertion", ("entreprise",)),
    Entree(
        "Factures", "/paiement/factures", ("finances", "coordonnateur", "entreprise"), "/paiement"
    ),
    Entree("Avances", "/paiement/avances", ("finances",)),
    Entree("Comptes", "/paiement/comptes", ("finances",)),
    Entree("Cartes d’achat", "/paiement/cartes", ("finances", "porteur")),
    Entree("Journal", "/journal", ("exploitation",)),
    Entree("Messages", "/messages", ("exploitation",)),
)
PIED = (
    Entree("Suivre mes factures", "/paiement/suivi/acces"),
    Entree("Accessibilité", "/accessibilite"),
    Entree("Mentions légales", "/mentions"),
    Entree("Données personnelles", "/donnees-personnelles"),
    Entree("Plan du site", "/plan"),
)


def entrees_visibles(utilisateur: Utilisateur) -> list[Entree]:
    """Entries of the main menu for this user, in order."""
    return [entree for entree in ENTREES if entree.visible(utilisateur)]


def entree_courante(chemin: str, entrees: Iterable[Entree] = ENTREES) -> Entree | None:
    """The deepest entry that holds `chemin`."""
    candidates = [entree for entree in entrees if entree.courante(chemin)]
    return max(candidates, key=lambda entree: len(entree.racine), default=None)


ACCUEILS = (
    ("coordonnateur", "/groupement/"),
    ("agent", "/groupement/"),
    ("finances", "/paiement/factures"),
    ("exploitation", "/journal"),
    ("porteur", "/paiement/cartes"),
    ("entreprise", "/paiement/factures"),
)


def accueil_de(roles: Collection[str]) -> str:
    """Where somebody lands after signing in."""
    return next((url for role, url in ACCUEILS if role in roles), "/")
