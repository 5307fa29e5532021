"""Who is told what by an event about a purchase or an invoice."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Donnees = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Annonce:
    """One message and its recipients: address → what is said to that address alone."""

    modele: str
    objet_id: str
    version: int
    donnees: Donnees
    destinataires: Mapping[str, Donnees]


def annonce_de(type_: str, sujet: str, sequence: int, donnees: Donnees) -> Annonce:
    """Turn an event into the message it calls for; the event's own sequence is the version.

    Those whose event carries no address are simply not told by mail.
    """
    modele, destinataires, sans = _REGLES[type_](donnees)
    commun = {cle: valeur for cle, valeur in donnees.items() if cle not in sans}
    return Annonce(modele, sujet, sequence, commun, destinataires)


Regle = Callable[[Donnees], tuple[str, Mapping[str, Donnees], frozenset[str]]]


def _par_adresse(cle: str, lignes: Iterable[Donnees]) -> dict[str, Donnees]:
    """Group lines by address: one message each, without the others' lines or addresses."""
    groupes: dict[str, list[Donnees]] = {}
    for ligne in lignes:
        if ligne["courriel"]:
            propre = {champ: x for champ, x in ligne.items() if champ != "courriel"}
            groupes.setdefault(ligne["courriel"].lower(), []).append(propre)
    return {adresse: {cle: propres} for adresse, propres in groupes.items()}


def _aux_membres(modele: str, champ: str) -> Regle:
    def regle(donnees: Donnees) -> tuple[str, Mapping[str, Donnees], frozenset[str]]:
        return modele, _par_adresse(champ, donnees.get(champ, ())), frozenset({champ})

    return regle


def _a_une_adresse(modele: str, champ: str) -> Regle:
    def regle(donnees: Donnees) -> tuple[str, Mapping[str, Donnees], frozenset[str]]:
        adresse = donnees[champ]
        return modele, {adresse.lower(): {}} if adresse else {}, frozenset({champ})

    return regle


def _au_membre(modele: str) -> Regle:
    return _a_une_adresse(modele, "courriel")


def _commande_liberee(donnees: Donnees) -> tuple[str, Mapping[str, Donnees], frozenset[str]]:
    """A replaced article is told once, by the closing of its substitution."""
    annonce = _au_membre("commande_liberee")(donnees)
    return (annonce[0], {}, annonce[2]) if donnees["genre"] == "SUBSTITUTION" else annonce


_REGLES: Mapping[str, Regle] = {
    "groupement.opportunite.proposee.v1": _aux_membres("opportunite_proposee", "membres"),
    "groupement.recensement.ouvert.v1": _aux_membres("recensement_ouvert", "membres"),
    "groupement.recensement.relance.v1": _aux_membres("recensement_relance", "membres"),
    "groupement.recensement.prolonge.v1": _aux_membres("recensement_prolonge", "membres"),
    "groupement.decoupage.applique.v1": _aux_membres("decoupage_applique", "membres"),
    "groupement.achat.abandonne.v1": _aux_membres("achat_abandonne", "membres"),
    "groupement.achat.attribue.v1": _aux_membres("quotas_ouverts", "quotas"),
    "groupement.reception.enregistree.v1": _aux_membres("reception_repartie", "parts"),
    "groupement.evaluation.transmise.v1": _a_une_adresse(
        "evaluation_transmise", "courriel_titulaire"
    ),
    "groupement.reception.contrepassee.v1": _aux_membres("reception_contrepassee", "parts"),
    "groupement.quota.transfert_propose.v1": _aux_membres("transfert_propose", "membres"),
    "groupement.quota.transfere.v1": _aux_membres("transfert_fait", "membres"),
    "groupement.quota.transfert_refuse.v1": _aux_membres("transfert_refuse", "membres"),
    "groupement.avenant.conclu.v1": _aux_membres("avenant_conclu", "membres"),
    "groupement.substitution.proposee.v1": _aux_membres("substitution_proposee", "membres"),
    "groupement.livraison.annoncee.v1": _aux_membres("livraison_annoncee", "membres"),
    "groupement.achat.consolide.v1": _aux_membres("lignes_retirees", "prevenus"),
    "groupement.convention.mise_en_signature.v1": _aux_membres("convention_a_signer", "membres"),
    "groupement.convention.suspendue.v1": _aux_membres("convention_suspendue", "membres"),
    "groupement.convention.retablie.v1": _aux_membres("convention_retablie", "membres"),
    "groupement.convention.resiliee.v1": _aux_membres("convention_resiliee", "membres"),
    "groupement.convention.expiree.v1": _aux_membres("convention_expiree", "membres"),
    "groupement.adhesion.invitee.v1": _au_membre("adhesion_invitee"),
    "groupement.evaluation.ouverte.v1": _aux_membres("evaluation_ouverte", "membres"),
    "groupement.commande.liberee.v1": _commande_liberee,
    "groupement.surplus.attribue.v1": _au_membre("surplus_attribue"),
    "groupement.substitution.close.v1": _aux_membres("substitution_close", "reponses"),
    "groupement.frais.partages.v1": _aux_membres("frais_partages", "parts"),
    "paiement.acompte.transmis.v1": _a_une_adresse("acompte_transmis", "courriel_titulaire"),
    "paiement.ordre_service.notifie.v1": _a_une_adresse("ordre_notifie", "courriel_titulaire"),
    "paiement.facture.echeance_proche.v1": _a_une_adresse("echeance_proche", "courriel_finances"),
    "paiement.carte.suspendue.v1": _a_une_adresse("carte_suspendue", "courriel"),
    "paiement.carte.retablie.v1": _a_une_adresse("carte_retablie", "courriel"),
    "paiement.suivi.lien_demande.v1": _a_une_adresse("suivi_lien", "courriel_fournisseur"),
    **{
        f"paiement.facture.{fait}.v1": _a_une_adresse(f"facture_{fait}", "courriel_fournisseur")
        for fait in (
            "recue",
            "rejetee",
            "suspendue",
            "completee",
            "service_fait",
            "mandatee",
            "en_retard",
            "payee",
        )
    },
}
TYPES = frozenset(_REGLES)
