"""One way to run an action behind a form: done and told, or refused where it is wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template

from services.groupement.pages.vues import Vue
from shared.kernel.errors import DomainError
from shared.messaging.uow import UnitOfWork
from shared.web.context import transaction
from shared.web.forms import Form


@dataclass(frozen=True, slots=True)
class Champ:
    """A field of an action's page; `options` makes it a list of choices."""

    nom: str
    libelle: str
    genre: str = "text"
    aide: str = ""
    options: Sequence[tuple[str, str]] = ()
    vide: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What an action's page says before its form, and where it goes after.

    Without a button there is nothing left to do: the page only tells what was done.
    """

    titre: str
    ariane: Sequence[tuple[str, str]]
    bouton: str
    champs: Sequence[Champ]
    intro: str = ""
    faits: Sequence[tuple[str, str]] = ()
    grave: bool = False

    @property
    def retour(self) -> str:
        return self.ariane[-1][1]


def montrer(page: Page, form: Form, **plus: Any) -> Vue:
    """The page with its form, 422 when it was refused."""
    corps = render_template("groupement/execution_action.html", page=page, form=form, **plus)
    return (corps, 422) if form.errors else corps


def agir(
    page: Page, form: Form, action: Callable[[UnitOfWork], Any], succes: str, **plus: Any
) -> Vue:
    """Run the action in one transaction; a refusal goes back to its fields."""
    if form.valid:
        try:
            with transaction() as uow:
                action(uow)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(succes, "ok")
            return redirect(page.retour, 303)
    return montrer(page, form, **plus)
