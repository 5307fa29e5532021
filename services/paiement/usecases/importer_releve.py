"""A statement comes in: kept as it is, matched line by line, its clock started. Once."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, insert, select

from services.paiement.domain import horloge, numero_carte, pointage
from services.paiement.domain import releve as regle
from services.paiement.domain.phrases import jour
from services.paiement.domain.pointage import Autorisation, Pointage
from services.paiement.domain.programme import Personne, Role
from services.paiement.domain.releve import EtatReleve, Ligne
from services.paiement.domain.releve import Releve as Lu
from services.paiement.tables import (
    Acheteur,
    ArticleReleve,
    Carte,
    Commande,
    LigneReleve,
    Marche,
    OperationCarte,
    PieceCarte,
    ProgrammeCarte,
    Releve,
    SuiviLigne,
)
from services.paiement.tables.cartes import Nature
from services.paiement.usecases.lois import lois
from services.paiement.usecases.programmes import charger_programme, exiger_role
from services.paiement.usecases.recus import justifiee
from services.paiement.usecases.viser import VIVANTE
from shared.kernel.calendrier import echeance
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Envoi:
    """A file as it was read: `recu_le` starts the clock towards the issuer."""

    nom: str
    empreinte: str
    lu: Lu
    recu_le: dt.date


@dataclass(frozen=True, slots=True)
class Importation:
    """The statement, and whether this file made it."""

    releve: Releve
    nouveau: bool


def importer_releve(
    uow: UnitOfWork, programme_id: uuid.UUID, acheteur_siret: str, envoi: Envoi, par: Personne
) -> Importation:
    """Register a statement and match its lines.

    The same file, or the same lines under the same number, change nothing. Raise a `DomainError`
    when the statement is not this programme's, does not add up, or contradicts a former one.
    """
    programme = charger_programme(uow, programme_id, acheteur_siret)
    exiger_role(uow.session, programme_id, Role.RESPONSABLE, par)
    connu = _deja(uow, programme_id, envoi)
    if connu is not None:
        return Importation(connu, nouveau=False)
    _verifier_destinataire(programme, envoi, uow.clock.today())
    regle.verifier(envoi.lu)
    releve = _releve(uow, programme, envoi)
    uow.session.add(releve)
    uow.session.flush()
    pointages = _pointer(uow, programme_id, envoi.lu.lignes)
    _ecrire(uow, releve, envoi.lu.lignes, pointages)
    _dire(uow, programme, releve, sum(bool(p.ecarts) for p in pointages))
    return Importation(releve, nouveau=True)


def _deja(uow: UnitOfWork, programme_id: uuid.UUID, envoi: Envoi) -> Releve | None:
    """The statement that this file, or this number, has already made."""
    releve = uow.session.scalar(
        select(Releve).where(
            Releve.programme_id == programme_id,
            (Releve.empreinte == envoi.empreinte) | (Releve.numero == envoi.lu.numero),
        )
    )
    if releve is not None and releve.empreinte != envoi.empreinte:
        _verifier_identique(uow, releve, envoi.lu)
    return releve


def _verifier_identique(uow: UnitOfWork, releve: Releve, lu: Lu) -> None:
    """Another file under the same number must say the same of every line."""
    connues = {
        ligne.rang: (ligne.carte, ligne.jour, ligne.montant_ttc)
        for ligne in uow.session.scalars(
            select(LigneReleve).where(LigneReleve.releve_id == releve.id)
        )
    }
    nouvelles = {x.rang: (x.carte, x.jour, x.montant_ttc) for x in lu.lignes}
    autres = sorted(r for r in connues.keys() | nouvelles if connues.get(r) != nouvelles.get(r))
    if autres or releve.total != lu.total:
        raise ConflictError(
            f"Le relevé {releve.numero} est déjà importé, avec un autre contenu"
            f"{f' (ligne {autres[0]})' if autres else ''}. Un relevé ne se remplace pas\u00a0: "
            "demandez à l’émetteur un relevé rectificatif, sous un autre numéro.",
            code="releve_different",
        )


def _verifier_destinataire(programme: ProgrammeCarte, envoi: Envoi, aujourdhui: dt.date) -> None:
    lu = envoi.lu
    numero_carte.refuser(numero=lu.numero, compte=lu.compte, emetteur=lu.emetteur)
    if lu.entite_siret != programme.acheteur_siret or lu.compte != programme.compte:
        raise ValidationError(
            f"Ce relevé est celui du compte {lu.compte} de l’organisme {lu.entite_siret}, pas du "
            f"compte {programme.compte} de ce programme.",
            code="releve_d_un_autre",
            champs={"fichier": "Ce relevé est celui d’un autre compte."},
        )
    if not lu.au <= envoi.recu_le <= aujourdhui:
        raise ValidationError(
            "La date de réception du relevé n’est pas possible.",
            code="date_impossible",
            champs={"recu_le": f"Choisissez une date entre le {jour(lu.au)} et aujourd’hui."},
        )


def _releve(uow: UnitOfWork, programme: ProgrammeCarte, envoi: Envoi) -> Releve:
    lu = envoi.lu
    acheteur = uow.session.get_one(Acheteur, programme.acheteur_siret)
    durees = horloge.delais(lois(uow.session), ClasseAcheteur(acheteur.classe), envoi.recu_le)
    return Releve(
        id=uow.new_id(),
        programme_id=programme.id,
        numero=lu.numero,
        emetteur=lu.emetteur or programme.emetteur,
        du=lu.du,
        au=lu.au,
        total=lu.total,
        nombre=len(lu.lignes),
        fichier=numero_carte.masquer(envoi.nom[:200]),
        empreinte=envoi.empreinte,
        recu_le=envoi.recu_le,
        echeance_le=echeance(envoi.recu_le, durees.paiement),
        importe_le=uow.clock.now(),
        acteur=uow.acteur,
        etat=EtatReleve.IMPORTE,
    )


def _pointer(uow: UnitOfWork, programme_id: uuid.UUID, lignes: Sequence[Ligne]) -> list[Pointage]:
    cartes = uow.session.scalars(select(Carte.fin_numero).where(Carte.programme_id == programme_id))
    return pointage.pointer(lignes, cartes.all(), _autorisations(uow, programme_id, lignes))


def _autorisations(
    uow: UnitOfWork, programme_id: uuid.UUID, lignes: Sequence[Ligne]
) -> Iterator[Autorisation]:
    """Authorised operations around the statement, each with what proves it."""
    if not lignes:
        return
    debut = min(ligne.jour for ligne in lignes) - 3 * pointage.FENETRE
    prise = exists().where(SuiviLigne.operation_id == OperationCarte.id)
    facture = exists().where(
        PieceCarte.operation_id == OperationCarte.id, PieceCarte.nature == Nature.FACTURE
    )
    rangees = uow.session.execute(
        select(
            OperationCarte.id,
            OperationCarte.code,
            Carte.fin_numero,
            OperationCarte.jour,
            OperationCarte.accepteur_siret,
            OperationCarte.montant_ttc,
            prise.label("prise"),
            justifiee().label("recu"),
            facture.label("facture"),
            Commande.montant_ht,
            Marche.taux_tva,
        )
        .join(OperationCarte.carte)
        .outerjoin(Commande, Commande.id == OperationCarte.commande_id)
        .outerjoin(Marche, Marche.id == Commande.marche_id)
        .where(Carte.programme_id == programme_id, OperationCarte.jour >= debut, VIVANTE)
    )
    for r in rangees:
        ttc = Montant(r.montant_ht.decimal * (1 + r.taux_tva)) if r.montant_ht else None
        yield Autorisation(
            id=r.id,
            code=r.code,
            carte=r.fin_numero,
            jour=r.jour,
            siret=r.accepteur_siret,
            montant=r.montant_ttc,
            prise=r.prise,
            recu=r.recu,
            facture=r.facture,
            commande_ttc=ttc,
        )


def _ecrire(
    uow: UnitOfWork, releve: Releve, lignes: Sequence[Ligne], pointages: Sequence[Pointage]
) -> None:
    """Write raw lines, articles and matches, in a few statements whatever their number."""
    lots: Mapping[Any, list[dict[str, Any]]] = {
        LigneReleve: [_rangee(releve, ligne) for ligne in lignes],
        ArticleReleve: [
            {
                "releve_id": releve.id,
                "rang": ligne.rang,
                "numero": numero,
                "designation": article.designation,
                "quantite": article.quantite,
                "prix_unitaire_ht": article.prix_unitaire_ht,
                "taux_tva": article.taux_tva,
            }
            for ligne in lignes
            for numero, article in enumerate(ligne.articles, 1)
        ],
        SuiviLigne: [
            {
                "releve_id": releve.id,
                "rang": p.rang,
                "operation_id": p.operation,
                "ecarts": list(p.ecarts),
                "etat": p.etat,
            }
            for p in pointages
        ],
    }
    for table, rangees in lots.items():
        if rangees:
            uow.session.execute(insert(table.__table__), rangees)


def _rangee(releve: Releve, ligne: Ligne) -> dict[str, Any]:
    champs = (
        *("rang", "carte", "autorisation", "jour", "accepteur_siret", "accepteur_nom", "mcc"),
        *("montant_ht", "montant_tva", "montant_ttc", "niveau", "marche"),
    )
    rangee = {champ: getattr(ligne, champ) for champ in champs}
    return {"releve_id": releve.id, **rangee, "brute": dict(ligne.brute)}


def _dire(uow: UnitOfWork, programme: ProgrammeCarte, releve: Releve, exceptions: int) -> None:
    acheteur = uow.session.get_one(Acheteur, programme.acheteur_siret)
    uow.emit(
        "paiement.releve.importe.v1",
        subject=str(releve.id),
        data={
            **identite(releve, acheteur),
            "lignes": releve.nombre,
            "exceptions": exceptions,
            "recu_le": releve.recu_le,
            "echeance_le": releve.echeance_le,
        },
    )
    uow.audit("releve.importe", str(releve.id), {"empreinte": releve.empreinte})


def identite(releve: Releve, acheteur: Acheteur) -> dict[str, Any]:
    """What every event about a statement says."""
    return {
        "releve_id": releve.id,
        "programme_id": releve.programme_id,
        "numero": releve.numero,
        "membre": {"siret": acheteur.siret, "nom": acheteur.nom},
        "emetteur": releve.emetteur,
        "total": releve.total,
    }
