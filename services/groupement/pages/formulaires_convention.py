"""Forms of the convention: its clauses, a member's signature, a withdrawal, an invitation."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, validate

from services.groupement import tables as t
from services.groupement.domain.clauses import (
    ChargeRetrait,
    ChoixCao,
    Clauses,
    Coordination,
    RegleArrivee,
    Remuneration,
)
from services.groupement.domain.cles import Cle
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.domain.strategies import Strategie
from services.groupement.pages.formulaires import REQUIS
from services.groupement.pages.formulaires_partage import (
    champs_du_partage,
    lire_planchers,
    lire_priorites,
    valeurs_du_partage,
)
from shared.kernel.montant import Montant
from shared.web.fields import JourField, MontantField, QuantiteField, ecrire_decimal
from shared.web.forms import CaseField, Form

PERMANENT, PONCTUEL = "permanent", "ponctuel"
EXCEPTIONS_EN_PLUS = 2


def texte(libelle: str, maxi: int = 200, **kwargs: Any) -> fields.String:
    requis = kwargs.pop("required", True)
    return fields.String(
        required=requis,
        error_messages=REQUIS,
        validate=validate.Length(max=maxi, error=f"{maxi} caractères au plus."),
        metadata={"libelle": libelle},
        **kwargs,
    )


def _entier(libelle: str, **kwargs: Any) -> fields.Integer:
    return fields.Integer(
        error_messages={"invalid": "Saisissez un nombre entier.", **REQUIS},
        metadata={"libelle": libelle},
        **kwargs,
    )


def _choix(genre: Any, libelle: str) -> fields.Enum[Any]:
    return fields.Enum(genre, required=True, error_messages=REQUIS, metadata={"libelle": libelle})


class ClausesForm(Form):
    """The clauses of a draft; rows of exceptions and percentages are added per convention."""

    objet = texte("Objet", 500)
    genre = fields.String(
        required=True,
        validate=validate.OneOf([PERMANENT, PONCTUEL]),
        error_messages=REQUIS,
        metadata={"libelle": "Genre du groupement"},
    )
    duree_mois = _entier("Durée", load_default=None)
    mode = _choix(ModeCoordination, "Mode de coordination")
    mode_par_achat = CaseField(metadata={"libelle": "Mode propre à un achat"})
    mandat_epci = CaseField(metadata={"libelle": "Mandat d’un EPCI"})
    remuneration = _choix(Remuneration, "Rémunération")
    forfait_annuel = MontantField(load_default=None, metadata={"libelle": "Forfait annuel"})
    cle = _choix(Cle, "Clé des frais")
    strategie = _choix(Strategie, "Partage des quantités")
    arrivee = _choix(RegleArrivee, "Arrivée d’un membre")
    preavis_mois = _entier("Préavis de retrait", required=True)
    charge_retrait = _choix(ChargeRetrait, "Volume d’un membre qui part")
    cao = _choix(ChoixCao, "Commission d’appel d’offres")
    evenements = fields.List(fields.String(), metadata={"libelle": "Demandes par événement"})
    delai_reponse_jours = _entier("Délai de réponse", load_default=0)
    conciliation_jours = _entier("Conciliation", load_default=0)
    tribunal = texte("Tribunal")
    coordinations = fields.Raw(dump_only=True, metadata={"libelle": "Exceptions"})
    pourcentages = fields.Raw(dump_only=True, metadata={"libelle": "Pourcentages"})
    priorites = fields.Raw(dump_only=True, metadata={"libelle": "Classes de priorité"})
    planchers = fields.Raw(dump_only=True, metadata={"libelle": "Planchers"})

    def clauses(self, sirets: Sequence[str], rangees: int) -> Clauses:
        """What was typed, as clauses; the domain says whether they hold together."""
        lu = self.data
        simples = {nom: lu[nom] for nom in SIMPLES}
        exceptions = (_exception(lu, rang) for rang in range(rangees))
        parts = {siret: lu[f"part-{siret}"] for siret in sirets if lu.get(f"part-{siret}")}
        return Clauses(
            **simples,
            permanente=lu["genre"] == PERMANENT,
            coordinations=tuple(e for e in exceptions if e),
            pourcentages=parts if lu["cle"] is Cle.POURCENTAGES else {},
            evenements=tuple(lu["evenements"]),
            priorites=lire_priorites(lu, sirets),
            planchers=lire_planchers(lu),
        )


SIMPLES = (
    "objet", "duree_mois", "mode", "mode_par_achat", "mandat_epci", "remuneration",
    "forfait_annuel", "cle", "strategie", "arrivee", "preavis_mois", "charge_retrait", "cao",
    "delai_reponse_jours", "conciliation_jours", "tribunal",
)  # fmt: skip


def _exception(lu: Mapping[str, Any], rang: int) -> Coordination | None:
    """One row; digits are a CPV prefix, anything else names a family."""
    perimetre = lu[f"perimetre-{rang}"]
    if not perimetre:
        return None
    cpv = perimetre if perimetre.isdigit() else ""
    return Coordination(
        coordonnateur=lu[f"coordonnateur-{rang}"],
        mode=ModeCoordination(lu[f"mode-{rang}"]),
        famille="" if cpv else perimetre,
        cpv=cpv,
    )


def formulaire_des_clauses(
    sirets: Sequence[str], rangees: int, planchers: int
) -> type[ClausesForm]:
    """The form of one convention: figures per member, rows for exceptions and for floors."""
    champs: dict[str, Any] = {
        f"part-{siret}": QuantiteField(
            zero=True, load_default=None, metadata={"libelle": "Pourcentage"}
        )
        for siret in sirets
    }
    for rang in range(rangees):
        champs[f"perimetre-{rang}"] = texte("Périmètre", 60, required=False, load_default="")
        champs[f"coordonnateur-{rang}"] = fields.String(
            load_default="",
            validate=validate.OneOf(["", *sirets], error="Choisissez un membre."),
            metadata={"libelle": "Coordonnateur"},
        )
        champs[f"mode-{rang}"] = fields.String(
            load_default=ModeCoordination.PASSATION.value,
            validate=validate.OneOf([mode.value for mode in ModeCoordination]),
            metadata={"libelle": "Mode"},
        )
    return type("ClausesForm", (ClausesForm,), champs | champs_du_partage(sirets, planchers))


def valeurs_des_clauses(clauses: Clauses) -> dict[str, Any]:
    """The clauses as the form first shows them."""
    valeurs = {nom: _montrer(getattr(clauses, nom)) for nom in SIMPLES}
    valeurs |= {
        "genre": PERMANENT if clauses.permanente else PONCTUEL,
        "evenements": list(clauses.evenements),
    }
    for siret, part in clauses.pourcentages.items():
        valeurs[f"part-{siret}"] = ecrire_decimal(part).replace(".", ",")
    for rang, exception in enumerate(clauses.coordinations):
        valeurs[f"perimetre-{rang}"] = exception.famille or exception.cpv
        valeurs[f"coordonnateur-{rang}"] = exception.coordonnateur
        valeurs[f"mode-{rang}"] = exception.mode.value
    return valeurs | valeurs_du_partage(clauses)


def _montrer(valeur: Any) -> Any:
    if isinstance(valeur, bool):
        return "oui" if valeur else ""
    if isinstance(valeur, Montant):
        return str(valeur).replace(".", ",")
    return "" if valeur is None else str(valeur)


class SignatureForm(Form):
    """A member's own deliberation."""

    deliberation_le = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Date de la délibération"}
    )
    deliberation_numero = texte("Numéro de la délibération", 60)
    effet_le = JourField(required=True, error_messages=REQUIS, metadata={"libelle": "Date d’effet"})
    document = texte("Référence du document", 300, required=False, load_default=None)


class RetraitForm(Form):
    """A withdrawal as its member notifies it."""

    notifie_le = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Date de notification"}
    )
    motif = texte("Motif", 500)


class InvitationForm(Form):
    """Whom the coordinator invites."""

    siret = texte("Organisation", 14)


def sirets_de(convention: t.Convention) -> list[str]:
    """Members of a version, once each."""
    return sorted({adhesion.siret for adhesion in convention.adhesions})
