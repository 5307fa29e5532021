from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from services.groupement import tables as t
from services.groupement.demo import ACHATS, NOM, semer
from services.groupement.demo_execution import FOURNITURES
from services.groupement.demo_insertion import DEFINITIONS, MARCHES
from services.groupement.demo_opportunites import PREVUS
from services.groupement.demo_passe import PAPIER
from services.groupement.domain.conventions import EtatAdhesion
from services.groupement.queries import mouvements
from services.groupement.queries.execution import receptions
from services.groupement.queries.precedents import precedents
from services.groupement.queries.suivi import carte
from services.groupement.queries.taches import taches
from services.groupement.usecases.commun import convention_de
from shared.db import audit
from shared.ops import demo


def test_seeding_fills_the_group_once(contexte: Callable[..., Any]) -> None:
    context = contexte("groupement")
    passes = 1 + len((PAPIER, FOURNITURES))
    assert semer(context) == (
        2 + 2 + len(ACHATS) + len(PREVUS) + len(MARCHES) + len(DEFINITIONS) + passes
    )
    assert semer(context) == 0
    with context.transactions.read() as session:
        etats = set(session.scalars(sa.select(t.Achat.etat)))
        lue = carte(session, demo.DEPARTEMENT.siret, context.clock.today())
        assert audit.verify(session) is None
        trouvees = session.scalars(sa.select(t.Opportunite)).all()
    assert etats == {
        "PROJET", "RECENSEMENT_OUVERT", "RECENSEMENT_CLOS", "CONSOLIDE", "EN_EXECUTION", "SOLDE",
    }  # fmt: skip
    assert set(lue.familles) == {
        "EPI", "Électricité", "Entretien", "Logiciels", "Papier", "Véhicules",
    }  # fmt: skip
    assert len(lue.membres) == 5
    assert sorted(len(o.membres) for o in trouvees) == [2, 2, 3]
    assert {o.analyse["garde_pme"]["pme_connues"] for o in trouvees} == {1, 2}
    assert 0 < lue.recus < lue.attendus


def test_the_convention_has_an_amendment_to_sign_and_a_member_on_notice(
    contexte: Callable[..., Any],
) -> None:
    context = contexte("groupement")
    semer(context)
    jour = context.clock.today()
    with context.transactions.read() as session:
        premiere, avenant = session.scalars(
            sa.select(t.Convention).where(t.Convention.nom == NOM).order_by(t.Convention.version)
        ).all()
        lue = convention_de(session, premiere.id)
        attendus = [a.siret for a in convention_de(session, avenant.id).adhesions if not a.effet_le]
    assert (premiere.etat, avenant.etat) == ("EN_VIGUEUR", "EN_SIGNATURE")
    assert avenant.clauses.preavis_mois < premiere.clauses.preavis_mois
    partants = [a.nom for a in lue.adhesions if a.etat(jour) is EtatAdhesion.RETRAIT_NOTIFIE]
    assert partants == ["CCAS d’Aubenas"]
    assert len(lue.consultes(jour)) == 5
    assert attendus == [demo.SDEA.siret, demo.VIVARAIS_HABITAT.siret, demo.AUBENAS.siret]


def test_public_tokens_are_never_created_in_production(contexte: Callable[..., Any]) -> None:
    context = contexte(
        "groupement",
        ENV="production",
        SECRET_KEY="x" * 40,
        INSTANCE_SIRET=demo.DEPARTEMENT.siret,
        INSTANCE_NOM="Département",
        PUBLIC_URL="https://achats.exemple",
        SMTP_URL="smtp://localhost",
        CONTACT="achats@departement07.exemple",
    )
    semer(context)
    with context.transactions.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(t.AccesMembre)) == 0


def test_the_year_before_is_settled_and_proposed_again(contexte: Callable[..., Any]) -> None:
    context = contexte("groupement")
    semer(context)
    aubenas, jour = demo.AUBENAS.siret, context.clock.today()
    with context.transactions.read() as session:
        solde = session.scalars(sa.select(t.Solde)).one()
        passe = session.get_one(t.Achat, solde.achat_id)
        papier = session.scalars(
            sa.select(t.Achat)
            .where(t.Achat.famille == "Papier", t.Achat.etat == "RECENSEMENT_OUVERT")
            .options(selectinload(t.Achat.articles))
        ).one()
        [precedent] = precedents(session, aubenas, papier)["PAPIER-A4-RECYCLE"]
        demandees = {tache.titre for tache in taches(session, aubenas, jour, conduit=False)}
    assert (passe.etat, passe.objet) == ("SOLDE", "Papier des services 2025")
    assert (precedent.annee, precedent.texte, precedent.lieu) == (2025, "18 à 20", "Aubenas")
    assert "Papier A4 recyclé 80 g" not in demandees, "rien ne se commande plus une fois soldé"
    assert {"Classeurs à levier", "Stylos à bille"} <= demandees


def test_no_screen_of_execution_is_empty(contexte: Callable[..., Any]) -> None:
    context = contexte("groupement")
    semer(context)
    with context.transactions.read() as session:
        achat_id = session.get_one(t.Contrat, FOURNITURES.marche_id).achat_id
        genres = {r.genre for r in mouvements.liberations(session, achat_id)}
        transferts = {tr.etat for tr in mouvements.transferts(session, achat_id=achat_id)}
        lus = (
            mouvements.avenants(session, achat_id),
            mouvements.frais(session, achat_id),
            mouvements.substitutions(session, achat_id=achat_id),
            mouvements.livraisons_prevues(session, achat_id),
            [r for r in receptions(session, achat_id) if r.anomalies],
            [r for r in receptions(session, achat_id) if r.non_affecte],
        )
    assert genres == {"AVOIR", "CLOTURE"}
    assert transferts == {"ACCEPTE", "PROPOSE"}
    assert all(lus)
