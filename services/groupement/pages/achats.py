"""Purchases: the list, a new one, and the page that tells everything about one."""

import uuid

from flask import Blueprint, flash, render_template, request
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import LIBELLES, EtatAchat
from services.groupement.domain.allotissement import LIBELLES as LIBELLES_DECOUPAGE
from services.groupement.domain.allotissement import MOTIFS
from services.groupement.domain.conventions import LIBELLES_MODE
from services.groupement.pages.formulaires import AchatForm, ArticleForm
from services.groupement.pages.vues import (
    NATURES,
    Vue,
    achat_conduit,
    conduit,
    rendu,
    siret,
    vers_achat,
)
from services.groupement.queries import achats as lectures
from services.groupement.queries import besoins, consolidations, execution
from services.groupement.queries.appels import appels_de
from services.groupement.queries.decoupages import appliques, lots_a_redire
from services.groupement.usecases.ajouter_article import ajouter_article
from services.groupement.usecases.creer_achat import NouvelAchat, creer_achat
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import reading, transaction
from shared.web.pagination import page_demandee, paginate

pages = Blueprint("groupement_achats_pages", __name__, url_prefix="/groupement/achats")


@pages.get("")
@allow("agent", "coordonnateur")
def lister() -> str:
    """Purchases of the organisation's conventions, newest first."""
    etat = request.args.get("etat")
    connu = etat if etat in set(EtatAchat) else None
    with reading() as session:
        page = paginate(session, lectures.visibles(siret(), etat=connu), page_demandee())
        return render_template(
            "groupement/achats.html", page=page, etats=list(LIBELLES.items()), etat=connu
        )


@pages.route("/nouveau", methods=["GET", "POST"])
@allow("coordonnateur")
def nouveau() -> Vue:
    """Bring a purchase into being."""
    if request.method == "GET":
        form = AchatForm.initial({"nature": "FOURNITURES", "duree_mois": "12"})
        return rendu(
            "achat_nouveau.html", form, natures=NATURES.items(), modes=LIBELLES_MODE.items()
        )
    form = AchatForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                achat = creer_achat(
                    uow, NouvelAchat(demandeur=siret(), lots=(), articles=(), **form.data)
                )
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"L’achat {achat.reference} est créé. Décrivez maintenant ses articles.", "ok")
            return vers_achat(achat.id)
    return rendu("achat_nouveau.html", form, natures=NATURES.items(), modes=LIBELLES_MODE.items())


@pages.get("/<uuid:achat_id>")
@allow("agent", "coordonnateur")
def voir(achat_id: uuid.UUID) -> str:
    """Where the purchase stands, what it is made of, what comes next."""
    with reading() as session:
        achat = lectures.achat_visible(session, achat_id, siret())
        pour_tous = conduit(achat)
        faites = consolidations.entetes(session, achat_id)
        page = paginate(session, consolidations.completes(faites[0].id), 1, 10) if faites else None
        return render_template(
            "groupement/achat.html",
            achat=achat,
            conduit=pour_tous,
            totaux=besoins.totaux(session, achat_id),
            consolidations=faites,
            premieres=page.items if page else [],
            nombre_de_lignes=page.total if page else 0,
            appels=appels_de(session, achat_id),
            appliques=appliques(session, achat_id),
            a_redire=lots_a_redire(session, achat, siret()),
            libelles_decoupage=LIBELLES_DECOUPAGE,
            libelles_motif=MOTIFS,
            noms=lectures.noms(session),
            contrats=_contrats(session, achat_id),
            paiements=execution.paiements(session, achat_id, None if pour_tous else siret()),
            ma_reponse=next((p for p in achat.participations if p.siret == siret()), None),
            journal=lectures.journal(session, achat_id) if pour_tous else [],
            auteurs=lectures.auteurs(session) if pour_tous else {},
        )


def _contrats(
    session: Session, achat_id: uuid.UUID
) -> list[tuple[t.Contrat, list[execution.PartVue]]]:
    parts = execution.parts(session, achat_id=achat_id)
    return [
        (contrat, [part for part in parts if part.contrat.marche_id == contrat.marche_id])
        for contrat in execution.contrats(session, achat_id)
    ]


@pages.route("/<uuid:achat_id>/articles", methods=["GET", "POST"])
@allow("coordonnateur")
def articles(achat_id: uuid.UUID) -> Vue:
    """Describe the articles one by one, while the purchase is a project."""
    with reading() as session:
        achat = achat_conduit(session, achat_id)
    if request.method == "GET":
        return rendu("articles.html", ArticleForm.initial(_propose(achat)), achat=achat)
    form = ArticleForm.bind(request.form)
    article = form.article() if form.valid else None
    if article:
        try:
            with transaction() as uow:
                ajouter_article(uow, achat_id, article, form.lot_prevu())
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"L’article {article.code} est enregistré.", "ok")
            return vers_achat(achat_id)
    return rendu("articles.html", form, achat=achat)


def _propose(achat: t.Achat) -> dict[str, str]:
    """Correct an article named in the address, else start the next one."""
    code = request.args.get("code", "")
    connu = next((article for article in achat.articles if article.code == code), None)
    if connu is None:
        numero = str(len(achat.lots) + 1)
        return {"lot": numero, "lot_cpv": achat.cpv}
    lot = next(lot for lot in achat.lots if lot.numero == connu.lot)
    return {
        "lot": str(lot.numero),
        "lot_objet": lot.objet,
        "lot_cpv": lot.cpv,
        "code": connu.code,
        "designation": connu.designation,
        "unite_base": connu.unite_base,
        "prix_estime_ht": format(connu.prix_estime_ht, "f").replace(".", ","),
        "conditionnements": "\n".join(
            f"{c['nom']} = {c['contient']}" for c in connu.conditionnements
        ),
        "conditionnement_achat": connu.conditionnement_achat,
        "minimum": "" if connu.minimum is None else format(connu.minimum, "f").replace(".", ","),
    }
