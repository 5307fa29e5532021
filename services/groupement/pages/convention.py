"""One version of the convention: what it says, who is in, what happened, its text, its PDF."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.groupement import tables as t
from services.groupement.domain import clauses_en_mots as mots
from services.groupement.domain.clauses import INTITULES_DEMANDES, STRATEGIES, Remuneration
from services.groupement.domain.cles import LIBELLES as LIBELLES_CLE
from services.groupement.domain.conventions import (
    LIBELLES_MODE,
    EtatAdhesion,
)
from services.groupement.domain.formes import FormeJuridique
from services.groupement.domain.textes_convention import rediger
from services.groupement.pages.conventions import coordonnee, vers_convention
from services.groupement.pages.formulaires_convention import (
    EXCEPTIONS_EN_PLUS,
    formulaire_des_clauses,
    sirets_de,
    valeurs_des_clauses,
)
from services.groupement.pages.formulaires_partage import PLANCHERS_EN_PLUS
from services.groupement.pages.vues import Vue, rendu, siret
from services.groupement.queries import conventions as lectures
from services.groupement.queries.achats import auteurs, journal, noms
from services.groupement.usecases.commun import en_convention
from services.groupement.usecases.conduire_convention import modifier_clauses
from shared.kernel.errors import DomainError, NotFoundError
from shared.web import pdf
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction

pages = Blueprint("groupement_convention", __name__, url_prefix="/groupement/convention")
REMUNERATIONS = {
    Remuneration.GRATUITE: "Aucune",
    Remuneration.FORFAIT_ANNUEL: "Forfait annuel",
}


@pages.get("/<uuid:convention_id>")
@allow("agent", "coordonnateur")
def voir(convention_id: uuid.UUID) -> str:
    """State, clauses, tender board, members and history of one version."""
    jour = context().clock.today()
    with reading() as session:
        convention = lectures.visible(session, convention_id, siret())
        lue = en_convention(convention)
        sejour = lue.sejour(siret(), jour)
        return render_template(
            "groupement/convention.html",
            convention=convention,
            lue=lue,
            sejours=zip(convention.adhesions, lue.adhesions, strict=True),
            etat=lue.etat_au(jour),
            jour=jour,
            clauses=mots.decrire(convention.clauses, noms(session)),
            projet=lectures.projet(session, convention, context().parametres, jour),
            versions=lectures.versions(session, convention, siret()),
            ma_situation=sejour.etat(jour) if sejour else None,
            pilote=convention.coordonnateur == siret() and current_user().a("coordonnateur"),
            journal=journal(session, convention_id),
            auteurs=auteurs(session),
            EtatAdhesion=EtatAdhesion,
        )


@pages.route("/<uuid:convention_id>/clauses", methods=["GET", "POST"])
@allow("coordonnateur")
def clauses(convention_id: uuid.UUID) -> Vue:
    """Write the clauses of a draft."""
    with reading() as session:
        convention = coordonnee(session, convention_id)
        choix = _choix(session, convention)
    sirets, rangees = sirets_de(convention), len(choix["rangees"])
    formulaire = formulaire_des_clauses(sirets, rangees, len(choix["rangs_de_plancher"]))
    if request.method == "GET":
        form = formulaire.initial(valeurs_des_clauses(convention.clauses))
        return rendu("convention_clauses.html", form, convention=convention, **choix)
    form = formulaire.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                coordonnee(uow.session, convention_id)
                modifier_clauses(uow, convention_id, form.clauses(sirets, rangees))
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("Les clauses sont enregistrées.", "ok")
            return vers_convention(convention_id)
    return rendu("convention_clauses.html", form, convention=convention, **choix)


def _choix(session: Session, convention: t.Convention) -> dict[str, Any]:
    tous = noms(session)
    membres = [(code, tous[code]) for code in sirets_de(convention)]
    pilote = session.get_one(t.Organisation, convention.coordonnateur)
    return {
        "membres": sorted(membres, key=lambda m: m[1]),
        "rangees": range(len(convention.clauses.coordinations) + EXCEPTIONS_EN_PLUS),
        "rangs_de_plancher": range(len(convention.clauses.planchers) + PLANCHERS_EN_PLUS),
        "modes": list(LIBELLES_MODE.items()),
        "modes_courts": list(mots.MODES_COURTS.items()),
        "remunerations": list(REMUNERATIONS.items()),
        "cles": list(LIBELLES_CLE.items()),
        "strategies": [(s, mots.STRATEGIES[s]) for s in STRATEGIES],
        "arrivees": list(mots.ARRIVEES.items()),
        "charges": list(mots.CHARGES.items()),
        "commissions": list(mots.CAO.items()),
        "demandes": [(code, texte.capitalize()) for code, texte in INTITULES_DEMANDES.items()],
        "epci": pilote.forme == FormeJuridique.EPCI,
    }


@pages.get("/<uuid:convention_id>/texte")
@allow("agent", "coordonnateur")
def texte(convention_id: uuid.UUID) -> str:
    """The convention constitutive as people sign it, with its annexes."""
    return render_template("groupement/convention_texte.html", **_texte(convention_id))


@pages.get("/<uuid:convention_id>/texte.pdf")
@allow("agent", "coordonnateur")
def telecharger(convention_id: uuid.UUID) -> Response:
    """The same text as a tagged PDF; 404 says how to print where the extra is not installed."""
    donnees = _texte(convention_id)
    if not donnees["pdf"]:
        raise NotFoundError(
            "Le PDF n’est pas installé ici\u00a0: imprimez la page «\u00a0Texte de la "
            "convention\u00a0» et choisissez «\u00a0Enregistrer au format PDF\u00a0».",
            code="pdf_absent",
        )
    corps = pdf.ecrire(render_template("groupement/convention_pdf.html", **donnees))
    convention = donnees["convention"]
    nom = f"convention-v{convention.version}.pdf"
    return Response(
        corps,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{nom}"'},
    )


def _texte(convention_id: uuid.UUID) -> dict[str, Any]:
    jour = context().clock.today()
    with reading() as session:
        convention = lectures.visible(session, convention_id, siret())
        projet = lectures.projet(session, convention, context().parametres, jour)
    return {
        "convention": convention,
        "projet": projet,
        "articles": rediger(projet),
        "clauses": mots.decrire(convention.clauses, projet.noms),
        "demandes": INTITULES_DEMANDES,
        "pdf": pdf.disponible(),
        "jour": jour,
    }


@pages.get("/<uuid:convention_id>/comparer")
@allow("agent", "coordonnateur")
def comparer(convention_id: uuid.UUID) -> str:
    """What changes in words from another version, the one before by default."""
    with reading() as session:
        convention = lectures.visible(session, convention_id, siret())
        autres = [
            v
            for v in lectures.versions(session, convention, siret())
            if v.version != convention.version
        ]
        avec = _avec(autres, convention)
        tous = noms(session)
    return render_template(
        "groupement/convention_comparer.html",
        convention=convention,
        autres=autres,
        avec=avec,
        ecarts=mots.comparer(avec.clauses, convention.clauses, tous) if avec else (),
        entrants=_membres(convention, tous) - _membres(avec, tous) if avec else (),
        sortants=_membres(avec, tous) - _membres(convention, tous) if avec else (),
    )


def _avec(autres: Sequence[t.Convention], convention: t.Convention) -> t.Convention | None:
    """The version named in the address, else the last one before, else any."""
    voulue = request.args.get("avec", "")
    nommees = [v for v in autres if str(v.version) == voulue]
    avant = [v for v in autres if v.version < convention.version]
    return next(iter([*nommees, *reversed(avant), *autres]), None)


def _membres(convention: t.Convention, tous: Mapping[str, str]) -> set[str]:
    return {tous[code] for code in sirets_de(convention)}
