import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.groupement.domain import cao, journal
from services.groupement.domain.clauses import (
    ChargeRetrait,
    ChoixCao,
    Clauses,
    Coordination,
    RegleArrivee,
    Remuneration,
)
from services.groupement.domain.clauses_en_mots import comparer, decrire
from services.groupement.domain.cles import Cle
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.domain.formes import FormeJuridique
from services.groupement.domain.partage_prevu import Plancher, Priorite
from services.groupement.domain.strategies import Strategie
from services.groupement.domain.textes_convention import Partie, Projet, rediger
from shared.kernel.montant import Montant

DEP = Partie("dep", "Département", FormeJuridique.DEPARTEMENT)
SDIS = Partie("sdis", "SDIS", FormeJuridique.SDIS)
USUELLES = Clauses(ModeCoordination.PASSATION_SIGNATURE)
NOMS = {"dep": "Département", "sdis": "SDIS"}


def projet(clauses: Clauses = USUELLES, *autres: Partie) -> Projet:
    parties = (DEP, SDIS, *autres)
    membres = [cao.Membre(p.siret, p.nom, p.forme, a_cao=True) for p in parties]
    commission = cao.competente(membres, "dep", clauses.cao)
    return Projet("Groupe", 1, None, None, "dep", clauses, parties, commission, "Seuil.")


def texte(clauses: Clauses = USUELLES, *autres: Partie) -> str:
    articles = rediger(projet(clauses, *autres))
    assert [a.numero for a in articles] == list(range(1, len(articles) + 1))
    return "\n".join(f"{a.titre}\n" + "\n".join(a.paragraphes) for a in articles)


@pytest.mark.parametrize(
    "changee",
    [
        {"objet": "l’achat d’énergie"},
        {"permanente": False, "duree_mois": 12},
        {"duree_mois": 48},
        {"mode": ModeCoordination.INTEGREE},
        {"mode": ModeCoordination.PASSATION},
        {"coordinations": (Coordination("sdis", ModeCoordination.PASSATION, cpv="35"),)},
        {"coordinations": (Coordination("sdis", ModeCoordination.PASSATION, famille="EPI"),)},
        {"mode_par_achat": True},
        {"mandat_epci": True},
        {"remuneration": Remuneration.FORFAIT_ANNUEL, "forfait_annuel": Montant("6000")},
        {"cle": Cle.PARTS_EGALES},
        {"cle": Cle.POURCENTAGES, "pourcentages": {"dep": Decimal(70), "sdis": Decimal(30)}},
        {"strategie": Strategie.PLANCHER},
        {"strategie": Strategie.PRIORITE, "priorites": (Priorite("sdis", 1, "secours"),)},
        {"preavis_mois": 3},
        {"preavis_mois": 0},
        {"charge_retrait": ChargeRetrait.MEMBRE_SORTANT},
        {"arrivee": RegleArrivee.ACHATS_SUIVANTS},
        {"cao": ChoixCao.GROUPEMENT},
        {"evenements": ("membre.besoin.declare.v1",)},
        {"evenements": ()},
        {"delai_reponse_jours": 10},
        {"conciliation_jours": 0},
        {"tribunal": "tribunal administratif de Lyon"},
    ],
    ids="-".join,
)
def test_M5_a_changed_clause_changes_the_text_and_the_comparison(changee: dict[str, Any]) -> None:
    nouvelle = replace(USUELLES, **changee)
    assert texte(nouvelle) != texte()
    assert comparer(USUELLES, nouvelle, NOMS)


def test_M5_classes_and_floors_are_written_with_their_reasons() -> None:
    classes = replace(
        USUELLES,
        strategie=Strategie.PRIORITE,
        priorites=(Priorite("dep", 2, "collèges"), Priorite("sdis", 1, "secours aux personnes")),
    )
    assert (
        "par classes de priorité, au prorata dans une classe\u00a0: SDIS en classe 1 (secours aux "
        "personnes)\u202f; Département en classe 2 (collèges)\u202f; les autres membres ensuite."
    ) in texte(classes)
    planchers = replace(
        USUELLES,
        strategie=Strategie.PLANCHER,
        planchers=(
            Plancher("SEL", quantite=Decimal(2)),
            Plancher(pourcentage=Decimal(50)),
        ),
    )
    dit = texte(planchers)
    assert (
        "un plancher pour chacun d’abord, puis au prorata\u00a0: 2 conditionnements pour l’article "
        "SEL\u202f; 50\u00a0% de ce qu’il attend pour les autres articles."
    ) in dit
    assert "Si la livraison ne suffit pas aux planchers" in dit
    usuel = replace(USUELLES, strategie=Strategie.PLANCHER)
    assert "1 conditionnement pour chaque article" in texte(usuel)
    assert "planchers" not in texte()


def test_M5_another_floor_or_another_class_shows_in_the_comparison() -> None:
    deux, trois = (
        replace(
            USUELLES,
            strategie=Strategie.PLANCHER,
            planchers=(Plancher("SEL", quantite=Decimal(n)),),
        )
        for n in (2, 3)
    )
    (ecart,) = comparer(deux, trois, NOMS)
    assert ecart.clause == "Partage des quantités"


def test_same_clauses_have_nothing_to_compare() -> None:
    assert comparer(USUELLES, replace(USUELLES), NOMS) == ()
    assert len(decrire(USUELLES, NOMS)) == 16


def test_two_versions_are_compared_in_words() -> None:
    (ecart,) = comparer(USUELLES, replace(USUELLES, preavis_mois=4), NOMS)
    assert (ecart.clause, ecart.avant, ecart.apres) == (
        "Préavis de retrait",
        "6\u00a0mois",
        "4\u00a0mois",
    )


def test_regles_2_G3_G4_G5_G10_are_always_written() -> None:
    dit = texte()
    for mention in (
        "solidairement responsables des seules opérations menées conjointement",
        "exécutoire pour le coordonnateur et pour chaque participant",
        "ne peut pas utiliser le marché qui en résulte",
        "refuser de signer un marché pour un motif d’intérêt général",
        "L2113-6 à L2113-8",
    ):
        assert mention in dit, mention


def test_regles_2_G1_G8_private_and_foreign_members_bring_their_own_rule() -> None:
    prive = Partie("asso", "Association", FormeJuridique.PRIVE)
    etranger = Partie("turin", "Ville de Turin", FormeJuridique.ETRANGER)
    assert "règles du Code de la commande publique" not in texte()
    dit = texte(USUELLES, prive, etranger)
    assert "Association\u00a0: personne de droit privé" in dit
    assert "Ville de Turin\u00a0: acheteur d’un autre État" in dit


def test_the_text_says_when_it_begins_and_ends() -> None:
    date = replace(projet(), debut=dt.date(2026, 1, 5), fin=dt.date(2030, 1, 5))
    (duree,) = (a for a in rediger(date) if a.titre == "Durée")
    assert "le 05/01/2026" in duree.paragraphes[0]
    assert "Elle prend fin le 05/01/2030." in duree.paragraphes[0]


def test_the_journal_tells_a_convention_in_words() -> None:
    details = {
        "membre": {"siret": "1", "nom": "SDIS"},
        "effet_le": "2026-12-01",
        "motif": "Centrale",
        "le": "2026-06-01",
    }
    assert journal.phrase("adhesion.retrait_notifie", details) == (
        "SDIS notifie son retrait, effet le 01/12/2026\u00a0: Centrale"
    )
    assert journal.phrase("convention.retablie", {}) == "Suspension levée"
