"""Public names of a package that are imported from their files when they are first used, so that importing it is quick.

    _HOME = {"evaluate": "evaluate", "Run": "run"}     # public name -> the file that defines it
    on_first_use(__name__, _HOME)

A function may be named like its file. Python puts an imported file into its package under its name; here it may not
take the place of the function.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Mapping, Sequence
from typing import Any


def on_first_use(package: str, homes: Mapping[str, str], modules: Sequence[str] = ()) -> None:
    """Give a package its names. To be called once, at the end of its __init__.py, with __name__.

    homes: public name -> the file that defines it, as a dotted path inside the package. modules: files and packages
    that are public themselves.
    """
    module = sys.modules[package]
    module.__dict__.update(_homes=homes, _modules=modules)
    module.__class__ = _Package


class _Package(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        """Asked for what is not there yet."""
        found = self.__dict__
        if name in found["_modules"]:
            return importlib.import_module(f"{self.__name__}.{name}")
        if name not in found["_homes"]:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{self.__name__}.{found['_homes'][name]}"), name)
        found[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in self.__dict__["_homes"] and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *self.__dict__["_homes"], *self.__dict__["_modules"]})
