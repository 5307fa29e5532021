"""Say when a line will be delivered, then move the date: those who wait are told (foodsoft#548)."""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.usecases.commun import (
    acteur,
    ligne_verrouillee,
    organisations,
)
from shared.kernel.errors import ValidationError
from shared.messaging.uow import UnitOfWork

vivante = t.commande_vivante


def annoncer_livraison(
    uow: UnitOfWork, ligne_id: uuid.UUID, prevue_le: dt.date, motif: str
) -> t.LivraisonPrevue:
    """Add a date to the history of the line; a change needs a reason, the same date is refused."""
    ligne = ligne_verrouillee(uow, ligne_id)
    derniere = _derniere(uow, ligne_id)
    _exiger(ligne, derniere, prevue_le, motif)
    annonce = t.LivraisonPrevue(
        id=uow.new_id(),
        contrat_ligne_id=ligne_id,
        numero=derniere.numero + 1 if derniere else 1,
        prevue_le=prevue_le,
        motif=motif.strip(),
        annoncee_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(annonce)
    uow.session.flush()
    _annoncer(uow, ligne, annonce, derniere)
    return annonce


def _derniere(uow: UnitOfWork, ligne_id: uuid.UUID) -> t.LivraisonPrevue | None:
    return uow.session.scalars(
        sa.select(t.LivraisonPrevue)
        .where(t.LivraisonPrevue.contrat_ligne_id == ligne_id)
        .order_by(t.LivraisonPrevue.numero.desc())
        .limit(1)
    ).one_or_none()


def _exiger(
    ligne: t.ContratLigne, derniere: t.LivraisonPrevue | None, prevue_le: dt.date, motif: str
) -> None:
    champs: dict[str, str] = {}
    if prevue_le < ligne.contrat.notifie_le:
        champs["prevue_le"] = "La livraison suit la notification du marché."
    if derniere and derniere.prevue_le == prevue_le:
        champs["prevue_le"] = "C’est déjà la date annoncée."
    if derniere and not motif.strip():
        champs["motif"] = "Dites aux membres pourquoi la date change."
    if champs:
        raise ValidationError(" ".join(champs.values()), code="date_invalide", champs=champs)


def _annoncer(
    uow: UnitOfWork,
    ligne: t.ContratLigne,
    annonce: t.LivraisonPrevue,
    derniere: t.LivraisonPrevue | None,
) -> None:
    attendus = dict(
        uow.session.execute(
            sa.select(vivante.c.siret, sa.func.sum(vivante.c.engage - vivante.c.recu))
            .where(vivante.c.contrat_ligne_id == ligne.id, vivante.c.engage > vivante.c.recu)
            .group_by(vivante.c.siret)
        ).all()
    )
    membres = organisations(uow.session, attendus)
    donnees: dict[str, Any] = {
        "contrat_ligne_id": ligne.id,
        "achat_id": ligne.contrat.achat_id,
        "objet": ligne.contrat.achat.objet,
        "marche_id": ligne.marche_id,
        "article": ligne.article,
        "designation": ligne.designation,
        "lieu": ligne.lieu,
        "numero": annonce.numero,
        "prevue_le": annonce.prevue_le,
        "avant": derniere and derniere.prevue_le,
        "motif": annonce.motif or "Première annonce",
        "membres": [
            {
                "membre": acteur(membres[siret]),
                "courriel": membres[siret].courriel,
                "attendu": attendu,
            }
            for siret, attendu in sorted(attendus.items())
        ],
    }
    details = {cle: donnees[cle] for cle in ("designation", "prevue_le", "avant", "motif")}
    uow.audit("livraison.annoncee", str(ligne.contrat.achat_id), details)
    uow.emit("groupement.livraison.annoncee.v1", subject=str(ligne.id), data=donnees)
