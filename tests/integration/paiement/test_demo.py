"""The demonstration fills itself once, through the real check."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement.demo import DELAIS, EN_COURS, semer
from services.paiement.domain.facture import Etat
from services.paiement.queries.ecarts import lister
from services.paiement.queries.factures import chiffres
from services.paiement.tables import Facture, OperationCarte
from shared.db import audit
from shared.kernel.montant import Montant
from tests.kit.paiement import DEPARTEMENT

pytestmark = pytest.mark.db


def test_semer_deux_fois_n_ajoute_rien(contexte: Callable[..., Any]) -> None:
    context = contexte("paiement")
    assert semer(context) == 5 + 4 + len(DELAIS) + len(EN_COURS) + 3 + 1 + 2
    assert semer(context) == 0
    with context.transactions.read() as session:
        lignes = session.execute(
            sa.select(Facture.etat, sa.func.count().label("nombre")).group_by(Facture.etat)
        )
        etats = {ligne.etat: ligne.nombre for ligne in lignes}
        assert etats == {
            Etat.MISE_A_DISPOSITION: 5 + 2,
            Etat.REJETEE: 1,
            Etat.SERVICE_FAIT: 3,
            Etat.SUSPENDUE: 1,
            Etat.MANDATEE: 3,
            Etat.MISE_EN_PAIEMENT: len(DELAIS),
        }
        assert [e.ecart_ht for e in lister(session, DEPARTEMENT, 1).items] == [Montant(620)]
        motifs = session.scalars(sa.select(OperationCarte.motif).distinct()).all()
        assert set(motifs) == {None, "PLAFOND_TRANSACTION"}
        assert audit.verify(session) is None
        figures = chiffres(session, DEPARTEMENT, context.clock.today())
    assert figures.payees == len(DELAIS)
    assert sorted(figures.delais) == sorted(DELAIS)
    assert figures.en_retard == 1
