"""Loading aggregates for the use cases: rows under lock, turned into domain values."""

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, selectinload

from services.groupement import tables as t
from services.groupement.domain import articles, conventions
from services.groupement.domain.achats import EtatAchat, franchir
from services.groupement.domain.clauses import Clauses
from services.groupement.domain.conventions import EtatConvention
from shared.kernel.errors import ConflictError, NotFoundError
from shared.kernel.quantites import Conditionnement
from shared.messaging.uow import UnitOfWork

T = TypeVar("T")


def achat_verrouille(uow: UnitOfWork, achat_id: uuid.UUID) -> t.Achat:
    """The purchase under its row lock: what depends on its state cannot change meanwhile."""
    achat = verrouille(uow, sa.select(t.Achat).where(t.Achat.id == achat_id))
    if achat is None:
        raise NotFoundError("Cet achat n’existe pas.", code="achat_inconnu")
    return achat


def verrouille(uow: UnitOfWork, requete: sa.Select[T]) -> T | None:
    """One row under its lock, as it is now whatever this transaction read before."""
    verrou = requete.with_for_update().execution_options(populate_existing=True)
    return uow.session.scalars(verrou).one_or_none()


def convention_verrouillee(uow: UnitOfWork, convention_id: uuid.UUID) -> t.Convention:
    convention = verrouille(uow, sa.select(t.Convention).where(t.Convention.id == convention_id))
    if convention is None:
        raise NotFoundError("Cette convention n’existe pas.", code="convention_inconnue")
    return convention


def contrat_verrouille(uow: UnitOfWork, marche_id: uuid.UUID) -> t.Contrat:
    """The contract under its lock: orders, cancellations and deliveries take turns."""
    contrat = verrouille(uow, sa.select(t.Contrat).where(t.Contrat.marche_id == marche_id))
    if contrat is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    return contrat


def ligne_verrouillee(uow: UnitOfWork, ligne_id: uuid.UUID) -> t.ContratLigne:
    """A line with its contract (locked) and purchase, as they are now; refused once settled."""
    marche_id = uow.session.scalar(
        sa.select(t.ContratLigne.marche_id).where(t.ContratLigne.id == ligne_id)
    )
    if marche_id is None:
        raise NotFoundError("Cette ligne de marché n’existe pas.", code="ligne_inconnue")
    contrat = contrat_verrouille(uow, marche_id)
    exiger_en_cours(uow.session, contrat.achat_id)
    requete = (
        sa.select(t.ContratLigne)
        .where(t.ContratLigne.id == ligne_id)
        .options(joinedload(t.ContratLigne.contrat).joinedload(t.Contrat.achat))
        .execution_options(populate_existing=True)
    )
    return uow.session.scalars(requete).one()


def exiger_en_cours(session: Session, achat_id: uuid.UUID) -> None:
    """Nothing moves any more on a purchase once it is settled."""
    if session.get(t.Solde, achat_id) is not None:
        raise ConflictError(
            "Cet achat est soldé\u00a0: rien n’y bouge plus. Le besoin entre dans un prochain "
            "achat.",
            code="achat_solde",
        )


def achat_de_reference(session: Session, reference: str) -> uuid.UUID:
    """Id of the purchase that people and software name ACH-2026-0001."""
    trouve = session.scalar(sa.select(t.Achat.id).where(t.Achat.reference == reference.strip()))
    if trouve is None:
        raise NotFoundError(
            f"L’achat {reference.strip()} n’existe pas.",
            code="achat_inconnu",
            champs={"achat_reference": "Vérifiez la référence de l’achat."},
        )
    return trouve


def avancer(uow: UnitOfWork, achat: t.Achat, vers: EtatAchat, **details: Any) -> None:
    """Take one step of the purchase's life and say so in the journal."""
    depuis = EtatAchat(achat.etat)
    achat.etat = franchir(depuis, vers).value
    uow.audit("achat.etat", str(achat.id), {"depuis": depuis, "vers": vers, **details})


def convention_de(session: Session, convention_id: uuid.UUID) -> conventions.Convention:
    """A convention with every stay of its members, as the domain sees it."""
    requete = (
        sa.select(t.Convention)
        .where(t.Convention.id == convention_id)
        .options(selectinload(t.Convention.adhesions).joinedload(t.Adhesion.organisation))
        .execution_options(populate_existing=True)
    )
    lue = session.scalars(requete).one_or_none()
    if lue is None:
        raise NotFoundError("Cette convention n’existe pas.", code="convention_inconnue")
    return en_convention(lue)


def en_convention(lue: t.Convention) -> conventions.Convention:
    return conventions.Convention(
        nom=lue.nom,
        version=lue.version,
        etat=EtatConvention(lue.etat),
        coordonnateur=lue.coordonnateur,
        debut=lue.debut,
        fin=lue.fin,
        adhesions=tuple(
            conventions.Adhesion(
                a.siret,
                a.organisation.nom,
                a.deliberation_le,
                a.effet_le,
                a.fin_le,
                a.retrait_notifie_le,
            )
            for a in lue.adhesions
        ),
    )


def clauses_de(session: Session, achat_id: uuid.UUID) -> Clauses:
    """The clauses that a purchase is made under."""
    requete = sa.select(t.Convention.clauses).join(t.Achat).where(t.Achat.id == achat_id)
    return session.execute(requete).scalar_one()


def en_article(lu: t.Article) -> articles.Article:
    return articles.Article(
        code=lu.code,
        designation=lu.designation,
        lot=lu.lot,
        unite_base=lu.unite_base,
        prix_estime_ht=lu.prix_estime_ht,
        conditionnements=tuple(
            Conditionnement(c["nom"], Decimal(c["contient"]), lu.unite_base)
            for c in lu.conditionnements
        ),
        conditionnement_achat=lu.conditionnement_achat,
        minimum=lu.minimum,
        cpv=lu.cpv,
        lots_par_lieu=tuple(sorted(lu.lots_par_lieu.items())),
    )


def article_de(session: Session, achat_id: uuid.UUID, code: str) -> articles.Article:
    """One article of a purchase, by its code whatever the case."""
    lu = session.get(t.Article, (achat_id, code.strip().upper()))
    if lu is None:
        raise NotFoundError(
            f"L’article {code.strip()} ne fait pas partie de cet achat.",
            code="article_inconnu",
            champs={"article": "Choisissez un article de cet achat."},
        )
    return en_article(lu)


def articles_de(session: Session, achat_id: uuid.UUID) -> list[articles.Article]:
    requete = sa.select(t.Article).where(t.Article.achat_id == achat_id).order_by(t.Article.code)
    return [en_article(lu) for lu in session.scalars(requete)]


def organisations(session: Session, sirets: Iterable[str]) -> dict[str, t.Organisation]:
    requete = sa.select(t.Organisation).where(t.Organisation.siret.in_(set(sirets)))
    return {o.siret: o for o in session.scalars(requete)}


def organisation(session: Session, siret: str) -> t.Organisation:
    trouvee = session.get(t.Organisation, siret)
    if trouvee is None:
        raise NotFoundError(
            "Cette organisation n’est pas connue du groupement.", code="organisation_inconnue"
        )
    return trouvee


def acteur(lue: t.Organisation) -> dict[str, str]:
    """An organisation inside an event."""
    return {"siret": lue.siret, "nom": lue.nom}


def contact(lue: t.Organisation) -> dict[str, str | None]:
    """An organisation to be told, inside an event; without an address it is not told by mail."""
    return {**acteur(lue), "courriel": lue.courriel}


def reference(uow: UnitOfWork, prefixe: str) -> str:
    """Next reference of the year, without gap inside the transaction: `ACH-2026-0001`."""
    annee = uow.clock.today().year
    compteur = insert(t.Compteur).values(nom=prefixe, annee=annee, dernier=1)
    numero = uow.session.scalar(
        compteur.on_conflict_do_update(
            index_elements=["nom", "annee"], set_={"dernier": t.Compteur.dernier + 1}
        ).returning(t.Compteur.dernier)
    )
    return f"{prefixe}-{annee}-{numero:04d}"
