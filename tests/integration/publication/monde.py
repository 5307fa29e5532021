"""Facts and requests that the tests of this service share."""

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

from services.publication.domain.achats import AchatEnvisage, AchatLance, LigneLancee, LotLance
from services.publication.domain.consultation import Preparation
from services.publication.domain.valeurs import Organisation
from services.publication.tables import Avis
from services.publication.usecases.publier_avis import publier_avis_direct
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature, Parametres
from shared.kernel.seuils import Publicite, TypeProcedure
from shared.messaging.uow import Transactions

PARAMETRES = Parametres.depuis_yaml()
DEPARTEMENT = Organisation("90070001400013", "Département de l’Ardèche")
SDIS = Organisation("90070002200016", "SDIS 07")
SIRET = DEPARTEMENT.siret
URL = "http://localhost:8000"
ACHAT = uuid.UUID("0198a3c0-0000-7000-8000-000000000001")
LIGNE_PAPIER = uuid.UUID("0198a3c0-0000-7000-8000-000000000013")
LIGNE_ENVELOPPES = uuid.UUID("0198a3c0-0000-7000-8000-000000000014")
LIMITE = dt.datetime(2026, 3, 23, 11, tzinfo=dt.UTC)
"""Three weeks after the frozen clock of the tests, 2 March 2026."""


def envisage(**changements: Any) -> AchatEnvisage:
    """The story's purchase when it is considered."""
    return replace(
        AchatEnvisage(
            achat_id=ACHAT,
            objet="Papier et enveloppes 2026",
            cpv="30197630",
            nature=Nature.FOURNITURES,
            lieu="07",
            coordonnateur=DEPARTEMENT,
            montant_estime_ht=None,
            publication_prevue_le=dt.date(2026, 3, 16),
        ),
        **changements,
    )


def _ligne(ligne_id: uuid.UUID, article: str, designation: str, quantite: str) -> LigneLancee:
    return LigneLancee(
        ligne_id=ligne_id,
        article=article,
        designation=designation,
        unite_base="feuille",
        quantite_base=Decimal(quantite) * 60000,
        conditionnement="palette",
        quantite=Decimal(quantite),
        lieu="Ardèche",
    )


def lance(**changements: Any) -> AchatLance:
    """The story's purchase when it is launched: two lots, one line each."""
    return replace(
        AchatLance(
            achat_id=ACHAT,
            objet="Papier et enveloppes 2026",
            cpv="30197630",
            nature=Nature.FOURNITURES,
            lieu="07",
            montant_estime_ht=Montant("65880.00"),
            procedure=TypeProcedure.MAPA,
            publicite=Publicite.LIBRE,
            date_lancement=dt.date(2026, 3, 2),
            duree_mois=12,
            coordonnateur=DEPARTEMENT,
            contact="achats@departement07.exemple",
            membres=(DEPARTEMENT, SDIS),
            avance_taux=Decimal("0.05"),
            lots=(
                LotLance(
                    numero=1,
                    objet="Papier A4 80 g",
                    cpv="30197630",
                    montant_estime_ht=Montant("47880.00"),
                    lignes=(_ligne(LIGNE_PAPIER, "PAPIER-A4-80", "Papier A4 80 g", "105"),),
                ),
                LotLance(
                    numero=2,
                    objet="Enveloppes",
                    cpv="30199230",
                    montant_estime_ht=Montant("18000.00"),
                    lignes=(_ligne(LIGNE_ENVELOPPES, "ENVELOPPE-C5", "Enveloppe C5", "12"),),
                ),
            ),
        ),
        **changements,
    )


def minimal(**changements: Any) -> Preparation:
    """The five pieces of information of A2, and the amount that makes them enough."""
    return replace(
        Preparation(
            objet="Entretien des espaces verts",
            cpv="77310000",
            lieu="07019",
            contact="achats@departement07.exemple",
            montant_estime_ht=Montant("45000"),
            date_limite=LIMITE,
        ),
        **changements,
    )


def publier(transactions: Transactions, preparation: Preparation | None = None) -> Avis:
    """Publish a notice directly."""
    with transactions.begin(acteur="coordonnatrice") as uow:
        return publier_avis_direct(
            uow, PARAMETRES, preparation or minimal(), DEPARTEMENT, public_url=URL
        ).avis
