"""Move a part of a quota from one member to another: offered, then accepted or refused.

`transferer` does it at once in the coordinator's name, for a member that leaves (D2b).
"""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.conventions import exiger_dans_le_perimetre
from services.groupement.domain.transferts import (
    Cedant,
    EtatTransfert,
    GenreTransfert,
    exiger_cessible,
    exiger_membres,
    exiger_propose,
    montant_cede,
)
from services.groupement.usecases.commun import (
    acteur,
    ligne_verrouillee,
    organisations,
    verrouille,
)
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

vivante = t.commande_vivante


@dataclass(frozen=True, slots=True)
class NouveauTransfert:
    """Who gives how much of a line to whom, and why."""

    contrat_ligne_id: uuid.UUID
    de: str
    vers: str
    quantite: Decimal
    motif: str = ""


def proposer_transfert(uow: UnitOfWork, nouveau: NouveauTransfert) -> t.TransfertQuota:
    """Offer what one has not ordered; nothing moves until the other accepts."""
    ligne = ligne_verrouillee(uow, nouveau.contrat_ligne_id)
    _exiger(uow, ligne, nouveau)
    transfert = _ecrire(uow, nouveau, GenreTransfert.ACCORD)
    _dire(uow, "groupement.quota.transfert_propose.v1", ligne, transfert, (nouveau.vers,))
    return transfert


def repondre_transfert(
    uow: UnitOfWork, transfert_id: uuid.UUID, siret: str, *, accepte: bool
) -> t.TransfertQuota:
    """The member to whom it is offered accepts or refuses; what can be given is checked again."""
    transfert, ligne = _transfert(uow, transfert_id)
    if transfert.vers_siret != siret:
        raise NotFoundError("Ce transfert n’existe pas.", code="transfert_inconnu")
    exiger_propose(EtatTransfert(transfert.etat))
    if not accepte:
        return _clore(uow, transfert, ligne, EtatTransfert.REFUSE)
    nouveau = NouveauTransfert(
        ligne.id, str(transfert.de_siret), siret, transfert.quantite, transfert.motif
    )
    _exiger(uow, ligne, nouveau)
    _repondu(uow, transfert, EtatTransfert.ACCEPTE)
    _deplacer(uow, ligne, nouveau)
    _dire(uow, "groupement.quota.transfere.v1", ligne, transfert, (nouveau.de, ligne_chef(ligne)))
    return transfert


def retirer_transfert(uow: UnitOfWork, transfert_id: uuid.UUID, siret: str) -> t.TransfertQuota:
    """The member that offered changes its mind, while nobody answered."""
    transfert, ligne = _transfert(uow, transfert_id)
    if transfert.de_siret != siret:
        raise NotFoundError("Ce transfert n’existe pas.", code="transfert_inconnu")
    exiger_propose(EtatTransfert(transfert.etat))
    return _clore(uow, transfert, ligne, EtatTransfert.RETIRE)


def transferer(uow: UnitOfWork, nouveau: NouveauTransfert) -> t.TransfertQuota:
    """The coordinator moves a quota at once: re-sharing what a withdrawn member leaves (D2b)."""
    ligne = ligne_verrouillee(uow, nouveau.contrat_ligne_id)
    _exiger(uow, ligne, nouveau)
    transfert = _ecrire(uow, nouveau, GenreTransfert.COORDINATION)
    _repondu(uow, transfert, EtatTransfert.ACCEPTE)
    _deplacer(uow, ligne, nouveau)
    _dire(uow, "groupement.quota.transfere.v1", ligne, transfert, (nouveau.de, nouveau.vers))
    return transfert


def ligne_chef(ligne: t.ContratLigne) -> str:
    """SIRET of the coordinator of the purchase behind a line."""
    return ligne.contrat.achat.coordonnateur


def quota_de(uow: UnitOfWork, ligne_id: uuid.UUID, siret: str) -> t.Quota | None:
    """A member's quota on a line, as it is under the lock of the contract."""
    requete = sa.select(t.Quota).where(t.Quota.contrat_ligne_id == ligne_id, t.Quota.siret == siret)
    return verrouille(uow, requete)


def crediter(uow: UnitOfWork, ligne_id: uuid.UUID, siret: str, montant: Montant) -> t.Quota:
    """The quota that receives, opened at nothing for a member that had none on the line."""
    quota = quota_de(uow, ligne_id, siret)
    if quota is None:
        quota = t.Quota(
            id=uow.new_id(),
            contrat_ligne_id=ligne_id,
            siret=siret,
            initiale=Decimal(),
            quantite=Decimal(),
            montant_max_ht=Montant.zero(),
        )
        uow.session.add(quota)
    quota.montant_max_ht += montant
    return quota


def cedant(uow: UnitOfWork, ligne: t.ContratLigne, siret: str) -> tuple[t.Quota, Cedant]:
    """A quota about to give, with what its live orders consume."""
    quota = quota_de(uow, ligne.id, siret)
    if quota is None:
        raise NotFoundError("Ce membre n’a pas de part sur cette ligne.", code="quota_absent")
    consomme = uow.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(vivante.c.engage), 0)).where(
            vivante.c.quota_id == quota.id
        )
    )
    return quota, Cedant(quota.quantite, Decimal(consomme or 0), quota.montant_max_ht, ligne.entier)


def _exiger(uow: UnitOfWork, ligne: t.ContratLigne, nouveau: NouveauTransfert) -> None:
    """Both are in the perimeter frozen at launch, and the giver has it to give."""
    exiger_membres(nouveau.de, nouveau.vers)
    perimetre = sa.select(t.Participation.siret).where(
        t.Participation.achat_id == ligne.contrat.achat_id, t.Participation.perimetre
    )
    exiger_dans_le_perimetre(nouveau.vers, uow.session.scalars(perimetre))
    exiger_cessible(cedant(uow, ligne, nouveau.de)[1], nouveau.quantite)


def _deplacer(uow: UnitOfWork, ligne: t.ContratLigne, nouveau: NouveauTransfert) -> None:
    donneur, avant = cedant(uow, ligne, nouveau.de)
    montant = montant_cede(avant, nouveau.quantite)
    donneur.quantite -= nouveau.quantite
    donneur.montant_max_ht -= montant
    crediter(uow, ligne.id, nouveau.vers, montant).quantite += nouveau.quantite
    uow.session.flush()


def _transfert(uow: UnitOfWork, transfert_id: uuid.UUID) -> tuple[t.TransfertQuota, t.ContratLigne]:
    """An offer and its line; the contract is locked before the offer, as everywhere."""
    requete = sa.select(t.TransfertQuota).where(t.TransfertQuota.id == transfert_id)
    lu = uow.session.scalars(requete).one_or_none()
    if lu is None:
        raise NotFoundError("Ce transfert n’existe pas.", code="transfert_inconnu")
    ligne = ligne_verrouillee(uow, lu.contrat_ligne_id)
    uow.session.refresh(lu, with_for_update=True)
    return lu, ligne


def _ecrire(uow: UnitOfWork, nouveau: NouveauTransfert, genre: GenreTransfert) -> t.TransfertQuota:
    transfert = t.TransfertQuota(
        id=uow.new_id(),
        contrat_ligne_id=nouveau.contrat_ligne_id,
        genre=genre.value,
        de_siret=nouveau.de,
        vers_siret=nouveau.vers,
        quantite=nouveau.quantite,
        motif=nouveau.motif.strip(),
        etat=EtatTransfert.PROPOSE.value,
        propose_le=uow.clock.now(),
        propose_par=uow.acteur,
    )
    uow.session.add(transfert)
    uow.session.flush()
    return transfert


def _repondu(uow: UnitOfWork, transfert: t.TransfertQuota, etat: EtatTransfert) -> None:
    transfert.etat = etat.value
    transfert.repondu_le = uow.clock.now()
    transfert.repondu_par = uow.acteur
    uow.session.flush()


def _clore(
    uow: UnitOfWork, transfert: t.TransfertQuota, ligne: t.ContratLigne, etat: EtatTransfert
) -> t.TransfertQuota:
    _repondu(uow, transfert, etat)
    autre = transfert.de_siret if etat is EtatTransfert.REFUSE else transfert.vers_siret
    _dire(
        uow,
        "groupement.quota.transfert_refuse.v1",
        ligne,
        transfert,
        (str(autre),),
        etat=etat.value,
    )
    return transfert


def _dire(
    uow: UnitOfWork,
    type_: str,
    ligne: t.ContratLigne,
    transfert: t.TransfertQuota,
    prevenus: tuple[str, ...],
    **plus: Any,
) -> None:
    """State the fact, and record it in the purchase's journal, which the coordinator reads."""
    de, vers = str(transfert.de_siret), str(transfert.vers_siret)
    connus = organisations(uow.session, (de, vers, *prevenus))
    donnees = {
        "transfert_id": transfert.id,
        "achat_id": ligne.contrat.achat_id,
        "objet": ligne.contrat.achat.objet,
        "marche_id": ligne.marche_id,
        "article": ligne.article,
        "designation": ligne.designation,
        "conditionnement": ligne.conditionnement,
        "de": acteur(connus[de]),
        "vers": acteur(connus[vers]),
        "quantite": transfert.quantite,
        "motif": transfert.motif or "Sans motif",
        "le": transfert.repondu_le or transfert.propose_le,
        "membres": [
            {"membre": acteur(connus[s]), "courriel": connus[s].courriel}
            for s in dict.fromkeys(prevenus)
        ],
        **plus,
    }
    details = {cle: donnees[cle] for cle in ("de", "vers", "quantite", "designation")}
    action = type_.removeprefix("groupement.").removesuffix(".v1")
    uow.audit(action, str(ligne.contrat.achat_id), {**details, **plus})
    uow.emit(type_, subject=str(transfert.id), data=donnees)
