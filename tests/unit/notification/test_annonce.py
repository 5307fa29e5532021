import json

import pytest

from services.notification.domain.annonce import TYPES, annonce_de
from shared.contracts import catalogue

CATALOGUE = catalogue.load()
CONSUMERS = (
    "on_opportunite_proposee",
    "on_recensement_ouvert",
    "on_recensement_relance",
    "on_recensement_prolonge",
    "on_decoupage_applique",
    "on_achat_abandonne",
    "on_quotas_ouverts",
    "on_reception_repartie",
    "on_execution",
    "on_evaluation_transmise",
    "on_groupement",
    "on_facture",
)


def test_every_subscribed_event_has_its_rule() -> None:
    ecoutes = {t for c in CONSUMERS for t in CATALOGUE.subscriptions(f"notification.{c}")}
    assert ecoutes == TYPES


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_the_address_is_a_key_never_a_content(type_: str) -> None:
    annonce = annonce_de(type_, "sujet", 3, CATALOGUE.get(type_).sample)
    assert len(annonce.destinataires) == 1
    (adresse,) = annonce.destinataires
    contenu = json.dumps([annonce.donnees, *annonce.destinataires.values()])
    assert adresse not in contenu
    assert (annonce.objet_id, annonce.version) == ("sujet", 3)


def test_a_member_gets_all_its_shares_and_nobody_elses() -> None:
    sample = CATALOGUE.get("groupement.reception.enregistree.v1").sample
    (modele,) = sample["parts"]
    parts = [
        {**modele, "courriel": "A@x.exemple", "part": "23"},
        {**modele, "courriel": "a@x.exemple", "part": "1"},
        {**modele, "courriel": "b@x.exemple", "part": "17"},
        {**modele, "courriel": None, "part": "3"},
    ]
    annonce = annonce_de("groupement.reception.enregistree.v1", "s", 1, {**sample, "parts": parts})
    recus = {
        adresse: [part["part"] for part in contenu["parts"]]
        for adresse, contenu in annonce.destinataires.items()
    }
    assert recus == {"a@x.exemple": ["23", "1"], "b@x.exemple": ["17"]}


def test_a_supplier_without_address_is_not_told_by_mail() -> None:
    sample = CATALOGUE.get("paiement.facture.payee.v1").sample
    annonce = annonce_de(
        "paiement.facture.payee.v1", "s", 1, {**sample, "courriel_fournisseur": None}
    )
    assert annonce.destinataires == {}
    assert annonce.modele == "facture_payee"
