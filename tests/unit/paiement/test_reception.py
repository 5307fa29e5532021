"""French rules as a second level, routing of invoices, the address of a mailbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain.boite import Boite
from services.paiement.domain.efacture import Anomalie, Gravite, Verdict
from services.paiement.domain.reception import (
    LIBELLES_EXIGENCE,
    LIBELLES_NIVEAU,
    Annuaire,
    Exigence,
    Niveau,
    appliquer,
    manques,
    refusee,
)

FRANCAISE = Anomalie("BR-FR-09/BT-46", Gravite.INFORMATION, "SIRET à vérifier.")
EUROPEENNE = Anomalie("BR-CO-15", Gravite.BLOQUANTE, "Total faux.")


def test_les_regles_francaises_sont_un_second_niveau() -> None:
    avertie = appliquer([FRANCAISE], Niveau.AVERTIR)
    assert avertie == (FRANCAISE,)
    assert not refusee(Verdict.VALIDE, avertie)
    assert appliquer([FRANCAISE], Niveau.IGNORER) == ()
    bloquee = appliquer([FRANCAISE], Niveau.BLOQUER)
    assert bloquee[0].gravite is Gravite.BLOQUANTE
    assert refusee(Verdict.VALIDE, bloquee)
    assert not refusee(Verdict.INDETERMINE, bloquee)


@pytest.mark.parametrize("niveau", Niveau)
def test_la_norme_europeenne_bloque_toujours(niveau: Niveau) -> None:
    anomalies = appliquer([FRANCAISE, EUROPEENNE], niveau)
    assert EUROPEENNE in anomalies
    assert refusee(Verdict.INVALIDE, anomalies)


@pytest.mark.parametrize(
    ("exigence", "service", "engagement", "manque"),
    [
        (Exigence.NONE, None, None, ""),
        (Exigence.SERVICE, "S", None, ""),
        (Exigence.SERVICE, None, "E", "BT-10"),
        (Exigence.ENGAGEMENT, None, "E", ""),
        (Exigence.ENGAGEMENT, "S", None, "BT-13"),
        (Exigence.SERVICE_OR_ENGAGEMENT, "S", None, ""),
        (Exigence.SERVICE_OR_ENGAGEMENT, None, "E", ""),
        (Exigence.SERVICE_OR_ENGAGEMENT, None, None, "BT-10"),
        (Exigence.SERVICE_AND_ENGAGEMENT, "S", "E", ""),
        (Exigence.SERVICE_AND_ENGAGEMENT, "S", None, "BT-13"),
        (Exigence.SERVICE_AND_ENGAGEMENT, None, "E", "BT-10"),
    ],
)
def test_regles_7_ce_qu_un_acheteur_exige_pour_acheminer(
    exigence: Exigence, service: str | None, engagement: str | None, manque: str
) -> None:
    trouves = manques(Annuaire(exigence), service, engagement)
    assert (manque in " ".join(trouves)) if manque else trouves == []


def test_regles_7_un_service_peut_exiger_l_engagement() -> None:
    annuaire = Annuaire(Exigence.SERVICE, {"VOIRIE": True, "ROUTES": False})
    assert manques(annuaire, "ROUTES", None) == []
    assert "VOIRIE exige" in manques(annuaire, "VOIRIE", None)[0]
    assert manques(annuaire, "VOIRIE", "E-1") == []
    (phrase,) = manques(annuaire, "INCONNU", "E-1")
    assert "ROUTES, VOIRIE" in phrase


@given(st.sampled_from(Exigence), st.none() | st.just("S"), st.none() | st.just("E"))
def test_regles_7_citer_davantage_n_empeche_jamais_d_acheminer(
    exigence: Exigence, service: str | None, engagement: str | None
) -> None:
    annuaire = Annuaire(exigence)
    if not manques(annuaire, service, engagement):
        assert manques(annuaire, "S", engagement) == []
        assert manques(annuaire, service, "E") == []


def test_chaque_choix_se_dit() -> None:
    assert set(LIBELLES_NIVEAU) == set(Niveau)
    assert set(LIBELLES_EXIGENCE) == set(Exigence)


def test_l_adresse_d_une_boite_se_lit_sans_montrer_son_secret() -> None:
    boite = Boite.depuis_url("imaps://factures%40ardeche.exemple:p%3Ass@courrier.exemple/Recues")
    assert (boite.serveur, boite.port, boite.chiffre) == ("courrier.exemple", 993, True)
    assert (boite.compte, boite.secret) == ("factures@ardeche.exemple", "p:ss")
    assert boite.dossier == "Recues"
    assert "p:ss" not in repr(boite)
    assert Boite.depuis_url("imap://a:b@h").dossier == "INBOX"
    for faux in ("http://a:b@h", "imaps://h", "imaps://"):
        with pytest.raises(ValueError, match="imaps://"):
            Boite.depuis_url(faux)
