"""Several services behind one address, chosen by path: what the ingress does in production."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Composite:
    """WSGI application: the longest path prefix wins, and paths are left as they are."""

    def __init__(
        self, default: "WSGIApplication", par_prefixe: "Mapping[str, WSGIApplication]"
    ) -> None:
        self._default = default
        self._par_prefixe = sorted(par_prefixe.items(), key=lambda paire: -len(paire[0]))

    def choisir(self, chemin: str) -> "WSGIApplication":
        """Application that answers `chemin`."""
        for prefixe, app in self._par_prefixe:
            if chemin == prefixe or chemin.startswith(f"{prefixe.rstrip('/')}/"):
                return app
        return self._default

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.choisir(environ.get("PATH_INFO", "/"))(environ, start_response)
