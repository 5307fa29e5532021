"""Statements on a real database: imported once, matched, decided, closed, paid (I3, I4)."""

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.paiement.domain.programme import Personne, Role
from services.paiement.domain.releve import EtatLigne, Issue
from services.paiement.gateways.releves.formats import CANONIQUE, formats
from services.paiement.gateways.releves.lecture import empreinte_de, lire
from services.paiement.tables import Carte, LigneReleve, OperationCarte, Releve, SuiviLigne
from services.paiement.tables.cartes import Nature
from services.paiement.usecases.annuler_operation import annuler_operation
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.decider_lignes import (
    Ref,
    approuver_ligne,
    approuver_rapprochees,
    clore_releve,
    contester_ligne,
    payer_releve,
    repondre_contestation,
    totaux,
)
from services.paiement.usecases.importer_releve import Envoi, Importation, importer_releve
from services.paiement.usecases.programmes import Nomination, designer
from services.paiement.usecases.recus import Piece, deposer_piece
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    NotFoundError,
    ValidationError,
)
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import releves as kit
from tests.kit.cartes import CHEF, FINANCES, carte_active
from tests.kit.paiement import DEPARTEMENT, le
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
TRESOR = Personne("tresor", frozenset({"finances"}))
RECU_LE = dt.date(2026, 4, 2)
PDF = b"%PDF-1.7 "


@pytest.fixture
def carte(tx: Transactions, acheteurs: None, clock: FrozenClock) -> Carte:
    le(clock, "2026-03-02")
    return carte_active(
        tx,
        plafond_transaction=Montant(10_000),
        plafond_periode=Montant(10_000_000),
        plafond_fournisseur=Montant(10_000_000),
    )


def acheter(tx: Transactions, carte: Carte, montant: str, *pieces: Nature) -> OperationCarte:
    demande = Demande(demo.BUREAU.siret, demo.BUREAU.nom, Montant(montant))
    with tx.begin(acteur="agent") as uow:
        operation = autoriser_operation(uow, carte.id, DEPARTEMENT, demande)
    for nature in pieces:
        deposer(tx, operation.id, nature)
    return operation


def deposer(tx: Transactions, operation_id: uuid.UUID, nature: Nature) -> None:
    with tx.begin(acteur="agent") as uow:
        piece = Piece(nature, "piece.pdf", PDF + nature.encode())
        deposer_piece(uow, operation_id, DEPARTEMENT, piece)


def importer(tx: Transactions, carte: Carte, octets: bytes, banque: str = CANONIQUE) -> Importation:
    lu = lire(octets, formats()[banque])
    with tx.begin(acteur="chef-achats") as uow:
        envoi = Envoi("releve.csv", empreinte_de(octets), lu, RECU_LE)
        return importer_releve(uow, carte.programme_id, DEPARTEMENT, envoi, CHEF)


def suivis(tx: Transactions) -> list[SuiviLigne]:
    with tx.read() as session:
        return list(session.scalars(sa.select(SuiviLigne).order_by(SuiviLigne.rang)))


def ref(importation: Importation) -> Ref:
    return Ref(importation.releve.id, DEPARTEMENT)


def test_I3_I4_un_releve_de_1000_lignes(
    tx: Transactions, carte: Carte, clock: FrozenClock, events: Callable[..., list[Any]]
) -> None:
    achats = [acheter(tx, carte, f"{10 + n}.50") for n in range(40)]
    for achat in achats[:30]:
        deposer(tx, achat.id, Nature.RECU)
    lignes = [
        kit.operation(f"{10 + n % 40}.50", autorisation=achats[n].code if n < 40 else "")
        for n in range(1000)
    ]
    octets = kit.releve(lignes)
    le(clock, "2026-04-10")
    importation = importer(tx, carte, octets)
    assert importation.nouveau
    releve = importation.releve
    assert (releve.nombre, releve.total) == (1000, Montant("30000.00"))
    assert releve.echeance_le == dt.date(2026, 5, 4)  # 2 May is a Saturday
    lus = suivis(tx)
    assert [s.rang for s in lus] == list(range(1, 1001))
    assert [s.etat for s in lus[:30]] == [EtatLigne.RAPPROCHEE] * 30
    assert [s.ecarts for s in lus[30:40]] == [["RECU_ABSENT"]] * 10
    assert all(s.ecarts == ["DOUBLON"] for s in lus[40:])
    (dit,) = events("paiement", "paiement.releve.importe.v1")
    assert (dit.data["lignes"], dit.data["exceptions"]) == (1000, 970)
    assert not importer(tx, carte, octets).nouveau
    autre_fichier = octets + b"\r\n"
    assert not importer(tx, carte, autre_fichier).nouveau
    with tx.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LigneReleve)) == 1000
        somme = session.scalar(sa.select(sa.func.sum(LigneReleve.montant_ttc)))
    assert somme == releve.total
    assert len(events("paiement", "paiement.releve.importe.v1")) == 1


def test_I4_le_total_faux_n_ecrit_rien(tx: Transactions, carte: Carte, clock: FrozenClock) -> None:
    le(clock, "2026-04-10")
    with pytest.raises(ValidationError) as refus:
        importer(tx, carte, kit.releve([kit.operation("1.00")], total="2.00"))
    assert refus.value.details["ecart"] == "-1.00"
    assert suivis(tx) == []


@pytest.mark.parametrize(
    ("entete", "code"),
    [
        ({"compte": "CA-9999"}, "releve_d_un_autre"),
        ({"entite_siret": demo.SDIS.siret}, "releve_d_un_autre"),
        ({"au": "2026-04-30"}, "date_impossible"),
        ({"numero": "4970100000000055"}, "numero_de_carte"),
    ],
)
def test_un_releve_d_un_autre_compte_est_refuse(
    tx: Transactions, carte: Carte, clock: FrozenClock, entete: dict[str, str], code: str
) -> None:
    le(clock, "2026-04-10")
    with pytest.raises(DomainError) as refus:
        importer(tx, carte, kit.releve([kit.operation("1.00")], **entete))
    assert refus.value.code == code


def test_le_meme_numero_ne_change_pas_de_contenu(
    tx: Transactions, carte: Carte, clock: FrozenClock
) -> None:
    le(clock, "2026-04-10")
    importer(tx, carte, kit.releve([kit.operation("1.00")]))
    with pytest.raises(ConflictError) as refus:
        importer(tx, carte, kit.releve([kit.operation("2.00")]))
    assert refus.value.code == "releve_different"
    assert "(ligne 1)" in refus.value.message


def test_une_operation_deja_relevee_le_mois_d_avant_est_un_doublon(
    tx: Transactions, carte: Carte, clock: FrozenClock
) -> None:
    achat = acheter(tx, carte, "10.00", Nature.RECU)
    le(clock, "2026-04-10")
    ligne = kit.operation("10.00", autorisation=achat.code)
    importer(tx, carte, kit.releve([ligne]))
    importer(tx, carte, kit.releve([ligne], numero="2026-04"))
    assert sorted(str(s.ecarts) for s in suivis(tx)) == ["['DOUBLON']", "[]"]
    with pytest.raises(ConflictError) as refus, tx.begin() as uow:
        annuler_operation(uow, achat.id, DEPARTEMENT, "Trop tard")
    assert refus.value.code == "operation_relevee"


def test_regles_8_C11_le_niveau_1_attend_la_facture(
    tx: Transactions, carte: Carte, clock: FrozenClock
) -> None:
    un, bis = acheter(tx, carte, "10.00", Nature.RECU), acheter(tx, carte, "20.00", Nature.RECU)
    le(clock, "2026-04-10")
    lignes = [
        kit.operation("10.00", niveau="1", autorisation=un.code),
        kit.operation("20.00", autorisation=bis.code),
    ]
    importation = importer(tx, carte, kit.releve(lignes))
    assert [s.ecarts for s in suivis(tx)] == [["FACTURE_ABSENTE"], []]
    with pytest.raises(ConflictError) as refus, tx.begin() as uow:
        approuver_ligne(uow, ref(importation), 1, "Sans facture", CHEF)
    assert refus.value.code == "ligne_non_approuvable"
    deposer(tx, un.id, Nature.FACTURE)
    assert [s.etat for s in suivis(tx)] == [EtatLigne.RAPPROCHEE] * 2
    with tx.begin() as uow:
        assert approuver_rapprochees(uow, ref(importation), CHEF) == 2


def test_I3_de_l_exception_au_paiement_de_l_emetteur(
    tx: Transactions, carte: Carte, clock: FrozenClock, events: Callable[..., list[Any]]
) -> None:
    achats = [acheter(tx, carte, montant, Nature.RECU) for montant in ("10.00", "20.00", "30.00")]
    le(clock, "2026-04-10")
    lignes = [kit.operation(str(a.montant_ttc), autorisation=a.code) for a in achats[:2]]
    lignes += [kit.operation("31.00", autorisation=achats[2].code), kit.operation("40.00")]
    ici = ref(importer(tx, carte, kit.releve(lignes)))
    with tx.begin() as uow:
        assert approuver_rapprochees(uow, ici, CHEF) == 2
    with pytest.raises(ConflictError), tx.begin() as uow:
        clore_releve(uow, ici, CHEF)
    with pytest.raises(IntegrityError), tx.begin() as uow:
        uow.session.execute(sa.update(Releve).values(etat="CLOS", clos_le=uow.clock.now()))
    with pytest.raises(ValidationError), tx.begin() as uow:
        approuver_ligne(uow, ici, 3, " ", CHEF)
    with tx.begin() as uow:
        approuver_ligne(uow, ici, 3, "Frais de port de 1 €", CHEF)
        contester_ligne(uow, ici, 4, "Le porteur ne reconnaît pas l’opération", CHEF)
        clore_releve(uow, ici, CHEF)
        assert totaux(uow, ici.releve_id).du == Montant("61.00")
    with pytest.raises(ConflictError), tx.begin() as uow:
        contester_ligne(uow, ici, 1, "Trop tard", CHEF)
    with tx.begin() as uow:
        repondre_contestation(uow, ici, 4, (Issue.MAINTENUE, "Ticket signé joint"), CHEF)
        approuver_ligne(uow, ici, 4, "Le porteur reconnaît l’achat", CHEF)
        payer_releve(uow, ici, dt.date(2026, 4, 10), TRESOR)
    (paye,) = events("paiement", "paiement.releve.paye.v1")
    assert (paye.data["montant"], paye.data["jours_retard"]) == ("101.00", 0)
    (clos,) = events("paiement", "paiement.releve.clos.v1")
    assert (clos.data["approuve"], clos.data["conteste"]) == ("61.00", "40.00")
    approuvees = events("paiement", "paiement.releve.lignes_approuvees.v1")
    assert [e.data["rangs"] for e in approuvees] == [[1, 2], [3], [4]]


def test_une_operation_retiree_n_est_pas_due(
    tx: Transactions, carte: Carte, clock: FrozenClock
) -> None:
    le(clock, "2026-04-10")
    ici = ref(importer(tx, carte, kit.releve([kit.operation("40.00")])))
    with tx.begin() as uow:
        contester_ligne(uow, ici, 1, "Fraude", CHEF)
        repondre_contestation(uow, ici, 1, (Issue.RETIREE, "Remboursée"), CHEF)
    with pytest.raises(ConflictError), tx.begin() as uow:
        approuver_ligne(uow, ici, 1, "Quand même", CHEF)
    with tx.begin() as uow:
        clore_releve(uow, ici, CHEF)
        assert totaux(uow, ici.releve_id).du == Montant.zero()


def test_regles_8_C13_chacun_son_geste_sur_le_releve(
    tx: Transactions, carte: Carte, clock: FrozenClock
) -> None:
    achat = acheter(tx, carte, "10.00", Nature.RECU)
    le(clock, "2026-04-10")
    ici = ref(importer(tx, carte, kit.releve([kit.operation("10.00", autorisation=achat.code)])))
    acheteur = Personne("agent", frozenset({"finances", "porteur"}))
    with pytest.raises(ForbiddenError), tx.begin() as uow:
        approuver_ligne(uow, ici, 1, "", acheteur)
    with tx.begin() as uow:
        assert approuver_rapprochees(uow, ici, acheteur) == 0
        for role, qui in ((Role.APPROBATEUR, CHEF), (Role.COMPTABLE, TRESOR)):
            nomination = Nomination(role, qui.id, "Désigné")
            designer(uow, carte.programme_id, DEPARTEMENT, nomination, FINANCES)
    with pytest.raises(ForbiddenError), tx.begin() as uow:
        approuver_ligne(uow, ici, 1, "", TRESOR)
    with tx.begin() as uow:
        approuver_ligne(uow, ici, 1, "", CHEF)
        clore_releve(uow, ici, CHEF)
    with pytest.raises(ForbiddenError), tx.begin() as uow:
        payer_releve(uow, ici, RECU_LE, CHEF)
    with pytest.raises(NotFoundError), tx.begin() as uow:
        clore_releve(uow, Ref(ici.releve_id, demo.SDIS.siret), CHEF)


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE ligne_releve SET montant_ttc = 2",
        "DELETE FROM article_releve",
        "UPDATE releve SET total = 2",
        "DELETE FROM releve",
    ],
)
def test_I4_un_releve_ne_se_reecrit_pas(
    tx: Transactions, carte: Carte, clock: FrozenClock, ordre: str
) -> None:
    le(clock, "2026-04-10")
    article = {
        "designation": "Papier",
        "quantite": "1",
        "prix_unitaire_ht": "1",
        "taux_tva": "0.2",
    }
    importer(tx, carte, kit.releve([kit.operation("1.20", niveau="3", articles=[article])]))
    with pytest.raises(IntegrityError), tx.begin() as uow:
        uow.session.execute(sa.text(ordre))


def test_I4_la_base_refuse_un_releve_qui_ne_tombe_pas_juste(
    tx: Transactions, carte: Carte, clock: FrozenClock
) -> None:
    le(clock, "2026-04-10")
    importer(tx, carte, kit.releve([kit.operation("1.00")]))
    copie = sa.text(
        "INSERT INTO releve SELECT gen_random_uuid(), programme_id, 'autre', emetteur, du, au, "
        "total, nombre, fichier, 'autre', recu_le, echeance_le, importe_le, acteur, etat, clos_le, "
        "paye_le FROM releve"
    )
    with pytest.raises(IntegrityError), tx.begin() as uow:
        uow.session.execute(copie)


def test_le_releve_par_les_pages(
    tx: Transactions, carte: Carte, clock: FrozenClock, client: Callable[..., ClientWeb]
) -> None:
    achat = acheter(tx, carte, "10.00", Nature.RECU)
    le(clock, "2026-04-10")
    finances = client("paiement", "finances")
    base = "/paiement/cartes/releves"
    assert "Aucun relevé" in lisible(finances.get(base))
    lignes = [kit.operation("10.00", autorisation=achat.code), kit.operation("40.00")]
    envoi = {"programme": str(carte.programme_id), "recu_le": "2026-04-02"}

    def envoyer(octets: bytes) -> Any:
        return finances.post(
            f"{base}/importer", data=envoi | {"fichier": (io.BytesIO(octets), "r.csv")}
        )

    faux = envoyer(kit.releve(lignes, total="51.00"))
    assert faux.status_code == 422
    assert "Écart de" in lisible(faux)
    adresse = envoyer(kit.releve(lignes)).location
    page = lisible(finances.get(adresse))
    assert "à payer à l’émetteur avant le 4 mai 2026" in page
    assert "Approuver les lignes rapprochées (1)" in page
    assert "Aucune autorisation" in lisible(finances.get(f"{base}/exceptions"))
    assert "était déjà importé" in lisible(finances.get(envoyer(kit.releve(lignes)).location))
    finances.post(f"{adresse}/approbation")
    ligne = f"{adresse}/lignes/2"
    assert "Aucune autorisation" in lisible(finances.get(ligne))
    assert finances.post(f"{ligne}/contestation").status_code == 422
    finances.post(f"{ligne}/contestation", data={"motif": "Opération inconnue"})
    assert "Réponse de l’émetteur" in lisible(finances.get(ligne))
    finances.post(f"{ligne}/reponse", data={"issue": "RETIREE", "reponse": "Remboursée"})
    finances.post(f"{adresse}/cloture")
    assert finances.post(f"{adresse}/paiement", data={"paye_le": "2026-01-01"}).status_code == 422
    finances.post(f"{adresse}/paiement", data={"paye_le": "2026-04-10"})
    assert "Payé à l’émetteur le 10 avril 2026" in lisible(finances.get(adresse))
    assert "Aucune exception" in lisible(finances.get(f"{base}/exceptions"))
    assert client("paiement", "agent-sdis").get(adresse).status_code == 403
