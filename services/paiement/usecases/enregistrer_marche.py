"""A contract is notified: it can be paid, and its advance is proposed."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from services.paiement.domain import avance
from services.paiement.domain.avance import Politique
from services.paiement.tables import Acheteur, Marche
from services.paiement.usecases.acheteurs import connaitre_acheteur
from services.paiement.usecases.ecrire import ecrire_marche, tenir
from services.paiement.usecases.lois import lois
from services.paiement.usecases.proposer_avance import inscrire_avance
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class MarcheNotifie:
    """What this service reads of a notified contract; `avance_taux` is a part of 1."""

    marche_id: uuid.UUID
    reference: str
    achat_id: uuid.UUID | None
    lot: int
    objet: str
    cpv: str
    nature: str
    acheteur_siret: str
    acheteur_nom: str
    titulaire_siret: str
    titulaire_nom: str
    titulaire_pme: bool
    titulaire_courriel: str | None
    montant_ht: Montant
    taux_tva: Decimal
    duree_mois: int
    date_lancement: dt.date
    date_notification: dt.date
    avance_taux: Decimal
    avance_garantie: bool
    travaux: bool


def enregistrer_marche(uow: UnitOfWork, notifie: MarcheNotifie) -> Marche:
    """Open the contract's account; propose its advance, if any, with its rule."""
    tenir(uow, notifie.marche_id)
    connu = uow.session.get(Marche, notifie.marche_id)
    if connu is not None:
        return connu
    connaitre_acheteur(uow, notifie.acheteur_siret, notifie.acheteur_nom)
    marche = _marche(notifie)
    uow.session.add(marche)
    uow.session.flush()
    acheteur = uow.session.get_one(Acheteur, notifie.acheteur_siret)
    cas = _regle(notifie, acheteur)
    proposition = avance.proposer(cas, lois(uow.session))
    if proposition.montant:
        inscrire_avance(uow, marche, cas, proposition)
    ecrire_marche(uow, marche)
    uow.audit("marche.enregistre", str(marche.id), {"reference": marche.reference})
    return marche


def _marche(notifie: MarcheNotifie) -> Marche:
    return Marche(
        id=notifie.marche_id,
        reference=notifie.reference,
        numero_engagement=f"ENG-{notifie.reference}",
        achat_id=notifie.achat_id,
        lot=notifie.lot,
        objet=notifie.objet,
        cpv=notifie.cpv,
        nature=notifie.nature,
        acheteur_siret=notifie.acheteur_siret,
        titulaire_siret=notifie.titulaire_siret,
        titulaire_nom=notifie.titulaire_nom,
        titulaire_pme=notifie.titulaire_pme,
        titulaire_courriel=notifie.titulaire_courriel,
        montant_ht=notifie.montant_ht,
        taux_tva=notifie.taux_tva,
        duree_mois=notifie.duree_mois,
        date_lancement=notifie.date_lancement,
        date_notification=notifie.date_notification,
        travaux=notifie.travaux,
    )


def _regle(notifie: MarcheNotifie, acheteur: Acheteur) -> avance.Marche:
    politique = Politique(notifie.avance_taux, notifie.avance_garantie)
    return avance.Marche(
        date_lancement=notifie.date_lancement,
        acheteur=ClasseAcheteur(acheteur.classe),
        montant_ht=notifie.montant_ht,
        taux_tva=notifie.taux_tva,
        duree_mois=notifie.duree_mois,
        titulaire_pme=notifie.titulaire_pme,
        depenses_reelles=acheteur.depenses_reelles,
        politique=politique if notifie.avance_taux else None,
    )
