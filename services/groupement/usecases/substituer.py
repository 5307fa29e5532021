"""Another article instead of one that no longer comes: offered, answered, then moved.

Those who accept get an order on the new line, linked to the old one; those who refuse or keep
silent find the quantity back in their quota (foodsoft#169).
"""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from services.groupement import tables as t
from services.groupement.domain.livraisons import GenreLiberation
from services.groupement.domain.substitutions import (
    Propose,
    Reponse,
    exiger_ouverte,
    exiger_proposable,
)
from services.groupement.domain.transferts import EtatTransfert, GenreTransfert, montant_cede
from services.groupement.usecases.commun import (
    acteur,
    contrat_verrouille,
    ligne_verrouillee,
    organisation,
    organisations,
)
from services.groupement.usecases.liberer_commande import Raison, liberer
from services.groupement.usecases.passer_commande import (
    NouvelleCommande,
    passer_commande,
    prix_au,
)
from services.groupement.usecases.transferer_quota import cedant
from shared.kernel.clock import PARIS
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

vivante = t.commande_vivante


def proposer_substitution(uow: UnitOfWork, ligne_id: uuid.UUID, propose: Propose) -> t.Substitution:
    """Ask every member that still waits on the line; without any, there is nothing to replace."""
    ligne = ligne_verrouillee(uow, ligne_id)
    exiger_proposable(
        propose, ligne.article, prix_au(uow.session, ligne, uow.clock.today()), uow.clock.now()
    )
    _exiger_possible(uow, ligne, propose)
    concernes = attendus(uow, ligne_id)
    substitution = t.Substitution(
        id=uow.new_id(),
        contrat_ligne_id=ligne_id,
        article=propose.article,
        designation=propose.designation,
        prix_unitaire_ht=propose.prix_unitaire_ht,
        motif=propose.motif.strip(),
        reponse_avant=propose.reponse_avant,
        proposee_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(substitution)
    uow.session.flush()
    _annoncer_proposition(uow, ligne, substitution, sorted(concernes))
    return substitution


def repondre_substitution(
    uow: UnitOfWork, substitution_id: uuid.UUID, siret: str, *, accepte: bool
) -> t.ReponseSubstitution:
    """One answer per member, before the date; when the last one answers, it is settled at once."""
    substitution = _verrouillee(uow, substitution_id)
    attendent = attendus(uow, substitution.contrat_ligne_id)
    if siret not in attendent:
        raise NotFoundError(
            "Cette substitution ne concerne pas votre organisation.", code="substitution_inconnue"
        )
    exiger_ouverte(
        substitution.reponse_avant.astimezone(PARIS),
        substitution.close_le is not None,
        uow.clock.now(),
    )
    if siret in {r.siret for r in substitution.reponses}:
        raise ConflictError("Votre organisation a déjà répondu.", code="substitution_repondue")
    reponse = _noter(uow, substitution, siret, Reponse.ACCEPTE if accepte else Reponse.REFUSE)
    uow.emit(
        "groupement.substitution.repondue.v1",
        subject=str(substitution.id),
        data={
            "substitution_id": substitution.id,
            "achat_id": substitution.ligne.contrat.achat_id,
            "marche_id": substitution.ligne.marche_id,
            "membre": acteur(organisation(uow.session, siret)),
            "reponse": reponse.reponse,
            "le": reponse.repondu_le,
        },
    )
    if {r.siret for r in substitution.reponses} >= attendent.keys():
        _clore(uow, substitution)
    return reponse


def clore_substitution(uow: UnitOfWork, substitution_id: uuid.UUID) -> int:
    """At the deadline, silence means no; return 1 when there was something to close."""
    substitution = _verrouillee(uow, substitution_id)
    if substitution.close_le is not None or uow.clock.now() < substitution.reponse_avant:
        return 0
    muets = attendus(uow, substitution.contrat_ligne_id).keys() - {
        r.siret for r in substitution.reponses
    }
    for siret in sorted(muets):
        _noter(uow, substitution, siret, Reponse.SILENCE)
    _clore(uow, substitution)
    return 1


def attendus(uow: UnitOfWork, ligne_id: uuid.UUID) -> dict[str, Decimal]:
    """What each member still waits for on a line."""
    requete = (
        sa.select(vivante.c.siret, sa.func.sum(vivante.c.engage - vivante.c.recu))
        .where(vivante.c.contrat_ligne_id == ligne_id, vivante.c.engage > vivante.c.recu)
        .group_by(vivante.c.siret)
    )
    return dict(uow.session.execute(requete).all())


def _exiger_possible(uow: UnitOfWork, ligne: t.ContratLigne, propose: Propose) -> None:
    if propose.reponse_avant.astimezone(PARIS).date() > ligne.contrat.fin_le:
        message = f"Avant la fin du marché, le {ligne.contrat.fin_le:%d/%m/%Y}."
        raise ValidationError(
            message, code="substitution_invalide", champs={"reponse_avant": message}
        )
    if not attendus(uow, ligne.id):
        raise ConflictError("Aucun membre n’attend cet article.", code="rien_attendu")
    deja = uow.session.scalar(
        sa.select(t.Substitution.id).where(
            t.Substitution.contrat_ligne_id == ligne.id, t.Substitution.close_le.is_(None)
        )
    )
    if deja:
        raise ConflictError(
            "Une substitution attend déjà les réponses sur cette ligne.",
            code="substitution_en_cours",
        )


def _noter(
    uow: UnitOfWork, substitution: t.Substitution, siret: str, reponse: Reponse
) -> t.ReponseSubstitution:
    notee = t.ReponseSubstitution(
        substitution_id=substitution.id,
        siret=siret,
        reponse=reponse.value,
        repondu_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    substitution.reponses.append(notee)
    uow.session.flush()
    return notee


def _clore(uow: UnitOfWork, substitution: t.Substitution) -> None:
    """Release every waiting order of the old line, then order the new one for who accepted."""
    quantites = attendus(uow, substitution.contrat_ligne_id)
    acceptes = [
        r.siret
        for r in substitution.reponses
        if r.reponse == Reponse.ACCEPTE and r.siret in quantites
    ]
    _liberer(uow, substitution, set(acceptes))
    if acceptes:
        substitution.nouvelle_ligne_id = _remplacer(
            uow, substitution, {siret: quantites[siret] for siret in acceptes}
        )
    substitution.close_le = max(uow.clock.now(), substitution.proposee_le)
    uow.session.flush()
    _annoncer_cloture(uow, substitution, quantites)


def _liberer(uow: UnitOfWork, substitution: t.Substitution, acceptes: set[str]) -> None:
    requete = (
        sa.select(t.Commande, vivante.c.engage - vivante.c.recu)
        .join(vivante, vivante.c.id == t.Commande.id)
        .where(
            vivante.c.contrat_ligne_id == substitution.contrat_ligne_id,
            vivante.c.engage > vivante.c.recu,
        )
        .order_by(t.Commande.passee_le, t.Commande.reference)
        .options(
            joinedload(t.Commande.quota)
            .joinedload(t.Quota.ligne)
            .joinedload(t.ContratLigne.contrat)
        )
    )
    for commande, attendu in uow.session.execute(requete).all():
        motif = (
            f"Remplacé par {substitution.designation}"
            if commande.quota.siret in acceptes
            else f"{substitution.designation} refusé\u00a0: rendu à votre part"
        )
        liberer(uow, commande, attendu, Raison(GenreLiberation.SUBSTITUTION, motif))


def _remplacer(
    uow: UnitOfWork, substitution: t.Substitution, quantites: Mapping[str, Decimal]
) -> uuid.UUID:
    """Open the new line beside the old one, move the quotas to it, order for each member."""
    ancienne = substitution.ligne
    nouvelle = t.ContratLigne(
        id=uow.new_id(),
        marche_id=ancienne.marche_id,
        ligne_id=ancienne.ligne_id,
        article=substitution.article,
        designation=substitution.designation,
        lieu=ancienne.lieu,
        conditionnement=ancienne.conditionnement,
        entier=ancienne.entier,
        quantite=sum(quantites.values()),
        prix_unitaire_ht=substitution.prix_unitaire_ht,
        remplace_id=ancienne.id,
    )
    uow.session.add(nouvelle)
    uow.session.flush()
    for siret, quantite in sorted(quantites.items()):
        _deplacer(uow, substitution, nouvelle, siret, quantite)
        passer_commande(
            uow,
            NouvelleCommande(
                achat_id=ancienne.contrat.achat_id,
                siret=siret,
                article=nouvelle.article,
                quantite=quantite,
                lieu=nouvelle.lieu,
            ),
        )
    return nouvelle.id


def _deplacer(
    uow: UnitOfWork,
    substitution: t.Substitution,
    nouvelle: t.ContratLigne,
    siret: str,
    quantite: Decimal,
) -> None:
    quota, avant = cedant(uow, substitution.ligne, siret)
    quota.quantite -= quantite
    quota.montant_max_ht -= montant_cede(avant, quantite)
    uow.session.add(
        t.TransfertQuota(
            id=uow.new_id(),
            contrat_ligne_id=substitution.contrat_ligne_id,
            genre=GenreTransfert.SUBSTITUTION.value,
            de_siret=siret,
            quantite=quantite,
            motif=f"Remplacé par {nouvelle.designation}",
            etat=EtatTransfert.ACCEPTE.value,
            propose_le=substitution.proposee_le,
            propose_par=substitution.acteur,
            repondu_le=uow.clock.now(),
            repondu_par=uow.acteur,
        )
    )
    uow.session.add(
        t.Quota(
            id=uow.new_id(),
            contrat_ligne_id=nouvelle.id,
            siret=siret,
            initiale=quantite,
            quantite=quantite,
            montant_max_ht=Montant(quantite * nouvelle.prix_unitaire_ht),
        )
    )
    uow.session.flush()


def _verrouillee(uow: UnitOfWork, substitution_id: uuid.UUID) -> t.Substitution:
    requete = (
        sa.select(t.Substitution)
        .where(t.Substitution.id == substitution_id)
        .options(
            joinedload(t.Substitution.ligne).joinedload(t.ContratLigne.contrat),
            selectinload(t.Substitution.reponses),
        )
    )
    lue = uow.session.scalars(requete).one_or_none()
    if lue is None:
        raise NotFoundError("Cette substitution n’existe pas.", code="substitution_inconnue")
    contrat_verrouille(uow, lue.ligne.marche_id)
    return uow.session.scalars(requete.execution_options(populate_existing=True)).one()


def _annoncer_proposition(
    uow: UnitOfWork, ligne: t.ContratLigne, proposee: t.Substitution, sirets: Sequence[str]
) -> None:
    membres = organisations(uow.session, sirets)
    donnees: dict[str, Any] = {
        "substitution_id": proposee.id,
        "achat_id": ligne.contrat.achat_id,
        "objet": ligne.contrat.achat.objet,
        "marche_id": ligne.marche_id,
        "article": ligne.article,
        "designation": ligne.designation,
        "nouvel_article": proposee.article,
        "nouvelle_designation": proposee.designation,
        "prix_unitaire_ht": proposee.prix_unitaire_ht,
        "motif": proposee.motif,
        "reponse_avant": proposee.reponse_avant,
        "membres": [
            {"membre": acteur(membres[s]), "courriel": membres[s].courriel} for s in sirets
        ],
    }
    details = {cle: donnees[cle] for cle in ("designation", "nouvelle_designation", "motif")}
    uow.audit("substitution.proposee", str(ligne.contrat.achat_id), details)
    uow.emit("groupement.substitution.proposee.v1", subject=str(proposee.id), data=donnees)


def _annoncer_cloture(
    uow: UnitOfWork, substitution: t.Substitution, quantites: Mapping[str, Decimal]
) -> None:
    ligne = substitution.ligne
    achat_id = ligne.contrat.achat_id
    membres = organisations(uow.session, (r.siret for r in substitution.reponses))
    acceptees = sum(r.reponse == Reponse.ACCEPTE for r in substitution.reponses)
    uow.audit(
        "substitution.close",
        str(achat_id),
        {
            "nouvelle_designation": substitution.designation,
            "acceptees": acceptees,
            "reponses": len(substitution.reponses),
        },
    )
    uow.emit(
        "groupement.substitution.close.v1",
        subject=str(substitution.id),
        data={
            "substitution_id": substitution.id,
            "achat_id": achat_id,
            "objet": uow.session.get_one(t.Achat, achat_id).objet,
            "marche_id": ligne.marche_id,
            "ancienne_designation": ligne.designation,
            "nouvelle_designation": substitution.designation,
            "conditionnement": ligne.conditionnement,
            "nouvelle_ligne_id": substitution.nouvelle_ligne_id,
            "le": substitution.close_le,
            "reponses": [
                {
                    "membre": acteur(membres[r.siret]),
                    "courriel": membres[r.siret].courriel,
                    "reponse": r.reponse,
                    "quantite": quantites.get(r.siret, Decimal()),
                }
                for r in substitution.reponses
            ],
        },
    )
