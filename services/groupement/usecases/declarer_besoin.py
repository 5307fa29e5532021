"""A member declares how much of an article it needs, and where."""

import uuid
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat, etat_besoin
from services.groupement.domain.articles import Article
from services.groupement.domain.besoins import (
    Canal,
    Changement,
    Connu,
    Declaration,
    Mesure,
    comparer,
    completer,
    increment,
    mesurer,
    motiver,
)
from services.groupement.domain.periodes import PEU_IMPORTE, Periode
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.commun import (
    achat_verrouille,
    acteur,
    article_de,
    organisation,
)
from services.groupement.usecases.repondre import (
    NouvelleReponse,
    exiger_consulte_et_ouvert,
    inscrire_reponse,
    lots_declines,
)
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Declarant:
    """Who declares on which purchase (already locked), and by which way.

    `connus` holds all the needs of the member when many are declared at once.
    """

    achat: t.Achat
    membre: t.Organisation
    canal: Canal
    connus: Mapping[tuple[str, str], t.Besoin] | None = None

    def besoin(self, session: Session, declaration: Declaration) -> t.Besoin | None:
        """The need that the declaration is about, if there is one."""
        if self.connus is not None:
            return self.connus.get((declaration.article, declaration.lieu))
        return existant(session, self.achat.id, self.membre.siret, declaration)


@dataclass(frozen=True, slots=True)
class Resultat:
    """The need as it now stands, and whether the declaration changed it."""

    besoin: t.Besoin
    changement: Changement


def declarer_besoin(
    uow: UnitOfWork,
    achat_id: uuid.UUID,
    siret: str,
    declaration: Declaration,
    canal: Canal = Canal.FORMULAIRE,
) -> Resultat:
    """Write the last word of a member for an article and a place (D4).

    The same declaration again writes nothing and emits nothing.
    """
    achat = achat_verrouille(uow, achat_id)
    exiger_consulte_et_ouvert(uow, achat, siret)
    article = article_de(uow.session, achat_id, declaration.article)
    declarant = Declarant(achat, organisation(uow.session, siret), canal)
    resultat = inscrire_besoin(uow, declarant, declaration, article)
    faire_participer(uow, achat, siret, {article.lot_a(declaration.lieu)})
    return resultat


def inscrire_besoin(
    uow: UnitOfWork, declarant: Declarant, declaration: Declaration, article: Article
) -> Resultat:
    """Replace the need, append its increment, tell it."""
    achat = declarant.achat
    mesure = mesurer(declaration, article)
    besoin = declarant.besoin(uow.session, declaration)
    connu = en_connu(besoin) if besoin else None
    changement = comparer(connu, declaration)
    if besoin and changement is Changement.IDENTIQUE:
        return Resultat(besoin, changement)
    declaration = motiver(connu, completer(connu, declaration), declarant.canal)
    if besoin is None:
        besoin = t.Besoin(
            id=uow.new_id(),
            achat_id=achat.id,
            siret=declarant.membre.siret,
            article=declaration.article,
            lieu=declaration.lieu,
            version=0,
        )
        uow.session.add(besoin)
    _remplacer(uow, besoin, declaration, mesure, declarant.canal)
    _historiser(uow, achat, besoin, connu, mesure)
    _annoncer(uow, declarant, besoin, article)
    return Resultat(besoin, changement)


def faire_participer(uow: UnitOfWork, achat: t.Achat, siret: str, lots: AbstractSet[int]) -> None:
    """Declaring a need is an answer: the member takes part in its lot, if it does not already."""
    reponse = uow.session.get(t.Participation, (achat.id, siret))
    hors = lots_declines(uow.session, achat.id, siret)
    if reponse and reponse.reponse == Reponse.PARTICIPE and not hors & lots:
        return
    ancien = reponse if reponse and reponse.reponse == Reponse.PARTICIPE else None
    inscrire_reponse(
        uow,
        achat,
        NouvelleReponse(
            achat.id,
            siret,
            Reponse.PARTICIPE,
            ancien.engagement_max_ht if ancien else None,
            ancien.engagement_min_ht if ancien else None,
            frozenset(hors - lots),
        ),
    )


def en_connu(besoin: t.Besoin) -> Connu:
    return Connu(
        Declaration(
            besoin.article,
            besoin.quantite,
            besoin.unite,
            besoin.tolerance,
            besoin.lieu,
            Periode(besoin.souhaite_du, besoin.souhaite_au),
            besoin.imputation or "",
            besoin.motif or "",
        ),
        besoin.version,
        Mesure(besoin.quantite_base, besoin.tolerance_base),
    )


def existant(
    session: Session, achat_id: uuid.UUID, siret: str, declaration: Declaration
) -> t.Besoin | None:
    """The need of a member for an article and a place, if it has one."""
    return session.scalars(
        sa.select(t.Besoin).where(
            t.Besoin.achat_id == achat_id,
            t.Besoin.siret == siret,
            t.Besoin.article == declaration.article,
            t.Besoin.lieu == declaration.lieu,
        )
    ).one_or_none()


def _remplacer(
    uow: UnitOfWork, besoin: t.Besoin, declaration: Declaration, mesure: Mesure, canal: Canal
) -> None:
    besoin.quantite, besoin.unite = declaration.quantite, declaration.unite
    besoin.tolerance = declaration.tolerance
    souhaite = declaration.souhaite or PEU_IMPORTE
    besoin.souhaite_du, besoin.souhaite_au = souhaite.du, souhaite.au
    besoin.imputation = declaration.imputation or None
    besoin.motif = declaration.motif or None
    besoin.quantite_base, besoin.tolerance_base = mesure.quantite_base, mesure.tolerance_base
    besoin.version += 1
    besoin.canal, besoin.acteur, besoin.declare_le = canal.value, uow.acteur, uow.clock.now()


def _historiser(
    uow: UnitOfWork, achat: t.Achat, besoin: t.Besoin, connu: Connu | None, mesure: Mesure
) -> None:
    uow.session.add(
        t.Increment(
            besoin_id=besoin.id,
            version=besoin.version,
            recensement=achat.recensement,
            increment_base=increment(connu, mesure),
            quantite=besoin.quantite,
            unite=besoin.unite,
            tolerance=besoin.tolerance,
            canal=besoin.canal,
            acteur=besoin.acteur,
            le=besoin.declare_le,
            souhaite_du=besoin.souhaite_du,
            souhaite_au=besoin.souhaite_au,
            imputation=besoin.imputation,
            motif=besoin.motif,
        )
    )


def _annoncer(uow: UnitOfWork, declarant: Declarant, besoin: t.Besoin, article: Article) -> None:
    achat = declarant.achat
    uow.emit(
        "groupement.besoin.declare.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "besoin_id": besoin.id,
            "membre": acteur(declarant.membre),
            "article": besoin.article,
            "quantite": besoin.quantite,
            "unite": besoin.unite,
            "quantite_base": besoin.quantite_base,
            "unite_base": article.unite_base,
            "tolerance": besoin.tolerance,
            "lieu": besoin.lieu,
            "canal": besoin.canal,
            "etat": etat_besoin(EtatAchat(achat.etat)).value,
            "version": besoin.version,
            "souhaite_du": besoin.souhaite_du,
            "souhaite_au": besoin.souhaite_au,
            "imputation": besoin.imputation,
            "motif": besoin.motif,
        },
    )
