"""The examination without Saxon: facts read, structure checked, verdicts drawn from findings."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from services.paiement.domain.depot import motifs, verifier
from services.paiement.domain.efacture import (
    Anomalie,
    Conteneur,
    Gravite,
    Syntaxe,
    Ventilation,
    Verdict,
)
from services.paiement.gateways.efacture.examen import examiner
from services.paiement.gateways.efacture.phrases import phrase
from services.paiement.gateways.efacture.schematron import FILTRES, _anomalies
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.ops import demo
from tests.kit import factures


def sans_regle(*_: Any) -> tuple[Anomalie, ...]:
    return ()


@pytest.mark.parametrize(
    ("octets", "syntaxe"),
    [(factures.cii(), Syntaxe.CII), (factures.ubl(), Syntaxe.UBL_FACTURE)],
    ids=["cii", "ubl"],
)
def test_les_memes_faits_dans_les_deux_syntaxes(octets: bytes, syntaxe: Syntaxe) -> None:
    examen = examiner(octets, sans_regle)
    faits = examen.faits
    assert (examen.syntaxe, examen.conteneur) == (syntaxe, Conteneur.XML)
    assert (faits.numero, faits.type_code, faits.devise) == ("F-2026-0042", "380", "EUR")
    assert faits.emise_le == faits.livree_le == dt.date(2026, 3, 2)
    assert faits.a_payer_avant == dt.date(2026, 4, 1)
    assert (faits.total_ht, faits.total_tva) == (Decimal("27360.00"), Decimal("5472.00"))
    assert faits.total_ttc == faits.a_payer == Decimal("32832.00")
    assert faits.tva == (Ventilation("S", Decimal(20), Decimal("27360.00"), Decimal("5472.00")),)
    assert faits.vendeur.siret == demo.PAPETERIE.siret
    assert faits.vendeur.nom == demo.PAPETERIE.nom
    assert faits.acheteur.siret == demo.DEPARTEMENT.siret
    assert faits.reference_contrat == "2026-07-0001-L1"
    assert faits.reference_commande == "ENG-2026-07-0001-L1"
    assert faits.code_service == "SERVICE-ACHATS"
    assert faits.ibans == ("FR7630006000011234567890189",)
    assert faits.lignes == 1
    assert not faits.avoir


def test_les_termes_repetes_ne_se_melangent_pas() -> None:
    compte = b"<ram:IBANID>FR7630006000011234567890189</ram:IBANID>"
    moyen = (
        b"<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>30</ram:TypeCode>"
        b"<ram:PayeePartyCreditorFinancialAccount><ram:IBANID>FR1420041010050500013M02606"
        b"</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>"
        b"</ram:SpecifiedTradeSettlementPaymentMeans>"
    )
    octets = factures.cii()
    assert compte in octets
    fin = b"</ram:SpecifiedTradeSettlementPaymentMeans>"
    faits = examiner(octets.replace(fin, fin + moyen, 1), sans_regle).faits
    assert faits.ibans == ("FR7630006000011234567890189", "FR1420041010050500013M02606")


@pytest.mark.parametrize(
    ("avant", "apres", "terme"),
    [
        (b">20260302<", b">20261399<", "emise_le"),
        (b">32832.00</ram:Grand", b">beaucoup</ram:Grand", "total_ttc"),
        (b">32832.00</ram:Grand", b">NaN</ram:Grand", "total_ttc"),
    ],
)
def test_une_valeur_illisible_est_absente(avant: bytes, apres: bytes, terme: str) -> None:
    octets = factures.cii()
    assert avant in octets
    assert getattr(examiner(octets.replace(avant, apres), sans_regle).faits, terme) is None


def test_une_structure_fausse_est_une_anomalie_bloquante() -> None:
    octets = factures.ubl().replace(b"cbc:IssueDate>", b"cbc:DateEmission>")
    examen = examiner(octets, sans_regle)
    assert examen.verdict is Verdict.INVALIDE
    assert [a.regle for a in examen.bloquantes] == ["XSD"]
    assert "ne suit pas le schéma UBL" in examen.bloquantes[0].message
    assert "{urn" not in examen.bloquantes[0].message


@pytest.mark.parametrize(
    ("trouvees", "verdict"),
    [
        ((), Verdict.VALIDE),
        ((Anomalie("BR-FR-09", Gravite.INFORMATION, "SIRET"),), Verdict.VALIDE),
        ((Anomalie("BR-CO-15", Gravite.BLOQUANTE, "TTC"),), Verdict.INVALIDE),
        (None, Verdict.INDETERMINE),
    ],
)
def test_le_verdict_suit_les_anomalies(
    trouvees: tuple[Anomalie, ...] | None, verdict: Verdict
) -> None:
    assert examiner(factures.cii(), lambda *_: trouvees).verdict is verdict


def test_seule_la_norme_bloque() -> None:
    norme, francaises, ctc = (
        FILTRES[Syntaxe.CII][0],
        FILTRES[Syntaxe.CII][2],
        FILTRES[Syntaxe.CII][1],
    )

    def gravites(filtre: Any, *constats: tuple[str, str, str]) -> list[tuple[str, str]]:
        return [(a.regle, a.gravite.value) for a in _anomalies(filtre, list(constats))]

    assert gravites(
        norme,
        ("", "", "[BR-CO-15]-Total"),
        ("FX-SCH-A-000556", "", "Value of 'ram:ID' is not allowed."),
        ("", "", "Element variant 'ram:X' is marked as not used"),
        ("PEPPOL", "", "[PEPPOL-EN16931-R008]-Empty"),
    ) == [
        ("BR-CO-15", "bloquante"),
        ("FX-SCH-A-000556", "information"),
        ("FACTUR-X", "information"),
        ("PEPPOL-EN16931-R008", "information"),
    ]
    assert gravites(
        ctc,
        ("CII-DT-031", "fatal", "[CII-DT-031] - currencyID"),
        ("CII-SR-122", "warning", "[CII-SR-122] - x"),
        ("BR-CL-04", "fatal", "[BR-CL-04]-Code"),
        ("BR-FREXT-CO-15", "fatal", "[BR-FREXT-CO-15] : total"),
    ) == [("CII-DT-031", "bloquante"), ("CII-SR-122", "information"), ("BR-CL-04", "bloquante")]
    assert gravites(francaises, ("", "fatal", "BR-FR-09/BT-46 : Le SIRET doit contenir")) == [
        ("BR-FR-09/BT-46", "information")
    ]


@pytest.mark.parametrize(
    ("rang", "gravite"), [(0, Gravite.BLOQUANTE), (1, Gravite.BLOQUANTE), (2, Gravite.INFORMATION)]
)
def test_une_feuille_qui_ne_peut_pas_calculer_se_dit(rang: int, gravite: Gravite) -> None:
    (anomalie,) = _anomalies(FILTRES[Syntaxe.CII][rang], "Cannot convert string")
    assert (anomalie.regle, anomalie.gravite) == ("CALCUL", gravite)


@pytest.mark.parametrize(
    ("regle", "texte", "attendu"),
    [
        ("BR-16", "[BR-16]-An Invoice shall have", "La facture ne détaille aucune ligne (BG-25)."),
        (
            "BR-S-08",
            "[BR-S-08]-For each",
            "TVA «\u00a0taux normal ou réduit\u00a0»\u00a0: For each",
        ),
        ("BR-FR-09/BT-46", "BR-FR-09/BT-46 : Le SIRET doit", "Le SIRET doit"),
        ("FACTUR-X", "Element variant", "Element variant"),
    ],
)
def test_chaque_regle_a_sa_phrase(regle: str, texte: str, attendu: str) -> None:
    assert phrase(regle, texte) == attendu


def test_ce_qu_il_faut_pour_enregistrer() -> None:
    lue = verifier(examiner(factures.cii(), sans_regle))
    assert (lue.montant_ttc, lue.a_payer) == (Montant("32832"), Montant("32832"))
    assert lue.references == ("2026-07-0001-L1", "ENG-2026-07-0001-L1")


@pytest.mark.parametrize(
    ("avant", "apres", "code"),
    [
        (b"<ram:DuePayableAmount>", b"<ram:DuePayableAmount>-", "montant_negatif"),
        (b">60</ram:BilledQuantity>", b">1e30</ram:BilledQuantity>", "ligne_invraisemblable"),
        (
            b"InvoiceCurrencyCode>EUR<",
            b"InvoiceCurrencyCode>NOK<",
            "devise_non_acceptee",
        ),
        (demo.PAPETERIE.siret.encode(), b"0000", "mention_manquante"),
        (b"<ram:ID>F-2026-0042<", b"<ram:ID><", "mention_manquante"),
        (b"<ram:ID>F-2026-0042<", b"<ram:ID>" + b"9" * 101 + b"<", "numero_trop_long"),
        (b">20260302<", b">00010101<", "date_invraisemblable"),
    ],
)
def test_ce_qui_ne_peut_pas_s_enregistrer(avant: bytes, apres: bytes, code: str) -> None:
    octets = factures.cii()
    assert avant in octets
    with pytest.raises(ValidationError) as refus:
        verifier(examiner(octets.replace(avant, apres), sans_regle))
    assert refus.value.code == code


def test_les_motifs_sont_les_regles_bloquantes() -> None:
    anomalies = (
        Anomalie("BR-CO-15", Gravite.BLOQUANTE, "Le total est faux."),
        Anomalie("BR-FR-09", Gravite.INFORMATION, "Le SIRET manque."),
    )
    assert motifs(anomalies) == ["BR-CO-15\u00a0: Le total est faux."]
