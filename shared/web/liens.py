"""Signed links: an address that lets its holder do one thing, without an account.

The link is made when a message leaves and read when it comes back: both sides share the secret of
the platform, so that the secret part never travels in an event nor rests in a journal.
"""

from itsdangerous import BadSignature, URLSafeSerializer

from shared.kernel.errors import NotFoundError


def signer(secret: str, usage: str, valeur: str) -> str:
    """Sign `valeur` for one use: the link of another use is not accepted."""
    return str(_serialiseur(secret, usage).dumps(valeur))


def lire(secret: str, usage: str, jeton: str) -> str:
    """Return what was signed, or raise `NotFoundError`: a wrong link leads nowhere."""
    try:
        return str(_serialiseur(secret, usage).loads(jeton))
    except BadSignature:
        raise NotFoundError(
            "Ce lien n’est pas valide. Copiez-le en entier depuis le message reçu.",
            code="lien_invalide",
        ) from None


def _serialiseur(secret: str, usage: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=f"essaim.lien.{usage}")
