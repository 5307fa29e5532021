"""What pages and exports read of certificates: the list, one certificate, the state since start."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.paiement.domain import acomptes, retenue
from services.paiement.domain.acomptes import Duree, Methode, Periodicite
from services.paiement.domain.decompte import Compte, EtatDecompte, Genre
from services.paiement.domain.retenue import Restitution
from services.paiement.tables import (
    ConditionsMarche,
    Decompte,
    LigneDecompte,
    Marche,
    PartSousTraitant,
    SousTraitant,
)
from services.paiement.usecases.compte_decompte import (
    compte_de,
    conditions_de,
    duree_de,
    fin_de,
    sous_traitants_de,
)
from services.paiement.usecases.decomptes import precedent
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres

MONTRES = (EtatDecompte.VALIDE, EtatDecompte.TRANSMIS)
"""States in which the contractor reads a certificate."""


@dataclass(frozen=True, slots=True)
class Cumul:
    """One line of the statement since the start of the contract."""

    code: str
    libelle: str
    avant: Montant
    periode: Montant

    @property
    def depuis_le_debut(self) -> Montant:
        return self.avant + self.periode


@dataclass(frozen=True, slots=True)
class Suivi:
    """Where the payment by instalments of a contract stands; first, a list alone."""

    marche: Marche
    decomptes: Sequence[Decompte]
    sous_traitants: Sequence[tuple[SousTraitant, Montant]]
    conditions: ConditionsMarche | None = None
    compte: Compte | None = None
    duree: Duree | None = None
    periodicite: Periodicite | None = None
    restitution: Restitution | None = None
    prochain_le: dt.date | None = None

    @property
    def en_cours(self) -> Decompte | None:
        return next((d for d in self.decomptes if d.etat == EtatDecompte.PREPARE), None)


def marche_visible(session: Session, marche_id: uuid.UUID, siret: str) -> Marche:
    """The contract, for those who signed it: its buyer and its holder."""
    marche = session.scalar(
        select(Marche)
        .where(
            Marche.id == marche_id,
            (Marche.acheteur_siret == siret) | (Marche.titulaire_siret == siret),
        )
        .options(joinedload(Marche.avance), joinedload(Marche.acheteur))
    )
    if marche is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    return marche


def suivre(session: Session, marche_id: uuid.UUID, siret: str, parametres: Parametres) -> Suivi:
    """Conditions, certificates and what comes next."""
    marche = marche_visible(session, marche_id, siret)
    decomptes = lister(session, marche, siret)
    actes = sous_traitants_de(session, marche_id)
    conditions = conditions_de(session, marche_id)
    if conditions is None:
        return Suivi(marche, decomptes, actes)
    intervalle = acomptes.periodicite(
        marche.date_lancement,
        travaux=marche.travaux,
        pme=marche.titulaire_pme,
        sur_demande=conditions.sur_demande,
        parametres=parametres,
    )
    compte = compte_de(session, marche, conditions, parametres)
    dernier = precedent(session, marche_id) or ajouter_jours(conditions.debut_le, -1)
    return Suivi(
        marche,
        decomptes,
        actes,
        conditions,
        compte,
        duree_de(session, marche, conditions),
        intervalle,
        retenue.restitution(fin_de(conditions), marche.date_lancement, parametres),
        None if compte.solde else acomptes.prochain(dernier, intervalle),
    )


def lister(session: Session, marche: Marche, siret: str) -> Sequence[Decompte]:
    """Certificates of a contract, the last one first; its holder sees those validated."""
    requete = select(Decompte).where(Decompte.marche_id == marche.id)
    if siret != marche.acheteur_siret:
        requete = requete.where(Decompte.etat.in_(MONTRES))
    return session.scalars(requete.order_by(Decompte.numero.desc())).all()


def lire(session: Session, decompte_id: uuid.UUID, siret: str) -> Decompte:
    """One certificate with its lines, its direct payments and its history."""
    montre = (Marche.titulaire_siret == siret) & Decompte.etat.in_(MONTRES)
    ligne = session.scalar(
        select(Decompte)
        .join(Decompte.marche)
        .where(Decompte.id == decompte_id, (Marche.acheteur_siret == siret) | montre)
        .options(
            joinedload(Decompte.marche).joinedload(Marche.acheteur),
            selectinload(Decompte.lignes),
            selectinload(Decompte.historique),
            selectinload(Decompte.parts).joinedload(PartSousTraitant.sous_traitant),
        )
    )
    if ligne is None:
        raise NotFoundError("Ce décompte n’existe pas.", code="decompte_inconnu")
    return ligne


def etat_global(session: Session, decompte: Decompte) -> Sequence[Cumul]:
    """Each line before this certificate, in it, and since the start."""
    avant = _avant(session, decompte)
    zero = Montant.zero()
    return [
        Cumul(x.code, x.libelle, avant.get(x.code, zero), x.montant)
        for x in decompte.lignes
        if x.code != "a"
    ]


def proposition(
    session: Session, suivi: Suivi, au: dt.date | None, aujourdhui: dt.date
) -> dict[str, object]:
    """What the form of the next certificate proposes: the period and, for a lump sum, its work."""
    if suivi.conditions is None or suivi.compte is None or suivi.duree is None:
        return {}
    dernier = precedent(session, suivi.marche.id)
    du = ajouter_jours(dernier, 1) if dernier else suivi.conditions.debut_le
    au = au or max(du, _fin_du_mois_passe(aujourdhui))
    propose: dict[str, object] = {
        "genre": Genre.ACOMPTE.value,
        "du": du.isoformat(),
        "au": au.isoformat(),
        "motif": "",
    }
    methode = Methode(suivi.conditions.methode)
    if methode is not Methode.CONSTAT:
        compte = suivi.compte
        montant, motif = acomptes.proposer(
            compte.total_ht, suivi.duree, methode, au, compte.travaux_ht
        )
        propose |= {"travaux_ht": str(montant), "motif": motif}
    return propose


def _fin_du_mois_passe(aujourdhui: dt.date) -> dt.date:
    return ajouter_jours(aujourdhui.replace(day=1), -1)


def _avant(session: Session, decompte: Decompte) -> Mapping[str, Montant]:
    lignes = session.execute(
        select(LigneDecompte.code, func.sum(LigneDecompte.montant))
        .join(Decompte, Decompte.id == LigneDecompte.decompte_id)
        .where(
            Decompte.marche_id == decompte.marche_id,
            Decompte.numero < decompte.numero,
            Decompte.etat != EtatDecompte.ABANDONNE,
        )
        .group_by(LigneDecompte.code)
    )
    return dict(lignes.all())
