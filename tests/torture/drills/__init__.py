"""One drill for each of the fifteen faults, in two sizes: small in `make test`, full in `make
torture`. A drill does one thing to the product, again and again, and answers with its toll."""

from __future__ import annotations
