"""Edge cases of orders and deliveries, each met by a real user of another system."""

import threading
from collections import Counter
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.domain.cles import Cle
from services.groupement.domain.frais import GenreFrais
from services.groupement.domain.livraisons import Anomalie, GenreAnomalie
from services.groupement.queries import execution
from services.groupement.usecases.attribuer_surplus import (
    NouvelleAttribution,
    attribuer_surplus,
)
from services.groupement.usecases.contrepasser_reception import contrepasser_reception
from services.groupement.usecases.liberer_commande import clore_commande, enregistrer_avoir
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from services.groupement.usecases.partager_frais import NouveauxFrais, partager_frais
from shared.kernel.errors import ConflictError, DomainError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from tests.integration.groupement.livraisons import (
    JOUR,
    RESTE,
    Events,
    avenant,
    cent,
    part_de,
    parts_recues,
    recevoir,
)
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


def test_H2_an_order_of_100_received_60_and_30_then_closed_gives_10_back(
    monde: Monde, events: Events
) -> None:
    cent(monde)
    commande = monde.commander(DEP, 100)
    recevoir(monde, 60, "BL-1")
    recevoir(monde, 30, "BL-2")
    with pytest.raises(ConflictError):
        monde.commander(DEP, 1)
    monde.faire(clore_commande, commande.id, RESTE, siret=DEP)
    (liberee,) = events("groupement", "groupement.commande.liberee.v1")
    assert (liberee.data["quantite"], liberee.data["genre"]) == ("10", "CLOTURE")
    part = part_de(monde, DEP)
    assert (part.commande, part.recu, part.reste, part.attendu) == (90, 90, 10, 0)
    with pytest.raises(ConflictError, match="n’attend plus rien"):
        monde.faire(clore_commande, commande.id, RESTE, siret=DEP)


def test_cas_OCA_1813_2128_the_remainder_is_always_orderable_again(monde: Monde) -> None:
    cent(monde)
    for _ in range(3):
        commande = monde.commander(DEP, 100)
        monde.faire(clore_commande, commande.id, RESTE)
    assert monde.commander(DEP, 100).quantite == 100


def test_closing_short_needs_a_reason_and_keeps_to_ones_own_orders(monde: Monde) -> None:
    monde.commande()
    with monde.transactions.read() as session:
        commande = session.scalars(execution.commandes(SDIS)).one()
    with pytest.raises(ValidationError):
        monde.faire(clore_commande, commande.id, " ", siret=SDIS)
    with pytest.raises(NotFoundError):
        monde.faire(clore_commande, commande.id, RESTE, siret=AUB)
    with pytest.raises(ValidationError):
        monde.faire(clore_commande, commande.id, RESTE, siret=SDIS, quantite=Decimal(31))


def test_cas_OCA_642_101_for_100_is_accepted_with_a_reason_and_given_later(
    monde: Monde, events: Events
) -> None:
    cent(monde)
    monde.commander(DEP, 100)
    with pytest.raises(ValidationError) as refus:
        recevoir(monde, 101, "BL-1")
    assert refus.value.champs.keys() == {"motif"}
    recue = recevoir(monde, 101, "BL-1", motif="Une palette de réserve")
    assert (recue.quantite, recue.non_affecte) == (101, 1)
    un = NouvelleAttribution(recue.id, DEP, Decimal(1), "Gardée en réserve")
    with pytest.raises(ConflictError) as refus:
        monde.faire(attribuer_surplus, un)
    assert refus.value.code == "plafond_depasse"
    avenant(monde, "456.00")
    monde.faire(attribuer_surplus, un)
    (attribue,) = events("groupement", "groupement.surplus.attribue.v1")
    assert attribue.data["membre"]["siret"] == DEP
    assert "@" in attribue.data["courriel"]
    part = part_de(monde, DEP)
    assert (part.quota.quantite, part.recu, part.attendu) == (101, 101, 0)
    with pytest.raises(ConflictError, match="n’attend plus rien"):
        monde.faire(attribuer_surplus, un)
    with pytest.raises(ConflictError, match="surplus"):
        monde.faire(contrepasser_reception, recue.id, "Erreur")


def test_cas_ERPNext_the_tolerance_is_on_the_contract_not_on_the_remainder(monde: Monde) -> None:
    cent(monde)
    with monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Contrat).values(tolerance=Decimal("0.1")))
    monde.commander(DEP, 100)
    recevoir(monde, 90, "BL-1")
    with pytest.raises(ConflictError) as refus:
        recevoir(monde, 21, "BL-2", motif="Trop")
    assert (refus.value.code, refus.value.details["possible"]) == ("tolerance_depassee", "20")
    assert recevoir(monde, 20, "BL-2", motif="Gardées").non_affecte == 10


def test_H4_the_database_itself_refuses_what_exceeds_the_tolerance(monde: Monde) -> None:
    cent(monde)
    monde.commander(DEP, 100)
    with pytest.raises(IntegrityError, match="tolérance"), monde.transactions.begin() as uow:
        uow.session.add(
            t.Reception(
                id=uow.new_id(),
                contrat_ligne_id=monde.ligne_de_marche(),
                bon_livraison="BL-X",
                annoncee=Decimal(106),
                quantite=Decimal(106),
                demande=Decimal(100),
                non_affecte=Decimal(106),
                recue_le=JOUR,
                enregistree_le=uow.clock.now(),
                acteur="test",
            )
        )


def test_cas_foodsoft_619_a_delivery_is_corrected_by_a_reverse_entry(
    monde: Monde, events: Events
) -> None:
    monde.commande()
    premiere = recevoir(monde, 60, "BL-1")
    recevoir(monde, 20, "BL-2")
    seconde = events("groupement", "groupement.reception.enregistree.v1")[-1]
    monde.faire(contrepasser_reception, premiere.id, "Bon saisi deux fois")
    (inverse,) = events("groupement", "groupement.reception.contrepassee.v1")
    assert parts_recues(inverse) == {DEP: -23, SDIS: -17, SDEA: -11, VH: -6, AUB: -3}
    assert {s: part_de(monde, s).recu for s in PARTS} == parts_recues(seconde)
    with pytest.raises(ConflictError, match="une seule fois"):
        monde.faire(contrepasser_reception, premiere.id, "Encore")
    recevoir(monde, 50, "BL-1")
    with pytest.raises(ConflictError):
        recevoir(monde, 1, "BL-1")
    with pytest.raises(IntegrityError, match="historique"), monde.transactions.begin() as uow:
        uow.session.execute(sa.delete(t.Reception))


def test_a_reverse_entry_that_is_not_the_mirror_is_refused_by_the_database(monde: Monde) -> None:
    monde.commande()
    premiere = recevoir(monde, 60, "BL-1")
    with pytest.raises(IntegrityError, match="inverse"), monde.transactions.begin() as uow:
        uow.session.add(
            t.Reception(
                id=uow.new_id(),
                contrat_ligne_id=premiere.contrat_ligne_id,
                genre="CONTREPASSATION",
                origine_id=premiere.id,
                bon_livraison="BL-1",
                annoncee=Decimal(-60),
                quantite=Decimal(-1),
                demande=Decimal(105),
                non_affecte=Decimal(-1),
                motif="x",
                recue_le=JOUR,
                enregistree_le=uow.clock.now(),
                acteur="test",
            )
        )


def test_cas_foodsoft_662_a_missing_piece_is_credited_or_reduces_the_price(
    monde: Monde, events: Events
) -> None:
    monde.commande()
    casses = Anomalie(GenreAnomalie.CASSE, Decimal(2), "Palettes éventrées")
    recue = recevoir(monde, 62, "BL-1", anomalies=(casses,))
    assert (recue.annoncee, recue.quantite) == (62, 60)
    rendues = monde.faire(enregistrer_avoir, recue.id, Decimal(2), "Avoir n° 12")
    assert sum(r.quantite for r in rendues) == 2
    assert sum(part_de(monde, s).reste for s in PARTS) == 2
    assert all(r.explication for r in rendues)
    with pytest.raises(DomainError):
        monde.faire(enregistrer_avoir, recue.id, Decimal(1), "Rien de plus n’est cassé")
    reduction = NouveauxFrais(
        MARCHE,
        GenreFrais.REFACTION,
        Montant("10.00"),
        "Ramettes cornées",
        reception_id=recue.id,
    )
    monde.faire(partager_frais, reduction)
    (partage,) = events("groupement", "groupement.frais.partages.v1")
    montants = {p["membre"]["siret"]: p["montant_ht"] for p in partage.data["parts"]}
    assert Montant.somme(Montant(m) for m in montants.values()) == Montant("-10.00")
    assert (montants[DEP], montants[SDIS]) == ("-3.84", "-2.83")


def test_an_anomaly_is_put_aside_and_stays_expected(monde: Monde) -> None:
    cent(monde)
    monde.commander(DEP, 100)
    manque = Anomalie(GenreAnomalie.MANQUANT, Decimal(5), "Absentes du camion")
    recevoir(monde, 60, "BL-1", anomalies=(manque,))
    assert part_de(monde, DEP).attendu == 45
    with pytest.raises(ValidationError):
        recevoir(monde, 5, "BL-2", anomalies=(manque,))


def test_I5_frais_are_shared_equally_to_the_cent(monde: Monde) -> None:
    monde.notifie()
    for siret in (DEP, SDIS, SDEA):
        monde.commander(siret, 1)
    frais = monde.faire(
        partager_frais,
        NouveauxFrais(MARCHE, GenreFrais.TRANSPORT, Montant("10.00"), "Hayon", Cle.PARTS_EGALES),
    )
    with monde.transactions.read() as session:
        parts = session.scalars(
            sa.select(t.PartFrais)
            .where(t.PartFrais.frais_id == frais.id)
            .order_by(t.PartFrais.siret)
        ).all()
    assert [str(p.montant_ht) for p in parts] == ["3.34", "3.33", "3.33"]
    with pytest.raises(IntegrityError, match="parts"), monde.transactions.begin() as uow:
        uow.session.add(
            t.Frais(
                id=uow.new_id(),
                marche_id=MARCHE,
                genre="FRAIS",
                montant_ht=Montant("1.00"),
                cle="AU_MONTANT",
                motif="x",
                le=uow.clock.now(),
                acteur="test",
            )
        )


def test_cas_OFN_4018_two_members_race_for_the_last_piece_of_the_contract(monde: Monde) -> None:
    monde.lance()
    monde.faire(ouvrir_quotas, monde.marche(montant="456.00"))
    depart, verdicts = threading.Barrier(2), Counter[str]()

    def commander(siret: str) -> None:
        depart.wait()
        try:
            monde.commander(siret, 1)
            verdicts["acceptee"] += 1
        except ConflictError as refus:
            verdicts[refus.code] += 1

    fils = [threading.Thread(target=commander, args=(s,)) for s in (DEP, SDIS)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert verdicts == {"acceptee": 1, "plafond_depasse": 1}
