import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.groupement import tables as t
from services.groupement.domain.mesures import traces
from services.groupement.domain.releve import Somme
from services.groupement.domain.suivi import Reponse
from services.groupement.queries import sommes
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.consolider import consolider
from services.groupement.usecases.lancer import lancer
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from shared.db import audit
from shared.kernel.errors import ConflictError, DomainError
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import AUB, DEP, PARAMETRES, SDEA, SDIS, VH, Monde

Events = Callable[..., list[Event]]


def test_D5_D6_the_story_is_consolidated_with_its_composition(monde: Monde, events: Events) -> None:
    monde.consolide()
    (consolide,) = events("groupement", "groupement.achat.consolide.v1")
    (lot,) = consolide.data["lots"]
    (ligne,) = lot["lignes"]
    assert (ligne["quantite"], ligne["conditionnement"]) == ("105", "palette")
    assert (lot["montant_estime_ht"], consolide.data["procedure"]) == ("47880.00", "MAPA")
    with monde.transactions.read() as session:
        composition = dict(
            session.execute(
                sa.select(t.Composition.siret, t.Composition.quantite_base / 60000)
            ).all()
        )
        consolidation = session.scalars(sa.select(t.Consolidation)).one()
    assert composition == {DEP: 40, SDIS: 30, SDEA: 20, VH: 10, AUB: 5}
    assert consolidation.empreinte == consolide.data["empreinte"]
    assert "aucun membre seul" in consolidation.explication


def test_D5_consolidating_the_same_needs_again_gives_the_same_fingerprint(
    monde: Monde, events: Events
) -> None:
    monde.consolide()
    with monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Achat).values(etat="RECENSEMENT_CLOS"))
    monde.faire(consolider, monde.achat_id, PARAMETRES)
    premiere, seconde = events("groupement", "groupement.achat.consolide.v1")
    assert premiere.data["empreinte"] == seconde.data["empreinte"]
    assert seconde.data["numero"] == 2


def test_D5_the_database_and_the_domain_write_the_same_fingerprint_of_a_line(monde: Monde) -> None:
    """The needs of the story, one of them with a tolerance, in base units with six decimals."""
    monde.consolide()
    with monde.transactions.read() as session:
        (faite,) = session.scalars(sa.select(t.Consolidation))
        lues = sommes.mesures(session, sommes.retenus(session, monde.achat_id))
        anciennes: list[Somme] = []
        sommes.sommer(session, sommes.compositions(faite.id), anciennes.append)
    (mesures,) = lues.groupes.values()
    assert [m.siret for m in mesures] == sorted([DEP, SDIS, SDEA, VH, AUB])
    assert any(m.tolerance for m in mesures)
    assert lues.traces == traces(lues.groupes)
    assert {(s.article, s.lieu): s.trace for s in anciennes} == traces(lues.groupes)


def test_the_needs_of_a_member_that_declined_stay_aside(monde: Monde) -> None:
    monde.ouvert()
    monde.declarer(DEP, "40")
    monde.declarer(SDIS, "3")
    monde.faire(repondre, NouvelleReponse(monde.achat_id, SDIS, Reponse.DECLINE))
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(consolider, monde.achat_id, PARAMETRES)
    with monde.transactions.read() as session:
        assert set(session.scalars(sa.select(t.Composition.siret))) == {DEP}


def test_nothing_to_consolidate_leaves_the_purchase_where_it_was(monde: Monde) -> None:
    monde.ouvert()
    monde.faire(clore_recensement, monde.achat_id)
    with pytest.raises(DomainError) as refus:
        monde.faire(consolider, monde.achat_id, PARAMETRES)
    assert refus.value.code == "aucun_besoin"
    assert monde.etat() == "RECENSEMENT_CLOS"


def test_a_consolidation_is_never_rewritten(monde: Monde) -> None:
    monde.consolide()
    for table in (t.Consolidation, t.Ligne, t.Composition):
        with pytest.raises(DBAPIError, match="historique"), monde.transactions.begin() as uow:
            uow.session.execute(sa.delete(table))


def test_I1_the_database_refuses_a_line_that_its_needs_do_not_make(monde: Monde) -> None:
    monde.consolide()
    with pytest.raises(IntegrityError, match="composition"), monde.transactions.begin() as uow:
        consolidation = uow.session.scalars(sa.select(t.Consolidation)).one()
        uow.session.add(
            t.Ligne(
                id=uow.new_id(),
                consolidation_id=consolidation.id,
                lot=1,
                article="PAPIER-A4-80",
                designation="Papier",
                lieu="Ailleurs",
                unite_base="feuille",
                quantite_base=Decimal(1),
                conditionnement="palette",
                quantite=Decimal(1),
                non_affecte_base=Decimal(0),
                montant_estime_ht=consolidation.montant_estime_ht,
            )
        )


def test_launching_freezes_the_perimeter_and_tells_the_lots(monde: Monde, events: Events) -> None:
    monde.lance()
    (lance,) = events("groupement", "groupement.achat.lance.v1")
    assert {m["siret"] for m in lance.data["membres"]} == {DEP, SDIS, SDEA, VH, AUB}
    assert lance.data["date_lancement"] == "2026-03-02"
    assert (lance.data["procedure"], lance.data["publicite"]) == ("MAPA", "LIBRE")
    assert lance.data["avance_taux"] == "0.05"
    assert lance.data["lots"][0]["lignes"][0]["quantite"] == "105"
    assert monde.etat() == "LANCE"


def test_D1_no_launch_while_the_convention_is_not_in_force(monde: Monde) -> None:
    monde.convention(en_vigueur=False)
    monde.achat()
    monde.ouvrir()
    monde.declarer(SDIS, "3")
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(consolider, monde.achat_id, PARAMETRES)
    with pytest.raises(ConflictError) as refus:
        monde.faire(lancer, monde.achat_id, PARAMETRES)
    assert refus.value.code == "convention_non_executoire"
    assert monde.etat() == "CONSOLIDE"


def test_D1_no_launch_with_a_member_whose_vote_takes_effect_later(monde: Monde) -> None:
    monde.convention(membres=(DEP, SDIS))
    monde.adherer(AUB, monde.clock.today() + dt.timedelta(days=1))
    monde.achat()
    monde.ouvrir()
    monde.declarer(AUB, "5")
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(consolider, monde.achat_id, PARAMETRES)
    with pytest.raises(ConflictError, match="Aubenas") as refus:
        monde.faire(lancer, monde.achat_id, PARAMETRES)
    assert refus.value.details["membres"] == [AUB]
    monde.clock.advance(dt.timedelta(days=1))
    monde.faire(lancer, monde.achat_id, PARAMETRES)


def test_D2a_nobody_comes_in_after_the_launch_not_even_in_the_database(monde: Monde) -> None:
    monde.lance()
    with pytest.raises(ConflictError, match="prochain achat"):
        monde.declarer(AUB, "9")
    with pytest.raises(DBAPIError, match="figé"), monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Participation).values(perimetre=False))


def test_after_the_launch_there_is_no_way_back_but_giving_up(monde: Monde) -> None:
    monde.lance()
    with pytest.raises(ConflictError):
        monde.faire(consolider, monde.achat_id, PARAMETRES)
    monde.faire(abandonner, monde.achat_id, "Sans suite")
    assert monde.etat() == "ABANDONNE"


def test_every_step_is_in_the_sealed_journal(monde: Monde) -> None:
    monde.lance()
    with monde.transactions.read() as session:
        pas = session.execute(
            sa.select(audit.table.c.details)
            .where(audit.table.c.action == "achat.etat")
            .order_by(audit.table.c.seq)
        ).scalars()
        assert [p["vers"] for p in pas] == [
            "RECENSEMENT_OUVERT",
            "RECENSEMENT_CLOS",
            "CONSOLIDE",
            "LANCE",
        ]
        assert audit.verify(session) is None
