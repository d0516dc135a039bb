"""The login of a Danbooru account."""

import base64
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from f2a_data.sources.danbooru.query import DANBOORU, is_local
from f2a_manifests import ExitCode, FatalError

LOGIN, API_KEY = "DANBOORU_LOGIN", "DANBOORU_API_KEY"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Login and API key; the key is never part of the ``repr``."""

    login: str
    api_key: str = field(repr=False)

    def redact(self, text: str) -> str:
        """Replace the key, plain or as HTTP Basic sends it, by asterisks."""
        basic = base64.b64encode(f"{self.login}:{self.api_key}".encode()).decode()
        return text.replace(basic, "***").replace(self.api_key, "***")


def find(root: str, file: Path | None, environ: Mapping[str, str]) -> Credentials | None:
    """The credentials for one server.

    Those in the environment are for Danbooru only; any other server needs a file.

    Args:
        root: the server they would be sent to.
        file: lines ``DANBOORU_LOGIN=...`` and ``DANBOORU_API_KEY=...``, readable by its owner only.
        environ: the environment, with variables of the same names.

    Raises:
        FatalError: the file is invalid, one of the two is missing, or they would be sent unencrypted.
    """
    if file is None and root != DANBOORU:
        return None
    values = _read(file) if file else environ
    login, key = values.get(LOGIN, ""), values.get(API_KEY, "")
    if not login and not key and file is None:
        return None
    if not login or not key:
        raise FatalError(
            f"{file or 'the environment'}: {LOGIN} and {API_KEY} are both needed", ExitCode.USAGE
        )
    if urlsplit(root).scheme != "https" and not is_local(root):
        raise FatalError(f"{root}: credentials are not sent over unencrypted http", ExitCode.USAGE)
    return Credentials(login, key)


def _read(file: Path) -> dict[str, str]:
    try:
        if os.name != "nt" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise FatalError(f"{file}: others may read it; run: chmod 600 {file}", ExitCode.USAGE)
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FatalError(f"{file}: cannot be read: {error}", ExitCode.USAGE) from None
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}
