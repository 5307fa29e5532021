"""A member transmits several needs together; what moved since it read them is shown first."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.besoins import (
    Auteur,
    Canal,
    Conflit,
    Connu,
    Declaration,
    perime,
)
from services.groupement.usecases.brouillon import effacer_brouillon
from services.groupement.usecases.commun import achat_verrouille, articles_de, organisation
from services.groupement.usecases.declarer_besoin import (
    Declarant,
    Resultat,
    en_connu,
    faire_participer,
    inscrire_besoin,
)
from services.groupement.usecases.repondre import exiger_consulte_et_ouvert
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Saisie:
    """A declaration, and the version of the need that the person had read (0: there was none)."""

    declaration: Declaration
    vue: int | None = None


class BesoinsModifies(ConflictError):
    """Somebody else of the member changed needs meanwhile: both values are to be compared."""

    def __init__(self, conflits: Sequence[Conflit]) -> None:
        super().__init__(
            "Des besoins ont changé depuis que vous les avez lus\u00a0: comparez et choisissez.",
            code="besoin_modifie",
        )
        self.conflits = conflits


def transmettre_besoins(
    uow: UnitOfWork, achat_id: uuid.UUID, siret: str, saisies: Sequence[Saisie]
) -> list[Resultat]:
    """Write every declaration or none; the draft has then no object any more (D4).

    Raises `BesoinsModifies` when a need is not any more at the version that was read.
    """
    achat = achat_verrouille(uow, achat_id)
    exiger_consulte_et_ouvert(uow, achat, siret)
    if conflits := _conflits(uow, achat_id, siret, saisies):
        raise BesoinsModifies(conflits)
    articles = {article.code: article for article in articles_de(uow.session, achat_id)}
    declarant = Declarant(achat, organisation(uow.session, siret), Canal.FORMULAIRE)
    resultats = [
        inscrire_besoin(uow, declarant, saisie.declaration, articles[saisie.declaration.article])
        for saisie in saisies
    ]
    demandes = [s.declaration for s in saisies if not s.declaration.retire]
    if demandes:
        lots = {articles[d.article].lot_a(d.lieu) for d in demandes}
        faire_participer(uow, achat, siret, lots)
    effacer_brouillon(uow, achat_id, siret)
    return resultats


def retirer_besoin(
    uow: UnitOfWork, besoin_id: uuid.UUID, siret: str, motif: str, vue: int | None
) -> Resultat:
    """Bring a need to zero with its reason; its row and its history stay."""
    besoin = uow.session.get(t.Besoin, besoin_id)
    if besoin is None or besoin.siret != siret:
        raise NotFoundError("Ce besoin n’existe pas.", code="besoin_inconnu")
    if not motif.strip():
        message = "Dites pourquoi ce besoin est retiré."
        raise ValidationError(message, code="motif_requis", champs={"motif": message})
    declaration = replace(
        en_connu(besoin).declaration, quantite=Decimal(), tolerance=Decimal(), motif=motif
    )
    (resultat,) = transmettre_besoins(uow, besoin.achat_id, siret, [Saisie(declaration, vue)])
    return resultat


def _conflits(
    uow: UnitOfWork, achat_id: uuid.UUID, siret: str, saisies: Sequence[Saisie]
) -> list[Conflit]:
    requete = sa.select(t.Besoin).where(t.Besoin.achat_id == achat_id, t.Besoin.siret == siret)
    besoins = {(b.article, b.lieu): b for b in uow.session.scalars(requete)}
    confrontees = [
        (saisie, besoins.get((saisie.declaration.article, saisie.declaration.lieu)))
        for saisie in saisies
    ]
    return [
        Conflit(connu, auteur_de(besoin), saisie.declaration)
        for saisie, besoin in confrontees
        if besoin and (connu := _perime(besoin, saisie))
    ]


def _perime(besoin: t.Besoin, saisie: Saisie) -> Connu | None:
    connu = en_connu(besoin)
    return connu if perime(connu, saisie.vue, saisie.declaration) else None


def auteur_de(besoin: t.Besoin) -> Auteur:
    """Who gave a need its present value."""
    return Auteur(besoin.acteur, besoin.declare_le, Canal(besoin.canal))
