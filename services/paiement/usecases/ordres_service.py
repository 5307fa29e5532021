"""Service orders: issued, notified by a signed link, received, observed or refused, executed."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from services.paiement.domain import ordre_service as regle
from services.paiement.domain.ordre_service import (
    Autorite,
    Effets,
    EtatOrdre,
    MotifRefus,
    Ordre,
    TypeOrdre,
)
from services.paiement.domain.phrases import jour
from services.paiement.tables import Marche, OrdreService, PassageOrdre
from services.paiement.usecases.lois import lois
from shared.kernel.errors import NotFoundError, ValidationError
from shared.kernel.identifiants import email_valide
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

OBSERVATIONS = "ordre_service_observations_jours"
PRESOMPTION = "ordre_service_reception_presumee_jours"


@dataclass(frozen=True, slots=True)
class NouvelOrdre:
    """What the issuing authority writes."""

    type: TypeOrdre
    objet: str
    texte: str
    autorite: Autorite
    emetteur: str
    effet_le: dt.date
    validation_le: dt.date | None = None
    jours: int | None = None
    montant_ht: Montant | None = None


def en_domaine(ligne: OrdreService) -> Ordre:
    return Ordre(
        ligne.numero,
        TypeOrdre(ligne.type),
        ligne.effet_le,
        EtatOrdre(ligne.etat),
        ligne.jours,
        ligne.montant_ht,
        Autorite(ligne.autorite),
        ligne.validation_le,
    )


def ordres_de(session: Session, marche_id: uuid.UUID) -> Sequence[OrdreService]:
    """Orders of a contract, by number."""
    requete = select(OrdreService).where(OrdreService.marche_id == marche_id)
    return session.scalars(requete.order_by(OrdreService.numero)).all()


def effets_de(session: Session, marche: Marche, debut: dt.date | None = None) -> Effets:
    """Dates and amounts of a contract after its orders; it starts at its notification if silent."""
    ordres = [en_domaine(ligne) for ligne in ordres_de(session, marche.id)]
    debut = debut or marche.date_notification
    return regle.effets(debut, marche.duree_mois, marche.fin_par_avenant, ordres)


def emettre_ordre(
    uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str, nouvel: NouvelOrdre
) -> OrdreService:
    """Number an order and keep it; it changes nothing before its notification."""
    marche = _marche(uow, marche_id, acheteur_siret)
    connus = ordres_de(uow.session, marche_id)
    numero = max((ligne.numero for ligne in connus), default=0) + 1
    ordre = Ordre(
        numero,
        nouvel.type,
        nouvel.effet_le,
        EtatOrdre.EMIS,
        nouvel.jours,
        nouvel.montant_ht,
        nouvel.autorite,
        nouvel.validation_le,
    )
    regle.verifier_emission(ordre, [en_domaine(x) for x in connus], marche.date_notification)
    ligne = OrdreService(
        id=uow.new_id(),
        marche=marche,
        numero=numero,
        type=nouvel.type.value,
        objet=nouvel.objet,
        texte=nouvel.texte,
        autorite=nouvel.autorite.value,
        emetteur=nouvel.emetteur,
        validation_le=nouvel.validation_le,
        effet_le=nouvel.effet_le,
        jours=nouvel.jours or None,
        montant_ht=nouvel.montant_ht or None,
        emis_le=uow.clock.now(),
        etat=EtatOrdre.EMIS.value,
        presume=False,
    )
    uow.session.add(ligne)
    uow.session.flush()
    _passer(uow, ligne, EtatOrdre.EMIS)
    return ligne


def notifier_ordre(
    uow: UnitOfWork, ordre_id: uuid.UUID, acheteur_siret: str, courriel: str
) -> OrdreService:
    """Put the order at the contractor's disposal; the event makes the mail with its signed link."""
    if not email_valide(courriel):
        raise ValidationError(
            "Cette adresse ne peut pas recevoir l’ordre.",
            code="courriel_invalide",
            champs={"courriel": "Saisissez l’adresse du titulaire. Exemple : nom@entreprise.fr."},
        )
    ligne = _ordre(uow, ordre_id, acheteur=acheteur_siret)
    ligne.courriel, ligne.notifie_le = courriel, uow.clock.today()
    _avancer(uow, ligne, EtatOrdre.NOTIFIE)
    return ligne


def accuser_reception(uow: UnitOfWork, ordre_id: uuid.UUID, titulaire_siret: str) -> OrdreService:
    """The contractor consults the order: this is its receipt. Doing it twice changes nothing."""
    ligne = _ordre(uow, ordre_id, titulaire=titulaire_siret)
    if ligne.etat == EtatOrdre.NOTIFIE:
        _recevoir(uow, ligne, uow.clock.today(), "")
    return ligne


def presumer_une_reception(uow: UnitOfWork) -> bool:
    """Deem received one order that nobody consulted in time; tell whether there was one."""
    for ligne in uow.session.scalars(
        select(OrdreService)
        .join(OrdreService.marche)
        .where(OrdreService.etat == EtatOrdre.NOTIFIE)
        .options(joinedload(OrdreService.marche).joinedload(Marche.acheteur))
        .order_by(OrdreService.notifie_le, OrdreService.id)
        .with_for_update(of=OrdreService, skip_locked=True)
    ):
        delai = lois(uow.session).valeur(PRESOMPTION, ligne.marche.date_lancement)
        assert ligne.notifie_le is not None
        le = regle.reception_presumee(ligne.notifie_le, int(delai.valeur))
        if le <= uow.clock.today():
            ligne.presume = True
            note = f"Réputé reçu le {jour(le)}, {delai.valeur} jours après sa mise en ligne."
            _recevoir(uow, ligne, le, note)
            return True
    return False


def observer(
    uow: UnitOfWork, ordre_id: uuid.UUID, titulaire_siret: str, observations: str
) -> OrdreService:
    """Keep the contractor's motivated observations, while their delay runs."""
    ligne = _ordre(uow, ordre_id, titulaire=titulaire_siret)
    regle.avancer(EtatOrdre(ligne.etat), EtatOrdre.OBSERVATIONS)
    assert ligne.observations_avant is not None
    regle.verifier_observations(ligne.observations_avant, uow.clock.today())
    _avancer(uow, ligne, EtatOrdre.OBSERVATIONS, observations)
    return ligne


def refuser_ordre(
    uow: UnitOfWork, ordre_id: uuid.UUID, titulaire_siret: str, motif: MotifRefus, note: str
) -> OrdreService:
    """Keep a refusal, for one of the reasons that the law knows."""
    ligne = _ordre(uow, ordre_id, titulaire=titulaire_siret)
    regle.verifier_refus(en_domaine(ligne), motif)
    _avancer(uow, ligne, EtatOrdre.REFUSE, note, motif)
    return ligne


def executer_ordre(uow: UnitOfWork, ordre_id: uuid.UUID, acheteur_siret: str) -> OrdreService:
    """Record that the order has been executed."""
    ligne = _ordre(uow, ordre_id, acheteur=acheteur_siret)
    _avancer(uow, ligne, EtatOrdre.EXECUTE)
    return ligne


def annuler_ordre(
    uow: UnitOfWork, ordre_id: uuid.UUID, acheteur_siret: str, note: str
) -> OrdreService:
    """Cancel an order, with the reason: it moves dates and amounts no more."""
    ligne = _ordre(uow, ordre_id, acheteur=acheteur_siret)
    autres = [en_domaine(x) for x in ordres_de(uow.session, ligne.marche_id)]
    regle.verifier_annulation(en_domaine(ligne), autres)
    _avancer(uow, ligne, EtatOrdre.ANNULE, note)
    return ligne


def _marche(uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str) -> Marche:
    """The contract, alone: orders are numbered one by one."""
    uow.session.execute(select(Marche.id).where(Marche.id == marche_id).with_for_update())
    marche = uow.session.scalar(
        select(Marche)
        .where(Marche.id == marche_id, Marche.acheteur_siret == acheteur_siret)
        .options(joinedload(Marche.acheteur))
    )
    if marche is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    return marche


def _ordre(
    uow: UnitOfWork, ordre_id: uuid.UUID, *, acheteur: str = "", titulaire: str = ""
) -> OrdreService:
    """One order, locked; a contractor knows it once notified."""
    requete = (
        select(OrdreService)
        .join(OrdreService.marche)
        .where(OrdreService.id == ordre_id)
        .options(joinedload(OrdreService.marche).joinedload(Marche.acheteur))
        .with_for_update(of=OrdreService)
    )
    if acheteur:
        requete = requete.where(Marche.acheteur_siret == acheteur)
    else:
        requete = requete.where(
            Marche.titulaire_siret == titulaire, OrdreService.notifie_le.is_not(None)
        )
    ligne = uow.session.scalar(requete)
    if ligne is None:
        raise NotFoundError("Cet ordre de service n’existe pas.", code="ordre_inconnu")
    return ligne


def _recevoir(uow: UnitOfWork, ligne: OrdreService, le: dt.date, note: str) -> None:
    delai = lois(uow.session).valeur(OBSERVATIONS, ligne.marche.date_lancement)
    ligne.accuse_le = le
    ligne.observations_avant = regle.observations_avant(le, int(delai.valeur))
    _avancer(uow, ligne, EtatOrdre.ACCUSE, note)


def _avancer(
    uow: UnitOfWork,
    ligne: OrdreService,
    vers: EtatOrdre,
    note: str = "",
    motif: MotifRefus | None = None,
) -> None:
    ligne.etat = regle.avancer(EtatOrdre(ligne.etat), vers).value
    uow.session.flush()
    _passer(uow, ligne, vers, note, motif)


def _passer(
    uow: UnitOfWork,
    ligne: OrdreService,
    etat: EtatOrdre,
    note: str = "",
    motif: MotifRefus | None = None,
) -> None:
    """Keep the step, tell it with the end it gives the contract, write it in the journal."""
    requete = select(func.count()).where(PassageOrdre.ordre_id == ligne.id)
    uow.session.add(
        PassageOrdre(
            ordre_id=ligne.id,
            rang=(uow.session.scalar(requete) or 0) + 1,
            etat=etat.value,
            le=uow.clock.now(),
            acteur=uow.acteur,
            motif=motif.value if motif else None,
            note=note,
        )
    )
    fait = etat.value.lower()
    donnees = _donnees(uow, ligne, note, motif)
    uow.emit(f"paiement.ordre_service.{fait}.v1", subject=str(ligne.id), data=donnees)
    uow.audit(f"ordre_service.{fait}", str(ligne.id), {"numero": ligne.numero, "note": note})


def _donnees(
    uow: UnitOfWork, ligne: OrdreService, note: str, motif: MotifRefus | None
) -> dict[str, Any]:
    marche = ligne.marche
    return {
        "ordre_id": ligne.id,
        "marche_id": marche.id,
        "marche_reference": marche.reference,
        "objet_marche": marche.objet,
        "acheteur": {"siret": marche.acheteur_siret, "nom": marche.acheteur.nom},
        "titulaire": {"siret": marche.titulaire_siret, "nom": marche.titulaire_nom},
        "courriel_titulaire": ligne.courriel,
        "numero": ligne.numero,
        "type": ligne.type,
        "objet": ligne.objet,
        "effet_le": ligne.effet_le,
        "montant_ht": ligne.montant_ht,
        "fin_le": effets_de(uow.session, marche).fin,
        "presume": ligne.presume,
        "motif": motif.value if motif else None,
        "note": note or None,
        "le": uow.clock.today(),
    }
