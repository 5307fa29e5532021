"""What must exist on the broker follows from the catalogue alone."""

from shared.contracts import catalogue
from shared.messaging import topology


def queue_named(service: str, name: str) -> topology.Queue:
    found = topology.of(service, catalogue.load())
    return next(queue for queue in found.queues if queue.name == name)


def test_a_consumer_has_one_queue_bound_to_each_emitter() -> None:
    queue = queue_named("groupement", "groupement.on_marche_notifie")
    assert queue.bindings == (("publication.events", "publication.marche.notifie.v1"),)
    journal = queue_named("notification", "notification.on_journal")
    assert {exchange for exchange, _ in journal.bindings} == {
        "groupement.events",
        "publication.events",
        "paiement.events",
        "notification.events",
    }


def test_a_queue_keeps_order_and_never_drops() -> None:
    queue = queue_named("groupement", "groupement.on_marche_notifie")
    assert queue.arguments == {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": 200,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "groupement.on_marche_notifie.morte",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    dead = queue_named("groupement", "groupement.on_marche_notifie.morte")
    assert (dead.arguments, dead.bindings) == ({"x-queue-type": "quorum"}, ())


def test_a_dead_queue_is_declared_before_the_queue_that_needs_it() -> None:
    names = [queue.name for queue in topology.of("groupement", catalogue.load()).queues]
    for name in names:
        if not name.endswith(".morte"):
            assert names.index(f"{name}.morte") < names.index(name)


def test_an_emitter_declares_its_listeners_queues() -> None:
    names = {queue.name for queue in topology.of("publication", catalogue.load()).queues}
    assert {"groupement.on_marche_notifie", "paiement.on_marche_notifie"} <= names


def test_every_listener_of_the_catalogue_has_its_queue() -> None:
    known = catalogue.load()
    services = {contract.emitter for contract in known} - {"membre"}
    queues = {q.name for service in services for q in topology.of(service, known).queues}
    facts = [contract for contract in known if contract.sens == "fait"]
    assert {listener for contract in facts for listener in contract.listeners} <= queues


def test_requests_come_through_the_door_only() -> None:
    door = queue_named("groupement", "groupement.entrant")
    assert {exchange for exchange, _ in door.bindings} == {"essaim.entrant"}
    assert {key for _, key in door.bindings} == {
        "membre.achat.demande.v1",
        "membre.besoin.declare.v1",
        "membre.commande.demande.v1",
        "membre.participation.declare.v1",
    }
    names = {queue.name for queue in topology.of("groupement", catalogue.load()).queues}
    assert "groupement.on_achat_demande" not in names
    assert "paiement.entrant" not in {
        queue.name for queue in topology.of("paiement", catalogue.load()).queues
    }


def test_a_member_reads_its_answers_on_its_own_queue() -> None:
    queue = topology.member_queue("90070002200016")
    assert queue.name == "essaim.sortant.90070002200016"
    assert queue.bindings == (("essaim.sortant", "90070002200016"),)
