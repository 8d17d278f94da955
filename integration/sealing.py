"""A token sealed before it is stored: unreadable without the secret that it was given for.

The key is derived (HKDF, RFC 5869) from the CRM's own secret, which a process has from its
environment and no store has. So there is no further secret to keep, and one that is changed leaves
a token that nobody can read: whoever finds it logs in anew. The names of the credentials enter into
the key, so that a token opens for the same CRM, app, user, host and org alone.

Its cryptography takes 7 MB of memory: to be imported by whoever has something to seal.
"""

from __future__ import annotations

import base64
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.log_ins import Credentials

_KEY, _MARK = b"winback token, key: ", b"winback token, mark: "
_KEY_BYTES, _MARK_BYTES, _NONCE_BYTES = 32, 16, 12


class Seal:
    """For tokens of the same credentials (AES-256-GCM)."""

    def __init__(self, credentials: Credentials) -> None:
        self._cipher = AESGCM(_derived(credentials, _KEY, _KEY_BYTES))
        self.mark = _derived(credentials, _MARK, _MARK_BYTES).hex()
        """Tells these credentials from others, and nothing of what they are."""

    def closed(self, token: str) -> str:
        """The token as it may be stored. Twice the same does not look alike."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, token.encode(), None)
        return base64.b64encode(sealed).decode()

    def opened(self, sealed: str) -> str | None:
        """The token; None where it was sealed for other credentials, or is not as it was."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            token = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            return None
        return token.decode()


def _derived(credentials: Credentials, purpose: bytes, length: int) -> bytes:
    names = json.dumps(credentials.names).encode()
    derivation = HKDF(hashes.SHA256(), length, salt=None, info=purpose + names)
    return derivation.derive(credentials.secret.encode())
