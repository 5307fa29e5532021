"""Hand a member its history; take over, read-only, one that another instance exported."""

import datetime as dt
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import fastjsonschema
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.historique import FORMAT, empreinte, exiger_intact
from services.groupement.queries.historique import Instance, contenu
from shared.kernel.clock import Clock
from shared.kernel.errors import ValidationError
from shared.messaging.envelope import jsonable
from shared.messaging.uow import UnitOfWork

TAILLE_MAX = 200 * 1024 * 1024


def exporter_historique(
    session: Session, siret: str, instance: Instance, clock: Clock
) -> dict[str, Any]:
    """The sealed document of everything the member owns here (M6)."""
    lu = contenu(session, siret, instance)
    organisation = lu["organisation"]
    return {
        "format": FORMAT,
        "exporte_le": jsonable(clock.now()),
        "instance": {"siret": instance.siret, "nom": instance.nom},
        "membre": {"siret": organisation["siret"], "nom": organisation["nom"]},
        "empreinte": empreinte(lu),
        "contenu": lu,
    }


def lire_historique(brut: bytes) -> dict[str, Any]:
    """Read a document and check its shape and its seal; raise `ValidationError` that says where."""
    if len(brut) > TAILLE_MAX:
        raise ValidationError("Ce fichier dépasse 200 Mo.", code="fichier_trop_gros")
    try:
        document: dict[str, Any] = json.loads(brut)
    except ValueError as erreur:
        raise ValidationError("Ce fichier n’est pas du JSON.", code="fichier_illisible") from erreur
    try:
        _schema()(document)
    except fastjsonschema.JsonSchemaValueException as erreur:
        raise ValidationError(
            f"Ce fichier n’est pas un historique {FORMAT}\u00a0: {erreur.name} ({erreur.message}).",
            code="historique_invalide",
        ) from erreur
    exiger_intact(document)
    return document


@cache
def _schema() -> Any:
    ressource = files("services.groupement").joinpath("donnees/historique-1.schema.json")
    return fastjsonschema.compile(json.loads(ressource.read_text(encoding="utf-8")))


def reprendre_historique(uow: UnitOfWork, document: Mapping[str, Any]) -> t.Historique | None:
    """Keep the history word for word; None when this very one is already here."""
    siret, sceau = document["membre"]["siret"], document["empreinte"]
    uow.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(sceau))))
    connu = sa.select(t.Historique.id).where(
        t.Historique.siret == siret, t.Historique.empreinte == sceau
    )
    if uow.session.scalar(connu):
        return None
    repris = t.Historique(
        id=uow.new_id(),
        siret=siret,
        instance_siret=document["instance"]["siret"],
        instance_nom=document["instance"]["nom"],
        exporte_le=dt.datetime.fromisoformat(document["exporte_le"]),
        empreinte=sceau,
        contenu=document["contenu"],
        repris_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(repris)
    uow.session.flush()
    uow.audit("historique.repris", siret, {"instance": repris.instance_siret, "empreinte": sceau})
    uow.emit(
        "groupement.historique.repris.v1",
        subject=str(repris.id),
        data={
            "historique_id": repris.id,
            "membre": document["membre"],
            "origine": document["instance"],
            "exporte_le": repris.exporte_le,
            "achats": len(repris.contenu["achats"]),
            "empreinte": sceau,
        },
    )
    return repris
