import datetime as dt
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.annuler_commande import annuler_commande
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.noter_paiement import FacturePayee, noter_paiement
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from shared.kernel.errors import ConflictError, DomainError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import (
    AUB,
    DEP,
    MARCHE,
    PARTS,
    SDEA,
    SDIS,
    VH,
    Monde,
)

Events = Callable[..., list[Event]]


def test_D7_quotas_open_when_the_contract_is_notified(monde: Monde, events: Events) -> None:
    monde.notifie()
    (attribue,) = events("groupement", "groupement.achat.attribue.v1")
    quotas = {q["membre"]["siret"]: q for q in attribue.data["quotas"]}
    assert {s: int(q["quantite"]) for s, q in quotas.items()} == PARTS
    assert quotas[DEP]["montant_max_ht"] == "18240.00"
    total = Montant.somme(Montant(q["montant_max_ht"]) for q in quotas.values())
    assert total == Montant("47880.00")
    assert monde.etat() == "NOTIFIE"


def test_the_same_contract_again_opens_nothing(monde: Monde, events: Events) -> None:
    monde.notifie()
    monde.faire(ouvrir_quotas, monde.marche())
    assert len(events("groupement", "groupement.achat.attribue.v1")) == 1


def test_a_contract_that_fits_no_consolidated_line_is_refused(monde: Monde) -> None:
    monde.lance()
    marche = monde.marche()
    autre = replace(marche.lignes[0], ligne_id=None, article="ENV-DL")
    with pytest.raises(DomainError) as refus:
        monde.faire(ouvrir_quotas, replace(marche, lignes=(autre,)))
    assert refus.value.code == "ligne_inconnue"


def test_I3_the_database_keeps_quotas_within_their_line(monde: Monde) -> None:
    monde.notifie()
    with pytest.raises(IntegrityError, match="quotas"), monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Quota).where(t.Quota.siret == DEP).values(quantite=41))


def test_a_purchase_is_no_longer_abandoned_once_notified(monde: Monde) -> None:
    monde.notifie()
    with pytest.raises(ConflictError):
        monde.faire(abandonner, monde.achat_id, "trop tard")


def test_an_order_is_told_with_its_price_and_starts_the_execution(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    commande = monde.commander(DEP, 40)
    assert (commande.reference, commande.montant_ht) == ("CMD-2026-0001", Montant("18240.00"))
    (passee,) = events("groupement", "groupement.commande.passee.v1")
    assert passee.data["titulaire"]["nom"] == "Papeterie du Coiron"
    assert passee.data["prix_unitaire_ht"] == "456"
    assert monde.etat() == "EN_EXECUTION"


def test_D11_an_order_beyond_the_quota_is_refused_with_what_remains(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    monde.commander(SDIS, 28)
    with pytest.raises(ConflictError) as refus:
        monde.commander(SDIS, 3)
    assert (refus.value.code, refus.value.details["reste"]) == ("quota_depasse", "2")
    assert len(events("groupement", "groupement.commande.passee.v1")) == 1


def test_D11_fifty_parallel_orders_of_3_on_a_remainder_of_100_give_33(monde: Monde) -> None:
    monde.ouvert()
    monde.declarer(DEP, "100")
    monde.declarer(SDIS, "5")
    monde.lancer()
    monde.faire(ouvrir_quotas, monde.marche())
    depart, verdicts = threading.Barrier(50), Counter[str]()

    def commander() -> None:
        depart.wait()
        try:
            monde.commander(DEP, 3)
            verdicts["acceptee"] += 1
        except ConflictError as refus:
            verdicts[refus.code] += 1

    fils = [threading.Thread(target=commander) for _ in range(50)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert verdicts == {"acceptee": 33, "quota_depasse": 17}
    with monde.transactions.read() as session:
        commandes = session.scalars(sa.select(t.Commande.quantite)).all()
        references = session.scalars(sa.select(t.Commande.reference)).all()
    assert sum(commandes) == 99
    assert sorted(references) == [f"CMD-2026-{n:04d}" for n in range(1, 34)]


def test_D11_I6_the_database_itself_refuses_what_exceeds_the_quota_or_the_contract(
    monde: Monde,
) -> None:
    monde.notifie()
    monde.commander(AUB, 5)
    with pytest.raises(IntegrityError, match="quota"), monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Commande).values(quantite=6))
    with pytest.raises(IntegrityError, match="maximal"), monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Commande).values(prix_unitaire_ht=10_000))


def test_D11_an_order_beyond_the_ceiling_of_the_contract_is_refused(monde: Monde) -> None:
    monde.lance()
    monde.faire(ouvrir_quotas, monde.marche(montant="10000.00"))
    with pytest.raises(ConflictError) as refus:
        monde.commander(DEP, 22)
    assert refus.value.code == "plafond_depasse"
    monde.commander(DEP, 21)


def test_the_same_member_reference_gives_back_the_same_order(monde: Monde, events: Events) -> None:
    monde.notifie()
    premiere = monde.commander(SDIS, 30, reference_membre="SDIS-CMD-8")
    assert monde.commander(SDIS, 30, reference_membre="SDIS-CMD-8").id == premiere.id
    assert len(events("groupement", "groupement.commande.passee.v1")) == 1


def test_D2a_a_member_outside_the_perimeter_cannot_order(monde: Monde) -> None:
    monde.convention(membres=(DEP, SDIS, SDEA, VH))
    monde.achat()
    monde.ouvrir()
    for siret in (DEP, SDIS, SDEA, VH):
        monde.declarer(siret, "10")
    monde.lancer()
    monde.adherer(AUB, monde.clock.today())
    monde.faire(ouvrir_quotas, monde.marche("40", "18240.00"))
    with pytest.raises(ConflictError, match="prochain achat") as refus:
        monde.commander(AUB, 1)
    assert refus.value.code == "perimetre_fige"
    assert monde.achat(demandeur=AUB, objet="Papier 2027").id != monde.marche


def test_no_order_before_the_notification_nor_after_the_end(monde: Monde) -> None:
    monde.lance()
    with pytest.raises(ConflictError) as refus:
        monde.commander(DEP, 1)
    assert refus.value.code == "marche_non_notifie"
    monde.faire(ouvrir_quotas, monde.marche())
    monde.clock.advance(dt.timedelta(days=365))
    with pytest.raises(ConflictError) as refus:
        monde.commander(DEP, 1)
    assert refus.value.code == "marche_termine"


def test_an_unknown_article_or_place_has_no_quota(monde: Monde) -> None:
    monde.notifie()
    with pytest.raises(NotFoundError) as refus:
        monde.commander(DEP, 1, lieu="Ailleurs")
    assert refus.value.code == "quota_absent"


def test_a_cancelled_order_gives_its_quantity_back(monde: Monde, events: Events) -> None:
    monde.notifie()
    commande = monde.commander(AUB, 5)
    with pytest.raises(ConflictError):
        monde.commander(AUB, 1)
    monde.faire(annuler_commande, commande.id, AUB, "Erreur de saisie")
    (annulee,) = events("groupement", "groupement.commande.annulee.v1")
    assert (annulee.data["quantite"], annulee.data["motif"]) == ("5", "Erreur de saisie")
    monde.commander(AUB, 5)
    with pytest.raises(ConflictError, match="déjà annulée"):
        monde.faire(annuler_commande, commande.id, AUB, "encore")


def test_a_member_cancels_its_own_orders_only(monde: Monde) -> None:
    monde.notifie()
    commande = monde.commander(AUB, 5)
    with pytest.raises(NotFoundError):
        monde.faire(annuler_commande, commande.id, SDIS, "pas la mienne")
    with pytest.raises(ValidationError):
        monde.faire(annuler_commande, commande.id, AUB, " ")


def recevoir(
    monde: Monde, quantite: int, bon: str = "BL-1", jour: str = "2026-03-02", motif: str = ""
) -> t.Reception:
    nouvelle = NouvelleReception(
        monde.ligne_de_marche(), bon, Decimal(quantite), dt.date.fromisoformat(jour), motif
    )
    recue: t.Reception = monde.faire(enregistrer_reception, nouvelle)
    return recue


def parts(evenement: Event) -> dict[str, int]:
    return {p["membre"]["siret"]: int(p["part"]) for p in evenement.data["parts"]}


def test_D8_a_delivery_of_60_among_105_is_shared_23_17_11_6_3(monde: Monde, events: Events) -> None:
    monde.commande()
    recevoir(monde, 60)
    (recue,) = events("groupement", "groupement.reception.enregistree.v1")
    assert parts(recue) == {DEP: 23, SDIS: 17, SDEA: 11, VH: 6, AUB: 3}
    assert (recue.data["quantite"], recue.data["demande"]) == ("60", "105")
    (dep,) = [p for p in recue.data["parts"] if p["membre"]["siret"] == DEP]
    assert dep["explication"].startswith("40 sur 105")


def test_the_rest_is_shared_later_on_what_is_still_expected(monde: Monde, events: Events) -> None:
    monde.commande()
    recevoir(monde, 60)
    reste = recevoir(monde, 47, "BL-2", motif="Gardées pour la réserve")
    assert (reste.demande, reste.non_affecte) == (45, 2)
    recue = events("groupement", "groupement.reception.enregistree.v1")[-1]
    assert parts(recue) == {DEP: 17, SDIS: 13, SDEA: 9, VH: 4, AUB: 2}
    with pytest.raises(ConflictError) as refus:
        recevoir(monde, 1, "BL-3")
    assert refus.value.code == "rien_attendu"


def test_the_same_delivery_note_counts_once(monde: Monde) -> None:
    monde.commande()
    recevoir(monde, 60)
    with pytest.raises(ConflictError) as refus:
        recevoir(monde, 60)
    assert refus.value.code == "bon_deja_enregistre"


@pytest.mark.parametrize("jour", ["2026-02-26", "2026-03-03"])
def test_a_delivery_is_neither_before_the_contract_nor_in_the_future(
    monde: Monde, jour: str
) -> None:
    monde.commande()
    with pytest.raises(ValidationError):
        recevoir(monde, 1, jour=jour)


def test_a_delivered_order_is_not_cancelled(monde: Monde) -> None:
    monde.notifie()
    commande = monde.commander(AUB, 5)
    recevoir(monde, 2)
    with pytest.raises(ConflictError, match="déjà été reçu"):
        monde.faire(annuler_commande, commande.id, AUB, "trop tard")


def test_I4_the_database_refuses_a_delivery_that_its_parts_do_not_make(monde: Monde) -> None:
    monde.commande()
    with pytest.raises(IntegrityError, match="livraison"), monde.transactions.begin() as uow:
        uow.session.add(
            t.Reception(
                id=uow.new_id(),
                contrat_ligne_id=monde.ligne_de_marche(),
                bon_livraison="BL-X",
                annoncee=Decimal(3),
                quantite=Decimal(3),
                demande=Decimal(105),
                non_affecte=Decimal(1),
                recue_le=dt.date(2026, 3, 1),
                enregistree_le=uow.clock.now(),
                acteur="test",
            )
        )


def payee(marche_id: uuid.UUID) -> FacturePayee:
    return FacturePayee(
        uuid.UUID(int=16),
        marche_id,
        "F-2026-0042",
        DEP,
        Montant("27360.00"),
        Montant("32832.00"),
        dt.date(2026, 4, 21),
        dt.date(2026, 4, 1),
        50,
        Montant("182.60"),
        Montant("40.00"),
    )


def test_a_paid_invoice_is_noted_once_and_only_on_our_contracts(monde: Monde) -> None:
    monde.notifie()
    for marche_id in (MARCHE, MARCHE, uuid.UUID(int=99)):
        monde.faire(noter_paiement, payee(marche_id))
    with monde.transactions.read() as session:
        (paiement,) = session.scalars(sa.select(t.Paiement))
    assert (paiement.interets, paiement.delai_jours) == (Montant("182.60"), 50)
