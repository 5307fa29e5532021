"""The demonstration: a year of invoices paid, a dozen to deal with, contracts, two cards.

Everything goes through the use cases, each step at the instant when it would have happened; each
invoice is a real EN 16931 file that went through the real check. What is already there is left
alone, so that seeding twice adds nothing.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from services.paiement.demo_affaires import semer_affaires
from services.paiement.demo_cartes import semer_carte
from services.paiement.demo_decomptes import semer_decomptes
from services.paiement.gateways.efacture.examen import examiner
from services.paiement.gateways.efacture.generation import Identite, Ligne, Modele, ecrire
from services.paiement.gateways.efacture.schematron import Validateur
from services.paiement.tables import Facture, Marche
from services.paiement.usecases.acheteurs import (
    classer_acheteur,
    connaitre_acheteur,
    joindre_finances,
)
from services.paiement.usecases.avances import accepter_avance, verser_avance
from services.paiement.usecases.constater_service_fait import constater_service_fait
from services.paiement.usecases.deposer_facture import Envoi, deposer_facture
from services.paiement.usecases.enregistrer_marche import MarcheNotifie, enregistrer_marche
from services.paiement.usecases.mandater import mandater
from services.paiement.usecases.payer import payer
from services.paiement.usecases.suspendre import suspendre
from shared.kernel.calendrier import ajouter_jours, jour_ouvre_suivant
from shared.kernel.clock import PARIS, FrozenClock
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import Transactions, UnitOfWork
from shared.ops import demo
from shared.ops.context import ServiceContext

ACTEUR = "demonstration"
ESPACE_NOMS = uuid.UUID("5c0f6f0e-8f0b-5d0a-9a3e-6f1f0b7c2d11")
HUIT_HEURES = dt.time(8)
GRAND_BUDGET = Montant(450_000_000)


@dataclass(frozen=True, slots=True)
class Contrat:
    """A contract notified `age` days ago; `article` and `prix` make its invoices."""

    reference: str
    objet: str
    cpv: str
    titulaire: demo.Organisation
    montant: str
    age: int
    article: str
    prix: str
    avance: str = "0"
    travaux: bool = False


CONTRATS = (
    Contrat(
        "2025-07-0012",
        "Fournitures de bureau",
        "30192000",
        demo.BUREAU,
        "96000.00",
        400,
        "Assortiment de fournitures de bureau",
        "312.50",
    ),
    Contrat(
        "2025-07-0019",
        "Produits d’entretien",
        "39830000",
        demo.CEVENNES,
        "42000.00",
        320,
        "Carton de produits d’entretien",
        "148.20",
        avance="0.05",
    ),
    Contrat(
        "2025-07-0027",
        "Réparation de couvertures",
        "45261900",
        demo.CEVENNES,
        "38000.00",
        260,
        "Intervention de couvreur",
        "980.00",
        travaux=True,
    ),
)

MOBILIER = Contrat(
    "2025-07-0031",
    "Mobilier scolaire",
    "39160000",
    demo.BUREAU,
    "24800.00",
    60,
    "Chaise scolaire taille 6",
    "62.00",
)

# Real delays of the invoices paid over the last year, in days, oldest first.
DELAIS = (
    *(19, 22, 17, 25, 28, 14, 21, 33, 18, 24, 12, 27, 20, 16, 29, 23, 36, 15),
    *(26, 19, 30, 22, 11, 18, 25, 44, 21, 17, 28, 13, 24, 20),
)
# Days since receipt of the invoices to deal with, and how far each has gone.
EN_COURS = (
    (3, "recue"),
    (5, "recue"),
    (8, "recue"),
    (11, "service_fait"),
    (13, "recue"),
    (16, "service_fait"),
    (18, "suspendue"),
    (20, "mandatee"),
    (23, "service_fait"),
    (25, "recue"),
    (28, "mandatee"),
    (34, "mandatee"),
)


def semer(contexte: ServiceContext) -> int:
    """Fill the demonstration; return how many contracts, invoices and cards were added."""
    semoir = Semoir(contexte)
    try:
        ajouts = semoir.acheteurs() + sum(semoir.contrat(contrat) for contrat in CONTRATS)
        ajouts += sum(semoir.payee(rang, delai) for rang, delai in enumerate(DELAIS, 1))
        ajouts += sum(semoir.en_cours(rang, age, ou) for rang, (age, ou) in enumerate(EN_COURS, 1))
        travaux = _id(CONTRATS[2].reference)
        ajouts += semer_decomptes(travaux, contexte.clock.today(), semoir.le)
        ajouts += semoir.contrat(MOBILIER) + semer_affaires(semoir, MOBILIER, CONTRATS[1])
        return ajouts + sum(
            semer_carte(semoir.le, semoir.aujourdhui, membre)
            for membre in (demo.DEPARTEMENT, demo.SDIS)
        )
    finally:
        semoir.validateur.arreter()


class Semoir:
    """Writes each step on its day, counted back from today."""

    def __init__(self, contexte: ServiceContext) -> None:
        self._contexte = contexte
        self.aujourdhui = contexte.clock.today()
        self.validateur = Validateur()

    def jour(self, age: int) -> dt.date:
        return ajouter_jours(self.aujourdhui, -age)

    @contextmanager
    def le(self, jour: dt.date) -> Iterator[UnitOfWork]:
        """A transaction at eight in the morning of a day, never in the future."""
        instant = dt.datetime.combine(jour, HUIT_HEURES, tzinfo=PARIS)
        horloge = FrozenClock(min(instant, self._contexte.clock.now()))
        transactions = Transactions(
            self._contexte.database,
            service=self._contexte.settings.service,
            siret=self._contexte.settings.instance_siret,
            clock=horloge,
        )
        with transactions.begin(acteur=ACTEUR) as uow:
            yield uow

    def acheteurs(self) -> int:
        """Members as buyers, each with its class."""
        if self._existe(Marche, _id(CONTRATS[0].reference)):
            return 0
        with self.le(self.jour(430)) as uow:
            for membre in demo.MEMBRES:
                connaitre_acheteur(uow, membre.siret, membre.nom)
            oph, collectivite = ClasseAcheteur.OPH, ClasseAcheteur.COLLECTIVITE
            classer_acheteur(uow, demo.VIVARAIS_HABITAT.siret, oph, None)
            classer_acheteur(uow, demo.DEPARTEMENT.siret, collectivite, GRAND_BUDGET)
            joindre_finances(uow, demo.DEPARTEMENT.siret, demo.DEPARTEMENT.courriel, None)
        return len(demo.MEMBRES)

    def contrat(self, contrat: Contrat) -> int:
        """A contract and its advance, paid two weeks later."""
        if self._existe(Marche, _id(contrat.reference)):
            return 0
        with self.le(self.jour(contrat.age)) as uow:
            marche = enregistrer_marche(uow, self._notifie(contrat))
            avance = Decimal(contrat.avance) or marche.montant_ht > Montant(50_000)
        if avance:
            verse = self.jour(contrat.age - 14)
            with self.le(verse) as uow:
                accepter_avance(uow, marche.id, demo.DEPARTEMENT.siret)
                verser_avance(uow, marche.id, demo.DEPARTEMENT.siret, verse)
        return 1

    def payee(self, rang: int, delai: int) -> int:
        """An invoice paid `delai` days after its receipt."""
        age = self._age_ouvre(345 - rang * 345 // len(DELAIS)) + delai
        contrat = CONTRATS[rang % 2]
        facture_id = self.deposer(contrat, f"P-{rang:03d}", age, 4 + rang * 7 % 11)
        if facture_id is None:
            return 0
        self._avancer(facture_id, age, "mandatee")
        with self.le(self.jour(age - delai)) as uow:
            payer(uow, facture_id, demo.DEPARTEMENT.siret)
        return 1

    def en_cours(self, rang: int, age: int, ou: str) -> int:
        """An invoice received `age` days ago that stopped at a step."""
        contrat = CONTRATS[rang % len(CONTRATS)]
        facture_id = self.deposer(contrat, f"F-{rang:03d}", age, 2 + rang % 5)
        if facture_id is None:
            return 0
        self._avancer(facture_id, age, ou)
        return 1

    def _notifie(self, contrat: Contrat) -> MarcheNotifie:
        notification = self.jour(contrat.age)
        return MarcheNotifie(
            marche_id=_id(contrat.reference),
            reference=contrat.reference,
            achat_id=None,
            lot=1,
            objet=contrat.objet,
            cpv=contrat.cpv,
            nature="TRAVAUX" if contrat.travaux else "FOURNITURES",
            acheteur_siret=demo.DEPARTEMENT.siret,
            acheteur_nom=demo.DEPARTEMENT.nom,
            titulaire_siret=contrat.titulaire.siret,
            titulaire_nom=contrat.titulaire.nom,
            titulaire_pme=contrat.titulaire.pme,
            titulaire_courriel=None,
            montant_ht=Montant(contrat.montant),
            taux_tva=Decimal("0.20"),
            duree_mois=24,
            date_lancement=ajouter_jours(notification, -60),
            date_notification=notification,
            avance_taux=Decimal(contrat.avance),
            avance_garantie=False,
            travaux=contrat.travaux,
        )

    def deposer(self, contrat: Contrat, numero: str, age: int, quantite: int) -> uuid.UUID | None:
        """Write the file and deposit it; None when this invoice is already there."""
        numero = f"{contrat.reference[-4:]}-{numero}"
        if self._deja(contrat.titulaire.siret, numero):
            return None
        modele = Modele(
            numero=numero,
            emise_le=self.jour(age),
            vendeur=Identite(contrat.titulaire.siret, contrat.titulaire.nom),
            acheteur=Identite(demo.DEPARTEMENT.siret, demo.DEPARTEMENT.nom),
            lignes=[Ligne(contrat.article, Decimal(quantite), Decimal(contrat.prix))],
            contrat=contrat.reference,
            commande=f"ENG-{contrat.reference}",
        )
        octets = ecrire(modele, ubl=quantite % 2 == 0)
        examen = examiner(octets, self.validateur.anomalies)
        with self.le(self.jour(age)) as uow:
            return deposer_facture(uow, Envoi(f"{numero}.xml", octets), examen).facture.id

    def _avancer(self, facture_id: uuid.UUID, age: int, ou: str) -> None:
        acheteur = demo.DEPARTEMENT.siret
        if ou == "suspendue":
            with self.le(self.jour(age - 6)) as uow:
                suspendre(
                    uow,
                    facture_id,
                    acheteur,
                    motif="Le bon de livraison joint n’est pas signé.",
                    pieces="Bon de livraison signé par le destinataire",
                )
        if ou in {"service_fait", "mandatee"}:
            with self.le(self.jour(age - 2)) as uow:
                constater_service_fait(uow, facture_id, acheteur, execute_le=self.jour(age))
        if ou == "mandatee":
            with self.le(self.jour(max(0, age - 9))) as uow:
                mandater(uow, facture_id, acheteur)

    def marche(self, contrat: Contrat) -> uuid.UUID:
        return _id(contrat.reference)

    def _age_ouvre(self, age: int) -> int:
        """Public accountants pay on working days: go forward to one, today at the latest."""
        jour = jour_ouvre_suivant(self.jour(age))
        return max(0, (self.aujourdhui - jour).days)

    def _existe(self, table: type[Marche], cle: uuid.UUID) -> bool:
        with self._contexte.transactions.read() as session:
            return session.get(table, cle) is not None

    def _deja(self, siret: str, numero: str) -> bool:
        requete = select(Facture.id).where(
            Facture.fournisseur_siret == siret, Facture.numero == numero
        )
        with self._contexte.transactions.read() as session:
            return session.scalar(requete.limit(1)) is not None


def _id(reference: str) -> uuid.UUID:
    return uuid.uuid5(ESPACE_NOMS, reference)
