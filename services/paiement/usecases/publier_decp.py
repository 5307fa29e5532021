"""Publish the open data of a contract, publish it again when it changes, say when it is late."""

import datetime as dt
import hashlib
import json
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from services.paiement.domain import decp as regle
from services.paiement.domain.decp import Fiche
from services.paiement.queries import decp as lectures
from services.paiement.queries.decp import Dossier
from services.paiement.tables import DecpActe, DecpAlerte, DecpComplement, DecpVersion, Marche
from services.paiement.usecases.lois import lois
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

CODE_POSTAL = 5


def completer_decp(
    uow: UnitOfWork, marche_id: uuid.UUID, acheteur: str, champs: dict[str, Any]
) -> None:
    """Keep what only the buyer knows; once published, a record only grows."""
    dossier = _tenir(uow, marche_id, acheteur)
    if dossier.versions:
        raise ConflictError(
            "Ces données sont publiées\u00a0: elles ne se modifient plus. Un avenant ou un acte "
            "de sous-traitance s’y ajoute.",
            code="decp_publiees",
        )
    complement = uow.session.get(DecpComplement, marche_id) or DecpComplement(marche_id=marche_id)
    complement.champs = {cle: valeur for cle, valeur in champs.items() if valeur not in (None, [])}
    complement.saisi_le, complement.acteur = uow.clock.now(), uow.acteur
    uow.session.add(complement)
    uow.audit("decp.complete", str(marche_id), {"champs": sorted(complement.champs)})


def noter_code_postal(uow: UnitOfWork, marche_id: uuid.UUID, acheteur: str, code: str) -> None:
    """Keep the postcode of a holder, which the yearly list needs."""
    requete = select(Marche).where(Marche.id == marche_id, Marche.acheteur_siret == acheteur)
    if uow.session.scalar(requete.with_for_update()) is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    if not (code.isascii() and code.isdigit() and len(code) == CODE_POSTAL):
        raise ValidationError(
            "Un code postal a cinq chiffres. Exemple\u00a0: 07000.", code="code_postal_invalide"
        )
    complement = uow.session.get(DecpComplement, marche_id)
    if complement is None:
        complement = DecpComplement(marche_id=marche_id, champs={})
    complement.champs = {**complement.champs, "titulaire_code_postal": code}
    complement.saisi_le, complement.acteur = uow.clock.now(), uow.acteur
    uow.session.add(complement)
    uow.audit("decp.code_postal", str(marche_id), {"code_postal": code})


def declarer_acte(
    uow: UnitOfWork,
    marche_id: uuid.UUID,
    acheteur: str,
    *,
    siret: str,
    nom: str,
    duree: Decimal,
    notifie_le: dt.date,
    montant_ht: Montant,
    variation: str,
) -> DecpActe:
    """Record a special act of subcontracting; it is published with the record."""
    dossier = _tenir(uow, marche_id, acheteur)
    dernier = max((a.notifie_le for a in dossier.actes), default=dossier.marche.date_notification)
    if not dernier <= notifie_le <= uow.clock.today():
        raise ValidationError(
            "Cette date n’est pas possible.",
            code="date_impossible",
            champs={
                "notifie_le": "Les actes se déclarent dans l’ordre de leur notification, après "
                "celle du marché et au plus tard aujourd’hui."
            },
        )
    acte = DecpActe(
        id=uow.new_id(),
        marche_id=marche_id,
        siret=siret,
        nom=nom,
        duree_mois=regle.duree_arrondie(duree),
        notifie_le=notifie_le,
        montant_ht=montant_ht,
        variation=variation,
    )
    uow.session.add(acte)
    uow.session.flush()
    uow.audit("decp.acte_declare", str(marche_id), {"siret": siret, "montant": montant_ht})
    if dossier.versions:
        _ecrire(uow, _tenir(uow, marche_id, acheteur), "Acte de sous-traitance")
    return acte


def publier_decp(uow: UnitOfWork, marche_id: uuid.UUID, acheteur: str) -> DecpVersion:
    """Publish a complete record for the first time."""
    dossier = _tenir(uow, marche_id, acheteur)
    if dossier.derniere is not None:
        return dossier.derniere
    if dossier.manques:
        raise ConflictError(
            f"Il manque encore\u00a0: {', '.join(dossier.manques)}.", code="decp_incompletes"
        )
    return _ecrire(uow, dossier, "Première publication")


def republier_une(uow: UnitOfWork) -> bool:
    """Publish again one record that an amendment changed; False when none is left.

    One that would no longer be valid stays as it was: its page says why.
    """
    le = uow.clock.today()
    for dossier in lectures.tous(uow.session, lois(uow.session)):
        if dossier.versions and _change(dossier, le):
            tenu = _tenir(uow, dossier.marche.id, dossier.marche.acheteur_siret)
            if _change(tenu, le):
                _ecrire(uow, tenu, "Avenant")
            return True
    return False


def signaler_retard(uow: UnitOfWork) -> bool:
    """Tell one contract whose data should already be public, once; False when none is left."""
    dits = set(uow.session.scalars(select(DecpAlerte.marche_id)))
    le = uow.clock.today()
    for dossier in lectures.tous(uow.session, lois(uow.session)):
        marche = dossier.marche
        if marche.id in dits or dossier.etat(le) != "EN_RETARD":
            continue
        uow.session.add(DecpAlerte(marche_id=marche.id, le=uow.clock.now()))
        uow.emit(
            "paiement.decp.en_retard.v1",
            subject=str(marche.id),
            data={
                "marche_id": marche.id,
                "marche_reference": marche.reference,
                "acheteur": {"siret": marche.acheteur_siret, "nom": marche.acheteur.nom},
                "a_publier_avant": dossier.avant_le,
                "manques": list(dossier.manques),
            },
        )
        uow.audit("decp.en_retard", str(marche.id), {"avant_le": dossier.avant_le})
        return True
    return False


def _change(dossier: Dossier, le: dt.date) -> bool:
    fiche = dossier.fiche(le)
    return (
        fiche is not None
        and dossier.derniere is not None
        and ecrire_fiche(fiche) != dossier.derniere.fiche
        and not regle.verifier(fiche)
    )


def _tenir(uow: UnitOfWork, marche_id: uuid.UUID, acheteur: str) -> Dossier:
    """Lock the contract, so that two versions never get the same number."""
    uow.session.execute(select(Marche.id).where(Marche.id == marche_id).with_for_update())
    return lectures.dossier(uow.session, lois(uow.session), marche_id, acheteur)


def _ecrire(uow: UnitOfWork, dossier: Dossier, raison: str) -> DecpVersion:
    fiche = dossier.fiche(uow.clock.today())
    fautes = regle.verifier(fiche) if fiche is not None else ["La fiche est incomplète."]
    if fiche is None or fautes:
        raise ConflictError(" ".join(fautes), code="decp_invalides")
    texte = ecrire_fiche(fiche)
    version = DecpVersion(
        marche_id=dossier.marche.id,
        version=len(dossier.versions) + 1,
        publiee_le=uow.clock.now(),
        fiche=texte,
        empreinte=hashlib.sha256(texte.encode()).hexdigest(),
        raison=raison,
        acteur=uow.acteur,
    )
    uow.session.add(version)
    uow.session.flush()
    uow.emit(
        "paiement.decp.publiee.v1",
        subject=str(dossier.marche.id),
        data={
            "marche_id": dossier.marche.id,
            "marche_reference": dossier.marche.reference,
            "identifiant": fiche["id"],
            "version": version.version,
            "raison": raison,
            "publiee_le": uow.clock.today(),
            "empreinte": version.empreinte,
        },
    )
    uow.audit("decp.publiee", str(dossier.marche.id), {"version": version.version})
    return version


def ecrire_fiche(fiche: Fiche) -> str:
    """The exact text that is published: two equal records give the same bytes."""
    return json.dumps(fiche, ensure_ascii=False, default=_nombre, separators=(",", ":"))


def _nombre(valeur: Decimal) -> int | float:
    """The official schema wants JSON numbers; fourteen digits survive a double unchanged."""
    return int(valeur) if valeur == valeur.to_integral_value() else float(valeur)
