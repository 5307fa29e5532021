"""Tables of groupement, one module per aggregate; their constraints hold the invariants."""

from services.groupement.tables.acces import AccesMembre
from services.groupement.tables.achats import Achat, Article, Lot, Participation
from services.groupement.tables.appels import Appel, ParticipationLot, Rappel, Relance
from services.groupement.tables.base import Base, Compteur
from services.groupement.tables.besoins import Besoin, Brouillon, Increment
from services.groupement.tables.consolidations import Composition, Consolidation, Ligne
from services.groupement.tables.contrats import Contrat, ContratLigne, Paiement, Quota
from services.groupement.tables.conventions import Adhesion, Agent, Convention, Organisation
from services.groupement.tables.decoupages import Decoupage
from services.groupement.tables.evaluations import (
    AvisEvaluation,
    Evaluation,
    GrilleEvaluation,
    NoteEvaluation,
)
from services.groupement.tables.executions import Anomalie, Commande, Part, Reception
from services.groupement.tables.historique import DemandeSequence, Historique
from services.groupement.tables.innovation import DefinitionBesoins, Innovation
from services.groupement.tables.insertion import (
    AffectationHeures,
    ClauseInsertion,
    HeuresInsertion,
)
from services.groupement.tables.modifications import (
    Avenant,
    Frais,
    PartFrais,
    PrixLigne,
    ReponseSubstitution,
    Solde,
    Substitution,
)
from services.groupement.tables.mouvements import (
    Liberation,
    LivraisonPrevue,
    TransfertQuota,
    commande_vivante,
)
from services.groupement.tables.opportunites import (
    Attribution,
    Opportunite,
    OpportunitePrevision,
    Prevision,
)

__all__ = [
    "AccesMembre",
    "Achat",
    "Adhesion",
    "AffectationHeures",
    "Agent",
    "Anomalie",
    "Appel",
    "Article",
    "Attribution",
    "Avenant",
    "AvisEvaluation",
    "Base",
    "Besoin",
    "Brouillon",
    "ClauseInsertion",
    "Commande",
    "Composition",
    "Compteur",
    "Consolidation",
    "Contrat",
    "ContratLigne",
    "Convention",
    "Decoupage",
    "DefinitionBesoins",
    "DemandeSequence",
    "Evaluation",
    "Frais",
    "GrilleEvaluation",
    "HeuresInsertion",
    "Historique",
    "Increment",
    "Innovation",
    "Liberation",
    "Ligne",
    "LivraisonPrevue",
    "Lot",
    "NoteEvaluation",
    "Opportunite",
    "OpportunitePrevision",
    "Organisation",
    "Paiement",
    "Part",
    "PartFrais",
    "Participation",
    "ParticipationLot",
    "Prevision",
    "PrixLigne",
    "Quota",
    "Rappel",
    "Reception",
    "Relance",
    "ReponseSubstitution",
    "Solde",
    "Substitution",
    "TransfertQuota",
    "commande_vivante",
]
