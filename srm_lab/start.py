"""`srm.start`, under a module name that nothing else may import.

Importing a module `srm_lab.start` makes the attribute `srm_lab.start` that module, in place of the function of
the same name. So all that other modules need is in `srm_lab.preflight`, and only the package's lazy names come here.
"""

from srm_lab.preflight import start

__all__ = ["start"]
