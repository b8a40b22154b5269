"""Keep the program's own modules out of the provider's imports.

Pulumi starts the provider's process in the program's folder, which Python searches first. So a `secrets.py` or
`requests.py` beside the program would hide a module of Python or of a library. The program's own dynamic providers run
in the same process, and still import the modules beside them.
"""

from __future__ import annotations

import builtins
import os
import sys
import threading
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

_PROVIDER_PROCESS = "pulumi.dynamic.__main__"

_apart: list[_Apart] = []


class _Apart:
    """Keeps two modules of the same name apart: code in the folder imports the folder's, all other code the other.

    Args:
        folder: The program's folder.
        hidden: The folder's modules that also exist elsewhere: the file of each name.
    """

    def __init__(self, folder: str, hidden: Mapping[str, str]) -> None:
        self._folder = folder
        self.hidden = hidden
        self._import = builtins.__import__
        self._lock = threading.RLock()
        self._programs = self._set_aside()
        sys.meta_path.insert(0, self)
        builtins.__import__ = self._import_apart  # type: ignore[assignment]  # passes its arguments on

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a hidden module elsewhere."""
        if path is not None or name not in self.hidden or self._is_owned():
            return None
        return _elsewhere(self._folder, name, target)

    def _import_apart(
        self, name: str, globals_: Mapping[str, Any] | None = None, *arguments: Any, **others: Any
    ) -> ModuleType:
        top = name.partition(".")[0]
        is_theirs = top in self.hidden and _is_in(self._folder, (globals_ or {}).get("__file__"))
        if not is_theirs or self._is_owned():
            return self._import(name, globals_, *arguments, **others)
        with self._lock:
            theirs = self._set_aside(elsewhere=True)
            sys.modules.update(self._programs)
            try:
                return self._import(name, globals_, *arguments, **others)
            finally:
                self._programs |= self._set_aside()
                sys.modules.update(theirs)

    def _is_owned(self) -> bool:
        """Whether this thread imports for the program."""
        return self._lock._is_owned()  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001

    def _set_aside(self, *, elsewhere: bool = False) -> dict[str, ModuleType]:
        """Remove the hidden modules that were loaded from the folder, or from elsewhere, from `sys.modules`."""
        found = {
            name: module
            for name, module in sys.modules.items()
            if name.partition(".")[0] in self.hidden
            and _is_in(self._folder, getattr(module, "__file__", None)) is not elsewhere
        }
        for name in found:
            del sys.modules[name]
        return found


def keep_apart() -> None:
    """From now on, don't import a module from the program's folder if it also exists elsewhere.

    Only in the provider's process: the program's process has loaded its modules long before.
    """
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if spec is None or spec.name != _PROVIDER_PROCESS or _apart:
        return
    folder = os.path.realpath(sys.path[0] or os.curdir)
    hidden = {name: file for name, file in _modules_in(folder).items() if _is_hidden(folder, name)}
    if hidden:
        _apart.append(_Apart(folder, hidden))


def hiding_files() -> list[str]:
    """Return the program's files that may hide modules of Python or of libraries."""
    return [file for apart in _apart for _, file in sorted(apart.hidden.items())]


def _modules_in(folder: str) -> dict[str, str]:
    # Without pathlib, which isn't loaded yet.
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, os.path.join(entry.path, "__init__.py")) for entry in entries]  # noqa: PTH118
    except OSError:
        return {}
    modules = {name[:-3]: os.path.join(folder, name) for name, _ in found if name.endswith(".py")}  # noqa: PTH118
    return modules | {name: package for name, package in found if os.path.exists(package)}  # noqa: PTH110


def _is_hidden(folder: str, name: str) -> bool:
    loaded = sys.modules.get(name)
    if loaded is not None and not _is_in(folder, getattr(loaded, "__file__", None)):
        return False
    return _elsewhere(folder, name) is not None


def _elsewhere(folder: str, name: str, target: ModuleType | None = None) -> ModuleSpec | None:
    path = [entry for entry in sys.path if os.path.realpath(entry or os.curdir) != folder]
    spec = PathFinder.find_spec(name, path, target)
    return spec if spec and spec.origin else None


def _is_in(folder: str, file: str | None) -> bool:
    """Whether a file belongs to the program. A virtual environment in its folder doesn't."""
    if not file:
        return False
    path = os.path.realpath(file)
    return path.startswith(os.path.join(folder, "")) and "-packages" not in path[len(folder) :]  # noqa: PTH118
