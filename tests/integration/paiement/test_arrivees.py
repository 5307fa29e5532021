"""Invoices that come by a directory or a mailbox, their routing, French rules by organisation."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement import jobs
from services.paiement.domain.boite import Boite
from services.paiement.domain.efacture import Anomalie, Gravite
from services.paiement.domain.facture import Etat
from services.paiement.domain.reception import Exigence, Niveau
from services.paiement.gateways import boite as imap
from services.paiement.gateways import repertoire
from services.paiement.tables import Facture, Fichier, Marche
from services.paiement.usecases.acheminer import readresser
from services.paiement.usecases.regler_reception import declarer_service, regler_accueil
from services.paiement.usecases.relever import Releve, relever_fichier
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import TemporaryError, ValidationError
from shared.messaging.uow import Transactions
from tests.kit import factures
from tests.kit import imap as kit
from tests.kit.paiement import DEPARTEMENT, PAPETERIE, deposer, le
from tests.kit.web import ClientWeb

pytestmark = pytest.mark.db
Emis = Callable[..., list[Any]]


@pytest.fixture
def messagerie() -> Iterator[kit.Boite]:
    with kit.serveur() as boite:
        yield boite


def prise(tx: Transactions) -> Callable[[str, bytes], Releve]:
    return partial(relever_fichier, tx, canal="repertoire")


def deposees(tx: Transactions) -> list[tuple[str, str]]:
    with tx.read() as session:
        requete = sa.select(Facture.numero, Facture.etat).order_by(Facture.numero)
        return [(numero, etat) for numero, etat in session.execute(requete)]


def noms(racine: Path, dossier: str) -> list[str]:
    return sorted(f.name for f in (racine / dossier).iterdir())


def test_un_fichier_depose_dans_le_repertoire_est_pris_une_fois(
    tx: Transactions, marche: Marche, tmp_path: Path
) -> None:
    octets = factures.cii()
    (tmp_path / "f.xml").write_bytes(octets)
    (tmp_path / "g.xml").write_bytes(factures.ubl(numero="F-2"))
    assert repertoire.relever(tmp_path, prise(tx)) == 2
    assert repertoire.relever(tmp_path, prise(tx)) == 0
    assert deposees(tx) == [("F-2", "DEPOSEE"), ("F-2026-0042", "DEPOSEE")]
    assert noms(tmp_path, "traites") == ["f.xml", "g.xml"]
    with tx.read() as session:
        gardes = session.scalars(sa.select(Fichier.octets)).all()
    assert octets in [bytes(garde) for garde in gardes]


def test_un_mauvais_fichier_est_mis_de_cote_avec_son_motif(
    tx: Transactions, marche: Marche, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("bonjour")
    (tmp_path / "vide.xml").write_bytes(b"")
    (tmp_path / "bon.xml").write_bytes(factures.cii())
    assert repertoire.relever(tmp_path, prise(tx)) == 3
    assert noms(tmp_path, "refuses") == [
        "notes.txt",
        "notes.txt.motif.txt",
        "vide.xml",
        "vide.xml.motif.txt",
    ]
    motif = (tmp_path / "refuses" / "vide.xml.motif.txt").read_text(encoding="utf-8")
    assert motif.startswith("Le fichier est vide.")
    assert len(deposees(tx)) == 1


def test_un_doublon_est_refuse_le_meme_fichier_non(
    tx: Transactions, marche: Marche, tmp_path: Path
) -> None:
    deposer(tx)
    (tmp_path / "meme.xml").write_bytes(factures.cii())
    (tmp_path / "double.xml").write_bytes(factures.ubl())
    repertoire.relever(tmp_path, prise(tx))
    assert noms(tmp_path, "traites") == ["meme.xml"]
    motif = (tmp_path / "refuses" / "double.xml.motif.txt").read_text(encoding="utf-8")
    assert "déjà déposé une facture F-2026-0042" in motif


def test_un_fichier_inacheve_ou_un_lien_est_laisse(
    tx: Transactions, marche: Marche, tmp_path: Path
) -> None:
    (tmp_path / "f.xml.part").write_bytes(factures.cii())
    (tmp_path / ".cache").write_bytes(b"x")
    (tmp_path / "lien.xml").symlink_to("/etc/hostname")
    assert repertoire.relever(tmp_path, prise(tx)) == 0
    assert (tmp_path / "f.xml.part").exists()


def test_un_fichier_reclame_par_un_processus_mort_est_repris(
    tx: Transactions, marche: Marche, tmp_path: Path
) -> None:
    def panne(_nom: str, _octets: bytes) -> Releve:
        raise TemporaryError("indisponible")

    (tmp_path / "f.xml").write_bytes(factures.cii())
    assert repertoire.relever(tmp_path, panne) == 0
    assert noms(tmp_path, "en-cours") == ["f.xml"]
    assert repertoire.relever(tmp_path, prise(tx)) == 1
    assert len(deposees(tx)) == 1


def test_deux_fichiers_du_meme_nom_sont_deux_fichiers(
    tx: Transactions, marche: Marche, tmp_path: Path
) -> None:
    for numero in ("F-1", "F-2"):
        (tmp_path / "facture.xml").write_bytes(factures.cii(numero=numero))
        repertoire.relever(tmp_path, prise(tx))
    assert noms(tmp_path, "traites") == ["facture-2.xml", "facture.xml"]
    assert len(deposees(tx)) == 2


def test_le_travail_periodique_conclut_ce_que_le_repertoire_a_depose(
    tx: Transactions,
    marche: Marche,
    tmp_path: Path,
    contexte: Callable[..., Any],
    clock: FrozenClock,
) -> None:
    context = contexte("paiement")
    assert jobs.relever_repertoire(context) == jobs.relever_boite(context) == 0
    context = replace(context, settings=replace(context.settings, factures_repertoire=tmp_path))
    (tmp_path / "f.xml").write_bytes(factures.cii())
    assert jobs.relever_repertoire(context) == 1
    clock.advance(dt.timedelta(minutes=1))
    assert jobs.reprendre_controles(context) == 1
    assert deposees(tx) == [("F-2026-0042", "MISE_A_DISPOSITION")]


def message(*pieces: tuple[str, bytes]) -> bytes:
    courrier = EmailMessage()
    courrier["From"] = "compta@papeterie.exemple"
    courrier["Subject"] = "Facture"
    courrier.set_content("Bonjour, voici notre facture.")
    for nom, octets in pieces:
        courrier.add_attachment(octets, maintype="application", subtype="xml", filename=nom)
    return courrier.as_bytes()


def test_un_message_est_pris_une_fois_et_range(
    tx: Transactions, marche: Marche, messagerie: kit.Boite
) -> None:
    messagerie.deposer(message(("a.xml", factures.cii()), ("b.xml", factures.ubl(numero="F-2"))))
    adresse = Boite.depuis_url(messagerie.url)
    assert imap.relever(adresse, prise(tx)) == 1
    assert imap.relever(adresse, prise(tx)) == 0
    assert [numero for numero, _ in deposees(tx)] == ["F-2", "F-2026-0042"]
    assert messagerie.dossiers["INBOX"] == []
    assert len(messagerie.dossiers["Traitees"]) == 1


def test_un_message_sans_facture_ou_refuse_garde_son_motif(
    tx: Transactions, marche: Marche, messagerie: kit.Boite
) -> None:
    messagerie.deposer(message())
    messagerie.deposer(message(("faux.xml", b"<a/>"), ("bon.xml", factures.cii())))
    assert imap.relever(Boite.depuis_url(messagerie.url), prise(tx)) == 2
    refusees = [c.octets.decode() for c in messagerie.dossiers["Refusees"]]
    assert len(refusees) == 4  # two messages, two notes
    assert len(deposees(tx)) == 1  # what is good in a message is taken


def test_une_panne_apres_le_depot_ne_depose_pas_deux_fois(
    tx: Transactions, marche: Marche, messagerie: kit.Boite
) -> None:
    messagerie.deposer(message(("a.xml", factures.cii())))
    adresse = Boite.depuis_url(messagerie.url)
    messagerie.refuse = frozenset({"COPY"})
    with pytest.raises(TemporaryError):
        imap.relever(adresse, prise(tx))
    messagerie.refuse = frozenset()
    assert imap.relever(adresse, prise(tx)) == 1
    assert len(deposees(tx)) == 1


def test_une_boite_injoignable_ou_fermee_se_reessaie(
    tx: Transactions, messagerie: kit.Boite
) -> None:
    faux = Boite.depuis_url(messagerie.url.replace("secret", "autre"))
    for adresse in (faux, Boite.depuis_url("imap://a:b@127.0.0.1:9/INBOX")):
        with pytest.raises(TemporaryError, match="ne répond pas"):
            imap.relever(adresse, prise(tx))


def remarque(*_: Any) -> tuple[Anomalie, ...]:
    return (Anomalie("BR-FR-09", Gravite.INFORMATION, "SIRET à vérifier."),)


@pytest.mark.parametrize(
    ("niveau", "etat", "montrees"),
    [
        (Niveau.BLOQUER, Etat.REJETEE, 1),
        (Niveau.AVERTIR, Etat.MISE_A_DISPOSITION, 1),
        (Niveau.IGNORER, Etat.MISE_A_DISPOSITION, 0),
    ],
)
def test_les_regles_francaises_font_ce_que_l_organisation_veut(
    tx: Transactions, marche: Marche, niveau: Niveau, etat: Etat, montrees: int
) -> None:
    with tx.begin(acteur="finances") as uow:
        regler_accueil(uow, DEPARTEMENT, niveau_br_fr=niveau, exigence=Exigence.NONE)
    facture = deposer(tx, regles=remarque).facture
    assert (facture.etat, len(facture.anomalies), facture.verdict) == (etat, montrees, "valide")


def test_regles_7_une_facture_mal_adressee_est_a_recycler_puis_recue_le_jour_ou_elle_arrive(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Emis
) -> None:
    with tx.begin(acteur="finances") as uow:
        regler_accueil(
            uow,
            DEPARTEMENT,
            niveau_br_fr=Niveau.AVERTIR,
            exigence=Exigence.SERVICE_AND_ENGAGEMENT,
        )
        declarer_service(uow, DEPARTEMENT, code="ROUTES", nom="Routes", engagement_requis=False)
    facture = deposer(tx).facture  # its service is not declared
    assert (facture.etat, facture.depart_le) == (Etat.A_RECYCLER, None)
    assert events("paiement", "paiement.facture.recue.v1") == []
    le(clock, "2026-03-06")
    with pytest.raises(ValidationError) as refus, tx.begin() as uow:
        readresser(uow, facture.id, PAPETERIE, code_service="VOIRIE", engagement="E-1")
    assert set(refus.value.champs) == {"code_service"}
    with tx.begin(acteur="entreprise") as uow:
        readresser(uow, facture.id, PAPETERIE, code_service="ROUTES", engagement="E-1")
    (recue,) = events("paiement", "paiement.facture.recue.v1")
    assert recue.data["recue_le"] == recue.data["depart_le"] == "2026-03-06"


def test_la_reception_se_regle_par_la_page(
    tx: Transactions, marche: Marche, client: Callable[..., ClientWeb]
) -> None:
    finances = client("paiement", "finances")
    assert "Aucun service n’est déclaré" in finances.get("/paiement/reception").text
    reglage = {"niveau_br_fr": "BLOQUER", "exigence": "SERVICE"}
    assert finances.post("/paiement/reception", data=reglage).status_code == 303
    assert finances.post("/paiement/reception", data={"exigence": "X"}).status_code == 422
    service = {"code": "ROUTES", "nom": "Routes", "engagement_requis": "oui"}
    assert finances.post("/paiement/reception/services", data=service).status_code == 303
    vide = finances.post("/paiement/reception/services", data={"code": "", "nom": "Sans code"})
    assert vide.status_code == 422
    assert 'value="Sans code"' in vide.text
    page = finances.get("/paiement/reception").text
    assert "ROUTES" in page
    assert "Exigé" in page
