"""From rows to what a notice says, and back."""

from typing import Any

from services.publication.domain.avis import ContenuAvis
from services.publication.domain.valeurs import LotAvis, Organisation, Support
from services.publication.tables import Avis, Consultation
from shared.kernel.identifiants import cpv_division
from shared.kernel.lieux import annuaire
from shared.kernel.parametres import Nature
from shared.kernel.seuils import Publicite, TypeProcedure
from shared.kernel.textes import normaliser

COPIES = (
    "objet",
    "description",
    "nature",
    "procedure",
    "publicite",
    "cpv",
    "lieu",
    "contact",
    "montant_estime_ht",
    "criteres",
    "modalites_remise",
    "duree_mois",
    "avance_taux",
    "date_lancement",
)


def contenu_de(row: Consultation | Avis, consultation: Consultation) -> ContenuAvis:
    """Read the content prepared in a consultation, or published in its notice."""
    return ContenuAvis(
        objet=row.objet,
        cpv=row.cpv,
        lieu=row.lieu,
        contact=row.contact,
        montant_estime_ht=row.montant_estime_ht,
        date_limite=row.date_limite,
        nature=Nature(row.nature),
        procedure=TypeProcedure(row.procedure),
        publicite=Publicite(row.publicite),
        acheteur=row.acheteur,
        membres=tuple(Organisation(m["siret"], m["nom"]) for m in row.membres),
        lots=lots_de(consultation),
        date_lancement=row.date_lancement,
        description=row.description,
        criteres=row.criteres,
        modalites_remise=row.modalites_remise,
        duree_mois=row.duree_mois,
        supports=tuple(Support(support) for support in row.supports),
        avance_taux=row.avance_taux,
    )


def lots_de(consultation: Consultation) -> tuple[LotAvis, ...]:
    return tuple(
        LotAvis(lot.numero, lot.objet, lot.cpv, lot.montant_estime_ht) for lot in consultation.lots
    )


def reporter(contenu: ContenuAvis, row: Consultation | Avis) -> None:
    """Write a content into a row; buyer, members and lots never change after launch."""
    for champ in COPIES:
        setattr(row, champ, getattr(contenu, champ))
    row.supports = [str(support) for support in contenu.supports]
    if contenu.date_limite is not None:
        row.date_limite = contenu.date_limite


def indexer(avis: Avis, contenu: ContenuAvis) -> None:
    """Prepare what the search reads: normalised words, every code, the place by its name."""
    avis.codes_cpv = list(contenu.codes_cpv)
    avis.nombre_lots = len(contenu.lots)
    avis.groupe = contenu.groupe
    avis.titre_normalise = normaliser(contenu.objet)
    avis.texte_normalise = normaliser(" ".join(_mots_cles(avis.reference, contenu)))


def _mots_cles(reference: str, contenu: ContenuAvis) -> list[str]:
    divisions = {cpv_division(code) for code in contenu.codes_cpv}
    organisations = {contenu.acheteur, *contenu.membres}
    return [
        reference,
        contenu.description,
        *(lot.objet for lot in contenu.lots),
        *contenu.codes_cpv,
        *sorted(divisions),
        *sorted(f"{o.nom} {o.siret}" for o in organisations),
        annuaire().complet(contenu.lieu),
    ]


def instantane(contenu: ContenuAvis) -> dict[str, Any]:
    """A content as plain JSON, kept with each version."""
    return {
        "objet": contenu.objet,
        "description": contenu.description,
        "cpv": contenu.cpv,
        "lieu": contenu.lieu,
        "contact": contenu.contact,
        "montant_estime_ht": str(contenu.montant_estime_ht),
        "date_limite": contenu.echeance.isoformat(),
        "criteres": contenu.criteres,
        "modalites_remise": contenu.modalites_remise,
        "duree_mois": contenu.duree_mois,
        "supports": [str(support) for support in contenu.supports],
    }
