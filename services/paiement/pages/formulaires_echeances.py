"""Forms of the clock: what opened a deadline, interest paid, whom to warn."""

import marshmallow as ma

from services.paiement.domain.depart import LIBELLES, Origine, Ouverture
from shared.kernel.identifiants import email_valide
from shared.web.fields import JourField
from shared.web.forms import Form


class DepartForm(Form):
    origine = ma.fields.Enum(
        Origine, by_value=True, required=True, metadata={"libelle": "Ce qui ouvre le délai"}
    )
    le = JourField(load_default=None, metadata={"libelle": "Date"})
    demandee_le = JourField(load_default=None, metadata={"libelle": "Demande reçue le"})

    def ouverture(self) -> Ouverture:
        return Ouverture(**self.data)


ORIGINES = [(origine.value, LIBELLES[origine]) for origine in Origine]


class InteretsForm(Form):
    verse_le = JourField(required=True, metadata={"libelle": "Versés le"})


class FinancesForm(Form):
    """Whom to warn at a buyer's, and its own sharing of the days."""

    courriel = ma.fields.String(load_default=None, validate=ma.validate.Length(max=200))
    comptable_jours = ma.fields.Integer(load_default=None, validate=ma.validate.Range(1, 29))

    @ma.validates("courriel")
    def _adresse(self, valeur: str | None, **_: object) -> None:
        if valeur and not email_valide(valeur):
            raise ma.ValidationError("Saisissez une adresse. Exemple : finances@commune.fr.")
