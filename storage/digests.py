"""The form in which tokens and keys of sessions are kept.

Both are 256 bits from the system's source of randomness, never a word that somebody thought up. Nobody can try them
out, so one round of SHA-256 keeps them as well as a slow hash would, which is made for what people type and would cost
each request of the API a tenth of a second. Rows are found by the digest: who looks one up learns nothing of others
from how long that takes, since nobody can choose what a digest begins with.
"""

from __future__ import annotations

from hashlib import sha256


def digest_of(secret: str) -> str:
    """64 hexadecimal digits. Takes any text, half a surrogate pair included."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
