"""Everything that an organisation owns here, and what it took over from elsewhere.

Only its own rows leave: other members never appear. Its counterparties do: the coordinator of its
conventions, the firms that hold its contracts.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.historique import Contenu, fusionner, sans_autrui
from services.groupement.domain.programmation import Source
from shared.db import audit
from shared.kernel.errors import NotFoundError
from shared.messaging.envelope import jsonable

SUIVIES = frozenset(
    {
        "organisation", "agent", "adhesion", "participation", "besoin", "composition", "quota",
        "prevision", "achat", "convention",
    }
)  # fmt: skip
"""Tables that the document shows in their place."""
TUES = frozenset({"acces_membre", "historique", "attribution"})
"""Secrets of accesses, what was taken over (merged on its own), and public facts on firms."""
CACHEES = frozenset({"contact", "demandeur", "reference_membre"})
"""Columns of a purchase that speak of whoever asked for it."""


JSON = (str, int, bool, list, dict, type(None))


@dataclass(frozen=True, slots=True)
class Instance:
    """Who exports."""

    siret: str
    nom: str


def reprises(session: Session, siret: str) -> Sequence[t.Historique]:
    """Histories taken over for the organisation, the newest export first."""
    return session.scalars(
        sa.select(t.Historique)
        .where(t.Historique.siret == siret)
        .order_by(t.Historique.exporte_le.desc(), t.Historique.repris_le.desc())
    ).all()


def reprise(session: Session, historique_id: uuid.UUID, siret: str) -> t.Historique:
    trouvee = session.scalars(
        sa.select(t.Historique).where(t.Historique.id == historique_id, t.Historique.siret == siret)
    ).one_or_none()
    if trouvee is None:
        raise NotFoundError("Cet historique n’existe pas.", code="historique_inconnu")
    return trouvee


def contenu(session: Session, siret: str, instance: Instance) -> Contenu:
    """What this instance holds of the organisation, its own rows before what it took over."""
    ici = [_d_ici(session, siret, instance)] if session.get(t.Organisation, siret) else []
    toutes = ici + [lue.contenu for lue in reprises(session, siret)]
    if not toutes:
        raise NotFoundError(
            "Cette organisation n’a aucun historique ici.", code="organisation_inconnue"
        )
    return fusionner(toutes)


def achats_repris(session: Session, siret: str) -> list[dict[str, Any]]:
    """Purchases taken over, as exported, the most recent first: last year's prefill reads them."""
    achats = {a["id"]: a for lue in reprises(session, siret)[::-1] for a in lue.contenu["achats"]}
    return sorted(achats.values(), key=lambda a: (a["cree_le"], a["id"]), reverse=True)


def _d_ici(session: Session, siret: str, instance: Instance) -> Contenu:
    organisation = session.get_one(t.Organisation, siret)
    agents = session.scalars(sa.select(t.Agent).where(t.Agent.siret == siret)).all()
    conventions = _conventions(session, siret)
    autres = set(session.scalars(sa.select(t.Organisation.siret))) - {
        siret,
        *(convention["coordonnateur"] for convention in conventions),
    }
    return {
        "organisation": ligne(organisation),
        "agents": [ligne(agent) for agent in agents],
        "conventions": conventions,
        "achats": _achats(session, siret, instance),
        "previsions": [ligne(prevision) for prevision in _previsions(session, siret)],
        "journal": sans_autrui(_journal(session, siret, [a.id for a in agents], instance), autres),
        "complements": _complements(session, siret),
    }


def ligne(lue: Any, *, sauf: Iterable[str] = ()) -> dict[str, Any]:
    """A row as plain JSON, every column under its name."""
    tues = set(sauf)
    return {
        c.key: _json(getattr(lue, c.key), c.columns[0].type)
        for c in sa.inspect(type(lue)).column_attrs
        if c.key not in tues
    }


def _json(valeur: Any, genre: sa.types.TypeEngine[Any]) -> Any:
    """A value as JSON; one that a type of ours dresses is taken as the database keeps it."""
    simple = jsonable(valeur)
    if isinstance(simple, JSON) or not isinstance(genre, sa.TypeDecorator):
        return simple
    return jsonable(genre.process_bind_param(valeur, DefaultDialect()))


def _conventions(session: Session, siret: str) -> list[dict[str, Any]]:
    requete = sa.select(t.Convention).join(t.Adhesion).where(t.Adhesion.siret == siret).distinct()
    siennes = sa.select(t.Adhesion).where(t.Adhesion.siret == siret).order_by(t.Adhesion.id)
    adhesions = session.scalars(siennes).all()
    return [
        {
            **ligne(convention),
            "adhesions": [ligne(a) for a in adhesions if a.convention_id == convention.id],
        }
        for convention in session.scalars(requete)
    ]


def _previsions(session: Session, siret: str) -> Sequence[t.Prevision]:
    requete = sa.select(t.Prevision).where(
        t.Prevision.siret == siret, t.Prevision.source == Source.SAISIE.value
    )
    return session.scalars(requete).all()


def _achats(session: Session, siret: str, instance: Instance) -> list[dict[str, Any]]:
    """Purchases that the member asked for, answered, or has a need or a share in."""
    propres = _Propres(session, siret)
    siens = {
        **propres.participations, **propres.besoins, **propres.compositions, **propres.quotas,
        **propres.paiements,
    }  # fmt: skip
    requete = sa.select(t.Achat).where(sa.or_(t.Achat.id.in_(siens), t.Achat.demandeur == siret))
    return [
        {
            **ligne(achat, sauf=() if achat.demandeur == siret else CACHEES),
            "instance": {"siret": instance.siret, "nom": instance.nom},
            "participations": propres.participations.get(achat.id, []),
            "besoins": propres.besoins.get(achat.id, []),
            "compositions": propres.compositions.get(achat.id, []),
            "quotas": propres.quotas.get(achat.id, []),
            "paiements": propres.paiements.get(achat.id, []),
        }
        for achat in session.scalars(requete)
    ]


ParAchat = dict[uuid.UUID, list[dict[str, Any]]]


class _Propres:
    """The member's own rows, by purchase, each read in one query."""

    def __init__(self, session: Session, siret: str) -> None:
        self._session = session
        self._siret = siret
        self.participations = _ranger(
            (p.achat_id, ligne(p)) for p in self._de(t.Participation, t.Participation.achat_id)
        )
        self.besoins = self._besoins()
        self.compositions = self._compositions()
        self.quotas = self._quotas()
        self.paiements = self._paiements()

    def _de(self, table: Any, *ordre: Any) -> Sequence[Any]:
        requete = sa.select(table).where(table.siret == self._siret).order_by(*ordre)
        return self._session.scalars(requete).all()

    def _besoins(self) -> ParAchat:
        article = sa.and_(
            t.Article.achat_id == t.Besoin.achat_id, t.Article.code == t.Besoin.article
        )
        besoins = self._session.execute(
            sa.select(t.Besoin, t.Article.designation)
            .join(t.Article, article)
            .where(t.Besoin.siret == self._siret)
            .order_by(t.Besoin.article, t.Besoin.lieu)
        )
        increments = self._session.scalars(
            sa.select(t.Increment)
            .join(t.Besoin, t.Besoin.id == t.Increment.besoin_id)
            .where(t.Besoin.siret == self._siret)
            .order_by(t.Increment.besoin_id, t.Increment.version)
        ).all()
        return _ranger(
            (
                besoin.achat_id,
                {
                    **ligne(besoin),
                    "designation": designation,
                    "increments": [ligne(i) for i in increments if i.besoin_id == besoin.id],
                },
            )
            for besoin, designation in besoins
        )

    def _compositions(self) -> ParAchat:
        requete = (
            sa.select(t.Consolidation.achat_id, t.Consolidation.numero, t.Ligne, t.Composition)
            .join(t.Ligne, t.Ligne.consolidation_id == t.Consolidation.id)
            .join(t.Composition, t.Composition.ligne_id == t.Ligne.id)
            .where(t.Composition.siret == self._siret)
            .order_by(t.Consolidation.numero, t.Ligne.article, t.Ligne.lieu)
        )
        return _ranger(
            (
                achat_id,
                {
                    **ligne(composition),
                    "consolidation": numero,
                    "lot": lue.lot,
                    "article": lue.article,
                    "designation": lue.designation,
                    "lieu": lue.lieu,
                    "unite_base": lue.unite_base,
                },
            )
            for achat_id, numero, lue, composition in self._session.execute(requete)
        )

    def _quotas(self) -> ParAchat:
        requete = (
            sa.select(t.Quota, t.ContratLigne, t.Contrat)
            .join(t.ContratLigne, t.ContratLigne.id == t.Quota.contrat_ligne_id)
            .join(t.Contrat, t.Contrat.marche_id == t.ContratLigne.marche_id)
            .where(t.Quota.siret == self._siret)
            .order_by(t.Contrat.reference, t.ContratLigne.article, t.ContratLigne.lieu)
        )
        commandes = self._commandes()
        return _ranger(
            (
                contrat.achat_id,
                {
                    **ligne(quota),
                    "reference": contrat.reference,
                    "objet": contrat.objet,
                    "titulaire_siret": contrat.titulaire_siret,
                    "titulaire_nom": contrat.titulaire_nom,
                    "notifie_le": contrat.notifie_le.isoformat(),
                    "fin_le": contrat.fin_le.isoformat(),
                    "article": lue.article,
                    "designation": lue.designation,
                    "lieu": lue.lieu,
                    "conditionnement": lue.conditionnement,
                    "prix_unitaire_ht": jsonable(lue.prix_unitaire_ht),
                    "commandes": commandes.get(quota.id, []),
                },
            )
            for quota, lue, contrat in self._session.execute(requete)
        )

    def _commandes(self) -> ParAchat:
        """Orders by quota, each with what it received and why."""
        recues = _ranger(
            (
                part.commande_id,
                {
                    **ligne(part),
                    "bon_livraison": reception.bon_livraison,
                    "recue_le": reception.recue_le.isoformat(),
                },
            )
            for part, reception in self._session.execute(
                sa.select(t.Part, t.Reception)
                .join(t.Reception, t.Reception.id == t.Part.reception_id)
                .join(t.Commande, t.Commande.id == t.Part.commande_id)
                .join(t.Quota, t.Quota.id == t.Commande.quota_id)
                .where(t.Quota.siret == self._siret)
                .order_by(t.Reception.enregistree_le, t.Reception.id)
            )
        )
        requete = (
            sa.select(t.Commande)
            .join(t.Quota, t.Quota.id == t.Commande.quota_id)
            .where(t.Quota.siret == self._siret)
            .order_by(t.Commande.passee_le, t.Commande.reference)
        )
        return _ranger(
            (commande.quota_id, {**ligne(commande), "receptions": recues.get(commande.id, [])})
            for commande in self._session.scalars(requete)
        )

    def _paiements(self) -> ParAchat:
        requete = (
            sa.select(t.Paiement, t.Contrat.achat_id)
            .join(t.Contrat, t.Contrat.marche_id == t.Paiement.marche_id)
            .where(t.Paiement.acheteur_siret == self._siret)
            .order_by(t.Paiement.payee_le, t.Paiement.facture_id)
        )
        return _ranger((achat, ligne(paye)) for paye, achat in self._session.execute(requete))


def _ranger(paires: Iterable[tuple[uuid.UUID, dict[str, Any]]]) -> ParAchat:
    ranges: ParAchat = {}
    for cle, element in paires:
        ranges.setdefault(cle, []).append(element)
    return ranges


def _journal(
    session: Session, siret: str, agents: Sequence[str], instance: Instance
) -> list[Mapping[str, Any]]:
    """Decisions of the member's agents and software, and those that name it."""
    acces = session.scalars(sa.select(t.AccesMembre.id).where(t.AccesMembre.siret == siret))
    acteurs = [*agents, *(f"acces:{id_}" for id_ in acces)]
    c = audit.table.c
    requete = (
        sa.select(c.seq, c.le, c.acteur, c.action, c.objet, c.details)
        .where(
            sa.or_(
                c.acteur.in_(acteurs),
                c.objet == siret,
                c.details["membre"]["siret"].astext == siret,
                c.details["siret"].astext == siret,
            )
        )
        .order_by(c.seq)
    )
    return [
        {
            "id": f"{instance.siret}:{lue.seq}",
            "le": jsonable(lue.le),
            "acteur": lue.acteur,
            "action": lue.action,
            "objet": lue.objet,
            "details": lue.details,
        }
        for lue in session.execute(requete)
    ]


def _complements(session: Session, siret: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of every other table that names a member; another one beside it is masked."""
    trouves: dict[str, list[dict[str, Any]]] = {}
    for nom, table in sorted(t.Base.metadata.tables.items()):
        noms = _nommes(table)
        if nom in SUIVIES | TUES or not noms:
            continue
        requete = sa.select(table).where(sa.or_(*(c == siret for c in noms)))
        requete = requete.order_by(*table.primary_key.columns)
        lignes = [
            {
                c.name: _json(lue[c.name], c.type)
                if c not in noms or lue[c.name] == siret
                else None
                for c in table.columns
            }
            for lue in session.execute(requete).mappings()
        ]
        if lignes:
            trouves[nom] = lignes
    return trouves


def _nommes(table: sa.Table) -> list[sa.Column[Any]]:
    """Columns that name a member."""
    return [
        c
        for c in table.columns
        if c.name == "siret"
        or any(cle.target_fullname == "organisation.siret" for cle in c.foreign_keys)
    ]
