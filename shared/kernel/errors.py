"""Errors that carry their reason: a code for machines, a French sentence for people."""

from collections.abc import Mapping
from typing import Any, ClassVar


class EssaimError(Exception):
    """Base of the platform's own errors.

    `champs` maps a faulty field to its sentence; `details` holds the figures behind the refusal.
    """

    code_par_defaut: ClassVar[str] = "erreur"
    status: ClassVar[int] = 500

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        champs: Mapping[str, str] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code_par_defaut
        self.champs: dict[str, str] = dict(champs or {})
        self.details: dict[str, Any] = details


class DomainError(EssaimError):
    """A business rule says no; asking again changes nothing."""

    code_par_defaut = "regle_non_respectee"
    status = 422


class ValidationError(DomainError):
    """A value that cannot be read or has no meaning."""

    code_par_defaut = "valeur_invalide"


class NotFoundError(DomainError):
    """The thing does not exist, or not for the one who asks."""

    code_par_defaut = "introuvable"
    status = 404


class ForbiddenError(DomainError):
    """The thing exists but this actor may not do that to it."""

    code_par_defaut = "interdit"
    status = 403


class ConflictError(DomainError):
    """The request was sound but the state no longer allows it."""

    code_par_defaut = "conflit"
    status = 409


class TemporaryError(EssaimError):
    """Something outside is away: the same call may work later."""

    code_par_defaut = "indisponible"
    status = 503


class ContractError(EssaimError):
    """A message breaks its contract: a defect of the emitter, never worth a retry."""

    code_par_defaut = "contrat_non_respecte"
