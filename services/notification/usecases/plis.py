"""Gather, for a small batch of ledger rows, all that their messages will say."""

import uuid
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from services.notification.domain.abonnement import Etat as EtatAlerte
from services.notification.domain.correspondance import Critere
from services.notification.domain.pli import AlerteDuPli, Pli
from services.notification.domain.remise import Etat
from services.notification.tables import Abonnement, AvisConnu, Message, Remise

AVIS = "avis\\_%"


def rassembler(session: Session, ids: Sequence[uuid.UUID]) -> list[Pli]:
    """Read the rows and their context in five queries, whatever their number; order is kept."""
    remises = session.scalars(
        select(Remise)
        .where(Remise.id.in_(ids))
        .options(joinedload(Remise.message), joinedload(Remise.destinataire))
    ).all()
    contexte = _Contexte(session, remises)
    par_id = {remise.id: contexte.pli(remise) for remise in remises}
    return [par_id[id_] for id_ in ids]


class _Contexte:
    """What the batch has in common, read once."""

    def __init__(self, session: Session, remises: Sequence[Remise]) -> None:
        self._avis = _avis(session, remises)
        self._prevenus = _deja_prevenus(session, remises)
        self._alertes = _alertes(session, remises)
        self._par_adresse = Counter(
            a.destinataire_id for a in self._alertes.values() if a.etat == EtatAlerte.ACTIF
        )

    def pli(self, remise: Remise) -> Pli:
        message, destinataire = remise.message, remise.destinataire
        avis = self._avis.get(message.objet_id) if message.modele.startswith("avis_") else None
        alerte = self._alertes.get(message.objet_id)
        attend = alerte is not None and alerte.etat == EtatAlerte.EN_ATTENTE
        return Pli(
            id=remise.id,
            modele=message.modele,
            version=message.version,
            donnees=message.donnees,
            propres=remise.donnees,
            courriel=destinataire.courriel,
            jeton_arret=remise.jeton_arret,
            jeton_gestion=destinataire.jeton,
            tentatives=remise.tentatives,
            avis=avis.donnees if avis else None,
            avis_annule=bool(avis and avis.annule),
            deja_prevenu=(message.objet_id, remise.destinataire_id) in self._prevenus,
            alertes=self._vivantes(remise),
            alertes_de_l_adresse=self._par_adresse[remise.destinataire_id],
            jeton_confirmation=alerte.jeton_confirmation if alerte and attend else None,
            nom_alerte=alerte.nom if alerte else "",
        )

    def _vivantes(self, remise: Remise) -> tuple[AlerteDuPli, ...]:
        trouvees = []
        for touchee in remise.donnees.get("alertes", []):
            alerte = self._alertes.get(touchee["abonnement_id"])
            if alerte is not None and alerte.etat == EtatAlerte.ACTIF:
                criteres = tuple(Critere(genre, valeur) for genre, valeur in touchee["criteres"])
                trouvees.append(AlerteDuPli(alerte.nom, alerte.jeton_arret, criteres))
        return tuple(trouvees)


def _avis(session: Session, remises: Sequence[Remise]) -> dict[str, AvisConnu]:
    ids = {
        uuid.UUID(remise.message.objet_id)
        for remise in remises
        if remise.message.modele.startswith("avis_")
    }
    connus = session.scalars(select(AvisConnu).where(AvisConnu.id.in_(ids)))
    return {str(avis.id): avis for avis in connus}


def _deja_prevenus(session: Session, remises: Sequence[Remise]) -> set[tuple[str, uuid.UUID]]:
    """(notice, recipient) pairs for which another version was handed over."""
    autre, son_message = aliased(Remise), aliased(Message)
    requete = (
        select(son_message.objet_id, autre.destinataire_id)
        .join(son_message, son_message.id == autre.message_id)
        .where(
            son_message.objet_id.in_({remise.message.objet_id for remise in remises}),
            son_message.modele.like(AVIS),
            autre.destinataire_id.in_({remise.destinataire_id for remise in remises}),
            autre.etat == Etat.REMIS,
        )
    )
    return set(session.execute(requete).all())


def _alertes(session: Session, remises: Sequence[Remise]) -> dict[str, Abonnement]:
    """Alerts of the recipients, by id."""
    requete = select(Abonnement).where(
        Abonnement.destinataire_id.in_({remise.destinataire_id for remise in remises})
    )
    return {str(alerte.id): alerte for alerte in session.scalars(requete)}
