"""What the coordinator does with a delivery afterwards: take back, credit, give the surplus."""

import uuid

from flask import Blueprint, request

from services.groupement import tables as t
from services.groupement.pages.actions import Champ, Page, agir, montrer
from services.groupement.pages.formulaires import MotifForm
from services.groupement.pages.formulaires_execution import QuantiteMotifForm, SurplusForm
from services.groupement.pages.vues import Vue, achat_conduit
from services.groupement.queries import mouvements
from services.groupement.queries.achats import noms
from services.groupement.usecases.attribuer_surplus import (
    NouvelleAttribution,
    attribuer_surplus,
)
from services.groupement.usecases.contrepasser_reception import contrepasser_reception
from services.groupement.usecases.liberer_commande import enregistrer_avoir
from shared.web.access import allow
from shared.web.context import reading
from shared.web.formats import quantite

pages = Blueprint("groupement_livraisons", __name__, url_prefix="/groupement/receptions")


def _reception(reception_id: uuid.UUID) -> tuple[t.Reception, t.Achat]:
    with reading() as session:
        lue = mouvements.reception_lue(session, reception_id)
        return lue, achat_conduit(session, lue.ligne.contrat.achat_id)


def _page(
    lue: t.Reception,
    achat: t.Achat,
    titre: str,
    bouton: str,
    champs: tuple[Champ, ...],
    *,
    intro: str,
    grave: bool = False,
) -> Page:
    return Page(
        titre=titre,
        ariane=(
            ("Groupement", "/groupement/"),
            (achat.objet, f"/groupement/achats/{achat.id}"),
            ("Livraisons", f"/groupement/achats/{achat.id}/reception"),
        ),
        bouton=bouton,
        champs=champs,
        intro=intro,
        grave=grave,
        faits=(
            ("Bon de livraison", lue.bon_livraison),
            ("Article", f"{lue.ligne.designation}, {lue.ligne.lieu}"),
            ("Reçu", quantite(lue.quantite, lue.ligne.conditionnement)),
        ),
    )


@pages.route("/<uuid:reception_id>/contrepasser", methods=["GET", "POST"])
@allow("coordonnateur")
def contrepasser(reception_id: uuid.UUID) -> Vue:
    """Take back a delivery recorded wrongly, by its reverse entry."""
    lue, achat = _reception(reception_id)
    page = _page(
        lue,
        achat,
        "Contre-passer une livraison",
        "Contre-passer la livraison",
        (Champ("motif", "Motif", "texte", "Exemple\u00a0: bon saisi deux fois"),),
        intro="L’écriture inverse est ajoutée, part par part. Les autres livraisons ne changent "
        "pas et rien n’est recalculé. Vous pourrez enregistrer de nouveau le bon corrigé.",
        grave=True,
    )
    if request.method == "GET":
        return montrer(page, MotifForm.initial())
    form = MotifForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: contrepasser_reception(uow, reception_id, form.data["motif"]),
        "La livraison est contre-passée\u00a0; les membres sont prévenus.",
    )


@pages.route("/<uuid:reception_id>/avoir", methods=["GET", "POST"])
@allow("coordonnateur")
def avoir(reception_id: uuid.UUID) -> Vue:
    """Pieces that will not come again: their quantity goes back to the quotas."""
    lue, achat = _reception(reception_id)
    page = _page(
        lue,
        achat,
        "Enregistrer un avoir",
        "Enregistrer l’avoir",
        (
            Champ("quantite", "Quantité créditée", "nombre"),
            Champ("motif", "Motif", "texte", "Exemple\u00a0: avoir n°\u00a012 du titulaire"),
        ),
        intro="Les pièces manquantes, cassées ou refusées de ce bon ne seront pas livrées de "
        "nouveau\u00a0: leur quantité est rendue aux parts, au prorata de ce que chacun attend. "
        "Si le titulaire baisse plutôt son prix, partagez une réfaction.",
    )
    if request.method == "GET":
        return montrer(page, QuantiteMotifForm.initial())
    form = QuantiteMotifForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: enregistrer_avoir(uow, reception_id, form.data["quantite"], form.data["motif"]),
        "L’avoir est enregistré.",
    )


@pages.route("/<uuid:reception_id>/surplus", methods=["GET", "POST"])
@allow("coordonnateur")
def surplus(reception_id: uuid.UUID) -> Vue:
    """Give to a member what a delivery left to nobody."""
    lue, achat = _reception(reception_id)
    with reading() as session:
        connus = noms(session)
        membres = [(s, connus[s]) for s in mouvements.perimetre(session, achat.id)]
    page = _page(
        lue,
        achat,
        "Attribuer un surplus",
        "Attribuer le surplus",
        (
            Champ("siret", "Membre", options=membres, vide="Choisissez un membre"),
            Champ("quantite", "Quantité", "nombre"),
            Champ("motif", "Motif", "texte"),
        ),
        intro="Le membre commande et reçoit ce surplus au prix du marché, dans la limite de son "
        "montant maximal. Au-delà, un avenant vient d’abord.",
    )
    if request.method == "GET":
        return montrer(page, SurplusForm.initial())
    form = SurplusForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: attribuer_surplus(uow, NouvelleAttribution(reception_id, **form.data)),
        "Le surplus est attribué.",
    )
