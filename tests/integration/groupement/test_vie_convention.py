"""The life of conventions and memberships in PostgreSQL: steps, notices, amendments, door."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.domain.clauses import Clauses
from services.groupement.domain.conventions import EtatAdhesion, ModeCoordination
from services.groupement.jobs import expirer_conventions, retirer_membres
from services.groupement.usecases.commun import convention_de
from services.groupement.usecases.conduire_convention import (
    amender,
    inviter,
    mettre_en_signature,
    modifier_clauses,
    resilier,
    retablir,
    suspendre,
)
from services.groupement.usecases.creer_convention import NouvelleConvention, creer_convention
from services.groupement.usecases.enregistrer_adhesion import NouvelleAdhesion, signer_convention
from services.groupement.usecases.lancer import lancer
from services.groupement.usecases.mettre_en_vigueur import mettre_en_vigueur
from services.groupement.usecases.retirer_membre import NouveauRetrait, notifier_retrait
from shared.kernel.clock import PARIS, FrozenClock
from shared.kernel.errors import ConflictError, ValidationError
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import (
    AUB,
    DEBUT,
    DEP,
    PARAMETRES,
    SDIS,
    VH,
    Monde,
)

Events = Callable[..., list[Event]]
MODE = ModeCoordination.PASSATION_SIGNATURE
USUELLES = Clauses(MODE)


def aujourdhui(monde: Monde) -> dt.date:
    return monde.clock.today()


def brouillon(monde: Monde, **clauses: Any) -> None:
    monde.organisations()
    nouvelle = NouvelleConvention("Essai", DEP, MODE, (SDIS, AUB), replace(USUELLES, **clauses))
    monde.convention_id = monde.faire(creer_convention, nouvelle)


def signer(monde: Monde, siret: str, effet: dt.date = DEBUT, **champs: Any) -> None:
    monde.faire(
        signer_convention, NouvelleAdhesion(monde.convention_id, siret, effet, effet, **champs)
    )


def en_vigueur(monde: Monde, **clauses: Any) -> None:
    brouillon(monde, **clauses)
    monde.faire(mettre_en_signature, monde.convention_id)
    for siret in (DEP, SDIS, AUB):
        signer(monde, siret)
    monde.faire(mettre_en_vigueur, monde.convention_id, DEBUT)


def retirer(monde: Monde, siret: str = SDIS, le: dt.date | None = None) -> dt.date:
    retrait = NouveauRetrait(monde.convention_id, siret, le or aujourdhui(monde), "Autre centrale")
    fin: dt.date = monde.faire(notifier_retrait, retrait)
    return fin


def etat(monde: Monde, convention_id: uuid.UUID | None = None) -> str:
    with monde.transactions.read() as session:
        return session.get_one(t.Convention, convention_id or monde.convention_id).etat


def situation(monde: Monde, siret: str) -> EtatAdhesion:
    with monde.transactions.read() as session:
        sejour = convention_de(session, monde.convention_id).sejour(siret, aujourdhui(monde))
    assert sejour
    return sejour.etat(aujourdhui(monde))


def test_each_member_signs_with_its_own_deliberation(monde: Monde, events: Events) -> None:
    brouillon(monde)
    with pytest.raises(ConflictError, match="pas encore soumise"):
        signer(monde, SDIS)
    monde.faire(mettre_en_signature, monde.convention_id)
    signer(monde, SDIS, deliberation_numero="2025-118", document="https://sdis07.exemple/118.pdf")
    (signee,) = events("groupement", "groupement.adhesion.signee.v1")
    assert (signee.data["membre"]["siret"], signee.data["numero"]) == (SDIS, "2025-118")
    with pytest.raises(ConflictError, match="pas invitée"):
        signer(monde, VH)
    with pytest.raises(ConflictError, match="déjà adhéré"):
        signer(monde, SDIS)
    with monde.transactions.read() as session:
        (sejour,) = session.scalars(sa.select(t.Adhesion).where(t.Adhesion.siret == SDIS))
    assert sejour.document == "https://sdis07.exemple/118.pdf"


def test_clauses_are_frozen_once_submitted_to_signature(monde: Monde, events: Events) -> None:
    brouillon(monde)
    monde.faire(modifier_clauses, monde.convention_id, replace(USUELLES, preavis_mois=9))
    monde.faire(mettre_en_signature, monde.convention_id)
    (mise,) = events("groupement", "groupement.convention.mise_en_signature.v1")
    assert [m["siret"] for m in mise.data["membres"]] == [DEP, SDIS, AUB]
    assert all("@" in m["courriel"] for m in mise.data["membres"])
    with pytest.raises(ConflictError, match="avenant"):
        monde.faire(modifier_clauses, monde.convention_id, USUELLES)
    with (
        pytest.raises(IntegrityError, match="avenant"),
        monde.transactions.begin() as uow,
    ):
        uow.session.get_one(t.Convention, monde.convention_id).clauses = USUELLES


def test_faulty_clauses_never_reach_the_table(monde: Monde) -> None:
    brouillon(monde)
    with pytest.raises(ValidationError) as refus:
        monde.faire(modifier_clauses, monde.convention_id, replace(USUELLES, preavis_mois=99))
    assert set(refus.value.champs) == {"preavis_mois"}


def test_postgresql_refuses_a_step_that_does_not_exist(monde: Monde) -> None:
    brouillon(monde)
    with (
        pytest.raises(IntegrityError, match="ne devient pas"),
        monde.transactions.begin() as uow,
    ):
        convention = uow.session.get_one(t.Convention, monde.convention_id)
        convention.etat, convention.debut = "EN_VIGUEUR", DEBUT


def test_suspended_lifted_then_terminated(monde: Monde, events: Events) -> None:
    en_vigueur(monde)
    monde.faire(suspendre, monde.convention_id, "Recours")
    assert etat(monde) == "SUSPENDUE"
    with pytest.raises(ConflictError, match="vivante"):
        monde.achat()
    monde.faire(retablir, monde.convention_id)
    monde.achat()
    with pytest.raises(ConflictError):
        monde.faire(retablir, monde.convention_id)
    monde.faire(resilier, monde.convention_id, "Centrale départementale")
    assert etat(monde) == "RESILIEE"
    with pytest.raises(ConflictError):
        monde.faire(suspendre, monde.convention_id, "Trop tard")
    types = ("suspendue", "retablie", "resiliee")
    for nom in types:
        (fait,) = events("groupement", f"groupement.convention.{nom}.v1")
        assert [m["siret"] for m in fait.data["membres"]] == [DEP, SDIS, AUB]
        assert all("@" in m["courriel"] for m in fait.data["membres"])


def test_D1_a_suspended_convention_launches_nothing(monde: Monde) -> None:
    monde.consolide()
    monde.faire(suspendre, monde.convention_id, "Recours")
    with (
        pytest.raises(IntegrityError, match="exécutoire"),
        monde.transactions.begin() as uow,
    ):
        uow.session.get_one(t.Achat, monde.achat_id).lance_le = uow.clock.now()


def test_regles_2_withdrawal_notice_keeps_running_contracts(
    monde: Monde, clock: FrozenClock, contexte: Callable[..., Any], events: Events
) -> None:
    """D2b: on notice then out, the member still calls off its share, and enters nothing new."""
    monde.notifie()
    fin = retirer(monde)
    assert fin == dt.date(2026, 9, 2)
    (notifie,) = events("groupement", "groupement.adhesion.retrait_notifie.v1")
    assert (notifie.data["effet_le"], notifie.data["preavis_mois"]) == ("2026-09-02", 6)
    assert situation(monde, SDIS) is EtatAdhesion.RETRAIT_NOTIFIE
    monde.commander(SDIS, 5)
    with pytest.raises(ConflictError, match="une seule fois"):
        retirer(monde)

    assert retirer_membres(contexte("groupement")) == 0
    clock.set(dt.datetime(2026, 9, 4, 8, tzinfo=PARIS))
    assert retirer_membres(contexte("groupement")) == 1
    assert retirer_membres(contexte("groupement")) == 0
    (retiree,) = events("groupement", "groupement.adhesion.retiree.v1")
    assert retiree.data["le"] == "2026-09-02"
    assert situation(monde, SDIS) is EtatAdhesion.RETIRE
    monde.commander(SDIS, 5)
    with monde.transactions.read() as session:
        (legal,) = session.scalars(sa.select(t.Adhesion.retire_le).where(t.Adhesion.siret == SDIS))
    assert legal == dt.datetime(2026, 9, 2, tzinfo=PARIS)


def test_D2b_open_calls_lose_the_answers_of_the_member_that_leaves(
    monde: Monde, events: Events
) -> None:
    monde.ouvert()
    monde.declarer(SDIS, "720", "carton")
    monde.declarer(DEP, "40")
    retirer(monde)
    (notifie,) = events("groupement", "groupement.adhesion.retrait_notifie.v1")
    assert len(notifie.data["achats_quittes"]) == 1
    reponse = events("groupement", "groupement.recensement.repondu.v1")[-1]
    assert (reponse.data["membre"]["siret"], reponse.data["reponse"]) == (SDIS, "DECLINE")
    with pytest.raises(ConflictError, match="retrait"):
        monde.declarer(SDIS, "10", "carton")
    with pytest.raises(ConflictError, match="vivante"):
        monde.achat(demandeur=SDIS)


def test_D2b_a_consolidated_purchase_is_reopened_to_go_on_without_it(monde: Monde) -> None:
    monde.consolide()
    retirer(monde)
    with pytest.raises(ConflictError, match="rouvrez le recensement"):
        monde.faire(lancer, monde.achat_id, PARAMETRES)


def test_a_withdrawal_and_a_vote_are_never_rewritten(monde: Monde) -> None:
    en_vigueur(monde)
    retirer(monde)
    for champ in ("fin_le", "effet_le"):
        with (
            pytest.raises(IntegrityError, match="se réécrit"),
            monde.transactions.begin() as uow,
        ):
            requete = sa.select(t.Adhesion).where(t.Adhesion.siret == SDIS)
            sejour = uow.session.scalars(requete).one()
            setattr(sejour, champ, dt.date(2027, 1, 1))


def test_rejoining_opens_a_new_interval(monde: Monde, clock: FrozenClock) -> None:
    en_vigueur(monde, preavis_mois=1)
    with pytest.raises(ConflictError, match="déjà"):
        monde.faire(inviter, monde.convention_id, SDIS)
    fin = retirer(monde)
    clock.set(dt.datetime(2026, 5, 4, 8, tzinfo=PARIS))
    monde.faire(inviter, monde.convention_id, SDIS)
    signer(monde, SDIS, dt.date(2026, 5, 4))
    with monde.transactions.read() as session:
        sejours = [
            a for a in convention_de(session, monde.convention_id).adhesions if a.siret == SDIS
        ]
    assert {(a.effet_le, a.fin_le) for a in sejours} == {
        (DEBUT, fin),
        (dt.date(2026, 5, 4), None),
    }


def test_an_amendment_leaves_the_version_in_force_until_everybody_signs(
    monde: Monde, clock: FrozenClock, events: Events
) -> None:
    en_vigueur(monde)
    en_cours = monde.achat()
    premiere = monde.convention_id
    monde.convention_id = monde.faire(amender, premiere)
    monde.faire(modifier_clauses, monde.convention_id, replace(USUELLES, preavis_mois=3))
    with pytest.raises(ConflictError, match="version 2 existe déjà"):
        monde.faire(amender, premiere)
    monde.faire(mettre_en_signature, monde.convention_id)
    jour = aujourdhui(monde)
    for siret in (DEP, SDIS):
        signer(monde, siret, jour)
    with pytest.raises(ConflictError, match="Commune d’Aubenas"):
        monde.faire(mettre_en_vigueur, monde.convention_id, jour)
    assert (etat(monde, premiere), etat(monde)) == ("EN_VIGUEUR", "EN_SIGNATURE")
    signer(monde, AUB, jour)
    monde.faire(mettre_en_vigueur, monde.convention_id, jour)
    assert (etat(monde, premiere), etat(monde)) == ("EXPIREE", "EN_VIGUEUR")
    (expiree,) = events("groupement", "groupement.convention.expiree.v1")
    assert (expiree.data["suivante"], expiree.data["achats_rattaches"]) == (2, 1)
    with monde.transactions.read() as session:
        assert session.get_one(t.Achat, en_cours.id).convention_id == monde.convention_id


def test_an_amendment_begins_after_the_version_it_replaces(monde: Monde) -> None:
    en_vigueur(monde)
    monde.convention_id = monde.faire(amender, monde.convention_id)
    monde.faire(mettre_en_signature, monde.convention_id)
    for siret in (DEP, SDIS, AUB):
        signer(monde, siret)
    with pytest.raises(ValidationError, match="après la version"):
        monde.faire(mettre_en_vigueur, monde.convention_id, DEBUT)


def test_a_member_that_leaves_does_not_block_the_amendment(monde: Monde) -> None:
    en_vigueur(monde)
    premiere = monde.convention_id
    seconde = monde.faire(amender, premiere)
    retirer(monde, AUB)
    monde.convention_id = seconde
    monde.faire(mettre_en_signature, seconde)
    for siret in (DEP, SDIS):
        signer(monde, siret, aujourdhui(monde))
    monde.faire(mettre_en_vigueur, seconde, aujourdhui(monde))
    assert etat(monde) == "EN_VIGUEUR"


def test_M1_a_convention_expires_at_its_legal_midnight_even_noticed_late(
    monde: Monde, clock: FrozenClock, contexte: Callable[..., Any], events: Events
) -> None:
    en_vigueur(monde, duree_mois=12)
    assert expirer_conventions(contexte("groupement")) == 0
    clock.set(dt.datetime(2027, 1, 20, 8, tzinfo=PARIS))
    assert expirer_conventions(contexte("groupement")) == 1
    assert expirer_conventions(contexte("groupement")) == 0
    (expiree,) = events("groupement", "groupement.convention.expiree.v1")
    assert (expiree.data["le"], expiree.data["suivante"]) == ("2027-01-05", None)
    with monde.transactions.read() as session:
        lue = session.get_one(t.Convention, monde.convention_id)
    assert (lue.etat, lue.etat_le) == ("EXPIREE", dt.datetime(2027, 1, 5, tzinfo=PARIS))


def test_nobody_joins_a_convention_that_is_over(monde: Monde) -> None:
    en_vigueur(monde)
    monde.faire(resilier, monde.convention_id, "Fin")
    with pytest.raises(ConflictError, match="résiliée"):
        monde.faire(inviter, monde.convention_id, VH)
