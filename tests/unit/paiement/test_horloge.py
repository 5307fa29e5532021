"""The payment clock against the worked examples of the rule book, then properties."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import horloge
from services.paiement.domain.horloge import Accord, Delais, Faits, Interruption
from shared.kernel.calendrier import est_ouvre
from shared.kernel.errors import ValidationError
from shared.kernel.parametres import ClasseAcheteur, ParametreManquant, Parametres

D = dt.date.fromisoformat
TRENTE, CINQUANTE = Delais(30, 2, 30, 15), Delais(50, 2, 30, 15)
DATES = st.dates(dt.date(2019, 4, 1), dt.date(2030, 12, 31))


@pytest.fixture(scope="module")
def parametres() -> Parametres:
    return Parametres.depuis_yaml()


@pytest.mark.parametrize(
    ("depart", "echeance"),
    [
        ("2026-03-02", "2026-04-01"),
        ("2024-05-29", "2024-06-28"),
        ("2024-05-31", "2024-07-01"),  # the 30th is a Sunday
        ("2025-12-01", "2025-12-31"),
        ("2023-05-30", "2023-06-29"),
        ("2026-04-01", "2026-05-04"),  # 1 May is a Friday
    ],
)
def test_regles_6_4_echeance_de_30_jours(depart: str, echeance: str) -> None:
    faits = Faits(emise_le=D(depart), recue_le=D(depart), service_fait_le=D(depart))
    assert horloge.calculer(faits, TRENTE).echeance == D(echeance)


@pytest.mark.parametrize(
    ("recue", "service_fait", "depart"),
    [
        ("2026-03-02", None, "2026-03-02"),
        ("2026-03-02", "2026-02-27", "2026-03-02"),
        ("2026-03-02", "2026-03-10", "2026-03-10"),
        (None, None, "2026-03-03"),
    ],
)
def test_regles_6_4_depart_H6(recue: str | None, service_fait: str | None, depart: str) -> None:
    faits = Faits(
        emise_le=D("2026-03-01"),
        recue_le=D(recue) if recue else None,
        service_fait_le=D(service_fait) if service_fait else None,
    )
    assert horloge.calculer(faits, TRENTE).depart == D(depart)


@pytest.mark.parametrize(
    ("durees", "echeance", "reste"),
    [(TRENTE, "2026-04-20", "20"), (CINQUANTE, "2026-04-29", "40")],
)
def test_regles_6_4_interruption(durees: Delais, echeance: str, reste: str) -> None:
    faits = Faits(
        emise_le=D("2026-03-02"),
        recue_le=D("2026-03-02"),
        interruption=Interruption(D("2026-03-12"), D("2026-03-20")),
    )
    calcul = horloge.calculer(faits, durees)
    assert calcul.echeance == D(echeance)
    arret = next(e for e in calcul.etapes if e.libelle == "Interruption du délai")
    assert arret.phrase.endswith(f"il en restait {reste}.")


def test_H6_une_facture_suspendue_n_est_jamais_en_retard() -> None:
    faits = Faits(
        emise_le=D("2026-03-02"),
        recue_le=D("2026-03-02"),
        interruption=Interruption(D("2026-03-12")),
    )
    calcul = horloge.calculer(faits, TRENTE)
    assert calcul.echeance is None
    assert calcul.jours_restants(D("2027-01-01")) is None
    assert calcul.jours_ecoules(D("2027-01-01")) == 10


@pytest.mark.parametrize(
    ("accord", "depart"),
    [
        (Accord(D("2026-03-02"), D("2026-03-09")), "2026-03-09"),
        (Accord(D("2026-03-02")), "2026-03-17"),  # fifteen days of silence
        (Accord(D("2026-03-02"), D("2026-03-30")), "2026-03-17"),
    ],
)
def test_regles_6_1_D4_sous_traitant_paye_directement(accord: Accord, depart: str) -> None:
    faits = Faits(emise_le=D("2026-03-01"), recue_le=D("2026-03-02"), accord=accord)
    calcul = horloge.calculer(faits, TRENTE)
    assert calcul.depart == D(depart)
    assert calcul.etapes[0].reference.startswith("CCP R2193")


def test_regles_6_1_D5_solde_de_travaux() -> None:
    faits = Faits(
        emise_le=D("2026-03-01"), recue_le=D("2026-03-02"), decompte_accepte_le=D("2026-05-04")
    )
    assert horloge.calculer(faits, TRENTE).echeance == D("2026-06-03")


def test_regles_6_2_le_nouveau_delai_ne_part_pas_avant_l_execution() -> None:
    faits = Faits(
        emise_le=D("2026-03-02"),
        recue_le=D("2026-03-02"),
        service_fait_le=D("2026-04-15"),
        interruption=Interruption(D("2026-03-12"), D("2026-03-20")),
    )
    calcul = horloge.calculer(faits, TRENTE)
    assert calcul.echeance == D("2026-05-15")
    assert calcul.etapes[-2].le == D("2026-04-15")


@pytest.mark.parametrize(
    ("notifiee", "code"),
    [("2026-03-01", "interruption_incoherente"), ("2026-04-02", "delai_expire")],
)
def test_regles_6_2_une_interruption_tient_dans_le_delai(notifiee: str, code: str) -> None:
    faits = Faits(
        emise_le=D("2026-03-02"), recue_le=D("2026-03-02"), interruption=Interruption(D(notifiee))
    )
    with pytest.raises(ValidationError) as refus:
        horloge.verifier_interruption(faits, TRENTE)
    assert refus.value.code == code
    assert set(refus.value.champs) == {"notifiee_le"}


def test_les_pieces_ne_precedent_pas_leur_demande() -> None:
    faits = Faits(
        emise_le=D("2026-03-02"),
        recue_le=D("2026-03-02"),
        interruption=Interruption(D("2026-03-12"), D("2026-03-11")),
    )
    with pytest.raises(ValidationError) as refus:
        horloge.calculer(faits, TRENTE)
    assert refus.value.champs == {
        "completee_le": "Choisissez une date à partir du 12\u00a0mars\u00a02026."
    }


def test_chaque_etape_porte_sa_phrase_et_son_texte() -> None:
    faits = Faits(emise_le=D("2026-04-01"), recue_le=D("2026-04-01"))
    etapes = horloge.calculer(faits, TRENTE).etapes
    assert [e.libelle for e in etapes] == [
        "Réception de la facture",
        "Départ du délai",
        "Fin du délai",
        "Report au jour ouvré",
    ]
    assert "un jour férié (Fête du Travail)" in etapes[-1].phrase
    assert all(e.reference.startswith("CCP R2192-") for e in etapes)


@pytest.mark.parametrize(
    ("classe", "jours"),
    [
        (ClasseAcheteur.COLLECTIVITE, 30),
        (ClasseAcheteur.ETAT, 30),
        (ClasseAcheteur.OPH, 30),
        (ClasseAcheteur.EPS, 50),
        (ClasseAcheteur.ENTREPRISE_PUBLIQUE, 60),
    ],
)
def test_regles_6_1_delai_par_classe_d_acheteur(
    parametres: Parametres, classe: ClasseAcheteur, jours: int
) -> None:
    assert horloge.delais(parametres, classe, D("2026-03-02")) == Delais(jours, 2, 30, 15)


def test_un_delai_non_renseigne_se_nomme(parametres: Parametres) -> None:
    with pytest.raises(ParametreManquant, match="delai_paiement_jours"):
        horloge.delais(parametres, ClasseAcheteur.ENTITE_ADJUDICATRICE, D("2026-03-02"))


@given(recue=DATES, service=st.none() | DATES, jours=st.sampled_from([30, 50, 60]))
def test_l_echeance_est_ouvree_et_jamais_avant_le_delai(
    recue: dt.date, service: dt.date | None, jours: int
) -> None:
    faits = Faits(emise_le=recue, recue_le=recue, service_fait_le=service)
    calcul = horloge.calculer(faits, Delais(jours, 2, 30, 15))
    assert calcul.depart == max(recue, service or recue)
    assert calcul.echeance is not None
    assert est_ouvre(calcul.echeance)
    assert jours <= (calcul.echeance - calcul.depart).days <= jours + 4


@given(
    recue=DATES,
    attente=st.integers(0, 80),
    reponse=st.integers(0, 200),
    jours=st.sampled_from([30, 50, 60]),
)
def test_une_interruption_ne_raccourcit_jamais_le_delai(
    recue: dt.date, attente: int, reponse: int, jours: int
) -> None:
    notifiee = recue + dt.timedelta(days=attente)
    completee = notifiee + dt.timedelta(days=reponse)
    nue = Faits(emise_le=recue, recue_le=recue)
    interrompue = Faits(
        emise_le=recue, recue_le=recue, interruption=Interruption(notifiee, completee)
    )
    durees = Delais(jours, 2, 30, 15)
    sans, avec = horloge.calculer(nue, durees), horloge.calculer(interrompue, durees)
    assert sans.echeance is not None
    assert avec.echeance is not None
    assert avec.echeance >= min(sans.echeance, completee + dt.timedelta(days=30))
    assert (avec.echeance - completee).days >= 30
