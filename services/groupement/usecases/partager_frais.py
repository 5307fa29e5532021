"""Share fees, a discount, a penalty or a price reduction by the convention's key (I5)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.cles import Assiette, Cle, PartDeMontant, partager_montant
from services.groupement.domain.frais import GenreFrais, signer
from services.groupement.usecases.commun import (
    acteur,
    clauses_de,
    contrat_verrouille,
    organisations,
)
from shared.kernel.errors import NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

vivante = t.commande_vivante


@dataclass(frozen=True, slots=True)
class NouveauxFrais:
    """An amount (always positive here) and what it is; on a delivery, its members alone share.

    Without a key, the convention's applies.
    """

    marche_id: uuid.UUID
    genre: GenreFrais
    montant_ht: Montant
    motif: str
    cle: Cle | None = None
    reception_id: uuid.UUID | None = None


def partager_frais(uow: UnitOfWork, nouveaux: NouveauxFrais) -> t.Frais:
    """Write the amount and each member's part; a correction is another amount, never an edit.

    Allowed after the settlement too: that is how a settled purchase is corrected (foodsoft#619).
    """
    contrat = contrat_verrouille(uow, nouveaux.marche_id)
    montant = signer(nouveaux.genre, nouveaux.montant_ht, nouveaux.motif)
    clauses = clauses_de(uow.session, contrat.achat_id)
    cle = nouveaux.cle or clauses.cle
    parts = partager_montant(montant, cle, assiettes(uow, nouveaux, cle, clauses.pourcentages))
    frais = t.Frais(
        id=uow.new_id(),
        marche_id=contrat.marche_id,
        genre=nouveaux.genre.value,
        montant_ht=montant,
        cle=cle.value,
        motif=nouveaux.motif.strip(),
        reception_id=nouveaux.reception_id,
        le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(frais)
    uow.session.flush()
    uow.session.add_all(
        t.PartFrais(
            frais_id=frais.id, siret=part.siret, montant_ht=part.montant, explication=part.motif
        )
        for part in parts
    )
    uow.session.flush()
    _annoncer(uow, contrat, frais, parts)
    return frais


def assiettes(
    uow: UnitOfWork, nouveaux: NouveauxFrais, cle: Cle, pourcentages: Mapping[str, Decimal]
) -> list[Assiette]:
    """What each member weighs: its live orders on the contract, or its parts of one delivery."""
    lignes: Sequence[Any] = uow.session.execute(
        _de_la_reception(nouveaux.reception_id)
        if nouveaux.reception_id
        else _du_marche(nouveaux.marche_id)
    ).all()
    if not lignes:
        raise NotFoundError("Aucun membre n’a commandé sur ce marché.", code="aucun_membre")
    if cle is Cle.A_LA_QUANTITE and len({ligne.conditionnement for ligne in lignes}) > 1:
        message = "Ce marché mêle plusieurs unités\u00a0: partagez au prorata des montants."
        raise ValidationError(message, code="unites_differentes", champs={"cle": message})
    sommes: dict[str, tuple[Decimal, Decimal]] = {}
    for ligne in lignes:
        quantite, cout = sommes.get(ligne.siret, (Decimal(), Decimal()))
        sommes[ligne.siret] = (quantite + ligne.quantite, cout + ligne.cout)
    return [
        Assiette(siret, Montant(cout), quantite, pourcentages.get(siret))
        for siret, (quantite, cout) in sommes.items()
    ]


def _du_marche(marche_id: uuid.UUID) -> sa.Select[str, str, Decimal, Decimal]:
    return (
        sa.select(
            vivante.c.siret,
            t.ContratLigne.conditionnement,
            sa.func.sum(vivante.c.engage).label("quantite"),
            sa.func.sum(vivante.c.engage * vivante.c.prix_unitaire_ht).label("cout"),
        )
        .join(t.ContratLigne, t.ContratLigne.id == vivante.c.contrat_ligne_id)
        .where(t.ContratLigne.marche_id == marche_id, vivante.c.engage > 0)
        .group_by(vivante.c.siret, t.ContratLigne.conditionnement)
    )


def _de_la_reception(
    reception_id: uuid.UUID,
) -> sa.Select[str, str, Decimal, Decimal]:
    return (
        sa.select(
            vivante.c.siret,
            t.ContratLigne.conditionnement,
            sa.func.sum(t.Part.part).label("quantite"),
            sa.func.sum(t.Part.part * vivante.c.prix_unitaire_ht).label("cout"),
        )
        .join(t.Part, t.Part.commande_id == vivante.c.id)
        .join(t.ContratLigne, t.ContratLigne.id == vivante.c.contrat_ligne_id)
        .where(t.Part.reception_id == reception_id, t.Part.part > 0)
        .group_by(vivante.c.siret, t.ContratLigne.conditionnement)
    )


def _annoncer(
    uow: UnitOfWork, contrat: t.Contrat, frais: t.Frais, parts: list[PartDeMontant]
) -> None:
    membres = organisations(uow.session, (part.siret for part in parts))
    details = {"genre": frais.genre, "montant_ht": frais.montant_ht, "motif": frais.motif}
    uow.audit("frais.partages", str(contrat.achat_id), details)
    uow.emit(
        "groupement.frais.partages.v1",
        subject=str(frais.id),
        data={
            "frais_id": frais.id,
            "achat_id": contrat.achat_id,
            "marche_id": contrat.marche_id,
            "marche_reference": contrat.reference,
            **details,
            "cle": frais.cle,
            "le": frais.le,
            "parts": [
                {
                    "membre": acteur(membres[part.siret]),
                    "courriel": membres[part.siret].courriel,
                    "montant_ht": part.montant,
                    "explication": part.motif,
                }
                for part in parts
            ],
        },
    )
