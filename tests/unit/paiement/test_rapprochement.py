"""Three-way matching: prices, quantities, tolerances, and what the buyer owes."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain.rapprochement import (
    Engagement,
    Issue,
    Ligne,
    Nature,
    Tolerances,
    issue,
    rapprocher,
    trouver,
)
from shared.kernel.montant import Montant

PAPIER = Engagement(
    "PAPIER-A4-80", "palette", (Decimal(456),), Decimal(105), Decimal(60), Decimal()
)
ENVELOPPES = Engagement("ENV-C5", "carton", (Decimal(30),), Decimal(10), Decimal(10), Decimal())
EXACT = Tolerances()


def ligne(quantite: str = "60", prix: str = "456", **champs: object) -> Ligne:
    q, p = Decimal(quantite), Decimal(prix)
    base = Ligne(1, "Papier A4 80 g, palette", None, None, q, p, Montant(q * p))
    return replace(base, **champs)  # type: ignore[arg-type]


def test_D8_soixante_palettes_recues_et_facturees_concordent() -> None:
    (constat,) = rapprocher([ligne()], [PAPIER], EXACT)
    assert constat.issue is Issue.CONFORME
    assert (constat.du_ht, constat.ecart_ht) == (Montant("27360"), Montant.zero())


def test_un_prix_plus_haut_est_un_ecart_et_dit_ce_qu_il_coute() -> None:
    (constat,) = rapprocher([ligne(prix="460")], [PAPIER], EXACT)
    assert [e.nature for e in constat.ecarts] == [Nature.PRIX]
    assert constat.ecarts[0].montant_ht == constat.ecart_ht == Montant("240")
    assert "456" in constat.ecarts[0].attendu
    assert "460" in constat.ecarts[0].facture


def test_un_prix_plus_bas_n_est_pas_un_ecart() -> None:
    (constat,) = rapprocher([ligne(prix="450")], [PAPIER], EXACT)
    assert constat.issue is Issue.CONFORME


def test_facturer_plus_que_recu_est_un_ecart() -> None:
    (constat,) = rapprocher([ligne("65")], [PAPIER], EXACT)
    assert [e.nature for e in constat.ecarts] == [Nature.QUANTITE_RECUE]
    assert constat.ecart_ht == Montant(5 * 456)


def test_facturer_plus_que_commande_le_dit_aussi() -> None:
    (constat,) = rapprocher([ligne("110")], [replace(PAPIER, recue=Decimal(110))], EXACT)
    assert [e.nature for e in constat.ecarts] == [Nature.QUANTITE_COMMANDEE]


def test_une_livraison_attendue_n_est_pas_un_ecart() -> None:
    (constat,) = rapprocher([ligne()], [replace(PAPIER, recue=Decimal())], EXACT)
    assert constat.issue is Issue.ATTENTE
    assert constat.ecart_ht == Montant.zero()


def test_ce_qui_est_deja_facture_ne_se_facture_plus() -> None:
    deja = replace(PAPIER, facturee=Decimal(55))
    (constat,) = rapprocher([ligne("10")], [deja], EXACT)
    assert constat.ecart_ht == Montant(5 * 456)


def test_deux_lignes_du_meme_article_s_ajoutent() -> None:
    premiere, seconde = rapprocher([ligne("50"), ligne("20", rang=2)], [PAPIER], EXACT)
    assert premiere.issue is Issue.CONFORME
    assert seconde.ecart_ht == Montant(10 * 456)


def test_une_ligne_sans_commande_est_un_ecart_de_tout_son_montant() -> None:
    (constat,) = rapprocher(
        [ligne(designation="Transport express", article_acheteur="TRANSPORT")], [PAPIER], EXACT
    )
    assert [e.nature for e in constat.ecarts] == [Nature.SANS_COMMANDE]
    assert constat.du_ht == Montant.zero()


def test_un_montant_de_ligne_faux_est_un_ecart_une_remise_non() -> None:
    trop = rapprocher([ligne(montant_ht=Montant("27400"))], [PAPIER], EXACT)
    assert [e.nature for e in trop[0].ecarts] == [Nature.CALCUL]
    assert trop[0].ecart_ht == Montant("40")
    assert rapprocher([ligne(montant_ht=Montant("27000"))], [PAPIER], EXACT)[0].ecarts == ()


def test_les_tolerances_couvrent_le_prix_la_quantite_et_le_montant() -> None:
    for tolerances in (
        Tolerances(prix=Decimal("0.01")),
        Tolerances(montant=Montant("240")),
    ):
        assert rapprocher([ligne(prix="460")], [PAPIER], tolerances)[0].issue is Issue.CONFORME
    quantite = Tolerances(quantite=Decimal("0.10"))
    assert rapprocher([ligne("65")], [PAPIER], quantite)[0].issue is Issue.CONFORME
    juste = Tolerances(montant=Montant("239.99"))
    assert rapprocher([ligne(prix="460")], [PAPIER], juste)[0].issue is Issue.ECART


def test_cas_erpnext_la_tolerance_porte_sur_la_quantite_commandee_et_se_cumule() -> None:
    """Ordered 100, billed 90, 10 %: 20 more may come, not 11."""
    e = replace(PAPIER, commandee=Decimal(100), recue=Decimal(110), facturee=Decimal(90))
    t = Tolerances(quantite=Decimal("0.10"))
    assert rapprocher([ligne("20")], [e], t)[0].issue is Issue.CONFORME
    assert rapprocher([ligne("21")], [e], t)[0].issue is Issue.ECART


def test_sans_aucune_commande_il_n_y_a_rien_a_rapprocher() -> None:
    constats = rapprocher([ligne()], [], EXACT)
    assert issue(constats) is Issue.SANS_OBJET
    assert issue([]) is Issue.SANS_OBJET


def test_une_ligne_trouve_sa_commande_par_article_puis_par_ses_mots() -> None:
    deux = [PAPIER, ENVELOPPES]
    assert trouver(ligne(article_acheteur="env-c5"), deux) is ENVELOPPES
    assert trouver(ligne(article_vendeur="env-c5"), deux) is ENVELOPPES
    assert trouver(ligne(article_acheteur="INCONNU"), [PAPIER]) is None
    assert trouver(ligne(article_vendeur="X-12"), deux) is PAPIER
    assert trouver(ligne(), deux) is PAPIER
    assert trouver(ligne(designation="Divers"), deux) is None
    assert trouver(ligne(designation="Divers"), [PAPIER]) is PAPIER


quantites = st.decimals("0", "200", places=2)


@given(
    st.lists(st.tuples(quantites, st.decimals("0", "900", places=2)), min_size=1, max_size=6),
    quantites,
    quantites,
)
def test_sans_tolerance_on_ne_doit_jamais_plus_que_ce_qui_est_recu_ou_attendu(
    lignes: list[tuple[Decimal, Decimal]], commandee: Decimal, recue: Decimal
) -> None:
    e = replace(PAPIER, commandee=commandee, recue=recue)
    constats = rapprocher(
        [ligne(str(q), str(p), rang=r) for r, (q, p) in enumerate(lignes, 1)], [e], EXACT
    )
    du = Montant.somme(c.du_ht for c in constats)
    arrondis = Montant("0.01") * len(lignes)
    assert du <= Montant(commandee * Decimal(456)) + arrondis
    for constat, (q, p) in zip(constats, lignes, strict=True):
        assert constat.du_ht + constat.ecart_ht == Montant(q * p)
        assert Montant.zero() <= constat.ecart_ht
        assert (constat.ecart_ht > Montant.zero()) <= (constat.issue is Issue.ECART)
