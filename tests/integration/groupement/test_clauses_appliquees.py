"""What clauses change in the engine: newcomers, scopes, one purchase, delays, door, sharing."""

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.clauses import Coordination, RegleArrivee
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.domain.partage_prevu import Plancher, Priorite
from services.groupement.domain.strategies import Strategie
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from services.groupement.usecases.creer_convention import NouvelleConvention, creer_convention
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.mettre_en_vigueur import mettre_en_vigueur
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from services.groupement.usecases.traiter_demande_membre import (
    BesoinDemande,
    Demande,
    demander_besoin,
)
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, ForbiddenError, ValidationError
from tests.integration.groupement.monde import (
    AUB,
    BESOINS,
    DEBUT,
    DEP,
    PARTS,
    SDEA,
    SDIS,
    VH,
    Monde,
)
from tests.integration.groupement.test_vie_convention import MODE, aujourdhui, en_vigueur


def test_D2a_a_late_joiner_is_refused_with_the_rule_and_the_next_purchase(monde: Monde) -> None:
    monde.convention(membres=(DEP, SDIS, SDEA, VH))
    lance = monde.achat()
    monde.ouvrir()
    monde.declarer(DEP, "40")
    monde.lancer()
    suivant = monde.achat(objet="Papier et enveloppes 2027")
    monde.achat_id = lance.id
    monde.adherer(AUB, aujourdhui(monde))
    for demander in (lambda: monde.declarer(AUB, "5"), lambda: monde.commander(AUB, 5)):
        with pytest.raises(ConflictError) as refus:
            demander()
        assert refus.value.code == "perimetre_fige"
        assert "L2111-1" in refus.value.message
        assert f"{suivant.reference} «\u00a0Papier et enveloppes 2027\u00a0»" in refus.value.message
    monde.achat_id = suivant.id
    monde.ouvrir()
    monde.declarer(AUB, "5")


def test_D2a_clauses_may_keep_newcomers_for_purchases_created_after_them(
    monde: Monde, clock: FrozenClock
) -> None:
    en_vigueur(monde, arrivee=RegleArrivee.ACHATS_SUIVANTS)
    monde.achat()
    monde.ouvrir()
    clock.advance(dt.timedelta(days=1))
    monde.adherer(VH, aujourdhui(monde))
    with pytest.raises(ConflictError) as refus:
        monde.declarer(VH, "5")
    assert refus.value.code == "arrivee_tardive"


def test_regles_2_G2_a_purchase_takes_the_coordinator_of_its_scope(monde: Monde) -> None:
    secours = Coordination(SDIS, ModeCoordination.PASSATION, cpv="35000000")
    en_vigueur(monde, coordinations=(secours,))
    tenues = monde.achat(objet="Tenues", famille="EPI", cpv="35811100")
    assert (tenues.coordonnateur, tenues.mode) == (SDIS, "PASSATION")
    papier = monde.achat()
    assert (papier.coordonnateur, papier.mode) == (DEP, "PASSATION_SIGNATURE")
    with pytest.raises(ValidationError) as refus:
        monde.achat(mode=ModeCoordination.INTEGREE)
    assert set(refus.value.champs) == {"mode"}


def test_regles_2_G2_clauses_may_let_a_purchase_choose_its_mode(monde: Monde) -> None:
    en_vigueur(monde, mode_par_achat=True)
    assert monde.achat(mode=ModeCoordination.INTEGREE).mode == "INTEGREE"


def test_a_one_off_group_buys_once(monde: Monde) -> None:
    en_vigueur(monde, permanente=False, duree_mois=12)
    monde.achat()
    with pytest.raises(ConflictError) as refus:
        monde.achat(objet="Un second achat")
    assert refus.value.code == "groupement_ponctuel"


def test_D3_a_call_shorter_than_agreed_is_refused(monde: Monde) -> None:
    en_vigueur(monde, delai_reponse_jours=10)
    monde.achat()
    with pytest.raises(ValidationError) as refus:
        monde.ouvrir()
    assert set(refus.value.champs) == {"cloture_le"}


def test_the_door_lets_in_only_the_events_of_the_convention(monde: Monde) -> None:
    en_vigueur(monde, evenements=("membre.achat.demande.v1",))
    reference = monde.achat().reference
    monde.ouvrir()
    monde.faire(creer_acces, NouvelAcces(SDIS, "Logiciel"))
    demande = Demande(uuid.uuid4(), "membre.besoin.declare.v1", SDIS, "B-1")
    voulu = BesoinDemande(reference, "PAPIER-A4-80", 5, "palette", 0, None)
    with pytest.raises(ForbiddenError, match="déclarer un besoin"):
        monde.faire(demander_besoin, demande, voulu)


def livrer_sous(monde: Monde, quantite: int, **clauses: Any) -> dict[str, tuple[int, str]]:
    """40/30/20/10/5 asked under these clauses; what each gets of a delivery, and why."""
    monde.convention(en_vigueur=False)
    with monde.transactions.read() as session:
        premiere = session.get_one(t.Convention, monde.convention_id)
    voulues = replace(premiere.clauses, **clauses)
    nouvelle = NouvelleConvention("Partage prévu", DEP, MODE, tuple(BESOINS), voulues)
    monde.convention_id = monde.faire(creer_convention, nouvelle)
    for siret in BESOINS:
        monde.adherer(siret)
    monde.faire(mettre_en_vigueur, monde.convention_id, DEBUT)
    monde.achat()
    monde.ouvrir()
    for siret, besoin in BESOINS.items():
        monde.declarer(siret, *besoin)
    monde.lancer()
    monde.faire(ouvrir_quotas, monde.marche())
    for siret, voulue in PARTS.items():
        monde.commander(siret, voulue)
    livree = NouvelleReception(
        monde.ligne_de_marche(), "BL-1", Decimal(quantite), aujourdhui(monde)
    )
    reception = monde.faire(enregistrer_reception, livree)
    with monde.transactions.read() as session:
        parts = session.execute(
            sa.select(t.Quota.siret, t.Part.part, t.Part.explication)
            .select_from(t.Part)
            .join(t.Commande, t.Commande.id == t.Part.commande_id)
            .join(t.Quota, t.Quota.id == t.Commande.quota_id)
            .where(t.Part.reception_id == reception.id)
        ).all()
    return {siret: (int(part), explication) for siret, part, explication in parts}


def quantites(parts: dict[str, tuple[int, str]]) -> dict[str, int]:
    return {siret: part for siret, (part, _) in parts.items()}


def test_D8_a_delivery_is_shared_by_the_strategy_of_the_convention(monde: Monde) -> None:
    """8 pallets come: one for each first, then pro rata of what is left."""
    parts = livrer_sous(monde, 8, strategie=Strategie.PLANCHER)
    assert quantites(parts) == {DEP: 2, SDIS: 2, SDEA: 2, VH: 1, AUB: 1}


def test_D8_the_classes_of_the_convention_are_served_in_order_with_their_reasons(
    monde: Monde,
) -> None:
    parts = livrer_sous(
        monde,
        60,
        strategie=Strategie.PRIORITE,
        priorites=(Priorite(SDIS, 1, "secours aux personnes"), Priorite(AUB, 2, "écoles")),
    )
    assert quantites(parts) == {SDIS: 30, AUB: 5, DEP: 14, SDEA: 7, VH: 4}
    assert parts[SDIS][1].endswith(
        "Votre classe dans la convention\u00a0: 1, secours aux personnes."
    )
    assert "ne vous donne pas de classe" in parts[DEP][1]


def test_D8_the_floors_of_the_convention_are_served_first_article_by_article(
    monde: Monde,
) -> None:
    """Half of what each waits for: 20, 15, 10, 5 and 3 (2.5 in whole pallets), then 7 to share."""
    parts = livrer_sous(
        monde,
        60,
        strategie=Strategie.PLANCHER,
        planchers=(
            Plancher("PAPIER-A4-80", pourcentage=Decimal(50)),
            Plancher(quantite=Decimal(9)),
        ),
    )
    assert sum(quantites(parts).values()) == 60
    assert quantites(parts) == {DEP: 23, SDIS: 17, SDEA: 11, VH: 6, AUB: 3}
    assert "Plancher de la convention\u00a0: 50\u00a0% de ce qu’il attend." in parts[AUB][1]


def test_D8_floors_that_the_delivery_cannot_bear_say_so(monde: Monde) -> None:
    parts = livrer_sous(
        monde,
        10,
        strategie=Strategie.PLANCHER,
        planchers=(Plancher(quantite=Decimal(4)),),
    )
    assert quantites(parts) == dict.fromkeys(PARTS, 2)
    assert all("La somme des planchers (20) dépasse le total" in x for _, x in parts.values())
