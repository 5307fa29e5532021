"""What the user's organisation has to do, gathered from where it lies."""

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.besoins import fourchette
from services.groupement.domain.suivi import Reponse
from services.groupement.domain.taches import Tache, au_soir, ordonner
from services.groupement.queries import conventions, execution, suivi
from services.groupement.queries.achats import visibles

SILENCE = (
    "Sans réponse de votre part à la clôture, votre organisation ne participera pas à cet achat."
)
MUET = (None, Reponse.SILENCE.value)
CONDUITE = {
    EtatAchat.PROJET.value: "Décrire les articles puis ouvrir le recensement",
    EtatAchat.RECENSEMENT_CLOS.value: "Consolider les besoins",
    EtatAchat.CONSOLIDE.value: "Vérifier puis lancer l’achat",
}


def taches(session: Session, siret: str, *, conduit: bool) -> list[Tache]:
    """Calls to answer, conventions to sign, shares to order; what the coordinator takes on."""
    return ordonner(
        [
            *_appels(session, siret),
            *_signatures(session, siret),
            *_parts(session, siret),
            *(_conduites(session, siret) if conduit else ()),
        ]
    )


def _appels(session: Session, siret: str) -> Iterator[Tache]:
    brouillons = set(
        session.scalars(sa.select(t.Brouillon.achat_id).where(t.Brouillon.siret == siret))
    )
    for appel in suivi.appels_ouverts(session, siret):
        achat = appel.achat
        brouillon = achat.id in brouillons
        yield Tache(
            achat.objet,
            _action(appel, brouillon=brouillon),
            f"/groupement/achats/{achat.id}/besoins",
            achat.cloture_le,
            SILENCE if appel.reponse in MUET else "",
            faite=appel.fait and not brouillon,
        )


def _action(appel: suivi.Appel, *, brouillon: bool) -> str:
    if brouillon:
        return "Brouillon à transmettre"
    if appel.reponse in MUET:
        return "À répondre"
    if appel.reponse == Reponse.DECLINE:
        return "Vous ne participez pas"
    if not appel.besoins:
        return "Vous participez\u00a0: quantités à saisir"
    return "1 besoin transmis" if appel.besoins == 1 else f"{appel.besoins} besoins transmis"


def _signatures(session: Session, siret: str) -> Iterator[Tache]:
    for convention in conventions.a_signer(session, siret):
        yield Tache(
            f"{convention.nom}, version {convention.version}",
            "Délibération attendue",
            f"/groupement/convention/{convention.id}",
            sinon="Relisez le texte, faites délibérer votre assemblée, puis signez.",
        )


def _parts(session: Session, siret: str) -> Iterator[Tache]:
    for part in execution.parts(session, siret=siret):
        if part.reste > 0:
            reste = fourchette(part.reste, part.reste - part.reste)
            yield Tache(
                part.ligne.designation,
                f"Part à commander\u00a0: reste {reste} {part.ligne.conditionnement}",
                f"/groupement/achats/{part.contrat.achat_id}/parts",
                au_soir(part.contrat.fin_le),
            )


def _conduites(session: Session, siret: str) -> Iterator[Tache]:
    requete = visibles(siret).where(
        t.Achat.coordonnateur == siret, t.Achat.etat.in_(CONDUITE.keys())
    )
    for achat in session.scalars(requete):
        yield Tache(
            achat.objet,
            CONDUITE[achat.etat],
            f"/groupement/achats/{achat.id}",
            au_soir(achat.publication_prevue_le),
        )


def prochain_recensement(session: Session, siret: str) -> dt.date | None:
    """When the next purchase in project is meant to be published: its call comes before."""
    requete = visibles(siret, etat=EtatAchat.PROJET.value).with_only_columns(
        sa.func.min(t.Achat.publication_prevue_le)
    )
    return session.scalar(requete.order_by(None))
