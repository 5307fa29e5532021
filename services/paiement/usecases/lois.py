"""The legal parameters in force here: those shipped, then those entered by an administrator."""

from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.paiement.tables import ParametreSaisi
from shared.kernel.parametres import ParametreLegal, Parametres

_semence = cache(Parametres.depuis_yaml)


def lois(session: Session) -> Parametres:
    """Overlay the entered rows; the later entry wins."""
    saisies = session.scalars(select(ParametreSaisi).order_by(ParametreSaisi.saisi_le))
    return _semence().avec(en_ligne(saisie) for saisie in saisies)


def en_ligne(saisie: ParametreSaisi) -> ParametreLegal:
    return ParametreLegal(
        code=saisie.code,
        valeur=saisie.valeur,
        du=saisie.du,
        au=saisie.au,
        ref=saisie.reference,
        verifie=True,
        libelle=next((p.libelle for p in _semence() if p.code == saisie.code), ""),
        saisi_par=saisie.acteur,
    )
