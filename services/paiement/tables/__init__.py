"""Tables of paiement, one module per aggregate; their constraints hold the invariants."""

from services.paiement.tables.acces import AccesApi
from services.paiement.tables.affaires import Affaire
from services.paiement.tables.avances import Avance, Recuperation
from services.paiement.tables.base import Base
from services.paiement.tables.cartes import (
    Carte,
    FournisseurReference,
    OperationCarte,
    PassageCarte,
    PieceCarte,
    PlafondCategorie,
)
from services.paiement.tables.decomptes import (
    ConditionsMarche,
    Decompte,
    LigneDecompte,
    PartSousTraitant,
    PassageDecompte,
    SousTraitant,
)
from services.paiement.tables.decp import DecpActe, DecpAlerte, DecpComplement, DecpVersion
from services.paiement.tables.ecritures import ControleComptes, Ecriture, Mouvement
from services.paiement.tables.engagements import Avenant, Liberation
from services.paiement.tables.factures import Facture, Fichier, Passage, Rapprochement
from services.paiement.tables.horloge import AlerteEcheance, Depart, EtatLiquidatif
from services.paiement.tables.liquidation import LigneLiquidation, LotLiquidation
from services.paiement.tables.litiges import Avoir, Contestation
from services.paiement.tables.marches import (
    Acheteur,
    Commande,
    Marche,
    PartReception,
    Reception,
)
from services.paiement.tables.ordres import OrdreService, PassageOrdre
from services.paiement.tables.parametres import ParametreSaisi
from services.paiement.tables.programmes import (
    DesignationCarte,
    LigneBudgetaire,
    ProgrammeCarte,
)
from services.paiement.tables.rapprochements import (
    ExceptionFacture,
    LigneFacture,
    ReglageReception,
    ServiceDestinataire,
)
from services.paiement.tables.releves import ArticleReleve, LigneReleve, Releve, SuiviLigne
from services.paiement.tables.suivi import LienFournisseur, PieceFournisseur

__all__ = [
    "AccesApi",
    "Acheteur",
    "Affaire",
    "AlerteEcheance",
    "ArticleReleve",
    "Avance",
    "Avenant",
    "Avoir",
    "Base",
    "Carte",
    "Commande",
    "ConditionsMarche",
    "Contestation",
    "ControleComptes",
    "Decompte",
    "DecpActe",
    "DecpAlerte",
    "DecpComplement",
    "DecpVersion",
    "Depart",
    "DesignationCarte",
    "Ecriture",
    "EtatLiquidatif",
    "ExceptionFacture",
    "Facture",
    "Fichier",
    "FournisseurReference",
    "Liberation",
    "LienFournisseur",
    "LigneBudgetaire",
    "LigneDecompte",
    "LigneFacture",
    "LigneLiquidation",
    "LigneReleve",
    "LotLiquidation",
    "Marche",
    "Mouvement",
    "OperationCarte",
    "OrdreService",
    "ParametreSaisi",
    "PartReception",
    "PartSousTraitant",
    "Passage",
    "PassageCarte",
    "PassageDecompte",
    "PassageOrdre",
    "PieceCarte",
    "PieceFournisseur",
    "PlafondCategorie",
    "ProgrammeCarte",
    "Rapprochement",
    "Reception",
    "Recuperation",
    "ReglageReception",
    "Releve",
    "ServiceDestinataire",
    "SousTraitant",
    "SuiviLigne",
]
