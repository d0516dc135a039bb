"""The contract every f2a package shares: one typed record per row, read and written atomically.

Standard library and pandas only, so that a notebook can read a data set without installing the
pipeline. Everything a caller needs is re-exported here.
"""

from f2a_manifests.atomic import atomic_file, write_bytes, write_once, write_text
from f2a_manifests.errors import ExitCode, FatalError, ManifestError, first_line
from f2a_manifests.record import COLUMNS, REPAIRED, Box, Decision, Domain, Record, Status
from f2a_manifests.table import json_schema, read, write
from f2a_manifests.workspace import Unit, Workspace, sha256_file

__all__ = [
    "COLUMNS",
    "REPAIRED",
    "Box",
    "Decision",
    "Domain",
    "ExitCode",
    "FatalError",
    "ManifestError",
    "Record",
    "Status",
    "Unit",
    "Workspace",
    "atomic_file",
    "first_line",
    "json_schema",
    "read",
    "sha256_file",
    "write",
    "write_bytes",
    "write_once",
    "write_text",
]
