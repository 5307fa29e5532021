"""M5, M6: a member leaves with its whole history, and its own instance takes it over."""

import datetime as dt
import io
import json
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.historique import empreinte
from services.groupement.queries.achats import achat_visible
from services.groupement.queries.historique import Instance
from services.groupement.queries.precedents import precedents
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.inscrire_prevision import inscrire_prevision
from services.groupement.usecases.noter_paiement import FacturePayee, noter_paiement
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from services.groupement.usecases.reprendre_historique import (
    exporter_historique,
    lire_historique,
    reprendre_historique,
)
from shared.db.database import Database
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.integration.groupement.monde import AUB, DEP, MARCHE, SDEA, SDIS, VH, Monde
from tests.integration.groupement.test_opportunites import projet
from tests.kit import postgres
from tests.kit.web import lisible

Fabrique = Callable[..., Any]
ICI = Instance(DEP, "Département de l’Ardèche")
DROME = Instance("90026001000015", "Drôme")


@pytest.fixture
def vecu(monde: Monde) -> Monde:
    """A whole purchase: needs that moved, shares, orders, a short delivery, a payment, a plan."""
    monde.ouvert()
    monde.declarer(SDIS, "10")
    for siret, quantite in ((DEP, "40"), (SDIS, "30"), (SDEA, "20"), (VH, "10"), (AUB, "5")):
        monde.declarer(siret, quantite)
    monde.lancer()
    monde.faire(ouvrir_quotas, monde.marche())
    for siret, part in ((DEP, 40), (SDIS, 30), (SDEA, 20), (VH, 10), (AUB, 5)):
        monde.commander(siret, part)
    _recevoir(monde)
    for rang, siret in enumerate((SDIS, SDEA)):
        monde.faire(noter_paiement, _facture(rang, siret))
    monde.faire(inscrire_prevision, SDIS, projet())
    monde.faire(inscrire_prevision, SDEA, projet("P2"))
    return monde


def _recevoir(monde: Monde) -> None:
    monde.faire(
        enregistrer_reception,
        NouvelleReception(monde.ligne_de_marche(), "BL-1", Decimal(60), monde.clock.today()),
    )


def _facture(rang: int, siret: str) -> FacturePayee:
    jour = dt.date(2026, 3, 1)
    return FacturePayee(
        uuid.UUID(int=rang + 1), MARCHE, f"F{rang}", siret, Montant(100), Montant(120), jour,
        jour, 12, None, Montant(0),
    )  # fmt: skip


def exporter(monde: Monde, siret: str, instance: Instance = ICI) -> dict[str, Any]:
    with monde.transactions.read() as session:
        return exporter_historique(session, siret, instance, monde.clock)


def brut(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


@pytest.fixture(scope="module")
def base_de_la_drome(pg: Any) -> Iterator[Database]:
    base = Database(pg.create("test_groupement_drome", "groupement"), pool_size=3)
    yield base
    base.dispose()


@pytest.fixture
def ailleurs(base_de_la_drome: Database, monde: Monde) -> Monde:
    """The member's own instance, with nothing in it."""
    postgres.empty(base_de_la_drome.engine)
    tx = Transactions(base_de_la_drome, service="groupement", siret=DROME.siret, clock=monde.clock)
    return Monde(tx, monde.clock)


def test_M6_the_history_holds_everything_and_nothing_of_others(vecu: Monde) -> None:
    contenu = exporter(vecu, SDIS)["contenu"]
    (achat,) = contenu["achats"]
    (besoin,) = achat["besoins"]
    assert [i["increment_base"] for i in besoin["increments"]] == ["600000", "1200000"]
    assert achat["compositions"][0]["quantite_base"] == "1800000"
    (quota,) = achat["quotas"]
    assert quota["titulaire_siret"] == demo.PAPETERIE.siret
    (commande,) = quota["commandes"]
    (recu,) = commande["receptions"]
    assert recu["part"] == "17"
    assert recu["explication"]
    assert [p["numero"] for p in achat["paiements"]] == ["F0"]
    assert [p["reponse"] for p in achat["participations"]] == ["PARTICIPE"]
    assert contenu["conventions"][0]["adhesions"][0]["deliberation_le"] == "2026-01-05"
    assert [p["reference"] for p in contenu["previsions"]] == ["P1"]
    assert contenu["journal"]


@pytest.mark.parametrize("siret", [SDIS, SDEA, VH, AUB])
def test_M6_no_other_member_appears_but_the_coordinator(vecu: Monde, siret: str) -> None:
    texte = json.dumps(exporter(vecu, siret))
    for autre in {SDIS, SDEA, VH, AUB} - {siret}:
        assert autre not in texte
    assert exporter(vecu, siret)["contenu"]["achats"]


def test_M5_export_import_export_gives_the_same_history(vecu: Monde, ailleurs: Monde) -> None:
    parti = exporter(vecu, SDIS)
    document = lire_historique(brut(parti))
    assert ailleurs.faire(reprendre_historique, document) is not None
    assert ailleurs.faire(reprendre_historique, document) is None
    ailleurs.clock.advance(dt.timedelta(days=3))
    revenu = exporter(ailleurs, SDIS, DROME)
    assert revenu["contenu"] == parti["contenu"]
    assert revenu["empreinte"] == parti["empreinte"]
    assert revenu["instance"]["siret"] == DROME.siret


def test_M5_a_later_history_of_the_same_member_supersedes_the_first(
    vecu: Monde, ailleurs: Monde
) -> None:
    premier = exporter(vecu, SDIS)
    vecu.clock.advance(dt.timedelta(days=1))
    vecu.faire(inscrire_prevision, SDIS, projet(montant_estime_ht=Montant(1)))
    second = exporter(vecu, SDIS)
    for document in (second, premier):
        ailleurs.faire(reprendre_historique, document)
    revenu = exporter(ailleurs, SDIS, DROME)
    assert revenu["contenu"] == second["contenu"]


def test_M6_the_history_survives_leaving(vecu: Monde, ailleurs: Monde) -> None:
    avant = exporter(vecu, SDIS)["contenu"]
    with vecu.transactions.begin() as uow:
        (adhesion,) = uow.session.scalars(sa.select(t.Adhesion).where(t.Adhesion.siret == SDIS))
        adhesion.fin_le = dt.date(2026, 3, 1)
    apres = exporter(vecu, SDIS)["contenu"]
    assert apres["achats"] == avant["achats"]
    assert apres["conventions"][0]["adhesions"][0]["fin_le"] == "2026-03-01"


def test_M5_what_is_taken_over_prefills_next_year(vecu: Monde, ailleurs: Monde) -> None:
    ailleurs.faire(reprendre_historique, exporter(vecu, SDIS))
    ailleurs.clock.advance(dt.timedelta(days=300))
    ailleurs.convention()
    nouvel = ailleurs.achat(objet="Papier 2027")
    with ailleurs.transactions.read() as session:
        achat = achat_visible(session, nouvel.id, SDIS)
        (papier,) = precedents(session, SDIS, achat)["PAPIER-A4-80"]
        assert precedents(session, SDEA, achat) == {}
    assert (papier.annee, papier.texte, papier.unite) == (2026, "30", "palette")


def test_M5_a_history_taken_over_never_changes(vecu: Monde, ailleurs: Monde) -> None:
    ailleurs.faire(reprendre_historique, exporter(vecu, SDIS))
    for ordre in ("UPDATE historique SET instance_nom = 'x'", "DELETE FROM historique"):
        with (
            pytest.raises(sa.exc.DBAPIError, match="ne se modifie pas"),
            ailleurs.transactions.begin() as uow,
        ):
            uow.session.execute(sa.text(ordre))


def test_M5_a_history_that_was_touched_is_refused(vecu: Monde) -> None:
    document = exporter(vecu, SDIS)
    document["contenu"]["achats"][0]["besoins"][0]["quantite"] = "31"
    with pytest.raises(ValidationError, match="a été modifié"):
        lire_historique(brut(document))
    document["contenu"]["achats"][0].pop("besoins")
    with pytest.raises(ValidationError, match="besoins"):
        lire_historique(brut(document))
    with pytest.raises(ValidationError, match="JSON"):
        lire_historique(b"{")
    autre = exporter(vecu, SDIS)
    autre["membre"] = exporter(vecu, SDEA)["membre"]
    with pytest.raises(ConflictError):
        lire_historique(brut(autre))
    with pytest.raises(NotFoundError):
        exporter(vecu, "90079999999999")


def test_M6_pages_take_the_history_away(vecu: Monde, client: Fabrique) -> None:
    sdis = client("groupement", "agent-sdis")
    page = lisible(sdis.get("/groupement/mes-donnees"))
    assert "Tout ce que cette instance sait de SDIS 07" in page
    recu = sdis.get("/groupement/mes-donnees/historique.json")
    assert lire_historique(recu.data)["membre"]["siret"] == SDIS
    ods = sdis.get("/groupement/mes-donnees/historique.ods")
    with zipfile.ZipFile(io.BytesIO(ods.data)) as archive:
        xml = archive.read("content.xml").decode()
    for feuille in ("Mouvements", "Compositions", "Réceptions", "Journal"):
        assert f'table:name="{feuille}"' in xml
    assert SDEA not in xml
    assert sdis.get("/groupement/mes-donnees/historique.pdf").status_code == 404
    api = sdis.get("/groupement/api/v1/historique").json
    assert api["empreinte"] == empreinte(api["contenu"])


def test_M5_pages_show_what_was_taken_over_to_its_member_only(
    vecu: Monde, client: Fabrique
) -> None:
    document = exporter(vecu, SDIS, DROME)
    repris = vecu.faire(reprendre_historique, document)
    sdis, aubenas = client("groupement", "agent-sdis"), client("groupement", "agente-aubenas")
    assert "Historique repris de Drôme" in lisible(sdis.get("/groupement/mes-donnees"))
    page = lisible(sdis.get(f"/groupement/mes-donnees/reprise/{repris.id}"))
    assert "En lecture seule" in page
    assert "17 le 2 mars 2026" in page
    assert "30 palettes" in page
    assert "repris de Drôme" not in lisible(aubenas.get("/groupement/mes-donnees"))
    assert aubenas.get(f"/groupement/mes-donnees/reprise/{repris.id}").status_code == 404


def test_M5_the_command_line_exports_then_imports(
    vecu: Monde, ailleurs: Monde, tmp_path: Path
) -> None:
    fichier = tmp_path / "sdis.json"

    def essaim(base: Monde, *arguments: str) -> str:
        env = {
            "PATH": "/usr/bin:/bin",
            "DATABASE_URL_GROUPEMENT": base.transactions.database.url,
            "DATA_DIR": str(tmp_path),
        }
        commande = [sys.executable, "-m", "services", "historique", *arguments]
        fait = subprocess.run(
            commande, env=env, capture_output=True, text=True, check=False, timeout=60
        )
        return fait.stdout + fait.stderr

    assert "écrit" in essaim(vecu, "exporter", SDIS, "--sortie", str(fichier))
    assert "1 achats" in essaim(ailleurs, "importer", str(fichier))
    assert "déjà repris" in essaim(ailleurs, "importer", str(fichier))
    fichier.write_text(fichier.read_text().replace('"17"', '"18"'))
    assert "a été modifié" in essaim(ailleurs, "importer", str(fichier))
    assert "aucun historique" in essaim(ailleurs, "exporter", VH)
