"""Make an organisation and its agents known to the group."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.groupement import tables as t
from services.groupement.domain.formes import FormeJuridique, a_une_cao, forme_de
from shared.kernel.identifiants import valider_siret
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleOrganisation:
    """A buyer; `agents` maps an agent's id to its function and roles.

    Without a legal kind, its class tells it; without `a_cao`, its kind does.
    """

    siret: str
    nom: str
    classe: ClasseAcheteur
    courriel: str | None
    lieu_livraison: str
    agents: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    forme: FormeJuridique | None = None
    a_cao: bool | None = None


def inscrire_organisation(uow: UnitOfWork, nouvelle: NouvelleOrganisation) -> None:
    """Write or update an organisation and the rights of its agents."""
    siret = valider_siret(nouvelle.siret)
    forme = nouvelle.forme or forme_de(nouvelle.classe)
    uow.session.merge(
        t.Organisation(
            siret=siret,
            nom=nouvelle.nom,
            classe=nouvelle.classe.value,
            courriel=nouvelle.courriel,
            lieu_livraison=nouvelle.lieu_livraison,
            forme=forme.value,
            a_cao=a_une_cao(forme) if nouvelle.a_cao is None else nouvelle.a_cao,
        )
    )
    uow.session.flush()
    for agent_id, (fonction, roles) in nouvelle.agents.items():
        uow.session.merge(t.Agent(id=agent_id, siret=siret, fonction=fonction, roles=list(roles)))
    uow.audit("organisation.inscrite", siret, {"agents": sorted(nouvelle.agents)})
