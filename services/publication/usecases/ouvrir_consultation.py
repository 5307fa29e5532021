"""A grouped purchase is launched: its consultation can be prepared, with its lots and lines."""

import uuid

from services.publication.domain.achats import AchatLance, LotLance
from services.publication.domain.avis import procedure_annoncee
from services.publication.tables import Consultation, Ligne, Lot, Programme
from services.publication.usecases import contenu, faits_publies
from services.publication.usecases.changer_programme import lancer
from services.publication.usecases.inscrire_programme import NouveauProgramme, inscrire_programme
from services.publication.usecases.numerotation import numeroter
from services.publication.usecases.suivi_achat import deja_su, programme_de_l_achat
from shared.kernel.lieux import annuaire
from shared.messaging.uow import UnitOfWork


def ouvrir_consultation(uow: UnitOfWork, achat: AchatLance, sequence: int) -> Consultation | None:
    """Create the consultation of a launched purchase; None when a newer fact is already known.

    The fact may arrive before the one that announced the purchase: the entry is then made here.
    """
    programme = programme_de_l_achat(uow, achat.achat_id)
    if deja_su(programme, sequence):
        return None
    programme = programme or _inscrire(uow, achat)
    programme.sequence = sequence
    programme.montant_estime_ht = achat.montant_estime_ht
    lancer(uow, programme)
    uow.session.flush()
    consultation = _consultation(uow, achat, programme.id)
    uow.session.add(consultation)
    uow.session.flush()
    uow.emit(
        "publication.consultation.creee.v1",
        subject=str(consultation.id),
        data={
            "consultation_id": consultation.id,
            "reference": consultation.reference,
            "achat_id": achat.achat_id,
            "objet": consultation.objet,
            "lots": [faits_publies.lot(lot) for lot in contenu.lots_de(consultation)],
        },
    )
    return consultation


def _inscrire(uow: UnitOfWork, achat: AchatLance) -> Programme:
    nouveau = NouveauProgramme(
        objet=achat.objet,
        cpv=achat.cpv,
        lieu=achat.lieu,
        acheteur=achat.coordonnateur,
        nature=achat.nature,
        montant_estime_ht=achat.montant_estime_ht,
        publication_prevue_le=achat.date_lancement,
        achat_id=achat.achat_id,
    )
    return inscrire_programme(uow, nouveau)


def _consultation(uow: UnitOfWork, achat: AchatLance, programme_id: uuid.UUID) -> Consultation:
    consultation_id = uow.new_id()
    return Consultation(
        id=consultation_id,
        reference=numeroter(uow, "CONS"),
        achat_id=achat.achat_id,
        programme_id=programme_id,
        objet=achat.objet,
        description="",
        nature=achat.nature,
        procedure=procedure_annoncee(achat.procedure),
        publicite=achat.publicite,
        cpv=achat.cpv,
        lieu=annuaire().trouver(achat.lieu) or achat.lieu,
        contact=achat.contact,
        montant_estime_ht=achat.montant_estime_ht,
        criteres="",
        modalites_remise="",
        duree_mois=achat.duree_mois or None,
        supports=[],
        avance_taux=achat.avance_taux,
        acheteur_siret=achat.coordonnateur.siret,
        acheteur_nom=achat.coordonnateur.nom,
        membres=[faits_publies.organisation(membre) for membre in achat.membres],
        date_lancement=achat.date_lancement,
        cree_le=uow.clock.now(),
        lots=[_lot(consultation_id, lot) for lot in achat.lots],
        marches=[],
        avis=None,
    )


def _lot(consultation_id: uuid.UUID, lot: LotLance) -> Lot:
    lignes = [
        Ligne(
            id=ligne.ligne_id,
            consultation_id=consultation_id,
            lot=lot.numero,
            rang=rang,
            article=ligne.article,
            designation=ligne.designation,
            unite_base=ligne.unite_base,
            quantite_base=ligne.quantite_base,
            conditionnement=ligne.conditionnement,
            quantite=ligne.quantite,
            lieu=ligne.lieu,
        )
        for rang, ligne in enumerate(lot.lignes, start=1)
    ]
    return Lot(
        consultation_id=consultation_id,
        numero=lot.numero,
        objet=lot.objet,
        cpv=lot.cpv,
        montant_estime_ht=lot.montant_estime_ht,
        lignes=lignes,
    )
