"""What every transport must promise, written once; each transport's test module inherits it."""

import time
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from shared.kernel.errors import DomainError, TemporaryError
from shared.messaging import dead_letters
from shared.messaging.envelope import Event
from shared.messaging.failures import Schedule
from shared.messaging.uow import UnitOfWork
from tests.messaging.bench import FACT, OTHER, Bench, record


class Compliance:
    """Needs a `bench` fixture."""

    def test_every_event_has_its_effect_once(self, bench: Bench) -> None:
        ids = bench.emit(50)
        bench.subscribe("on_fait")
        ids += bench.emit(250)
        bench.wait_for(lambda: len(bench.effects()) >= 300)
        assert bench.effects() == ids

    def test_two_consumers_each_have_their_own_effect(self, bench: Bench) -> None:
        bench.subscribe("on_un")
        bench.subscribe("on_deux")
        ids = bench.emit(20)
        bench.wait_for(lambda: len(bench.effects()) >= 40)
        assert sorted(bench.effects()) == sorted(ids * 2)

    def test_a_consumer_receives_only_its_types(self, bench: Bench) -> None:
        bench.subscribe("on_fait", types=(FACT,))
        bench.subscribe("on_autre", types=(OTHER,))
        bench.emit(3, type_=FACT)
        others = bench.emit(2, type_=OTHER)
        bench.wait_for(lambda: len(bench.effects()) >= 5)
        consumers = bench.rows("SELECT event_id FROM inbox WHERE consumer LIKE '%.on_autre'")
        assert {row.event_id for row in consumers} == set(others)

    def test_events_of_a_subject_arrive_in_order(self, bench: Bench) -> None:
        bench.subscribe("on_fait", batch=7)
        for _ in range(40):
            bench.emit(1, subject="a")
            bench.emit(2, subject="b")
        bench.wait_for(lambda: len(bench.effects()) >= 120)
        for subject in ("a", "b"):
            rows = bench.rows("SELECT sequence FROM effet WHERE subject = :s ORDER BY n", s=subject)
            seen = [row.sequence for row in rows]
            assert seen == sorted(seen)

    def test_a_late_subscriber_misses_nothing(self, bench: Bench) -> None:
        bench.expect("on_tot", "on_tard")
        bench.carry()
        ids = bench.emit(30)
        bench.subscribe("on_tot")
        bench.wait_for(lambda: len(bench.effects()) >= 30)
        bench.subscribe("on_tard")
        bench.wait_for(lambda: len(bench.effects()) >= 60)
        assert sorted(bench.effects()) == sorted(ids * 2)

    def test_restarting_repeats_nothing(self, bench: Bench) -> None:
        bench.subscribe("on_fait")
        ids = bench.emit(10)
        bench.wait_for(lambda: len(bench.effects()) >= 10)
        bench.stop_all()
        ids += bench.emit(5)
        bench.subscribe("on_fait")
        bench.wait_for(lambda: len(bench.effects()) >= 15)
        time.sleep(0.3)
        assert bench.effects() == ids

    def test_a_culprit_is_set_aside_alone(self, bench: Bench) -> None:
        ids = bench.emit(20)
        culprit = ids[7]

        def handler(uow: UnitOfWork, event: Event) -> None:
            record(uow, event)
            if event.id == culprit:
                raise DomainError("Quota dépassé", code="quota_depasse")

        bench.subscribe("on_fait", handler)
        bench.wait_for(lambda: len(bench.effects()) >= 19 and bench.dead())
        assert set(bench.effects()) == set(ids) - {culprit}
        (letter,) = bench.dead()
        assert (letter.event_id, letter.cause) == (culprit, "quota_depasse")

    def test_a_passing_failure_ends_in_success(self, bench: Bench) -> None:
        failures = iter(range(4))  # the batch, the first alone, two immediate attempts

        def handler(uow: UnitOfWork, event: Event) -> None:
            record(uow, event)
            if next(failures, None) is not None:
                raise TemporaryError("Annuaire absent")

        bench.subscribe("on_fait", handler)
        (event_id,) = bench.emit()
        bench.wait_for(lambda: bench.effects() == [event_id])
        assert not bench.rows("SELECT * FROM message_en_attente")
        assert not bench.dead()

    def test_a_lasting_failure_dies_then_replays_once(self, bench: Bench) -> None:
        broken = [True]

        def handler(uow: UnitOfWork, event: Event) -> None:
            record(uow, event)
            if broken:
                raise ZeroDivisionError

        bench.subscribe("on_fait", handler)
        (event_id,) = bench.emit()
        (letter,) = bench.wait_for(bench.dead)
        assert (letter.cause, letter.attempts) == ("ZeroDivisionError", 3)
        assert not bench.effects()
        broken.clear()
        with bench.incoming.begin(acteur="exploitation") as uow:
            dead_letters.replay(uow, letter.id, "corrigé en 0.1.1")
        bench.wait_for(bench.effects)
        time.sleep(0.2)
        assert bench.effects() == [event_id]
        assert not bench.dead()

    def test_a_statement_timeout_is_the_events_own_fault(self, bench: Bench) -> None:
        ids = bench.emit(3)

        def handler(uow: UnitOfWork, event: Event) -> None:
            if event.id == ids[1]:
                uow.session.execute(sa.text("SET LOCAL statement_timeout = 20"))
                uow.session.execute(sa.text("SELECT pg_sleep(1)"))
            record(uow, event)

        bench.subscribe("on_fait", handler, schedule=Schedule(immediate=(0.01,), delayed=()))
        bench.wait_for(lambda: bench.dead() and len(bench.effects()) == 2)
        assert bench.effects() == [ids[0], ids[2]]

    def test_a_bulk_handler_receives_lists(self, bench: Bench) -> None:
        sizes: list[int] = []

        def bulk(uow: UnitOfWork, events: Sequence[Event]) -> None:
            sizes.append(len(events))
            for event in events:
                record(uow, event)

        ids = bench.emit(60)
        bench.subscribe("on_lot", bulk=bulk, batch=50)
        bench.wait_for(lambda: len(bench.effects()) >= 60)
        assert bench.effects() == ids
        assert max(sizes) <= 50

    def test_a_bulk_culprit_is_isolated_too(self, bench: Bench) -> None:
        ids = bench.emit(6)

        def bulk(uow: UnitOfWork, events: Sequence[Event]) -> None:
            for event in events:
                record(uow, event)
            if ids[2] in {event.id for event in events}:
                raise DomainError("Non")

        bench.subscribe("on_lot", bulk=bulk)
        bench.wait_for(lambda: bench.dead() and len(bench.effects()) == 5)
        assert set(bench.effects()) == {*ids} - {ids[2]}

    def test_latest_only_ignores_what_is_outdated(self, bench: Bench) -> None:
        bench.emit(30, subject="a")
        bench.emit(1, subject="b")
        bench.subscribe("on_etat", latest_only=True, batch=10)
        newest = {"a": 30, "b": 1}

        def seen() -> dict[str, int]:
            rows = bench.rows("SELECT subject, max(sequence) AS n FROM effet GROUP BY subject")
            return {row.subject: row.n for row in rows}

        bench.wait_for(lambda: seen() == newest)
        rows = bench.rows("SELECT sequence FROM effet WHERE subject = 'a' ORDER BY n")
        steps = [row.sequence for row in rows]
        assert steps == sorted(set(steps))

    def test_what_a_handler_says_belongs_to_the_flow(self, bench: Bench) -> None:
        def handler(uow: UnitOfWork, event: Event) -> None:
            uow.emit(FACT, subject=str(uuid.uuid4()), data=event.data)

        bench.subscribe("on_fait", handler)
        ids = bench.emit(3)
        query = "SELECT causation_id, correlation_id FROM outbox ORDER BY seq"
        said = bench.wait_for(lambda: len(rows := bench.rows(query)) == 3 and rows)
        assert [uuid.UUID(row.causation_id) for row in said] == ids
        with bench.source.session() as session:
            origin = session.execute(sa.text("SELECT DISTINCT correlation_id FROM outbox")).all()
        assert {row.correlation_id for row in said} == {row.correlation_id for row in origin}

    def test_republished_events_have_no_second_effect(self, bench: Bench) -> None:
        from shared.messaging.relay import republish

        bench.subscribe("on_fait")
        ids = bench.emit(25)
        bench.wait_for(lambda: len(bench.effects()) >= 25)
        with bench.outgoing.begin() as uow:
            republish(uow, since=uow.clock.now().replace(year=2020))
        ids += bench.emit(1)
        bench.wait_for(lambda: len(bench.effects()) >= 26)
        time.sleep(0.3)
        assert bench.effects() == ids
