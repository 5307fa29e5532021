"""An organisation writes its yearly definition of needs, then approves it (C4)."""

from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.groupement import tables as t
from services.groupement.domain.innovation import (
    Besoin,
    EtatDefinition,
    exiger_approuvable,
    exiger_modifiable,
)
from services.groupement.usecases.commun import acteur, organisation
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


def definir_besoins(
    uow: UnitOfWork,
    siret: str,
    annee: int,
    besoins: Iterable[Besoin],
    innovation_part: Decimal | None,
) -> t.DefinitionBesoins:
    """Keep the draft of the year; an approved one no longer changes."""
    definition = _verrouillee(uow, siret, annee)
    exiger_modifiable(EtatDefinition(definition.etat))
    definition.besoins = [{"famille": b.famille, "montant_ht": str(b.montant_ht)} for b in besoins]
    definition.innovation_part, definition.acteur = innovation_part, uow.acteur
    uow.audit("definition.ecrite", f"{siret}:{annee}", {"besoins": definition.besoins})
    return definition


def approuver_definition(uow: UnitOfWork, siret: str, annee: int) -> None:
    """Approve it once; without a planned share of innovation it is refused."""
    definition = _verrouillee(uow, siret, annee)
    exiger_modifiable(EtatDefinition(definition.etat))
    besoins = lire_besoins(definition)
    exiger_approuvable(besoins, definition.innovation_part)
    definition.etat = EtatDefinition.APPROUVEE.value
    definition.approuvee_le, definition.acteur = uow.clock.now(), uow.acteur
    donnees = {
        "siret": siret,
        "organisation": acteur(organisation(uow.session, siret)),
        "annee": annee,
        "montant_ht": sum((b.montant_ht for b in besoins), Montant.zero()),
        "innovation_part": definition.innovation_part,
        "approuvee_le": definition.approuvee_le,
    }
    uow.audit("definition.approuvee", f"{siret}:{annee}", donnees)
    uow.emit("groupement.definition.approuvee.v1", subject=f"{siret}:{annee}", data=donnees)


def lire_besoins(definition: t.DefinitionBesoins) -> list[Besoin]:
    return [Besoin(b["famille"], Montant(b["montant_ht"])) for b in definition.besoins]


def _verrouillee(uow: UnitOfWork, siret: str, annee: int) -> t.DefinitionBesoins:
    """The definition of the year under its lock, begun if it was not."""
    uow.session.execute(
        insert(t.DefinitionBesoins)
        .values(
            siret=siret,
            annee=annee,
            besoins=[],
            etat=EtatDefinition.BROUILLON.value,
            acteur=uow.acteur,
        )
        .on_conflict_do_nothing()
    )
    requete = sa.select(t.DefinitionBesoins).filter_by(siret=siret, annee=annee)
    return uow.session.scalars(requete.with_for_update()).one()
