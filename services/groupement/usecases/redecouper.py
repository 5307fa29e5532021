"""Apply another cutting into lots, between the closing of the call and the launch.

Nothing is bought for a member that it refused. While every answer can be carried, the lots change
and, when the purchase was consolidated, it is consolidated again on the needs of those who still
take part. Otherwise the call reopens (the only way back) and those whose answer no longer tells are
asked again.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.allotissement import Decoupage, MotifLotUnique, exiger_motif
from services.groupement.domain.decoupage import Coupe, exiger_autre, exiger_decoupable
from services.groupement.queries.decoupages import Projet, decisions_prises, projeter
from services.groupement.usecases.commun import achat_verrouille, organisation
from services.groupement.usecases.consolider import apercevoir, consigner
from services.groupement.usecases.ouvrir_recensement import membres_a_prevenir
from services.groupement.usecases.rouvrir_recensement import rouvrir_recensement
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.parametres import ClasseAcheteur, Parametres
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouveauDecoupage:
    """The cutting chosen, why, and what was shown; `cloture_le` when answers are asked again."""

    coupe: Coupe
    motif: str
    motif_unique: MotifLotUnique | None = None
    cloture_le: dt.datetime | None = None
    empreinte: str | None = None


def redecouper(
    uow: UnitOfWork,
    achat_id: uuid.UUID,
    nouveau: NouveauDecoupage,
    parametres: Parametres,
    *,
    site: str,
) -> t.Decoupage:
    """Change the lots, carry the answers, then consolidate again or call again (D3, D5)."""
    achat = achat_verrouille(uow, achat_id)
    exiger_decoupable(EtatAchat(achat.etat))
    jour = uow.clock.today()
    decisions = decisions_prises(uow.session, achat)
    projet = projeter(uow.session, achat, nouveau.coupe, parametres, jour)
    _exiger(uow, achat, nouveau, projet)
    _deplacer(uow, achat, projet)
    fait = _inscrire(uow, achat, nouveau, projet)
    _annoncer(uow, achat, fait, projet, cloture_le=nouveau.cloture_le, site=site)
    if projet.reponses.redemandees and nouveau.cloture_le:
        motif = f"Nouveau découpage en lots\u00a0: {fait.motif}"
        rouvrir_recensement(uow, achat_id, nouveau.cloture_le, motif=motif, site=site)
    elif achat.etat == EtatAchat.CONSOLIDE:
        consigner(uow, achat, apercevoir(uow.session, achat, parametres, jour, decisions))
    return fait


def _exiger(uow: UnitOfWork, achat: t.Achat, nouveau: NouveauDecoupage, projet: Projet) -> None:
    if not nouveau.motif.strip():
        message = "Dites pourquoi les lots changent."
        raise ValidationError(message, code="motif_requis", champs={"motif": message})
    if nouveau.empreinte not in (None, projet.empreinte):
        raise ConflictError(
            "L’achat a changé depuis que vous avez lu ce découpage\u00a0: relisez-le.",
            code="apercu_perime",
        )
    exiger_autre(projet.avant, projet.apres)
    _exiger_lot_unique_motive(uow, achat, nouveau, projet)
    if projet.reponses.redemandees:
        _exiger_rappel_possible(achat, nouveau)


def _exiger_lot_unique_motive(
    uow: UnitOfWork, achat: t.Achat, nouveau: NouveauDecoupage, projet: Projet
) -> None:
    classe = ClasseAcheteur(organisation(uow.session, achat.coordonnateur).classe)
    try:
        exiger_motif(len(projet.apres.lots), nouveau.motif_unique, nouveau.motif, classe)
    except ValidationError as refus:
        refus.champs = {"motif_unique": refus.message}
        raise


def _exiger_rappel_possible(achat: t.Achat, nouveau: NouveauDecoupage) -> None:
    """Answers are asked again by reopening the call, which only a consolidated purchase may."""
    if achat.etat != EtatAchat.CONSOLIDE:
        raise ConflictError(
            "Ce découpage mêle des lots acceptés et des lots refusés par un membre\u00a0: sa "
            "réponse doit lui être redemandée, en rouvrant le recensement. Consolidez d’abord les "
            "besoins, puis appliquez ce découpage.",
            code="reponses_a_redemander",
        )
    if nouveau.cloture_le is None:
        message = "Indiquez jusqu’à quand les membres peuvent répondre de nouveau."
        raise ValidationError(message, code="cloture_requise", champs={"cloture_le": message})


def _deplacer(uow: UnitOfWork, achat: t.Achat, projet: Projet) -> None:
    """Write the new lots, put the articles in them, carry the answers."""
    session, apres = uow.session, projet.apres
    session.execute(sa.delete(t.ParticipationLot).where(t.ParticipationLot.achat_id == achat.id))
    for lot in apres.lots:
        session.merge(t.Lot(achat_id=achat.id, numero=lot.numero, objet=lot.objet, cpv=lot.cpv))
    session.flush()
    for article in session.scalars(sa.select(t.Article).where(t.Article.achat_id == achat.id)):
        place = apres.articles[article.code]
        article.lot, article.lots_par_lieu = place.lot, dict(place.lots_par_lieu)
    session.flush()
    session.execute(
        sa.delete(t.Lot).where(t.Lot.achat_id == achat.id, t.Lot.numero > len(apres.lots))
    )
    session.add_all(
        t.ParticipationLot(achat_id=achat.id, siret=siret, lot=lot, reponse=reponse.value)
        for siret, lots in projet.reponses.par_lot.items()
        for lot, reponse in lots.items()
    )
    session.flush()


def _inscrire(
    uow: UnitOfWork, achat: t.Achat, nouveau: NouveauDecoupage, projet: Projet
) -> t.Decoupage:
    coupe = nouveau.coupe
    redemandees = {siret: list(lots) for siret, lots in projet.reponses.redemandees.items()}
    dernier = uow.session.scalar(
        sa.select(sa.func.max(t.Decoupage.numero)).where(t.Decoupage.achat_id == achat.id)
    )
    fait = t.Decoupage(
        achat_id=achat.id,
        numero=(dernier or 0) + 1,
        methode=coupe.methode.value,
        plafond_ht=coupe.plafond if coupe.methode is Decoupage.MONTANT else None,
        motif=nouveau.motif.strip(),
        motif_lot_unique=_motif_legal(nouveau, projet),
        avant=projet.avant.trace,
        apres=projet.apres.trace,
        redemandees=redemandees,
        recensement=achat.recensement + 1 if redemandees else None,
        fait_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(fait)
    uow.session.flush()
    return fait


def _motif_legal(nouveau: NouveauDecoupage, projet: Projet) -> str | None:
    """The legal reason of one lot only; without object when there are several."""
    unique = len(projet.apres.lots) == 1 and nouveau.motif_unique
    return unique.value if unique else None


def _annoncer(
    uow: UnitOfWork,
    achat: t.Achat,
    fait: t.Decoupage,
    projet: Projet,
    *,
    cloture_le: dt.datetime | None,
    site: str,
) -> None:
    """Tell everybody the new lots, and those who must answer again for which."""
    montants = {lot.numero: lot.montant_ht for lot in projet.examen.lots}
    redemandees = projet.reponses.redemandees
    donnees: dict[str, Any] = {
        "achat_id": achat.id,
        "reference": achat.reference,
        "objet": achat.objet,
        "numero": fait.numero,
        "methode": fait.methode,
        "motif": fait.motif,
        "motif_lot_unique": fait.motif_lot_unique,
        "lots_avant": fait.avant["lots"],
        "lots": [{**x, "montant_estime_ht": montants[x["numero"]]} for x in fait.apres["lots"]],
        "cloture_le": cloture_le if redemandees else None,
        "membres": [
            {**membre, "lots": list(redemandees[str(membre["siret"])])}
            for membre in membres_a_prevenir(uow, achat, redemandees)
        ],
        "url": f"{site}/groupement/achats/{achat.id}/adhesion",
    }
    uow.audit(
        "decoupage.applique",
        str(achat.id),
        {
            "numero": fait.numero,
            "methode": fait.methode,
            "lots": len(fait.apres["lots"]),
            "motif": fait.motif,
            "redemandees": fait.redemandees,
        },
    )
    uow.emit("groupement.decoupage.applique.v1", subject=str(achat.id), data=donnees)
