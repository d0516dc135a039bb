"""croissant.json: a machine-readable description in the format MLCommons Croissant 1.0.

https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from f2a_manifests import COLUMNS
from f2a_manifests.record import FLOATS, INTEGERS
from f2a_publish import pixels, regrouping
from f2a_publish.about import About

# The context that the specification gives; validators warn about any other.
_TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet",
    "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
    "references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField",
    "transform",
)  # fmt: skip
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}


def croissant(about: About, sums: Mapping[str, str]) -> str:
    """The description as JSON-LD.

    Args:
        about: of the set.
        sums: the SHA-256 of each table by its path in the set.
    """
    described = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": about.name,
        "description": about.description,
        "version": about.version,
        "datePublished": about.date,
        "license": f"https://spdx.org/licenses/{about.licence}.html",
        "url": "README.md",
        "citeAs": f"{about.name} {about.version}, {about.date}",
        "distribution": [_file(path, digest) for path, digest in sums.items()],
        "recordSet": [_records(path) for path in sums],
    }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _file(path: str, digest: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": _name(path),
        "name": _name(path),
        "contentUrl": path,
        "encodingFormat": "text/csv",
        "sha256": digest,
    }


def _records(path: str) -> dict[str, Any]:
    special = {"crops.csv": pixels.COLUMNS, regrouping.NAME: regrouping.COLUMNS}
    columns: Iterable[str] = special.get(_name(path), COLUMNS)
    table = _name(path).removesuffix(".csv")
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "field": [_field(table, column) for column in columns],
    }


def _field(table: str, column: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{column}",
        "name": f"{table}/{column}",
        # Empty cells are no whole numbers, and most columns may have some.
        "dataType": "sc:Float" if column in INTEGERS | FLOATS else "sc:Text",
        "source": {"fileObject": {"@id": f"{table}.csv"}, "extract": {"column": column}},
    }


def _name(path: str) -> str:
    return path.rpartition("/")[2]
