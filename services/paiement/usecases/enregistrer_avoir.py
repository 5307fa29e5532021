"""A credit note lowers the invoice that it cites, and the consumption of the contract with it."""

from typing import Any

from sqlalchemy import select

from services.paiement.domain.depot import Lue, motifs
from services.paiement.domain.efacture import Examen, Verdict
from services.paiement.domain.facture import Etat
from services.paiement.domain.litige import couvrir, verifier_avoir
from services.paiement.domain.phrases import euros
from services.paiement.domain.rapprochement import Ligne, trouver
from services.paiement.domain.reception import appliquer, refusee
from services.paiement.tables import Avoir, Facture, Marche
from services.paiement.usecases.controler_lignes import engagements, recontroler
from services.paiement.usecases.ecarts import contestations, crediter, relire_solde
from services.paiement.usecases.ecrire_litiges import ecrire_avoirs
from services.paiement.usecases.regler_reception import niveau_de
from services.paiement.usecases.suivi import annoter, charger, dire, mettre_a_l_heure
from shared.kernel.errors import ConflictError, TemporaryError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


def enregistrer_avoir(
    uow: UnitOfWork, nom: str, octets: bytes, lue: Lue, examen: Examen
) -> tuple[Facture, bool]:
    """Apply a credit note; return the invoice it lowers, and whether it was new."""
    deja = uow.session.scalar(select(Avoir.facture_id).where(Avoir.empreinte == examen.empreinte))
    if deja is not None:
        return charger(uow, deja), False
    _verifier(uow, lue, examen)
    facture = _creditee(uow, lue, examen)
    verifier_avoir(facture.montant_ttc, facture.credite, lue.montant_ttc)
    uow.session.add(
        Avoir(
            id=uow.new_id(),
            facture_id=facture.id,
            fournisseur_siret=lue.fournisseur_siret,
            numero=lue.numero,
            annee=lue.emise_le.year,
            emis_le=lue.emise_le,
            montant_ht=lue.montant_ht,
            montant_ttc=lue.montant_ttc,
            lignes=_lignes(uow, facture, examen),
            depose_le=uow.clock.now(),
            empreinte=examen.empreinte,
            nom=nom[:200],
            octets=octets,
        )
    )
    _appliquer(uow, facture, lue)
    return facture, True


def _verifier(uow: UnitOfWork, lue: Lue, examen: Examen) -> None:
    if examen.verdict is Verdict.INDETERMINE:
        raise TemporaryError("Le contrôle de l’avoir n’a pas répondu. Déposez-le de nouveau.")
    anomalies = appliquer(examen.anomalies, niveau_de(uow, lue.acheteur_siret))
    if refusee(examen.verdict, anomalies):
        raise ValidationError(
            "L’avoir ne respecte pas les règles demandées. Corrigez-le puis déposez-le de nouveau.",
            code="avoir_invalide",
            motifs=motifs(anomalies),
        )
    double = select(Avoir.facture_id).where(
        Avoir.fournisseur_siret == lue.fournisseur_siret,
        Avoir.annee == lue.emise_le.year,
        Avoir.numero == lue.numero,
    )
    existant = uow.session.scalar(double)
    if existant is not None:
        raise ConflictError(
            f"Ce fournisseur a déjà déposé un avoir {lue.numero} en {lue.emise_le.year}.",
            code="avoir_doublon",
            facture_id=str(existant),
        )


def _creditee(uow: UnitOfWork, lue: Lue, examen: Examen) -> Facture:
    """The living invoice that the credit note cites."""
    citees = examen.faits.factures_citees
    trouvee = uow.session.scalars(
        select(Facture.id)
        .where(
            Facture.fournisseur_siret == lue.fournisseur_siret,
            Facture.acheteur_siret == lue.acheteur_siret,
            Facture.numero.in_(citees),
            Facture.etat != Etat.REJETEE,
        )
        .order_by(Facture.deposee_le.desc())
    ).first()
    if trouvee is None:
        raise ValidationError(
            "Aucune facture de ce fournisseur n’est citée par l’avoir\u00a0: donnez son numéro "
            "(BT-25, facture antérieure).",
            code="avoir_sans_facture",
        )
    return charger(uow, trouvee)


def _lignes(uow: UnitOfWork, facture: Facture, examen: Examen) -> list[dict[str, Any]]:
    """Lines with the article of the contract that each one gives back."""
    marche = uow.session.get(Marche, facture.marche_id) if facture.marche_id else None
    connus = engagements(uow, marche, facture) if marche else []
    lignes = []
    for rang, lue in enumerate(examen.faits.details, 1):
        ligne = Ligne(
            rang,
            lue.designation,
            lue.article_acheteur,
            lue.article_vendeur,
            lue.quantite,
            lue.prix_ht,
            Montant(lue.montant_ht),
        )
        engagement = trouver(ligne, connus)
        lignes.append(
            {
                "designation": lue.designation,
                "article": engagement.article if engagement else None,
                "quantite": str(lue.quantite),
                "montant_ht": str(ligne.montant_ht),
            }
        )
    return lignes


def _appliquer(uow: UnitOfWork, facture: Facture, lue: Lue) -> None:
    """Settle the disputes that the credit covers, then everything that reads the amount."""
    en_cours = contestations(uow, facture)
    parts = couvrir([c.reste for c in en_cours], lue.montant_ttc)
    for contestation, part in zip(en_cours, parts, strict=True):
        crediter(uow, facture, contestation, part)
    relire_solde(uow, facture)
    ecrire_avoirs(uow, facture)
    if facture.payee_le is None and facture.etat != Etat.SUSPENDUE:
        mettre_a_l_heure(uow, facture)
    annoter(uow, facture, f"Avoir {lue.numero} de {euros(lue.montant_ttc)}.", None, None)
    donnees = {
        "avoir_numero": lue.numero,
        "avoir_ht": lue.montant_ht,
        "avoir_ttc": lue.montant_ttc,
        "reste_a_payer": facture.solde.exigible,
        "trop_verse": facture.solde.trop_verse,
        "recu_le": uow.clock.today(),
    }
    uow.audit("facture.creditee", str(facture.id), donnees)
    dire(uow, facture, "creditee", donnees)
    if facture.marche_id is not None:
        recontroler(uow, facture.marche_id)
