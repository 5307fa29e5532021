"""Pages of a list, always with « n sur N »; filters stay in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.urls import iri_to_uri

T = TypeVar("T")
PAR_PAGE = 20


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: `items` out of `total`, page `numero` of `pages`."""

    items: Sequence[T]
    total: int
    numero: int
    pages: int
    par: int

    @property
    def premier(self) -> int:
        return (self.numero - 1) * self.par + 1 if self.total else 0

    @property
    def dernier(self) -> int:
        return self.premier + len(self.items) - 1 if self.items else 0

    def numeros(self) -> list[int | None]:
        """Page numbers to show: both ends and the neighbours; None stands for a gap."""
        montres = {1, self.pages, self.numero - 1, self.numero, self.numero + 1}
        suite: list[int | None] = []
        for numero in sorted(n for n in montres if 1 <= n <= self.pages):
            precedent = suite[-1] if suite else None
            if precedent is not None and numero - precedent > 1:
                suite.append(None)
            suite.append(numero)
        return suite


def decouper(items: Sequence[T], page: int, par: int = PAR_PAGE) -> Page[T]:
    """Cut a page out of a list held in memory."""
    numero, pages = _borner(len(items), page, par)
    debut = (numero - 1) * par
    return Page(items[debut : debut + par], len(items), numero, pages, par)


def paginate(session: Session, requete: Select[Any], page: int, par: int = PAR_PAGE) -> Page[Any]:
    """Run the page of an ordered query; a number out of range gives the nearest page."""
    comptage = select(func.count()).select_from(requete.order_by(None).subquery())
    total = session.scalar(comptage) or 0
    numero, pages = _borner(total, page, par)
    bornee = requete.limit(par).offset((numero - 1) * par)
    resultat = session.execute(bornee)
    unique = len(requete.column_descriptions) == 1
    items = resultat.unique().scalars().all() if unique else resultat.all()
    return Page(items, total, numero, pages, par)


def _borner(total: int, page: int, par: int) -> tuple[int, int]:
    pages = max(1, -(-total // par))
    return min(max(1, page), pages), pages


def page_demandee() -> int:
    """Page number of the address; 1 when absent or unreadable."""
    return request.args.get("page", 1, type=int)


def lien_page(numero: int, url: str | None = None) -> str:
    """Address of another page of the same list, with the same filters."""
    return lien_filtres(url, page=None if numero == 1 else str(numero))


def lien_filtres(url: str | None = None, **changements: str | None) -> str:
    """Address with the current filters, some changed, some (None) removed; the page is reset."""
    paires = [
        (cle, valeur)
        for cle, valeur in request.args.items(multi=True)
        if cle not in changements and cle != "page"
    ]
    paires += [(cle, valeur) for cle, valeur in changements.items() if valeur]
    base = iri_to_uri(url or request.path)
    return f"{base}?{urlencode(paires)}" if paires else base
