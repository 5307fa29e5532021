"""What the user's organisation has to do, gathered from where it lies."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.receptions import accorder
from services.groupement.domain.suivi import Reponse
from services.groupement.domain.taches import Tache, au_soir, ordonner
from services.groupement.domain.transferts import EtatTransfert
from services.groupement.queries import conventions, evaluations, execution, mouvements, suivi
from services.groupement.queries.achats import noms, visibles
from shared.kernel.repartition import nombre

SILENCE = (
    "Sans réponse de votre part à la clôture, votre organisation ne participera pas à cet achat."
)
MUET = (None, Reponse.SILENCE.value)
CONDUITE = {
    EtatAchat.PROJET.value: "Décrire les articles puis ouvrir le recensement",
    EtatAchat.RECENSEMENT_CLOS.value: "Consolider les besoins",
    EtatAchat.CONSOLIDE.value: "Vérifier puis lancer l’achat",
}


def taches(session: Session, siret: str, jour: dt.date, *, conduit: bool) -> list[Tache]:
    """Calls to answer, conventions to sign, shares to order; what the coordinator takes on."""
    return ordonner(
        [
            *_appels(session, siret),
            *_signatures(session, siret),
            *_parts(session, siret, jour),
            *_substitutions(session, siret),
            *_transferts(session, siret),
            *_evaluations(session, siret),
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


def _parts(session: Session, siret: str, jour: dt.date) -> Iterator[Tache]:
    """What may still be ordered: not on a contract that is over, nor on a settled purchase."""
    soldes = set(session.scalars(sa.select(t.Solde.achat_id)))
    for part in execution.parts(session, siret=siret):
        contrat, ligne = part.contrat, part.ligne
        if part.reste > 0 and contrat.fin_le >= jour and contrat.achat_id not in soldes:
            reste = _dire(part.reste, ligne.conditionnement)
            yield Tache(
                ligne.designation,
                f"Part à commander\u00a0: reste {reste}",
                f"/groupement/achats/{contrat.achat_id}/parts",
                au_soir(contrat.fin_le),
            )


def _substitutions(session: Session, siret: str) -> Iterator[Tache]:
    for substitution in mouvements.substitutions_a_repondre(session, siret):
        yield Tache(
            substitution.ligne.designation,
            "Article de remplacement\u00a0: à accepter ou refuser",
            f"/groupement/substitutions/{substitution.id}",
            substitution.reponse_avant,
            "Sans réponse, ce que vous attendez est rendu à votre part.",
        )


def _transferts(session: Session, siret: str) -> Iterator[Tache]:
    connus = noms(session)
    for transfert in mouvements.transferts(session, siret=siret):
        if transfert.etat == EtatTransfert.PROPOSE and transfert.vers_siret == siret:
            ligne, cedant = transfert.ligne, connus[str(transfert.de_siret)]
            offert = _dire(transfert.quantite, ligne.conditionnement)
            yield Tache(
                ligne.designation,
                f"{cedant} vous cède {offert}\u00a0: à accepter ou refuser",
                f"/groupement/transferts/{transfert.id}",
                au_soir(ligne.contrat.fin_le),
            )


def _evaluations(session: Session, siret: str) -> Iterator[Tache]:
    for contrat in evaluations.a_noter(session, siret):
        yield Tache(
            contrat.objet,
            "Marché à évaluer\u00a0: vos notes sont attendues",
            f"/groupement/evaluations/{contrat.marche_id}",
            au_soir(contrat.fin_le),
        )


def _dire(quantite: Decimal, unite: str) -> str:
    return f"{nombre(quantite)}\u00a0{accorder(unite, quantite)}"


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
