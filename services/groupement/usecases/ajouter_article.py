"""Describe what will be bought, while the purchase is still a project."""

import uuid

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import LIBELLES, EtatAchat
from services.groupement.domain.articles import Article
from services.groupement.domain.consolidation import LotPrevu
from services.groupement.usecases.commun import achat_verrouille
from services.groupement.usecases.creer_achat import en_ligne_article
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def ajouter_article(uow: UnitOfWork, achat_id: uuid.UUID, article: Article, lot: LotPrevu) -> None:
    """Add an article to its lot, or correct it: the same code replaces."""
    achat = achat_verrouille(uow, achat_id)
    if achat.etat != EtatAchat.PROJET:
        raise ConflictError(
            f"Les articles ne changent plus\u00a0: l’achat est «\u00a0"
            f"{LIBELLES[EtatAchat(achat.etat)]}\u00a0».",
            code="articles_figes",
        )
    uow.session.merge(t.Lot(achat_id=achat_id, numero=lot.numero, objet=lot.objet, cpv=lot.cpv))
    uow.session.flush()
    uow.session.merge(en_ligne_article(achat_id, article, lot.cpv))
    uow.session.flush()
    meme_lot = sa.and_(t.Article.achat_id == achat_id, t.Article.lot == lot.numero)
    uow.session.execute(sa.update(t.Article).where(meme_lot).values(cpv=lot.cpv))
    uow.audit("achat.article", str(achat_id), {"code": article.code, "lot": lot.numero})
