"""Spares the first figure of a kernel a wait of two seconds.

To show a figure plotly imports nbformat, that jsonschema, and that, where JupyterLab is installed, a package that
compiles a grammar of international web addresses. No figure has use for it, so jsonschema is imported once without.
In this process it then does not check the formats "iri" and "iri-reference"; everything else of it is the same.
"""

from __future__ import annotations

import contextlib
import sys

_GRAMMAR = "rfc3987_syntax"


def import_without_grammar() -> None:
    """Import jsonschema as if the grammar's package were not installed; nothing where either is imported already."""
    if "jsonschema" in sys.modules or _GRAMMAR in sys.modules:
        return
    sys.modules[_GRAMMAR] = None  # an import of it fails as that of a missing package does, which jsonschema expects
    try:
        with contextlib.suppress(ImportError):
            import jsonschema  # noqa: F401
    finally:
        del sys.modules[_GRAMMAR]
