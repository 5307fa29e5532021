"""Who a bearer token of the API stands for: a supplier's or a buyer's own software."""

from sqlalchemy import select

from services.paiement.tables import AccesApi
from services.paiement.usecases.acces import empreinte_de
from shared.ops.context import ServiceContext
from shared.web.access import Jetons, Utilisateur


def jetons_de(context: ServiceContext) -> Jetons:
    """Resolver of tokens for `create_app`."""

    def resoudre(jeton: str) -> Utilisateur | None:
        with context.transactions.read() as session:
            acces = session.scalar(
                select(AccesApi).where(
                    AccesApi.empreinte == empreinte_de(jeton), AccesApi.revoque_le.is_(None)
                )
            )
        if acces is None:
            return None
        return Utilisateur(
            id=f"acces:{acces.id}",
            nom=acces.nom,
            siret=acces.siret,
            organisation=acces.nom,
            roles=frozenset({"api", acces.role}),
        )

    return resoudre
