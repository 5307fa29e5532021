"""Look again for groupings among the plans of a convention's members (M3)."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain import conventions
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.analyse import (
    MOIS_CONNUS,
    Analyse,
    Connaissance,
    Decoupage,
    Firme,
    analyser,
    en_donnees,
    phrases,
)
from services.groupement.domain.opportunites import (
    EtatOpportunite,
    Groupe,
    Plan,
    classe_cpv,
    departement,
    detecter,
)
from services.groupement.domain.programmation import EtatPrevision
from services.groupement.domain.seuils import Cadre
from services.groupement.usecases.commun import convention_de, organisations, verrouille
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.lieux import annuaire
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, ParametreManquant, Parametres
from shared.messaging.uow import UnitOfWork


def detecter_opportunites(uow: UnitOfWork, convention_id: uuid.UUID, parametres: Parametres) -> int:
    """Bring the convention's opportunities up to date; return how many changed state.

    What was decided stays decided: a dismissed opportunity comes back only when one of its inputs
    changes, for it is then another one.
    """
    verrouille(uow, sa.select(t.Convention).where(t.Convention.id == convention_id))
    jour = uow.clock.today()
    convention = convention_de(uow.session, convention_id)
    membres = {adhesion.siret: adhesion.nom for adhesion in convention.consultes(jour)}
    groupes = {g.empreinte: g for g in detecter(_plans(uow.session, membres, jour))}
    connues = {
        lue.empreinte: lue
        for lue in uow.session.scalars(
            sa.select(t.Opportunite).where(t.Opportunite.convention_id == convention_id)
        )
    }
    etude = _Etude(uow.session, parametres, convention, jour)
    changees = sum(_perimer(uow, connues[cle]) for cle in sorted(connues.keys() - groupes.keys()))
    for cle, groupe in groupes.items():
        changees += _retenir(uow, convention_id, etude.etudier(groupe), connues.get(cle))
    return changees


def _plans(session: Session, membres: Mapping[str, str], jour: dt.date) -> list[Plan]:
    """Plans that still count: not past, not already taken by a purchase that is going on."""
    pris = (
        sa.select(t.OpportunitePrevision.prevision_id)
        .join(t.Opportunite, t.Opportunite.id == t.OpportunitePrevision.opportunite_id)
        .join(t.Achat, t.Achat.id == t.Opportunite.achat_id)
        .where(t.Achat.etat != EtatAchat.ABANDONNE.value)
    )
    requete = sa.select(t.Prevision).where(
        t.Prevision.etat == EtatPrevision.ACTIVE.value,
        t.Prevision.siret.in_(membres),
        t.Prevision.fin >= jour,
        t.Prevision.id.not_in(pris),
    )
    return [
        Plan(
            str(lue.id),
            lue.siret,
            membres[lue.siret],
            lue.objet,
            lue.cpv,
            Nature(lue.nature),
            lue.lieu,
            lue.debut,
            lue.fin,
            lue.montant_estime_ht,
        )
        for lue in session.scalars(requete)
    ]


class _Etude:
    """What every grouping of a convention is compared with."""

    def __init__(
        self,
        session: Session,
        parametres: Parametres,
        convention: conventions.Convention,
        jour: dt.date,
    ) -> None:
        self._session = session
        self._parametres = parametres
        self._coordonnateur = convention.coordonnateur
        self._jour = jour
        sirets = {a.siret for a in convention.adhesions} | {convention.coordonnateur}
        self._classes = {
            siret: ClasseAcheteur(lue.classe)
            for siret, lue in organisations(session, sirets).items()
        }

    def etudier(self, groupe: Groupe) -> Analyse:
        """Analyse at the thresholds of the first possible day, else at those known today."""
        connu = connaissance(self._session, groupe, self._jour)
        try:
            return self._au(max(self._jour, groupe.debut), groupe, connu)
        except ParametreManquant:
            return self._au(self._jour, groupe, connu)

    def _au(self, date: dt.date, groupe: Groupe, connu: Connaissance) -> Analyse:
        cadres = {
            siret: Cadre(self._parametres, date, classe, groupe.nature)
            for siret, classe in self._classes.items()
        }
        return analyser(groupe, cadres[self._coordonnateur], cadres, connu)


def connaissance(session: Session, groupe: Groupe, jour: dt.date) -> Connaissance:
    """Firms that held a contract of the class in the département these last years."""
    depuis = ajouter_mois(jour, -MOIS_CONNUS)
    requete = sa.select(t.Attribution).where(
        sa.func.left(t.Attribution.cpv, 4) == classe_cpv(groupe.cpv),
        t.Attribution.notifie_le >= depuis,
        t.Attribution.lieu.is_not(None),
    )
    locaux = [a for a in session.scalars(requete) if departement(a.lieu or "") == groupe.lieu]
    plus_gros: dict[str, Montant] = {}
    for lu in locaux:
        connu = plus_gros.get(lu.titulaire_siret, Montant.zero())
        plus_gros[lu.titulaire_siret] = max(connu, lu.montant_ht)
    pme = {lu.titulaire_siret: lu.titulaire_nom for lu in locaux if lu.titulaire_pme}
    firmes = tuple(Firme(siret, pme[siret], plus_gros[siret]) for siret in sorted(pme))
    return Connaissance(firmes, len(locaux), len(plus_gros), depuis)


def _retenir(
    uow: UnitOfWork, convention_id: uuid.UUID, analyse: Analyse, connue: t.Opportunite | None
) -> int:
    """Write a new opportunity, wake one whose inputs came back, or refresh what is known of it."""
    if connue and connue.etat in {EtatOpportunite.PROPOSEE, EtatOpportunite.ECARTEE}:
        return 0
    donnees = decrire(analyse)
    if connue and connue.etat == EtatOpportunite.OUVERTE:
        if connue.analyse != donnees:
            connue.analyse = donnees
        return 0
    opportunite = connue or _nouvelle(uow, convention_id, analyse.groupe)
    opportunite.etat = EtatOpportunite.OUVERTE.value
    opportunite.analyse = donnees
    uow.session.flush()
    uow.audit("opportunite.detectee", str(opportunite.id), {"membres": len(opportunite.membres)})
    uow.emit(
        "groupement.opportunite.detectee.v1",
        subject=str(opportunite.id),
        data={
            **entete(opportunite),
            "debut": opportunite.debut,
            "fin": opportunite.fin,
            "membres": [{"siret": m["siret"], "nom": m["nom"]} for m in opportunite.membres],
            "montant_estime_ht": opportunite.montant_estime_ht,
            "procedure": donnees["procedure"],
        },
    )
    return 1


def _nouvelle(uow: UnitOfWork, convention_id: uuid.UUID, groupe: Groupe) -> t.Opportunite:
    opportunite = t.Opportunite(
        id=uow.new_id(),
        convention_id=convention_id,
        empreinte=groupe.empreinte,
        objet=groupe.objet,
        cpv=groupe.cpv,
        nature=groupe.nature.value,
        lieu=groupe.lieu,
        debut=groupe.debut,
        fin=groupe.fin,
        montant_estime_ht=groupe.total,
        membres=[
            {"siret": siret, "nom": groupe.membres[siret], "montant_estime_ht": str(montant)}
            for siret, montant in groupe.par_membre.items()
        ],
        analyse={},
        etat=EtatOpportunite.OUVERTE.value,
        detectee_le=uow.clock.now(),
    )
    uow.session.add(opportunite)
    uow.session.flush()
    uow.session.add_all(
        t.OpportunitePrevision(opportunite_id=opportunite.id, prevision_id=uuid.UUID(plan.id))
        for plan in groupe.plans
    )
    return opportunite


def _perimer(uow: UnitOfWork, opportunite: t.Opportunite) -> int:
    """An open opportunity whose inputs changed is no longer one."""
    if opportunite.etat != EtatOpportunite.OUVERTE:
        return 0
    opportunite.etat = EtatOpportunite.PERIMEE.value
    uow.audit("opportunite.perimee", str(opportunite.id))
    uow.emit(
        "groupement.opportunite.perimee.v1",
        subject=str(opportunite.id),
        data={**entete(opportunite), "le": uow.clock.now()},
    )
    return 1


def decrire(analyse: Analyse) -> dict[str, Any]:
    """The analysis as data, with its sentences; places under their names."""
    lieux = annuaire()
    noms = {lot.cle: lieux.nom(lot.cle) if len(lot.cle) <= 5 else lot.objet for lot in analyse.lots}
    raisons = phrases(analyse, lieu=lieux.complet(analyse.groupe.lieu), nom_lot=noms)
    donnees = en_donnees(analyse, raisons)
    if analyse.decoupage is Decoupage.LIEU:
        for lot in donnees["lots"]:
            lot["objet"] = f"{lot['objet']} – {noms[lot['cle']]}"
    return donnees


def entete(opportunite: t.Opportunite) -> dict[str, Any]:
    """What every event of an opportunity says of it."""
    return {
        "opportunite_id": opportunite.id,
        "convention_id": opportunite.convention_id,
        "objet": opportunite.objet,
        "cpv": opportunite.cpv,
        "lieu": opportunite.lieu,
        "empreinte": opportunite.empreinte,
    }
