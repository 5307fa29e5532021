"""The group of the demonstration, brought to any stage through the use cases."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from services.groupement import tables as t
from services.groupement.domain.articles import Article
from services.groupement.domain.besoins import Canal, declarer
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.commun import article_de
from services.groupement.usecases.consolider import consolider
from services.groupement.usecases.creer_achat import NouvelAchat, creer_achat
from services.groupement.usecases.creer_convention import NouvelleConvention, creer_convention
from services.groupement.usecases.declarer_besoin import Resultat, declarer_besoin
from services.groupement.usecases.enregistrer_adhesion import (
    NouvelleAdhesion,
    enregistrer_adhesion,
)
from services.groupement.usecases.inscrire_organisation import (
    NouvelleOrganisation,
    inscrire_organisation,
)
from services.groupement.usecases.lancer import derniere_consolidation, lancer
from services.groupement.usecases.mettre_en_vigueur import mettre_en_vigueur
from services.groupement.usecases.ouvrir_quotas import (
    LigneNotifiee,
    MarcheNotifie,
    ouvrir_quotas,
)
from services.groupement.usecases.ouvrir_recensement import ouvrir_recensement
from services.groupement.usecases.passer_commande import NouvelleCommande, passer_commande
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.unit.groupement.monde import ENVELOPPES, LOTS, PAPIER

SITE = "http://localhost:8000"
DEP, SDIS, SDEA, VH, AUB = (o.siret for o in demo.MEMBRES)
PARAMETRES = Parametres.depuis_yaml()
DEBUT = dt.date(2026, 1, 5)
LIEU = "Privas"
BESOINS = {
    DEP: ("40", "palette", "0"),
    SDIS: ("720", "carton", "0"),
    SDEA: ("2400", "ramette", "0"),
    VH: ("600000", "feuille", "0"),
    AUB: ("5", "palette", "2"),
}
PARTS = {DEP: 40, SDIS: 30, SDEA: 20, VH: 10, AUB: 5}
MARCHE = uuid.UUID("0198a3c0-0000-7000-8000-000000000007")


@dataclass
class Monde:
    """Drives the use cases as the coordinator would; each step is one transaction."""

    transactions: Transactions
    clock: FrozenClock
    achat_id: uuid.UUID = field(default_factory=uuid.uuid4)
    convention_id: uuid.UUID = field(default_factory=uuid.uuid4)

    def faire(self, usecase: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self.transactions.begin(acteur="test") as uow:
            return usecase(uow, *args, **kwargs)

    def organisations(self) -> None:
        for membre in demo.MEMBRES:
            classe = ClasseAcheteur.OPH if membre.siret == VH else ClasseAcheteur.COLLECTIVITE
            self.faire(
                inscrire_organisation,
                NouvelleOrganisation(membre.siret, membre.nom, classe, membre.courriel, LIEU),
            )

    def convention(
        self, *, en_vigueur: bool = True, membres: tuple[str, ...] = tuple(PARTS)
    ) -> None:
        self.organisations()
        self.convention_id = self.faire(
            creer_convention,
            NouvelleConvention(
                "Groupement permanent", DEP, ModeCoordination.PASSATION_SIGNATURE, membres
            ),
        )
        for siret in membres:
            self.adherer(siret)
        if en_vigueur:
            self.faire(mettre_en_vigueur, self.convention_id, DEBUT)

    def adherer(self, siret: str, jour: dt.date = DEBUT) -> None:
        self.faire(enregistrer_adhesion, NouvelleAdhesion(self.convention_id, siret, jour, jour))

    def achat(self, articles: tuple[Article, ...] = (PAPIER, ENVELOPPES), **champs: Any) -> t.Achat:
        nouveau = {
            "demandeur": DEP,
            "objet": "Papier et enveloppes 2026",
            "famille": "Papier",
            "cpv": "30197630",
            "nature": Nature.FOURNITURES,
            "lieu": "07",
            "lots": LOTS,
            "articles": articles,
            "montant_estime_ht": Montant("65880.00"),
        }
        achat: t.Achat = self.faire(creer_achat, NouvelAchat(**{**nouveau, **champs}))
        self.achat_id = achat.id
        return achat

    def ouvert(self) -> None:
        self.convention()
        self.achat()
        self.ouvrir()

    def ouvrir(self) -> None:
        cloture = self.clock.now() + dt.timedelta(days=7)
        self.faire(ouvrir_recensement, self.achat_id, cloture, site=SITE)

    def declarer(
        self,
        siret: str,
        quantite: str,
        unite: str = "palette",
        tolerance: str = "0",
        *,
        article: str = "PAPIER-A4-80",
        lieu: str = LIEU,
        canal: Canal = Canal.FORMULAIRE,
    ) -> Resultat:
        with self.transactions.begin(acteur="test") as uow:
            lu = article_de(uow.session, self.achat_id, article)
            declaration = declarer(lu, Decimal(quantite), unite, Decimal(tolerance), lieu)
            return declarer_besoin(uow, self.achat_id, siret, declaration, canal)

    def clos(self) -> None:
        self.ouvert()
        for siret, besoin in BESOINS.items():
            self.declarer(siret, *besoin)
        self.faire(clore_recensement, self.achat_id)

    def consolide(self) -> None:
        self.clos()
        self.faire(consolider, self.achat_id, PARAMETRES)

    def lance(self) -> None:
        self.consolide()
        self.faire(lancer, self.achat_id, PARAMETRES)

    def lancer(self) -> None:
        """From an open call to the launch."""
        self.faire(clore_recensement, self.achat_id)
        self.faire(consolider, self.achat_id, PARAMETRES)
        self.faire(lancer, self.achat_id, PARAMETRES)

    def marche(self, quantite: str = "105", montant: str = "47880.00") -> MarcheNotifie:
        with self.transactions.read() as session:
            consolidation = derniere_consolidation(session, self.achat_id)
            (ligne,) = session.query(t.Ligne).filter_by(
                consolidation_id=consolidation.id, article="PAPIER-A4-80"
            )
        return MarcheNotifie(
            MARCHE,
            "2026-07-0001-L1",
            self.achat_id,
            1,
            "Papier A4 80 g",
            demo.PAPETERIE.siret,
            demo.PAPETERIE.nom,
            Montant(montant),
            12,
            dt.date(2026, 2, 27),
            (LigneNotifiee(ligne.id, "PAPIER-A4-80", Decimal(quantite), "palette", Decimal(456)),),
        )

    def notifie(self) -> None:
        self.lance()
        self.faire(ouvrir_quotas, self.marche())

    def commander(self, siret: str, quantite: int | str, **champs: Any) -> t.Commande:
        nouvelle = NouvelleCommande(
            self.achat_id, siret, "PAPIER-A4-80", Decimal(quantite), **champs
        )
        commande: t.Commande = self.faire(passer_commande, nouvelle)
        return commande

    def commande(self) -> None:
        """Everybody has ordered its whole share."""
        self.notifie()
        for siret, quantite in PARTS.items():
            self.commander(siret, quantite)

    def ligne_de_marche(self) -> uuid.UUID:
        with self.transactions.read() as session:
            (ligne,) = session.query(t.ContratLigne).filter_by(marche_id=MARCHE)
            return ligne.id

    def etat(self) -> str:
        with self.transactions.read() as session:
            return session.get_one(t.Achat, self.achat_id).etat


def achat(monde: Monde, suite: str = "") -> str:
    return f"/groupement/achats/{monde.achat_id}{suite}"
