"""Make a batch of all that waits for payment, and give its archive again, unchanged."""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from services.paiement.domain import liquidation as regle
from services.paiement.domain.efacture import Conteneur
from services.paiement.domain.liquidation import Article, Nature
from services.paiement.gateways.archive_liquidation import archiver
from services.paiement.queries import liquidation as lectures
from services.paiement.tables import (
    Acheteur,
    Avance,
    Facture,
    LigneLiquidation,
    LotLiquidation,
    Marche,
)
from services.paiement.usecases.ecrire_litiges import a_verser
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

_VERROU = text("SELECT pg_advisory_xact_lock(hashtextextended(:siret, 11))")


def exporter_liquidation(uow: UnitOfWork, acheteur_siret: str) -> LotLiquidation:
    """Put in a new numbered batch everything to pay that is in none; refuse an empty one."""
    uow.session.execute(_VERROU, {"siret": acheteur_siret})
    articles = list(_articles(uow, acheteur_siret))
    if not articles:
        raise ConflictError(
            "Rien n’attend\u00a0: toutes les factures mandatées sont déjà dans un lot.",
            code="lot_vide",
        )
    lot = _ouvrir(uow, acheteur_siret, [article for article, _ in articles])
    lignes = [
        LigneLiquidation(
            lot_id=lot.id,
            rang=rang,
            piece=article.piece,
            nature=article.nature,
            facture_id=facture.id if facture else None,
            donnees=article.en_dict(),
        )
        for rang, (article, facture) in enumerate(articles, start=1)
    ]
    lot.empreinte = hashlib.sha256(_composer(uow.session, lot, lignes)).hexdigest()
    uow.session.add(lot)
    uow.session.flush()
    uow.session.add_all(lignes)
    uow.session.flush()
    _dire(uow, lot, len(lignes))
    return lot


def archive(session: Session, lot: LotLiquidation) -> bytes:
    """The archive of a batch, byte for byte what it was; anything else is refused."""
    octets = _composer(session, lot, lot.lignes)
    if hashlib.sha256(octets).hexdigest() != lot.empreinte:
        raise ConflictError(
            f"Le lot {lot.numero} n’est plus tel qu’il a été exporté\u00a0: prévenez "
            "l’exploitation.",
            code="lot_altere",
        )
    return octets


def _ouvrir(uow: UnitOfWork, acheteur_siret: str, articles: list[Article]) -> LotLiquidation:
    annee = uow.clock.today().year
    dernier = uow.session.scalar(
        select(func.max(LotLiquidation.rang)).where(
            LotLiquidation.acheteur_siret == acheteur_siret, LotLiquidation.annee == annee
        )
    )
    rang = (dernier or 0) + 1
    return LotLiquidation(
        id=uow.new_id(),
        acheteur_siret=acheteur_siret,
        annee=annee,
        rang=rang,
        numero=regle.numero_de_lot(annee, rang),
        total=regle.total(articles),
        cree_le=uow.clock.now(),
        acteur=uow.acteur,
    )


def _composer(session: Session, lot: LotLiquidation, lignes: list[LigneLiquidation]) -> bytes:
    entete: Mapping[str, Any] = {
        "format": "essaim.liquidation/1",
        "lot": lot.numero,
        "acheteur_siret": lot.acheteur_siret,
        "total": str(lot.total),
    }
    articles = [ligne.donnees for ligne in lignes]
    return archiver(entete, articles, lectures.fichiers(session, lignes))


def _articles(uow: UnitOfWork, acheteur: str) -> Iterator[tuple[Article, Facture | None]]:
    rangs = count(1)
    for facture in uow.session.scalars(lectures.factures_a_liquider(acheteur)).all():
        yield _facture(uow, facture, next(rangs)), facture
    for avance in uow.session.scalars(lectures.avances_a_liquider(acheteur)).all():
        yield _avance(avance), None
    for facture in uow.session.scalars(lectures.interets_a_liquider(acheteur)).all():
        yield _interets(facture), facture


def _facture(uow: UnitOfWork, facture: Facture, rang: int) -> Article:
    extension = "pdf" if facture.conteneur == Conteneur.PDF else "xml"
    return Article(
        piece=f"facture:{facture.id}",
        nature=Nature.FACTURE,
        numero=facture.numero,
        code_service=facture.code_service,
        ibans=tuple(facture.ibans),
        montant_ht=facture.montant_ht,
        montant_tva=facture.montant_tva,
        montant_ttc=facture.montant_ttc,
        a_payer=a_verser(uow, facture),
        depart_le=facture.depart_le,
        echeance_le=facture.echeance_le,
        mandatee_le=facture.mandatee_le,
        fichier=regle.nom_de_fichier(rang, facture.numero, extension),
        empreinte=facture.empreinte,
        **_qui(facture),
    )


def _interets(facture: Facture) -> Article:
    du = (facture.interets or Montant.zero()) + (facture.indemnite or Montant.zero())
    return Article(
        piece=f"interets:{facture.id}",
        nature=Nature.INTERETS,
        numero=facture.numero,
        code_service=facture.code_service,
        ibans=tuple(facture.ibans),
        **_sans_taxe(du),
        **_qui(facture),
    )


def _avance(avance: Avance) -> Article:
    marche = avance.marche
    return Article(
        piece=f"avance:{avance.id}",
        nature=Nature.AVANCE,
        numero=f"AVANCE-{marche.reference}",
        marche=marche.reference,
        engagement=marche.numero_engagement,
        code_service=None,
        fournisseur_siret=marche.titulaire_siret,
        fournisseur_nom=marche.titulaire_nom,
        ibans=(),
        **_sans_taxe(avance.montant) | {"echeance_le": avance.payable_avant_le},
    )


def _sans_taxe(montant: Montant) -> dict[str, Any]:
    """What is paid without an invoice of its own."""
    return {
        "montant_ht": montant,
        "montant_tva": Montant.zero(),
        "montant_ttc": montant,
        "a_payer": montant,
        "depart_le": None,
        "echeance_le": None,
        "mandatee_le": None,
        "fichier": None,
        "empreinte": None,
    }


def _qui(facture: Facture) -> dict[str, Any]:
    marche: Marche | None = facture.marche
    return {
        "marche": marche.reference if marche else None,
        "engagement": marche.numero_engagement if marche else None,
        "fournisseur_siret": facture.fournisseur_siret,
        "fournisseur_nom": facture.fournisseur_nom,
    }


def _dire(uow: UnitOfWork, lot: LotLiquidation, lignes: int) -> None:
    acheteur = uow.session.get_one(Acheteur, lot.acheteur_siret)
    uow.emit(
        "paiement.liquidation.exportee.v1",
        subject=str(lot.id),
        data={
            "lot_id": lot.id,
            "numero": lot.numero,
            "acheteur": {"siret": acheteur.siret, "nom": acheteur.nom},
            "lignes": lignes,
            "total": lot.total,
            "empreinte": lot.empreinte,
            "exportee_le": lot.cree_le,
        },
    )
    uow.audit("liquidation.exportee", str(lot.id), {"numero": lot.numero, "total": lot.total})
