"""The demonstration's group: five members, a convention, and purchases at every stage.

Everything goes through the use cases, each step at the instant when it would have happened; what
is already there is left alone, so that seeding twice adds nothing.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.demo_convention import (
    CCAS,
    CLAUSES,
    FORMES,
    faire_adherer_le_partant,
    inscrire_le_partant,
    notifier_le_depart,
    semer_avenant,
)
from services.groupement.demo_insertion import semer_insertion
from services.groupement.demo_opportunites import semer_opportunites
from services.groupement.demo_passe import semer_passe
from services.groupement.domain.appels import Plancher, Politique
from services.groupement.domain.articles import Article
from services.groupement.domain.besoins import Precisions, lire_declaration
from services.groupement.domain.consolidation import LotPrevu
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.consolider import consolider
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from services.groupement.usecases.creer_achat import NouvelAchat, creer_achat
from services.groupement.usecases.creer_convention import NouvelleConvention, creer_convention
from services.groupement.usecases.declarer_besoin import declarer_besoin
from services.groupement.usecases.enregistrer_adhesion import (
    NouvelleAdhesion,
    enregistrer_adhesion,
)
from services.groupement.usecases.inscrire_organisation import (
    NouvelleOrganisation,
    inscrire_organisation,
)
from services.groupement.usecases.mettre_en_vigueur import mettre_en_vigueur
from services.groupement.usecases.ouvrir_recensement import ouvrir_recensement
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from shared.kernel.clock import PARIS, FrozenClock
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature
from shared.kernel.quantites import Conditionnement
from shared.messaging.uow import Transactions, UnitOfWork
from shared.ops import demo
from shared.ops.context import ServiceContext

NOM = "Groupement permanent d’achats de l’Ardèche"
EN_VIGUEUR = dt.date(2026, 1, 5)
DEP, SDIS, SDEA, VH, AUB = (membre.siret for membre in demo.MEMBRES)
LIEUX = {DEP: "Privas", SDIS: "Privas", SDEA: "Privas", VH: "Privas", AUB: "Aubenas"}
LIGNE = Precisions(imputation="60632 – Fournitures")
NON = "non"
"""A member that declines instead of declaring."""


class Etape(StrEnum):
    """How far a purchase has gone today."""

    PROJET = "projet"
    OUVERT = "ouvert"
    CLOS = "clos"
    CONSOLIDE = "consolide"


@dataclass(frozen=True, slots=True)
class AchatDemo:
    """A purchase of one article: who needs how much, when its call closes (days), what it costs."""

    objet: str
    famille: str
    cpv: str
    article: Article
    etape: Etape
    besoins: Mapping[str, str]
    cloture: int
    estimation: str
    nature: Nature = Nature.FOURNITURES
    demandeur: str = DEP


def _article(code: str, designation: str, prix: str, achat: str, **packs: int) -> Article:
    """`achat` is « palette de feuille »: the pack to order, then the base unit."""
    pack, _, base = achat.rpartition(" de ")
    return Article(
        code=code,
        designation=designation,
        lot=1,
        unite_base=base,
        prix_estime_ht=Decimal(prix),
        conditionnements=tuple(Conditionnement(p, Decimal(n), base) for p, n in packs.items()),
        conditionnement_achat=pack or base,
    )


ACHATS = (
    AchatDemo(
        "Papier pour les services et les collèges",
        "Papier",
        "30197630",
        _article(
            "PAPIER-A4-RECYCLE", "Papier A4 recyclé 80 g", "0.0081", "carton de feuille",
            ramette=500, carton=2500, palette=60000,
        ),
        Etape.OUVERT,
        {DEP: "24 palettes", SDEA: "300 cartons"},
        9,
        "90000",
    ),
    AchatDemo(
        "Électricité des bâtiments",
        "Électricité",
        "09310000",
        _article("ELEC-C4", "Électricité, sites de plus de 36 kVA", "0.16", "MWh de kWh"),
        Etape.CONSOLIDE,
        {DEP: "420 MWh", SDIS: "150 MWh", SDEA: "690 MWh", VH: "260 MWh", AUB: "35 à 45 MWh"},
        -8,
        "240000",
    ),
    AchatDemo(
        "Produits d’entretien",
        "Entretien",
        "39830000",
        _article("NETTOYANT", "Nettoyant multi-usages", "1.90", "bidon de litre", bidon=5),
        Etape.CLOS,
        {DEP: "900 bidons", SDIS: "240 bidons", SDEA: NON, VH: "1 500 bidons", AUB: "120 bidons"},
        -2,
        "30000",
    ),
    AchatDemo(
        "Véhicules utilitaires électriques",
        "Véhicules",
        "34144900",
        _article("VUL-ELEC", "Utilitaire électrique, 3 places", "27500", "véhicule"),
        Etape.OUVERT,
        {DEP: "2", SDIS: "3 à 4", VH: NON, AUB: "1"},
        20,
        "210000",
    ),
    AchatDemo(
        "Équipements de protection individuelle",
        "EPI",
        "18143000",
        _article("GANTS", "Gants de manutention", "4.20", "sachet de paire", sachet=10),
        Etape.OUVERT,
        {DEP: "180", SDIS: "740", SDEA: "95 à 110"},
        4,
        "48000",
    ),
    AchatDemo(
        "Suite bureautique",
        "Logiciels",
        "48000000",
        _article("BUREAUTIQUE", "Licence annuelle", "84", "licence"),
        Etape.OUVERT,
        {DEP: "900", SDIS: "310", SDEA: "120", VH: "210", AUB: "38"},
        15,
        "135000",
        Nature.SERVICES,
    ),
    AchatDemo(
        "Sel de déneigement",
        "Voirie",
        "34927100",
        _article("SEL", "Sel en vrac", "0.12", "tonne de kg"),
        Etape.PROJET,
        {},
        0,
        "25000",
        demandeur=SDIS,
    ),
)  # fmt: skip


def semer(context: ServiceContext) -> int:
    """Fill the group; return how many conventions, accesses and purchases were added."""
    ajouts = _groupement(context) + _acces(context)
    ajouts += sum(_achat(context, achat) for achat in ACHATS)
    ajouts += semer_opportunites(context) + semer_insertion(context)
    return ajouts + semer_passe(context, NOM) + semer_avenant(context, NOM)


def _groupement(context: ServiceContext) -> int:
    with context.transactions.begin(acteur="demonstration") as uow:
        if uow.session.scalar(sa.select(t.Convention.id).where(t.Convention.nom == NOM)):
            return 0
        for membre in (*demo.MEMBRES, demo.PRIVAS):
            inscrire_organisation(uow, _organisation(membre))
        inscrire_le_partant(uow)
        debut = min(EN_VIGUEUR, uow.clock.today())
        convention_id = creer_convention(
            uow,
            NouvelleConvention(NOM, DEP, CLAUSES.mode, (SDIS, SDEA, VH, AUB, CCAS), CLAUSES),
        )
        for rang, siret in enumerate(LIEUX):
            vote = debut - dt.timedelta(days=35 - 4 * rang)
            enregistrer_adhesion(uow, NouvelleAdhesion(convention_id, siret, vote, debut))
        faire_adherer_le_partant(uow, convention_id, debut)
        mettre_en_vigueur(uow, convention_id, debut)
        notifier_le_depart(uow, convention_id)
    return 1


def _organisation(membre: demo.Organisation) -> NouvelleOrganisation:
    personas = [p for p in demo.PERSONAS.values() if p.organisation.siret == membre.siret]
    return NouvelleOrganisation(
        siret=membre.siret,
        nom=membre.nom,
        classe=ClasseAcheteur.OPH if membre.siret == VH else ClasseAcheteur.COLLECTIVITE,
        courriel=membre.courriel,
        lieu_livraison=LIEUX.get(membre.siret, "Privas"),
        agents={p.id: (p.libelle, p.roles) for p in personas},
        forme=FORMES[membre.siret],
    )


def _acces(context: ServiceContext) -> int:
    """Two members' own software; these tokens are public, so never in production."""
    if context.settings.production:
        return 0
    voulus = (
        NouvelAcces(
            SDIS, "Logiciel du SDIS 07", utilisateur_amqp="guest", jeton=demo.JETONS["sdis"]
        ),
        NouvelAcces(
            VH,
            "Logiciel de Vivarais Habitat",
            utilisateur_amqp="vivarais-habitat",
            jeton=demo.JETONS["vivarais"],
        ),
    )
    with context.transactions.begin(acteur="demonstration") as uow:
        connus = set(uow.session.scalars(sa.select(t.AccesMembre.siret)))
        nouveaux = [acces for acces in voulus if acces.siret not in connus]
        for acces in nouveaux:
            creer_acces(uow, acces)
    return len(nouveaux)


def _achat(context: ServiceContext, voulu: AchatDemo) -> int:
    """Play one purchase in one transaction, on a clock that moves from step to step."""
    horloge = FrozenClock(context.clock.now() - dt.timedelta(days=30))
    ici = context.transactions
    jadis = Transactions(ici.database, service=ici.service, siret=ici.siret, clock=horloge)
    objet = f"{voulu.objet} {context.clock.today().year + 1}"
    with jadis.begin(acteur="demonstration") as uow:
        if uow.session.scalar(sa.select(t.Achat.id).where(t.Achat.objet == objet)):
            return 0
        achat_id = _creer(uow, voulu, objet)
        if voulu.etape is not Etape.PROJET:
            horloge.advance(dt.timedelta(days=2))
            _recenser(uow, voulu, achat_id, context)
        if voulu.etape in {Etape.CLOS, Etape.CONSOLIDE}:
            horloge.set(_cloture(voulu, context) + dt.timedelta(seconds=1))
            clore_recensement(uow, achat_id)
        if voulu.etape is Etape.CONSOLIDE:
            horloge.advance(dt.timedelta(days=1))
            consolider(uow, achat_id, context.parametres)
    return 1


def _creer(uow: UnitOfWork, voulu: AchatDemo, objet: str) -> uuid.UUID:
    prevue = uow.clock.today() + dt.timedelta(days=75 + 21 * ACHATS.index(voulu))
    return creer_achat(
        uow,
        NouvelAchat(
            demandeur=voulu.demandeur,
            objet=objet,
            famille=voulu.famille,
            cpv=voulu.cpv,
            nature=voulu.nature,
            lieu="07",
            lots=(LotPrevu(1, voulu.article.designation, voulu.cpv),),
            articles=(voulu.article,),
            montant_estime_ht=Montant(voulu.estimation),
            publication_prevue_le=prevue,
        ),
    ).id


def _recenser(
    uow: UnitOfWork, voulu: AchatDemo, achat_id: uuid.UUID, context: ServiceContext
) -> None:
    site, plancher = context.settings.public_url, _plancher(voulu)
    ouvrir_recensement(uow, achat_id, _cloture(voulu, context), site=site, plancher=plancher)
    for siret, texte in voulu.besoins.items():
        if texte == NON:
            repondre(uow, NouvelleReponse(achat_id, siret, Reponse.DECLINE))
            continue
        declaration = lire_declaration(voulu.article, texte, None, LIEUX[siret], LIGNE)
        declarer_besoin(uow, achat_id, siret, declaration)


def _plancher(voulu: AchatDemo) -> Plancher | None:
    """A call still open says what happens below half of what is expected."""
    if voulu.etape is not Etape.OUVERT:
        return None
    return Plancher(Montant(voulu.estimation) / 2, Politique.PROLONGER, 7)


def _cloture(voulu: AchatDemo, context: ServiceContext) -> dt.datetime:
    """Five in the afternoon, `cloture` days from today."""
    jour = context.clock.today() + dt.timedelta(days=voulu.cloture)
    return dt.datetime.combine(jour, dt.time(17), tzinfo=PARIS)
