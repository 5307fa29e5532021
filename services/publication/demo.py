"""The demonstration: about forty notices around today, and a year of purchases to come.

Everything goes through the use cases, each step at the instant when it would have happened; what
is already there is left alone, so that seeding twice adds nothing.
"""

import csv
import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from services.publication.domain.achats import AchatLance, LigneLancee, LotLance
from services.publication.domain.consultation import Preparation
from services.publication.domain.marche import Attributaire
from services.publication.domain.valeurs import Organisation, Support, nature_de
from services.publication.tables import Avis, Consultation, Programme
from services.publication.usecases.annuler_avis import annuler_consultation
from services.publication.usecases.attribuer_lot import Decision, attribuer_lot
from services.publication.usecases.changer_programme import (
    abandonner_programme,
    confirmer_programme,
)
from services.publication.usecases.inscrire_programme import NouveauProgramme, inscrire_programme
from services.publication.usecases.notifier_marche import notifier_marche
from services.publication.usecases.ouvrir_consultation import ouvrir_consultation
from services.publication.usecases.preparer_consultation import preparer_consultation
from services.publication.usecases.publier_avis import publier_avis, publier_avis_direct
from services.publication.usecases.rectifier_avis import rectifier_avis
from shared.kernel.calendrier import est_ouvre, jour_ouvre_suivant
from shared.kernel.clock import PARIS, FrozenClock, jour_de
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Parametres
from shared.kernel.seuils import Procedure, Publicite, procedure
from shared.messaging.uow import Transactions, UnitOfWork
from shared.ops import demo
from shared.ops.context import ServiceContext

DONNEES = Path(__file__).parent / "donnees"
ACTEUR = "demonstration"
ESPACE_NOMS = uuid.UUID("b7d0b1f2-6d0a-5f5e-9a55-0d2f6f6f7a11")
REMISE = "Offres déposées sur le profil d’acheteur, en un seul envoi."
CRITERES = "Prix 50 %, valeur technique 30 %, environnement 20 %"
ACHETEURS = {
    "departement": demo.DEPARTEMENT,
    "sdis": demo.SDIS,
    "sdea": demo.SDEA,
    "vivarais": demo.VIVARAIS_HABITAT,
    "aubenas": demo.AUBENAS,
}


@dataclass(frozen=True, slots=True)
class Groupe:
    """A purchase of the whole group, published `publie` days ago, closing in `cloture` days."""

    objet: str
    cpv: str
    montant: str
    publie: int
    cloture: int
    unite: str


GROUPES = (
    Groupe("Fourniture d’électricité des bâtiments", "09310000", "1850000", 14, 38, "site"),
    Groupe("Équipements de protection individuelle", "18143000", "74000", 5, 16, "lot"),
    Groupe("Maintenance des extincteurs", "50413200", "61000", 10, 7, "appareil"),
)


def semer(contexte: ServiceContext) -> int:
    """Fill the single window; return how many notices and purchases to come were added."""
    semoir = Semoir(contexte)
    avis = sorted(_lire("demonstration.csv"), key=lambda ligne: -int(ligne["publie"]))
    ajouts = sum(semoir.avis(ligne) for ligne in avis)
    ajouts += sum(semoir.groupe(groupe) for groupe in GROUPES)
    return ajouts + sum(semoir.programme(ligne) for ligne in _lire("programmation.csv"))


def _lire(nom: str) -> Iterator[dict[str, str]]:
    with (DONNEES / nom).open(encoding="utf-8", newline="") as fichier:
        yield from csv.DictReader(fichier, delimiter=";")


def _organisation(cle: str) -> Organisation:
    acheteur = ACHETEURS[cle]
    return Organisation(acheteur.siret, acheteur.nom)


@dataclass(frozen=True, slots=True)
class Semoir:
    """Plays each story in one transaction, on a clock that it moves from step to step."""

    contexte: ServiceContext

    @property
    def maintenant(self) -> dt.datetime:
        return self.contexte.clock.now()

    def _echeance(self, decalage: int) -> dt.datetime:
        """Noon of a working day about `decalage` days from today."""
        return _midi(self.contexte.clock.today() + dt.timedelta(days=decalage))

    def _parution(self, jours: int) -> FrozenClock:
        """Nine o’clock of a working day at least `jours` days ago."""
        jour = self.contexte.clock.today() - dt.timedelta(days=jours)
        while not est_ouvre(jour):
            jour -= dt.timedelta(days=1)
        return FrozenClock(dt.datetime.combine(jour, dt.time(9), tzinfo=PARIS))

    def _transactions(self, horloge: FrozenClock) -> Transactions:
        ici = self.contexte.transactions
        return Transactions(ici.database, service=ici.service, siret=ici.siret, clock=horloge)

    def avis(self, ligne: dict[str, str]) -> bool:
        """Publish one notice of the list, then play what followed."""
        horloge = self._parution(int(ligne["publie"]))
        acheteur = _organisation(ligne["acheteur"])
        with self._transactions(horloge).begin(acteur=ACTEUR) as uow:
            deja = select(Avis.id).filter_by(objet=ligne["objet"], acheteur_siret=acheteur.siret)
            if uow.session.scalar(deja):
                return False
            parution = publier_avis_direct(
                uow,
                self.contexte.parametres,
                self._preparation(ligne, horloge.today()),
                acheteur,
                public_url=self.contexte.settings.public_url,
            )
            self._suite(uow, horloge, ligne, parution.avis)
        return True

    def _preparation(self, ligne: dict[str, str], le: dt.date) -> Preparation:
        montant = Montant(ligne["montant"])
        regle = _regle(self.contexte.parametres, ligne["cpv"], montant, le)
        return Preparation(
            objet=ligne["objet"],
            cpv=ligne["cpv"],
            lieu=ligne["lieu"],
            contact=ACHETEURS[ligne["acheteur"]].courriel,
            montant_estime_ht=montant,
            date_limite=self._echeance(int(ligne["cloture"])),
            description=ligne["description"],
            criteres=CRITERES,
            modalites_remise=REMISE,
            duree_mois=12,
            supports=_supports(regle.publicite),
        )

    def _suite(
        self, uow: UnitOfWork, horloge: FrozenClock, ligne: dict[str, str], avis: Avis
    ) -> None:
        siret, consultation_id, suite = avis.acheteur_siret, avis.consultation_id, ligne["suite"]
        if suite == "rectifie":
            horloge.advance((self.maintenant - horloge.now()) / 2)
            report = _midi(jour_de(avis.date_limite) + dt.timedelta(days=7))
            motif = "Délai allongé pour laisser visiter les lieux."
            rectifier_avis(uow, consultation_id, siret, {"date_limite": report}, motif)
        elif suite == "annule":
            horloge.advance((self.maintenant - horloge.now()) / 2)
            motif = "Le besoin a changé ; une nouvelle consultation suivra."
            annuler_consultation(uow, consultation_id, siret, motif)
        elif suite in {"attribue", "notifie"}:
            self._attribuer(uow, horloge, ligne, avis)

    def _attribuer(
        self, uow: UnitOfWork, horloge: FrozenClock, ligne: dict[str, str], avis: Avis
    ) -> None:
        horloge.set(avis.date_limite + dt.timedelta(days=5))
        estime = avis.montant_estime_ht or Montant.zero()
        decision = Decision(
            lot=1,
            attributaire=Attributaire(
                siret=ligne["siret"], nom=ligne["titulaire"], pme=ligne["pme"] == "oui"
            ),
            attribue_le=horloge.today(),
            offres_recues=1 + len(avis.objet) % 4,
            taux_tva=Decimal("0.20"),
            montant_ht=estime * Decimal("0.94"),
        )
        siret = avis.acheteur_siret
        marche = attribuer_lot(uow, avis.consultation_id, siret, decision)
        if ligne["suite"] == "notifie":
            horloge.advance(dt.timedelta(days=12))
            le = horloge.today()
            notifier_marche(uow, self.contexte.parametres, marche.id, siret, le)

    def groupe(self, groupe: Groupe) -> bool:
        """Publish the notice of a purchase that the whole group has launched."""
        achat_id = uuid.uuid5(ESPACE_NOMS, groupe.objet)
        horloge = self._parution(groupe.publie)
        acheteur = _organisation("departement")
        with self._transactions(horloge).begin(acteur=ACTEUR) as uow:
            if uow.session.scalar(select(Consultation.id).filter_by(achat_id=achat_id)):
                return False
            achat = _achat(achat_id, groupe, self.contexte.parametres, horloge.today())
            consultation = ouvrir_consultation(uow, achat, 1)
            if consultation is None:
                return False
            preparation = Preparation(
                objet=groupe.objet,
                lieu="07",
                contact=demo.DEPARTEMENT.courriel,
                date_limite=self._echeance(groupe.cloture),
                description="Achat commun aux cinq membres du groupement permanent.",
                criteres=CRITERES,
                modalites_remise=REMISE,
                duree_mois=achat.duree_mois,
                supports=_supports(achat.publicite),
            )
            preparer_consultation(uow, consultation.id, acheteur.siret, preparation)
            publier_avis(
                uow,
                self.contexte.parametres,
                consultation.id,
                acheteur.siret,
                self.contexte.settings.public_url,
            )
        return True

    def programme(self, ligne: dict[str, str]) -> bool:
        """Announce one purchase to come, then confirm it or give it up."""
        acheteur = _organisation(ligne["acheteur"])
        with self.contexte.transactions.begin(acteur=ACTEUR) as uow:
            deja = select(Programme.id).filter_by(
                objet=ligne["objet"], acheteur_siret=acheteur.siret
            )
            if uow.session.scalar(deja):
                return False
            programme = inscrire_programme(
                uow,
                NouveauProgramme(
                    objet=ligne["objet"],
                    cpv=ligne["cpv"],
                    lieu=ligne["lieu"],
                    acheteur=acheteur,
                    montant_estime_ht=Montant(ligne["montant"]),
                    publication_prevue_le=self._echeance(int(ligne["dans"])).date(),
                ),
            )
            uow.session.flush()
            if ligne["suite"] == "confirme":
                confirmer_programme(uow, programme.id, acheteur.siret)
            elif ligne["suite"] == "abandonne":
                motif = "Projet reporté par le conseil municipal."
                abandonner_programme(uow, programme.id, acheteur.siret, motif)
        return True


def _midi(jour: dt.date) -> dt.datetime:
    """Noon in Paris, that day or the next working one."""
    return dt.datetime.combine(jour_ouvre_suivant(jour), dt.time(12), tzinfo=PARIS)


def _supports(publicite: Publicite) -> tuple[Support, ...]:
    """Where the notice must also appear."""
    return {
        Publicite.BOAMP_OU_JAL: (Support.BOAMP,),
        Publicite.JOUE_ET_BOAMP: (Support.BOAMP, Support.JOUE),
    }.get(publicite, ())


def _regle(parametres: Parametres, cpv: str, montant: Montant, le: dt.date) -> Procedure:
    return procedure(parametres, le, ClasseAcheteur.COLLECTIVITE, nature_de(cpv), montant)


def _achat(achat_id: uuid.UUID, groupe: Groupe, parametres: Parametres, le: dt.date) -> AchatLance:
    """A launched purchase of one lot and one line, for all the members."""
    montant = Montant(groupe.montant)
    regle = _regle(parametres, groupe.cpv, montant, le)
    ligne = LigneLancee(
        ligne_id=uuid.uuid5(ESPACE_NOMS, f"{groupe.objet} 1"),
        article="ENSEMBLE",
        designation=groupe.objet,
        unite_base=groupe.unite,
        quantite_base=Decimal(240),
        conditionnement=groupe.unite,
        quantite=Decimal(240),
        lieu="Ardèche",
    )
    lot = LotLance(
        numero=1,
        objet=groupe.objet,
        cpv=groupe.cpv,
        montant_estime_ht=montant,
        lignes=(ligne,),
    )
    return AchatLance(
        achat_id=achat_id,
        objet=groupe.objet,
        cpv=groupe.cpv,
        nature=nature_de(groupe.cpv),
        lieu="07",
        montant_estime_ht=montant,
        procedure=regle.procedure,
        publicite=regle.publicite,
        date_lancement=le,
        duree_mois=24,
        coordonnateur=_organisation("departement"),
        contact=demo.DEPARTEMENT.courriel,
        membres=tuple(Organisation(m.siret, m.nom) for m in demo.MEMBRES),
        avance_taux=Decimal("0.05"),
        lots=(lot,),
    )
