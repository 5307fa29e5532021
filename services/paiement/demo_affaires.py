"""The demonstration of cases and differences: a debt deposited twice, goods billed too much."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

from services.paiement.usecases.engagements import (
    CommandePassee,
    PartRecue,
    ReceptionEnregistree,
    enregistrer_engagement,
    enregistrer_reception,
)
from services.paiement.usecases.rejeter import rejeter
from shared.kernel.clock import PARIS
from shared.kernel.montant import Montant
from shared.ops import demo

if TYPE_CHECKING:
    from services.paiement.demo import Contrat, Semoir

ARTICLE = "CHAISE-T6"
COMMANDEES, RECUES, FACTUREES = 100, 60, 70
ESPACE = uuid.UUID("5c0f6f0e-8f0b-5d0a-9a3e-6f1f0b7c2d12")


def semer_affaires(semoir: "Semoir", mobilier: "Contrat", entretien: "Contrat") -> int:
    """Return how many invoices were added."""
    return _trop_facture(semoir, mobilier) + _deux_depots(semoir, entretien)


def _trop_facture(semoir: "Semoir", contrat: "Contrat") -> int:
    """A hundred chairs ordered, sixty delivered, seventy billed."""
    marche_id, commande_id = semoir.marche(contrat), uuid.uuid5(ESPACE, "commande")
    prix = Decimal(contrat.prix)
    with semoir.le(semoir.jour(30)) as uow:
        enregistrer_engagement(
            uow,
            CommandePassee(
                commande_id=commande_id,
                reference=f"C-{contrat.reference}-1",
                marche_id=marche_id,
                membre_siret=demo.DEPARTEMENT.siret,
                membre_nom=demo.DEPARTEMENT.nom,
                article=ARTICLE,
                quantite=Decimal(COMMANDEES),
                conditionnement="chaise",
                prix_unitaire_ht=prix,
                montant_ht=Montant(prix * COMMANDEES),
                passee_le=dt.datetime.combine(semoir.jour(30), dt.time(8), tzinfo=PARIS),
            ),
        )
    with semoir.le(semoir.jour(19)) as uow:
        part = PartRecue(commande_id, demo.DEPARTEMENT.siret, demo.DEPARTEMENT.nom, Decimal(RECUES))
        enregistrer_reception(
            uow,
            ReceptionEnregistree(
                reception_id=uuid.uuid5(ESPACE, "reception"),
                marche_id=marche_id,
                article=ARTICLE,
                conditionnement="chaise",
                quantite=Decimal(RECUES),
                demande=Decimal(COMMANDEES),
                recue_le=semoir.jour(19),
                parts=[part],
            ),
        )
    return int(semoir.deposer(contrat, "M-001", 17, FACTUREES) is not None)


def _deux_depots(semoir: "Semoir", contrat: "Contrat") -> int:
    """Rejected for its order number, deposited again two weeks later: one debt, two deposits."""
    premiere = semoir.deposer(contrat, "R-001", 27, 6)
    if premiere is None:
        return 0
    with semoir.le(semoir.jour(21)) as uow:
        rejeter(
            uow,
            premiere,
            demo.DEPARTEMENT.siret,
            "Le numéro de commande cité n’est pas le bon.",
            "CMD_ERR",
        )
    semoir.deposer(contrat, "R-002", 9, 6)
    return 2
