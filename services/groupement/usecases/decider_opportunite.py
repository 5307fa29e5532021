"""The coordinator decides on an opportunity: propose it to the members, or set it aside."""

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.consolidation import LotPrevu
from services.groupement.domain.opportunites import EtatOpportunite, exiger_ouverte, motif_exige
from services.groupement.usecases.commun import acteur, organisation, organisations, verrouille
from services.groupement.usecases.creer_achat import NouvelAchat, creer_achat
from services.groupement.usecases.detecter_opportunites import entete
from shared.kernel.errors import NotFoundError
from shared.kernel.parametres import Nature
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Proposition:
    """How the coordinator names the purchase, and when its notice would appear."""

    objet: str
    famille: str
    publication_prevue_le: dt.date
    duree_mois: int = 12


def proposer_opportunite(
    uow: UnitOfWork,
    opportunite_id: uuid.UUID,
    siret: str,
    proposition: Proposition,
    *,
    site: str,
) -> t.Achat:
    """Create the purchase as a project with the proposed lots, and tell the members concerned."""
    opportunite = opportunite_verrouillee(uow, opportunite_id, siret)
    exiger_ouverte(EtatOpportunite(opportunite.etat))
    achat = creer_achat(uow, _achat(opportunite, siret, proposition))
    opportunite.etat = EtatOpportunite.PROPOSEE.value
    opportunite.achat_id = achat.id
    opportunite.decidee_le = uow.clock.now()
    invites = organisations(uow.session, (m["siret"] for m in opportunite.membres))
    uow.audit("opportunite.proposee", str(opportunite.id), {"achat": achat.reference})
    uow.audit("achat.opportunite", str(achat.id), {"membres": len(invites)})
    uow.emit(
        "groupement.opportunite.proposee.v1",
        subject=str(opportunite.id),
        data={
            **entete(opportunite),
            "debut": opportunite.debut,
            "fin": opportunite.fin,
            "achat_id": achat.id,
            "reference": achat.reference,
            "coordonnateur": acteur(organisation(uow.session, achat.coordonnateur)),
            "membres": [
                {**acteur(invites[cle]), "courriel": invites[cle].courriel}
                for cle in sorted(invites)
            ],
            "montant_estime_ht": opportunite.montant_estime_ht,
            "url": f"{site}/groupement/achats/{achat.id}",
        },
    )
    return achat


def _achat(opportunite: t.Opportunite, siret: str, proposition: Proposition) -> NouvelAchat:
    return NouvelAchat(
        demandeur=siret,
        objet=proposition.objet,
        famille=proposition.famille,
        cpv=opportunite.cpv,
        nature=Nature(opportunite.nature),
        lieu=opportunite.lieu,
        lots=tuple(
            LotPrevu(rang, lot["objet"], lot["cpv"])
            for rang, lot in enumerate(opportunite.analyse["lots"], start=1)
        ),
        articles=(),
        montant_estime_ht=opportunite.montant_estime_ht or None,
        publication_prevue_le=proposition.publication_prevue_le,
        duree_mois=proposition.duree_mois,
    )


def ecarter_opportunite(uow: UnitOfWork, opportunite_id: uuid.UUID, siret: str, motif: str) -> None:
    """Set it aside with a reason; it stays so unless one of its inputs changes."""
    opportunite = opportunite_verrouillee(uow, opportunite_id, siret)
    exiger_ouverte(EtatOpportunite(opportunite.etat))
    opportunite.motif = motif_exige(motif)
    opportunite.etat = EtatOpportunite.ECARTEE.value
    opportunite.decidee_le = uow.clock.now()
    uow.audit("opportunite.ecartee", str(opportunite.id), {"motif": opportunite.motif})
    uow.emit(
        "groupement.opportunite.ecartee.v1",
        subject=str(opportunite.id),
        data={
            **entete(opportunite),
            "motif": opportunite.motif,
            "le": opportunite.decidee_le,
        },
    )


def opportunite_verrouillee(
    uow: UnitOfWork, opportunite_id: uuid.UUID, siret: str
) -> t.Opportunite:
    """An opportunity of a group that `siret` coordinates, under its lock."""
    conduites = sa.select(t.Convention.id).where(t.Convention.coordonnateur == siret)
    trouvee = verrouille(
        uow,
        sa.select(t.Opportunite).where(
            t.Opportunite.id == opportunite_id, t.Opportunite.convention_id.in_(conduites)
        ),
    )
    if trouvee is None:
        raise NotFoundError("Cette opportunité n’existe pas.", code="opportunite_inconnue")
    return trouvee
