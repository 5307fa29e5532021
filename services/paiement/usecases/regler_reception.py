"""An organisation says how its invoices are received."""

from decimal import Decimal

from sqlalchemy import select

from services.paiement.domain.reception import Annuaire, Exigence, Niveau
from services.paiement.tables import Acheteur, ReglageReception, ServiceDestinataire
from shared.kernel.errors import NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

CENT = Decimal(100)


def regler_tolerances(
    uow: UnitOfWork, acheteur_siret: str, *, prix: Decimal, quantite: Decimal, montant: Montant
) -> ReglageReception:
    """Set the tolerances of an organisation, in percent; they hold for the next comparisons."""
    excessifs = [nom for nom, part in (("prix", prix), ("quantite", quantite)) if part > CENT]
    if excessifs:
        raise ValidationError(
            "Une tolérance ne dépasse pas 100\u00a0%.",
            code="tolerance_excessive",
            champs=dict.fromkeys(excessifs, "Saisissez un pourcentage de 0 à 100."),
        )
    reglage = regler(uow, acheteur_siret)
    reglage.tolerance_prix, reglage.tolerance_quantite = prix / CENT, quantite / CENT
    reglage.tolerance_montant = montant
    uow.audit(
        "reception.tolerances",
        acheteur_siret,
        {"prix": prix, "quantite": quantite, "montant": montant},
    )
    return reglage


def regler_accueil(
    uow: UnitOfWork, acheteur_siret: str, *, niveau_br_fr: Niveau, exigence: Exigence
) -> ReglageReception:
    """Say what French findings do, and what an invoice must cite to be routed."""
    reglage = regler(uow, acheteur_siret)
    reglage.niveau_br_fr, reglage.exigence = niveau_br_fr.value, exigence.value
    donnees = {"niveau_br_fr": niveau_br_fr, "exigence": exigence}
    uow.audit("reception.accueil", acheteur_siret, donnees)
    return reglage


def declarer_service(
    uow: UnitOfWork, acheteur_siret: str, *, code: str, nom: str, engagement_requis: bool
) -> None:
    """Add a service that may receive invoices, or change what it asks."""
    regler(uow, acheteur_siret)
    cle = (acheteur_siret, code.strip())
    service = uow.session.get(ServiceDestinataire, cle, with_for_update=True)
    if service is None:
        service = ServiceDestinataire(acheteur_siret=acheteur_siret, code=code.strip())
        uow.session.add(service)
    service.libelle, service.engagement_requis = nom.strip(), engagement_requis
    donnees = {"code": code.strip(), "engagement_requis": engagement_requis}
    uow.audit("reception.service", acheteur_siret, donnees)


def niveau_de(uow: UnitOfWork, acheteur_siret: str) -> Niveau:
    """What French findings do for an organisation; shown without blocking by default."""
    reglage = uow.session.get(ReglageReception, acheteur_siret)
    return Niveau(reglage.niveau_br_fr) if reglage else Niveau.AVERTIR


def annuaire_de(uow: UnitOfWork, acheteur_siret: str) -> Annuaire:
    """How an organisation routes its invoices."""
    reglage = uow.session.get(ReglageReception, acheteur_siret)
    if reglage is None:
        return Annuaire()
    services = uow.session.scalars(
        select(ServiceDestinataire).where(ServiceDestinataire.acheteur_siret == acheteur_siret)
    )
    return Annuaire(Exigence(reglage.exigence), {s.code: s.engagement_requis for s in services})


def regler(uow: UnitOfWork, acheteur_siret: str) -> ReglageReception:
    """The settings of an organisation, made at their first change."""
    reglage = uow.session.get(ReglageReception, acheteur_siret, with_for_update=True)
    if reglage is not None:
        return reglage
    if uow.session.get(Acheteur, acheteur_siret) is None:
        raise NotFoundError("Cet acheteur n’est pas connu.", code="acheteur_inconnu")
    reglage = ReglageReception(
        acheteur_siret=acheteur_siret,
        tolerance_prix=Decimal(),
        tolerance_quantite=Decimal(),
        tolerance_montant=Montant.zero(),
        niveau_br_fr=Niveau.AVERTIR,
        exigence=Exigence.NONE,
    )
    uow.session.add(reglage)
    uow.session.flush()
    return reglage
