"""Service orders on a real database: register, signed link, deemed receipt, answers, effects."""

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.paiement.domain.acomptes import Methode
from services.paiement.domain.decompte import Genre
from services.paiement.domain.ordre_service import Autorite, EtatOrdre, MotifRefus, TypeOrdre
from services.paiement.jobs import presumer_receptions
from services.paiement.tables import Marche, OrdreService
from services.paiement.usecases.conditions_marche import NouvellesConditions, fixer_conditions
from services.paiement.usecases.decomptes import NouveauDecompte, preparer_decompte
from services.paiement.usecases.ordres_service import (
    NouvelOrdre,
    accuser_reception,
    annuler_ordre,
    effets_de,
    emettre_ordre,
    executer_ordre,
    notifier_ordre,
    observer,
    refuser_ordre,
)
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from shared.web.liens import signer
from tests.kit.paiement import DEPARTEMENT, MARCHE, PAPETERIE, le
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
COURRIEL = demo.PAPETERIE.courriel
FIN = dt.date(2027, 2, 27)
Clients = Callable[..., ClientWeb]
Emis = Callable[..., list]


def faire(tx: Transactions, acte: Callable[..., Any], *args: Any) -> Any:
    with tx.begin(acteur="test") as uow:
        return acte(uow, *args)


def emettre(tx: Transactions, type_: TypeOrdre, effet: str = "2026-03-02", **champs: Any) -> Any:
    base: dict[str, Any] = {
        "objet": "Déménagement du magasin",
        "texte": "Arrêter les livraisons au quai nord.",
        "autorite": Autorite.ACHETEUR,
        "emetteur": "Directrice des bâtiments",
        "effet_le": dt.date.fromisoformat(effet),
    }
    nouvel = NouvelOrdre(type=type_, **(base | champs))
    return faire(tx, emettre_ordre, MARCHE, DEPARTEMENT, nouvel)


def notifier(tx: Transactions, ordre: OrdreService) -> OrdreService:
    notifie: OrdreService = faire(tx, notifier_ordre, ordre.id, DEPARTEMENT, COURRIEL)
    return notifie


def notifie(tx: Transactions, type_: TypeOrdre, effet: str = "2026-03-02", **champs: Any) -> Any:
    return notifier(tx, emettre(tx, type_, effet, **champs))


def fin(tx: Transactions) -> dt.date:
    with tx.read() as session:
        return effets_de(session, session.get_one(Marche, MARCHE)).fin


def test_H1_un_ordre_est_numerote_et_deplace_la_fin_du_marche(
    tx: Transactions, marche: Marche, events: Emis, clock: FrozenClock
) -> None:
    suspension = emettre(tx, TypeOrdre.SUSPENSION, "2026-03-02")
    assert (suspension.numero, fin(tx)) == (1, FIN)
    notifier(tx, suspension)
    faire(tx, accuser_reception, suspension.id, PAPETERIE)
    le(clock, "2026-04-01")
    reprise = notifie(tx, TypeOrdre.REPRISE, "2026-04-01")
    assert reprise.numero == 2
    assert fin(tx) == FIN + dt.timedelta(days=30)
    faits = [e for e in events("paiement") if ".ordre_service." in e.type]
    assert [e.type.split(".")[2] for e in faits] == [
        "emis", "notifie", "accuse", "emis", "notifie",
    ]  # fmt: skip
    assert faits[-1].data["fin_le"] == "2027-03-29"


def test_H1_un_ordre_refuse_ou_annule_rend_la_fin(tx: Transactions, marche: Marche) -> None:
    delai = notifie(tx, TypeOrdre.DELAI, jours=10)
    assert fin(tx) == FIN + dt.timedelta(days=10)
    faire(tx, accuser_reception, delai.id, PAPETERIE)
    faire(tx, refuser_ordre, delai.id, PAPETERIE, MotifRefus.LEGALITE, "Hors du marché.")
    assert fin(tx) == FIN
    autre = notifie(tx, TypeOrdre.DELAI, jours=5)
    faire(tx, annuler_ordre, autre.id, DEPARTEMENT, "Émis par erreur")
    assert fin(tx) == FIN


def test_regles_15_un_ordre_sans_prix_ni_validation_est_refuse(
    tx: Transactions, marche: Marche
) -> None:
    with pytest.raises(ValidationError) as refus:
        emettre(tx, TypeOrdre.PRIX)
    assert "L2194-3" in refus.value.champs["montant_ht"]
    with pytest.raises(ValidationError) as refus:
        emettre(tx, TypeOrdre.DELAI, jours=5, autorite=Autorite.MAITRE_OEUVRE)
    assert set(refus.value.champs) == {"validation_le"}
    with pytest.raises(NotFoundError):
        faire(
            tx,
            emettre_ordre,
            MARCHE,
            demo.SDIS.siret,
            NouvelOrdre(
                TypeOrdre.INSTRUCTION, "x", "x", Autorite.ACHETEUR, "x", dt.date(2026, 3, 2)
            ),
        )


def test_regles_15_sans_consultation_recu_apres_huit_jours(
    tx: Transactions, marche: Marche, clock: FrozenClock, contexte: Callable[..., Any], events: Emis
) -> None:
    ordre = notifie(tx, TypeOrdre.INSTRUCTION)
    le(clock, "2026-03-09")
    assert presumer_receptions(contexte("paiement")) == 0
    le(clock, "2026-03-12")
    assert presumer_receptions(contexte("paiement")) == 1
    assert presumer_receptions(contexte("paiement")) == 0
    with tx.read() as session:
        lu = session.get_one(OrdreService, ordre.id)
    assert (lu.etat, lu.presume, lu.accuse_le) == (EtatOrdre.ACCUSE, True, dt.date(2026, 3, 10))
    assert lu.observations_avant == dt.date(2026, 3, 25)
    (fait,) = events("paiement", "paiement.ordre_service.accuse.v1")
    assert fait.data["presume"] is True


def test_regles_15_observations_dans_les_quinze_jours(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    ordre = notifie(tx, TypeOrdre.INSTRUCTION)
    with pytest.raises(ConflictError):
        faire(tx, observer, ordre.id, PAPETERIE, "Trop tôt")
    faire(tx, accuser_reception, ordre.id, PAPETERIE)
    le(clock, "2026-03-18")
    with pytest.raises(ConflictError, match="réputé accepté"):
        faire(tx, observer, ordre.id, PAPETERIE, "Un jour trop tard")
    le(clock, "2026-03-17")
    faire(tx, observer, ordre.id, PAPETERIE, "Deux livraisons sont déjà parties.")
    faire(tx, executer_ordre, ordre.id, DEPARTEMENT)
    with pytest.raises(ConflictError):
        faire(tx, annuler_ordre, ordre.id, DEPARTEMENT, "Trop tard")


def test_regles_15_on_ne_refuse_pas_un_prix_faute_de_prix(tx: Transactions, marche: Marche) -> None:
    ordre = notifie(tx, TypeOrdre.PRIX, montant_ht=Montant("1200"))
    faire(tx, accuser_reception, ordre.id, PAPETERIE)
    with pytest.raises(ValidationError):
        faire(tx, refuser_ordre, ordre.id, PAPETERIE, MotifRefus.SANS_PRIX, "…")


def test_H1_les_ordres_changent_ce_qui_peut_etre_decompte(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    conditions = NouvellesConditions(
        Methode.MOIS, dt.date(2026, 2, 27), Decimal(0), 0, sur_demande=False
    )
    faire(tx, fixer_conditions, MARCHE, DEPARTEMENT, conditions)
    notifie(tx, TypeOrdre.PRIX, montant_ht=Montant("120"))
    notifie(tx, TypeOrdre.SUSPENSION, "2026-03-27")
    le(clock, "2026-05-04")
    nouveau = NouveauDecompte(
        Genre.ACOMPTE, dt.date(2026, 2, 27), dt.date(2026, 5, 4), Montant("4000.01")
    )
    with pytest.raises(ValidationError) as refus:
        faire(tx, preparer_decompte, MARCHE, DEPARTEMENT, nouveau)
    assert "4\u202f000,00\u00a0€" in refus.value.champs["travaux_ht"]  # one month of 48 000


@pytest.mark.parametrize(
    "requete",
    [
        "UPDATE ordre_service SET texte = 'autre'",
        "UPDATE ordre_service SET montant_ht = 1",
        "DELETE FROM ordre_service",
        "UPDATE passage_ordre SET note = 'autre'",
        "DELETE FROM passage_ordre",
    ],
)
def test_un_ordre_dit_toujours_ce_qu_il_disait(
    tx: Transactions, marche: Marche, requete: str
) -> None:
    emettre(tx, TypeOrdre.PRIX, montant_ht=Montant("120"))
    with pytest.raises(DBAPIError, match="ne se modifie pas"), tx.begin() as uow:
        uow.session.execute(sa.text(requete))


# --- Pages -----------------------------------------------------------------------------------

LISTE = f"/paiement/marches/{MARCHE}/ordres"
SAISIE = {
    "type": "SUSPENSION",
    "objet": "Déménagement du magasin",
    "texte": "Arrêter les livraisons au quai nord.",
    "autorite": "ACHETEUR",
    "emetteur": "Directrice des bâtiments",
    "effet_le": "2026-03-02",
}


def lien(client: ClientWeb, ordre: OrdreService) -> str:
    cle = client.application.config["SECRET_KEY"]
    return f"/paiement/ordres/acces/{signer(cle, 'ordre_service', str(ordre.id))}"


def test_H1_le_parcours_de_l_acheteur(tx: Transactions, marche: Marche, client: Clients) -> None:
    agent = client("paiement", "coordonnatrice")
    assert "Aucun ordre de service" in lisible(agent.get(LISTE))
    refus = agent.post(f"{LISTE}/nouveau", data=SAISIE | {"type": "PRIX"})
    assert refus.status_code == 422
    assert "zéro euro" in lisible(refus)
    cree = agent.post(f"{LISTE}/nouveau", data=SAISIE)
    adresse = cree.headers["Location"]
    assert (
        agent.post(f"{adresse}/notifier", data={"courriel": "pas une adresse"}).status_code == 422
    )
    assert agent.post(f"{adresse}/notifier", data={"courriel": COURRIEL}).status_code == 303
    page = lisible(agent.get(adresse))
    assert "ne l’a pas encore consulté" in page
    assert "durée à vérifier" in page
    assert "Exécution suspendue" in lisible(agent.get(LISTE))
    assert agent.post(f"{adresse}/annuler", data={}).status_code == 422
    assert agent.post(f"{adresse}/annuler", data={"note": "Reporté"}).status_code == 303
    assert "Reporté" in lisible(agent.get(adresse))


def test_le_lien_signe_vaut_consultation_par_un_post_seulement(
    tx: Transactions, marche: Marche, client: Clients
) -> None:
    ordre = notifie(tx, TypeOrdre.INSTRUCTION)
    anonyme = client("paiement")
    adresse = lien(anonyme, ordre)
    for _ in range(2):  # a robot that opens the link twice
        page = lisible(anonyme.get(adresse))
        assert "Consulter l’ordre de service" in page
        assert "quai nord" not in page
    with tx.read() as session:
        assert session.get_one(OrdreService, ordre.id).etat == EtatOrdre.NOTIFIE
    assert anonyme.post(f"{adresse}/consulter").status_code == 303
    assert anonyme.post(f"{adresse}/consulter").status_code == 303
    assert "quai nord" in lisible(anonyme.get(adresse))
    vide = anonyme.post(f"{adresse}/observations", data={})
    assert vide.status_code == 422
    observe = {"observations": "Deux livraisons sont déjà parties."}
    assert anonyme.post(f"{adresse}/observations", data=observe).status_code == 303
    assert "déjà parties" in lisible(anonyme.get(adresse))
    refus = {"motif": "SANS_PRIX", "explication": "Une livraison de plus est demandée."}
    assert anonyme.post(f"{adresse}/refus", data=refus).status_code == 303
    assert anonyme.post(f"{adresse}/refus", data=refus).status_code == 422


def test_un_autre_lien_ne_mene_nulle_part(
    tx: Transactions, marche: Marche, client: Clients
) -> None:
    ordre = emettre(tx, TypeOrdre.INSTRUCTION)
    anonyme = client("paiement")
    assert anonyme.get(lien(anonyme, ordre)).status_code == 404  # not notified yet
    notifier(tx, ordre)
    bon = lien(anonyme, ordre)
    assert anonyme.get(bon).status_code == 200
    assert anonyme.get(bon[:-2]).status_code == 404
    cle = anonyme.application.config["SECRET_KEY"]
    detourne = signer(cle, "evaluation", str(ordre.id))
    assert anonyme.get(f"/paiement/ordres/acces/{detourne}").status_code == 404
    inconnu = signer(cle, "ordre_service", str(uuid.uuid4()))
    assert anonyme.get(f"/paiement/ordres/acces/{inconnu}").status_code == 404
    assert anonyme.post(f"{bon}/executer").status_code == 404


def test_l_entreprise_connectee_consulte_et_repond(
    tx: Transactions, marche: Marche, client: Clients
) -> None:
    ordre = emettre(tx, TypeOrdre.INSTRUCTION)
    entreprise = client("paiement", "entreprise")
    adresse = f"/paiement/ordres/{ordre.id}"
    assert entreprise.get(adresse).status_code == 404
    assert "ne vous a été notifié" in lisible(entreprise.get(LISTE))
    notifier(tx, ordre)
    assert "quai nord" not in lisible(entreprise.get(adresse))
    assert "Déménagement" not in lisible(entreprise.get(LISTE))
    assert entreprise.post(f"{adresse}/reponse/consulter").status_code == 303
    assert "quai nord" in lisible(entreprise.get(adresse))
    assert entreprise.post(f"{adresse}/executer").status_code == 403
    assert entreprise.post(f"{adresse}/reponse/inconnu").status_code == 404
    assert client("paiement", "agent-sdis").get(adresse).status_code == 404
    assert client("paiement", "agent-sdis").get(LISTE).status_code == 404
    agent = client("paiement", "coordonnatrice")
    assert agent.post(f"{adresse}/executer").status_code == 303
    assert "Exécuté" in lisible(agent.get(adresse))
