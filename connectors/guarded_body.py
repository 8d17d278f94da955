"""The body of a write that may have to stop half-way."""

from __future__ import annotations

import io
from collections.abc import Callable


class GuardedBody(io.BytesIO):
    """Sent part by part, as long as nothing speaks against it. A CRM that was sent a part does
    nothing: it was told the whole length before. One that was sent the last part may do all, so
    that nothing is asked any more when the end is looked for."""

    def __init__(self, body: bytes | str, guard: Callable[[], None]) -> None:
        """`guard` raises what the call is to end with."""
        super().__init__(body.encode() if isinstance(body, str) else body)
        self._guard = guard

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() < self.getbuffer().nbytes:
            self._guard()
        return super().read(size)
