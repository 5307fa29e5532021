"""An advance is proposed: for a whole contract when it is notified, else for what finances name."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from services.paiement.domain import avance as regle
from services.paiement.domain import horloge
from services.paiement.domain.avance import EtatAvance, Forme, Politique, Proposition
from services.paiement.tables import Acheteur, Avance, Marche
from services.paiement.usecases.lois import lois
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import UnitOfWork

MINIMUM = "minimum"


@dataclass(frozen=True, slots=True)
class Demande:
    """What the advance is for: a tranche or an order by its name, or the framework's minimum."""

    forme: Forme
    cible: str
    montant_ht: Montant
    duree_mois: int
    sous_traite_ht: Montant
    taux: Decimal
    garantie: bool = False


def proposer_avance(
    uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str, demande: Demande
) -> Avance:
    """Propose the advance of a tranche, of an order or of a minimum; refuse when none is due."""
    marche = uow.session.scalar(
        select(Marche)
        .where(Marche.id == marche_id, Marche.acheteur_siret == acheteur_siret)
        .with_for_update(of=Marche)
    )
    if marche is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    cible = MINIMUM if demande.forme is Forme.ACCORD_CADRE_AVEC_MINIMUM else demande.cible.strip()
    _verifier(uow, marche, demande, cible)
    acheteur = uow.session.get_one(Acheteur, acheteur_siret)
    cas = _cas(marche, acheteur, demande)
    proposition = regle.proposer(cas, lois(uow.session))
    if not proposition.montant:
        raise ConflictError(f"Aucune avance n’est due. {proposition.regle}", code="avance_non_due")
    return inscrire_avance(uow, marche, cas, proposition, cible)


def _verifier(uow: UnitOfWork, marche: Marche, demande: Demande, cible: str) -> None:
    champs: dict[str, str] = {}
    if not cible:
        champs["cible"] = "Nommez la tranche ou le bon de commande."
    if demande.sous_traite_ht > demande.montant_ht:
        champs["sous_traite_ht"] = "La part sous-traitée ne peut pas dépasser le montant."
    if champs:
        raise ValidationError("Cette avance est à corriger.", code="saisie_invalide", champs=champs)
    connues = uow.session.scalars(
        select(Avance).where(
            Avance.marche_id == marche.id,
            (Avance.cible == cible) | ((Avance.cible == "") & (Avance.etat != EtatAvance.REFUSEE)),
        )
    ).all()
    if any(connue.cible == cible for connue in connues):
        raise ConflictError(
            f"L’avance de «\u00a0{cible}\u00a0» est déjà décidée.", code="avance_connue"
        )
    if connues:
        raise ConflictError(
            "Le marché entier a déjà une avance\u00a0: écartez-la d’abord si l’avance se décide "
            "par tranche, par bon de commande ou sur le minimum.",
            code="avance_du_marche",
        )


def _cas(marche: Marche, acheteur: Acheteur, demande: Demande) -> regle.Marche:
    return regle.Marche(
        date_lancement=marche.date_lancement,
        acheteur=ClasseAcheteur(acheteur.classe),
        montant_ht=demande.montant_ht,
        taux_tva=marche.taux_tva,
        duree_mois=demande.duree_mois,
        titulaire_pme=marche.titulaire_pme,
        depenses_reelles=acheteur.depenses_reelles,
        sous_traite_ht=demande.sous_traite_ht,
        politique=Politique(demande.taux, demande.garantie) if demande.taux else None,
        forme=demande.forme,
    )


def inscrire_avance(
    uow: UnitOfWork,
    marche: Marche,
    cas: regle.Marche,
    proposition: Proposition,
    cible: str = "",
) -> Avance:
    """Write a proposition and tell it; what orders start today, a contract at its notification."""
    acheteur = uow.session.get_one(Acheteur, marche.acheteur_siret)
    debut = uow.clock.today() if cible else marche.date_notification
    classe = ClasseAcheteur(acheteur.classe)
    delai = horloge.delais(lois(uow.session), classe, debut).paiement
    nouvelle = Avance(
        id=uow.new_id(),
        marche_id=marche.id,
        forme=cas.forme,
        cible=cible,
        etat=EtatAvance.PROPOSEE,
        obligatoire=proposition.obligatoire,
        garantie=proposition.garantie,
        taux=proposition.taux,
        assiette_ttc=proposition.assiette_ttc,
        montant=proposition.montant,
        base_ttc=regle.base_de_resorption(cas),
        motifs=list(proposition.motifs),
        commencement_le=debut,
        payable_avant_le=regle.payable_avant(debut, None, delai),
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
    uow.audit("avance.proposee", str(nouvelle.id), {"cible": cible, "montant": nouvelle.montant})
    return nouvelle
