"""An invoice arrives: keep its bytes, tie it to its contract, start its clock or reject it."""

from dataclasses import asdict, dataclass
from decimal import Decimal

from sqlalchemy import select, text

from services.paiement.domain.depot import Lue, verifier
from services.paiement.domain.efacture import Examen, Verdict
from services.paiement.domain.facture import Etat
from services.paiement.domain.rapprochement import Issue
from services.paiement.tables import Acheteur, Facture, Fichier, LigneFacture, Marche
from services.paiement.usecases.controler import conclure
from services.paiement.usecases.enregistrer_avoir import enregistrer_avoir
from services.paiement.usecases.marches_cites import marche_cite
from services.paiement.usecases.rapprocher import rapprocher_facture
from services.paiement.usecases.relier import ouvrir_affaire
from services.paiement.usecases.suivi import charger, inscrire
from shared.kernel.errors import ConflictError, ForbiddenError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

_VERROU = text("SELECT pg_advisory_xact_lock(hashtextextended(:fournisseur, 0))")


@dataclass(frozen=True, slots=True)
class Envoi:
    """A file as it was sent, by whom: `fournisseur` or `acheteur` is the SIRET of the sender."""

    nom: str
    octets: bytes
    fournisseur: str | None = None
    acheteur: str | None = None


@dataclass(frozen=True, slots=True)
class Depot:
    """The invoice, and whether this deposit made it: the same bytes make it only once.

    With `avoir`, the file was a credit note and `facture` is the invoice that it lowers.
    """

    facture: Facture
    nouvelle: bool
    avoir: bool = False


def deposer_facture(uow: UnitOfWork, envoi: Envoi, examen: Examen) -> Depot:
    """Register an examined invoice.

    A valid one is made available to its buyer; an invalid one is kept as rejected, with its
    reasons; one that could not be checked waits. Raise a `DomainError` when the file cannot be
    tied to a supplier and a buyer, or when its number is already used.
    """
    lue = verifier(examen)
    _verifier_expediteur(envoi, lue)
    uow.session.execute(_VERROU, {"fournisseur": f"facture:{lue.fournisseur_siret}"})
    if examen.faits.avoir:
        facture, nouveau = enregistrer_avoir(uow, envoi.nom, envoi.octets, lue, examen)
        return Depot(facture, nouveau, avoir=True)
    deja = uow.session.scalar(select(Facture.id).where(Facture.empreinte == examen.empreinte))
    if deja is not None:
        return Depot(charger(uow, deja), nouvelle=False)
    _verifier_destinataire(uow, lue)
    _verifier_doublon(uow, lue)
    facture = _facture(uow, lue, examen)
    marche = marche_cite(uow, lue.fournisseur_siret, lue.references)
    facture.marche_id = marche.id if marche else None
    ouvrir_affaire(uow, facture, examen.faits.factures_citees)
    uow.session.add(facture)
    uow.session.flush()
    uow.session.add(Fichier(facture_id=facture.id, nom=envoi.nom[:200], octets=envoi.octets))
    uow.session.add_all(_lignes(facture, examen))
    facture = charger(uow, facture.id)
    inscrire(uow, facture, f"{_note(lue, marche)} {facture.lien_affaire}".strip())
    uow.audit("facture.deposee", str(facture.id), {"empreinte": examen.empreinte})
    rapprocher_facture(uow, facture)
    conclure(uow, facture, examen.verdict, examen.anomalies)
    return Depot(facture, nouvelle=True)


def _verifier_expediteur(envoi: Envoi, lue: Lue) -> None:
    if envoi.fournisseur is not None and lue.fournisseur_siret != envoi.fournisseur:
        raise ForbiddenError(
            "Le vendeur de cette facture n’est pas votre entreprise\u00a0: "
            "vérifiez le SIRET du vendeur (BT-29 ou BT-30).",
            code="vendeur_autre",
        )
    if envoi.acheteur is not None and lue.acheteur_siret != envoi.acheteur:
        raise ForbiddenError(
            "Cette facture n’est pas adressée à votre organisation\u00a0: "
            "vérifiez le SIRET de l’acheteur (BT-46).",
            code="destinataire_autre",
        )


def _verifier_destinataire(uow: UnitOfWork, lue: Lue) -> None:
    if uow.session.get(Acheteur, lue.acheteur_siret) is None:
        raise ValidationError(
            f"Aucun acheteur ne porte ici le SIRET {lue.acheteur_siret}\u00a0: "
            "la facture est adressée à un autre organisme.",
            code="destinataire_inconnu",
        )


def _verifier_doublon(uow: UnitOfWork, lue: Lue) -> None:
    existante = uow.session.scalar(
        select(Facture).where(
            Facture.fournisseur_siret == lue.fournisseur_siret,
            Facture.annee == lue.emise_le.year,
            Facture.numero == lue.numero,
            Facture.etat != Etat.REJETEE,
        )
    )
    if existante is not None:
        raise ConflictError(
            f"Ce fournisseur a déjà déposé une facture {lue.numero} en {lue.emise_le.year}. "
            "Un numéro ne sert qu’une fois par an.",
            code="facture_doublon",
            facture_id=str(existante.id),
        )


def _note(lue: Lue, marche: Marche | None) -> str:
    if marche:
        return f"Rattachée au marché {marche.reference}."
    if lue.references:
        return f"Aucun marché de ce fournisseur ne porte {' ni '.join(lue.references)}."
    return "La facture ne cite ni marché, ni engagement, ni commande."


def _facture(uow: UnitOfWork, lue: Lue, examen: Examen) -> Facture:
    faits = examen.faits
    return Facture(
        id=uow.new_id(),
        numero=lue.numero,
        annee=lue.emise_le.year,
        emise_le=lue.emise_le,
        fournisseur_siret=lue.fournisseur_siret,
        fournisseur_nom=lue.fournisseur_nom,
        acheteur_siret=lue.acheteur_siret,
        reference_contrat=faits.reference_contrat,
        reference_commande=faits.reference_commande,
        code_service=faits.code_service,
        montant_ht=lue.montant_ht,
        montant_tva=lue.montant_tva,
        montant_ttc=lue.montant_ttc,
        a_payer=lue.a_payer,
        tva=[{cle: _texte(v) for cle, v in asdict(bloc).items()} for bloc in faits.tva],
        lignes=faits.lignes,
        ibans=list(faits.ibans),
        syntaxe=examen.syntaxe,
        conteneur=examen.conteneur,
        profil=faits.profil,
        verdict=Verdict.INDETERMINE,
        anomalies=[],
        empreinte=examen.empreinte,
        etat=Etat.DEPOSEE,
        depuis_le=uow.clock.now(),
        deposee_le=uow.clock.now(),
        recue_le=uow.clock.today(),
    )


def _lignes(facture: Facture, examen: Examen) -> list[LigneFacture]:
    """Lines as written; they are compared once the invoice is known to be valid."""
    return [
        LigneFacture(
            facture_id=facture.id,
            rang=rang,
            designation=lue.designation,
            article_acheteur=lue.article_acheteur,
            article_vendeur=lue.article_vendeur,
            quantite=lue.quantite,
            prix_ht=lue.prix_ht,
            montant_ht=Montant(lue.montant_ht),
            issue=Issue.SANS_OBJET,
            commandee=Decimal(),
            recue=Decimal(),
            deja_facturee=Decimal(),
            ecarts=[],
            ecart_ht=Montant.zero(),
        )
        for rang, lue in enumerate(examen.faits.details, 1)
    ]


def _texte(valeur: object) -> str | None:
    return None if valeur is None else str(valeur)
