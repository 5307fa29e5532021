"""What a mailbox receives: headers, both bodies, French typography."""

import html
import re

from services.notification.usecases.prevenir import prevenir
from shared.contracts import catalogue
from tests.integration.notification.monde import Monde
from tests.integration.notification.poste import URL, Poste, avis_recus

MAUVAISE_TYPO = re.compile(r"[ \n][;:!?»](?!//)|«[ \n]")


def test_headers_and_both_bodies(poste: Poste, monde: Monde) -> None:
    monde.abonner("p@x.exemple", cpv=["3019"], lieux=["07"])
    monde.annoncer()
    (recu,) = avis_recus(poste.remettre())
    assert re.fullmatch(r"<[0-9a-f-]{36}@achats\.exemple\.fr>", recu.entetes["Message-ID"])
    assert recu.entetes["Auto-Submitted"] == "auto-generated"
    assert recu.entetes["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert recu.entetes["List-Unsubscribe"].startswith(f"<{URL}/alertes/stop/")
    assert recu.de == "Ardèche <achats@exemple.fr>"
    assert recu.sujet == "Nouvel avis\u00a0: Papier et enveloppes 2026"
    for corps in (recu.texte, html.unescape(recu.html)):
        assert "CPV 3019…" in corps
        assert "65\u202f880\u00a0€ HT" in corps
        assert "23 février 2026 à\u00a012\u00a0h" in corps
    assert "<style" not in recu.html
    assert 'style="' in recu.html


def test_every_event_mail_is_plain_useful_and_well_set(poste: Poste, monde: Monde) -> None:
    types = [
        type_
        for consumer in (
            "on_opportunite_proposee",
            "on_recensement_ouvert",
            "on_recensement_relance",
            "on_recensement_prolonge",
            "on_decoupage_applique",
            "on_achat_abandonne",
            "on_quotas_ouverts",
            "on_reception_repartie",
            "on_execution",
            "on_groupement",
        )
        for type_ in catalogue.load().subscriptions(f"notification.{consumer}")
    ]
    types += catalogue.load().subscriptions("notification.on_facture")
    for type_ in types:
        with monde.transactions.begin() as uow:
            prevenir(uow, monde.evenement(type_))
            prevenir(uow, monde.evenement(type_))
    recus = poste.remettre()
    assert len(recus) == len(types)
    assert len({c.sujet for c in recus}) == len(types)
    for c in recus:
        assert len(c.texte) > 200
        assert not MAUVAISE_TYPO.search(c.texte), c.texte
        assert not MAUVAISE_TYPO.search(html.unescape(re.sub(r"<[^>]+>|https?:\S+", "", c.html))), (
            c.sujet
        )
        assert "List-Unsubscribe" not in c.entetes
    tout = "\n".join(c.texte for c in recus)
    for fait in (
        "23\u00a0palettes",
        "182,60\u00a0€",
        "1er avril 2026",
        "BR-CO-15",
        "18\u202f240,00",
        "5\u202f000\u00a0feuilles",
        "CMD-2026-0001 rendu à votre part",
    ):
        assert fait in tout
