"""Add the language host for YAML programs to the Pulumi CLI of `engine.py`.

``python -m tools.pulumi.yaml_host`` prints the CLI's folder, as `engine.py` does. An official CLI includes the host. For a
built CLI, the host is built from its Go module, pinned in yaml/go.mod. It has its own go.mod because it requires an older
release of the CLI's packages. Only the tests and `make bench` need it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from tools.pulumi import engine

HERE = Path(__file__).resolve().parent / "yaml"
HOST = "pulumi-language-yaml"
MODULE = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"


def main() -> int:
    """Print the folder of the CLI and its YAML host, and return the exit code."""
    try:
        found = engine.resolve()
        if not (found.folder / HOST).exists() and not (found.folder.resolve() / HOST).exists():
            put_beside(found.folder)
    except (engine.Unusable, OSError) as reason:
        engine.say(str(reason))
        return 1
    print(found.folder)
    return 0


def put_beside(folder: Path) -> None:
    """Add the host to the folder of a CLI in the cache. Builds the host if it isn't in the cache.

    Raises:
        engine.Unusable: The CLI isn't in the cache, or the host can't be built.
    """
    if folder != engine.own_folder():
        raise engine.Unusable(f"{folder} has pulumi but not {HOST}; install the complete Pulumi CLI")
    with engine.alone():
        if not built().exists():
            build()
        if not (folder / HOST).exists():
            # The CLI warns at every start about a host that is on PATH but not in its own folder.
            os.link(built(), folder / HOST)


def built() -> Path:
    """Return the path of the built host."""
    digest = hashlib.sha256((HERE / "go.mod").read_bytes()).hexdigest()
    return engine.home() / f"yaml-{digest[:12]}" / HOST


def build() -> None:
    """Build the host."""
    go = engine.go_command()
    with engine.step("building the YAML language host from its Go module"), engine.unfinished() as folder:
        result = folder / "yaml"
        environment = {"GOTMPDIR": str(folder), "GOWORK": "off"}
        command = [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(result / HOST), MODULE]
        engine.run(command, folder=HERE, environment=environment, lines=12)
        result.rename(built().parent)


if __name__ == "__main__":
    sys.exit(main())
