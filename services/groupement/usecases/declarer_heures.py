"""A firm, or the coordinator for it, declares hours of insertion done on a contract."""

import uuid
from dataclasses import asdict
from decimal import Decimal

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.banque_heures import EtatHeures
from services.groupement.domain.declarations_insertion import Declaration, verifier
from services.groupement.usecases.banque import verrouiller_banque
from services.groupement.usecases.commun import reference
from services.groupement.usecases.ouvrir_evaluation import marche_et_titulaire
from shared.kernel.errors import ConflictError, NotFoundError
from shared.kernel.parametres import Parametres
from shared.messaging.uow import UnitOfWork

MAXIMUM_PAR_JOUR = "duree_travail_jour_max_heures"


def declarer_heures(
    uow: UnitOfWork, marche_id: uuid.UUID, declaration: Declaration, parametres: Parametres
) -> t.HeuresInsertion:
    """Keep the hours with the coefficient of their day; they count once validated (J1, J3)."""
    contrat = _contrat(uow, marche_id)
    clause = next(
        c for c in verrouiller_banque(uow, contrat.titulaire_siret) if c.marche_id == marche_id
    )
    verifier(
        declaration,
        du=contrat.notifie_le,
        au=contrat.fin_le,
        aujourd_hui=uow.clock.today(),
        par_jour=parametres.valeur(MAXIMUM_PAR_JOUR, declaration.debut).valeur,
    )
    _refuser_un_chevauchement(uow, contrat.titulaire_siret, declaration)
    nouvelle = t.HeuresInsertion(
        id=uow.new_id(),
        reference=reference(uow, "INS"),
        marche_id=marche_id,
        titulaire_siret=contrat.titulaire_siret,
        **asdict(declaration),
        coefficient=_coefficient(clause, declaration, parametres),
        etat=EtatHeures.DECLAREE.value,
        declaree_le=uow.clock.now(),
        declaree_par=uow.acteur,
    )
    uow.session.add(nouvelle)
    donnees = {
        **heures_et_marche(nouvelle, contrat),
        "contrat_travail": nouvelle.contrat_travail,
        "debut": nouvelle.debut,
        "fin": nouvelle.fin,
        "heures": nouvelle.heures,
        "coefficient": nouvelle.coefficient,
    }
    uow.audit("insertion.heures_declarees", str(contrat.achat_id), donnees)
    uow.emit("groupement.insertion.heures_declarees.v1", subject=str(nouvelle.id), data=donnees)
    return nouvelle


def heures_et_marche(lue: t.HeuresInsertion, contrat: t.Contrat) -> dict[str, object]:
    """A declaration inside an event: the person's code stays here."""
    return {
        "declaration_id": lue.id,
        "reference": lue.reference,
        **marche_et_titulaire(contrat),
    }


def _contrat(uow: UnitOfWork, marche_id: uuid.UUID) -> t.Contrat:
    if uow.session.get(t.ClauseInsertion, marche_id) is None:
        raise NotFoundError(
            "Ce marché n’a pas de clause d’insertion.",
            code="sans_clause_insertion",
            champs={"marche_id": "Choisissez un marché qui a une clause d’insertion."},
        )
    return uow.session.get_one(t.Contrat, marche_id)


def _coefficient(
    clause: t.ClauseInsertion, declaration: Declaration, parametres: Parametres
) -> Decimal:
    if declaration.contrat_travail.alternance:
        return clause.coefficient_alternance
    return parametres.valeur(declaration.contrat_travail.parametre, declaration.debut).valeur


def _refuser_un_chevauchement(uow: UnitOfWork, siret: str, declaration: Declaration) -> None:
    """The same person is not counted twice over the same days, whatever the contract."""
    deja = uow.session.scalar(
        sa.select(t.HeuresInsertion.reference).where(
            t.HeuresInsertion.titulaire_siret == siret,
            t.HeuresInsertion.personne == declaration.personne,
            t.HeuresInsertion.etat.in_([EtatHeures.DECLAREE.value, EtatHeures.VALIDEE.value]),
            t.HeuresInsertion.debut <= declaration.fin,
            t.HeuresInsertion.fin >= declaration.debut,
        )
    )
    if deja:
        raise ConflictError(
            f"La déclaration {deja} compte déjà cette personne sur ces jours.",
            code="heures_deja_declarees",
            champs={
                "personne": f"Déjà comptée sur cette période par {deja}\u00a0: "
                "vérifiez le code ou les dates."
            },
        )
