"""C4: the yearly definition of needs and the innovation indicator."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.domain.innovation import Besoin
from services.groupement.queries import innovation
from services.groupement.usecases.definir_besoins import approuver_definition, definir_besoins
from services.groupement.usecases.signaler_innovation import signaler_innovation
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from tests.integration.groupement.monde import AUB, DEP, MARCHE, PARAMETRES, Monde

BESOINS = (Besoin("Papier", Montant("48000")), Besoin("Énergie", Montant("240000")))


def test_C4_approving_without_innovation_is_refused_then_accepted(
    monde: Monde, events: Callable[..., list[Any]]
) -> None:
    monde.convention()
    monde.faire(definir_besoins, AUB, 2026, BESOINS, None)
    with pytest.raises(ValidationError) as refus:
        monde.faire(approuver_definition, AUB, 2026)
    assert list(refus.value.champs) == ["innovation_part"]
    monde.faire(definir_besoins, AUB, 2026, BESOINS, Decimal("0.02"))
    monde.faire(approuver_definition, AUB, 2026)
    with pytest.raises(ConflictError):
        monde.faire(definir_besoins, AUB, 2026, BESOINS, Decimal("0.03"))
    (fait,) = events("groupement", "groupement.definition.approuvee.v1")
    assert (fait.data["montant_ht"], fait.data["innovation_part"]) == ("288000.00", "0.0200")


def test_C4_the_database_itself_wants_the_share_and_keeps_what_was_approved(monde: Monde) -> None:
    monde.convention()
    monde.faire(definir_besoins, AUB, 2026, BESOINS, None)
    with pytest.raises(IntegrityError, match="ck_definition_besoins_complete"):
        monde.faire(
            lambda uow: uow.session.execute(
                sa.update(t.DefinitionBesoins).values(
                    etat="APPROUVEE", approuvee_le=uow.clock.now()
                )
            )
        )
    monde.faire(definir_besoins, AUB, 2026, BESOINS, Decimal(0))
    monde.faire(approuver_definition, AUB, 2026)
    with pytest.raises(IntegrityError, match="ne se modifie pas"):
        monde.faire(
            lambda uow: uow.session.execute(
                sa.update(t.DefinitionBesoins).values(innovation_part=Decimal("0.5"))
            )
        )


def test_a_neighbour_reads_only_what_is_approved(monde: Monde) -> None:
    monde.convention()
    monde.faire(definir_besoins, AUB, 2026, BESOINS, Decimal("0.02"))
    with monde.transactions.read() as session:
        assert innovation.definitions(session, DEP) == []
        assert len(innovation.definitions(session, AUB)) == 1
    monde.faire(approuver_definition, AUB, 2026)
    with monde.transactions.read() as session:
        assert len(innovation.definitions(session, DEP)) == 1


def test_C4_the_indicator_follows_the_flag(monde: Monde) -> None:
    monde.notifie()

    def annees() -> list[innovation.Annee]:
        with monde.transactions.read() as session:
            return innovation.annees(innovation.marches_signales(session, DEP), PARAMETRES)

    (avant,) = annees()
    assert (avant.annee, avant.taux.part, avant.atteint) == (2026, Decimal(0), False)
    monde.faire(signaler_innovation, MARCHE, "Encre végétale, procédé nouveau", innovant=True)
    (apres,) = annees()
    assert (apres.taux.innovant_ht, apres.taux.part) == (Montant("47880"), Decimal(1))
    assert apres.atteint
    monde.faire(signaler_innovation, MARCHE, "Procédé courant, après vérification", innovant=False)
    assert annees() == [avant]
