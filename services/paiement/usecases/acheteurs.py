"""Buyers are learnt from the contracts and orders that name them; a person sets their class."""

from sqlalchemy.dialects.postgresql import insert

from services.paiement.domain import horloge
from services.paiement.tables import Acheteur
from services.paiement.usecases.lois import lois
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import UnitOfWork


def connaitre_acheteur(uow: UnitOfWork, siret: str, nom: str) -> None:
    """Add a buyer heard of for the first time; its class stays as it was set."""
    nouveau = {"siret": siret, "nom": nom, "classe": ClasseAcheteur.COLLECTIVITE.value}
    requete = insert(Acheteur).values(**nouveau)
    uow.session.execute(requete.on_conflict_do_update(index_elements=["siret"], set_={"nom": nom}))


def joindre_finances(
    uow: UnitOfWork, siret: str, courriel: str | None, comptable_jours: int | None
) -> None:
    """Set whom to warn before an end of deadline, and what a convention leaves its accountant."""
    acheteur = uow.session.get(Acheteur, siret, with_for_update=True)
    if acheteur is None:
        raise NotFoundError("Cet acheteur n’est pas connu.", code="acheteur_inconnu")
    acheteur.courriel_finances = courriel
    acheteur.comptable_jours = comptable_jours
    details = {"courriel": courriel, "comptable_jours": comptable_jours}
    uow.audit("acheteur.finances", siret, details)


def classer_acheteur(
    uow: UnitOfWork, siret: str, classe: ClasseAcheteur, depenses_reelles: Montant | None
) -> None:
    """Set what the law asks of a buyer: its class, and its real operating expenditure.

    Raise `ParametreManquant` for a class whose payment deadline nobody knows: its invoices could
    not be timed.
    """
    horloge.delais(lois(uow.session), classe, uow.clock.today())
    acheteur = uow.session.get(Acheteur, siret, with_for_update=True)
    if acheteur is None:
        raise NotFoundError("Cet acheteur n’est pas connu.", code="acheteur_inconnu")
    acheteur.classe = classe.value
    acheteur.depenses_reelles = depenses_reelles
    uow.audit("acheteur.classe", siret, {"classe": classe, "depenses_reelles": depenses_reelles})
