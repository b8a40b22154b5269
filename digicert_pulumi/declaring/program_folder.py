"""Detect files beside the program that keep Pulumi's SDK from starting the provider in that folder.

In the provider's process, Python searches the folder first, before any code of this package runs. So a `json.py` ends the
SDK with a traceback that names no file. The program has loaded its modules by then, and can name the file.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys

import pulumi


def review_program_folder() -> None:
    """Check that the provider can start in the program's folder.

    Raises:
        pulumi.RunError: It can't; the message names the files.
    """
    # Pulumi's language host sets PULUMI_CONFIG. Only then does the provider start in the program's folder.
    if "PULUMI_CONFIG" in os.environ and (files := _hiding_files(os.getcwd())):  # noqa: PTH109  # avoids loading pathlib
        raise pulumi.RunError(
            f"{' or '.join(files)} hides a module of Python or of a library from the Pulumi SDK, so the provider cannot "
            "start; rename it"
        )


@functools.cache
def _hiding_files(folder: str) -> list[str]:
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
    """Try to import the SDK there, because most files with such a name do no harm."""
    command = [sys.executable, "-c", "import dill, grpc, pulumi.dynamic"]
    return not subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode  # noqa: S603  # its own Python
