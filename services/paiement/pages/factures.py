"""Invoices: the inbox by days left, the supplier's list, one invoice, its file, exports."""

import uuid

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reponse

from services.paiement.domain.efacture import Conteneur
from services.paiement.domain.facture import LIBELLES, Etat
from services.paiement.pages import presentation
from services.paiement.pages.acces import perimetre, siret
from services.paiement.queries import affaires, ecarts, suivi
from services.paiement.queries import factures as lectures
from services.paiement.queries.echeances import etat_de
from services.paiement.queries.factures import Filtre
from services.paiement.tables import Facture
from services.paiement.usecases.lois import lois
from services.paiement.usecases.payer import interets_de
from services.paiement.usecases.preciser_depart import depart_ouvert
from services.paiement.usecases.suivi import horloge_de, partage_de
from shared.kernel.calendrier import ajouter_mois
from shared.web import charts
from shared.web.access import allow, current_user
from shared.web.context import context, reading
from shared.web.exports import Tableau, Valeur, exporter, telecharger
from shared.web.pagination import page_demandee

pages = Blueprint("factures", __name__, url_prefix="/paiement")
presentation.installer(pages)
ETATS = [("a_traiter", "À traiter"), ("toutes", "Toutes"), *((e.value, LIBELLES[e]) for e in Etat)]


@pages.get("/")
@allow("finances", "coordonnateur", "porteur", "entreprise")
def accueil() -> Reponse:
    """Where each role starts."""
    if current_user().a("finances", "coordonnateur", "entreprise"):
        return redirect(url_for("factures.lister"), 302)
    return redirect(url_for("cartes.lister"), 302)


def _filtre() -> Filtre:
    connus = {code for code, _ in ETATS}
    etat = request.args.get("etat", "a_traiter")
    return Filtre(
        etat=etat if etat in connus else "a_traiter", mots=request.args.get("q", "").strip()[:80]
    )


@pages.get("/factures")
@allow("finances", "coordonnateur", "entreprise")
def lister() -> str | Reponse:
    """The inbox of a buyer, by days left, with the year's delays."""
    if current_user().entreprise:
        return redirect(url_for("factures.miennes"), 302)
    filtre = _filtre()
    with reading() as session:
        aujourdhui = context().clock.today()
        seuil = lectures.delai_legal(session, siret(), lois(session), aujourdhui)
        chiffres = lectures.chiffres(session, siret(), aujourdhui, seuil)
        return render_template(
            "paiement/factures.html",
            page=lectures.lister(session, perimetre(), filtre, page_demandee()),
            filtre=filtre,
            etats=ETATS,
            chiffres=chiffres,
            vecu=affaires.delai_vecu_moyen(session, siret(), ajouter_mois(aujourdhui, -12)),
            classes=charts.classes(chiffres.delais, seuil=seuil),
            graphe=charts.histogramme(
                chiffres.delais, titre="Délais de paiement des douze derniers mois", seuil=seuil
            ),
        )


@pages.get("/mes-factures")
@allow("entreprise")
def miennes() -> str:
    """What a supplier billed, where each invoice is and when it will be paid."""
    filtre = Filtre(etat="toutes", mots=request.args.get("q", "").strip()[:80])
    with reading() as session:
        return render_template(
            "paiement/mes_factures.html",
            page=lectures.lister(session, perimetre(), filtre, page_demandee()),
            filtre=filtre,
        )


@pages.get("/factures.<extension>")
@allow("finances", "coordonnateur", "entreprise")
def exporter_liste(extension: str) -> Response:
    """The very rows that the screen shows, with the same filters."""
    with reading() as session:
        lignes = [_ligne(f) for f in lectures.toutes(session, perimetre(), _filtre())]
    colonnes = [
        "Numéro",
        "Fournisseur",
        "SIRET fournisseur",
        "Acheteur",
        "Marché",
        "Montant HT",
        "Montant TTC",
        "Reçue le",
        "Départ du délai",
        "Échéance",
        "État",
        "Payée le",
        "Délai (jours)",
        "Retard (jours)",
        "Intérêts",
        "Indemnité",
    ]
    return telecharger(exporter(Tableau("factures", colonnes, lignes), extension))


def _ligne(facture: Facture) -> list[Valeur]:
    return [
        facture.numero,
        facture.fournisseur_nom,
        facture.fournisseur_siret,
        facture.acheteur.nom,
        facture.marche.reference if facture.marche else "",
        facture.montant_ht,
        facture.montant_ttc,
        facture.recue_le,
        facture.depart_le,
        facture.echeance_le,
        LIBELLES[Etat(facture.etat)],
        facture.payee_le,
        facture.delai_jours,
        facture.jours_retard,
        facture.interets,
        facture.indemnite,
    ]


@pages.get("/factures/<uuid:facture_id>")
@allow("finances", "coordonnateur", "entreprise")
def voir(facture_id: uuid.UUID) -> str:
    """One invoice: who holds it since when, its clock step by step, its check, its interest."""
    with reading() as session:
        facture = lectures.lire(session, facture_id, perimetre())
        parametres = lois(session)
        return render_template(
            "paiement/facture.html",
            facture=facture,
            horloge=horloge_de(facture, parametres),
            partage=partage_de(facture, parametres),
            peut_preciser=depart_ouvert(facture),
            etat_interets=etat_de(session, facture_id),
            receptions=lectures.receptions(session, facture_id),
            **ecarts.details(session, facture_id),
            pieces=suivi.pieces(session, facture_id),
            affaire=affaires.lire(session, facture_id, perimetre(), context().clock),
            interets=interets_de(facture, parametres) if facture.payee_le else None,
        )


@pages.get("/factures/<uuid:facture_id>/fichier")
@allow("finances", "coordonnateur", "entreprise")
def telecharger_fichier(facture_id: uuid.UUID) -> Response:
    """The bytes received, as they came, never shown in the page."""
    with reading() as session:
        facture = lectures.lire(session, facture_id, perimetre())
        octets = lectures.fichier(session, facture_id).octets
    pdf = facture.conteneur == Conteneur.PDF
    reponse = Response(bytes(octets), content_type="application/pdf" if pdf else "application/xml")
    nom = f"facture-{facture.numero}.{'pdf' if pdf else 'xml'}"
    reponse.headers.set("Content-Disposition", "attachment", filename=nom)
    return reponse
