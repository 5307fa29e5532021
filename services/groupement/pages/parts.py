"""What a member does with its share: give, answer, close short."""

import uuid
from decimal import Decimal

from flask import Blueprint, request
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.transferts import LIBELLES, EtatTransfert
from services.groupement.pages.actions import Champ, Page, agir, montrer
from services.groupement.pages.formulaires import MotifForm
from services.groupement.pages.formulaires_execution import CederForm, ReponseForm
from services.groupement.pages.vues import Vue, siret
from services.groupement.queries import execution, mouvements
from services.groupement.queries.achats import noms
from services.groupement.usecases.liberer_commande import clore_commande
from services.groupement.usecases.passer_commande import prix_au
from services.groupement.usecases.substituer import repondre_substitution
from services.groupement.usecases.transferer_quota import (
    NouveauTransfert,
    proposer_transfert,
    repondre_transfert,
    retirer_transfert,
)
from shared.kernel.errors import NotFoundError
from shared.kernel.repartition import nombre
from shared.web.access import allow
from shared.web.context import context, reading
from shared.web.formats import instant, prix, quantite

pages = Blueprint("groupement_parts", __name__, url_prefix="/groupement")
OUI_NON = (("oui", "J’accepte"), ("non", "Je refuse"))


def _ariane(achat_id: uuid.UUID) -> tuple[tuple[str, str], ...]:
    return (("Groupement", "/groupement/"), ("Ma part", f"/groupement/achats/{achat_id}/parts"))


@pages.route("/parts/<uuid:quota_id>/ceder", methods=["GET", "POST"])
@allow("agent")
def ceder(quota_id: uuid.UUID) -> Vue:
    """Offer a part of the quota to another member of the perimeter."""
    with reading() as session:
        part = _part(session, quota_id)
        autres = _autres(session, part.contrat.achat_id)
    page = Page(
        titre="Céder une partie de ma part",
        ariane=_ariane(part.contrat.achat_id),
        bouton="Proposer ce transfert",
        intro="Rien ne change tant que l’autre membre n’a pas accepté. Le coordonnateur est "
        "informé.",
        faits=(
            ("Article", f"{part.ligne.designation}, {part.ligne.lieu}"),
            ("Votre part", quantite(part.quota.quantite, part.ligne.conditionnement)),
            ("Cessible", f"{nombre(part.reste)}, ce que vous n’avez pas commandé"),
        ),
        champs=(
            Champ("vers", "Membre qui reçoit", options=autres, vide="Choisissez un membre"),
            Champ("quantite", f"Quantité ({part.ligne.conditionnement})", "nombre"),
            Champ("motif", "Motif (facultatif)", "texte"),
        ),
    )
    if request.method == "GET":
        return montrer(page, CederForm.initial())
    form = CederForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: proposer_transfert(uow, NouveauTransfert(part.ligne.id, siret(), **form.data)),
        "Le transfert est proposé.",
    )


def _part(session: Session, quota_id: uuid.UUID) -> execution.PartVue:
    for part in execution.parts(session, siret=siret()):
        if part.quota.id == quota_id:
            return part
    raise NotFoundError("Cette part n’existe pas.", code="quota_absent")


def _autres(session: Session, achat_id: uuid.UUID) -> list[tuple[str, str]]:
    """The other members of the perimeter frozen at launch."""
    connus = noms(session)
    membres = mouvements.perimetre(session, achat_id)
    return sorted(((s, connus[s]) for s in membres if s != siret()), key=lambda m: m[1])


@pages.route("/transferts/<uuid:transfert_id>", methods=["GET", "POST"])
@allow("agent")
def transfert(transfert_id: uuid.UUID) -> Vue:
    """Answer an offer, or take one's own back."""
    with reading() as session:
        lu = mouvements.transfert_de(session, transfert_id, siret())
        connus = noms(session)
    ligne = lu.ligne
    sien, ouvert = lu.de_siret == siret(), lu.etat == EtatTransfert.PROPOSE
    geste = "Retirer ma proposition" if sien else "Envoyer ma réponse"
    page = Page(
        titre=_titre(sien=sien, ouvert=ouvert),
        ariane=_ariane(ligne.contrat.achat_id),
        bouton=geste if ouvert else "",
        grave=sien,
        faits=(
            ("Article", f"{ligne.designation}, {ligne.lieu}"),
            ("Quantité", quantite(lu.quantite, ligne.conditionnement)),
            ("De", connus.get(lu.de_siret or "", "–")),
            ("Vers", connus.get(lu.vers_siret or "", "–")),
            ("Motif", lu.motif or "–"),
            ("État", LIBELLES[EtatTransfert(lu.etat)]),
        ),
        champs=()
        if sien or not ouvert
        else (Champ("reponse", "Votre réponse", "radio", options=OUI_NON),),
    )
    if request.method == "GET":
        return montrer(page, ReponseForm.initial())
    form = ReponseForm.bind({"reponse": "non"} if sien else request.form)
    if sien:
        return agir(
            page,
            form,
            lambda uow: retirer_transfert(uow, transfert_id, siret()),
            "La proposition est retirée.",
        )
    return agir(
        page,
        form,
        lambda uow: repondre_transfert(uow, transfert_id, siret(), accepte=form.accepte),
        "Votre réponse est enregistrée.",
    )


def _titre(*, sien: bool, ouvert: bool) -> str:
    if not ouvert:
        return "Transfert de part"
    return "Retirer ma proposition" if sien else "Répondre à un transfert"


@pages.route("/substitutions/<uuid:substitution_id>", methods=["GET", "POST"])
@allow("agent")
def substitution(substitution_id: uuid.UUID) -> Vue:
    """Accept or refuse another article for what is still awaited."""
    with reading() as session:
        lue = mouvements.substitution_de(session, substitution_id, siret())
        en_vigueur = prix_au(session, lue.ligne, context().clock.today())
    page = _page_substitution(lue, en_vigueur)
    if request.method == "GET":
        return montrer(page, ReponseForm.initial())
    form = ReponseForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: repondre_substitution(uow, substitution_id, siret(), accepte=form.accepte),
        "Votre réponse est enregistrée.",
    )


def _page_substitution(lue: t.Substitution, en_vigueur: Decimal) -> Page:
    ligne = lue.ligne
    return Page(
        titre="Répondre à une substitution",
        ariane=_ariane(ligne.contrat.achat_id),
        bouton="Envoyer ma réponse",
        intro="Si vous acceptez, ce que vous attendez encore est commandé dans le nouvel article. "
        "Si vous refusez, ou sans réponse à la date dite, la quantité est rendue à votre part.",
        faits=(
            (
                "Article du marché",
                _au_prix(ligne.designation, en_vigueur),
            ),
            ("Article proposé", _au_prix(lue.designation, lue.prix_unitaire_ht)),
            ("Motif du titulaire", lue.motif),
            ("Réponse avant le", instant(lue.reponse_avant)),
        ),
        champs=(Champ("reponse", "Votre réponse", "radio", options=OUI_NON),),
    )


def _au_prix(designation: str, montant: Decimal) -> str:
    return f"{designation}, {prix(montant)} HT"


@pages.route("/commandes/<uuid:commande_id>/clore", methods=["GET", "POST"])
@allow("agent")
def clore(commande_id: uuid.UUID) -> Vue:
    """Stop waiting for the rest of an order: it goes back to the quota."""
    with reading() as session:
        commande = execution.commande_de(session, commande_id, siret())
    ligne = commande.quota.ligne
    page = Page(
        titre=f"Clore la commande {commande.reference}",
        ariane=_ariane(ligne.contrat.achat_id),
        bouton="Clore la commande",
        grave=True,
        intro="Ce qui n’est pas livré n’est plus attendu et retourne à votre part\u00a0: vous "
        "pourrez le commander de nouveau. Ce qui est reçu le reste.",
        faits=(("Article", ligne.designation), ("Commandé", nombre(commande.quantite))),
        champs=(Champ("motif", "Motif", "texte", "Exemple\u00a0: le titulaire ne livrera plus"),),
    )
    if request.method == "GET":
        return montrer(page, MotifForm.initial())
    form = MotifForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: clore_commande(uow, commande_id, form.data["motif"], siret=siret()),
        f"La commande {commande.reference} est close.",
    )
