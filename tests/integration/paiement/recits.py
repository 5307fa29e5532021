"""A contract and everything that happened to it, as the events that tell it."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from shared.contracts import catalogue
from shared.kernel.montant import Montant
from shared.ops import demo
from tests.kit.paiement import DEPARTEMENT

DEP = {"siret": DEPARTEMENT, "nom": demo.DEPARTEMENT.nom}
SDIS = {"siret": demo.SDIS.siret, "nom": demo.SDIS.nom}
NUMEROS = count(1)


@dataclass(frozen=True, slots=True)
class Fait:
    """A fact of the story, with the data of its event."""

    type: str
    donnees: dict[str, Any]


class Recit:
    """A contract of its own, and everything that happened to it."""

    def __init__(self) -> None:
        self.numero = next(NUMEROS)
        self.marche = uuid.uuid4()
        self.reference = f"2026-07-{self.numero:04}-L1"
        self.ids = {nom: uuid.uuid4() for nom in ("c1", "c2", "c3", "c4", "r1", "r2", "x1", "s1")}

    def notifie(self) -> Fait:
        return self._fait("publication.marche.notifie.v1", reference=self.reference)

    def faits(self) -> list[Fait]:
        """Four orders, two releases, a delivery taken back, a surplus given, two amendments."""
        return [
            self.notifie(),
            self._commande("c1", DEP, "40"),
            self._commande("c2", SDIS, "10"),
            self._commande("c3", SDIS, "1"),
            self._commande("c4", DEP, "5"),
            self._fait("groupement.commande.annulee.v1", commande_id=self._id("c4"), membre=DEP),
            self._liberation("c1", "5", "CLOTURE"),
            self._liberation("c1", "2", "AVOIR"),
            *self.livraisons(),
            self._avenant(1, "1200.00", "2027-02-27"),
            self._avenant(2, "-200.00", "2027-04-30"),
        ]

    def livraisons(self) -> list[Fait]:
        """A delivery recorded by mistake, its reverse, the right one, its surplus."""
        return [
            self._reception("r1", "30", "2026-02-27", c1="23", c2="7"),
            self._fait(
                "groupement.reception.contrepassee.v1",
                reception_id=self._id("x1"),
                origine_id=self._id("r1"),
                quantite="-30",
                recue_le="2026-02-27",
                parts=[self._part(c, p) for c, p in (("c1", "-23"), ("c2", "-7"))],
            ),
            self._reception("r2", "31", "2026-03-01", c1="22", c2="8"),
            self._fait(
                "groupement.surplus.attribue.v1",
                reception_id=self._id("s1"),
                origine_id=self._id("r2"),
                membre=SDIS,
                commande_id=self._id("c3"),
                quantite="1",
                recue_le="2026-03-01",
            ),
        ]

    def _id(self, nom: str) -> str:
        return str(self.ids[nom])

    def _fait(self, type_: str, **champs: Any) -> Fait:
        contrat = catalogue.load().get(type_)
        donnees = {**contrat.sample, "marche_id": str(self.marche), **champs}
        catalogue.load().validate(type_, donnees)
        return Fait(type_, donnees)

    def _commande(self, nom: str, membre: dict[str, str], quantite: str) -> Fait:
        return self._fait(
            "groupement.commande.passee.v1",
            commande_id=self._id(nom),
            reference=f"CMD-{self.numero}-{nom}",
            membre=membre,
            quantite=quantite,
            montant_ht=str(Montant(Decimal(quantite) * 456)),
        )

    def _liberation(self, commande: str, quantite: str, genre: str) -> Fait:
        return self._fait(
            "groupement.commande.liberee.v1",
            liberation_id=str(uuid.uuid4()),
            commande_id=self._id(commande),
            quantite=quantite,
            genre=genre,
        )

    def _reception(self, nom: str, quantite: str, jour: str, **parts: str) -> Fait:
        lues = [
            self._part(commande, part) | {"demande": "40", "explication": "essai"}
            for commande, part in parts.items()
        ]
        return self._fait(
            "groupement.reception.enregistree.v1",
            reception_id=self._id(nom),
            quantite=quantite,
            recue_le=jour,
            parts=lues,
        )

    def _part(self, commande: str, part: str) -> dict[str, Any]:
        membre = DEP if commande == "c1" else SDIS
        return {
            "membre": membre,
            "courriel": None,
            "commande_id": self._id(commande),
            "part": part,
        }

    def _avenant(self, numero: int, montant: str, fin: str) -> Fait:
        return self._fait(
            "groupement.avenant.conclu.v1",
            avenant_id=str(uuid.uuid4()),
            numero=numero,
            montant_ht=montant,
            fin_le=fin,
        )
