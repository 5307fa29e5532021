"""Conditional answers of public pages: what has not changed is not sent again."""

import datetime as dt
import hashlib

from flask import Response, make_response, request
from werkzeug.wrappers import Response as Reponse

from shared.web.access import current_user


def conditionnelle(corps: str | bytes | Response, maj_le: dt.datetime | None = None) -> Reponse:
    """Add an ETag, and the date of the last change; answer 304 to who already holds it.

    The tag is that of the content, so that time going by (« dans 3 jours ») counts as a change;
    it is weak because the answer may be compressed on its way.
    """
    reponse = make_response(corps)
    if current_user().connecte or reponse.status_code != 200:
        return reponse
    reponse.set_etag(hashlib.sha256(reponse.get_data()).hexdigest()[:32], weak=True)
    if maj_le is not None:
        reponse.last_modified = maj_le
    return reponse.make_conditional(request)


def derniere(*instants: dt.datetime | None, maintenant: dt.datetime) -> dt.datetime | None:
    """Latest of the instants already past: a deadline gone by changes a page as an edit does."""
    return max((i for i in instants if i is not None and i <= maintenant), default=None)
