"""Amendments, substitutions, dates and settlement of a contract in force."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.domain.frais import GenreFrais
from services.groupement.domain.modifications import Motif
from services.groupement.domain.solde import Renonciations
from services.groupement.domain.substitutions import Propose
from services.groupement.jobs import clore_substitutions
from services.groupement.queries.solde import bilan, fiches
from services.groupement.usecases.annoncer_livraison import annoncer_livraison
from services.groupement.usecases.conclure_avenant import (
    NouveauPrix,
    NouvelAvenant,
    conclure_avenant,
)
from services.groupement.usecases.dispenser_evaluation import dispenser_evaluation
from services.groupement.usecases.liberer_commande import clore_commande
from services.groupement.usecases.partager_frais import NouveauxFrais, partager_frais
from services.groupement.usecases.solder_achat import solder_achat
from services.groupement.usecases.substituer import (
    clore_substitution,
    proposer_substitution,
    repondre_substitution,
)
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from tests.integration.groupement.livraisons import (
    JOUR,
    RESTE,
    Events,
    avenant,
    part_de,
    recevoir,
)
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


def test_H1_an_amendment_may_move_the_end_of_the_contract_alone(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    with pytest.raises(ValidationError) as refus:
        avenant(monde, "0", fin_le=JOUR)
    assert refus.value.champs.keys() == {"fin_le"}
    fin = dt.date(2027, 6, 30)
    assert avenant(monde, "0", motif=Motif.CLAUSE_REEXAMEN, fin_le=fin).fin_le == fin
    avenant(monde, "10.00")
    with monde.transactions.read() as session:
        assert session.get_one(t.Contrat, MARCHE).fin_le == fin
    conclus = events("groupement", "groupement.avenant.conclu.v1")
    assert [e.data["fin_le"] for e in conclus] == ["2027-06-30", "2027-06-30"]


def test_H3_the_database_keeps_the_ceiling_to_the_award_and_its_amendments(monde: Monde) -> None:
    monde.notifie()
    with pytest.raises(IntegrityError, match="avenants"), monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Contrat).values(montant_ht=Montant("99999.00")))
    monde.commander(DEP, 40)
    with pytest.raises(ConflictError, match="18\u202f240,00"):
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
    assert all("@" in r["courriel"] for r in close.data["reponses"])
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
