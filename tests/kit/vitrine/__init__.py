"""A service that only shows the kit: every block of the layout, filled, empty and in error."""

import datetime as dt
from decimal import Decimal
from typing import Any

from flask import Blueprint, Flask, redirect, render_template, request
from marshmallow import Schema, fields, validate

from shared.kernel.clock import Clock, FrozenClock
from shared.kernel.errors import ConflictError, ContractError, NotFoundError, TemporaryError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres
from shared.ops.context import ServiceContext, build_context
from shared.ops.settings import Settings
from shared.web import login
from shared.web import pages as pages_instance
from shared.web.access import Utilisateur, allow, public
from shared.web.app import create_app
from shared.web.charts import bullet, histogramme, jauge
from shared.web.fields import CpvField, JourField, MontantField, QuantiteField, SiretField
from shared.web.forms import CaseField, FichierField, Form
from shared.web.pagination import decouper, page_demandee
from shared.web.stricte import BlueprintStrict

INSTANT = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
UNITES = [("palette", "Palette"), ("carton", "Carton"), ("ramette", "Ramette")]
DELAIS = (
    [3] * 12 + [8] * 40 + [14] * 90 + [19] * 130 + [24] * 110 + [30] * 60 + [33] * 30 + [62] * 9
)
AVIS = [
    ("Papier et enveloppes 2026", "Département de l’Ardèche", "30197630", 65880, 12, True),
    (
        "Rénovation énergétique du collège",
        "Département de l’Ardèche",
        "45300000",
        1180000,
        31,
        False,
    ),
    ("Entretien des espaces verts", "Commune d’Aubenas", "77310000", 38000, 1, False),
    ("Équipements de protection individuelle", "SDIS 07", "35113400", 89000, 45, True),
]
MEMBRES = ("Département de l’Ardèche", "SDIS 07", "SDEA", "Vivarais Habitat")
FAMILLES = ("Papier", "Énergie", "Entretien", "Véhicules", "Logiciels", "Mobilier")
FACTURES = [
    ("F-2026-0859", "Garage du Rhône", "864.90", 33, False, "Service fait"),
    ("F-2026-0870", "Bureau Vivarais", "1240.00", 18, True, "Suspendue"),
    ("F-2026-0866", "Cévennes Fournitures", "3120.50", 27, False, "Service fait"),
    ("F-2026-0871", "Papeterie du Coiron", "32832.00", 2, False, "Reçue"),
]


class BesoinForm(Form):
    """One field of each kind."""

    objet = fields.String(
        required=True, validate=validate.Length(min=3), metadata={"libelle": "Objet du besoin"}
    )
    quantite = QuantiteField(required=True, metadata={"libelle": "Quantité"})
    unite = fields.String(required=True, validate=validate.OneOf([u for u, _ in UNITES]))
    livraison = JourField()
    lots = fields.List(fields.String(), validate=validate.Length(min=1))
    ferme = CaseField()
    note = fields.String()
    tableur = FichierField()


class CommandeSchema(Schema):
    """One field of each kind that the API knows."""

    quantite = QuantiteField(required=True, metadata={"libelle": "Quantité"})
    montant = MontantField(required=True)
    siret = SiretField()
    cpv = CpvField()
    jour = JourField()


pages = Blueprint("vitrine", __name__)
api = BlueprintStrict("commandes", __name__, url_prefix="/vitrine/api/v1", description="Commandes")


@pages.get("/")
@public
def accueil() -> str:
    return render_template("vitrine/accueil.html", avis=_avis())


def _avis() -> list[dict[str, Any]]:
    cles = ("objet", "acheteur", "cpv", "montant", "jours", "groupe")
    return [
        dict(zip(cles, avis, strict=True), limite=INSTANT + dt.timedelta(days=avis[4]))
        for avis in AVIS
    ]


@pages.get("/avis")
@public
def avis() -> str:
    trouves = [] if request.args.get("q") == "rien" else _avis() * 30
    page = decouper(trouves, page_demandee(), 4)
    gabarit = "vitrine/_resultats.html" if "HX-Request" in request.headers else "vitrine/avis.html"
    return render_template(gabarit, page=page)


@pages.route("/groupement/besoins", methods=["GET", "POST"])
@allow("agent")
def besoins() -> Any:
    if request.method == "GET":
        form = BesoinForm.initial({"unite": "carton", "lots": ["2"], "quantite": "720"})
        return render_template("vitrine/besoins.html", form=form, unites=UNITES)
    form = BesoinForm.bind(request.form, request.files)
    if form.valid:
        return redirect("/groupement/", 303)
    return render_template("vitrine/besoins.html", form=form, unites=UNITES), 422


@pages.get("/groupement/")
@allow("agent", "coordonnateur")
def suivi() -> str:
    valeurs = {
        (m, f): Decimal(4000) * (i + 1) * (j * j) / 4
        for i, m in enumerate(MEMBRES[:3])
        for j, f in enumerate(FAMILLES)
    }
    return render_template(
        "vitrine/suivi.html", membres=MEMBRES, familles=FAMILLES, valeurs=valeurs,
        jauge=jauge(Decimal(65880), Decimal(60000), titre="Seuil de 60 000 €", phrase="Dépassé."),
        heures=bullet(420, 700, 900, titre="Heures d’insertion", phrase="420 sur 900."),
    )  # fmt: skip


@pages.get("/paiement/factures")
@allow("finances")
def factures() -> str:
    cles = ("numero", "fournisseur", "montant", "jours", "suspendue", "etape")
    lues = [dict(zip(cles, facture, strict=True)) for facture in FACTURES]
    svg = histogramme(DELAIS, titre="Délais de paiement des douze derniers mois")
    return render_template("vitrine/factures.html", factures=lues, svg=svg)


@pages.get("/panne/<genre>")
@public
def panne(genre: str) -> str:
    erreurs: dict[str, Exception] = {
        "conflit": ConflictError("Le recensement est clos.", code="recensement_clos", reste=3),
        "absent": NotFoundError("Cet achat n’existe pas."),
        "temporaire": TemporaryError("La banque ne répond pas."),
        "contrat": ContractError("Il manque « objet »."),
        "bogue": RuntimeError("secret interne"),
    }
    raise erreurs[genre]


@api.post("/commandes")
@allow("agent", "api")
@api.arguments(CommandeSchema)
@api.response(201, CommandeSchema)
def commander(donnees: dict[str, Any]) -> dict[str, Any]:
    return donnees


@api.get("/commandes")
@allow("api")
@api.response(200, CommandeSchema(many=True))
def lister() -> list[dict[str, Any]]:
    return [{"quantite": Decimal("600000.000000"), "montant": Montant("12.50")}]


@api.get("/panne")
@public
def panne_api() -> None:
    raise ConflictError("Quota dépassé.", code="quota_depasse", champs={"quantite": "Reste 3."})


def jeton_de_test(jeton: str) -> Utilisateur | None:
    if jeton != "bon-jeton":
        return None
    return Utilisateur("logiciel-sdis", "Logiciel", "90070002200016", "SDIS 07", frozenset({"api"}))


def contexte(clock: Clock | None = None, **environ: str) -> ServiceContext:
    """A context whose database is never reached."""
    variables = {"DATABASE_URL": "postgresql://absent@127.0.0.1:1/absent", **environ}
    reel = build_context(Settings.from_env("vitrine", variables))
    return ServiceContext(
        reel.settings,
        reel.database,
        reel.transactions,
        clock or FrozenClock(INSTANT),
        Parametres.depuis_yaml(),
    )


def application(**environ: str) -> Flask:
    """The shop window as a real application."""
    ctx = contexte(**environ)
    socle = [login.blueprint(ctx), pages_instance.blueprint(ctx)]
    return create_app(
        ctx, pages=[pages, *socle], api=[api], package="tests.kit.vitrine", jetons=jeton_de_test
    )
