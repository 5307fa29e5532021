"""Purchases brought to any state, each with the needs of everybody."""

import dataclasses
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.consolider import consolider
from services.groupement.usecases.lancer import lancer
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from shared.ops import demo
from tests.integration.groupement.monde import BESOINS, PARAMETRES, Monde
from tests.unit.groupement.monde import PAPIER

DEPUIS = {EtatAchat.ATTRIBUE: EtatAchat.LANCE, EtatAchat.SOLDE: EtatAchat.EN_EXECUTION}


class Preparation:
    """Purchases brought to any state, each with needs of everybody."""

    def __init__(self, source: Monde) -> None:
        self.monde = Monde(source.transactions, source.clock, convention_id=source.convention_id)
        self._intacts: dict[EtatAchat, uuid.UUID] = {}

    def achat(self, etat: EtatAchat, *, neuf: bool) -> uuid.UUID:
        """A purchase in that state; the same one again unless it must be new."""
        if neuf or etat not in self._intacts:
            self._intacts[etat] = self._creer(etat)
        return self._intacts.pop(etat) if neuf else self._intacts[etat]

    def _creer(self, etat: EtatAchat) -> uuid.UUID:
        self.monde.achat(articles=(PAPIER,))
        for pas in self._pas(DEPUIS.get(etat, etat)):
            pas()
        if etat in DEPUIS:
            self._porter(etat)
        assert self.monde.etat() == etat
        return self.monde.achat_id

    def _porter(self, etat: EtatAchat) -> None:
        """Write a state in which no purchase stays, or which takes a year to reach."""
        with self.monde.transactions.begin() as uow:
            uow.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
            achat = uow.session.get_one(t.Achat, self.monde.achat_id)
            achat.etat = etat.value

    def _pas(self, etat: EtatAchat) -> list[Callable[[], Any]]:
        chemin = {
            EtatAchat.RECENSEMENT_OUVERT: self._ouvrir,
            EtatAchat.RECENSEMENT_CLOS: lambda: self._faire(clore_recensement),
            EtatAchat.CONSOLIDE: lambda: self._faire(consolider, PARAMETRES),
            EtatAchat.LANCE: lambda: self._faire(lancer, PARAMETRES),
            EtatAchat.NOTIFIE: self._notifier,
            EtatAchat.EN_EXECUTION: lambda: self.monde.commander(demo.SDIS.siret, 1),
        }
        if etat is EtatAchat.ABANDONNE:
            return [self._ouvrir, lambda: self._faire(abandonner, "Les besoins ont disparu.")]
        rangs = list(chemin)
        return [chemin[e] for e in rangs[: rangs.index(etat) + 1]] if etat in chemin else []

    def _faire(self, usecase: Callable[..., Any], *args: Any) -> None:
        self.monde.faire(usecase, self.monde.achat_id, *args)

    def _ouvrir(self) -> None:
        self.monde.ouvrir()
        for siret, besoin in BESOINS.items():
            self.monde.declarer(siret, *besoin)

    def _notifier(self) -> None:
        marche = dataclasses.replace(
            self.monde.marche(),
            marche_id=uuid.uuid4(),
            reference=f"2026-07-{self.monde.achat_id.hex[-6:]}",
        )
        self.monde.faire(ouvrir_quotas, marche)
