"""M3 on the database: plans in, opportunities out, decisions that hold."""

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.groupement import schemas
from services.groupement import tables as t
from services.groupement.domain.programmation import Projet, periode
from services.groupement.jobs import chercher_opportunites
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.decider_opportunite import (
    Proposition,
    ecarter_opportunite,
    proposer_opportunite,
)
from services.groupement.usecases.inscrire_prevision import inscrire_prevision, retirer_prevision
from services.groupement.usecases.noter_attribution import noter_attribution
from services.groupement.usecases.noter_programme import noter_programme
from shared.contracts import catalogue
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import AUB, DEP, SDEA, SDIS, SITE, Monde
from tests.kit.web import lisible

PAGE = "/groupement/opportunites"
PROGRAMMATION = "/groupement/programmation"
Fabrique = Callable[..., Any]


def projet(reference: str = "P1", **champs: Any) -> Projet:
    valeurs: dict[str, Any] = {
        "objet": "Papier recyclé",
        "cpv": "30197630",
        "nature": Nature.FOURNITURES,
        "lieu": "07",
        "debut": dt.date(2026, 5, 1),
        "fin": dt.date(2026, 8, 31),
        "montant_estime_ht": Montant("35000"),
    }
    return Projet(reference=reference, **{**valeurs, **champs})


def opportunites(monde: Monde) -> dict[str, t.Opportunite]:
    with monde.transactions.read() as session:
        return {o.etat: o for o in session.scalars(sa.select(t.Opportunite))}


@pytest.fixture
def prevu(monde: Monde, contexte: Fabrique) -> Any:
    """Two members plan the same kind of purchase; the job has run."""
    monde.convention()
    monde.faire(inscrire_prevision, SDIS, projet())
    monde.faire(inscrire_prevision, SDEA, projet(lieu="07019", montant_estime_ht=Montant("38000")))
    context = contexte("groupement")
    assert chercher_opportunites(context) == 1
    return context


def test_M3_two_members_who_plan_the_same_are_found_once(
    prevu: Any, monde: Monde, events: Fabrique
) -> None:
    assert chercher_opportunites(prevu) == 0
    (detectee,) = events("groupement", "groupement.opportunite.detectee.v1")
    assert {m["siret"] for m in detectee.data["membres"]} == {SDIS, SDEA}
    assert detectee.data["montant_estime_ht"] == "73000.00"
    assert detectee.data["procedure"] == "MAPA"
    assert opportunites(monde)["OUVERTE"].analyse["seuil_franchi"]


def test_M3_an_opportunity_whose_plans_change_expires_and_another_is_found(
    prevu: Any, monde: Monde, events: Fabrique
) -> None:
    monde.faire(inscrire_prevision, SDIS, projet(montant_estime_ht=Montant("36000")))
    assert chercher_opportunites(prevu) == 2
    assert set(opportunites(monde)) == {"OUVERTE", "PERIMEE"}
    monde.faire(inscrire_prevision, SDIS, projet())
    assert chercher_opportunites(prevu) == 2
    assert len(events("groupement", "groupement.opportunite.detectee.v1")) == 3
    assert len(events("groupement", "groupement.opportunite.perimee.v1")) == 2


def test_M3_a_dismissed_opportunity_comes_back_only_when_an_input_changes(
    prevu: Any, monde: Monde
) -> None:
    ouverte = opportunites(monde)["OUVERTE"]
    with pytest.raises(ValidationError):
        monde.faire(ecarter_opportunite, ouverte.id, DEP, " ")
    with pytest.raises(NotFoundError):
        monde.faire(ecarter_opportunite, ouverte.id, SDIS, "je n’y suis pas pour décider")
    monde.faire(ecarter_opportunite, ouverte.id, DEP, "Marché renouvelé")
    with pytest.raises(ConflictError):
        monde.faire(ecarter_opportunite, ouverte.id, DEP, "encore")
    assert chercher_opportunites(prevu) == 0
    monde.faire(inscrire_prevision, SDIS, projet(fin=dt.date(2026, 9, 1)))
    assert chercher_opportunites(prevu) == 1
    assert set(opportunites(monde)) == {"ECARTEE", "OUVERTE"}


def test_M3_proposing_creates_a_purchase_and_tells_the_members(
    prevu: Any, monde: Monde, events: Fabrique
) -> None:
    ouverte = opportunites(monde)["OUVERTE"]
    proposition = Proposition("Papier 2026", "Papier", dt.date(2026, 5, 1))
    achat = monde.faire(proposer_opportunite, ouverte.id, DEP, proposition, site=SITE)
    assert (achat.etat, achat.cpv, achat.lieu) == ("PROJET", "30197630", "07")
    (proposee,) = events("groupement", "groupement.opportunite.proposee.v1")
    assert proposee.data["achat_id"] == str(achat.id)
    assert [m["siret"] for m in proposee.data["membres"]] == sorted([SDIS, SDEA])
    assert all("@" in m["courriel"] for m in proposee.data["membres"])
    assert chercher_opportunites(prevu) == 0
    monde.faire(abandonner, achat.id, "Le coordonnateur renonce")
    assert chercher_opportunites(prevu) == 0, "the same inputs have been decided"


def test_M3_a_past_or_withdrawn_plan_no_longer_counts(prevu: Any, monde: Monde) -> None:
    with monde.transactions.read() as session:
        sien = session.scalars(sa.select(t.Prevision).where(t.Prevision.siret == SDEA)).one()
    with pytest.raises(NotFoundError):
        monde.faire(retirer_prevision, SDIS, sien.id)
    for _ in range(2):
        monde.faire(retirer_prevision, SDEA, sien.id)
    assert chercher_opportunites(prevu) == 1
    assert set(opportunites(monde)) == {"PERIMEE"}
    monde.faire(inscrire_prevision, SDEA, projet(lieu="07019", montant_estime_ht=Montant(38000)))
    monde.clock.advance(dt.timedelta(days=300))
    assert chercher_opportunites(prevu) == 0


def annonce(sequence: int, **champs: Any) -> Event:
    type_ = "publication.programme.mis_a_jour.v1"
    exemple = catalogue.load().get(type_).sample
    donnees = {
        **exemple,
        "achat_id": None,
        "acheteur": {"siret": SDEA, "nom": "SDEA"},
        "publication_prevue_le": "2026-06-01",
        **champs,
    }
    cle = uuid.UUID("0198a3c0-0000-7000-8000-0000000000aa")
    source = f"urn:siret:{DEP}:publication"
    instant = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    return Event(cle, type_, source, str(cle), sequence, instant, donnees, "flux")


@pytest.mark.parametrize("ordre", [(1, 2, 3), (3, 1, 2), (2, 3, 3)])
def test_M1_the_programme_is_rebuilt_the_same_in_any_order(
    monde: Monde, ordre: tuple[int, ...]
) -> None:
    dits = {
        1: annonce(1),
        2: annonce(2, publication_prevue_le="2026-07-01"),
        3: annonce(3, etat="ABANDONNEE", publication_prevue_le="2026-07-01"),
    }
    for numero in ordre:
        monde.faire(noter_programme, schemas.programme(dits[numero]))
    with monde.transactions.read() as session:
        (lue,) = session.scalars(sa.select(t.Prevision))
    assert (lue.etat, lue.debut, lue.sequence) == ("RETIREE", dt.date(2026, 7, 1), 3)
    assert schemas.programme(annonce(4, achat_id=str(uuid.uuid4()))) is None
    assert schemas.programme(annonce(4, publication_prevue_le=None)) is None


def test_M3_the_published_programme_meets_what_a_member_entered(
    monde: Monde, contexte: Fabrique
) -> None:
    monde.convention()
    monde.faire(inscrire_prevision, SDIS, projet())
    monde.faire(noter_programme, schemas.programme(annonce(1)))
    assert chercher_opportunites(contexte("groupement")) == 1


def test_M3_the_guard_counts_firms_of_notified_contracts(prevu: Any, monde: Monde) -> None:
    exemple = dict(catalogue.load().get("publication.marche.notifie.v1").sample)
    for rang, (montant, pme) in enumerate([("18000.00", True), ("20000.00", False)]):
        siret = f"9{rang}000000000000"
        titulaire = {"siret": siret, "nom": f"F{rang}", "pme": pme, "courriel": None}
        donnees = exemple | {
            "marche_id": str(uuid.uuid4()), "titulaire": titulaire, "montant_ht": montant,
        }  # fmt: skip
        for _ in range(2):
            monde.faire(noter_attribution, schemas.attribution(donnees))
    chercher_opportunites(prevu)
    garde = opportunites(monde)["OUVERTE"].analyse["garde_pme"]
    assert (garde["marches_connus"], garde["titulaires_connus"], garde["pme_connues"]) == (2, 2, 1)
    assert (garde["avant"], garde["en_un_lot"], garde["apres"]) == (1, 0, 1)


def test_the_end_of_the_contract_drives_the_period() -> None:
    fin = dt.date(2027, 1, 31)
    assert periode(None, None, fin) == (dt.date(2026, 4, 30), dt.date(2026, 9, 30))
    assert periode(dt.date(2026, 5, 1), dt.date(2026, 6, 1), fin)[0] == dt.date(2026, 5, 1)
    for debut, terme in ((None, fin), (fin, None), (fin, dt.date(2026, 1, 1)), (None, None)):
        with pytest.raises(ValidationError):
            periode(debut, terme, None)


SAISIE = {
    "objet": "Papier recyclé", "cpv": "30197630", "nature": "FOURNITURES", "lieu": "Aubenas",
    "fin_contrat_le": "2027-01-31", "montant_estime_ht": "9 000,00",
}  # fmt: skip


def test_M3_pages_from_the_plan_to_the_proposal(
    prevu: Any, monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    assert "Aucun achat prévu" in lisible(aubenas.get(PROGRAMMATION))
    refus = aubenas.post(f"{PROGRAMMATION}/nouveau", data=SAISIE | {"lieu": "Nulle part"})
    assert (refus.status_code, 'value="Nulle part"' in refus.text) == (422, True)
    page = lisible(aubenas.post(f"{PROGRAMMATION}/nouveau", data=SAISIE, follow_redirects=True))
    assert "du 30 avril 2026 au 30 septembre 2026" in page
    assert "Aubenas (07019)" in page
    chercher_opportunites(prevu)
    vue = lisible(aubenas.get(PAGE))
    assert "Papier recyclé – 3 membres" in vue
    assert "Le coordonnateur décide de la suite" in vue
    assert "Proposer aux membres" not in vue
    ouverte = opportunites(monde)["OUVERTE"]
    assert aubenas.get(f"{PAGE}/{ouverte.id}/proposer").status_code == 403
    assert "Seuil franchi" in lisible(coordonnatrice.get(PAGE))
    muet = coordonnatrice.post(f"{PAGE}/{ouverte.id}/proposer", data={"objet": "Papier"})
    assert (muet.status_code, "Famille d’achat" in lisible(muet)) == (422, True)
    fait = coordonnatrice.post(
        f"{PAGE}/{ouverte.id}/proposer",
        data={"objet": "Papier 2026", "famille": "Papier", "publication_prevue_le": "2026-05-01"},
        follow_redirects=True,
    )
    assert "3 membres sont invités" in lisible(fait)
    assert "Achat né d’une opportunité de grouper" in lisible(fait)
    assert "Proposée aux membres" in lisible(coordonnatrice.get(PAGE))
    assert coordonnatrice.get(f"{PAGE}/{ouverte.id}/proposer").status_code == 409


def test_M3_pages_dismiss_with_a_reason(prevu: Any, monde: Monde, coordonnatrice: Any) -> None:
    ouverte = opportunites(monde)["OUVERTE"]
    assert coordonnatrice.get(f"{PAGE}/{ouverte.id}/ecarter").status_code == 200
    assert coordonnatrice.post(f"{PAGE}/{ouverte.id}/ecarter", data={}).status_code == 422
    motif = {"motif": "Marché renouvelé"}
    fait = coordonnatrice.post(f"{PAGE}/{ouverte.id}/ecarter", data=motif, follow_redirects=True)
    assert "Marché renouvelé" in lisible(fait)
    assert coordonnatrice.get(f"{PAGE}/{uuid.uuid4()}/ecarter").status_code == 404


CSV = (
    "Réf;Intitulé;Code CPV;Lieu;Montant HT;Fin du contrat\n"
    "A1;Papier;30197630;Aubenas;9 000,00;31/01/2027\n"
    "A2;Sel;34927100;07;;31/01/2027\n"
    "A3;Sans date;34927100;07;;\n"
    "A1;Doublon;34927100;07;;31/01/2027\n"
).encode("latin-1")


def envoyer(client: Any, contenu: bytes) -> Any:
    return client.post(
        f"{PROGRAMMATION}/import",
        data={"fichier": (io.BytesIO(contenu), "programmation.csv")},
        content_type="multipart/form-data",
    )


def test_M3_a_spreadsheet_is_previewed_then_confirmed_and_twice_changes_nothing(
    monde: Monde, aubenas: Any
) -> None:
    monde.convention()
    apercu = envoyer(aubenas, CSV)
    dit = "2 à créer, 0 à modifier, 0 identiques, 2 en erreur, sur 4 lignes"
    assert dit in lisible(apercu)
    champs = {
        nom: apercu.text.split(f'name="{nom}" value="')[1].split('"')[0].replace("&#34;", '"')
        for nom in ("contenu", "empreinte")
    }
    fait = aubenas.post(f"{PROGRAMMATION}/import/confirmer", data=champs, follow_redirects=True)
    assert "2 achats prévus importés" in lisible(fait)
    assert "2 identiques" in lisible(envoyer(aubenas, CSV))
    encore = aubenas.post(f"{PROGRAMMATION}/import/confirmer", data=champs)
    assert "relisez les lignes" in lisible(encore)
    export = aubenas.get(f"{PROGRAMMATION}/export.ods")
    assert "2 identiques, 0 en erreur, sur 2" in lisible(envoyer(aubenas, export.data))
    brouille = aubenas.post(f"{PROGRAMMATION}/import/confirmer", data={"contenu": "[1]"})
    assert brouille.status_code == 422
    assert envoyer(aubenas, b"a;b\n1;2\n").status_code == 422


def test_M3_a_plan_is_changed_and_withdrawn_by_its_member_only(
    prevu: Any, monde: Monde, client: Fabrique, aubenas: Any
) -> None:
    with monde.transactions.read() as session:
        sien = session.scalars(sa.select(t.Prevision).where(t.Prevision.siret == SDIS)).one()
    sdis = client("groupement", "agent-sdis")
    for suite in ("", "/retirer"):
        assert aubenas.get(f"{PROGRAMMATION}/{sien.id}{suite}").status_code == 404
        assert sdis.get(f"{PROGRAMMATION}/{sien.id}{suite}").status_code == 200
    saisie = SAISIE | {"objet": "Papier blanc", "reference": "autre"}
    assert "Papier blanc" in lisible(
        sdis.post(f"{PROGRAMMATION}/{sien.id}", data=saisie, follow_redirects=True)
    )
    vide = sdis.post(f"{PROGRAMMATION}/{sien.id}/retirer", follow_redirects=True)
    assert "Aucun achat prévu" in lisible(vide)
    assert chercher_opportunites(prevu) == 1


def test_M3_the_same_over_json(prevu: Any, monde: Monde, aubenas: Any) -> None:
    api = "/groupement/api/v1"
    corps = {"reference": "A1", "objet": "Papier", "cpv": "30197630", "lieu": "07019"}
    sans = aubenas.post(f"{api}/previsions", json=corps)
    assert (sans.status_code, list(sans.json["erreurs"])) == (422, ["debut"])
    corps["fin_contrat_le"] = "2027-01-31"
    inscrite = aubenas.post(f"{api}/previsions", json=corps).json
    assert inscrite["debut"] == "2026-04-30"
    assert aubenas.post(f"{api}/previsions", json=corps).json["version"] == 1
    chercher_opportunites(prevu)
    (vue,) = aubenas.get(f"{api}/opportunites").json["opportunites"]
    assert (vue["etat"], len(vue["membres"])) == ("OUVERTE", 3)
    assert len(vue["analyse"]["raisons"]) >= 5
    assert aubenas.delete(f"{api}/previsions/{inscrite['id']}").status_code == 204
    assert aubenas.get(f"{api}/previsions").json["previsions"] == []
    with monde.transactions.read() as session:
        assert not session.scalars(
            sa.select(t.Prevision).where(t.Prevision.siret == AUB, t.Prevision.etat == "ACTIVE")
        ).all()
