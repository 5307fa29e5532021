import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from services.groupement import schemas
from services.groupement.usecases.creer_acces import (
    NouvelAcces,
    creer_acces,
    revoquer_acces,
)
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from services.groupement.usecases.traiter_demande_membre import (
    demander_achat,
    demander_besoin,
    demander_commande,
)
from shared.kernel.errors import DomainError, NotFoundError
from shared.messaging import door, wire
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import AUB, DEP, SDIS, VH, Monde

API = "/groupement/api/v1"
Client = Callable[..., Any]


@pytest.fixture
def jeton(monde: Monde) -> Callable[..., dict[str, str]]:
    """Headers of a member's software."""

    def donner(siret: str, **champs: Any) -> dict[str, str]:
        acces = NouvelAcces(siret, "Finances", **champs)
        return {"Authorization": f"Bearer {monde.faire(creer_acces, acces).jeton}"}

    return donner


def cloud(type_: str, siret: str, data: dict[str, Any], **champs: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"urn:siret:{siret}:finances",
        "type": type_,
        "time": "2026-03-02T08:00:00Z",
        "data": data,
        **champs,
    }


ACHAT = {
    "reference_membre": "SDIS-2026-17",
    "objet": "Sel de déneigement",
    "famille": "Voirie",
    "cpv": "34927100-2",
    "nature": "FOURNITURES",
    "lieu": "07",
    "articles": [
        {
            "code": "sel",
            "designation": "Sel en vrac",
            "lot": 1,
            "unite_base": "kg",
            "prix_estime_ht": "0.12",
            "conditionnements": [{"nom": "big bag", "contient": "1000"}],
            "conditionnement_achat": "big bag",
        }
    ],
}


def deposer(client: Any, evenement: dict[str, Any], entetes: dict[str, str]) -> Any:
    return client.post(
        f"{API}/evenements",
        data=json.dumps(evenement),
        content_type="application/cloudevents+json",
        headers=entetes,
    )


def traiter(monde: Monde) -> None:
    """Play every request at the door as the worker would: effect, or refusal in its own time."""
    handlers: dict[str, Callable[..., None]] = {
        "membre.achat.demande.v1": lambda uow, e: demander_achat(
            uow, schemas.demande(e), schemas.achat_demande(e.data)
        ),
        "membre.besoin.declare.v1": lambda uow, e: demander_besoin(
            uow, schemas.demande(e), schemas.besoin_demande(e.data)
        ),
        "membre.commande.demande.v1": lambda uow, e: demander_commande(
            uow, schemas.demande(e), schemas.commande_demande(e.data)
        ),
    }
    for event in entrants(monde):
        try:
            with monde.transactions.begin() as uow:
                uow.follow(event)
                handlers[event.type](uow, event)
        except DomainError as refus:
            repondre(monde, event, refus)


def repondre(monde: Monde, event: Event, refus: DomainError) -> None:
    with monde.transactions.begin() as uow:
        uow.follow(event)
        assert door.refuse(uow, event, refus)


def entrants(monde: Monde) -> list[Event]:
    with monde.transactions.read() as session:
        lus = session.connection().exec_driver_sql("SELECT enveloppe FROM entrant ORDER BY seq")
        return [wire.read(ligne[0]) for ligne in lus]


def test_a_member_triggers_a_purchase_by_an_event(
    monde: Monde, client: Client, jeton: Callable[..., dict[str, str]]
) -> None:
    monde.convention()
    web, entetes = client("groupement"), jeton(SDIS)
    evenement = cloud("membre.achat.demande.v1", SDIS, ACHAT)
    recu = deposer(web, evenement, entetes)
    assert recu.status_code == 202
    assert recu.headers["Location"] == f"{API}/evenements/{evenement['id']}"
    assert web.get(recu.headers["Location"], headers=entetes).json["etat"] == "recue"
    traiter(monde)
    sort = web.get(recu.headers["Location"], headers=entetes).json
    assert sort["etat"] == "acceptee"
    assert sort["reponse"]["data"]["achat_reference"] == "ACH-2026-0001"
    achat = web.get(f"{API}/achats/{sort['reponse']['data']['achat_id']}", headers=entetes).json
    assert (achat["etat"], achat["articles"][0]["code"]) == ("PROJET", "SEL")
    assert achat["articles"][0]["prix_estime_ht"] == "0.12"


def test_the_same_event_or_member_reference_creates_one_purchase(
    monde: Monde, client: Client, jeton: Callable[..., dict[str, str]]
) -> None:
    monde.convention()
    web, entetes = client("groupement"), jeton(SDIS)
    evenement = cloud("membre.achat.demande.v1", SDIS, ACHAT)
    for envoi in (evenement, evenement, cloud("membre.achat.demande.v1", SDIS, ACHAT)):
        assert deposer(web, envoi, entetes).status_code == 202
    traiter(monde)
    assert web.get(f"{API}/achats", headers=entetes).json["total"] == 1
    flux = web.get(f"{API}/evenements", headers=entetes).json["evenements"]
    assert [e["type"] for e in flux] == ["membre.achat.acceptee.v1"] * 2
    assert len({e["data"]["achat_id"] for e in flux}) == 1


def test_a_need_and_an_order_come_by_event_with_the_rules_of_the_form(
    monde: Monde, client: Client, jeton: Callable[..., dict[str, str]]
) -> None:
    monde.ouvert()
    web, entetes = client("groupement"), jeton(VH)
    besoin = {
        "reference_membre": "VH-1",
        "achat_reference": "ACH-2026-0001",
        "article": "papier-a4-80",
        "quantite": "600000",
        "unite": "feuille",
    }
    deposer(web, cloud("membre.besoin.declare.v1", VH, besoin), entetes)
    deposer(web, cloud("membre.besoin.declare.v1", VH, {**besoin, "unite": "litre"}), entetes)
    traiter(monde)
    accepte, refuse = web.get(f"{API}/evenements", headers=entetes).json["evenements"]
    assert accepte["data"]["quantite_base"] == "600000"
    (motif,) = refuse["data"]["motifs"]
    assert (refuse["type"], motif["code"], motif["champ"]) == (
        "membre.besoin.refusee.v1",
        "unite_incompatible",
        "unite",
    )
    siens = web.get(f"{API}/besoins", headers=entetes).json["besoins"]
    assert [(b["canal"], b["lieu"]) for b in siens] == [("evenement", "Privas")]


def test_an_order_by_event_beyond_the_quota_is_refused_with_a_named_reason(
    monde: Monde, client: Client, jeton: Callable[..., dict[str, str]]
) -> None:
    monde.notifie()
    web, entetes = client("groupement"), jeton(SDIS)
    for n, quantite in enumerate(("28", "3")):
        commande = {
            "reference_membre": f"SDIS-{n}",
            "achat_reference": "ACH-2026-0001",
            "article": "PAPIER-A4-80",
            "quantite": quantite,
        }
        deposer(web, cloud("membre.commande.demande.v1", SDIS, commande), entetes)
    traiter(monde)
    accepte, refuse = web.get(f"{API}/evenements", headers=entetes).json["evenements"]
    assert (accepte["data"]["reste"], accepte["data"]["montant_ht"]) == ("2", "12768.00")
    (motif,) = refuse["data"]["motifs"]
    assert (motif["code"], motif["champ"]) == ("quota_depasse", "quantite")
    assert motif["message"].startswith("Il reste 2 sur votre part de 30")


def test_the_feed_goes_on_from_its_cursor(
    monde: Monde, client: Client, jeton: Callable[..., dict[str, str]]
) -> None:
    monde.convention()
    web, entetes = client("groupement"), jeton(SDIS)
    deposer(web, cloud("membre.achat.demande.v1", SDIS, ACHAT), entetes)
    traiter(monde)
    premier = web.get(f"{API}/evenements", headers=entetes).json
    assert len(premier["evenements"]) == 1
    suite = web.get(f"{API}/evenements?apres={premier['suivant']}", headers=entetes).json
    assert suite == {"evenements": [], "suivant": premier["suivant"]}
    assert web.get(f"{API}/evenements", headers=jeton(VH)).json["evenements"] == []


@pytest.mark.parametrize(
    ("change", "attendu"),
    [
        ({"source": f"urn:siret:{VH}:finances"}, (403, "emetteur_inconnu")),
        ({"source": "nimporte"}, (422, "source_invalide")),
        ({"type": "membre.autre.demande.v1"}, (422, "type_inconnu")),
        ({"data": {"objet": "?"}}, (422, "contrat_non_respecte")),
        ({"specversion": "0.3"}, (422, "enveloppe_illisible")),
    ],
)
def test_what_cannot_pass_the_door_is_a_problem(
    monde: Monde,
    client: Client,
    jeton: Callable[..., dict[str, str]],
    *,
    change: dict[str, Any],
    attendu: tuple[int, str],
) -> None:
    monde.convention()
    evenement = {**cloud("membre.achat.demande.v1", SDIS, ACHAT), **change}
    reponse = deposer(client("groupement"), evenement, jeton(SDIS))
    code = reponse.json["type"].removeprefix("urn:essaim:probleme:")
    assert (reponse.status_code, code) == attendu
    assert reponse.mimetype == "application/problem+json"


def test_an_access_sends_only_the_events_it_was_given(
    monde: Monde, client: Client, jeton: Callable[..., dict[str, str]]
) -> None:
    monde.convention()
    entetes = jeton(SDIS, evenements=("membre.besoin.declare.v1",))
    reponse = deposer(client("groupement"), cloud("membre.achat.demande.v1", SDIS, ACHAT), entetes)
    assert (reponse.status_code, reponse.json["type"]) == (
        403,
        "urn:essaim:probleme:evenement_non_autorise",
    )


def test_without_a_living_token_nothing_opens(monde: Monde, client: Client) -> None:
    monde.convention()
    web = client("groupement")
    acces = monde.faire(creer_acces, NouvelAcces(SDIS, "Finances"))
    entetes = {"Authorization": f"Bearer {acces.jeton}"}
    assert web.get(f"{API}/achats", headers=entetes).status_code == 200
    monde.faire(revoquer_acces, acces.id)
    with pytest.raises(NotFoundError):
        monde.faire(revoquer_acces, acces.id)
    for refuses in ({}, entetes, {"Authorization": "Bearer faux"}):
        reponse = web.get(f"{API}/achats", headers=refuses)
        assert reponse.status_code == 401
        assert reponse.mimetype == "application/problem+json"


def test_D6_from_a_line_to_its_needs_and_from_a_need_to_its_line_price_and_state(
    monde: Monde, client: Client, jeton: Callable[..., dict[str, str]]
) -> None:
    monde.notifie()
    web = client("groupement")
    coordonnateur, sdis = jeton(DEP), jeton(SDIS)
    adresse = f"{API}/achats/{monde.achat_id}/consolidation"
    tout = web.get(adresse, headers=coordonnateur).json
    (lot,) = tout["lots"]
    (ligne,) = lot["lignes"]
    assert lot["montant_estime_ht"] == "47880.00"
    assert {c["siret"] for c in ligne["composition"]} == {DEP, SDIS, "90070003000019", VH, AUB}
    assert sum(int(c["quantite_base"]) for c in ligne["composition"]) == 6_300_000
    une = f"{API}/achats/{monde.achat_id}/lignes/{ligne['id']}"
    assert web.get(une, headers=coordonnateur).json == ligne
    assert (
        web.get(
            f"{API}/achats/{monde.achat_id}/lignes/{ligne['composition'][0]['besoin_id']}",
            headers=coordonnateur,
        ).status_code
        == 404
    )
    (sienne,) = web.get(adresse, headers=sdis).json["lots"][0]["lignes"]
    assert web.get(une, headers=sdis).json == sienne
    (besoin,) = sienne["composition"]
    suivi = web.get(f"{API}/besoins/{besoin['besoin_id']}", headers=sdis).json
    assert (suivi["ligne_id"], suivi["etat"]) == (ligne["id"], "FIGE")
    assert (suivi["prix_unitaire_ht"], suivi["montant_estime_ht"]) == ("456", "13680.00")


def test_an_organisation_never_reads_the_rows_of_another(
    monde: Monde, client: Client, jeton: Callable[..., dict[str, str]]
) -> None:
    monde.convention(membres=(DEP, SDIS))
    monde.achat()
    monde.ouvrir()
    besoin = monde.declarer(SDIS, "10").besoin
    monde.lancer()
    monde.faire(ouvrir_quotas, monde.marche("10", "4560.00"))
    commande = monde.commander(SDIS, 1)
    web, entetes = client("groupement"), jeton(AUB)
    for chemin in (
        f"achats/{monde.achat_id}",
        f"achats/{monde.achat_id}/consolidation",
        f"besoins/{besoin.id}",
        f"commandes/{commande.id}",
    ):
        assert web.get(f"{API}/{chemin}", headers=entetes).status_code == 404, chemin
    assert web.get(f"{API}/achats", headers=entetes).json["achats"] == []
    assert web.get(f"{API}/quotas", headers=entetes).json["quotas"] == []
    assert web.get(f"{API}/commandes", headers=entetes).json["commandes"] == []
    annulation = web.post(
        f"{API}/commandes/{commande.id}/annulation", json={"motif": "x"}, headers=entetes
    )
    assert annulation.status_code == 404


def test_an_order_over_http_is_placed_once_per_key_and_says_what_remains(
    monde: Monde, client: Client, jeton: Callable[..., dict[str, str]]
) -> None:
    monde.notifie()
    web, entetes = client("groupement"), jeton(AUB)
    corps = {"achat_id": str(monde.achat_id), "article": "PAPIER-A4-80", "quantite": "4"}
    cle = {**entetes, "Idempotency-Key": "cmd-1"}
    premiere = web.post(f"{API}/commandes", json=corps, headers=cle)
    assert (premiere.status_code, premiere.json["montant_ht"]) == (201, "1824.00")
    assert web.post(f"{API}/commandes", json=corps, headers=cle).json == premiere.json
    trop = web.post(f"{API}/commandes", json=corps, headers=entetes)
    assert (trop.status_code, trop.json["type"]) == (409, "urn:essaim:probleme:quota_depasse")
    assert trop.json["details"]["reste"] == "1"
    (quota,) = web.get(f"{API}/quotas", headers=entetes).json["quotas"]
    assert (quota["quantite"], quota["commande"], quota["reste"]) == ("5", "4", "1")
    annulee = web.post(
        f"{API}/commandes/{premiere.json['id']}/annulation",
        json={"motif": "Erreur"},
        headers=entetes,
    )
    assert annulee.json["etat"] == "ANNULEE"
    assert web.get(f"{API}/commandes", headers=entetes).json["total"] == 1


def test_the_openapi_document_tells_every_route(client: Client) -> None:
    document = client("groupement").get(f"{API}/openapi.json").json
    assert {
        f"{API}/evenements",
        f"{API}/evenements/{{demande_id}}",
        f"{API}/achats",
        f"{API}/achats/{{achat_id}}",
        f"{API}/achats/{{achat_id}}/consolidation",
        f"{API}/besoins",
        f"{API}/besoins/{{besoin_id}}",
        f"{API}/quotas",
        f"{API}/commandes",
        f"{API}/commandes/{{commande_id}}",
        f"{API}/commandes/{{commande_id}}/annulation",
    } <= set(document["paths"])
