"""Edge cases of orders and deliveries, each met by a real user of another system."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.domain.cles import Cle
from services.groupement.domain.frais import GenreFrais
from services.groupement.domain.livraisons import Anomalie, GenreAnomalie
from services.groupement.domain.modifications import Motif
from services.groupement.domain.solde import Renonciations
from services.groupement.domain.substitutions import Propose
from services.groupement.jobs import clore_substitutions
from services.groupement.queries import execution
from services.groupement.queries.solde import bilan, fiches
from services.groupement.usecases.annoncer_livraison import annoncer_livraison
from services.groupement.usecases.attribuer_surplus import (
    NouvelleAttribution,
    attribuer_surplus,
)
from services.groupement.usecases.conclure_avenant import (
    NouveauPrix,
    NouvelAvenant,
    conclure_avenant,
)
from services.groupement.usecases.contrepasser_reception import contrepasser_reception
from services.groupement.usecases.dispenser_evaluation import dispenser_evaluation
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.liberer_commande import clore_commande, enregistrer_avoir
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from services.groupement.usecases.partager_frais import NouveauxFrais, partager_frais
from services.groupement.usecases.solder_achat import solder_achat
from services.groupement.usecases.substituer import (
    clore_substitution,
    proposer_substitution,
    repondre_substitution,
)
from services.groupement.usecases.transferer_quota import (
    NouveauTransfert,
    proposer_transfert,
    repondre_transfert,
    retirer_transfert,
    transferer,
)
from shared.kernel.errors import ConflictError, DomainError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import (
    AUB,
    DEP,
    MARCHE,
    PARAMETRES,
    PARTS,
    SDEA,
    SDIS,
    VH,
    Monde,
)

Events = Callable[..., list[Event]]
JOUR = dt.date(2026, 3, 2)
RESTE = "Le titulaire ne livrera pas le reste"


def cent(monde: Monde, montant: str = "45600.00") -> None:
    """One member, one line of a hundred pallets."""
    monde.ouvert()
    monde.declarer(DEP, "100")
    monde.lancer()
    monde.faire(ouvrir_quotas, monde.marche("100", montant))


def recevoir(monde: Monde, quantite: int, bon: str, **plus: Any) -> t.Reception:
    nouvelle = NouvelleReception(monde.ligne_de_marche(), bon, Decimal(quantite), JOUR, **plus)
    recue: t.Reception = monde.faire(enregistrer_reception, nouvelle)
    return recue


def part_de(monde: Monde, siret: str, article: str = "PAPIER-A4-80") -> execution.PartVue:
    with monde.transactions.read() as session:
        (part,) = [p for p in execution.parts(session, siret=siret) if p.ligne.article == article]
    return part


def parts_recues(evenement: Event) -> dict[str, int]:
    return {p["membre"]["siret"]: int(p["part"]) for p in evenement.data["parts"]}


def avenant(monde: Monde, montant: str, **champs: Any) -> t.Avenant:
    valeurs = {
        "marche_id": MARCHE,
        "motif": Motif.FAIBLE_MONTANT,
        "objet": "Hausse de la pâte à papier",
        "signe_le": JOUR,
        "montant_ht": Montant(montant),
    }
    conclu: t.Avenant = monde.faire(
        conclure_avenant, NouvelAvenant(**{**valeurs, **champs}), PARAMETRES
    )
    return conclu


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


def test_a_member_gives_a_part_of_its_quota_and_the_other_accepts(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    ligne = monde.ligne_de_marche()
    monde.commander(DEP, 30)
    offre = NouveauTransfert(ligne, DEP, AUB, Decimal(10), "Moins d’imprimantes")
    transfert = monde.faire(proposer_transfert, offre)
    assert part_de(monde, AUB).quota.quantite == 5
    with pytest.raises(NotFoundError):
        monde.faire(repondre_transfert, transfert.id, SDIS, accepte=True)
    monde.faire(repondre_transfert, transfert.id, AUB, accepte=True)
    assert (part_de(monde, DEP).quota.quantite, part_de(monde, AUB).quota.quantite) == (30, 15)
    assert part_de(monde, DEP).quota.montant_max_ht == Montant("13680.00")
    (transfere,) = events("groupement", "groupement.quota.transfere.v1")
    assert (transfere.data["quantite"], transfere.data["vers"]["siret"]) == ("10", AUB)
    monde.commander(AUB, 15)
    with pytest.raises(ConflictError) as refus:
        monde.commander(DEP, 1)
    assert refus.value.code == "quota_depasse"


def test_a_member_cannot_give_what_it_has_ordered(monde: Monde) -> None:
    monde.notifie()
    ligne = monde.ligne_de_marche()
    monde.commander(AUB, 4)
    with pytest.raises(ConflictError) as refus:
        monde.faire(proposer_transfert, NouveauTransfert(ligne, AUB, DEP, Decimal(2)))
    assert (refus.value.code, refus.value.details["cessible"]) == ("transfert_impossible", "1")
    transfert = monde.faire(proposer_transfert, NouveauTransfert(ligne, AUB, DEP, Decimal(1)))
    monde.commander(AUB, 1)
    with pytest.raises(ConflictError):
        monde.faire(repondre_transfert, transfert.id, DEP, accepte=True)
    for siret, quantite in ((DEP, Decimal(1)), (AUB, Decimal("0.5"))):
        with pytest.raises(ValidationError):
            monde.faire(proposer_transfert, NouveauTransfert(ligne, DEP, siret, quantite))


def test_an_offer_is_refused_or_taken_back_once(monde: Monde, events: Events) -> None:
    monde.notifie()
    ligne = monde.ligne_de_marche()
    refuse = monde.faire(proposer_transfert, NouveauTransfert(ligne, DEP, SDIS, Decimal(1)))
    monde.faire(repondre_transfert, refuse.id, SDIS, accepte=False)
    with pytest.raises(ConflictError, match="refusé"):
        monde.faire(repondre_transfert, refuse.id, SDIS, accepte=True)
    retire = monde.faire(proposer_transfert, NouveauTransfert(ligne, DEP, SDIS, Decimal(1)))
    monde.faire(retirer_transfert, retire.id, DEP)
    etats = [e.data["etat"] for e in events("groupement", "groupement.quota.transfert_refuse.v1")]
    assert etats == ["REFUSE", "RETIRE"]
    assert part_de(monde, DEP).quota.quantite == 40


def test_the_coordinator_reshares_at_once_what_a_member_leaves(monde: Monde) -> None:
    monde.notifie()
    monde.faire(
        transferer, NouveauTransfert(monde.ligne_de_marche(), VH, SDIS, Decimal(10), "Retrait")
    )
    assert (part_de(monde, VH).quota.quantite, part_de(monde, SDIS).quota.quantite) == (0, 40)


@pytest.mark.parametrize(
    "ordre",
    [
        sa.update(t.Quota).where(t.Quota.siret == DEP).values(quantite=39),
        sa.delete(t.Quota),
    ],
)
def test_a_quota_only_moves_by_a_transfer_says_the_database(monde: Monde, ordre: Any) -> None:
    monde.notifie()
    with pytest.raises(IntegrityError), monde.transactions.begin() as uow:
        uow.session.execute(ordre)


def test_twenty_parallel_transfers_of_3_on_40_give_13(monde: Monde) -> None:
    monde.notifie()
    ligne, verdicts = monde.ligne_de_marche(), Counter[str]()
    depart = threading.Barrier(20)

    def ceder() -> None:
        depart.wait()
        try:
            monde.faire(transferer, NouveauTransfert(ligne, DEP, SDIS, Decimal(3)))
            verdicts["fait"] += 1
        except ConflictError as refus:
            verdicts[refus.code] += 1

    fils = [threading.Thread(target=ceder) for _ in range(20)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert verdicts == {"fait": 13, "transfert_impossible": 7}
    assert part_de(monde, SDIS).quota.quantite == 30 + 39


def test_cas_foodcoop_adam_103_a_new_price_is_an_amendment_for_later_orders(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    avant = monde.commander(DEP, 20)
    prix = NouveauPrix(monde.ligne_de_marche(), Decimal(480), JOUR)
    conclu = monde.faire(
        conclure_avenant,
        NouvelAvenant(MARCHE, Motif.FAIBLE_MONTANT, "Pâte à papier", JOUR, prix=(prix,)),
        PARAMETRES,
    )
    assert conclu.montant_ht == Montant("2040.00")
    apres = monde.commander(DEP, 20)
    assert (avant.prix_unitaire_ht, apres.prix_unitaire_ht) == (456, 480)
    (annonce,) = events("groupement", "groupement.avenant.conclu.v1")
    assert {m["membre"]["siret"] for m in annonce.data["membres"]} == set(PARTS)
    assert annonce.data["montant_marche_ht"] == "49920.00"


def test_H3_amendments_are_cumulated_dated_and_raise_the_ceiling(monde: Monde) -> None:
    monde.notifie()
    avenant(monde, "2872.80")
    with pytest.raises(ConflictError) as refus:
        avenant(monde, "1915.20")
    assert refus.value.code == "modification_interdite"
    avenant(monde, "1915.19")
    with pytest.raises(ValidationError) as date:
        avenant(monde, "1.00", signe_le=dt.date(2026, 2, 28))
    assert date.value.champs.keys() == {"signe_le"}
    avenant(monde, "20000.00", motif=Motif.CIRCONSTANCES_IMPREVUES)
    with monde.transactions.read() as session:
        contrat = session.get_one(t.Contrat, MARCHE)
    assert (contrat.montant_initial_ht, contrat.montant_ht) == (
        Montant("47880.00"),
        Montant("72667.99"),
    )


def test_H3_the_database_keeps_the_ceiling_to_the_award_and_its_amendments(monde: Monde) -> None:
    monde.notifie()
    with pytest.raises(IntegrityError, match="avenants"), monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Contrat).values(montant_ht=Montant("99999.00")))
    monde.commander(DEP, 40)
    with pytest.raises(IntegrityError, match="couvre"):
        avenant(monde, "-40000.00", motif=Motif.CLAUSE_REEXAMEN)


def propose(monde: Monde, jours: int = 7) -> Propose:
    return Propose(
        "PAPIER-A4-75",
        "Papier A4 75 g",
        Decimal(440),
        "Rupture chez le fabricant",
        monde.clock.now() + dt.timedelta(days=jours),
    )


def test_cas_foodsoft_169_a_substitution_moves_who_accepts_and_frees_who_refuses(
    monde: Monde, events: Events
) -> None:
    monde.commande()
    recevoir(monde, 60, "BL-1")
    substitution = monde.faire(proposer_substitution, monde.ligne_de_marche(), propose(monde))
    for siret, accepte in ((DEP, True), (SDIS, False), (SDEA, True), (VH, True)):
        monde.faire(repondre_substitution, substitution.id, siret, accepte=accepte)
    with pytest.raises(ConflictError, match="déjà répondu"):
        monde.faire(repondre_substitution, substitution.id, DEP, accepte=False)
    assert monde.faire(clore_substitution, substitution.id) == 0
    monde.clock.advance(dt.timedelta(days=8))
    assert monde.faire(clore_substitution, substitution.id) == 1
    (close,) = events("groupement", "groupement.substitution.close.v1")
    assert {r["membre"]["siret"]: r["reponse"] for r in close.data["reponses"]} == {
        DEP: "ACCEPTE", SDIS: "REFUSE", SDEA: "ACCEPTE", VH: "ACCEPTE", AUB: "SILENCE",
    }  # fmt: skip
    ancienne, nouvelle = part_de(monde, DEP), part_de(monde, DEP, "PAPIER-A4-75")
    assert (ancienne.quota.quantite, ancienne.attendu) == (23, 0)
    assert (nouvelle.commande, nouvelle.ligne.prix_unitaire_ht) == (17, 440)
    assert nouvelle.ligne.remplace_id == ancienne.ligne.id
    assert (part_de(monde, SDIS).reste, part_de(monde, AUB).reste) == (13, 2)
    assert part_de(monde, SDIS).attendu == 0


def test_a_substitution_that_everybody_answered_is_settled_at_once(monde: Monde) -> None:
    monde.notifie()
    monde.commander(AUB, 5)
    substitution = monde.faire(proposer_substitution, monde.ligne_de_marche(), propose(monde))
    with pytest.raises(NotFoundError):
        monde.faire(repondre_substitution, substitution.id, DEP, accepte=True)
    monde.faire(repondre_substitution, substitution.id, AUB, accepte=True)
    assert part_de(monde, AUB, "PAPIER-A4-75").commande == 5


def test_a_dearer_article_is_an_amendment_and_nobody_waiting_is_nothing_to_replace(
    monde: Monde,
) -> None:
    monde.notifie()
    with pytest.raises(ConflictError, match="n’attend"):
        monde.faire(proposer_substitution, monde.ligne_de_marche(), propose(monde))
    cher = Propose("X", "X", Decimal(457), "Rupture", propose(monde).reponse_avant)
    with pytest.raises(ValidationError, match="avenant"):
        monde.faire(proposer_substitution, monde.ligne_de_marche(), cher)


def test_silence_is_closed_by_the_job_at_the_deadline(
    monde: Monde, contexte: Callable[[str], Any]
) -> None:
    monde.commande()
    monde.faire(proposer_substitution, monde.ligne_de_marche(), propose(monde))
    ici = contexte("groupement")
    assert clore_substitutions(ici) == 0
    monde.clock.advance(dt.timedelta(days=8))
    assert clore_substitutions(ici) == 1
    assert clore_substitutions(ici) == 0
    assert {s: part_de(monde, s).reste for s in PARTS} == PARTS


def test_cas_foodsoft_548_a_moved_delivery_tells_only_those_who_wait(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    monde.commander(AUB, 5)
    monde.commander(VH, 10)
    ligne = monde.ligne_de_marche()
    monde.faire(annoncer_livraison, ligne, dt.date(2026, 4, 13), "")
    with pytest.raises(ValidationError):
        monde.faire(annoncer_livraison, ligne, dt.date(2026, 4, 20), "")
    monde.faire(annoncer_livraison, ligne, dt.date(2026, 4, 20), "Retard du fabricant")
    deplacee = events("groupement", "groupement.livraison.annoncee.v1")[-1]
    assert {m["membre"]["siret"] for m in deplacee.data["membres"]} == {AUB, VH}
    assert (deplacee.data["avant"], deplacee.data["prevue_le"]) == ("2026-04-13", "2026-04-20")


PAYE = Renonciations(paiement="Réglé par le logiciel du membre", evaluation="Marché modeste")


def test_cas_foodsoft_275_nothing_closes_while_something_is_open(monde: Monde) -> None:
    monde.commande()
    recevoir(monde, 60, "BL-1")
    with pytest.raises(ConflictError) as refus:
        monde.faire(solder_achat, monde.achat_id, PAYE)
    assert refus.value.code == "solde_impossible"
    assert "attendent encore 45" in refus.value.message
    recevoir(monde, 45, "BL-2")
    with pytest.raises(ConflictError) as refus:
        monde.faire(solder_achat, monde.achat_id, Renonciations(evaluation="x"))
    assert "renonciation_paiement" in refus.value.champs
    with pytest.raises(ConflictError) as refus:
        monde.faire(solder_achat, monde.achat_id, Renonciations(paiement="x"))
    assert refus.value.champs.keys() == {"renonciation_evaluation"}


def test_a_purchase_is_settled_with_its_final_sheet_then_nothing_moves(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    commande = monde.commander(DEP, 40)
    recevoir(monde, 30, "BL-1")
    monde.faire(clore_commande, commande.id, RESTE)
    remise = NouveauxFrais(MARCHE, GenreFrais.REMISE, Montant("80.00"), "Remise")
    monde.faire(partager_frais, remise)
    monde.faire(solder_achat, monde.achat_id, PAYE)
    assert monde.etat() == "SOLDE"
    (solde,) = events("groupement", "groupement.achat.solde.v1")
    assert solde.data["montant_ht"] == "13600.00"
    with monde.transactions.read() as session:
        (fiche,) = fiches(session, monde.achat_id, DEP)
        assert bilan(session, monde.achat_id).commandes_ouvertes == 0
    assert (fiche.commande, fiche.libere, fiche.recu, fiche.ecart) == (40, 10, 30, 10)
    assert (fiche.montant_recu_ht, fiche.montant_final_ht) == (
        Montant("13680.00"),
        Montant("13600.00"),
    )
    with pytest.raises(ConflictError, match="soldé"):
        monde.commander(DEP, 1)
    monde.faire(partager_frais, remise)


def test_the_database_refuses_to_settle_what_is_awaited(monde: Monde) -> None:
    monde.commande()
    monde.faire(dispenser_evaluation, MARCHE, "Marché modeste")
    with pytest.raises(IntegrityError, match="solde"), monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Achat).values(etat="SOLDE"))
