"""A contract is notified: it can be paid, and its advance is proposed."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from services.paiement.domain import avance, horloge
from services.paiement.domain.avance import EtatAvance, Politique, Proposition
from services.paiement.tables import Acheteur, Avance, Marche
from services.paiement.usecases.acheteurs import connaitre_acheteur
from services.paiement.usecases.ecrire import ecrire_marche, tenir
from services.paiement.usecases.lois import lois
from shared.kernel.calendrier import echeance
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Parametres
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
    parametres = lois(uow.session)
    proposition = avance.proposer(_regle(notifie, acheteur), parametres)
    if proposition.montant:
        _proposer(uow, marche, proposition, _payable_avant(notifie, acheteur, parametres))
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


def _payable_avant(notifie: MarcheNotifie, acheteur: Acheteur, parametres: Parametres) -> dt.date:
    """An advance is due within the payment deadline, counted from the notification."""
    classe = ClasseAcheteur(acheteur.classe)
    durees = horloge.delais(parametres, classe, notifie.date_notification)
    return echeance(notifie.date_notification, durees.paiement)


def _proposer(
    uow: UnitOfWork, marche: Marche, proposition: Proposition, payable_avant_le: dt.date
) -> None:
    nouvelle = Avance(
        id=uow.new_id(),
        marche_id=marche.id,
        etat=EtatAvance.PROPOSEE,
        obligatoire=proposition.obligatoire,
        garantie=proposition.garantie,
        taux=proposition.taux,
        assiette_ttc=proposition.assiette_ttc,
        montant=proposition.montant,
        motifs=list(proposition.motifs),
        payable_avant_le=payable_avant_le,
    )
    uow.session.add(nouvelle)
    uow.emit(
        "paiement.avance.proposee.v1",
        subject=str(marche.id),
        data={
            "avance_id": nouvelle.id,
            "marche_id": marche.id,
            "marche_reference": marche.reference,
            "titulaire": {"siret": marche.titulaire_siret, "nom": marche.titulaire_nom},
            "base_ttc": proposition.assiette_ttc,
            "taux": proposition.taux,
            "montant": proposition.montant,
            "obligatoire": proposition.obligatoire,
            "garantie": proposition.garantie,
            "regle": proposition.regle,
        },
    )
