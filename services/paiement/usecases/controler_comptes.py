"""The daily control of the ledger: entries balance, and say what the documents say."""

from services.paiement.queries import comptes
from services.paiement.tables import ControleComptes
from shared.messaging.uow import UnitOfWork


def controler_comptes(uow: UnitOfWork) -> ControleComptes:
    """Read everything once, and keep every difference found, by document and account."""
    ecarts = comptes.ecarts(uow.session)
    controle = ControleComptes(
        id=uow.new_id(),
        le=uow.clock.now(),
        mouvements=comptes.nombre(uow.session),
        ecarts=[ecart.en_dict() for ecart in ecarts],
    )
    uow.session.add(controle)
    uow.audit("comptes.controles", str(controle.id), {"ecarts": len(ecarts)})
    return controle
