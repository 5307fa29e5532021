"""Award a lot: here the coordinator enters the firm, the amounts and the number of offers."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.publication.domain.consultation import Statut, exiger
from services.publication.domain.marche import (
    Attributaire,
    Attribution,
    LigneAttribuee,
    total_ht,
    verifier_attribution,
)
from services.publication.tables import Consultation, Ligne, LigneMarche, Lot, Marche
from services.publication.usecases import faits_publies
from services.publication.usecases.chargement import avis_de, consultation_de, faits
from shared.kernel.errors import ConflictError, DomainError, NotFoundError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The award as entered: a unit price per line, or one amount for a lot without lines."""

    lot: int
    attributaire: Attributaire
    attribue_le: dt.date
    offres_recues: int
    taux_tva: Decimal
    prix: Mapping[uuid.UUID, Decimal] = field(default_factory=dict)
    montant_ht: Montant | None = None


def attribuer_lot(
    uow: UnitOfWork, consultation_id: uuid.UUID, siret: str, decision: Decision
) -> Marche:
    """Create the contract of one lot; it takes effect only when notified."""
    consultation = consultation_de(uow, consultation_id, siret)
    exiger(faits(consultation).statut(uow.clock.now()), Statut.CLOSE)
    lot = _lot_libre(consultation, decision.lot)
    attribution = _attribution(lot, decision)
    date_limite = avis_de(consultation).date_limite
    verifier_attribution(attribution, date_limite, uow.clock.today())
    marche = _marche(uow, consultation, lot, attribution)
    uow.session.add(marche)
    consultation.marches.append(marche)
    uow.session.flush()
    uow.emit(
        "publication.marche.attribue.v1",
        subject=str(marche.id),
        data=faits_publies.marche_attribue(consultation, marche),
    )
    uow.audit("marche.attribue", str(marche.id), {"reference": marche.reference})
    return marche


def _lot_libre(consultation: Consultation, numero: int) -> Lot:
    lot = next((lot for lot in consultation.lots if lot.numero == numero), None)
    if lot is None:
        raise NotFoundError("Ce lot n’existe pas.", code="lot_inconnu")
    if any(marche.lot == numero for marche in consultation.marches):
        raise ConflictError("Ce lot est déjà attribué.", code="lot_attribue")
    return lot


def _attribution(lot: Lot, decision: Decision) -> Attribution:
    lignes = _lignes(lot.lignes, decision.prix)
    montant = total_ht(lignes) if lignes else decision.montant_ht
    return Attribution(
        attributaire=decision.attributaire,
        attribue_le=decision.attribue_le,
        offres_recues=decision.offres_recues,
        montant_ht=montant or Montant.zero(),
        taux_tva=decision.taux_tva,
        lignes=lignes,
    )


def _lignes(
    lignes: Sequence[Ligne], prix: Mapping[uuid.UUID, Decimal]
) -> tuple[LigneAttribuee, ...]:
    sans_prix = [ligne for ligne in lignes if ligne.id not in prix]
    if sans_prix:
        raise DomainError(
            "Chaque ligne du lot doit avoir un prix unitaire.",
            code="prix_manquants",
            champs={
                f"prix_{ligne.id}": f"Indiquez le prix de\u00a0: {ligne.designation}."
                for ligne in sans_prix
            },
        )
    return tuple(
        LigneAttribuee(
            ligne_id=ligne.id,
            article=ligne.article,
            designation=ligne.designation,
            conditionnement=ligne.conditionnement,
            quantite=ligne.quantite,
            prix_unitaire_ht=prix[ligne.id],
        )
        for ligne in lignes
    )


def _marche(
    uow: UnitOfWork, consultation: Consultation, lot: Lot, attribution: Attribution
) -> Marche:
    titulaire = attribution.attributaire
    return Marche(
        id=uow.new_id(),
        reference=f"MAR{consultation.reference.removeprefix('CONS')}-L{lot.numero}",
        consultation_id=consultation.id,
        lot=lot.numero,
        titulaire_siret=titulaire.siret,
        titulaire_nom=titulaire.nom,
        titulaire_pme=titulaire.pme,
        titulaire_courriel=titulaire.courriel,
        montant_ht=attribution.montant_ht,
        taux_tva=attribution.taux_tva,
        offres_recues=attribution.offres_recues,
        attribue_le=attribution.attribue_le,
        lignes=[
            LigneMarche(
                rang=rang,
                ligne_id=ligne.ligne_id,
                article=ligne.article,
                designation=ligne.designation,
                conditionnement=ligne.conditionnement,
                quantite=ligne.quantite,
                prix_unitaire_ht=ligne.prix_unitaire_ht,
            )
            for rang, ligne in enumerate(attribution.lignes, start=1)
        ],
    )
