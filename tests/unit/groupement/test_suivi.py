from services.groupement.domain.suivi import Situation, dresser
from shared.kernel.montant import Montant

MEMBRES = (("1", "Un"), ("2", "Deux"), ("3", "Trois"))


def carte() -> list[Situation]:
    return [
        Situation("1", "Papier", Montant(18_240), repondu=True),
        Situation("1", "Papier", Montant(1_000), repondu=True),
        Situation("2", "Papier", Montant(0), repondu=False),
        Situation("2", "EPI", Montant(90_000), repondu=True),
    ]


def test_amounts_of_one_family_add_up() -> None:
    lue = dresser(MEMBRES, ("Papier", "EPI"), carte())
    assert lue.cases["1", "Papier"].montant == Montant(19_240)
    assert lue.maxi == Montant(90_000)


def test_a_member_that_has_not_answered_is_awaited_and_one_not_asked_is_not() -> None:
    lue = dresser(MEMBRES, ("Papier", "EPI"), carte())
    assert lue.cases["2", "Papier"].en_attente
    assert not lue.cases["3", "Papier"].en_attente
    assert (lue.recus, lue.attendus) == (2, 3)


def test_totals_by_family_member_and_overall_agree() -> None:
    lue = dresser(MEMBRES, ("Papier", "EPI"), carte())
    familles = Montant.somme(lue.total(famille) for famille in lue.familles)
    membres = Montant.somme(lue.total_membre(siret) for siret, _ in lue.membres)
    assert familles == membres == lue.montant == Montant(109_240)
