"""« Consolider et allotir »: the preview, what is kept, the proof, the exports (D5, D6)."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.besoins import Canal
from services.groupement.domain.consolidation import Besoin, consolider, cout_par_membre
from services.groupement.domain.lignes import Decision
from services.groupement.queries.preuve import refaire
from services.groupement.usecases import consolider as usecase
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.commun import articles_de
from services.groupement.usecases.rouvrir_recensement import rouvrir_recensement
from shared.kernel.errors import DomainError
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import (
    AUB,
    DEP,
    PARAMETRES,
    SDIS,
    SITE,
    VH,
    Monde,
    achat,
)
from tests.kit.web import lisible
from tests.unit.groupement.monde import ENVELOPPES, PAPIER

DIX_BOITES = replace(ENVELOPPES, minimum=Decimal(10))
CLE = ("ENV-DL", "Privas")


@pytest.fixture
def sous_le_minimum(monde: Monde) -> Monde:
    """3 900 envelopes are asked for, in boxes of 500 of which at least ten are delivered."""
    monde.convention()
    monde.achat((PAPIER, DIX_BOITES))
    monde.ouvrir()
    monde.declarer(DEP, "40")
    monde.declarer(DEP, "3000", "enveloppe", article="ENV-DL")
    monde.declarer(VH, "900", "enveloppe", "200", article="ENV-DL")
    monde.faire(clore_recensement, monde.achat_id)
    return monde


def empreinte_de(page: Any) -> dict[str, str]:
    return dict(re.findall(r'name="(empreinte|vu_le)" value="([^"]+)"', page.text))


def test_D5_the_database_and_the_kernel_give_the_same_consolidation(monde: Monde) -> None:
    monde.ouvert()
    for siret, quantite, lieu in (
        (DEP, "411", "Privas"),
        (VH, "77", "Tournon"),
        (AUB, "5", "Le Pouzin\\n; |"),
    ):
        monde.declarer(siret, quantite, "carton", "3", lieu=lieu)
        monde.declarer(siret, quantite, "enveloppe", "90", article="ENV-DL", lieu=lieu)
    monde.declarer(SDIS, "12", "enveloppe", "7", article="ENV-DL")
    monde.faire(clore_recensement, monde.achat_id)
    with monde.transactions.read() as session:
        lu = session.get_one(t.Achat, monde.achat_id)
        apercu = usecase.apercevoir(session, lu, PARAMETRES, monde.clock.today())
        articles = articles_de(session, monde.achat_id)
        besoins = [
            Besoin(str(b.id), b.siret, b.article, b.lieu, b.quantite, b.unite, b.tolerance)
            for b in session.scalars(sa.select(t.Besoin))
        ]
        oracle = consolider(usecase.lots_prevus(session, monde.achat_id), articles, besoins)
    assert apercu.resultat.empreinte == oracle.empreinte
    assert apercu.resultat.lignes == tuple(replace(x, composition=()) for x in oracle.lignes)
    assert apercu.couts == cout_par_membre(oracle, articles)
    monde.faire(usecase.consolider, monde.achat_id, PARAMETRES)
    with monde.transactions.read() as session:
        ecrites = {
            (str(c.besoin_id), c.quantite_base, c.complement_base)
            for c in session.scalars(sa.select(t.Composition))
        }
    assert ecrites == {
        (p.besoin, p.quantite_base, p.complement_base)
        for ligne in oracle.lignes
        for p in ligne.composition
    }


def test_cas_foodsoft_858_nothing_is_consolidated_before_the_minimum_is_decided(
    sous_le_minimum: Monde, coordonnatrice: Any
) -> None:
    monde = sous_le_minimum
    page = coordonnatrice.get(achat(monde, "/consolider"))
    texte = lisible(page)
    assert "Sous le minimum du fournisseur" in texte
    assert "3 900 enveloppes demandées, minimum 10 boîtes" in texte
    refus = coordonnatrice.post(achat(monde, "/consolider"), data=empreinte_de(page))
    assert refus.status_code == 422
    assert "à décider avant de consolider" in lisible(refus)
    assert monde.etat() == "RECENSEMENT_CLOS"


def choisir(monde: Monde, coordonnatrice: Any, decision: str) -> Any:
    choix = {"article-0": "ENV-DL", "lieu-0": "Privas", "decision-0": decision}
    page = coordonnatrice.get(achat(monde, "/consolider"), query_string=choix)
    return coordonnatrice.post(
        achat(monde, "/consolider"), data=choix | empreinte_de(page), follow_redirects=True
    )


def test_cas_OCA_757_the_minimum_is_ordered_and_the_surplus_is_shown(
    sous_le_minimum: Monde, coordonnatrice: Any
) -> None:
    monde = sous_le_minimum
    assert "Les besoins sont consolidés" in lisible(choisir(monde, coordonnatrice, "MINIMUM"))
    texte = lisible(coordonnatrice.get(achat(monde, "/consolidation")))
    assert "10 boîtes" in texte
    assert "dont 900 enveloppes à personne" in texte
    assert "commander le minimum" in texte


def test_cas_foodsoft_827_a_line_withdrawn_is_told_with_the_members_it_concerns(
    sous_le_minimum: Monde, coordonnatrice: Any, events: Callable[..., list[Event]]
) -> None:
    monde = sous_le_minimum
    choisir(monde, coordonnatrice, "RETIRER")
    (consolide,) = events("groupement", "groupement.achat.consolide.v1")
    assert [lot["numero"] for lot in consolide.data["lots"]] == [1]
    assert consolide.data["retirees"] == [
        {
            "article": "ENV-DL",
            "designation": "Enveloppes DL",
            "lieu": "Privas",
            "membres": sorted([DEP, VH]),
        }
    ]
    prevenus = consolide.data["prevenus"]
    assert [p["membre"]["siret"] for p in prevenus] == sorted([DEP, VH])
    assert all("@" in p["courriel"] for p in prevenus)
    assert sum(Decimal(p["quantite_base"]) for p in prevenus) == 3900
    texte = lisible(coordonnatrice.get(achat(monde, "/consolidation")))
    assert "retirer la ligne" in texte
    preuve = coordonnatrice.get(achat(monde, "/consolidation/preuve?refaire=1"))
    assert "Calcul refait : identique" in lisible(preuve)


def test_a_decision_that_tolerances_cannot_bear_changes_nothing(sous_le_minimum: Monde) -> None:
    with pytest.raises(DomainError, match="tolérances"):
        sous_le_minimum.faire(
            usecase.consolider,
            sous_le_minimum.achat_id,
            PARAMETRES,
            decisions={CLE: Decision.COMPLETER},
        )
    assert sous_le_minimum.etat() == "RECENSEMENT_CLOS"


def test_the_preview_that_is_out_of_date_says_how_many_needs_changed(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.clos()
    vue = empreinte_de(coordonnatrice.get(achat(monde, "/consolider")))
    monde.faire(usecase.consolider, monde.achat_id, PARAMETRES)
    monde.clock.advance(dt.timedelta(minutes=5))
    cloture = monde.clock.now() + dt.timedelta(days=1)
    monde.faire(rouvrir_recensement, monde.achat_id, cloture, motif="Oubli", site=SITE)
    monde.declarer(SDIS, "31")
    monde.faire(clore_recensement, monde.achat_id)
    refus = coordonnatrice.post(achat(monde, "/consolider"), data=vue)
    assert refus.status_code == 422
    assert "1 besoin a changé depuis votre aperçu" in lisible(refus)


def test_a_replaced_consolidation_stays_readable_with_what_differs(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.consolide()
    cloture = monde.clock.now() + dt.timedelta(days=1)
    monde.faire(rouvrir_recensement, monde.achat_id, cloture, motif="Oubli", site=SITE)
    monde.declarer(SDIS, "31")
    monde.declarer(VH, "0", "feuille", canal=Canal.API)
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(usecase.consolider, monde.achat_id, PARAMETRES)
    page = lisible(coordonnatrice.get(achat(monde, "/consolidation?numero=1")))
    for morceau in (
        "est remplacée et conservée",
        "47 880,00 € ici, 43 776,00 € dans celle en vigueur",
        "1 860 000 feuilles",
        "absent",
        "2 besoins montrés",
    ):
        assert morceau in page, morceau
    sienne = lisible(aubenas.get(achat(monde, "/consolidation?numero=1")))
    assert "Vos besoins y sont comptés à l’identique" in sienne
    assert "1 860 000" not in sienne
    assert coordonnatrice.get(achat(monde, "/consolidation?numero=9")).status_code == 404


def test_D6_a_line_opens_to_the_needs_as_they_were_declared(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.consolide()
    with monde.transactions.read() as session:
        ligne = session.scalars(sa.select(t.Ligne)).one()
    adresse = achat(monde, f"/lignes/{ligne.id}")
    texte = lisible(coordonnatrice.get(adresse))
    for morceau in ("720 cartons", "5 à 7 palettes", "2 400 ramettes", "6 300 000 feuilles"):
        assert morceau in texte, morceau
    sienne = lisible(aubenas.get(adresse))
    assert "5 à 7 palettes" in sienne
    assert "720 cartons" not in sienne
    assert aubenas.get(achat(monde, f"/lignes/{monde.achat_id}")).status_code == 404


def test_M1_the_proof_is_computed_again_and_a_tampered_line_is_found(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.consolide()
    preuve = lisible(coordonnatrice.get(achat(monde, "/consolidation/preuve?refaire=1")))
    assert "Calcul refait : identique. 1 ligne comparée" in preuve
    with monde.transactions.begin() as uow:
        uow.session.execute(sa.text("ALTER TABLE ligne DISABLE TRIGGER ligne_figee"))
        uow.session.execute(sa.update(t.Ligne).values(quantite=104))
        uow.session.execute(sa.text("ALTER TABLE ligne ENABLE TRIGGER ligne_figee"))
    with monde.transactions.read() as session:
        faite = session.scalars(sa.select(t.Consolidation)).one()
        assert refaire(session, faite).differentes == ("PAPIER-A4-80, Privas",)
    preuve = lisible(coordonnatrice.get(achat(monde, "/consolidation/preuve?refaire=1")))
    assert "Calcul refait : différent" in preuve


def test_exports_come_from_the_lines_of_the_screen(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.consolide()
    lignes = coordonnatrice.get(achat(monde, "/consolidation/lignes.csv")).data.decode("utf-8-sig")
    assert lignes.splitlines()[1].startswith("1;PAPIER-A4-80;Papier A4 80 g;Privas;feuille;6300000")
    tous = coordonnatrice.get(achat(monde, "/consolidation/composition.csv")).data.decode()
    assert len(tous.splitlines()) == 6
    siens = aubenas.get(achat(monde, "/consolidation/composition.csv")).data.decode()
    assert len(siens.splitlines()) == 2
    assert coordonnatrice.get(achat(monde, "/consolidation/lignes.ods")).status_code == 200
    assert coordonnatrice.get(achat(monde, "/consolidation/lignes.exe")).status_code == 404


def test_outside_the_group_no_consolidation_is_seen(monde: Monde, aubenas: Any) -> None:
    monde.convention(membres=(DEP, SDIS, VH))
    monde.achat()
    monde.ouvrir()
    monde.declarer(DEP, "4")
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(usecase.consolider, monde.achat_id, PARAMETRES)
    for suite in (
        "/consolidation",
        "/consolidation/preuve",
        "/consolidation/lignes.csv",
        "/hypotheses",
    ):
        assert aubenas.get(achat(monde, suite)).status_code == 404, suite
