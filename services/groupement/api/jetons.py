"""Who a bearer token of the API stands for: a member's software."""

from services.groupement.usecases.creer_acces import acces_du_jeton
from shared.ops.context import ServiceContext
from shared.web.access import Jetons, Utilisateur


def jetons_de(context: ServiceContext) -> Jetons:
    """Resolver of tokens for `create_app`."""

    def resoudre(jeton: str) -> Utilisateur | None:
        with context.transactions.read() as session:
            acces = acces_du_jeton(session, jeton)
            if acces is None:
                return None
            return Utilisateur(
                id=f"acces:{acces.id}",
                nom=acces.libelle,
                siret=acces.siret,
                organisation=acces.siret,
                roles=frozenset({"api"}),
            )

    return resoudre
