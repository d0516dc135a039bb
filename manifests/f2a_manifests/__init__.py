"""The contract of all f2a packages: one typed record per row, read and written atomically.

Importing it needs the standard library and pandas only, so that a notebook can read a data set without
the pipeline. What reads and writes manifests is re-exported here; the log of decisions, run
folders and what the commands share are separate modules.
"""

from f2a_manifests.atomic import atomic_file, write_bytes, write_once, write_text
from f2a_manifests.errors import ExitCode, FatalError, ManifestError, first_line
from f2a_manifests.reasons import Reason, Unusable
from f2a_manifests.record import (
    COLUMNS,
    REPAIRED,
    STORED,
    Box,
    BoxFrom,
    Decision,
    Domain,
    Landmark,
    Record,
    Square,
    Status,
    Subset,
)
from f2a_manifests.scan import scan, scan_units
from f2a_manifests.table import json_schema, read, write
from f2a_manifests.workspace import Unit, Workspace, sha256_file

__all__ = [
    "COLUMNS",
    "REPAIRED",
    "STORED",
    "Box",
    "BoxFrom",
    "Decision",
    "Domain",
    "ExitCode",
    "FatalError",
    "Landmark",
    "ManifestError",
    "Reason",
    "Record",
    "Square",
    "Status",
    "Subset",
    "Unit",
    "Unusable",
    "Workspace",
    "atomic_file",
    "first_line",
    "json_schema",
    "read",
    "scan",
    "scan_units",
    "sha256_file",
    "write",
    "write_bytes",
    "write_once",
    "write_text",
]
