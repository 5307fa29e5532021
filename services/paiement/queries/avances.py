"""Advances with what came back of each and what will."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.paiement.domain import resorption
from services.paiement.domain.avance import EtatAvance
from services.paiement.domain.decompte import EtatDecompte
from services.paiement.domain.resorption import Palier
from services.paiement.tables import Avance, Decompte, Marche
from services.paiement.usecases.avances import cas_de
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ParametreManquant, Parametres


@dataclass(frozen=True, slots=True)
class AvanceSuivie:
    """`empechement` says why no schedule can be given."""

    avance: Avance
    rendu: Montant
    paliers: Sequence[Palier]
    motifs: tuple[str, ...]
    empechement: str = ""

    @property
    def reste(self) -> Montant:
        return self.avance.montant - self.rendu

    @property
    def vivante(self) -> bool:
        return self.avance.etat != EtatAvance.REFUSEE


def du_marche(
    session: Session, marche_id: uuid.UUID, parametres: Parametres
) -> Sequence[AvanceSuivie]:
    """Advances of a contract that the reader may see, that of the whole contract first."""
    lues = session.scalars(_requete().where(Avance.marche_id == marche_id).order_by(Avance.cible))
    return [_suivre(a, _sur_decomptes(session, a), parametres) for a in lues.all()]


def lire(
    session: Session, avance_id: uuid.UUID, siret: str, parametres: Parametres
) -> AvanceSuivie:
    """One advance, for the buyer or the holder of its contract."""
    avance = session.scalar(
        _requete()
        .join(Avance.marche)
        .where(
            Avance.id == avance_id,
            (Marche.acheteur_siret == siret) | (Marche.titulaire_siret == siret),
        )
    )
    if avance is None:
        raise NotFoundError("Cette avance n’existe pas.", code="avance_inconnue")
    return _suivre(avance, _sur_decomptes(session, avance), parametres)


def _requete() -> Select[Avance]:
    return select(Avance).options(
        joinedload(Avance.marche).joinedload(Marche.acheteur), selectinload(Avance.recuperations)
    )


def _sur_decomptes(session: Session, avance: Avance) -> Montant:
    """What certificates keep of the advance of a whole contract."""
    if avance.cible:
        return Montant.zero()
    requete = select(func.sum(Decompte.avance)).where(
        Decompte.marche_id == avance.marche_id, Decompte.etat != EtatDecompte.ABANDONNE.value
    )
    return session.scalar(requete) or Montant.zero()


def _suivre(avance: Avance, sur_decomptes: Montant, parametres: Parametres) -> AvanceSuivie:
    rendu = Montant.somme(entree.montant for entree in avance.recuperations) + sur_decomptes
    try:
        regle = resorption.regle(cas_de(avance), parametres)
    except ParametreManquant as manque:
        return AvanceSuivie(avance, rendu, (), (), manque.message)
    return AvanceSuivie(avance, rendu, regle.paliers(), regle.motifs)
