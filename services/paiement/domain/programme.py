"""A programme of purchasing cards: who plays which role, and the life of a card.

Roles: décret 2023-209. The platform says what a person may do here; the entity then designates,
role by role, those who alone may play it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.errors import ConflictError, ForbiddenError, ValidationError

DELAI_RECU = 15  # days, unless the programme says otherwise


class Role(StrEnum):
    """Who does what in a programme."""

    ORDONNATEUR = "ORDONNATEUR"
    RESPONSABLE = "RESPONSABLE_PROGRAMME_CARTE"
    PORTEUR = "PORTEUR"
    APPROBATEUR = "APPROBATEUR"
    COMPTABLE = "COMPTABLE"


LIBELLES: Mapping[Role, tuple[str, str]] = {
    Role.ORDONNATEUR: ("Ordonnateur", "ouvre le programme, désigne chacun et clôt les relevés"),
    Role.RESPONSABLE: (
        "Responsable du programme carte",
        "crée les cartes, fixe les plafonds et conteste les opérations",
    ),
    Role.PORTEUR: ("Porteur", "achète avec sa carte et dépose ses reçus"),
    Role.APPROBATEUR: ("Approbateur", "approuve les lignes des relevés"),
    Role.COMPTABLE: ("Comptable", "paie l’émetteur"),
}
PLATEFORME: Mapping[Role, frozenset[str]] = {
    Role.ORDONNATEUR: frozenset({"finances"}),
    Role.RESPONSABLE: frozenset({"finances"}),
    Role.PORTEUR: frozenset({"porteur", "finances"}),
    Role.APPROBATEUR: frozenset({"finances"}),
    Role.COMPTABLE: frozenset({"finances"}),
}
"""Roles of the platform that let a person play a role of a programme."""


@dataclass(frozen=True, slots=True)
class Personne:
    """Who acts: an identifier of the platform and the roles that it gives."""

    id: str
    roles: frozenset[str]


def exiger(role: Role, personne: Personne, designes: Collection[str]) -> None:
    """Refuse whoever may not play a role; without anybody designated, the platform's role does."""
    libelle = LIBELLES[role][0].lower()
    if PLATEFORME[role].isdisjoint(personne.roles):
        raise ForbiddenError(
            f"Ce geste revient à un rôle que vous n’avez pas\u00a0: {libelle}.",
            code="role_carte",
            role=role,
        )
    if designes and personne.id not in designes:
        raise ForbiddenError(
            f"Une autre personne est désignée comme {libelle} de ce programme.",
            code="role_carte",
            role=role,
        )


def verifier_cumul(role: Role, deja: Collection[Role]) -> None:
    """Whoever authorises does not pay: the two functions are separate by law."""
    opposes = {Role.ORDONNATEUR, Role.COMPTABLE}
    if role in opposes and opposes - {role} & set(deja):
        raise ValidationError(
            "La même personne ne peut pas être ordonnateur et comptable.",
            code="cumul_interdit",
            champs={"personne": "Désignez une autre personne."},
        )


def verifier_approbateur(approbateur: str, porteurs: Collection[str]) -> None:
    """Nobody approves what they bought."""
    if approbateur in porteurs:
        raise ForbiddenError(
            "Vous avez demandé cette opération\u00a0: une autre personne doit l’approuver.",
            code="approbation_de_son_achat",
        )


class EtatCarte(StrEnum):
    """Received, activated, suspended for a while, stopped for good."""

    A_ACTIVER = "A_ACTIVER"
    ACTIVE = "ACTIVE"
    SUSPENDUE = "SUSPENDUE"
    OPPOSEE = "OPPOSEE"


class Suspension(StrEnum):
    """Who suspended the card: a person, or the missing receipt, which lifts by itself."""

    DECISION = "DECISION"
    RECU_MANQUANT = "RECU_MANQUANT"


ETATS: Mapping[EtatCarte, str] = {
    EtatCarte.A_ACTIVER: "À activer",
    EtatCarte.ACTIVE: "Active",
    EtatCarte.SUSPENDUE: "Suspendue",
    EtatCarte.OPPOSEE: "En opposition",
}
SUITES: Mapping[EtatCarte, frozenset[EtatCarte]] = {
    EtatCarte.A_ACTIVER: frozenset({EtatCarte.ACTIVE, EtatCarte.OPPOSEE}),
    EtatCarte.ACTIVE: frozenset({EtatCarte.SUSPENDUE, EtatCarte.OPPOSEE}),
    EtatCarte.SUSPENDUE: frozenset({EtatCarte.ACTIVE, EtatCarte.OPPOSEE}),
    EtatCarte.OPPOSEE: frozenset(),
}


def changer(etat: EtatCarte, vers: EtatCarte, motif: str) -> EtatCarte:
    """Move a card to another state, with a reason when it takes a right away."""
    if vers not in SUITES[etat]:
        raise ConflictError(
            f"La carte est «\u00a0{ETATS[etat].lower()}\u00a0»\u00a0: elle ne peut pas devenir "
            f"«\u00a0{ETATS[vers].lower()}\u00a0».",
            code="etat_carte",
            etat=etat,
        )
    if vers in {EtatCarte.SUSPENDUE, EtatCarte.OPPOSEE} and not motif.strip():
        raise ValidationError(
            "Dites pourquoi la carte ne peut plus servir.",
            code="motif_absent",
            champs={"motif": "Ce champ est obligatoire."},
        )
    return vers
