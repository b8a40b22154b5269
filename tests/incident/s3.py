"""An S3 of the tests: moto's server, of the packages that `requirements-s3.txt` pins beside this file."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.environments import environment
from support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PINS = Path(__file__).with_name("requirements-s3.txt")

BUCKET = "stacks-of-this-test"

CREDENTIALS: dict[str, Any] = {
    "AWS_ACCESS_KEY_ID": "id-of-this-test",
    "AWS_SECRET_ACCESS_KEY": "secret-of-this-test",
}


@contextmanager
def s3_backend(folder: Path) -> Iterator[str]:
    """Run an S3 with an empty bucket, and give its URL as Pulumi takes it."""
    log = folder / "s3.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [environment("s3", PINS) / "bin" / "moto_server", "-H", "127.0.0.1", "-p", "0"],
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        port = int(wait_until(lambda: _port(log.read_text())))
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("PUT", f"/{BUCKET}")
        assert connection.getresponse().status == 200
        connection.close()
        yield f"s3://{BUCKET}?endpoint=http://127.0.0.1:{port}&s3ForcePathStyle=true&region=us-east-1"
    finally:
        process.kill()
        process.wait()


def _port(said: str) -> str:
    return said.partition("Running on http://127.0.0.1:")[2].partition("\n")[0]
