"""« Consolider et allotir »: from needs to lots, line by line, with the proof."""

import datetime as dt
import uuid
from typing import Any

from flask import Blueprint, Response, flash, render_template, request
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.allotissement import conseil_pme
from services.groupement.domain.consolidation import Decisions
from services.groupement.domain.lignes import LIBELLES_DECISION
from services.groupement.domain.petits_lots import petits_lots
from services.groupement.pages.formulaires_consolidation import (
    lire_decisions,
    lire_vu,
)
from services.groupement.pages.vues import Vue, achat_conduit, conduit, rendu, siret, vers_achat
from services.groupement.queries import consolidations as lectures
from services.groupement.queries.achats import achat_visible, noms
from services.groupement.queries.preuve import refaire
from services.groupement.usecases.consolider import apercevoir, cadre, consolider
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.exports import Tableau, Valeur, exporter, telecharger
from shared.web.forms import Form
from shared.web.pagination import page_demandee, paginate

MONTREES = 200
PAR_PAGE = 50
pages = Blueprint(
    "groupement_consolidation", __name__, url_prefix="/groupement/achats/<uuid:achat_id>"
)


@pages.route("/consolider", methods=["GET", "POST"])
@allow("coordonnateur")
def preparer(achat_id: uuid.UUID) -> Vue:
    """Show what consolidating would give, then write exactly that."""
    saisie = request.form if request.method == "POST" else request.args
    form, decisions = Form.initial(), lire_decisions(saisie)
    ici = context()
    if request.method == "POST":
        try:
            with transaction() as uow:
                achat_conduit(uow.session, achat_id)
                vu = lire_vu(saisie)
                consolider(uow, achat_id, ici.parametres, vu=vu, decisions=decisions)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("Les besoins sont consolidés.", "ok")
            return vers_achat(achat_id)
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        donnees: dict[str, Any] = {"apercu": None}
        try:
            donnees = _apercu(session, achat, decisions)
        except DomainError as refus:
            form.reject(refus)
        return rendu("consolider.html", form, achat=achat, noms=noms(session), **donnees)


def _apercu(session: Session, achat: t.Achat, decisions: Decisions) -> dict[str, Any]:
    ici = context()
    jour = ici.clock.today()
    apercu = apercevoir(session, achat, ici.parametres, jour, decisions)
    seuils = cadre(session, achat, ici.parametres, jour)
    lots = apercu.resultat.lots
    sous_minimum = [ligne for lot in lots for ligne in lot.lignes if ligne.minimum is not None]
    return {
        "apercu": apercu,
        "sous_minimum": [*sous_minimum, *apercu.resultat.retirees],
        "conseils": {lot.numero: conseil_pme(seuils, lot.numero, lot.montant_ht) for lot in lots},
        "petits": petits_lots(seuils, {lot.numero: lot.montant_ht for lot in lots}),
        "libelles_decision": LIBELLES_DECISION,
        "vu_le": ici.clock.now().isoformat(),
        "maxi": MONTREES,
    }


def _ouvrir(
    session: Session, achat_id: uuid.UUID
) -> tuple[t.Achat, t.Consolidation, list[t.Consolidation], str | None]:
    """The purchase, the consolidation asked for, all of them, and whose needs may be shown."""
    achat = achat_visible(session, achat_id, siret())
    faites = list(lectures.entetes(session, achat_id))
    faite = lectures.numero_ou_derniere(faites, request.args.get("numero", type=int))
    return achat, faite, faites, None if conduit(achat) else siret()


@pages.get("/consolidation")
@allow("agent", "coordonnateur")
def lire(achat_id: uuid.UUID) -> str:
    """A consolidation that was kept: lots, lines, and what differs from the one in force."""
    with reading() as session:
        achat, faite, faites, vue = _ouvrir(session, achat_id)
        page = paginate(session, lectures.lignes(faite.id), page_demandee(), PAR_PAGE)
        mouvements = _mouvements(session, faite, faites[0], vue)
        return render_template(
            "groupement/consolidation.html",
            achat=achat,
            faite=faite,
            faites=faites,
            lots=lectures.lots(session, faite),
            page=page,
            tailles=lectures.tailles(session, page.items),
            mouvements=mouvements,
            conduit=vue is None,
            noms=noms(session),
            libelles_decision=LIBELLES_DECISION,
        )


def _mouvements(
    session: Session, faite: t.Consolidation, courante: t.Consolidation, vue: str | None
) -> list[lectures.Mouvement]:
    if faite.id == courante.id:
        return []
    requete = lectures.mouvements(faite, courante, vue).limit(MONTREES)
    return [lectures.Mouvement(*lu) for lu in session.execute(requete)]


@pages.get("/lignes/<uuid:ligne_id>")
@allow("agent", "coordonnateur")
def ligne(achat_id: uuid.UUID, ligne_id: uuid.UUID) -> str:
    """Who composes a line, in the words in which each need was declared (D6)."""
    with reading() as session:
        achat = achat_visible(session, achat_id, siret())
        trouvee, faite = lectures.ligne_de(session, achat_id, ligne_id)
        vue = None if conduit(achat) else siret()
        parts = [
            lectures.Part(*lue)
            for lue in session.execute(lectures.composition(ligne_id, vue).limit(PAR_PAGE * 20))
        ]
        return render_template(
            "groupement/ligne.html",
            achat=achat,
            faite=faite,
            ligne=trouvee,
            parts=parts,
            conduit=vue is None,
            noms=noms(session),
        )


@pages.get("/consolidation/preuve")
@allow("agent", "coordonnateur")
def preuve(achat_id: uuid.UUID) -> str:
    """What the computation was made of; « refaire le calcul » does it again and compares."""
    with reading() as session:
        achat, faite, faites, vue = _ouvrir(session, achat_id)
        refaite = refaire(session, faite) if "refaire" in request.args else None
        return render_template(
            "groupement/preuve.html",
            achat=achat,
            faite=faite,
            faites=faites,
            lots=lectures.lots(session, faite),
            preuve=refaite,
            seuils=[
                {**seuil, "du": dt.date.fromisoformat(seuil["du"])}
                for seuil in faite.seuils["parametres"]
            ],
            conduit=vue is None,
            noms=noms(session),
        )


@pages.get("/consolidation/lignes.<extension>")
@allow("agent", "coordonnateur")
def exporter_lignes(achat_id: uuid.UUID, extension: str) -> Response:
    """The lines of the screen, all of them."""
    with reading() as session:
        achat, faite, _, _ = _ouvrir(session, achat_id)
        lues = session.scalars(lectures.lignes(faite.id)).all()
    colonnes = ["Lot", *_COLONNES, "Conditionnement", "À commander", "Non affecté", "Estimation HT"]
    lignes: list[list[Valeur]] = [
        [
            x.lot,
            *_tete(x),
            x.conditionnement,
            x.quantite,
            x.non_affecte_base,
            x.montant_estime_ht,
        ]
        for x in lues
    ]
    nom = _nom(achat, faite, "lignes")
    return telecharger(exporter(Tableau(nom, colonnes, lignes), extension))


@pages.get("/consolidation/composition.<extension>")
@allow("agent", "coordonnateur")
def exporter_composition(achat_id: uuid.UUID, extension: str) -> Response:
    """Who composes each line; a member reads its own needs."""
    with reading() as session:
        achat, faite, _, vue = _ouvrir(session, achat_id)
        noms_ = noms(session)
        lignes: list[list[Valeur]] = [
            [x.lot, *_tete(x), noms_[p.siret], p.siret, p.quantite_base, p.complement_base]
            for x, p in lectures.toutes_les_parts(session, faite.id, vue)
        ]
    colonnes = ["Lot", *_COLONNES, "Membre", "SIRET", "Besoin", "Complément sur tolérance"]
    nom = _nom(achat, faite, "composition")
    return telecharger(exporter(Tableau(nom, colonnes, lignes), extension))


_COLONNES = ["Article", "Désignation", "Lieu", "Unité", "Quantité du groupe"]


def _tete(ligne: t.Ligne) -> list[Valeur]:
    return [ligne.article, ligne.designation, ligne.lieu, ligne.unite_base, ligne.quantite_base]


def _nom(achat: t.Achat, faite: t.Consolidation, quoi: str) -> str:
    return f"{achat.reference}-consolidation-{faite.numero}-{quoi}"
