"""The account of a contract before its next certificate, every sum derived from its entries."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from services.paiement.domain import resorption, retenue
from services.paiement.domain.acomptes import Duree
from services.paiement.domain.avance import EtatAvance
from services.paiement.domain.decompte import Compte, EtatDecompte, Genre
from services.paiement.domain.retenue import Fin, Retenue
from services.paiement.tables import (
    ConditionsMarche,
    Decompte,
    Marche,
    PartSousTraitant,
    Recuperation,
    SousTraitant,
)
from services.paiement.usecases.ordres_service import effets_de
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.errors import ConflictError, NotFoundError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres
from shared.messaging.uow import UnitOfWork

ZERO = Montant.zero()
SOMMES = ("travaux_ht", "revision_ht", "primes_ht", "penalites", "retenue", "avance")


def marche_de(session: Session, marche_id: uuid.UUID, acheteur_siret: str) -> Marche:
    """Return the contract to the organisation that signed it, to nobody else."""
    marche = session.scalar(
        select(Marche)
        .where(Marche.id == marche_id, Marche.acheteur_siret == acheteur_siret)
        .options(joinedload(Marche.avance), joinedload(Marche.acheteur))
    )
    if marche is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    return marche


def verrouiller(uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str) -> Marche:
    """The same, alone until the end of the transaction: certificates are numbered one by one."""
    uow.session.execute(select(Marche.id).where(Marche.id == marche_id).with_for_update())
    return marche_de(uow.session, marche_id, acheteur_siret)


def conditions_de(session: Session, marche_id: uuid.UUID) -> ConditionsMarche | None:
    """The conditions in force: the last entry."""
    requete = select(ConditionsMarche).where(ConditionsMarche.marche_id == marche_id)
    return session.scalar(requete.order_by(ConditionsMarche.rang.desc()).limit(1))


def exiger_conditions(session: Session, marche_id: uuid.UUID) -> ConditionsMarche:
    conditions = conditions_de(session, marche_id)
    if conditions is None:
        raise ConflictError(
            "Fixez d’abord les conditions de paiement de ce marché\u00a0: début d’exécution, "
            "méthode, retenue de garantie.",
            code="conditions_absentes",
        )
    return conditions


def compte_de(
    session: Session, marche: Marche, conditions: ConditionsMarche, parametres: Parametres
) -> Compte:
    """Gather what certificates, amendments and the advance have made of the contract."""
    sommes = _sommes(session, marche.id)
    origine = marche.montant_ht
    ordres = effets_de(session, marche).montant_ht
    base = Compte(origine, marche.taux_tva, marche.avenants_ht, ordres)
    regle = resorption_de(marche, base.total_ttc, parametres)
    return Compte(
        initial_ht=origine,
        taux_tva=marche.taux_tva,
        avenants_ht=marche.avenants_ht,
        ordres_ht=ordres,
        travaux_ht=sommes["travaux_ht"],
        revision_ht=sommes["revision_ht"],
        primes_ht=sommes["primes_ht"],
        penalites=sommes["penalites"],
        retenu=sommes["retenue"],
        avance=regle.avance if regle else ZERO,
        recupere=sommes["avance"] + _recupere_sur_factures(session, marche),
        retenue=retenue_de(base, conditions),
        resorption=regle.cumul if regle else lambda _: ZERO,
        etat_global=parametres.valeur("acompte_etat_global_part", marche.date_lancement).valeur,
        solde=_solde(session, marche.id),
    )


def _recupere_sur_factures(session: Session, marche: Marche) -> Montant:
    """What came back of the advance on invoices, before certificates were prepared."""
    if marche.avance is None:
        return ZERO
    requete = select(func.sum(Recuperation.montant))
    return session.scalar(requete.where(Recuperation.avance_id == marche.avance.id)) or ZERO


def resorption_de(
    marche: Marche, total_ttc: Montant, parametres: Parametres
) -> resorption.Resorption | None:
    """How the advance comes back, once it has been paid."""
    avance = marche.avance
    if avance is None or avance.etat != EtatAvance.VERSEE or not total_ttc:
        return None
    cas = resorption.Cas(
        marche.date_lancement, total_ttc, avance.montant, avance.taux, avance.clause_fin
    )
    return resorption.regle(cas, parametres)


def retenue_de(compte: Compte, conditions: ConditionsMarche) -> Retenue:
    initial, avenants = compte.ttc(compte.initial_ht), compte.ttc(compte.avenants_ht)
    limite = retenue.plafond(initial, avenants, conditions.retenue)
    return Retenue(conditions.retenue, limite, remplacee=conditions.garantie is not None)


def fin_de(conditions: ConditionsMarche) -> Fin:
    return Fin(
        conditions.reception_le,
        conditions.garantie_mois,
        conditions.reserves,
        conditions.reserves_levees_le,
        conditions.garantie_recue_le,
    )


def duree_de(session: Session, marche: Marche, conditions: ConditionsMarche) -> Duree:
    """The execution as orders and amendments have made it."""
    effets = effets_de(session, marche, conditions.debut_le)
    prevue = ajouter_mois(marche.date_notification, marche.duree_mois)
    avenant = max(((marche.fin_par_avenant or prevue) - prevue).days, 0)
    return Duree(effets.debut, marche.duree_mois, effets.prolongation + avenant, effets.arrets)


def sous_traitants_de(
    session: Session, marche_id: uuid.UUID
) -> Sequence[tuple[SousTraitant, Montant]]:
    """Subcontractors with what each may still be paid directly."""
    paye = dict(
        session.execute(
            select(PartSousTraitant.sous_traitant_id, func.sum(PartSousTraitant.montant_ttc))
            .join(Decompte, Decompte.id == PartSousTraitant.decompte_id)
            .where(Decompte.marche_id == marche_id, Decompte.etat != EtatDecompte.ABANDONNE)
            .group_by(PartSousTraitant.sous_traitant_id)
        ).all()
    )
    requete = select(SousTraitant).where(SousTraitant.marche_id == marche_id)
    return [
        (acte, (acte.montant_ttc if acte.paiement_direct else ZERO) - paye.get(acte.id, ZERO))
        for acte in session.scalars(requete.order_by(SousTraitant.nom, SousTraitant.id))
    ]


def _sommes(session: Session, marche_id: uuid.UUID) -> Mapping[str, Montant]:
    colonnes = [func.sum(getattr(Decompte, nom)) for nom in SOMMES]
    ligne = session.execute(
        select(*colonnes).where(
            Decompte.marche_id == marche_id, Decompte.etat != EtatDecompte.ABANDONNE
        )
    ).one()
    return {nom: somme or ZERO for nom, somme in zip(SOMMES, ligne, strict=True)}


def _solde(session: Session, marche_id: uuid.UUID) -> bool:
    requete = select(Decompte.id).where(
        Decompte.marche_id == marche_id,
        Decompte.genre == Genre.SOLDE,
        Decompte.etat != EtatDecompte.ABANDONNE,
    )
    return session.scalar(requete) is not None
