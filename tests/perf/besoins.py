"""Many needs, written straight into the tables: members × articles, four delivery places."""

import uuid
from typing import Any

from sqlalchemy import Connection

ACHAT = uuid.UUID("0198a3c0-0000-7000-8000-00000000a001")
CONVENTION = uuid.UUID("0198a3c0-0000-7000-8000-00000000a002")
_ETAPES = (
    # Rows already checked by the application's own tests: only their number matters here.
    "SET LOCAL session_replication_role = replica",
    """INSERT INTO organisation (siret, nom, classe, courriel, lieu_livraison)
       SELECT lpad(n::text, 14, '0'), 'Membre ' || n, 'COLLECTIVITE', NULL, 'Lieu ' || n % 4
       FROM generate_series(1, :membres) n""",
    """INSERT INTO achat (id, reference, objet, famille, cpv, nature, lieu, convention_id,
         coordonnateur, demandeur, contact, etat, duree_mois, avance_taux, recensement, cloture_le,
         cree_le)
       VALUES (:achat, 'ACH-MESURE', 'Mesure', 'Mesure', '30197630', 'FOURNITURES', '07',
         :convention, lpad('1', 14, '0'), lpad('1', 14, '0'), 'achats@mesure.exemple',
         'RECENSEMENT_CLOS', 12, 0.05, 1, now(), now())""",
    """INSERT INTO adhesion (id, convention_id, siret)
       VALUES (gen_random_uuid(), :convention, lpad('1', 14, '0'))""",
    """INSERT INTO lot (achat_id, numero, objet, cpv)
       SELECT :achat, n, 'Lot ' || n, '30197630' FROM generate_series(1, 10) n""",
    """INSERT INTO article (achat_id, code, designation, cpv, lot, lots_par_lieu, unite_base,
         prix_estime_ht, conditionnements, conditionnement_achat)
       SELECT :achat, 'ART-' || lpad(n::text, 4, '0'), 'Article ' || n, '30197630', 1 + n % 10,
         '{}', 'unité', 1 + n % 97 / 100.0, '[{"nom": "carton", "contient": "24"}]', 'carton'
       FROM generate_series(1, :articles) n""",
    """INSERT INTO participation (achat_id, siret, reponse, repondu_le, acteur, perimetre)
       SELECT :achat, siret, 'PARTICIPE', now(), 'mesure', false FROM organisation""",
    """INSERT INTO besoin (id, achat_id, siret, article, lieu, quantite, unite, tolerance,
         quantite_base, tolerance_base, version, canal, acteur, declare_le)
       SELECT gen_random_uuid(), :achat, o.siret, a.code, o.lieu_livraison, v.quantite, 'unité',
         v.tolerance, v.quantite, v.tolerance, 1, 'tableur', 'mesure', now()
       FROM organisation o CROSS JOIN article a, LATERAL (
         SELECT 1 + (hashtext(o.siret || a.code) & 1023) AS quantite,
           CASE WHEN (hashtext(a.code || o.siret) & 15) = 0 THEN 6 ELSE 0 END AS tolerance) v
       WHERE a.achat_id = :achat""",
)


def remplir(connection: Connection, membres: int, articles: int) -> None:
    """Fill an empty database with a closed call of `membres` × `articles` needs."""
    valeurs: dict[str, Any] = {
        "membres": membres,
        "articles": articles,
        "achat": ACHAT,
        "convention": CONVENTION,
    }
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    for etape in _ETAPES:
        texte, parametres = _lier(etape, valeurs)
        connection.exec_driver_sql(texte, parametres)


def _lier(etape: str, valeurs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Named markers of psycopg2; `%` of SQL is doubled, `::` is left alone."""
    texte = etape.replace("%", "%%")
    for nom in valeurs:
        texte = texte.replace(f":{nom}", f"%({nom})s").replace(f":%({nom})s", f"::{nom}")
    return texte, {nom: str(v) if isinstance(v, uuid.UUID) else v for nom, v in valeurs.items()}
