"""B1, B2: the query that serves thousands of alerts answers as the definition does."""

import random
import time
import uuid

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from services.notification.domain.avis import Avis, lire_avis
from services.notification.domain.correspondance import rapprocher
from services.notification.domain.criteres import Criteres, lire_criteres
from services.notification.domain.territoire import lieu_connu
from services.notification.domain.texte import radicaux
from services.notification.tables import Abonnement, AbonnementCpv, AbonnementMot, Destinataire
from services.notification.usecases.rapprocher import rapprocher_tous
from shared.kernel.ids import new_id
from shared.kernel.montant import Montant
from tests.integration.notification.monde import Monde

CODES = ["30197630", "30199230", "30190000", "45000000", "45233140", "90500000", "15000000"]
PREFIXES = ["30", "301", "3019", "30197630", "45", "452", "90", "15000000"]
MOTS = ["papiers", "béton", "encre noire", "travaux de voirie", "journaux", "eau"]
PHRASES = ["Papier A4", "Encre noire et papier", "travail de voirie", "journal", "Eaux", "Bois"]
LIEUX = ["07", "07019", "07010", "26", "26362", "2A", "2A004"]


def tirer(alea: random.Random) -> Criteres:
    bornes = sorted(alea.sample(range(0, 200_000, 10_000), 2))
    return lire_criteres(
        cpv=alea.sample(PREFIXES, alea.randint(0, 2)) or ["99"],
        mots=alea.sample(MOTS, alea.randint(0, 2)),
        lieux=alea.sample(LIEUX, alea.randint(0, 3)),
        montant_min=alea.choice([None, Montant(bornes[0])]),
        montant_max=alea.choice([None, Montant(bornes[1])]),
    )


def ecrire(monde: Monde, tirage: list[Criteres], actifs: list[bool]) -> dict[uuid.UUID, int]:
    """Write alerts in bulk; return the index of each recipient."""
    destinataires, alertes, codes, mots = [], [], [], []
    for numero, (criteres, actif) in enumerate(zip(tirage, actifs, strict=True)):
        instant, id_ = monde.clock.now(), new_id(monde.clock)
        destinataire = {
            "id": new_id(monde.clock),
            "courriel": f"{numero}-{id_}@x.exemple",
            "jeton": str(id_),
            "cree_le": instant,
        }
        destinataires.append(destinataire)
        alertes.append(
            {
                "id": id_,
                "destinataire_id": destinataire["id"],
                "nom": "alerte",
                "cpv": list(criteres.cpv),
                "mots": list(criteres.mots),
                "lieux": [lieu.code for lieu in criteres.lieux],
                "departements": [lieu.departement for lieu in criteres.lieux],
                "montant_min": criteres.montant_min,
                "montant_max": criteres.montant_max,
                "empreinte": criteres.empreinte,
                "etat": "ACTIF" if actif else "ARRETE",
                "jeton_confirmation": f"c{id_}",
                "jeton_arret": f"a{id_}",
                "cree_le": instant,
                "confirme_le": instant,
                "arrete_le": None if actif else instant,
            }
        )
        codes += [{"racine": racine, "abonnement_id": id_} for racine in criteres.cpv]
        for mot in criteres.mots:
            propres = sorted(radicaux(mot))
            mots.append(
                {
                    "pivot": max(propres, key=len),
                    "abonnement_id": id_,
                    "mot": mot,
                    "radicaux": propres,
                }
            )
    with monde.transactions.begin() as uow:
        for table, lignes in (
            (Destinataire, destinataires),
            (Abonnement, alertes),
            (AbonnementCpv, codes),
            (AbonnementMot, mots),
        ):
            if lignes:
                uow.session.execute(insert(table), lignes)
    return {d["id"]: numero for numero, d in enumerate(destinataires)}


def comparer(monde: Monde, tirage: list[Criteres], actifs: list[bool], avis: Avis) -> int:
    """Compare query and definition on recipients and on the criteria named; return how many."""
    numeros = ecrire(monde, tirage, actifs)
    with monde.transactions.read() as session:
        trouves = {
            numeros[destinataire]: [tuple(x) for alerte in alertes for x in alerte["criteres"]]
            for destinataire, alertes in rapprocher_tous(session, avis).items()
            if destinataire in numeros
        }
    attendus = {
        numero: [(x.genre, x.valeur) for x in criteres_trouves]
        for numero, criteres in enumerate(tirage)
        if actifs[numero] and (criteres_trouves := rapprocher(criteres, avis))
    }
    assert trouves == attendus
    return len(attendus)


AVIS = st.builds(
    Avis,
    cpv=st.frozensets(st.sampled_from(CODES), min_size=1),
    radicaux=st.lists(st.sampled_from(PHRASES)).map(lambda textes: radicaux(" ".join(textes))),
    lieu=st.sampled_from([*LIEUX, "FR"]).map(lieu_connu),
    montant=st.none() | st.integers(0, 20).map(lambda n: Montant(n * 10_000)),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(graine=st.integers(0, 10_000), avis=AVIS)
def test_B2_query_and_definition_agree(monde: Monde, graine: int, avis: Avis) -> None:
    alea = random.Random(graine)
    tirage = [tirer(alea) for _ in range(40)]
    comparer(monde, tirage, [alea.random() < 0.9 for _ in tirage], avis)


def test_B1_10000_alerts_yield_exactly_the_oracles_set(monde: Monde) -> None:
    alea = random.Random(7)
    tirage = [tirer(alea) for _ in range(10_000)]
    avis = lire_avis(monde.evenement("publication.avis.publie.v1").data)
    retenus = comparer(monde, tirage, [True] * len(tirage), avis)
    assert 1000 < retenus < 9000
    debut = time.perf_counter()
    with monde.transactions.read() as session:
        rapprocher_tous(session, avis)
    assert time.perf_counter() - debut < 2
