"""The certificate line by line: the worked examples of the rule book, then properties."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import decompte, sous_traitance
from services.paiement.domain.decompte import (
    Compte,
    EtatDecompte,
    Genre,
    PartDirecte,
    Periode,
    etablir,
)
from services.paiement.domain.retenue import Retenue, plafond
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres

ZERO = Montant.zero()
VINGT = Decimal("0.20")


def resorption_65_80(base: Montant, avance: Montant) -> decompte.Callable[[Montant], Montant]:
    """Linear recovery from 65 to 80 %, as the worked example has it."""

    def cumul(execute: Montant) -> Montant:
        part = (execute.decimal / base.decimal - Decimal("0.65")) / Decimal("0.15")
        return Montant(avance.decimal * min(max(part, Decimal(0)), Decimal(1)))

    return cumul


def compte(**faits: object) -> Compte:
    """The contract of the worked example: 100 000 HT, 60 000 HT done, 5 % retained."""
    base: dict[str, object] = {
        "initial_ht": Montant("100000"),
        "taux_tva": VINGT,
        "travaux_ht": Montant("60000"),
        "retenu": Montant("3600"),
        "avance": Montant("6000"),
        "retenue": Retenue(Decimal("0.05"), Montant("6000")),
        "resorption": resorption_65_80(Montant("120000"), Montant("6000")),
    }
    return Compte(**(base | faits))  # type: ignore[arg-type]


def test_regles_5_certificat_du_mois() -> None:
    etabli = etablir(compte(), Periode(travaux_ht=Montant("15000")))
    attendu = {
        "a": "100000", "b": "15000", "c": "0", "d": "0", "e": "3000", "f": "18000",
        "g": "900", "h": "4000", "i": "4900", "j": "13100", "k": "0", "l": "13100",
        "m": "0", "n": "13100",
    }  # fmt: skip
    assert {ligne.code: ligne.montant for ligne in etabli.lignes} == {
        code: Montant(valeur) for code, valeur in attendu.items()
    }
    assert [ligne.code for ligne in etabli.lignes] == list("abcdefghijklmn")
    assert all(ligne.libelle and ligne.formule and ligne.phrase for ligne in etabli.lignes)


def test_regles_5_certificat_avec_sous_traitant_et_penalite() -> None:
    part = PartDirecte("Maçons du Coiron", Montant("3000"), Montant("5000"))
    periode = Periode(travaux_ht=Montant("15000"), penalites=Montant("200"), sous_traitants=[part])
    etabli = etablir(compte(), periode)
    assert etabli["l"] == Montant("10100.00")
    assert etabli["n"] == etabli.net == Montant("9900.00")
    assert "Maçons du Coiron" in etabli.lignes[10].phrase


def test_regles_5_plafond_de_la_retenue_avec_avenant() -> None:
    limite = plafond(Montant("120000"), Montant("12000"), Decimal("0.05"))
    c = compte(
        avenants_ht=Montant("10000"),
        travaux_ht=Montant("109000"),
        retenu=Montant("6540"),
        retenue=Retenue(Decimal("0.05"), limite),
    )
    assert etablir(c, Periode(travaux_ht=Montant("1000")))["g"] == Montant("60")
    assert c.retenu + Montant("60") == limite == Montant("6600")


def test_regles_5_jamais_de_retenue_sur_la_revision_ni_sur_les_primes() -> None:
    sans = etablir(compte(), Periode(travaux_ht=Montant("15000")))
    avec = etablir(
        compte(),
        Periode(travaux_ht=Montant("15000"), revision_ht=Montant("800"), primes_ht=Montant("500")),
    )
    assert avec["g"] == sans["g"] == Montant("900")
    assert avec["f"] == sans["f"] + Montant("1560")
    assert avec["h"] == sans["h"]


def test_regles_5_remboursement_reporte_quand_les_sommes_ne_suffisent_pas() -> None:
    c = compte(travaux_ht=Montant("79000"), retenu=Montant("4740"))
    etabli = etablir(c, Periode(travaux_ht=Montant("1000")))
    assert etabli["h"] == Montant("1140")  # 6 000 are due, 1 200 less 60 retained are available
    assert etabli.net == ZERO
    assert "4\u202f860,00\u00a0€ d’avance restent à rembourser" in etabli.avertissements[0]


def test_regles_5_le_solde_apure_l_avance_et_restitue_la_retenue() -> None:
    c = compte(travaux_ht=Montant("99000"), retenu=Montant("5940"), recupere=Montant("5000"))
    solde = Periode(genre=Genre.SOLDE, travaux_ht=Montant("1000"), restituer=True)
    etabli = etablir(c, solde)
    assert etabli["g"] == -c.retenu
    assert etabli["h"] == Montant("1000")
    assert etabli.net == Montant("1200") + Montant("5940") - Montant("1000")


def test_regles_5_un_net_negatif_est_dit() -> None:
    etabli = etablir(compte(recupere=ZERO), Periode(genre=Genre.SOLDE))
    assert etabli.net == Montant("-6000")
    assert "le titulaire doit 6\u202f000,00\u00a0€" in etabli.avertissements[0]


def test_regles_5_I8_au_dela_de_80_pour_cent_un_etat_global() -> None:
    c = compte(etat_global=Decimal("0.80"), travaux_ht=Montant("79000"), avance=ZERO)
    assert etablir(c, Periode(travaux_ht=Montant("1000"))).avertissements == ()
    (dit,) = etablir(c, Periode(travaux_ht=Montant("1000.01"))).avertissements
    assert "l’état depuis le début du marché" in dit


def test_regles_5_I7_restitution_seule() -> None:
    periode = Periode(genre=Genre.RETENUE, restituer=True)
    etabli = etablir(compte(solde=True, recupere=Montant("6000")), periode)
    assert etabli.net == Montant("3600")
    with pytest.raises(ConflictError, match="solde"):
        etablir(compte(solde=True), Periode(travaux_ht=Montant("1")))


@pytest.mark.parametrize(
    ("periode", "champ"),
    [
        (Periode(travaux_ht=Montant("40000.01")), "travaux_ht"),
        (Periode(travaux_ht=Montant("-1")), "travaux_ht"),
        (Periode(Genre.CORRECTIF, travaux_ht=Montant("-60000.01")), "travaux_ht"),
        (Periode(penalites=Montant("-0.01")), "penalites"),
        (Periode(primes_ht=Montant("-0.01")), "primes_ht"),
        (
            Periode(sous_traitants=[PartDirecte("X", Montant("600.01"), Montant("600"))]),
            "sous_traitants",
        ),
    ],
)
def test_un_decompte_reste_dans_le_marche(periode: Periode, champ: str) -> None:
    with pytest.raises(ValidationError) as refus:
        etablir(compte(), periode)
    assert set(refus.value.champs) == {champ}


def test_un_correctif_rend_ce_qui_fut_preleve_en_trop() -> None:
    c = compte(travaux_ht=Montant("75000"), retenu=Montant("4500"), recupere=Montant("4000"))
    etabli = etablir(c, Periode(Genre.CORRECTIF, travaux_ht=Montant("-15000")))
    assert etabli["f"] == Montant("-18000")
    assert etabli["g"] == Montant("-900")
    assert etabli["h"] == Montant("-4000")
    assert etabli.net == Montant("-13100")
    assert etabli.avertissements[0].startswith("Net négatif")


montants = st.integers(0, 5_000_000).map(lambda c: Montant(c) / 100)


@given(
    parts=st.lists(st.tuples(montants, montants, montants, montants), min_size=1, max_size=15),
    taux_tva=st.sampled_from([Decimal("0.20"), Decimal("0.10"), Decimal("0.055"), Decimal(0)]),
    taux=st.sampled_from([Decimal("0.05"), Decimal("0.03"), Decimal(0)]),
    part_avance=st.sampled_from([Decimal("0.05"), Decimal("0.30"), Decimal("0.80"), Decimal(0)]),
)
def test_regles_5_la_somme_des_decomptes_fait_le_marche(
    parts: list[tuple[Montant, Montant, Montant, Montant]],
    taux_tva: Decimal,
    taux: Decimal,
    part_avance: Decimal,
) -> None:
    """Σ certificates = total; recovered = advance; repaid = retained; no silent negative."""
    total = Montant.somme(b for b, *_ in parts)
    ttc = total * (1 + taux_tva)
    avance = ttc * part_avance
    c = Compte(
        initial_ht=total,
        taux_tva=taux_tva,
        avance=avance,
        retenue=Retenue(taux, ttc * taux),
        resorption=resorption_65_80(ttc, avance) if ttc else lambda _: ZERO,
    )
    etablis = []
    for rang, (b, r, p, m) in enumerate(parts, 1):
        genre = Genre.SOLDE if rang == len(parts) else Genre.ACOMPTE
        etabli = etablir(c, Periode(genre, b, r, p, m))
        etablis.append(etabli)
        c = _ajouter(c, etabli, genre)
        assert ZERO <= c.recupere <= avance
        assert ZERO <= c.retenu <= c.retenue.plafond
        if etabli.net < ZERO:
            assert etabli.avertissements[0].startswith("Net négatif")
    assert c.retenu == ttc * taux
    etablis.append(etablir(c, Periode(genre=Genre.RETENUE, restituer=True)))
    assert _somme(etablis, "g") == ZERO
    assert _somme(etablis, "h") == avance
    hors_taxes = _somme(etablis, "b") + _somme(etablis, "c") + _somme(etablis, "d")
    assert _somme(etablis, "b") == total
    assert _somme(etablis, "f") == hors_taxes * (1 + taux_tva)
    assert _somme(etablis, "n") == _somme(etablis, "f") - avance - _somme(etablis, "m")


def _somme(etablis: list[decompte.Decompte], code: str) -> Montant:
    return Montant.somme(e[code] for e in etablis)


def _ajouter(c: Compte, etabli: decompte.Decompte, genre: Genre) -> Compte:
    return Compte(
        initial_ht=c.initial_ht,
        taux_tva=c.taux_tva,
        travaux_ht=c.travaux_ht + etabli["b"],
        revision_ht=c.revision_ht + etabli["c"],
        primes_ht=c.primes_ht + etabli["d"],
        penalites=c.penalites + etabli["m"],
        retenu=c.retenu + etabli["g"],
        avance=c.avance,
        recupere=c.recupere + etabli["h"],
        retenue=c.retenue,
        resorption=c.resorption,
        solde=genre is Genre.SOLDE,
    )


def test_un_decompte_valide_ne_revient_pas_en_arriere() -> None:
    assert decompte.avancer(EtatDecompte.PREPARE, EtatDecompte.VALIDE) is EtatDecompte.VALIDE
    for vers in EtatDecompte:
        with pytest.raises(ConflictError, match="nouveau décompte"):
            decompte.avancer(EtatDecompte.TRANSMIS, vers)


def test_regles_15_paiement_direct_des_600_euros() -> None:
    lois, lancement = Parametres.depuis_yaml(), dt.date(2026, 2, 2)
    assert sous_traitance.paiement_direct(Montant("600"), lancement, lois)
    assert not sous_traitance.paiement_direct(Montant("599.99"), lancement, lois)


@pytest.mark.parametrize(
    ("montant", "le", "champ"),
    [
        ("0", "2026-03-01", "montant_ttc"),
        ("1000.01", "2026-03-01", "montant_ttc"),
        ("10", "2026-02-26", "acceptee_le"),
        ("10", "2026-03-03", "acceptee_le"),
    ],
)
def test_un_acte_special_reste_dans_le_marche(montant: str, le: str, champ: str) -> None:
    bornes = (dt.date(2026, 2, 27), dt.date(2026, 3, 2))
    with pytest.raises(ValidationError) as refus:
        sous_traitance.verifier_acte(
            Montant(montant), Montant("1000"), dt.date.fromisoformat(le), *bornes
        )
    assert set(refus.value.champs) == {champ}
