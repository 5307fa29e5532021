"""Put an invoice in the case of its debt: found at its deposit, or named by a finance agent."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from services.paiement.domain.affaire import Dette, lien
from services.paiement.domain.facture import SOLDES, Etat
from services.paiement.tables import Affaire, Facture
from services.paiement.usecases.suivi import charger
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.errors import ConflictError, ValidationError
from shared.messaging.uow import UnitOfWork

FENETRE_MOIS = 12


def ouvrir_affaire(uow: UnitOfWork, facture: Facture, citees: Iterable[str]) -> None:
    """Give a new invoice the case of the rejected invoice that it replaces, or one of its own."""
    nouvelle = _dette(facture, citees)
    for rejetee in _orphelines(uow, facture):
        raison = lien(nouvelle, _dette(rejetee))
        if raison is not None:
            facture.affaire_id, facture.lien_affaire = rejetee.affaire_id, raison
            return
    affaire = Affaire(
        id=uow.new_id(),
        acheteur_siret=facture.acheteur_siret,
        fournisseur_siret=facture.fournisseur_siret,
        ouverte_le=uow.clock.now(),
    )
    uow.session.add(affaire)
    uow.session.flush()
    facture.affaire_id, facture.lien_affaire = affaire.id, ""


def relier(uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str, numero: str) -> Facture:
    """Put an unpaid invoice in the case of a rejected invoice of the same supplier."""
    facture = charger(uow, facture_id, acheteur_siret)
    if Etat(facture.etat) in SOLDES:
        raise ConflictError(
            "Cette facture est soldée\u00a0: son affaire ne change plus.", code="affaire_close"
        )
    voulue = next((f for f in _orphelines(uow, facture) if f.numero == numero.strip()), None)
    if voulue is None or voulue.affaire_id == facture.affaire_id:
        raise ValidationError(
            "Aucune facture rejetée à remplacer ne porte ce numéro.",
            code="rejetee_introuvable",
            champs={
                "numero": "Donnez le numéro d’une facture rejetée de ce fournisseur, "
                "déposée depuis moins d’un an et que rien ne remplace encore."
            },
        )
    facture.affaire_id = voulue.affaire_id
    facture.lien_affaire = f"Reliée à la facture rejetée {voulue.numero} par l’acheteur."
    uow.audit("facture.reliee", str(facture.id), {"rejetee": voulue.numero})
    return facture


def _orphelines(uow: UnitOfWork, facture: Facture) -> Sequence[Facture]:
    """Rejected invoices between the same parties whose case has no living invoice, latest first."""
    vivantes = select(Facture.affaire_id).where(
        Facture.acheteur_siret == facture.acheteur_siret,
        Facture.fournisseur_siret == facture.fournisseur_siret,
        Facture.etat != Etat.REJETEE,
    )
    requete = (
        select(Facture)
        .where(
            Facture.acheteur_siret == facture.acheteur_siret,
            Facture.fournisseur_siret == facture.fournisseur_siret,
            Facture.etat == Etat.REJETEE,
            Facture.recue_le >= ajouter_mois(uow.clock.today(), -FENETRE_MOIS),
            Facture.affaire_id.not_in(vivantes),
        )
        .order_by(Facture.deposee_le.desc(), Facture.id.desc())
    )
    return uow.session.scalars(requete).all()


def _dette(facture: Facture, citees: Iterable[str] = ()) -> Dette:
    references = (facture.reference_contrat, facture.reference_commande)
    return Dette(
        numero=facture.numero,
        marche=str(facture.marche_id) if facture.marche_id else None,
        references=frozenset(r for r in references if r),
        montant_ttc=facture.montant_ttc,
        citees=frozenset(citees),
    )
