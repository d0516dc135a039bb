"""Reports: pages in one file, which need no other file, no script and no network."""

import base64

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from f2a_page.losses import HEIGHT, WIDTH
from f2a_page.text import printable


def environment(package: str) -> Environment:
    """Templates of a package's folder ``templates``, and those of this one.

    A page extends ``page.html.j2``, whose content security policy forbids what is not in the file;
    ``charts.html.j2`` has the charts. Values are escaped, and invisible characters removed.
    """
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("f2a_page")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["plane"] = (WIDTH, HEIGHT)
    return made


def data_uri(kind: str, data: bytes) -> str:
    """An image (``png``, ``jpeg``) as a data URI."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
