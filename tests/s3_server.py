"""An S3 server on this machine, moto's, and what it was asked for."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import boto3

SECRET = "wJalrXUtnFEMI"  # noqa: S105 -- of a server that asks for none
PAGE = 100
"""Objects of a listing that the server gives at once; Amazon's gives 1,000."""
_REQUEST = re.compile(rb'"(?:\x1b\[[0-9;]*m)*([A-Z]+) (\S+) HTTP')


class S3:
    """The server's bucket ``bucket``.

    Attributes:
        environment: what commands need to find it.
    """

    def __init__(self, port: int, log: Path) -> None:
        self.environment = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self._log, self._read = log, 0
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="testing",
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )

    def put(self, key: str, data: bytes) -> None:
        """Store an object."""
        self._client.put_object(Bucket="bucket", Key=key, Body=data)

    def put_folder(self, folder: Path, prefix: str) -> str:
        """Store all files of a folder; their address."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.put(f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())
        return f"s3://bucket/{prefix}"

    def get(self, key: str) -> bytes:
        """An object's content."""
        return bytes(self._client.get_object(Bucket="bucket", Key=key)["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        """The objects whose names begin so."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket="bucket", Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def delete(self, key: str) -> None:
        """Delete an object."""
        self._client.delete_object(Bucket="bucket", Key=key)

    def fetched(self) -> list[str]:
        """The objects that were asked for since the last call; a request each."""
        log = self._log.read_bytes()
        found = _REQUEST.findall(log, self._read)
        self._read = len(log)
        keys = (unquote(path.decode()) for verb, path in found if verb == b"GET" and b"list-type" not in path)
        return [key.removeprefix("/bucket/") for key in keys if key.startswith("/bucket/")]

    def make_bucket(self) -> None:
        """Start with an empty bucket."""
        self._client.create_bucket(Bucket="bucket")


@contextmanager
def s3_server(folder: Path) -> Iterator[S3]:
    """A server with an empty bucket, and its log in a folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "s3.log"
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    with log.open("wb") as file:
        environment = os.environ | {"MOTO_S3_DEFAULT_MAX_KEYS": str(PAGE)}
        server = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
    try:
        _wait_for(port, server)
        s3 = S3(port, log)
        s3.make_bucket()
        yield s3
    finally:
        server.kill()
        server.wait()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("moto's server has ended")
