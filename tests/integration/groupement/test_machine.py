"""The whole life of a purchase, led at random by members who act at the same time.

Whatever the order of the steps and whoever comes first, the invariants of the group hold after
each of them: no quantity is lost or invented, no ceiling is crossed, no step is told twice.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat, passe, suivants
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.annuler_commande import annuler_commande
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.consolider import consolider
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.lancer import derniere_consolidation, lancer
from services.groupement.usecases.ouvrir_quotas import LigneNotifiee, MarcheNotifie, ouvrir_quotas
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from services.groupement.usecases.rouvrir_recensement import rouvrir_recensement
from shared.db.database import Database
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant
from shared.messaging.tables import outbox
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.integration.groupement.monde import MARCHE, PARAMETRES, PARTS, SITE, Monde
from tests.kit import postgres
from tests.unit.groupement.monde import PAPIER

pytestmark = [pytest.mark.db, pytest.mark.timeout(600)]
MEMBRES = st.sampled_from(sorted(PARTS))
QUELQUES_MEMBRES = st.lists(MEMBRES, min_size=2, max_size=6)
PALETTES = st.integers(1, 40)
PRIX = Decimal(456)
DEPARTS = (
    EtatAchat.EN_EXECUTION,
    EtatAchat.NOTIFIE,
    EtatAchat.CONSOLIDE,
    EtatAchat.RECENSEMENT_OUVERT,
)
PASSAGES = {
    "groupement.recensement.ouvert.v1": EtatAchat.RECENSEMENT_OUVERT,
    "groupement.recensement.clos.v1": EtatAchat.RECENSEMENT_CLOS,
    "groupement.achat.consolide.v1": EtatAchat.CONSOLIDE,
    "groupement.achat.lance.v1": EtatAchat.LANCE,
    "groupement.achat.attribue.v1": EtatAchat.NOTIFIE,
    "groupement.achat.abandonne.v1": EtatAchat.ABANDONNE,
}
"""The event that tells a step, and the state that the step leads to."""


class VieDunAchat(RuleBasedStateMachine):
    """Drives the use cases; `franchis` counts the steps that were taken."""

    def __init__(self, database: Database, monde: Monde) -> None:
        super().__init__()
        self.database = database
        self.monde = monde
        self.franchis: Counter[EtatAchat] = Counter()
        self.bons = 0

    @initialize(depart=st.sampled_from(DEPARTS))
    def commencer(self, depart: EtatAchat) -> None:
        """Start anywhere on the way: from the call alone, random steps seldom go far."""
        postgres.empty(self.database.engine)
        self.monde.convention()
        self.monde.achat(articles=(PAPIER,))
        self.monde.ouvrir()
        self.franchis[EtatAchat.RECENSEMENT_OUVERT] += 1
        for siret, palettes in PARTS.items():
            self.monde.declarer(siret, str(palettes))
        while not passe(self.etat, depart):
            self._pas()[self.etat]()

    @property
    def etat(self) -> EtatAchat:
        return EtatAchat(self.monde.etat())

    def _franchir(self, vers: EtatAchat, usecase: Callable[..., Any], *args: Any, **k: Any) -> None:
        """Take a step if the rules allow it; a refusal changes nothing."""
        avant = self.etat
        try:
            self.monde.faire(usecase, self.monde.achat_id, *args, **k)
        except DomainError:
            assert self.etat is avant
        else:
            assert vers in suivants(avant)
            assert self.etat is vers
            self.franchis[vers] += 1

    def _ensemble(self, agir: Callable[[str], Any], membres: list[str]) -> list[bool]:
        """Everybody acts at once; who was refused learns it from a domain error, nothing else."""

        def tenter(siret: str) -> bool:
            try:
                agir(siret)
            except DomainError:
                return False
            return True

        with ThreadPoolExecutor(len(membres)) as fils:
            return list(fils.map(tenter, membres))

    @precondition(lambda self: not passe(self.etat, EtatAchat.NOTIFIE))
    @rule(membres=QUELQUES_MEMBRES, palettes=PALETTES)
    def declarer(self, membres: list[str], palettes: int) -> None:
        ouvert = self.etat is EtatAchat.RECENSEMENT_OUVERT
        verdicts = self._ensemble(lambda s: self.monde.declarer(s, str(palettes)), membres)
        assert verdicts == [ouvert] * len(membres)

    @precondition(lambda self: not passe(self.etat, EtatAchat.LANCE))
    @rule(siret=MEMBRES, reponse=st.sampled_from([Reponse.PARTICIPE, Reponse.DECLINE]))
    def repondre(self, siret: str, reponse: Reponse) -> None:
        nouvelle = NouvelleReponse(self.monde.achat_id, siret, reponse)
        verdict = self._ensemble(lambda _: self.monde.faire(repondre, nouvelle), [siret])
        assert verdict == [self.etat is EtatAchat.RECENSEMENT_OUVERT]

    def _pas(self) -> dict[EtatAchat, Callable[[], None]]:
        """The steps forward that a person decides, by the state they start from."""
        return {
            EtatAchat.RECENSEMENT_OUVERT: lambda: self._franchir(
                EtatAchat.RECENSEMENT_CLOS, clore_recensement
            ),
            EtatAchat.RECENSEMENT_CLOS: lambda: self._franchir(
                EtatAchat.CONSOLIDE, consolider, PARAMETRES
            ),
            EtatAchat.CONSOLIDE: lambda: self._franchir(EtatAchat.LANCE, lancer, PARAMETRES),
            EtatAchat.LANCE: lambda: self.notifier(0),
            EtatAchat.NOTIFIE: lambda: self.commander(sorted(PARTS), 3),
        }

    @precondition(lambda self: self.etat in self._pas())
    @rule()
    def avancer(self) -> None:
        self._pas()[self.etat]()

    @rule(depuis=st.sampled_from([EtatAchat.RECENSEMENT_CLOS, EtatAchat.CONSOLIDE]))
    def avancer_hors_de_propos(self, depuis: EtatAchat) -> None:
        if self.etat is not depuis:
            self._pas()[depuis]()

    @precondition(lambda self: self.franchis[EtatAchat.RECENSEMENT_OUVERT] < 3)
    @rule()
    def rouvrir(self) -> None:
        cloture = self.monde.clock.now() + dt.timedelta(days=7)
        self._franchir(
            EtatAchat.RECENSEMENT_OUVERT,
            rouvrir_recensement,
            cloture,
            motif="Un membre a oublié un site.",
            site=SITE,
        )

    @precondition(lambda self: passe(self.etat, EtatAchat.CONSOLIDE))
    @rule(hasard=st.integers(0, 9))
    def abandonner(self, hasard: int) -> None:
        if hasard == 0:
            self._franchir(EtatAchat.ABANDONNE, abandonner, "Les besoins ont disparu.")

    @precondition(lambda self: self.etat is EtatAchat.LANCE)
    @rule(moins=st.integers(0, 3))
    def notifier(self, moins: int) -> None:
        """The contract may be for a little less than what was asked."""
        self.monde.faire(ouvrir_quotas, self._marche(moins))
        self.franchis[EtatAchat.NOTIFIE] += 1

    def _marche(self, moins: int) -> MarcheNotifie:
        with self.monde.transactions.read() as session:
            consolidation = derniere_consolidation(session, self.monde.achat_id)
            (ligne,) = session.query(t.Ligne).filter_by(consolidation_id=consolidation.id)
        quantite = max(ligne.quantite - moins, Decimal(1))
        notifiee = LigneNotifiee(ligne.id, PAPIER.code, quantite, "palette", PRIX)
        return MarcheNotifie(
            MARCHE, "2026-07-0001-L1", self.monde.achat_id, 1, "Papier", demo.PAPETERIE.siret,
            demo.PAPETERIE.nom, Montant(quantite * PRIX), 12, self.monde.clock.today(), (notifiee,),
        )  # fmt: skip

    @precondition(lambda self: passe(self.etat, EtatAchat.NOTIFIE))
    @rule(membres=QUELQUES_MEMBRES, palettes=PALETTES)
    def commander(self, membres: list[str], palettes: int) -> None:
        self._ensemble(lambda s: self.monde.commander(s, palettes), membres)

    @precondition(lambda self: passe(self.etat, EtatAchat.NOTIFIE))
    @rule(rang=st.integers(0, 30))
    def annuler(self, rang: int) -> None:
        with self.monde.transactions.read() as session:
            requete = sa.select(t.Commande.id, t.Quota.siret).join(t.Commande.quota)
            commandes = session.execute(requete.order_by(t.Commande.reference)).all()
        if commandes:
            commande, siret = commandes[rang % len(commandes)]
            self._ensemble(
                lambda s: self.monde.faire(annuler_commande, commande, s, "Erreur de saisie"),
                [siret, siret],
            )

    @precondition(lambda self: passe(self.etat, EtatAchat.EN_EXECUTION))
    @rule(palettes=PALETTES)
    def recevoir(self, palettes: int) -> None:
        self.bons += 1
        nouvelle = NouvelleReception(
            self.monde.ligne_de_marche(),
            f"BL-{self.bons}",
            Decimal(palettes),
            self.monde.clock.today(),
        )
        self._ensemble(
            lambda _: self.monde.faire(enregistrer_reception, nouvelle), [demo.DEPARTEMENT.siret]
        )

    def _valeurs(self, requete: str) -> list[Any]:
        with self.database.session() as session:
            return list(session.execute(sa.text(requete)).all())

    @invariant()
    def i1_la_composition_fait_la_ligne(self) -> None:
        assert not self._valeurs(
            """SELECT l.id FROM ligne l JOIN composition c ON c.ligne_id = l.id
               GROUP BY l.id HAVING sum(c.quantite_base) <> l.quantite_base"""
        )

    @invariant()
    def i3_i6_nul_ne_depasse_sa_part(self) -> None:
        assert not self._valeurs(
            """SELECT q.id FROM quota q JOIN commande o ON o.quota_id = q.id AND o.etat = 'PASSEE'
               GROUP BY q.id HAVING sum(o.quantite) > q.quantite
               UNION ALL
               SELECT l.id FROM contrat_ligne l JOIN quota q ON q.contrat_ligne_id = l.id
               GROUP BY l.id HAVING sum(q.quantite) <> l.quantite"""
        )

    @invariant()
    def i4_une_livraison_est_repartie_entiere(self) -> None:
        assert not self._valeurs(
            """SELECT r.id FROM reception r LEFT JOIN part p ON p.reception_id = r.id
               GROUP BY r.id HAVING coalesce(sum(p.part), 0) + r.non_affecte <> r.quantite
               UNION ALL
               SELECT o.id FROM commande o JOIN part p ON p.commande_id = o.id
               GROUP BY o.id HAVING sum(p.part) > o.quantite"""
        )

    @invariant()
    def i8_chaque_pas_est_dit_une_fois(self) -> None:
        with self.database.session() as session:
            dits = Counter(
                PASSAGES[type_]
                for type_ in session.scalars(sa.select(outbox.c.type))
                if type_ in PASSAGES
            )
        assert dits == +self.franchis


def test_la_vie_d_un_achat(
    database: Callable[[str], Database],
    transactions: Callable[[str], Transactions],
    clock: FrozenClock,
) -> None:
    groupement = database("groupement")
    run_state_machine_as_test(
        lambda: VieDunAchat(groupement, Monde(transactions("groupement"), clock)),
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
