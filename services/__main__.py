"""`python -m services`, installed as `essaim`: the whole platform, and its tools."""

import datetime as dt
import importlib
import sys

import click

from services import outils
from services.plateforme import SERVICES, Plateforme, supervise
from shared.contracts import documentation
from shared.kernel.clock import SystemClock
from shared.kernel.parametres import Parametres
from shared.ops import cli, commands, logs, places, web_server
from shared.ops.demo import PERSONAS
from shared.ops.service import Service
from shared.ops.version import VERSION

SERVICE = click.Choice(SERVICES)


@click.group(
    invoke_without_command=True,
    help="Essaim : achats groupés des collectivités.",
    context_settings={"max_content_width": 110},
)
@click.version_option(VERSION, prog_name="essaim")
@click.pass_context
def essaim(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        context.invoke(run)


@essaim.command()
def run() -> None:
    """La plateforme entière sur cette machine, jusqu’à Ctrl-C."""
    sys.exit(supervise(click.echo, on_ready=_welcome))


def _welcome(plateforme: Plateforme, seconds: float) -> None:
    url = plateforme.settings.public_url
    lines = [
        "",
        f"Essaim est prêt en {seconds:.1f} s : {plateforme.settings.instance_nom}",
        "",
        f"  Guichet unique des avis     {url}/",
        f"  Groupement                  {url}/groupement/",
        f"  Paiement                    {url}/paiement/",
        f"  Alertes des entreprises     {url}/alertes/",
        f"  Journal des événements      {url}/journal",
        f"  Courriels envoyés           {url}/messages",
        f"  Sondes et mesures           {url}/health  {url}/metrics",
        "",
        f"Entrer comme ({url}/connexion) :",
    ]
    lines += [f"  {p.id:<16} {p.libelle}, {p.organisation.nom}" for p in PERSONAS.values()]
    lines += ["", "Ctrl-C arrête tout ; les données restent.", ""]
    click.echo("\n".join(lines))


@essaim.command()
def story() -> None:
    """Joue l’histoire complète sur une plateforme neuve, et vérifie chaque fait."""
    jouer = importlib.import_module("services.story.jouer").jouer
    sys.exit(jouer(click.echo))


@essaim.command(hidden=True)
def web() -> None:
    """Les quatre applications web dans un seul processus."""
    wsgi = importlib.import_module("services.wsgi")
    settings = Service(SERVICES[0]).settings()
    logs.configure(settings)
    web_server.serve(wsgi.create, settings)


@essaim.command()
@click.argument("services", nargs=-1, type=SERVICE)
def worker(services: tuple[str, ...]) -> None:
    """Le processus des événements, pour tous les services ou ceux que l’on nomme."""
    commands.worker(list(services or SERVICES))


@essaim.command()
@click.argument("services", nargs=-1, type=SERVICE)
def migrate(services: tuple[str, ...]) -> None:
    """Met à jour les bases (et les files du courtier, s’il y en a un)."""
    for name in services or SERVICES:
        commands.migrate_service(Service(name))
        click.echo(f"{name} : à jour")


@essaim.command()
def check() -> None:
    """Vérifie configuration, bases, schémas et courtier."""
    cli.check(*(Service(name) for name in SERVICES))


@essaim.command()
@click.option("--quiet", is_flag=True, help="Ne dit rien de ce qui est ajouté.")
def seed(quiet: bool) -> None:
    """Remplit la démonstration ; sans effet la seconde fois."""
    cli.seed(*(Service(name) for name in SERVICES), quiet=quiet)


@essaim.command()
@click.option("--verifier", is_flag=True, help="N’écrit rien ; échoue si un document est périmé.")
def contrats(verifier: bool) -> None:
    """Écrit la documentation des événements à partir de leurs contrats."""
    stale = documentation.generer(places.CHECKOUT, verifier=verifier)
    if verifier and stale:
        cli.fail(f"Documents périmés : {', '.join(map(str, stale))}. Lancez « make contracts ».")
    click.echo(f"Contrats : {'à jour' if not stale else ', '.join(map(str, stale))}")


@essaim.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Par défaut, aujourd’hui.")
def parametres(day: dt.datetime | None) -> None:
    """Les seuils et taux légaux en vigueur un jour donné, avec leur source."""
    wanted = day.date() if day else SystemClock().today()
    for row in Parametres.depuis_yaml():
        if row.du <= wanted and (row.au is None or wanted <= row.au):
            mark = " " if row.verifie else "?"
            scope = ", ".join(sorted([*(row.natures or ()), *(row.acheteurs or ())]))
            click.echo(f"{mark} {row.code:<34} {row.valeur!s:>12}  depuis {row.du}  {row.ref}")
            if scope:
                click.echo(f"  {'':<34} {'':>12}  pour {scope}")


for tool in (outils.lettres, outils.relay, outils.audit, outils.openapi):
    essaim.add_command(tool)


def main() -> None:
    """Entry of the `essaim` command; services add the commands that are theirs alone."""
    for name in SERVICES:
        for own in Service(name).commandes:
            essaim.add_command(own)
    cli.run(essaim)


if __name__ == "__main__":
    main()
