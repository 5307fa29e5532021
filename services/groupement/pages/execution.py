"""« Ma part », orders and deliveries."""

import uuid
from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reponse

from services.groupement import tables as t
from services.groupement.domain.besoins import Canal
from services.groupement.pages.formulaires import CommandeForm, MotifForm, ReceptionForm
from services.groupement.pages.vues import Vue, achat_conduit, conduit, rendu, siret
from services.groupement.queries import execution
from services.groupement.queries.achats import achat_visible, noms
from services.groupement.usecases.annuler_commande import annuler_commande
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.passer_commande import NouvelleCommande, passer_commande
from shared.kernel.errors import DomainError, NotFoundError
from shared.kernel.ids import new_id
from shared.web.access import allow
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
        achat = achat_visible(session, achat_id, siret())
        receptions = execution.receptions(session, achat_id)
        return render_template(
            "groupement/parts.html",
            achat=achat,
            conduit=conduit(achat),
            parts=execution.parts(session, siret=siret(), achat_id=achat_id),
            commandes=session.scalars(execution.commandes(siret(), achat_id)).all(),
            receptions=receptions,
            livrees={p.commande_id for r in receptions for p in r.parts if p.part},
        )


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
    if request.method == "GET":
        form = CommandeForm.initial({"jeton_saisie": str(new_id(context().clock))})
        return rendu("commander.html", form, part=part)
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
    return rendu("commander.html", form, part=part)


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
    form = ReceptionForm.bind(request.form)
    if form.valid:
        lue = form.data
        nouvelle = NouvelleReception(
            lue["ligne"], lue["bon_livraison"], lue["quantite"], lue["recue_le"]
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
        return rendu(
            "reception.html",
            form,
            achat=achat,
            lignes=lignes,
            attendus=attendus,
            receptions=execution.receptions(session, achat_id),
            noms=noms(session),
        )
