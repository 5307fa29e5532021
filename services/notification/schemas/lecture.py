"""What every event read has in common: only the fields used here, checked, kept as JSON."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields

from shared.kernel.errors import ContractError
from shared.web.messages import en_dictionnaire


class Lu(ma.Schema):
    """Base of what is read from an event; the payload is kept as JSON, without unused fields."""

    class Meta:
        unknown = ma.EXCLUDE

    @classmethod
    def lire(cls, donnees: Mapping[str, Any]) -> dict[str, Any]:
        """Check a payload, or raise `ContractError` naming the faulty fields."""
        schema = cls()
        fautes = schema.validate(dict(donnees))
        if fautes:
            champs = en_dictionnaire(fautes)
            raise ContractError(f"Contenu illisible : {', '.join(champs)}", champs=champs)
        return {cle: donnees[cle] for cle in schema.fields if cle in donnees}


def texte(**options: Any) -> fields.String:
    return fields.String(required=True, **options)


class OrganisationLue(Lu):
    siret = texte()
    nom = texte()


class MembreContacteLu(OrganisationLue):
    courriel = texte(allow_none=True)


class MembrePrevenuLu(Lu):
    membre = fields.Nested(OrganisationLue, required=True)
    courriel = texte(allow_none=True)
