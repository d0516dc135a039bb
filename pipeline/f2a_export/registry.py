"""The formats by name: the classes of the entry-point group ``f2a.exports``."""

from f2a_export.base import Format
from f2a_manifests.registry import Registry

FORMATS = Registry[Format]("f2a.exports", "export format")
