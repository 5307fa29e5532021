"""Needs of a member from a spreadsheet: seen line by line first, then written together."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.besoins import Canal, Connu
from services.groupement.domain.tableur import Apercu, Brutes, lire
from services.groupement.usecases.commun import achat_verrouille, articles_de, organisation
from services.groupement.usecases.declarer_besoin import (
    Declarant,
    en_connu,
    faire_participer,
    inscrire_besoin,
)
from services.groupement.usecases.repondre import exiger_consulte_et_ouvert
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def apercevoir(session: Session, achat_id: uuid.UUID, siret: str, brutes: Brutes) -> Apercu:
    """Say what each line of the file would do, without writing anything."""
    articles = {article.code: article for article in articles_de(session, achat_id)}
    return lire(brutes, articles, besoins_connus(session, achat_id, siret))


def importer_besoins(
    uow: UnitOfWork, achat_id: uuid.UUID, siret: str, brutes: Brutes, *, vu: str
) -> Apercu:
    """Write the lines that change something, provided they are those the person saw (`vu`)."""
    achat = achat_verrouille(uow, achat_id)
    exiger_consulte_et_ouvert(uow, achat, siret)
    apercu = apercevoir(uow.session, achat_id, siret, brutes)
    if apercu.empreinte != vu:
        raise ConflictError(
            "Des besoins ont changé depuis l’aperçu\u00a0: relisez les lignes avant d’importer.",
            code="apercu_perime",
        )
    articles = {article.code: article for article in articles_de(uow.session, achat_id)}
    connus = {(b.article, b.lieu): b for b in besoins_de(uow.session, achat_id, siret)}
    declarant = Declarant(achat, organisation(uow.session, siret), Canal.TABLEUR, connus)
    lots = set()
    for ligne in apercu.a_ecrire:
        if ligne.declaration:
            article = articles[ligne.article]
            inscrire_besoin(uow, declarant, ligne.declaration, article)
            lots.add(article.lot_a(ligne.declaration.lieu))
    if lots:
        faire_participer(uow, achat, siret, lots)
    return apercu


def besoins_connus(
    session: Session, achat_id: uuid.UUID, siret: str
) -> dict[tuple[str, str], Connu]:
    """What the member already declared, by article and place."""
    return {(b.article, b.lieu): en_connu(b) for b in besoins_de(session, achat_id, siret)}


def besoins_de(session: Session, achat_id: uuid.UUID, siret: str) -> Sequence[t.Besoin]:
    requete = sa.select(t.Besoin).where(t.Besoin.achat_id == achat_id, t.Besoin.siret == siret)
    return session.scalars(requete).all()
