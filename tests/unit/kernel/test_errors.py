import pickle

import pytest

from shared.kernel.errors import (
    ConflictError,
    ContractError,
    DomainError,
    ForbiddenError,
    NotFoundError,
    TemporaryError,
    ValidationError,
)


def test_error_carries_code_fields_and_figures():
    erreur = DomainError("Non.", code="trop", champs={"quantite": "Trop."}, reste=3)
    assert (str(erreur), erreur.message, erreur.code) == ("Non.", "Non.", "trop")
    assert erreur.champs == {"quantite": "Trop."}
    assert erreur.details == {"reste": 3}


@pytest.mark.parametrize(
    ("classe", "status", "code"),
    [
        (DomainError, 422, "regle_non_respectee"),
        (ValidationError, 422, "valeur_invalide"),
        (NotFoundError, 404, "introuvable"),
        (ForbiddenError, 403, "interdit"),
        (ConflictError, 409, "conflit"),
        (TemporaryError, 503, "indisponible"),
        (ContractError, 500, "contrat_non_respecte"),
    ],
)
def test_each_error_has_its_status_and_a_default_code(classe, status, code):
    erreur = classe("Non.")
    assert (erreur.status, erreur.code) == (status, code)


def test_technical_errors_are_not_refusals():
    assert not issubclass(TemporaryError, DomainError)
    assert not issubclass(ContractError, DomainError)


def test_error_survives_a_process_boundary():
    erreur = pickle.loads(pickle.dumps(ConflictError("Non.", code="deja_clos", numero=2)))
    assert (erreur.message, erreur.code, erreur.details) == ("Non.", "deja_clos", {"numero": 2})
