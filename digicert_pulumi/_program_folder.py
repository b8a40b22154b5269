"""What lies beside a program and keeps Pulumi's SDK from starting the provider, whose process begins in that folder.

Python searches the folder first there, before any code of this package runs: a `json.py` ends the SDK with a traceback that
names no file. The program itself has loaded its modules by then, and can name it.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys

import pulumi


def review_program_folder() -> None:
    """End the program with one line where the provider could not start beside it.

    Raises:
        pulumi.RunError: It could not; the message names the files.
    """
    # Pulumi's language host sets it, which starts a program in the folder where the engine starts the provider.
    if "PULUMI_CONFIG" in os.environ and (files := _in_the_way(os.getcwd())):  # noqa: PTH109  # pathlib is not loaded for it
        raise pulumi.RunError(
            f"{' or '.join(files)} hides a module of Python or of a library from the Pulumi SDK, so the provider cannot "
            "start; rename it"
        )


@functools.cache
def _in_the_way(folder: str) -> list[str]:
    try:
        there = set(os.listdir(folder))  # noqa: PTH208  # as above
    except OSError:
        return []
    hiding = []
    for name, module in sys.modules.items():
        loaded = getattr(module, "__file__", None)
        if loaded is None or name == "__main__":
            continue
        for file in (f"{name}.py", os.path.join(name, "__init__.py")):  # noqa: PTH118  # as above
            path = os.path.join(folder, file)  # noqa: PTH118  # as above
            if {file, name} & there and os.path.exists(path) and not os.path.samefile(path, loaded):  # noqa: PTH110, PTH121
                hiding.append(file)
    return sorted(hiding) if hiding and not _sdk_starts(folder) else []


def _sdk_starts(folder: str) -> bool:
    """Try it: most of the files that have such a name do no harm."""
    command = [sys.executable, "-c", "import dill, grpc, pulumi.dynamic"]
    return not subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode  # noqa: S603  # its own Python
