"""The demonstration's running contracts: insertion hours, evaluations, innovation, yearly needs.

These contracts were notified before the platform knew them: their purchases are taken over as they
are, without announcing again to anybody what happened then. What happened since is announced.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.demo_reprise import (
    AUTEUR,
    ESPACE_DE_NOMS,
    NOTIFICATION,
    AchatRepris,
    instant,
    reprendre,
    reprise,
)
from services.groupement.domain.articles import Article
from services.groupement.domain.conventions import EtatConvention
from services.groupement.domain.declarations_insertion import (
    ContratTravail,
    Declaration,
    Preuve,
    Public,
)
from services.groupement.domain.evaluations import CRITERES, ouverture
from services.groupement.domain.innovation import Besoin
from services.groupement.usecases.decider_heures import ecarter_heures, valider_heures
from services.groupement.usecases.declarer_heures import declarer_heures
from services.groupement.usecases.definir_besoins import approuver_definition, definir_besoins
from services.groupement.usecases.fixer_clause_insertion import (
    NouvelleClause,
    fixer_clause_insertion,
)
from services.groupement.usecases.noter_marche import noter_marche
from services.groupement.usecases.ouvrir_evaluation import ouvrir_evaluation
from services.groupement.usecases.passer_commande import NouvelleCommande, passer_commande
from services.groupement.usecases.repondre_evaluation import repondre_evaluation
from services.groupement.usecases.signaler_innovation import signaler_innovation
from services.groupement.usecases.transmettre_evaluation import transmettre_evaluation
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.messaging.uow import Transactions
from shared.ops import demo
from shared.ops.context import ServiceContext

DEP, SDIS, SDEA, VH, AUB = (membre.siret for membre in demo.MEMBRES)


class _Marche(NamedTuple):
    """A contract of one line; `mois` counts from its notification, None is « ends soon »."""

    numero: int
    objet: str
    famille: str
    cpv: str
    unite: str
    prix: str
    besoins: Mapping[str, int]
    titulaire: demo.Organisation
    mois: int | None
    echu: bool = False

    @property
    def marche_id(self) -> uuid.UUID:
        return uuid.uuid5(ESPACE_DE_NOMS, self.objet)

    @property
    def code(self) -> str:
        return self.famille.upper()

    def achat(self, notifie: dt.date, aujourd_hui: dt.date) -> AchatRepris:
        """The purchase behind the contract."""
        article = Article(
            code=self.code,
            designation=self.objet,
            lot=1,
            unite_base=self.unite,
            prix_estime_ht=Decimal(self.prix),
            conditionnements=(),
            conditionnement_achat=self.unite,
        )
        return AchatRepris(
            numero=self.numero,
            objet=self.objet,
            famille=self.famille,
            cpv=self.cpv,
            nature=Nature.SERVICES,
            titulaire=self.titulaire,
            articles=(article,),
            prix={self.code: self.prix},
            besoins={siret: {self.code: str(q)} for siret, q in self.besoins.items()},
            mois=self.mois or _mois(notifie, aujourd_hui, echu=self.echu),
            lieux={},
        )


RECYCLAGE = _Marche(
    1, "Collecte et recyclage du papier", "Recyclage", "90514000", "tonne", "600",
    {DEP: 200, SDIS: 40, VH: 60}, demo.PAPETERIE, 36,
)  # fmt: skip
ROUTAGE = _Marche(
    2, "Mise sous pli et routage du courrier", "Courrier", "79920000", "heure", "32",
    {DEP: 2000, SDEA: 700, AUB: 300}, demo.PAPETERIE, 24,
)  # fmt: skip
REEMPLOI = _Marche(
    3, "Aménagement de bureaux en mobilier réemployé", "Aménagement", "39130000", "jour", "450",
    {DEP: 100, VH: 40, AUB: 20}, demo.CEVENNES, None,
)  # fmt: skip
COPIEURS = _Marche(
    4, "Maintenance des copieurs", "Maintenance", "50313000", "heure", "60",
    {DEP: 500, SDIS: 400}, demo.BUREAU, None, echu=True,
)  # fmt: skip
MARCHES = (RECYCLAGE, ROUTAGE, REEMPLOI, COPIEURS)

CLAUSES = (
    (RECYCLAGE, "0.60", "0.10", True, "40"),
    (ROUTAGE, "0.50", "0.05", True, "40"),
    (REEMPLOI, "0.40", "0.10", False, "35"),
)
"""Labour share, effort, pooling, penalty per hour."""


class _Heures(NamedTuple):
    """Hours of one person; `rang` spreads the periods from the notification to today."""

    marche: _Marche
    rang: int
    personne: str
    public: Public
    emploi: ContratTravail
    preuve: Preuve
    heures: str
    decision: str = "validee"


HEURES = (
    _Heures(RECYCLAGE, 0, "INS-0001", Public.DEMANDEUR_EMPLOI, ContratTravail.STRUCTURE_INSERTION,
            Preuve.PRESCRIPTION, "70"),
    _Heures(RECYCLAGE, 0, "INS-0002", Public.JEUNE, ContratTravail.APPRENTISSAGE,
            Preuve.CONTRAT_ALTERNANCE, "64"),
    _Heures(RECYCLAGE, 1, "INS-0003", Public.RSA, ContratTravail.DROIT_COMMUN,
            Preuve.ATTESTATION_SOCIALE, "84"),
    _Heures(ROUTAGE, 1, "INS-0004", Public.HANDICAP, ContratTravail.DROIT_COMMUN,
            Preuve.RECONNAISSANCE_HANDICAP, "91"),
    _Heures(RECYCLAGE, 1, "INS-0005", Public.QPV, ContratTravail.CONTRAT_AIDE,
            Preuve.AUTRE, "28", "Justificatif illisible"),
    _Heures(RECYCLAGE, 2, "INS-0002", Public.JEUNE, ContratTravail.APPRENTISSAGE,
            Preuve.CONTRAT_ALTERNANCE, "35", ""),
    _Heures(REEMPLOI, 0, "INS-0101", Public.SENIOR, ContratTravail.DROIT_COMMUN,
            Preuve.ATTESTATION_EMPLOI, "35"),
)  # fmt: skip
DEFINITIONS = (
    (DEP, {"Papier": "95000", "Énergie": "260000", "Véhicules": "240000"}, "0.02", True),
    (SDIS, {"Énergie": "90000", "Équipements de protection": "70000"}, "0.015", True),
    (AUB, {"Papier": "12000", "Énergie": "18000"}, None, False),
)


def semer_insertion(context: ServiceContext) -> int:
    """Take over the contracts, then live with them; nothing when they are already there."""
    with context.transactions.read() as session:
        if session.get(t.Contrat, RECYCLAGE.marche_id):
            return 0
        debut = session.scalar(
            sa.select(sa.func.min(t.Convention.debut)).where(
                t.Convention.etat == EtatConvention.EN_VIGUEUR.value
            )
        )
    if debut is None:
        return 0
    for marche in MARCHES:
        _reprendre(context, marche, debut)
    _travailler(context, debut + NOTIFICATION)
    _evaluer(context)
    return len(MARCHES) + _definir(context)


def _a(jour: dt.date) -> FrozenClock:
    return FrozenClock(instant(jour))


def _reprendre(context: ServiceContext, marche: _Marche, debut: dt.date) -> None:
    """Play the purchase to its orders."""
    horloge = _a(debut)
    with reprise(context, horloge).begin(acteur=AUTEUR) as uow:
        voulu = marche.achat(debut + NOTIFICATION, context.clock.today())
        achat_id = reprendre(uow, horloge, voulu, context)
        for siret, quantite in marche.besoins.items():
            nouvelle = NouvelleCommande(achat_id, siret, marche.code, Decimal(quantite))
            passer_commande(uow, nouvelle)


def _mois(notifie: dt.date, aujourd_hui: dt.date, *, echu: bool) -> int:
    """Whole months so that the contract ended less than a month ago, or ends within a month."""
    entiers = (aujourd_hui.year - notifie.year) * 12 + aujourd_hui.month - notifie.month
    entiers -= aujourd_hui.day < notifie.day
    return max(entiers, 1) if echu else max(entiers, 0) + 1


def _jadis(context: ServiceContext, jour: dt.date) -> Transactions:
    ici = context.transactions
    return Transactions(ici.database, service=ici.service, siret=ici.siret, clock=_a(jour))


def _travailler(context: ServiceContext, notifie: dt.date) -> None:
    """Clauses, then hours spread until today, each decided the day after its period."""
    with _jadis(context, notifie).begin(acteur=AUTEUR) as uow:
        for marche, part, effort, mutualisable, penalite in CLAUSES:
            clause = NouvelleClause(
                marche.marche_id,
                part_main_oeuvre=Decimal(part),
                effort=Decimal(effort),
                cout_horaire=Montant("30"),
                mutualisable=mutualisable,
                penalite_horaire=Montant(penalite),
                coefficient_alternance=Decimal("1.5"),
            )
            fixer_clause_insertion(uow, clause)
        motif = "Mobilier réemployé, remis en état dans le département"
        signaler_innovation(uow, REEMPLOI.marche_id, motif, innovant=True)
    pas = max((context.clock.today() - notifie).days // 4, 12)
    for faites in HEURES:
        debut = notifie + faites.rang * dt.timedelta(days=pas)
        if debut + dt.timedelta(days=12) <= context.clock.today():
            _declarer(context, faites, debut)


def _declarer(context: ServiceContext, faites: _Heures, debut: dt.date) -> None:
    fin = debut + dt.timedelta(days=11)
    declaration = Declaration(
        personne=faites.personne,
        public=faites.public,
        contrat_travail=faites.emploi,
        preuve=faites.preuve,
        preuve_reference=f"J-{faites.personne[-4:]}",
        debut=debut,
        fin=fin,
        heures=Decimal(faites.heures),
    )
    lendemain = _jadis(context, fin + dt.timedelta(days=1))
    with lendemain.begin(acteur=AUTEUR) as uow:
        id_ = declarer_heures(uow, faites.marche.marche_id, declaration, context.parametres).id
        uow.session.flush()
        if faites.decision == "validee":
            valider_heures(uow, id_)
        elif faites.decision:
            ecarter_heures(uow, id_, faites.decision)


def _evaluer(context: ServiceContext) -> None:
    """One evaluation whose marks are awaited, one to which the firm has replied."""
    bonnes = dict.fromkeys(CRITERES, 4)
    with context.transactions.begin(acteur=AUTEUR) as uow:
        fin = uow.session.get_one(t.Contrat, REEMPLOI.marche_id).fin_le
        ouvrir_evaluation(uow, REEMPLOI.marche_id, ouverture(fin))
        notes = bonnes | {"Qualité": 5, "Délais": 3}
        noter_marche(uow, REEMPLOI.marche_id, DEP, notes, "Pose soignée, une semaine de retard.")
    with reprise(context, FrozenClock(context.clock.now())).begin(acteur=AUTEUR) as uow:
        fin = uow.session.get_one(t.Contrat, COPIEURS.marche_id).fin_le
        ouvrir_evaluation(uow, COPIEURS.marche_id, ouverture(fin))
        noter_marche(uow, COPIEURS.marche_id, DEP, bonnes, "")
        severes = bonnes | {"Délais": 2, "Facturation": 3}
        noter_marche(uow, COPIEURS.marche_id, SDIS, severes, "Deux pannes réparées en retard.")
        transmettre_evaluation(uow, COPIEURS.marche_id, demo.BUREAU.courriel)
        reponse = "Un second technicien intervient désormais dans le sud du département."
        repondre_evaluation(uow, COPIEURS.marche_id, reponse)


def _definir(context: ServiceContext) -> int:
    annee = context.clock.today().year
    with context.transactions.begin(acteur=AUTEUR) as uow:
        for siret, familles, part, approuvee in DEFINITIONS:
            besoins = [Besoin(famille, Montant(montant)) for famille, montant in familles.items()]
            definir_besoins(uow, siret, annee, besoins, Decimal(part) if part else None)
            if approuvee:
                uow.session.flush()
                approuver_definition(uow, siret, annee)
    return len(DEFINITIONS)
