"""A notice: what it says, what the law requires it to say, and until when one may answer.

Below the publicity threshold (CCP R2131-12) five pieces of information are enough; from the
threshold on, the notice must be complete and also appear where the law says.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.publication.domain.valeurs import Delai, LotAvis, Organisation, Support, echue
from shared.kernel.calendrier import premier_jour_franc
from shared.kernel.clock import jour_de
from shared.kernel.errors import ConflictError, DomainError
from shared.kernel.identifiants import cpv_divisions
from shared.kernel.lieux import annuaire
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.kernel.seuils import Publicite, TypeProcedure

ESSENTIELS = ("objet", "cpv", "date_limite", "lieu", "contact", "montant_estime_ht")
COMPLETS = ("description", "criteres", "modalites_remise", "duree_mois", "supports")
LIBELLES = {
    "objet": "titre",
    "cpv": "code CPV",
    "date_limite": "date limite de réponse",
    "lieu": "lieu d’exécution",
    "contact": "contact",
    "montant_estime_ht": "montant estimé",
    "description": "description",
    "criteres": "critères d’attribution",
    "modalites_remise": "modalités de remise des offres",
    "duree_mois": "durée en mois",
    "supports": "support de publication",
}
_SUPPORTS: dict[Publicite, tuple[tuple[frozenset[Support], str], ...]] = {
    Publicite.BOAMP_OU_JAL: (
        (
            frozenset({Support.BOAMP, Support.JAL}),
            "Choisissez le BOAMP ou un journal d’annonces légales.",
        ),
    ),
    Publicite.JOUE: ((frozenset({Support.JOUE}), "L’avis doit aussi paraître au JOUE."),),
    Publicite.JOUE_ET_BOAMP: (
        (frozenset({Support.JOUE}), "L’avis doit aussi paraître au JOUE."),
        (frozenset({Support.BOAMP}), "L’avis doit aussi paraître au BOAMP."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenuAvis:
    """Everything a notice says. In preparation, a field not yet filled is empty or None."""

    objet: str
    cpv: str
    lieu: str
    contact: str
    montant_estime_ht: Montant | None
    date_limite: dt.datetime | None
    nature: Nature
    procedure: TypeProcedure
    publicite: Publicite
    acheteur: Organisation
    membres: tuple[Organisation, ...] = ()
    lots: tuple[LotAvis, ...] = ()
    date_lancement: dt.date
    description: str = ""
    criteres: str = ""
    modalites_remise: str = ""
    duree_mois: int | None = None
    supports: tuple[Support, ...] = ()
    avance_taux: Decimal | None = None

    @property
    def groupe(self) -> bool:
        return len(self.membres) > 1

    @property
    def echeance(self) -> dt.datetime:
        """The deadline of a notice that has passed `verifier_publiable`."""
        if self.date_limite is None:
            raise DomainError("L’avis n’a pas de date limite.", code="champs_manquants")
        return self.date_limite

    @property
    def codes_cpv(self) -> tuple[str, ...]:
        """Main code, then those of the lots, each once."""
        return tuple(dict.fromkeys((self.cpv, *(lot.cpv for lot in self.lots))))


def procedure_annoncee(procedure: TypeProcedure) -> TypeProcedure:
    """A buyer exempt from publicity who publishes all the same runs an adapted procedure."""
    if procedure is TypeProcedure.SANS_PUBLICITE:
        return TypeProcedure.MAPA
    return procedure


def champs_obligatoires(publicite: Publicite) -> tuple[str, ...]:
    """Fields that a notice must carry for this degree of publicity."""
    return ESSENTIELS + COMPLETS if publicite in _SUPPORTS else ESSENTIELS


def champs_manquants(contenu: ContenuAvis) -> tuple[str, ...]:
    """Mandatory fields still empty, in the order of the form."""
    return tuple(
        champ for champ in champs_obligatoires(contenu.publicite) if not _rempli(contenu, champ)
    )


def _rempli(contenu: ContenuAvis, champ: str) -> bool:
    valeur: Any = getattr(contenu, champ)
    return bool(valeur.strip() if isinstance(valeur, str) else valeur)


def verifier_publiable(contenu: ContenuAvis, instant: dt.datetime, delai: Delai | None) -> None:
    """Raise one `DomainError` that names every field to complete or correct.

    `delai` is the minimum time to answer that the procedure imposes, None when the law gives none.
    """
    manquants = champs_manquants(contenu)
    champs = {champ: f"Indiquez\u00a0: {LIBELLES[champ]}." for champ in manquants}
    for champ, probleme in _incoherences(contenu, instant, delai):
        champs.setdefault(champ, probleme)
    if not champs:
        return
    code = "champs_manquants" if manquants else "avis_incoherent"
    raise DomainError(_phrase(manquants, champs), code=code, champs=champs)


def _phrase(manquants: tuple[str, ...], champs: dict[str, str]) -> str:
    if not manquants:
        return f"L’avis ne peut pas être publié\u00a0: {' '.join(champs.values())}"
    noms = ", ".join(LIBELLES[champ] for champ in manquants)
    return f"L’avis ne peut pas être publié\u00a0: il manque {noms}."


def _incoherences(
    contenu: ContenuAvis, instant: dt.datetime, delai: Delai | None
) -> list[tuple[str, str]]:
    problemes = [
        ("supports", phrase)
        for admis, phrase in _SUPPORTS.get(contenu.publicite, ())
        if not admis.intersection(contenu.supports)
    ]
    if contenu.cpv and contenu.cpv[:2] not in cpv_divisions():
        problemes.append(("cpv", "Ce code n’appartient à aucune division du vocabulaire CPV."))
    if contenu.lieu and not annuaire().connait(contenu.lieu):
        problemes.append(("lieu", "Indiquez un département ou une commune de France."))
    if contenu.date_limite is not None:
        problemes += [("date_limite", p) for p in _echeance(contenu.date_limite, instant, delai)]
    return problemes


def _echeance(limite: dt.datetime, instant: dt.datetime, delai: Delai | None) -> list[str]:
    if echue(limite, instant):
        return ["La date limite doit être dans l’avenir."]
    if delai is None:
        return []
    premier = premier_jour_franc(jour_de(instant), delai.jours)
    if jour_de(limite) >= premier:
        return []
    phrase = (
        f"Il faut laisser {delai.jours} jours francs pour répondre ({delai.ref})\u00a0: "
        f"au plus tôt le {premier:%d/%m/%Y}."
    )
    return [phrase]


def avertissements(
    contenu: ContenuAvis, instant: dt.datetime, plancher: Delai | None
) -> tuple[str, ...]:
    """What deserves a second look without preventing publication."""
    if plancher is None or contenu.date_limite is None:
        return ()
    premier = premier_jour_franc(jour_de(instant), plancher.jours)
    if jour_de(contenu.date_limite) >= premier:
        return ()
    phrase = (
        f"Délai court\u00a0: moins de {plancher.jours} jours francs pour répondre. Le délai doit "
        f"tenir compte de la complexité du marché ({plancher.ref})."
    )
    return (phrase,)


def verifier_modifiable(
    *, date_limite: dt.datetime, annule_le: dt.datetime | None, instant: dt.datetime
) -> None:
    """A notice is corrected only while suppliers can still answer it."""
    if annule_le is not None:
        raise ConflictError("Cet avis est annulé\u00a0: il ne change plus.", code="avis_annule")
    if echue(date_limite, instant):
        raise ConflictError(
            "La consultation est close\u00a0: l’avis ne peut plus être rectifié.", code="avis_clos"
        )
