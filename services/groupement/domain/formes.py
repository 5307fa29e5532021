"""Legal kinds of members: what the composition of the tender board depends on."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.parametres import ClasseAcheteur


class FormeJuridique(StrEnum):
    """What kind of legal person a member is."""

    COMMUNE = "COMMUNE"
    DEPARTEMENT = "DEPARTEMENT"
    REGION = "REGION"
    EPCI = "EPCI"
    SYNDICAT_MIXTE = "SYNDICAT_MIXTE"
    SDIS = "SDIS"
    CCAS = "CCAS"
    ETABLISSEMENT_LOCAL = "ETABLISSEMENT_LOCAL"
    OPH = "OPH"
    MEDICO_SOCIAL = "MEDICO_SOCIAL"
    ETAT = "ETAT"
    ETRANGER = "ETRANGER"
    PRIVE = "PRIVE"


LIBELLES: Mapping[FormeJuridique, str] = MappingProxyType(
    {
        FormeJuridique.COMMUNE: "Commune",
        FormeJuridique.DEPARTEMENT: "Département",
        FormeJuridique.REGION: "Région",
        FormeJuridique.EPCI: "Intercommunalité (EPCI)",
        FormeJuridique.SYNDICAT_MIXTE: "Syndicat mixte",
        FormeJuridique.SDIS: "Service d’incendie et de secours",
        FormeJuridique.CCAS: "Centre communal d’action sociale",
        FormeJuridique.ETABLISSEMENT_LOCAL: "Établissement public local",
        FormeJuridique.OPH: "Office public de l’habitat",
        FormeJuridique.MEDICO_SOCIAL: "Établissement social ou médico-social",
        FormeJuridique.ETAT: "État ou établissement public national",
        FormeJuridique.ETRANGER: "Acheteur d’un autre État de l’Union européenne",
        FormeJuridique.PRIVE: "Personne morale de droit privé",
    }
)
LOCALES = frozenset(
    {
        FormeJuridique.COMMUNE,
        FormeJuridique.DEPARTEMENT,
        FormeJuridique.REGION,
        FormeJuridique.EPCI,
        FormeJuridique.SYNDICAT_MIXTE,
        FormeJuridique.SDIS,
        FormeJuridique.CCAS,
        FormeJuridique.ETABLISSEMENT_LOCAL,
    }
)
"""Local authorities and local public bodies that L1414-3 I counts: neither OPH nor medico-social.

A CCAS is a local public body; the homes it manages under their own legal person are not.
"""


def forme_de(classe: ClasseAcheteur) -> FormeJuridique:
    """The kind of an organisation of which only the class of buyer is known."""
    connues = {
        ClasseAcheteur.OPH: FormeJuridique.OPH,
        ClasseAcheteur.ETAT: FormeJuridique.ETAT,
    }
    return connues.get(classe, FormeJuridique.ETABLISSEMENT_LOCAL)


def a_une_cao(forme: FormeJuridique) -> bool:
    """Tell whether that kind of member usually has a tender board of its own."""
    return forme in LOCALES or forme is FormeJuridique.OPH
