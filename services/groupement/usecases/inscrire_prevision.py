"""A member writes its programme: one plan, a whole file, or a withdrawal."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.programmation import (
    ApercuProgrammation,
    EtatPrevision,
    Projet,
    Source,
    comparer,
)
from services.groupement.usecases.commun import acteur, organisation, verrouille
from shared.kernel.errors import ConflictError, NotFoundError
from shared.kernel.parametres import Nature
from shared.messaging.uow import UnitOfWork

Lignes = Sequence[tuple[int, Projet]]
Erreurs = Sequence[tuple[int, str]]


def inscrire_prevision(uow: UnitOfWork, siret: str, projet: Projet) -> t.Prevision:
    """Write the plan, or replace the one of the same reference; the same again changes nothing."""
    membre = organisation(uow.session, siret)
    prevision = verrouille(uow, _saisies(siret).where(t.Prevision.reference == projet.reference))
    if prevision is None:
        prevision = _nouvelle(uow, siret, projet)
    elif prevision.etat == EtatPrevision.ACTIVE and en_projet(prevision) == projet:
        return prevision
    else:
        prevision.version += 1
    _remplir(uow, prevision, projet)
    uow.session.flush()
    uow.audit("prevision.inscrite", str(prevision.id), {"reference": projet.reference})
    uow.emit(
        "groupement.prevision.inscrite.v1",
        subject=str(prevision.id),
        data={
            "prevision_id": prevision.id,
            "membre": acteur(membre),
            "objet": prevision.objet,
            "cpv": prevision.cpv,
            "nature": prevision.nature,
            "lieu": prevision.lieu,
            "debut": prevision.debut,
            "fin": prevision.fin,
            "montant_estime_ht": prevision.montant_estime_ht,
            "version": prevision.version,
        },
    )
    return prevision


def _nouvelle(uow: UnitOfWork, siret: str, projet: Projet) -> t.Prevision:
    prevision = t.Prevision(
        id=uow.new_id(),
        siret=siret,
        source=Source.SAISIE.value,
        reference=projet.reference,
        version=1,
        sequence=0,
    )
    uow.session.add(prevision)
    return prevision


def _remplir(uow: UnitOfWork, prevision: t.Prevision, projet: Projet) -> None:
    prevision.objet = projet.objet
    prevision.cpv = projet.cpv
    prevision.nature = projet.nature.value
    prevision.lieu = projet.lieu
    prevision.debut = projet.debut
    prevision.fin = projet.fin
    prevision.montant_estime_ht = projet.montant_estime_ht
    prevision.fin_contrat_le = projet.fin_contrat_le
    prevision.etat = EtatPrevision.ACTIVE.value
    prevision.acteur = uow.acteur
    prevision.maj_le = uow.clock.now()


def retirer_prevision(uow: UnitOfWork, siret: str, prevision_id: uuid.UUID) -> None:
    """Withdraw a plan of the member's own entry; its row stays."""
    prevision = verrouille(uow, _saisies(siret).where(t.Prevision.id == prevision_id))
    if prevision is None:
        raise NotFoundError("Cet achat prévu n’existe pas.", code="prevision_inconnue")
    if prevision.etat == EtatPrevision.RETIREE:
        return
    prevision.etat = EtatPrevision.RETIREE.value
    prevision.version += 1
    prevision.maj_le = uow.clock.now()
    uow.audit("prevision.retiree", str(prevision.id), {"reference": prevision.reference})
    uow.emit(
        "groupement.prevision.retiree.v1",
        subject=str(prevision.id),
        data={
            "prevision_id": prevision.id,
            "membre": acteur(organisation(uow.session, siret)),
            "le": prevision.maj_le,
        },
    )


def apercevoir_programmation(
    session: Session, siret: str, lus: Lignes, erreurs: Erreurs
) -> ApercuProgrammation:
    """Say what each line of the file would do, without writing anything."""
    vivantes = _saisies(siret).where(t.Prevision.etat == EtatPrevision.ACTIVE.value)
    connus = {prevision.reference: en_projet(prevision) for prevision in session.scalars(vivantes)}
    return comparer(lus, erreurs, connus)


def importer_programmation(
    uow: UnitOfWork, siret: str, lus: Lignes, erreurs: Erreurs, *, vu: str
) -> ApercuProgrammation:
    """Write the lines that change something, provided they are those the person saw (`vu`)."""
    apercu = apercevoir_programmation(uow.session, siret, lus, erreurs)
    if apercu.empreinte != vu:
        raise ConflictError(
            "Votre programmation a changé depuis l’aperçu\u00a0: relisez les lignes avant "
            "d’importer.",
            code="apercu_perime",
        )
    for projet in apercu.a_ecrire:
        inscrire_prevision(uow, siret, projet)
    return apercu


def en_projet(prevision: t.Prevision) -> Projet:
    """A plan as its member wrote it."""
    return Projet(
        reference=prevision.reference,
        objet=prevision.objet,
        cpv=prevision.cpv,
        nature=Nature(prevision.nature),
        lieu=prevision.lieu,
        debut=prevision.debut,
        fin=prevision.fin,
        montant_estime_ht=prevision.montant_estime_ht,
        fin_contrat_le=prevision.fin_contrat_le,
    )


def _saisies(siret: str) -> sa.Select[t.Prevision]:
    return sa.select(t.Prevision).where(
        t.Prevision.siret == siret, t.Prevision.source == Source.SAISIE.value
    )
