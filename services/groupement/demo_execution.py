"""A running purchase with what happens in a contract's life, so that no screen of it is empty."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.demo_reprise import NOTIFICATION, AchatRepris, instant, reprendre
from services.groupement.domain.articles import Article
from services.groupement.domain.frais import GenreFrais
from services.groupement.domain.livraisons import Anomalie, GenreAnomalie
from services.groupement.domain.modifications import Motif
from services.groupement.domain.substitutions import Propose
from services.groupement.usecases.annoncer_livraison import annoncer_livraison
from services.groupement.usecases.annuler_commande import annuler_commande
from services.groupement.usecases.conclure_avenant import (
    NouveauPrix,
    NouvelAvenant,
    conclure_avenant,
)
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.liberer_commande import clore_commande, enregistrer_avoir
from services.groupement.usecases.partager_frais import NouveauxFrais, partager_frais
from services.groupement.usecases.passer_commande import NouvelleCommande, passer_commande
from services.groupement.usecases.substituer import (
    proposer_substitution,
    repondre_substitution,
)
from services.groupement.usecases.transferer_quota import (
    NouveauTransfert,
    proposer_transfert,
    repondre_transfert,
)
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.kernel.quantites import Conditionnement
from shared.messaging.uow import UnitOfWork
from shared.ops import demo
from shared.ops.context import ServiceContext

DEP, SDIS, SDEA, VH, AUB = (membre.siret for membre in demo.MEMBRES)
CLASSEUR, STYLO, BLOC = "CLASSEUR", "STYLO", "BLOC-A5"


def _article(code: str, designation: str, prix: str, achat: str, contient: int) -> Article:
    """`achat` is « boîte de stylo »: the pack to order, then the base unit."""
    pack, _, base = achat.partition(" de ")
    return Article(
        code=code,
        designation=designation,
        lot=1,
        unite_base=base,
        prix_estime_ht=Decimal(prix),
        conditionnements=(Conditionnement(pack, Decimal(contient), base),),
        conditionnement_achat=pack,
    )


FOURNITURES = AchatRepris(
    numero=6,
    objet="Fournitures de bureau",
    famille="Fournitures de bureau",
    cpv="30192000",
    nature=Nature.FOURNITURES,
    titulaire=demo.CEVENNES,
    articles=(
        _article(CLASSEUR, "Classeurs à levier", "2.10", "carton de classeur", 20),
        _article(STYLO, "Stylos à bille", "0.25", "boîte de stylo", 50),
        _article(BLOC, "Blocs-notes A5", "1.50", "paquet de bloc", 10),
    ),
    prix={CLASSEUR: "38", STYLO: "11.5", BLOC: "14.2"},
    besoins={
        DEP: {CLASSEUR: "120 cartons", STYLO: "200 boîtes", BLOC: "60 paquets"},
        SDIS: {CLASSEUR: "40 cartons", STYLO: "60 boîtes"},
        SDEA: {CLASSEUR: "25 cartons", BLOC: "30 paquets"},
        VH: {CLASSEUR: "60 cartons", STYLO: "80 boîtes", BLOC: "10 paquets"},
        AUB: {CLASSEUR: "15 cartons", STYLO: "20 boîtes"},
    },
    mois=24,
    lieux={},
)
COMMANDES = (
    (CLASSEUR, {DEP: 90, SDIS: 40, SDEA: 20, VH: 45, AUB: 15}),
    (STYLO, {DEP: 150, VH: 80, AUB: 20}),
    (BLOC, {DEP: 60, SDEA: 30, VH: 10}),
)


@dataclass(frozen=True, slots=True)
class _Marche:
    """The contract being lived: `le(30)` moves the clock thirty days after its notification."""

    uow: UnitOfWork
    horloge: FrozenClock
    achat_id: uuid.UUID
    notifie: dt.date
    lignes: Mapping[str, uuid.UUID]

    def le(self, jours: int) -> dt.date:
        jour = ajouter_jours(self.notifie, jours)
        self.horloge.set(instant(jour))
        return jour

    def commander(self, article: str, siret: str, quantite: int) -> t.Commande:
        nouvelle = NouvelleCommande(self.achat_id, siret, article, Decimal(quantite))
        return passer_commande(self.uow, nouvelle)

    def ceder(self, de: str, vers: str, quantite: int, motif: str) -> t.TransfertQuota:
        nouveau = NouveauTransfert(self.lignes[CLASSEUR], de, vers, Decimal(quantite), motif)
        return proposer_transfert(self.uow, nouveau)

    def recevoir(
        self, article: str, bon: str, quantite: int, motif: str = "", *anomalies: Anomalie
    ) -> t.Reception:
        recue_le = self.horloge.today()
        ligne = self.lignes[article]
        return enregistrer_reception(
            self.uow,
            NouvelleReception(ligne, bon, Decimal(quantite), recue_le, motif, anomalies),
        )


def conduire(
    uow: UnitOfWork, horloge: FrozenClock, debut: dt.date, context: ServiceContext
) -> None:
    """Take the purchase over from `debut`, live its contract, leave today's questions open."""
    aujourd_hui = context.clock.today()
    horloge.set(instant(debut))
    voulu = _encore_en_cours(debut + NOTIFICATION, aujourd_hui)
    achat_id = reprendre(uow, horloge, voulu, context)
    lignes = uow.session.execute(
        sa.select(t.ContratLigne.article, t.ContratLigne.id).where(
            t.ContratLigne.marche_id == voulu.marche_id
        )
    )
    marche = _Marche(uow, horloge, achat_id, horloge.today(), dict(lignes.all()))
    _livraisons(marche)
    _changements(marche, context)
    _questions(marche, aujourd_hui)


def _encore_en_cours(notifie: dt.date, aujourd_hui: dt.date) -> AchatRepris:
    """Two years, or more when the demonstration is played much later."""
    ecoules = (aujourd_hui.year - notifie.year) * 12 + aujourd_hui.month - notifie.month
    return replace(FOURNITURES, mois=max(FOURNITURES.mois, ecoules + 6))


def _livraisons(marche: _Marche) -> None:
    """A short delivery, one with a surplus, one with damage that is credited, an order closed."""
    marche.le(6)
    passees = {
        (article, siret): marche.commander(article, siret, quantite)
        for article, quantites in COMMANDES
        for siret, quantite in quantites.items()
    }
    marche.le(30)
    marche.recevoir(CLASSEUR, "BL-417", 110)
    marche.le(34)
    marche.recevoir(BLOC, "BL-433", 102, "Deux paquets de plus, laissés au prix du marché")
    marche.le(60)
    casse = Anomalie(GenreAnomalie.CASSE, Decimal(2), "Cartons écrasés sous la pile")
    recue = marche.recevoir(CLASSEUR, "BL-502", 62, "", casse)
    marche.le(64)
    enregistrer_avoir(marche.uow, recue.id, Decimal(2), "AV-0077, cartons écrasés")
    motif = "Le site de Largentière ferme\u00a0: le reste n’est plus utile"
    clore_commande(marche.uow, passees[CLASSEUR, SDEA].id, motif)


def _changements(marche: _Marche, context: ServiceContext) -> None:
    """A quota given, an order taken back, a price revised, transport shared."""
    marche.le(70)
    offert = marche.ceder(DEP, SDIS, 10, "Un service du Département déménage chez le SDIS")
    marche.le(72)
    repondre_transfert(marche.uow, offert.id, SDIS, accepte=True)
    trop = marche.commander(CLASSEUR, VH, 10)
    marche.le(73)
    annuler_commande(marche.uow, trop.id, VH, "Commandé deux fois")
    signe_le = marche.le(100)
    conclure_avenant(
        marche.uow,
        NouvelAvenant(
            FOURNITURES.marche_id,
            Motif.CLAUSE_REEXAMEN,
            "Révision annuelle du prix des classeurs\u00a0: 3 %",
            signe_le,
            prix=(
                NouveauPrix(marche.lignes[CLASSEUR], Decimal("39.14"), ajouter_jours(signe_le, 10)),
            ),
        ),
        context.parametres,
    )
    marche.le(112)
    marche.commander(CLASSEUR, SDIS, 6)
    marche.le(115)
    transport = "Livraison en étage sur trois sites"
    frais = NouveauxFrais(FOURNITURES.marche_id, GenreFrais.TRANSPORT, Montant("96"), transport)
    partager_frais(marche.uow, frais)


def _questions(marche: _Marche, aujourd_hui: dt.date) -> None:
    """What waits for somebody today: a date, a substitution half answered, a quota offered."""

    def il_y_a(jours: int) -> None:
        marche.horloge.set(instant(ajouter_jours(aujourd_hui, -jours)))

    il_y_a(5)
    annoncer_livraison(marche.uow, marche.lignes[CLASSEUR], ajouter_jours(aujourd_hui, 12), "")
    il_y_a(4)
    propose = Propose(
        article="STYLO-RECHARGE",
        designation="Stylos à bille rechargeables",
        prix_unitaire_ht=Decimal("11.2"),
        motif="Le modèle d’origine n’est plus fabriqué",
        reponse_avant=instant(ajouter_jours(aujourd_hui, 10), 17),
    )
    substitution = proposer_substitution(marche.uow, marche.lignes[STYLO], propose)
    il_y_a(3)
    marche.ceder(VH, AUB, 5, "Nous en avons assez jusqu’à l’été")
    il_y_a(2)
    repondre_substitution(marche.uow, substitution.id, VH, accepte=True)
