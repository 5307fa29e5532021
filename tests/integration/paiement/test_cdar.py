"""CDAR messages: official XSD and schematron, run in our own Saxon process."""

import datetime as dt
from collections.abc import Callable, Iterator
from importlib.resources import files

import pytest
from lxml import etree

from services.paiement.domain.motifs import CODES, LITIGE, MOTIFS, PARTIELLE, REFUSEE, REJETEE
from services.paiement.gateways.cdar import Partie, Statut, ecrire
from services.paiement.gateways.efacture.schematron import Validateur
from services.paiement.tables import Facture
from services.paiement.usecases.rejeter import rejeter
from services.paiement.usecases.suspendre import suspendre
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit.paiement import DEPARTEMENT
from tests.kit.web import ClientWeb

RACINE = files("pyfrctc")
REGLES = str(RACINE / "cdar-schematron" / "BR-FR-CDV-Schematron-CDAR.xslt")
XSD = str(RACINE / "cdar-xsd" / "CrossDomainAcknowledgementAndResponse_100pD22B.xsd")
STATUTS = sorted({*CODES.values(), PARTIELLE, LITIGE, REJETEE})


@pytest.fixture(scope="module")
def validateur() -> Iterator[Validateur]:
    validateur = Validateur()
    yield validateur
    validateur.arreter()


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(XSD))


def statut(code: int, motif: str | None = None) -> bytes:
    return ecrire(
        Statut(
            "m-1",
            "F-2026-0042",
            dt.date(2026, 3, 2),
            Partie(demo.PAPETERIE.siret, demo.PAPETERIE.nom),
            Partie(demo.DEPARTEMENT.siret, demo.DEPARTEMENT.nom),
            code,
            dt.datetime(2026, 3, 12, 9, tzinfo=dt.UTC),
            motif,
            "Il manque le bon de livraison." if motif else "",
        )
    )


def fautes(validateur: Validateur, schema: etree.XMLSchema, xml: bytes) -> list[str]:
    schema.assertValid(etree.fromstring(xml))
    resultats = validateur.resultats(xml.decode(), (REGLES,))
    assert resultats is not None
    (constats,) = resultats
    assert not isinstance(constats, str), constats
    return [f"{regle} {texte}" for regle, _, texte in constats]


@pytest.mark.parametrize("code", STATUTS)
def test_H5_chaque_statut_fait_un_message_valide(
    validateur: Validateur, schema: etree.XMLSchema, code: int
) -> None:
    motif = min(MOTIFS[code]) if code in MOTIFS else None
    assert fautes(validateur, schema, statut(code, motif)) == []


@pytest.mark.parametrize("code", sorted(MOTIFS))
def test_regles_7_chaque_motif_permis_est_accepte_par_le_schematron(
    validateur: Validateur, schema: etree.XMLSchema, code: int
) -> None:
    for motif in sorted(MOTIFS[code]):
        assert fautes(validateur, schema, statut(code, motif)) == []


@pytest.mark.parametrize(("code", "motif"), [(REFUSEE, None), (208, "DOUBLON"), (207, "REJ_UNI")])
def test_regles_7_un_motif_absent_ou_hors_liste_est_refuse_par_le_schematron(
    validateur: Validateur, schema: etree.XMLSchema, code: int, motif: str | None
) -> None:
    assert fautes(validateur, schema, statut(code, motif))


@pytest.mark.db
def test_H5_les_messages_d_une_facture_se_lisent_par_l_api(
    tx: Transactions,
    facture: Facture,
    client: Callable[..., ClientWeb],
    validateur: Validateur,
    schema: etree.XMLSchema,
) -> None:
    with tx.begin(acteur="finances") as uow:
        suspendre(uow, facture.id, DEPARTEMENT, motif="Bon absent.", pieces="Bon signé")
    finances = client("paiement", "finances")
    base = f"/paiement/api/v1/factures/{facture.id}/statuts"
    codes = [p["code"] for p in finances.get(base).json["passages"]]
    assert codes == [200, 203, 208]
    for rang in (1, 2, 3):
        reponse = finances.get(f"{base}/{rang}.xml")
        assert reponse.content_type == "application/xml"
        assert fautes(validateur, schema, reponse.data) == []
    assert "JUSTIF_ABS" in reponse.text
    assert finances.get(f"{base}/9.xml").status_code == 404
    assert client("paiement").get(f"{base}/1.xml").status_code == 401


@pytest.mark.db
def test_H5_un_refus_de_l_acheteur_est_210_un_rejet_de_la_plateforme_213(
    tx: Transactions, facture: Facture, client: Callable[..., ClientWeb]
) -> None:
    with tx.begin(acteur="finances") as uow:
        rejeter(uow, facture.id, DEPARTEMENT, "Déjà facturée.", "DOUBLE_FACT")
    passages = (
        client("paiement", "finances")
        .get(f"/paiement/api/v1/factures/{facture.id}/statuts")
        .json["passages"]
    )
    assert (passages[-1]["code"], passages[-1]["motif"]) == (210, "DOUBLE_FACT")
