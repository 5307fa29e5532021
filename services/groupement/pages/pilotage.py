"""The coordinator conducts contracts in force: amendments, dates, fees, deliveries, closing."""

import uuid

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain import cles, frais, modifications
from services.groupement.domain.solde import LigneFiche, obstacles, total
from services.groupement.pages.actions import Champ, Page, agir, montrer
from services.groupement.pages.formulaires_execution import (
    AvenantForm,
    FraisForm,
    LivraisonForm,
    SoldeForm,
    SubstitutionForm,
    ToleranceForm,
)
from services.groupement.pages.vues import Vue, achat_conduit, siret
from services.groupement.queries import execution, mouvements, solde
from services.groupement.queries.achats import noms
from services.groupement.usecases.annoncer_livraison import annoncer_livraison
from services.groupement.usecases.commun import clauses_de
from services.groupement.usecases.conclure_avenant import (
    NouveauPrix,
    NouvelAvenant,
    conclure_avenant,
)
from services.groupement.usecases.fixer_tolerance import fixer_tolerance
from services.groupement.usecases.partager_frais import NouveauxFrais, partager_frais
from services.groupement.usecases.passer_commande import prix_au
from services.groupement.usecases.solder_achat import solder_achat
from services.groupement.usecases.substituer import proposer_substitution
from shared.kernel.montant import Montant
from shared.kernel.repartition import nombre
from shared.web.access import allow
from shared.web.context import context, reading
from shared.web.exports import Tableau, Valeur, exporter, telecharger
from shared.web.formats import eur, jour, prix

pages = Blueprint("groupement_pilotage", __name__, url_prefix="/groupement")
COLONNES = (
    "Membre", "SIRET", "Marché", "Article", "Conditionnement", "Part", "Commandé", "Rendu",
    "Reçu", "Écart", "Commandé HT", "Reçu HT", "Frais et remises HT", "Montant final HT",
)  # fmt: skip


@pages.get("/achats/<uuid:achat_id>/execution")
@allow("coordonnateur")
def voir(achat_id: uuid.UUID) -> str:
    """Everything that moves on the purchase's contracts, and what keeps it open."""
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        fiches = solde.fiches(session, achat_id)
        parts = execution.parts(session, achat_id=achat_id)
        contrats = execution.contrats(session, achat_id)
        return render_template(
            "groupement/execution.html",
            achat=achat,
            contrats=contrats,
            engages={c.marche_id: _engage(parts, c) for c in contrats},
            lignes=execution.lignes_de_marche(session, achat_id),
            parts=parts,
            dates=mouvements.livraisons_prevues(session, achat_id),
            avenants=mouvements.avenants(session, achat_id),
            substitutions=mouvements.substitutions(session, achat_id=achat_id),
            transferts=mouvements.transferts(session, achat_id=achat_id),
            frais=mouvements.frais(session, achat_id),
            liberations=mouvements.liberations(session, achat_id),
            obstacles=obstacles(solde.bilan(session, achat_id)),
            solde=session.get(t.Solde, achat_id),
            fiches=fiches,
            total=total(fiches),
            noms=noms(session),
        )


def _engage(parts: list[execution.PartVue], contrat: t.Contrat) -> Montant:
    return Montant.somme(
        part.montant_commande_ht for part in parts if part.contrat.marche_id == contrat.marche_id
    )


@pages.get("/achats/<uuid:achat_id>/solde.<extension>")
@allow("coordonnateur")
def exporter_fiches(achat_id: uuid.UUID, extension: str) -> Response:
    """Each member's final sheet as a spreadsheet, from the figures of the page."""
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        connus = noms(session)
        lignes = [_rangee(fiche, connus) for fiche in solde.fiches(session, achat_id)]
    return telecharger(exporter(Tableau(f"solde-{achat.reference}", COLONNES, lignes), extension))


def _rangee(fiche: LigneFiche, connus: dict[str, str]) -> tuple[Valeur, ...]:
    return (
        connus[fiche.siret],
        fiche.siret,
        fiche.marche,
        fiche.designation,
        fiche.conditionnement,
        fiche.quota,
        fiche.commande,
        fiche.libere,
        fiche.recu,
        fiche.ecart,
        fiche.montant_commande_ht,
        fiche.montant_recu_ht,
        fiche.ajustements_ht,
        fiche.montant_final_ht,
    )


def _ariane(achat: t.Achat) -> tuple[tuple[str, str], ...]:
    return (
        ("Groupement", "/groupement/"),
        (achat.objet, f"/groupement/achats/{achat.id}"),
        ("Exécution", f"/groupement/achats/{achat.id}/execution"),
    )


def _marche(session: Session, marche_id: uuid.UUID) -> tuple[t.Contrat, t.Achat]:
    contrat = mouvements.marche_visible(session, marche_id, siret())
    return contrat, achat_conduit(session, contrat.achat_id)


@pages.route("/marches/<uuid:marche_id>/avenant", methods=["GET", "POST"])
@allow("coordonnateur")
def avenant(marche_id: uuid.UUID) -> Vue:
    """Record an amendment; the law's limits answer on the field they concern."""
    with reading() as session:
        contrat, achat = _marche(session, marche_id)
    page = _page_avenant(contrat, achat)
    if request.method == "GET":
        aujourd_hui = context().clock.today().isoformat()
        return montrer(page, AvenantForm.initial({"signe_le": aujourd_hui}))
    form = AvenantForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: conclure_avenant(uow, _avenant(form, marche_id), context().parametres),
        "L’avenant est enregistré\u00a0; les membres sont prévenus.",
    )


def _page_avenant(contrat: t.Contrat, achat: t.Achat) -> Page:
    lignes = [
        (str(x.id), f"{x.designation}, {x.lieu} ({prix(x.prix_unitaire_ht)} HT)")
        for x in contrat.lignes
    ]
    return Page(
        titre=f"Avenant au marché {contrat.reference}",
        ariane=_ariane(achat),
        bouton="Enregistrer l’avenant",
        intro="Un nouveau prix vaut pour les commandes à venir\u00a0: celles déjà passées gardent "
        "le leur.",
        faits=(
            ("Montant initial", f"{eur(contrat.montant_initial_ht)} HT"),
            ("Montant maximal actuel", f"{eur(contrat.montant_ht)} HT"),
            ("Terme actuel", jour(contrat.fin_le)),
        ),
        champs=(
            Champ("motif", "Cas légal", options=[(m.value, x) for m, x in _LIBELLES_AVENANT]),
            Champ("objet", "Objet", "texte", "Exemple\u00a0: hausse du cours de la pâte à papier"),
            Champ("signe_le", "Date de signature", "date"),
            Champ(
                "montant_ht", "Montant HT (facultatif si un prix ou le terme change)", "nombre",
                "En moins\u00a0: -1 200. Vide\u00a0: l’effet du prix sur ce qui reste.",
            ),
            Champ("fin_le", "Nouveau terme", "date", "Vide\u00a0: le terme du marché reste"),
            Champ("ligne", "Ligne dont le prix change", options=lignes, vide="Aucune"),
            Champ("prix_unitaire_ht", "Nouveau prix unitaire HT", "nombre"),
            Champ("effet_le", "Prix applicable à partir du", "date", "La signature, par défaut"),
            Champ(
                "avis_cao_le", "Avis de la commission d’appel d’offres, le", "date",
                "Si elle a attribué le marché et que la hausse cumulée dépasse 5\u00a0%",
            ),
        ),
    )  # fmt: skip


_LIBELLES_AVENANT = tuple(modifications.LIBELLES.items())


def _avenant(form: AvenantForm, marche_id: uuid.UUID) -> NouvelAvenant:
    lu = form.data
    prix = (
        (NouveauPrix(lu["ligne"], lu["prix_unitaire_ht"], lu["effet_le"] or lu["signe_le"]),)
        if lu["ligne"]
        else ()
    )
    return NouvelAvenant(
        marche_id,
        lu["motif"],
        lu["objet"],
        lu["signe_le"],
        lu["montant_ht"],
        lu["avis_cao_le"],
        lu["fin_le"],
        prix,
    )


@pages.route("/marches/<uuid:marche_id>/frais", methods=["GET", "POST"])
@allow("coordonnateur")
def partager(marche_id: uuid.UUID) -> Vue:
    """Share an amount by the convention's key, or by another one said here."""
    with reading() as session:
        contrat, achat = _marche(session, marche_id)
        cle = clauses_de(session, achat.id).cle
    page = Page(
        titre=f"Partager un montant du marché {contrat.reference}",
        ariane=_ariane(achat),
        bouton="Partager ce montant",
        intro="Chaque part tombe juste au centime et s’ouvre sur son calcul. Pour corriger un "
        "partage, ajoutez-en un autre\u00a0: rien ne s’efface.",
        faits=(("Clé de la convention", cles.LIBELLES[cle]),),
        champs=(
            Champ("genre", "Nature", options=[(g.value, x) for g, x in frais.LIBELLES.items()]),
            Champ("montant_ht", "Montant HT", "nombre", "Toujours positif\u00a0: 120,50"),
            Champ(
                "cle",
                "Clé de partage",
                options=[(c.value, x) for c, x in cles.LIBELLES.items()],
                vide="Celle de la convention",
            ),
            Champ("motif", "Motif", "texte"),
        ),
    )
    if request.method == "GET":
        return montrer(page, FraisForm.initial())
    form = FraisForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: partager_frais(uow, NouveauxFrais(marche_id, **form.data)),
        "Le montant est partagé.",
    )


@pages.route("/marches/<uuid:marche_id>/tolerance", methods=["GET", "POST"])
@allow("coordonnateur")
def tolerance(marche_id: uuid.UUID) -> Vue:
    """Say how much may be delivered beyond the contract, before the first delivery."""
    with reading() as session:
        contrat, achat = _marche(session, marche_id)
    page = Page(
        titre=f"Tolérance de livraison du marché {contrat.reference}",
        ariane=_ariane(achat),
        bouton="Fixer la tolérance",
        intro="Elle se compte sur la quantité du marché, toutes livraisons cumulées. Au-delà, une "
        "livraison est refusée.",
        champs=(Champ("tolerance", "Tolérance, en pour cent", "nombre", "Exemple\u00a0: 5"),),
    )
    if request.method == "GET":
        actuelle = nombre(contrat.tolerance * 100)
        return montrer(page, ToleranceForm.initial({"tolerance": actuelle}))
    form = ToleranceForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: fixer_tolerance(uow, marche_id, form.data["tolerance"]),
        "La tolérance est fixée.",
    )


def _ligne(session: Session, ligne_id: uuid.UUID) -> tuple[t.ContratLigne, t.Achat]:
    ligne = mouvements.ligne_lue(session, ligne_id)
    return ligne, achat_conduit(session, ligne.contrat.achat_id)


@pages.route("/lignes/<uuid:ligne_id>/livraison", methods=["GET", "POST"])
@allow("coordonnateur")
def livraison(ligne_id: uuid.UUID) -> Vue:
    """Announce or move the delivery of a line; only those who wait are told."""
    with reading() as session:
        ligne, achat = _ligne(session, ligne_id)
        annoncees = mouvements.livraisons_prevues(session, achat.id).get(ligne_id, [])
    page = Page(
        titre=f"Date de livraison\u00a0: {ligne.designation}",
        ariane=_ariane(achat),
        bouton="Annoncer cette date",
        intro="Seuls les membres qui attendent cet article sont prévenus.",
        faits=tuple(
            ("Annoncée" if rang else "Date en vigueur", f"{a.prevue_le:%d/%m/%Y} {a.motif}")
            for rang, a in enumerate(annoncees)
        ),
        champs=(
            Champ("prevue_le", "Date de livraison", "date"),
            Champ("motif", "Motif du changement", "texte", "Obligatoire si la date change"),
        ),
    )
    if request.method == "GET":
        return montrer(page, LivraisonForm.initial())
    form = LivraisonForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: annoncer_livraison(uow, ligne_id, form.data["prevue_le"], form.data["motif"]),
        "La date est annoncée.",
    )


@pages.route("/lignes/<uuid:ligne_id>/substitution", methods=["GET", "POST"])
@allow("coordonnateur")
def substituer(ligne_id: uuid.UUID) -> Vue:
    """Ask the members that wait whether they take another article."""
    with reading() as session:
        ligne, achat = _ligne(session, ligne_id)
        en_vigueur = prix_au(session, ligne, context().clock.today())
    page = Page(
        titre=f"Remplacer {ligne.designation}",
        ariane=_ariane(achat),
        bouton="Demander aux membres",
        intro="Chaque membre qui attend encore accepte ou refuse. Sans réponse à la date dite, "
        "c’est un refus\u00a0: la quantité est rendue à sa part.",
        faits=(("Prix du marché", f"{prix(en_vigueur)} HT"),),
        champs=(
            Champ("article", "Code du nouvel article"),
            Champ("designation", "Désignation"),
            Champ("prix_unitaire_ht", "Prix unitaire HT", "nombre", "Au plus le prix du marché"),
            Champ("motif", "Motif donné par le titulaire", "texte"),
            Champ("reponse_avant", "Réponse jusqu’au", "date", "Ce jour inclus"),
        ),
    )
    if request.method == "GET":
        return montrer(page, SubstitutionForm.initial())
    form = SubstitutionForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: proposer_substitution(uow, ligne_id, form.propose()),
        "La substitution est proposée aux membres qui attendent.",
    )


_RENONCIATIONS = {
    "renonciation_paiement": "Paiement inconnu\u00a0: votre motif",
    "renonciation_evaluation": "Évaluation non faite\u00a0: votre motif",
}


@pages.route("/achats/<uuid:achat_id>/solder", methods=["GET", "POST"])
@allow("coordonnateur")
def solder(achat_id: uuid.UUID) -> Vue:
    """Settle the purchase for good, once everything is accounted for."""
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        reste = obstacles(solde.bilan(session, achat_id))
        montant = total(solde.fiches(session, achat_id))
    page = Page(
        titre=f"Solder l’achat {achat.reference}",
        ariane=_ariane(achat),
        bouton="Solder définitivement l’achat",
        grave=True,
        intro="C’est définitif\u00a0: plus aucune commande, livraison ni transfert. Seul un "
        "montant à partager pourra encore corriger le solde.",
        faits=(
            ("Montant final", f"{eur(montant)} HT"),
            *(("Encore à faire", o.phrase) for o in reste),
        ),
        champs=tuple(Champ(o.champ, _RENONCIATIONS[o.champ], "texte") for o in reste if o.champ),
    )
    if request.method == "GET":
        return montrer(page, SoldeForm.initial())
    form = SoldeForm.bind(request.form)
    return agir(
        page,
        form,
        lambda uow: solder_achat(uow, achat_id, form.renonciations()),
        "L’achat est soldé.",
    )
