"""Validation messages in French, whatever the order of imports: translated where they are shown."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

_EXACTS: Final = {
    "Missing data for required field.": "Ce champ est obligatoire.",
    "Field may not be null.": "Ce champ est obligatoire.",
    "Invalid value.": "Cette valeur n’est pas valide.",
    "Invalid input.": "Cette valeur n’est pas valide.",
    "Invalid input type.": "Le contenu attendu est un objet.",
    "Unknown field.": "Ce champ n’existe pas.",
    "Invalid type.": "Cette valeur n’est pas du type attendu.",
    "Not a valid string.": "Saisissez un texte.",
    "Not a valid utf-8 string.": "Ce texte n’est pas codé en UTF-8.",
    "Not a valid UUID.": "Cet identifiant n’est pas valide.",
    "Not a valid number.": "Saisissez un nombre. Exemple : 12,5.",
    "Not a valid integer.": "Saisissez un nombre entier. Exemple : 12.",
    "Number too large.": "Ce nombre est trop grand.",
    "Special numeric values (nan or infinity) are not permitted.": "Saisissez un nombre.",
    "Not a valid boolean.": "Répondez par oui ou par non.",
    "Not a valid datetime.": "Saisissez une date et une heure. Exemple : 2026-12-11T17:00.",
    "Not a valid naive datetime.": "N’indiquez pas de fuseau horaire.",
    "Not a valid aware datetime.": "Indiquez le fuseau horaire. Exemple : …T17:00+01:00.",
    "Not a valid date.": "Saisissez une date. Exemple : 11/12/2026.",
    "Not a valid time.": "Saisissez une heure. Exemple : 17:00.",
    "Not a valid period of time.": "Saisissez une durée.",
    "Not a valid list.": "Une liste est attendue.",
    "Not a valid tuple.": "Une liste est attendue.",
    "Not a valid mapping type.": "Un objet est attendu.",
    "Not a valid URL.": "Saisissez une adresse. Exemple : https://exemple.fr.",
    "Not a valid email address.": "Saisissez une adresse électronique. Exemple : "
    "prenom.nom@exemple.fr.",
    "Not a valid IP address.": "Cette adresse IP n’est pas valide.",
    "Not a valid IPv4 address.": "Cette adresse IP n’est pas valide.",
    "Not a valid IPv6 address.": "Cette adresse IP n’est pas valide.",
    "Not a valid IP interface.": "Cette interface IP n’est pas valide.",
    "Not a valid IPv4 interface.": "Cette interface IP n’est pas valide.",
    "Not a valid IPv6 interface.": "Cette interface IP n’est pas valide.",
    "Not a valid choice.": "Choisissez une valeur de la liste.",
    "One or more of the choices you made was not in: ": "Choisissez dans la liste.",
    "One or more of the choices you made was in: ": "Une des valeurs n’est pas permise.",
    "String does not match expected pattern.": "Ce texte n’a pas la forme attendue.",
    "Invalid JSON body.": "Le corps de la requête n’est pas du JSON.",
}
_MOTIFS: Final[Sequence[tuple[str, str]]] = (
    (r"\"?.+\"? cannot be formatted as a .+\.", "Cette valeur n’a pas la forme attendue."),
    (r"Must be one of: (.+)\.", r"Choisissez une de ces valeurs : \1."),
    (r"Must be equal to (.+)\.", r"La valeur attendue est \1."),
    (r"Must be greater than or equal to (.+) and less than or equal to (.+)\.",
     r"La valeur doit être comprise entre \1 et \2."),
    (r"Must be greater than (?:or equal to )?(.+) and less than (?:or equal to )?(.+)\.",
     r"La valeur doit être comprise entre \1 et \2."),
    (r"Must be greater than or equal to (.+)\.", r"La valeur doit être d’au moins \1."),
    (r"Must be less than or equal to (.+)\.", r"La valeur doit être d’au plus \1."),
    (r"Must be greater than (.+)\.", r"La valeur doit être supérieure à \1."),
    (r"Must be less than (.+)\.", r"La valeur doit être inférieure à \1."),
    (r"Shorter than minimum length (.+)\.", r"Il faut au moins \1 caractères."),
    (r"Longer than maximum length (.+)\.", r"Il faut au plus \1 caractères."),
    (r"Length must be between (.+) and (.+)\.", r"Il faut entre \1 et \2 caractères."),
    (r"Length must be (.+)\.", r"Il faut exactement \1 caractères."),
    (r"One or more of the choices you made was not in: (.*)\.", "Choisissez dans la liste."),
    (r"One or more of the choices you made was in: (.*)\.", "Une des valeurs n’est pas permise."),
    (r"Not a valid (?:naive |aware )?date\b.*", "Saisissez une date. Exemple : 11/12/2026."),
    (r"Could not find .*", "Cette valeur n’est pas connue."),
)  # fmt: skip
_COMPILES: Final = tuple((re.compile(motif), texte) for motif, texte in _MOTIFS)


def traduire(message: str) -> str:
    """Return the French sentence for a message of marshmallow; ours pass unchanged."""
    exact = _EXACTS.get(message)
    if exact is not None:
        return exact
    for motif, texte in _COMPILES:
        if motif.fullmatch(message):
            return motif.sub(texte, message)
    return message


def aplatir(messages: Any, chemin: str = "") -> Iterator[tuple[str, str]]:
    """Flatten nested marshmallow messages to (`lots.0.cpv`, sentence); one sentence per field."""
    if isinstance(messages, Mapping):
        for cle, valeur in messages.items():
            suite = chemin if cle == "_schema" else f"{chemin}.{cle}".lstrip(".")
            yield from aplatir(valeur, suite)
    elif isinstance(messages, list | tuple):
        if messages:
            yield from aplatir(messages[0], chemin)
    else:
        yield chemin, traduire(str(messages))


def en_dictionnaire(messages: Any, choisir: Callable[[str], str] = str) -> dict[str, str]:
    """First sentence of each faulty field; the key "" holds what concerns the whole."""
    resultat: dict[str, str] = {}
    for champ, texte in aplatir(messages):
        resultat.setdefault(choisir(champ), texte)
    return resultat
