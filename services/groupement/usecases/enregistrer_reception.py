"""Record a delivery and share it back between the members who wait for it."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.livraisons import (
    Anomalie,
    Cumul,
    GenreReception,
    accepter,
    exiger_recevable,
)
from services.groupement.domain.receptions import (
    Attente,
    Repartition,
    exiger_date,
    par_membre,
    repartir,
)
from services.groupement.domain.repartition import Regle
from services.groupement.usecases.commun import (
    acteur,
    clauses_de,
    ligne_verrouillee,
    organisations,
)
from shared.kernel.errors import ConflictError, ValidationError
from shared.messaging.uow import UnitOfWork

vivante = t.commande_vivante


@dataclass(frozen=True, slots=True)
class NouvelleReception:
    """A delivery as its note says: the note's number makes it unique on its line."""

    contrat_ligne_id: uuid.UUID
    bon_livraison: str
    quantite: Decimal
    recue_le: dt.date
    motif: str = ""
    anomalies: tuple[Anomalie, ...] = ()
    regle: Regle | None = None


def enregistrer_reception(uow: UnitOfWork, nouvelle: NouvelleReception) -> t.Reception:
    """Share what each member still waits for, by the convention unless `regle` says otherwise.

    `quantite` is what the note says; its anomalies are put aside and stay expected. A surplus
    needs a reason and the contract's tolerance; it belongs to nobody until it is given.
    """
    ligne = _ligne(uow, nouvelle)
    exiger_date(nouvelle.recue_le, ligne.contrat.notifie_le, uow.clock.today())
    acceptee = accepter(nouvelle.quantite, nouvelle.anomalies)
    _exiger_entier(ligne, acceptee)
    attendues = attentes(uow.session, ligne.id)
    clauses = clauses_de(uow.session, ligne.contrat.achat_id)
    regle = nouvelle.regle or clauses.partage.regle(ligne.article, par_membre(attendues))
    partage = repartir(acceptee, attendues, ligne.conditionnement, regle)
    exiger_recevable(cumul(uow.session, ligne), acceptee, partage.demande, nouvelle.motif)
    reception = t.Reception(
        id=uow.new_id(),
        contrat_ligne_id=ligne.id,
        genre=GenreReception.LIVRAISON.value,
        bon_livraison=nouvelle.bon_livraison.strip(),
        annoncee=nouvelle.quantite,
        quantite=partage.quantite,
        demande=partage.demande,
        non_affecte=partage.non_affecte,
        motif=nouvelle.motif.strip() or None,
        recue_le=nouvelle.recue_le,
        enregistree_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(reception)
    uow.session.flush()
    _ecrire_le_detail(uow, reception, partage, nouvelle.anomalies)
    _annoncer(uow, reception, ligne, partage)
    return reception


def _ecrire_le_detail(
    uow: UnitOfWork,
    reception: t.Reception,
    partage: Repartition,
    anomalies: tuple[Anomalie, ...],
) -> None:
    uow.session.add_all(
        t.Part(
            reception_id=reception.id,
            commande_id=uuid.UUID(part.commande),
            demande=part.demande,
            part=part.part,
            explication=part.explication,
        )
        for part in partage.parts
    )
    uow.session.add_all(
        t.Anomalie(
            reception_id=reception.id,
            genre=anomalie.genre.value,
            quantite=anomalie.quantite,
            motif=anomalie.motif.strip(),
        )
        for anomalie in anomalies
    )
    uow.session.flush()


def cumul(session: Session, ligne: t.ContratLigne) -> Cumul:
    """All that was delivered on a line, reverse entries deducted, against what it provides."""
    recue = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(t.Reception.quantite), 0)).where(
            t.Reception.contrat_ligne_id == ligne.id
        )
    )
    return Cumul(ligne.quantite, ligne.contrat.tolerance, Decimal(recue or 0))


def attentes(session: Session, contrat_ligne_id: uuid.UUID) -> list[Attente]:
    """Live orders of a line with what each still waits for, oldest first."""
    requete = (
        sa.select(vivante.c.id, vivante.c.siret, vivante.c.engage - vivante.c.recu)
        .join(t.Commande, t.Commande.id == vivante.c.id)
        .where(vivante.c.contrat_ligne_id == contrat_ligne_id)
        .order_by(t.Commande.passee_le, t.Commande.reference)
    )
    return [
        Attente(str(commande), siret, ordre, attendu)
        for ordre, (commande, siret, attendu) in enumerate(session.execute(requete))
    ]


def _ligne(uow: UnitOfWork, nouvelle: NouvelleReception) -> t.ContratLigne:
    """The line under its lock, if this delivery note does not count on it already."""
    ligne = ligne_verrouillee(uow, nouvelle.contrat_ligne_id)
    deja = uow.session.scalar(
        sa.select(t.Reception.id).where(
            t.Reception.contrat_ligne_id == ligne.id,
            t.Reception.genre == GenreReception.LIVRAISON.value,
            t.Reception.bon_livraison == nouvelle.bon_livraison.strip(),
            t.Reception.id.not_in(contrepassees()),
        )
    )
    if deja:
        raise ConflictError(
            "Ce bon de livraison est déjà enregistré pour cette ligne.",
            code="bon_deja_enregistre",
            champs={"bon_livraison": "Vérifiez le numéro du bon de livraison."},
        )
    return ligne


def contrepassees() -> sa.Select[uuid.UUID | None]:
    """Ids of the deliveries that a reverse entry has taken back."""
    return sa.select(t.Reception.origine_id).where(
        t.Reception.genre == GenreReception.CONTREPASSATION.value
    )


def _exiger_entier(ligne: t.ContratLigne, quantite: Decimal) -> None:
    if ligne.entier and quantite != quantite.to_integral_value():
        raise ValidationError(
            "Une livraison compte des conditionnements entiers.",
            code="quantite_invalide",
            champs={"quantite": "Indiquez un nombre entier."},
        )


def _annoncer(
    uow: UnitOfWork, reception: t.Reception, ligne: t.ContratLigne, partage: Repartition
) -> None:
    membres = organisations(uow.session, (part.siret for part in partage.parts))
    donnees: dict[str, Any] = {
        "reception_id": reception.id,
        "achat_id": ligne.contrat.achat_id,
        "marche_id": ligne.marche_id,
        "article": ligne.article,
        "conditionnement": ligne.conditionnement,
        "quantite": partage.quantite,
        "demande": partage.demande,
        "recue_le": reception.recue_le,
        "parts": [
            {
                "membre": acteur(membres[part.siret]),
                "courriel": membres[part.siret].courriel,
                "commande_id": part.commande,
                "demande": part.demande,
                "part": part.part,
                "explication": part.explication,
            }
            for part in partage.parts
        ],
    }
    uow.audit(
        "reception.enregistree",
        str(ligne.contrat.achat_id),
        {
            "quantite": partage.quantite,
            "article": ligne.article,
            "bon_livraison": reception.bon_livraison,
        },
    )
    uow.emit("groupement.reception.enregistree.v1", subject=str(reception.id), data=donnees)
