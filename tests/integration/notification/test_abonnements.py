"""Subscriptions without an account: confirmed by their owner, bounded, forgotten in time."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from services.notification.domain.criteres import lire_criteres
from services.notification.tables import Abonnement, Destinataire, Message, Remise
from services.notification.usecases.arreter import arreter_par_jeton, arreter_tout
from services.notification.usecases.confirmer_abonnement import confirmer_abonnement
from services.notification.usecases.creer_abonnement import Demande, creer_abonnement
from services.notification.usecases.expirer import expirer
from services.notification.usecases.retrouver_alertes import retrouver_alertes
from shared.kernel.errors import ConflictError, DomainError, NotFoundError
from tests.integration.notification.monde import Monde

COURRIEL = "Contact@Papeterie.exemple"


def messages(monde: Monde) -> list[tuple[str, int]]:
    with monde.transactions.read() as session:
        requete = select(Message.modele, Message.version).order_by(Message.inscrit_le, Message.id)
        return [tuple(ligne) for ligne in session.execute(requete)]


def compter(monde: Monde, table: type) -> int:
    with monde.transactions.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_nothing_lives_before_the_owner_says_yes(monde: Monde) -> None:
    id_ = monde.abonner(COURRIEL, confirmer=False, mots=["papier"])
    monde.annoncer()
    assert monde.alerte(id_).etat == "EN_ATTENTE"
    assert messages(monde) == [("alerte_a_confirmer", 0), ("avis_publie", 1)]
    assert compter(monde, Remise) == 1


def test_asking_twice_is_one_alert_and_one_message(monde: Monde) -> None:
    un = monde.abonner(COURRIEL, confirmer=False, mots=["papier"])
    deux = monde.abonner(COURRIEL.upper(), confirmer=False, mots=["Papiers"])
    assert un == deux
    assert messages(monde) == [("alerte_a_confirmer", 0)]


def test_asking_again_later_sends_the_link_again(monde: Monde) -> None:
    for heures in (0, 2, 3, 30, 31):
        monde.clock.set(dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC) + dt.timedelta(hours=heures))
        monde.abonner(COURRIEL, confirmer=False, mots=["papier"])
    assert messages(monde) == [("alerte_a_confirmer", n) for n in (0, 1, 2)]


def test_an_alert_already_alive_is_answered_by_mail_once_a_day(monde: Monde) -> None:
    id_ = monde.abonner(COURRIEL, mots=["papier"])
    for _ in range(3):
        assert monde.abonner(COURRIEL, confirmer=False, mots=["papiers"]) == id_
    assert [modele for modele, _ in messages(monde)] == ["alerte_a_confirmer", "alerte_existante"]
    assert compter(monde, Abonnement) == 1


def test_unconfirmed_requests_are_bounded_per_address(monde: Monde) -> None:
    for numero in range(5):
        monde.abonner(COURRIEL, confirmer=False, mots=[f"mot{numero}"])
    with pytest.raises(DomainError) as refus:
        monde.abonner(COURRIEL, confirmer=False, mots=["de trop"])
    assert refus.value.code == "trop_de_confirmations"
    monde.abonner("autre@x.exemple", confirmer=False, mots=["de trop"])
    assert compter(monde, Abonnement) == 6


def test_a_late_link_is_refused_and_the_request_forgotten_with_its_address(monde: Monde) -> None:
    id_ = monde.abonner(COURRIEL, confirmer=False, mots=["papier"])
    jeton = monde.alerte(id_).jeton_confirmation
    monde.clock.advance(dt.timedelta(hours=47, minutes=59))
    with monde.transactions.begin() as uow:
        assert expirer(uow) == 0
    monde.clock.advance(dt.timedelta(minutes=1))
    with monde.transactions.begin() as uow, pytest.raises(ConflictError):
        confirmer_abonnement(uow, jeton)
    with monde.transactions.begin() as uow:
        assert expirer(uow) == 1
    assert [compter(monde, t) for t in (Abonnement, Destinataire, Message, Remise)] == [0] * 4


def test_forgetting_a_request_spares_the_address_that_is_needed(monde: Monde) -> None:
    monde.abonner(COURRIEL, mots=["papier"])
    monde.abonner(COURRIEL, confirmer=False, mots=["encre"])
    monde.clock.advance(dt.timedelta(hours=49))
    with monde.transactions.begin() as uow:
        assert expirer(uow) == 1
    assert compter(monde, Destinataire) == 1
    assert compter(monde, Abonnement) == 1


def test_confirming_twice_is_harmless(monde: Monde) -> None:
    id_ = monde.abonner(COURRIEL, mots=["papier"])
    premier = monde.alerte(id_).confirme_le
    monde.clock.advance(dt.timedelta(days=5))
    with monde.transactions.begin() as uow:
        confirmer_abonnement(uow, monde.alerte(id_).jeton_confirmation)
    assert monde.alerte(id_).confirme_le == premier


def test_unknown_links_say_so(monde: Monde) -> None:
    with monde.transactions.begin() as uow:
        for usage in (confirmer_abonnement, arreter_par_jeton, arreter_tout):
            with pytest.raises(NotFoundError):
                usage(uow, "inconnu")


def test_stopping_frees_the_criteria_for_a_new_request(monde: Monde) -> None:
    id_ = monde.abonner(COURRIEL, mots=["papier"])
    with monde.transactions.begin() as uow:
        arreter_par_jeton(uow, monde.alerte(id_).jeton_arret)
    assert monde.alerte(id_).etat == "ARRETE"
    assert monde.abonner(COURRIEL, mots=["papier"]) != id_


def test_stop_all_stops_only_that_address(monde: Monde) -> None:
    siennes = [monde.abonner(COURRIEL, mots=[mot]) for mot in ("papier", "encre")]
    autre = monde.abonner("autre@x.exemple", mots=["papier"])
    with monde.transactions.begin() as uow:
        jeton = uow.session.scalar(
            select(Destinataire.jeton).where(Destinataire.courriel == COURRIEL.lower())
        )
        assert len(arreter_tout(uow, str(jeton))) == 2
    assert {monde.alerte(id_).etat for id_ in siennes} == {"ARRETE"}
    assert monde.alerte(autre).etat == "ACTIF"


def test_the_management_link_goes_to_who_owns_alerts_once_a_day(monde: Monde) -> None:
    monde.abonner(COURRIEL, mots=["papier"])
    for courriel in (COURRIEL, COURRIEL.lower(), "inconnu@x.exemple"):
        with monde.transactions.begin() as uow:
            retrouver_alertes(uow, courriel)
    assert [modele for modele, _ in messages(monde)] == ["alerte_a_confirmer", "lien_de_gestion"]
    assert compter(monde, Destinataire) == 1


def test_the_audit_names_no_address(monde: Monde) -> None:
    monde.abonner(COURRIEL, mots=["papier"])
    with monde.transactions.read() as session:
        lignes = session.connection().exec_driver_sql("SELECT acteur, objet, details FROM audit")
        contenu = str(lignes.all())
    assert "@" not in contenu
    assert "Demande" not in contenu


def test_the_form_of_the_address_does_not_matter(monde: Monde) -> None:
    with monde.transactions.begin() as uow:
        creer_abonnement(uow, Demande("A@B.fr", lire_criteres(mots=["papier"]), nom="Papier"))
    with monde.transactions.read() as session:
        assert session.scalars(select(Destinataire.courriel)).all() == ["a@b.fr"]
