"""Purchases that the platform takes over: what happened before is written, told to nobody."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.articles import Article
from services.groupement.domain.besoins import Precisions, lire_declaration
from services.groupement.domain.consolidation import LotPrevu
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.consolider import consolider
from services.groupement.usecases.creer_achat import NouvelAchat, creer_achat
from services.groupement.usecases.declarer_besoin import declarer_besoin
from services.groupement.usecases.lancer import derniere_consolidation, lancer
from services.groupement.usecases.ouvrir_quotas import (
    LigneNotifiee,
    MarcheNotifie,
    ouvrir_quotas,
)
from services.groupement.usecases.ouvrir_recensement import ouvrir_recensement
from shared.kernel.clock import PARIS, FrozenClock
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.messaging.uow import Trace, Transactions, UnitOfWork
from shared.ops import demo
from shared.ops.context import ServiceContext

AUTEUR = "demonstration"
ESPACE_DE_NOMS = uuid.UUID("0198a3c0-0000-7000-8000-00000000de01")
CLOTURE, LANCEMENT, NOTIFICATION = (dt.timedelta(days=jours) for jours in (3, 5, 12))
"""Steps of a purchase taken over, from the day when it was created."""


class _Repris(UnitOfWork):
    """Writes what happened without telling it again."""

    def emit(
        self,
        type_: str,  # noqa: ARG002
        *,
        subject: str,  # noqa: ARG002
        data: Mapping[str, Any],  # noqa: ARG002
        destinataire: str | None = None,  # noqa: ARG002
    ) -> uuid.UUID:
        return self.new_id()


class Reprise(Transactions):
    """Transactions of the service at a clock of their own, that tell nothing."""

    def join(self, session: Any, trace: Trace | None = None, acteur: str = AUTEUR) -> UnitOfWork:
        ordinaire = super().join(session, trace, acteur)
        return _Repris(
            session,
            clock=self.clock,
            service=self.service,
            siret=self.siret,
            trace=ordinaire.trace,
            acteur=acteur,
        )


def reprise(context: ServiceContext, horloge: FrozenClock) -> Reprise:
    ici = context.transactions
    return Reprise(ici.database, service=ici.service, siret=ici.siret, clock=horloge)


def instant(jour: dt.date, heure: int = 10) -> dt.datetime:
    return dt.datetime.combine(jour, dt.time(heure), tzinfo=PARIS)


@dataclass(frozen=True, slots=True)
class AchatRepris:
    """A purchase of one lot: what is bought, from whom, and who needs how much of each article.

    `prix` is the award's, by article and in the unit of order; a need is written as people do:
    « 60 cartons ». Everything goes to Privas unless `lieux` says otherwise. What is `annuel`
    carries its year in its name.
    """

    numero: int
    objet: str
    famille: str
    cpv: str
    nature: Nature
    titulaire: demo.Organisation
    articles: tuple[Article, ...]
    prix: Mapping[str, str]
    besoins: Mapping[str, Mapping[str, str]]
    mois: int
    lieux: Mapping[str, str]
    annuel: bool = False

    @property
    def marche_id(self) -> uuid.UUID:
        return uuid.uuid5(ESPACE_DE_NOMS, self.objet)

    def nom(self, jour: dt.date) -> str:
        return f"{self.objet} {jour.year}" if self.annuel else self.objet


def reprendre(
    uow: UnitOfWork, horloge: FrozenClock, voulu: AchatRepris, context: ServiceContext
) -> uuid.UUID:
    """Play a purchase from its creation to its notified contract, on a clock that moves."""
    debut = horloge.now()
    achat_id = _acheter(uow, voulu)
    ouvrir_recensement(uow, achat_id, debut + CLOTURE, site=context.settings.public_url)
    for siret, demandes in voulu.besoins.items():
        _declarer(uow, voulu, achat_id, siret, demandes)
    horloge.set(debut + LANCEMENT)
    clore_recensement(uow, achat_id)
    consolider(uow, achat_id, context.parametres)
    lancer(uow, achat_id, context.parametres)
    horloge.set(debut + NOTIFICATION)
    ouvrir_quotas(uow, _notifie(uow, voulu, achat_id))
    return achat_id


def _acheter(uow: UnitOfWork, voulu: AchatRepris) -> uuid.UUID:
    nouveau = NouvelAchat(
        demandeur=demo.DEPARTEMENT.siret,
        objet=voulu.nom(uow.clock.today()),
        famille=voulu.famille,
        cpv=voulu.cpv,
        nature=voulu.nature,
        lieu="07",
        lots=(LotPrevu(1, voulu.objet, voulu.cpv),),
        articles=voulu.articles,
        duree_mois=min(voulu.mois, 48),
    )
    return creer_achat(uow, nouveau).id


def _declarer(
    uow: UnitOfWork,
    voulu: AchatRepris,
    achat_id: uuid.UUID,
    siret: str,
    demandes: Mapping[str, str],
) -> None:
    lieu = voulu.lieux.get(siret, "Privas")
    ligne = Precisions(imputation="60632 – Fournitures")
    for article in voulu.articles:
        if article.code in demandes:
            lue = lire_declaration(article, demandes[article.code], None, lieu, ligne)
            declarer_besoin(uow, achat_id, siret, lue)


def _notifie(uow: UnitOfWork, voulu: AchatRepris, achat_id: uuid.UUID) -> MarcheNotifie:
    consolidation = derniere_consolidation(uow.session, achat_id)
    lignes = tuple(
        LigneNotifiee(
            ligne.id,
            ligne.article,
            ligne.quantite,
            ligne.conditionnement,
            Decimal(voulu.prix[ligne.article]),
        )
        for ligne in uow.session.scalars(
            sa.select(t.Ligne).where(t.Ligne.consolidation_id == consolidation.id)
        )
    )
    jour = uow.clock.today()
    return MarcheNotifie(
        marche_id=voulu.marche_id,
        reference=f"{jour.year}-07-9{voulu.numero:03d}-L1",
        achat_id=achat_id,
        lot=1,
        objet=voulu.nom(jour),
        titulaire_siret=voulu.titulaire.siret,
        titulaire_nom=voulu.titulaire.nom,
        montant_ht=Montant(sum(ligne.quantite * ligne.prix_unitaire_ht for ligne in lignes)),
        duree_mois=voulu.mois,
        date_notification=jour,
        lignes=lignes,
        titulaire_courriel=voulu.titulaire.courriel,
    )
