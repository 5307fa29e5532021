"""Numbers as canonical text, and the fingerprint of what a computation was given."""

import hashlib
import json
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from services.groupement.domain.quanta import sobre

_PRECISION = Context(prec=28, rounding=ROUND_HALF_EVEN)


def condenser(canonique: object) -> str:
    """SHA-256 of a JSON value whose own order is already canonical."""
    ecrit = json.dumps(canonique, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return f"sha256:{hashlib.sha256(ecrit.encode()).hexdigest()}"


def texte(valeur: Decimal) -> str:
    """Plain digits without useless zeros, never an exponent."""
    return format(sobre(valeur), "f")


def decimale(valeur: Fraction) -> str:
    """Digits of a fraction, cut at 28 significant ones."""
    return texte(_PRECISION.divide(Decimal(valeur.numerator), Decimal(valeur.denominator)))
