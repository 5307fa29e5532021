"""Cases of debts: which invoice replaces which, who held it, the two delays."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain.affaire import (
    Dette,
    Entree,
    detentions,
    lien,
    mesurer,
    par_detenteur,
)
from services.paiement.domain.phrases import duree
from shared.kernel.montant import Montant

T0 = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
REJETEE = Dette("F-1", "marche", frozenset({"M-1"}), Montant("1000"))


def test_M2_le_lien_d_une_nouvelle_facture_se_dit() -> None:
    autre = Dette("F-2", "autre", frozenset({"X"}), Montant("900"))
    assert lien(autre, REJETEE) is None
    assert "cite" in (lien(replace(autre, citees=frozenset({"F-1"})), REJETEE) or "")
    assert "numéro" in (lien(replace(autre, numero="F-1"), REJETEE) or "")
    assert lien(replace(autre, marche="marche"), REJETEE) is None
    meme = replace(autre, montant_ttc=Montant("1000"))
    assert lien(meme, REJETEE) is None
    assert "Même marché" in (lien(replace(meme, marche="marche"), REJETEE) or "")
    assert "Mêmes références" in (lien(replace(meme, references=frozenset({"M-1"})), REJETEE) or "")


def test_M2_deux_factures_sans_marche_ne_se_ressemblent_pas_par_leur_absence_de_marche() -> None:
    rejetee = Dette("F-1", None, frozenset(), Montant("1000"))
    assert lien(Dette("F-2", None, frozenset(), Montant("1000")), rejetee) is None


def heures(n: int) -> dt.datetime:
    return T0 + dt.timedelta(hours=n)


def test_H5_qui_a_detenu_et_combien_de_temps() -> None:
    entrees = [
        Entree(heures(0), "plateforme"),
        Entree(heures(0), "fournisseur"),
        Entree(heures(48), "plateforme"),
        Entree(heures(48), "service"),
        Entree(heures(72), "service"),
        Entree(heures(96), "banque"),
    ]
    suite = detentions(entrees, heures(500), heures(96))
    assert [(d.detenteur, d.duree.total_seconds() / 3600) for d in suite] == [
        ("plateforme", 0),
        ("fournisseur", 48),
        ("plateforme", 0),
        ("service", 48),
    ]
    assert list(par_detenteur(suite)) == ["fournisseur", "service", "plateforme"]
    en_cours = detentions(entrees[:-1], heures(100), None)
    assert en_cours[-1].au is None
    assert en_cours[-1].duree == dt.timedelta(hours=52)
    assert detentions([], T0, None) == []


@given(
    st.lists(st.tuples(st.integers(0, 50), st.sampled_from("abc")), min_size=1),
    st.integers(0, 100),
)
def test_H5_aucune_heure_n_est_perdue_ni_comptee_deux_fois(
    pas: list[tuple[int, str]], attente: int
) -> None:
    instant, entrees = T0, []
    for ecart, qui in pas:
        instant += dt.timedelta(hours=ecart)
        entrees.append(Entree(instant, qui))
    maintenant = instant + dt.timedelta(hours=attente)
    suite = detentions(entrees, maintenant, None)
    debut = entrees[0].le
    assert sum(par_detenteur(suite).values(), dt.timedelta()) == maintenant - debut
    assert all(a.au == b.du for a, b in pairwise(suite))


def test_M2_le_delai_vecu_compte_depuis_le_premier_depot_en_jours_de_paris() -> None:
    depot = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)  # already 2 March in Paris
    delais = mesurer(depot, dt.date(2026, 3, 20), dt.date(2026, 4, 8), dt.date(2026, 9, 1))
    assert delais.premier_depot == dt.date(2026, 3, 2)
    assert (delais.reglementaire, delais.vecu, delais.ecart) == (19, 37, 18)
    attente = mesurer(depot, None, None, dt.date(2026, 3, 12))
    assert (attente.reglementaire, attente.vecu, attente.ecart) == (None, 10, None)


def test_une_duree_se_dit_en_jours_ou_en_heures() -> None:
    assert duree(dt.timedelta(days=2, hours=5)) == "2\u00a0jours"
    assert duree(dt.timedelta(hours=5)) == "5\u00a0heures"
    assert duree(dt.timedelta(minutes=5)) == "moins d’une heure"
