"""Ask for an alert: nothing lives until the owner of the address confirms."""

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from services.notification.domain.abonnement import Etat, rang_du_rappel, verifier_quota
from services.notification.domain.criteres import Criteres
from services.notification.domain.texte import radicaux
from services.notification.tables import Abonnement, AbonnementCpv, AbonnementMot, Destinataire
from services.notification.usecases.destinataires import identifier, nouveau_jeton
from services.notification.usecases.inscrire import Inscription, inscrire
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Demande:
    """What the form or the API says; criteria already checked."""

    courriel: str
    criteres: Criteres
    nom: str = ""


def creer_abonnement(uow: UnitOfWork, demande: Demande) -> uuid.UUID:
    """Record the request and write to its address; asked twice, it is one alert.

    An alert already alive is answered by a message that leads to its management page: the page
    shown to the asker never tells whether an address is known here.
    """
    destinataire_id = identifier(uow, [demande.courriel])[demande.courriel.lower()]
    _verrouiller(uow, destinataire_id)
    connu = _vivant(uow, destinataire_id, demande.criteres)
    if connu is None:
        verifier_quota(*_compter(uow, destinataire_id))
        connu = _ecrire(uow, destinataire_id, demande)
    if connu.etat == Etat.ACTIF:
        _ecrire_a(uow, connu, "alerte_existante", uow.clock.today().toordinal())
    else:
        _ecrire_a(uow, connu, "alerte_a_confirmer", rang_du_rappel(connu.cree_le, uow.clock.now()))
    return connu.id


def _verrouiller(uow: UnitOfWork, destinataire_id: uuid.UUID) -> None:
    """Requests for one address wait for one another: the quota holds under concurrency."""
    uow.session.execute(
        select(Destinataire.id).where(Destinataire.id == destinataire_id).with_for_update()
    )


def _vivant(uow: UnitOfWork, destinataire_id: uuid.UUID, criteres: Criteres) -> Abonnement | None:
    return uow.session.scalar(
        select(Abonnement).where(
            Abonnement.destinataire_id == destinataire_id,
            Abonnement.empreinte == criteres.empreinte,
            Abonnement.etat != Etat.ARRETE,
        )
    )


def _compter(uow: UnitOfWork, destinataire_id: uuid.UUID) -> tuple[int, int]:
    """Unconfirmed alerts of an address, then all those not stopped."""
    attente = func.count().filter(Abonnement.etat == Etat.EN_ATTENTE)
    requete = select(attente, func.count()).where(
        Abonnement.destinataire_id == destinataire_id, Abonnement.etat != Etat.ARRETE
    )
    en_attente, vivants = uow.session.execute(requete).one()
    return en_attente, vivants


def _ecrire(uow: UnitOfWork, destinataire_id: uuid.UUID, demande: Demande) -> Abonnement:
    criteres = demande.criteres
    abonnement = Abonnement(
        id=uow.new_id(),
        destinataire_id=destinataire_id,
        nom=demande.nom or criteres.resume,
        cpv=list(criteres.cpv),
        mots=list(criteres.mots),
        lieux=[lieu.code for lieu in criteres.lieux],
        departements=sorted({lieu.departement for lieu in criteres.lieux}),
        montant_min=criteres.montant_min,
        montant_max=criteres.montant_max,
        empreinte=criteres.empreinte,
        etat=Etat.EN_ATTENTE,
        jeton_confirmation=nouveau_jeton(),
        jeton_arret=nouveau_jeton(),
        cree_le=uow.clock.now(),
    )
    uow.session.add(abonnement)
    uow.session.flush()
    uow.session.add_all(_index(abonnement.id, criteres))
    uow.audit("abonnement.demande", str(abonnement.id))
    return abonnement


def _index(abonnement_id: uuid.UUID, criteres: Criteres) -> list[AbonnementCpv | AbonnementMot]:
    codes = [AbonnementCpv(racine=racine, abonnement_id=abonnement_id) for racine in criteres.cpv]
    mots = []
    for mot in criteres.mots:
        propres = sorted(radicaux(mot))
        mots.append(
            AbonnementMot(
                pivot=max(propres, key=len), abonnement_id=abonnement_id, mot=mot, radicaux=propres
            )
        )
    return [*codes, *mots]


def _ecrire_a(uow: UnitOfWork, abonnement: Abonnement, modele: str, version: int) -> None:
    inscrire(
        uow,
        Inscription(
            modele=modele,
            objet_id=str(abonnement.id),
            version=version,
            donnees={},
            destinataires={abonnement.destinataire_id: {}},
            rapproche_le=uow.clock.now(),
        ),
    )
