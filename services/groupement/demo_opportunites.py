"""What the demonstration's members plan, and the contracts that its guard counts on."""

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.programmation import Projet, reference_de
from services.groupement.jobs import chercher_opportunites
from services.groupement.usecases.inscrire_prevision import inscrire_prevision
from services.groupement.usecases.noter_attribution import Attribution, noter_attribution
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.ops import demo
from shared.ops.context import ServiceContext

DEP, SDIS, SDEA, VH, AUB = (membre.siret for membre in demo.MEMBRES)
PRIVAS, AUBENAS, ANNONAY = "07186", "07019", "07010"
ESPACE_DE_NOMS = uuid.UUID("0198a3c0-0000-7000-8000-00000000de00")


class _Prevu(NamedTuple):
    """A plan; days count from today."""

    siret: str
    objet: str
    cpv: str
    lieu: str
    debut: int
    fin: int
    montant: str
    nature: Nature = Nature.FOURNITURES


PREVUS = (
    _Prevu(SDIS, "Vérification des extincteurs", "50413200", PRIVAS, 40, 120, "18000",
           Nature.SERVICES),
    _Prevu(VH, "Maintenance des extincteurs des résidences", "50413200", ANNONAY, 60, 150, "52000",
           Nature.SERVICES),
    _Prevu(AUB, "Extincteurs des écoles : contrôle annuel", "50413200", AUBENAS, 30, 95, "9500",
           Nature.SERVICES),
    _Prevu(DEP, "Mobilier des collèges", "39160000", PRIVAS, 90, 200, "165000"),
    _Prevu(AUB, "Tables et chaises des écoles", "39161000", AUBENAS, 100, 160, "24000"),
    _Prevu(SDEA, "Vêtements de travail des agents", "18110000", PRIVAS, 45, 110, "31000"),
    _Prevu(SDIS, "Tenues de service", "18110000", PRIVAS, 20, 90, "84000"),
    _Prevu(VH, "Vêtements des gardiens", "18113000", ANNONAY, 130, 220, "12000"),
    _Prevu(SDEA, "Analyses de l’eau", "71600000", PRIVAS, 60, 120, "48000", Nature.SERVICES),
)  # fmt: skip


class _Connu(NamedTuple):
    """A past contract of the département; days count back from today."""

    cpv: str
    titulaire: str
    pme: bool
    montant: str
    jours: int


CONNUS = (
    _Connu("50413200", "Extincteurs du Vivarais", True, "14000", 410),
    _Connu("50413200", "Sécurité Cévenole", True, "46000", 220),
    _Connu("50413200", "Protection Incendie France", False, "310000", 150),
    _Connu("39161000", "Ateliers du Coiron", True, "38000", 530),
    _Connu("39160000", "Mobilier Rhodanien", True, "92000", 300),
    _Connu("18110000", "Tissages d’Annonay", True, "27000", 600),
    _Connu("18110000", "Équipement Pro", False, "240000", 90),
)


def semer_opportunites(context: ServiceContext) -> int:
    """Write the plans and the known contracts once, then look for opportunities."""
    with context.transactions.begin(acteur="demonstration") as uow:
        if uow.session.scalar(sa.select(sa.exists().where(t.Prevision.source == "saisie"))):
            return 0
        jour = context.clock.today()
        for prevu in PREVUS:
            inscrire_prevision(uow, prevu.siret, _projet(prevu, jour))
        for attribution in _attributions(jour):
            noter_attribution(uow, attribution)
    chercher_opportunites(context)
    return len(PREVUS)


def _projet(prevu: _Prevu, jour: dt.date) -> Projet:
    return Projet(
        reference=reference_de(None, prevu.objet),
        objet=prevu.objet,
        cpv=prevu.cpv,
        nature=prevu.nature,
        lieu=prevu.lieu,
        debut=jour + dt.timedelta(days=prevu.debut),
        fin=jour + dt.timedelta(days=prevu.fin),
        montant_estime_ht=Montant(Decimal(prevu.montant)),
        fin_contrat_le=jour + dt.timedelta(days=prevu.fin + 120),
    )


def _attributions(jour: dt.date) -> Iterator[Attribution]:
    """Fictitious firms: their SIRETs only tell them apart."""
    for rang, connu in enumerate(CONNUS, start=1):
        yield Attribution(
            marche_id=uuid.uuid5(ESPACE_DE_NOMS, f"{connu.titulaire} {connu.cpv}"),
            cpv=connu.cpv,
            lieu="07",
            acheteur_siret=DEP,
            titulaire_siret=f"9100{rang:02d}00000000",
            titulaire_nom=connu.titulaire,
            titulaire_pme=connu.pme,
            montant_ht=Montant(connu.montant),
            notifie_le=jour - dt.timedelta(days=connu.jours),
        )
