"""What the signed-in user may see."""

from services.paiement.domain.programme import Personne
from services.paiement.queries.factures import Perimetre
from shared.kernel.errors import ForbiddenError
from shared.web.access import current_user
from shared.web.context import context


def siret() -> str:
    return current_user().siret


def perimetre() -> Perimetre:
    """A supplier sees what it billed, a buyer what it was billed."""
    if current_user().entreprise:
        return Perimetre(fournisseur=siret())
    return Perimetre(acheteur=siret())


def verifier_instance() -> None:
    """Legal parameters and accesses belong to the organisation that runs the instance."""
    if siret() != context().settings.instance_siret:
        raise ForbiddenError(
            "Seule l’organisation qui administre cette instance peut faire cela.",
            code="reserve_a_l_instance",
        )


def personne() -> Personne:
    """Who acts, as the roles of a card programme know people."""
    utilisateur = current_user()
    return Personne(utilisateur.id, utilisateur.roles)
