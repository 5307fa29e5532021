"""« Ma part », orders and deliveries."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reponse

from services.groupement import tables as t
from services.groupement.domain.besoins import Canal
from services.groupement.domain.clauses_en_mots import partage
from services.groupement.domain.livraisons import GenreReception
from services.groupement.domain.repartition import LIBELLES as STRATEGIES
from services.groupement.domain.solde import total
from services.groupement.pages.formulaires import CommandeForm, MotifForm
from services.groupement.pages.formulaires_execution import (
    ReceptionForm,
    formulaire_de_reception,
)
from services.groupement.pages.vues import Vue, achat_conduit, conduit, rendu, siret
from services.groupement.queries import execution, mouvements
from services.groupement.queries.achats import achat_visible, noms
from services.groupement.queries.solde import fiches
from services.groupement.usecases.annuler_commande import annuler_commande
from services.groupement.usecases.commun import clauses_de
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.passer_commande import NouvelleCommande, passer_commande, prix_au
from shared.kernel.errors import DomainError, NotFoundError
from shared.kernel.ids import new_id
from shared.kernel.montant import Montant
from shared.web import pdf
from shared.web.access import allow
from shared.web.charts import halteres
from shared.web.context import context, reading, transaction
from shared.web.exports import Tableau, exporter, telecharger

pages = Blueprint("groupement_execution", __name__, url_prefix="/groupement")
COLONNES = (
    "Marché", "Article", "Lieu", "Conditionnement", "Prix unitaire HT", "Part", "Commandé",
    "Reçu", "Reste à commander", "Montant maximal HT",
)  # fmt: skip


@pages.get("/achats/<uuid:achat_id>/parts")
@allow("agent", "coordonnateur")
def parts(achat_id: uuid.UUID) -> str:
    """The organisation's share of a purchase: quantities, money, orders, deliveries."""
    with reading() as session:
        donnees = ma_part(session, achat_id)
        commandes = session.scalars(execution.commandes(siret(), achat_id)).all()
        return render_template(
            "groupement/parts.html",
            **donnees,
            conduit=conduit(donnees["achat"]),
            commandes=commandes,
            etats=execution.etats_des_commandes(session, commandes),
            dates=mouvements.livraisons_prevues(session, achat_id),
            a_repondre=[
                s
                for s in mouvements.substitutions_a_repondre(session, siret())
                if s.ligne.contrat.achat_id == achat_id
            ],
            transferts=mouvements.transferts(session, siret=siret(), achat_id=achat_id),
            frais=mouvements.frais(session, achat_id, siret()),
            avenants=mouvements.avenants(session, achat_id) if donnees["parts"] else [],
            noms=noms(session),
            halteres=halteres(donnees["economies"], titre="Prix de référence et prix obtenu"),
            pdf=pdf.disponible(),
        )


def ma_part(session: Session, achat_id: uuid.UUID) -> dict[str, Any]:
    """The figures of the share, the same for the page and for its PDF."""
    achat = achat_visible(session, achat_id, siret())
    siennes = execution.parts(session, siret=siret(), achat_id=achat_id)
    economies = execution.economies(session, siennes, context().clock.today())
    return {
        "achat": achat,
        "parts": siennes,
        "economies": economies,
        "economie": Montant.somme(e.ecart_ht for e in economies),
        "engage": Montant.somme(part.montant_commande_ht for part in siennes),
        "maximum": Montant.somme(part.quota.montant_max_ht for part in siennes),
        "final": total(fiches(session, achat_id, siret())),
        "recues": [
            part for part in execution.parts_recues(session, siret(), achat_id) if part.part
        ],
        "solde": session.get(t.Solde, achat_id),
    }


@pages.get("/achats/<uuid:achat_id>/parts.pdf")
@allow("agent", "coordonnateur")
def fiche_pdf(achat_id: uuid.UUID) -> Response:
    """The share as a tagged PDF; where the extra is not installed, say how to print."""
    if not pdf.disponible():
        raise NotFoundError(
            "Le PDF n’est pas installé ici\u00a0: imprimez la page «\u00a0Ma part\u00a0» et "
            "choisissez «\u00a0Enregistrer au format PDF\u00a0».",
            code="pdf_absent",
        )
    with reading() as session:
        donnees = ma_part(session, achat_id)
        jour = context().clock.today()
        corps = pdf.ecrire(render_template("groupement/part_pdf.html", **donnees, jour=jour))
    nom = f"part-{donnees['achat'].reference}.pdf"
    entetes = {"Content-Disposition": f'attachment; filename="{nom}"'}
    return Response(corps, mimetype="application/pdf", headers=entetes)


@pages.get("/achats/<uuid:achat_id>/parts.<extension>")
@allow("agent", "coordonnateur")
def exporter_parts(achat_id: uuid.UUID, extension: str) -> Response:
    """The same share as a spreadsheet."""
    with reading() as session:
        achat = achat_visible(session, achat_id, siret())
        siennes = execution.parts(session, siret=siret(), achat_id=achat_id)
    lignes = [
        (
            part.contrat.reference,
            part.ligne.designation,
            part.ligne.lieu,
            part.ligne.conditionnement,
            part.ligne.prix_unitaire_ht,
            part.quota.quantite,
            part.commande,
            part.recu,
            part.reste,
            part.quota.montant_max_ht,
        )
        for part in siennes
    ]
    return telecharger(exporter(Tableau(f"part-{achat.reference}", COLONNES, lignes), extension))


@pages.route("/parts/<uuid:quota_id>/commander", methods=["GET", "POST"])
@allow("agent")
def commander(quota_id: uuid.UUID) -> Vue:
    """Order within the share."""
    with reading() as session:
        part = _part(execution.parts(session, siret=siret()), quota_id)
        du_jour = prix_au(session, part.ligne, context().clock.today())
    if request.method == "GET":
        form = CommandeForm.initial({"jeton_saisie": str(new_id(context().clock))})
        return rendu("commander.html", form, part=part, prix_du_jour=du_jour)
    form = CommandeForm.bind(request.form)
    if form.valid:
        nouvelle = NouvelleCommande(
            achat_id=part.contrat.achat_id,
            siret=siret(),
            article=part.ligne.article,
            quantite=form.data["quantite"],
            lieu=part.ligne.lieu,
            canal=Canal.FORMULAIRE,
            reference_membre=_jeton_de_saisie(),
        )
        try:
            with transaction() as uow:
                commande = passer_commande(uow, nouvelle)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"La commande {commande.reference} est passée.", "ok")
            return _vers_parts(part.contrat.achat_id)
    return rendu("commander.html", form, part=part, prix_du_jour=du_jour)


def _jeton_de_saisie() -> str | None:
    """The same page sent twice (double click, reload) orders once."""
    jeton = request.form.get("jeton_saisie", "")
    return f"page:{jeton}" if jeton else None


def _part(siennes: list[execution.PartVue], quota_id: uuid.UUID) -> execution.PartVue:
    for part in siennes:
        if part.quota.id == quota_id:
            return part
    raise NotFoundError("Cette part n’existe pas.", code="quota_absent")


def _vers_parts(achat_id: uuid.UUID) -> Reponse:
    return redirect(url_for("groupement_execution.parts", achat_id=achat_id), 303)


@pages.route("/commandes/<uuid:commande_id>/annuler", methods=["GET", "POST"])
@allow("agent")
def annuler(commande_id: uuid.UUID) -> Vue:
    """Cancel an order of which nothing was delivered."""
    with reading() as session:
        commande = execution.commande_de(session, commande_id, siret())
    if request.method == "GET":
        return rendu("annuler_commande.html", MotifForm.initial(), commande=commande)
    form = MotifForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                annuler_commande(uow, commande_id, siret(), form.data["motif"])
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"La commande {commande.reference} est annulée.", "ok")
            return _vers_parts(commande.quota.ligne.contrat.achat_id)
    return rendu("annuler_commande.html", form, commande=commande)


@pages.route("/achats/<uuid:achat_id>/reception", methods=["GET", "POST"])
@allow("coordonnateur")
def reception(achat_id: uuid.UUID) -> Vue:
    """Record a delivery; the page then shows each member's share and why."""
    if request.method == "GET":
        return _montrer_reception(achat_id, ReceptionForm.initial())
    with reading() as session:
        membres = mouvements.perimetre(session, achat_id)
    form = formulaire_de_reception(membres).bind(request.form)
    if form.valid:
        lue = form.data
        nouvelle = NouvelleReception(
            lue["ligne"],
            lue["bon_livraison"],
            lue["quantite"],
            lue["recue_le"],
            lue["motif"],
            form.anomalies(),
            form.regle(),
        )
        try:
            with transaction() as uow:
                achat_conduit(uow.session, achat_id)
                _exiger_ligne(execution.lignes_de_marche(uow.session, achat_id), lue["ligne"])
                enregistrer_reception(uow, nouvelle)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("La livraison est enregistrée et répartie.", "ok")
            return redirect(url_for("groupement_execution.reception", achat_id=achat_id), 303)
    return _montrer_reception(achat_id, form)


def _exiger_ligne(lignes: Sequence[t.ContratLigne], ligne_id: uuid.UUID) -> None:
    if ligne_id not in {ligne.id for ligne in lignes}:
        raise NotFoundError("Cette ligne n’est pas de cet achat.", code="ligne_inconnue")


def _montrer_reception(achat_id: uuid.UUID, form: ReceptionForm) -> Vue:
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        parts_de_tous = execution.parts(session, achat_id=achat_id)
        lignes = execution.lignes_de_marche(session, achat_id)
        attendus = {
            ligne.id: sum(p.attendu for p in parts_de_tous if p.ligne.id == ligne.id)
            for ligne in lignes
        }
        receptions = execution.receptions(session, achat_id)
        return rendu(
            "reception.html",
            form,
            achat=achat,
            lignes=sorted(lignes, key=lambda ligne: not attendus[ligne.id]),
            attendus=attendus,
            receptions=receptions,
            contrepassees={
                r.origine_id for r in receptions if r.genre == GenreReception.CONTREPASSATION
            },
            strategies=STRATEGIES.items(),
            partage=partage(clauses_de(session, achat_id), noms(session)),
            membres=mouvements.perimetre(session, achat_id),
            solde=session.get(t.Solde, achat_id),
            noms=noms(session),
        )
