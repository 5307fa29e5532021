from services.notification.domain.annonce import TYPES, annonce_de
from services.notification.domain.modeles import LIBELLES
from services.notification.gateways.redaction import DOSSIER
from services.notification.usecases.annoncer_avis import MODELES
from shared.contracts import catalogue


def test_every_message_has_a_template_and_a_name() -> None:
    dits = {annonce_de(t, "s", 1, catalogue.load().get(t).sample).modele for t in TYPES}
    dits |= set(MODELES.values())
    dits |= {"alerte_a_confirmer", "alerte_existante", "lien_de_gestion"}
    gabarits = {chemin.stem for chemin in (DOSSIER / "modeles").glob("*.j2")} - {"avis", "facture"}
    assert dits == gabarits == set(LIBELLES)
