"""Addresses as they may be published."""

import ipaddress
from urllib.parse import urlsplit, urlunsplit

_PRIVATE_SUFFIXES = ("localhost", "local", "lan", "home", "internal", "intranet", "private", "corp", "test")


def public_url(url: str) -> str:
    """An address without login, query and fragment; empty if it is not on the public internet."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not _is_public(host):
        return ""
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path, "", ""))


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global and ":" not in host
    except ValueError:
        return "." in host and host.rpartition(".")[2] not in _PRIVATE_SUFFIXES
