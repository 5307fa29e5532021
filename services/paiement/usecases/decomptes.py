"""A certificate is prepared, validated, sent to payment; none is ever edited."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from services.paiement.domain import acomptes, decompte, retenue
from services.paiement.domain.acomptes import Duree, Methode
from services.paiement.domain.decompte import Compte, EtatDecompte, Genre, PartDirecte, Periode
from services.paiement.domain.phrases import euros, jour
from services.paiement.tables import (
    ConditionsMarche,
    Decompte,
    LigneDecompte,
    Marche,
    PartSousTraitant,
    PassageDecompte,
    SousTraitant,
)
from services.paiement.usecases.compte_decompte import (
    compte_de,
    duree_de,
    exiger_conditions,
    fin_de,
    sous_traitants_de,
    verrouiller,
)
from services.paiement.usecases.lois import lois
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

ZERO = Montant.zero()
COURANTS = (Genre.ACOMPTE, Genre.SOLDE)
FAITS = {
    EtatDecompte.PREPARE: "prepare",
    EtatDecompte.VALIDE: "valide",
    EtatDecompte.TRANSMIS: "transmis",
    EtatDecompte.ABANDONNE: "abandonne",
}


@dataclass(frozen=True, slots=True)
class NouveauDecompte:
    """What a person enters; `sous_traitants`: id of the act → amount including VAT."""

    genre: Genre
    du: dt.date
    au: dt.date
    travaux_ht: Montant = ZERO
    revision_ht: Montant = ZERO
    primes_ht: Montant = ZERO
    penalites: Montant = ZERO
    restituer: bool = False
    objet: str = ""
    sous_traitants: Mapping[uuid.UUID, Montant] = field(default_factory=dict)


def preparer_decompte(
    uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str, nouveau: NouveauDecompte
) -> Decompte:
    """Compute the next certificate of a contract and keep it with its lines."""
    marche = verrouiller(uow, marche_id, acheteur_siret)
    conditions = exiger_conditions(uow.session, marche_id)
    _verifier(uow, marche_id, conditions, nouveau)
    compte = compte_de(uow.session, marche, conditions, lois(uow.session))
    actes = sous_traitants_de(uow.session, marche_id)
    duree = duree_de(uow.session, marche, conditions)
    _verifier_service_fait(compte, duree, Methode(conditions.methode), nouveau)
    restituer = nouveau.restituer or nouveau.genre is Genre.RETENUE
    if restituer:
        attendue = retenue.restitution(fin_de(conditions), marche.date_lancement, lois(uow.session))
        retenue.exiger_restituable(attendue, compte.retenu, uow.clock.today())
    etabli = decompte.etablir(compte, _periode(nouveau, actes, restituer=restituer))
    ligne = _ecrire(uow, marche, nouveau, etabli)
    _passer(uow, ligne, EtatDecompte.PREPARE, "")
    return ligne


def avancer_decompte(
    uow: UnitOfWork,
    decompte_id: uuid.UUID,
    acheteur_siret: str,
    vers: EtatDecompte,
    note: str = "",
) -> Decompte:
    """Validate a certificate, send it to payment, or give it up while it is only prepared."""
    ligne = uow.session.scalar(
        select(Decompte)
        .join(Decompte.marche)
        .where(Decompte.id == decompte_id, Marche.acheteur_siret == acheteur_siret)
        .options(joinedload(Decompte.marche).joinedload(Marche.acheteur))
        .with_for_update(of=Decompte)
    )
    if ligne is None:
        raise NotFoundError("Ce décompte n’existe pas.", code="decompte_inconnu")
    ligne.etat = decompte.avancer(EtatDecompte(ligne.etat), vers).value
    _passer(uow, ligne, vers, note)
    return ligne


def precedent(session: Session, marche_id: uuid.UUID) -> dt.date | None:
    """Last day already certified."""
    return session.scalar(
        select(func.max(Decompte.au)).where(
            Decompte.marche_id == marche_id,
            Decompte.genre.in_(COURANTS),
            Decompte.etat != EtatDecompte.ABANDONNE,
        )
    )


def _verifier(
    uow: UnitOfWork, marche_id: uuid.UUID, conditions: ConditionsMarche, nouveau: NouveauDecompte
) -> None:
    en_cours = uow.session.scalar(
        select(Decompte.numero).where(
            Decompte.marche_id == marche_id, Decompte.etat == EtatDecompte.PREPARE
        )
    )
    if en_cours is not None:
        raise ConflictError(
            f"Le décompte n°\u00a0{en_cours} est en préparation\u00a0: validez-le ou "
            "abandonnez-le d’abord.",
            code="decompte_en_cours",
        )
    avant = precedent(uow.session, marche_id) if nouveau.genre in COURANTS else None
    acomptes.verifier_periode(nouveau.du, nouveau.au, avant)
    fautes = {}
    if nouveau.du < conditions.debut_le:
        fautes["du"] = f"L’exécution commence le {jour(conditions.debut_le)}."
    if nouveau.au > uow.clock.today():
        fautes["au"] = "On ne décompte que ce qui est exécuté\u00a0: aujourd’hui au plus tard."
    if nouveau.genre is Genre.CORRECTIF and not nouveau.objet:
        fautes["objet"] = "Dites ce que ce décompte corrige, et pourquoi."
    if fautes:
        raise ValidationError(
            "Ce décompte n’est pas possible.", code="decompte_impossible", champs=fautes
        )


def _verifier_service_fait(
    compte: Compte, duree: Duree, methode: Methode, nouveau: NouveauDecompte
) -> None:
    """A lump sum is never paid beyond what time has earned."""
    if methode is Methode.CONSTAT or nouveau.genre is not Genre.ACOMPTE:
        return
    acquis = acomptes.acquis(compte.total_ht, duree, methode, nouveau.au)
    if compte.travaux_ht + nouveau.travaux_ht > acquis:
        reste = max(acquis - compte.travaux_ht, ZERO)
        raise ValidationError(
            "Un acompte ne dépasse pas la valeur du service fait.",
            code="acompte_trop_fort",
            champs={
                "travaux_ht": f"Au {jour(nouveau.au)}, le forfait laisse {euros(reste)} HT à "
                "décompter."
            },
        )


def _periode(
    nouveau: NouveauDecompte,
    actes: Sequence[tuple[SousTraitant, Montant]],
    *,
    restituer: bool,
) -> Periode:
    if nouveau.genre is Genre.RETENUE:
        return Periode(genre=Genre.RETENUE, restituer=True)
    return Periode(
        genre=nouveau.genre,
        travaux_ht=nouveau.travaux_ht,
        revision_ht=nouveau.revision_ht,
        primes_ht=nouveau.primes_ht,
        penalites=nouveau.penalites,
        restituer=restituer,
        sous_traitants=[
            PartDirecte(acte.nom, nouveau.sous_traitants[acte.id], reste)
            for acte, reste in actes
            if nouveau.sous_traitants.get(acte.id)
        ],
    )


def _ecrire(
    uow: UnitOfWork, marche: Marche, nouveau: NouveauDecompte, etabli: decompte.Decompte
) -> Decompte:
    numero = uow.session.scalar(
        select(func.max(Decompte.numero)).where(Decompte.marche_id == marche.id)
    )
    ligne = Decompte(
        id=uow.new_id(),
        marche=marche,
        numero=(numero or 0) + 1,
        genre=nouveau.genre.value,
        du=nouveau.du,
        au=nouveau.au,
        objet=nouveau.objet,
        taux_tva=marche.taux_tva,
        **{nom: etabli[code] for code, nom in COLONNES.items()},
        avertissements=list(etabli.avertissements),
        etat=EtatDecompte.PREPARE.value,
    )
    ligne.lignes = [
        LigneDecompte(
            code=x.code, libelle=x.libelle, formule=x.formule, montant=x.montant, phrase=x.phrase
        )
        for x in etabli.lignes
    ]
    if nouveau.genre is not Genre.RETENUE:
        ligne.parts = [
            PartSousTraitant(sous_traitant_id=acte, montant_ttc=montant)
            for acte, montant in nouveau.sous_traitants.items()
            if montant
        ]
    uow.session.add(ligne)
    uow.session.flush()
    return ligne


COLONNES = {
    "b": "travaux_ht",
    "c": "revision_ht",
    "d": "primes_ht",
    "e": "tva",
    "f": "ttc",
    "g": "retenue",
    "h": "avance",
    "k": "sous_traitants_ttc",
    "m": "penalites",
    "n": "net",
}


def _passer(uow: UnitOfWork, ligne: Decompte, etat: EtatDecompte, note: str) -> None:
    """Keep the step, tell it, and write it in the journal."""
    rang = uow.session.scalar(
        select(func.count())
        .select_from(PassageDecompte)
        .where(PassageDecompte.decompte_id == ligne.id)
    )
    uow.session.add(
        PassageDecompte(
            decompte_id=ligne.id,
            rang=(rang or 0) + 1,
            etat=etat.value,
            le=uow.clock.now(),
            acteur=uow.acteur,
            note=note,
        )
    )
    fait = FAITS[etat]
    uow.emit(f"paiement.acompte.{fait}.v1", subject=str(ligne.id), data=_donnees(uow, ligne, note))
    uow.audit(f"decompte.{fait}", str(ligne.id), {"numero": ligne.numero, "net": ligne.net})


def _donnees(uow: UnitOfWork, ligne: Decompte, note: str) -> dict[str, Any]:
    marche = ligne.marche
    return {
        "decompte_id": ligne.id,
        "marche_id": marche.id,
        "marche_reference": marche.reference,
        "objet_marche": marche.objet,
        "acheteur": {"siret": marche.acheteur_siret, "nom": marche.acheteur.nom},
        "titulaire": {"siret": marche.titulaire_siret, "nom": marche.titulaire_nom},
        "courriel_titulaire": marche.titulaire_courriel,
        "numero": ligne.numero,
        "genre": ligne.genre,
        "du": ligne.du,
        "au": ligne.au,
        "montant_ttc": ligne.ttc,
        "retenue": ligne.retenue,
        "avance": ligne.avance,
        "sous_traitants_ttc": ligne.sous_traitants_ttc,
        "penalites": ligne.penalites,
        "net": ligne.net,
        "note": note or None,
        "le": uow.clock.today(),
    }
