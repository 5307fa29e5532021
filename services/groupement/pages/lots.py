"""« Découper autrement » : look at other lots, then apply them with a reason."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, request
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.allotissement import LIBELLES, MOTIFS
from services.groupement.domain.decoupage import DECOUPABLES, dire_redemandees
from services.groupement.pages.conduite import agir
from services.groupement.pages.formulaires_lots import CoupeForm, DecoupageForm
from services.groupement.pages.vues import Vue, achat_conduit, rendu, vers_achat
from services.groupement.queries.achats import noms
from services.groupement.queries.decoupages import Projet, appliques, projeter, sortis
from services.groupement.usecases.redecouper import NouveauDecoupage, redecouper
from shared.kernel.errors import DomainError
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow
from shared.web.context import context, reading
from shared.web.forms import Form

MONTRES = 100
pages = Blueprint("groupement_lots", __name__, url_prefix="/groupement/achats/<uuid:achat_id>")


@pages.route("/decoupage", methods=["GET", "POST"])
@allow("coordonnateur")
def decouper(achat_id: uuid.UUID) -> Vue:
    """Show what another cutting gives and whose answer it would ask again, then apply it."""
    if request.method == "POST":
        form = DecoupageForm.bind(request.form)
        if form.valid and agir(achat_id, form, lambda uow: _appliquer(uow, achat_id, form)):
            flash("Les lots sont redécoupés.", "ok")
            return vers_achat(achat_id)
    else:
        form = DecoupageForm.initial({"cloture_heure": "17:00", **request.args})
    with reading() as session:
        achat, connus = achat_conduit(session, achat_id), noms(session)
        return rendu(
            "decoupage.html",
            form,
            achat=achat,
            permis=EtatAchat(achat.etat) in DECOUPABLES,
            appliques=appliques(session, achat_id),
            decoupages=list(LIBELLES.items()),
            motifs_uniques=[(m.value, texte) for m, texte in MOTIFS.items()],
            libelles_decoupage=LIBELLES,
            libelles_motif=MOTIFS,
            maxi=MONTRES,
            sortis=[connus[siret] for siret in sortis(session, achat)],
            **_projet(session, achat, form, connus),
        )


def _appliquer(uow: UnitOfWork, achat_id: uuid.UUID, form: DecoupageForm) -> None:
    nouveau = NouveauDecoupage(
        form.coupe,
        form.data["motif"],
        form.data["motif_unique"],
        form.cloture_le(),
        form.data["empreinte"],
    )
    ici = context()
    redecouper(uow, achat_id, nouveau, ici.parametres, site=ici.settings.public_url)


def _projet(
    session: Session, achat: t.Achat, form: Form, connus: Mapping[str, str]
) -> dict[str, Any]:
    """What the cutting named in the form would give; nothing when none is, or it cannot be."""
    essai = CoupeForm.bind({nom: str(form.value(nom)) for nom in ("decoupage", "plafond")})
    if EtatAchat(achat.etat) not in DECOUPABLES or not form.value("decoupage"):
        return {"projet": None, "redemandees": []}
    projet: Projet | None = None
    if essai.valid:
        ici = context()
        try:
            projet = projeter(session, achat, essai.coupe, ici.parametres, ici.clock.today())
        except DomainError as refus:
            essai.reject(refus)
    for nom, message in essai.errors.items():
        form.errors.setdefault(nom, message)
    redemandees = projet.reponses.redemandees if projet else {}
    return {
        "projet": projet,
        "redemandees": dire_redemandees(redemandees, lambda siret: connus[siret]),
    }
