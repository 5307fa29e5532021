"""The year before the demonstration: the group's first convention, its paper bought and settled.

What members asked for then is proposed to them again; the other purchase of that year still runs.
"""

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.demo_convention import CLAUSES
from services.groupement.demo_execution import FOURNITURES, conduire
from services.groupement.demo_reprise import (
    AUTEUR,
    ESPACE_DE_NOMS,
    AchatRepris,
    instant,
    reprendre,
    reprise,
)
from services.groupement.domain.articles import Article
from services.groupement.domain.evaluations import CRITERES, ouverture
from services.groupement.domain.frais import GenreFrais
from services.groupement.domain.livraisons import Anomalie, GenreAnomalie
from services.groupement.domain.solde import Renonciations, total
from services.groupement.queries.solde import fiches
from services.groupement.usecases.creer_convention import NouvelleConvention, creer_convention
from services.groupement.usecases.enregistrer_adhesion import (
    NouvelleAdhesion,
    enregistrer_adhesion,
)
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.expirer_convention import expirer_si_echue
from services.groupement.usecases.liberer_commande import enregistrer_avoir
from services.groupement.usecases.mettre_en_vigueur import mettre_en_vigueur
from services.groupement.usecases.noter_marche import noter_marche
from services.groupement.usecases.noter_paiement import FacturePayee, noter_paiement
from services.groupement.usecases.ouvrir_evaluation import ouvrir_evaluation
from services.groupement.usecases.partager_frais import NouveauxFrais, partager_frais
from services.groupement.usecases.passer_commande import NouvelleCommande, passer_commande
from services.groupement.usecases.repondre_evaluation import repondre_evaluation
from services.groupement.usecases.solder_achat import solder_achat
from services.groupement.usecases.transmettre_evaluation import transmettre_evaluation
from shared.kernel.calendrier import ajouter_jours, ajouter_mois
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.kernel.quantites import Conditionnement
from shared.messaging.uow import UnitOfWork
from shared.ops import demo
from shared.ops.context import ServiceContext

NOM = "Groupement d’achat de papier et de fournitures de bureau"
DEP, SDIS, SDEA, VH, AUB = (membre.siret for membre in demo.MEMBRES)


def _feuilles(code: str, designation: str, prix: str) -> Article:
    packs = {"ramette": 500, "carton": 2500, "palette": 60000}
    return Article(
        code=code,
        designation=designation,
        lot=1,
        unite_base="feuille",
        prix_estime_ht=Decimal(prix),
        conditionnements=tuple(Conditionnement(p, Decimal(n), "feuille") for p, n in packs.items()),
        conditionnement_achat="carton",
    )


PAPIER = AchatRepris(
    numero=5,
    objet="Papier des services",
    famille="Papier",
    cpv="30197630",
    nature=Nature.FOURNITURES,
    titulaire=demo.PAPETERIE,
    articles=(
        _feuilles("PAPIER-A4-80", "Papier A4 80 g", "0.0074"),
        _feuilles("PAPIER-A4-RECYCLE", "Papier A4 recyclé 80 g", "0.0079"),
    ),
    prix={"PAPIER-A4-80": "18.20", "PAPIER-A4-RECYCLE": "19.60"},
    besoins={
        DEP: {"PAPIER-A4-80": "36 palettes", "PAPIER-A4-RECYCLE": "22 palettes"},
        SDIS: {"PAPIER-A4-80": "650 cartons", "PAPIER-A4-RECYCLE": "40 cartons"},
        SDEA: {"PAPIER-A4-80": "2 100 ramettes", "PAPIER-A4-RECYCLE": "260 cartons"},
        VH: {"PAPIER-A4-80": "9 palettes", "PAPIER-A4-RECYCLE": "3 palettes"},
        AUB: {"PAPIER-A4-80": "4 à 6 palettes", "PAPIER-A4-RECYCLE": "18 à 20 cartons"},
    },
    mois=8,
    annuel=True,
    lieux={AUB: "Aubenas"},
)
NOTES = {
    DEP: ({"Délais": 3}, "Une livraison sur deux est arrivée en retard."),
    SDIS: ({"Délais": 3, "Environnement": 5}, ""),
    SDEA: ({"Relation": 5}, "Interlocuteur toujours joignable."),
    VH: ({}, ""),
    AUB: ({"Qualité": 5}, ""),
}
REPONSE = (
    "Le second dépôt ouvert à Aubenas raccourcit nos tournées\u00a0: les livraisons se font "
    "maintenant sous trois jours."
)


def semer_passe(context: ServiceContext, suivante: str) -> int:
    """Play the year before the convention named `suivante`; nothing when it is already there."""
    with context.transactions.read() as session:
        if session.get(t.Contrat, PAPIER.marche_id):
            return 0
        fin = session.scalar(
            sa.select(sa.func.min(t.Convention.debut)).where(t.Convention.nom == suivante)
        )
    if fin is None:
        return 0
    debut = ajouter_mois(fin, -12)
    horloge = FrozenClock(instant(debut))
    with reprise(context, horloge).begin(acteur=AUTEUR) as uow:
        convention_id = _s_engager(uow, debut)
        horloge.set(instant(ajouter_jours(debut, 10)))
        achat_id = reprendre(uow, horloge, PAPIER, context)
        _executer(uow, horloge, achat_id)
        _solder(uow, horloge, achat_id)
        conduire(uow, horloge, ajouter_jours(debut, 180), context)
        horloge.set(instant(fin))
        expirer_si_echue(uow, convention_id)
    return 1 + len((PAPIER, FOURNITURES))


def _s_engager(uow: UnitOfWork, debut: dt.date) -> uuid.UUID:
    """The first convention: the same members, for a year."""
    clauses = replace(
        CLAUSES,
        objet="l’achat de papier et de fournitures de bureau",
        duree_mois=12,
        coordinations=(),
    )
    convention_id = creer_convention(
        uow, NouvelleConvention(NOM, DEP, clauses.mode, (SDIS, SDEA, VH, AUB), clauses)
    )
    for siret in NOTES:
        vote = NouvelleAdhesion(convention_id, siret, ajouter_jours(debut, -21), debut)
        enregistrer_adhesion(uow, vote)
    mettre_en_vigueur(uow, convention_id, debut)
    return convention_id


def _executer(uow: UnitOfWork, horloge: FrozenClock, achat_id: uuid.UUID) -> None:
    """Everything is ordered, delivered in two times, one damaged carton credited, then paid."""
    depart = horloge.today()
    horloge.set(instant(ajouter_jours(depart, 3)))
    lignes = _lignes(uow, PAPIER.marche_id)
    for quota, ligne in lignes:
        commande = NouvelleCommande(
            achat_id, quota.siret, ligne.article, quota.quantite, ligne.lieu
        )
        passer_commande(uow, commande)
    distinctes = {ligne.id: ligne for _quota, ligne in lignes}
    horloge.set(instant(ajouter_jours(depart, 30)))
    for ligne in distinctes.values():
        _livrer(uow, ligne, "BL-25-0114", ligne.quantite * 3 // 5)
    horloge.set(instant(ajouter_jours(depart, 85)))
    for ligne in distinctes.values():
        reste = ligne.quantite - ligne.quantite * 3 // 5
        casse = Anomalie(GenreAnomalie.CASSE, Decimal(1), "Carton éventré au déchargement")
        recue = _livrer(uow, ligne, "BL-25-0398", reste, casse)
        enregistrer_avoir(uow, recue.id, Decimal(1), "AV-25-031, carton éventré")
    remise = "Remise de fin d’année, 1 % du montant livré"
    partager_frais(uow, NouveauxFrais(PAPIER.marche_id, GenreFrais.REMISE, Montant("620"), remise))
    _payer(uow, achat_id)


def _lignes(uow: UnitOfWork, marche_id: uuid.UUID) -> list[tuple[t.Quota, t.ContratLigne]]:
    """Every share of a contract with its line."""
    requete = (
        sa.select(t.Quota, t.ContratLigne)
        .join(t.ContratLigne, t.ContratLigne.id == t.Quota.contrat_ligne_id)
        .where(t.ContratLigne.marche_id == marche_id)
        .order_by(t.ContratLigne.article, t.ContratLigne.lieu, t.Quota.siret)
    )
    return [(quota, ligne) for quota, ligne in uow.session.execute(requete)]


def _livrer(
    uow: UnitOfWork, ligne: t.ContratLigne, bon: str, quantite: Decimal, *anomalies: Anomalie
) -> t.Reception:
    jour = uow.clock.today()
    return enregistrer_reception(
        uow, NouvelleReception(ligne.id, bon, quantite, jour, anomalies=anomalies)
    )


def _payer(uow: UnitOfWork, achat_id: uuid.UUID) -> None:
    du, jour = total(fiches(uow.session, achat_id)), uow.clock.today()
    noter_paiement(
        uow,
        FacturePayee(
            facture_id=uuid.uuid5(ESPACE_DE_NOMS, "FA-25-0612"),
            marche_id=PAPIER.marche_id,
            numero="FA-25-0612",
            acheteur_siret=DEP,
            montant_ht=du,
            montant_ttc=Montant(du.decimal * Decimal("1.2")),
            payee_le=ajouter_jours(jour, 26),
            echeance_le=ajouter_jours(jour, 30),
            delai_jours=26,
            interets=Montant.zero(),
            indemnite=Montant.zero(),
        ),
    )


def _solder(uow: UnitOfWork, horloge: FrozenClock, achat_id: uuid.UUID) -> None:
    """Marks, the firm's reply, then the end of the purchase."""
    marche_id = PAPIER.marche_id
    fin = uow.session.get_one(t.Contrat, marche_id).fin_le
    horloge.set(ouverture(fin))
    ouvrir_evaluation(uow, marche_id)
    for siret, (notes, commentaire) in NOTES.items():
        noter_marche(uow, marche_id, siret, dict.fromkeys(CRITERES, 4) | notes, commentaire)
    horloge.set(instant(fin))
    transmettre_evaluation(uow, marche_id, PAPIER.titulaire.courriel)
    horloge.set(instant(ajouter_jours(fin, 9)))
    repondre_evaluation(uow, marche_id, REPONSE)
    solder_achat(uow, achat_id, Renonciations())
