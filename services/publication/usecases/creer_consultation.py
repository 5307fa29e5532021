"""One buyer alone opens a consultation, in preparation, with a single lot."""

import uuid

from services.publication.domain.consultation import Preparation
from services.publication.domain.valeurs import Organisation, nature_de
from services.publication.tables import Consultation, Lot
from services.publication.usecases.numerotation import numeroter
from shared.kernel.lieux import annuaire
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature, Parametres
from shared.kernel.seuils import Publicite, TypeProcedure
from shared.messaging.uow import UnitOfWork

LOT_UNIQUE = 1


def creer_consultation(
    uow: UnitOfWork,
    parametres: Parametres,
    preparation: Preparation,
    acheteur: Organisation,
    programme_id: uuid.UUID | None = None,
) -> Consultation:
    """Keep what the buyer has filled; procedure and publicity are decided at publication.

    Without a rate, the advance is the legal minimum, offered below the mandatory threshold too.
    """
    aujourd_hui = uow.clock.today()
    taux = preparation.avance_taux
    consultation = Consultation(
        id=uow.new_id(),
        reference=numeroter(uow, "CONS"),
        programme_id=programme_id,
        procedure=TypeProcedure.MAPA,
        publicite=Publicite.LIBRE,
        avance_taux=parametres.valeur("avance_taux_min", aujourd_hui).valeur
        if taux is None
        else taux,
        acheteur_siret=acheteur.siret,
        acheteur_nom=acheteur.nom,
        membres=[],
        date_lancement=aujourd_hui,
        cree_le=uow.clock.now(),
        lots=[Lot(numero=LOT_UNIQUE, lignes=[])],
        marches=[],
        avis=None,
    )
    remplir(consultation, preparation)
    uow.session.add(consultation)
    uow.session.flush()
    return consultation


def remplir(consultation: Consultation, preparation: Preparation) -> None:
    """Write everything a buyer may fill in a consultation of its own, lot included."""
    consultation.objet = preparation.objet
    consultation.cpv = preparation.cpv
    consultation.nature = preparation.nature or _nature(preparation.cpv)
    consultation.montant_estime_ht = preparation.montant_estime_ht
    if preparation.avance_taux is not None:
        consultation.avance_taux = preparation.avance_taux
    remplir_libres(consultation, preparation)
    lot = consultation.lots[0]
    lot.objet, lot.cpv = preparation.objet, preparation.cpv
    lot.montant_estime_ht = preparation.montant_estime_ht or Montant.zero()


def remplir_libres(consultation: Consultation, preparation: Preparation) -> None:
    """Write what remains open after the launch of a grouped purchase."""
    consultation.objet = preparation.objet
    consultation.lieu = annuaire().trouver(preparation.lieu) or preparation.lieu
    consultation.contact = preparation.contact
    consultation.date_limite = preparation.date_limite
    consultation.description = preparation.description
    consultation.criteres = preparation.criteres
    consultation.modalites_remise = preparation.modalites_remise
    consultation.duree_mois = preparation.duree_mois
    consultation.supports = [str(support) for support in preparation.supports]


def _nature(cpv: str) -> Nature:
    return nature_de(cpv) if cpv else Nature.FOURNITURES
