"""Closed lists of the open data of contracts (DECP 2.0.3), word for word."""

NATURES = ("Marché", "Marché de partenariat", "Marché de défense ou de sécurité")
PROCEDURES = (
    "Procédure adaptée",
    "Appel d'offres ouvert",
    "Appel d'offres restreint",
    "Procédure avec négociation",
    "Marché passé sans publicité ni mise en concurrence préalable",
    "Dialogue compétitif",
)
SANS_OBJET = "Sans objet"
TECHNIQUES = (
    "Accord-cadre",
    "Concours",
    "Système de qualification",
    "Système d'acquisition dynamique",
    "Catalogue électronique",
    "Enchère électronique",
    SANS_OBJET,
)
MODALITES = ("Tranches", "Bons de commande", "Marchés subséquents", SANS_OBJET)
CCAG = (
    "Travaux",
    "Maitrise d'œuvre",
    "Fournitures courantes et services",
    "Marchés industriels",
    "Prestations intellectuelles",
    "Techniques de l'information et de la communication",
    "Pas de CCAG",
)
GROUPEMENTS = ("Conjoint", "Solidaire", "Pas de groupement")
TYPES_PRIX = (
    "Définitif ferme",
    "Définitif actualisable",
    "Définitif révisable",
    "Provisoire",
)
FORMES_PRIX = ("Unitaire", "Forfaitaire", "Mixte")
PAS_DE_SOCIAL = "Pas de considération sociale"
SOCIALES = ("Clause sociale", "Critère social", "Marché réservé", PAS_DE_SOCIAL)
PAS_D_ENVIRONNEMENT = "Pas de considération environnementale"
ENVIRONNEMENTALES = (
    "Clause environnementale",
    "Critère environnemental",
    PAS_D_ENVIRONNEMENT,
)
LIEUX = (
    "Code postal",
    "Code commune",
    "Code arrondissement",
    "Code canton",
    "Code département",
    "Code région",
    "Code pays",
)
VARIATIONS = ("Ferme", "Actualisable", "Révisable")
SIRET = "SIRET"
