"""Put the language host for YAML programs beside the Pulumi CLI that `engine.py` finds or makes.

``python -m tools.pulumi.yaml_host`` prints the CLI's folder, as `engine.py` does. An official CLI brings the host along.
For a built one it is built from its Go module, pinned in yaml/go.mod: a module of its own, because the host compiles
against an older release of the CLI's packages. Only the tests and `make bench` need it.
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
    """Print the folder of the CLI and its YAML host and return the exit code."""
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
    """Build the host, unless that was done before, and put it beside a CLI in the cache.

    Raises:
        engine.Unusable: The CLI is not in the cache, or the host can't be built.
    """
    if folder != engine.own_folder():
        raise engine.Unusable(f"{folder} has a pulumi without {HOST}; install Pulumi as a whole")
    with engine.alone():
        if not built().exists():
            build()
        if not (folder / HOST).exists():
            # A CLI tells at every start of a host that it finds on PATH and not beside itself.
            os.link(built(), folder / HOST)


def built() -> Path:
    """Return where the built host is."""
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
