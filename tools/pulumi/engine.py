"""Find, install or build the Pulumi CLI for this project.

``python tools/pulumi/engine.py`` prints one line: the folder to put first on ``PATH``, which holds ``pulumi`` and its
Python language host. It prints its progress to standard error. It uses the first usable CLI of these sources:

1. ``PATH``, with ``pulumi-language-python`` on ``PATH`` or in the same folder;
2. the project's folder in the user's cache (``XDG_CACHE_HOME``, ``~/.cache``, on macOS ``~/Library/Caches``);
3. Pulumi's official installer, if get.pulumi.com is reachable;
4. a build from Pulumi's Go module, pinned in go.mod, with the language host of this folder.

The last two are stored in the cache. Concurrent runs wait for each other, and an interrupted run leaves no partial files.
The exit code is 0, 1 if there is no usable CLI, or 128 plus the number of the signal that interrupted the run.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

HERE = Path(__file__).resolve().parent
GO_MOD = (HERE / "go.mod").read_text()
CLI_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"

MINIMUM = (3, 254, 0)
"""The oldest CLI that imports a resource from the inputs and outputs in an import file."""

PINNED = re.findall(rf"{CLI_MODULE} v(\S+)", GO_MOD)[0]
"""The version to install or build."""

REQUIRED_GO = re.findall(r"^go (\S+)", GO_MOD, re.MULTILINE)[0]

INSTALLER = "https://get.pulumi.com/install.sh"
PROBE = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)"
PROBE_SECONDS = 8
INSTALL = """
import subprocess, sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
try:
    PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
except subprocess.CalledProcessError as error:
    sys.exit(error.output.decode(errors="replace"))
"""
INSTALL_SECONDS = 600
START_SECONDS = 60
END_SECONDS = 5

CLI = "pulumi"
HOST = "pulumi-language-python"
FROM_SDK = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
"""The files of the SDK's Go module that a built CLI needs in its folder."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

ADVICE = f"""\
Install one of these, and run the command again:
  Pulumi {".".join(map(str, MINIMUM))} or newer, with its Python language host: https://www.pulumi.com/docs/install/
  Go {REQUIRED_GO} or newer, with a reachable Go module proxy, to build Pulumi from source: https://go.dev/dl/"""


class Unusable(Exception):  # noqa: N818 - a result, not a failure: the search continues
    """A source has no usable CLI. The message explains why."""


class Absent(Unusable):
    """A source has no CLI at all. This is only reported if no source has a usable one."""


class Found(NamedTuple):
    """A usable CLI: its folder and its version."""

    folder: Path
    version: str


def main() -> int:
    """Print the folder of a usable CLI, and return the exit code."""
    parser = argparse.ArgumentParser(description="Find, install or build the Pulumi CLI for this project.")
    parser.add_argument(
        "--quiet", action="store_true", help="print no progress if a CLI is already available"
    )
    quiet = parser.parse_args().quiet
    for number in SIGNALS:
        signal.signal(number, interrupted)
    try:
        found = resolve()
    except (Unusable, OSError) as reason:
        say(str(reason))
        return 1
    if not quiet:
        say(f"Pulumi {found.version} in {found.folder}")
    print(found.folder)
    return 0


def say(text: str) -> None:
    """Print a message for the user."""
    print(f"engine: {text}", file=sys.stderr, flush=True)


def interrupted(number: int, _: FrameType | None) -> NoReturn:
    """Exit with all cleanups, and ignore further signals meanwhile."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    say("interrupted")
    raise SystemExit(128 + number)


def resolve() -> Found:
    """Find the first usable CLI.

    Raises:
        Unusable: There is none. The message has the reason for every source, and what to install.
    """
    refusals: dict[str, str] = {}
    if found := first({"PATH": on_path, "cache": cached}, refusals):
        return found
    with alone():
        if found := first({"cache": restored, "official installer": installed}, refusals):
            return found
        try:
            return built()
        except Unusable as reason:
            refusals["Go module"] = str(reason)
    reasons = [f"  {source}: {reason}" for source, reason in refusals.items()]
    raise Unusable("\n".join(["there is no usable Pulumi CLI", *reasons, ADVICE]))


def first(sources: Mapping[str, Callable[[], Found]], refusals: dict[str, str]) -> Found | None:
    """Return the first usable CLI of these sources, and record why the earlier ones have none."""
    for name, source in sources.items():
        try:
            return source()
        except Unusable as reason:  # noqa: PERF203 - two sources
            if not isinstance(reason, Absent):
                say(f"not used: {reason}")
            refusals[name] = str(reason)
    return None


# The sources, in order of preference.


def on_path() -> Found:
    """Find the CLI on ``PATH``."""
    command = shutil.which(CLI)
    if not command:
        raise Absent("pulumi is not on PATH")
    cli = Path(command).absolute()
    version = version_of(cli)
    if numbers(version) < MINIMUM:
        raise Unusable(f"{cli} is version {version}, but {'.'.join(map(str, MINIMUM))} or newer is required")
    if not shutil.which(HOST) and not (cli.resolve().parent / HOST).is_file():
        raise Unusable(f"{cli} has no {HOST} in its folder or on PATH")
    return Found(cli.parent, version)


def cached() -> Found:
    """Find the CLI in the cache."""
    for folder in (official_folder(), own_folder()):
        if folder.is_dir():
            return pinned(folder)
    raise Absent(f"{home()} does not contain Pulumi {PINNED}")


def restored() -> Found:
    """Remove broken folders from the cache, add the current language host to a built CLI, and find the CLI."""
    for folder in (official_folder(), built_folder(), own_folder()):
        remove_unless_usable(folder)
    if built_folder().is_dir() and not own_folder().is_dir():
        put_own_host()
    return cached()


def installed() -> Found:
    """Install a CLI into the cache with Pulumi's official installer."""
    try:
        run([sys.executable, "-c", PROBE, INSTALLER], limit=PROBE_SECONDS)
    except Unusable:
        raise Absent("get.pulumi.com is not reachable") from None
    with step(f"installing Pulumi {PINNED} with its official installer"), unfinished() as folder:
        command = [sys.executable, "-c", INSTALL, str(folder), PINNED]
        run(command, limit=INSTALL_SECONDS, environment={"TMPDIR": str(folder)})
        pinned(folder / "bin")
        (folder / "bin").rename(official_folder())
    return cached()


def built() -> Found:
    """Build a CLI from its Go module into the cache, with this project's language host."""
    go = go_command()
    with (
        step(f"building Pulumi {PINNED} from its Go module, which takes minutes the first time"),
        unfinished() as folder,
    ):
        result = folder / "built"
        version = f"-X {SDK_MODULE}/go/common/version.Version=v{PINNED}"
        build = ["build", "-trimpath", "-ldflags", f"-s -w {version}", "-o", str(result / CLI)]
        environment = {"GOTMPDIR": str(folder), "GOWORK": "off"}
        run([go, *build, f"{CLI_MODULE}/cmd/pulumi"], folder=HERE, environment=environment, lines=12)
        module = json.loads(
            run([go, "list", "-m", "-json", SDK_MODULE], folder=HERE, environment=environment)
        )
        for file in FROM_SDK:
            put(Path(module["Dir"], file), result / Path(file).name)
        pinned(result)
        result.rename(built_folder())
    put_own_host()
    return cached()


def go_command() -> str:
    """Return the Go command, if it is new enough or can download a newer toolchain."""
    go = shutil.which("go")
    if not go:
        raise Unusable("go is not on PATH")
    version = run([go, "env", "GOVERSION"], folder=HERE).strip()
    if numbers(version) < numbers(REQUIRED_GO):
        raise Unusable(f"{go} is {version}, but go{REQUIRED_GO} or newer is required")
    return go


# The cache. Folders are created atomically: they are built elsewhere and then renamed.


def home() -> Path:
    """Return the cache folder for the pinned CLI on this machine."""
    caches = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or caches).absolute()
    return caches / "digicert-pulumi" / f"pulumi-{PINNED}-{sys.platform}-{platform.machine()}"


def official_folder() -> Path:
    """Return the folder of the officially installed CLI, with its own language host."""
    return home() / "official"


def built_folder() -> Path:
    """Return the folder of the built CLI, with the files of the SDK's Go module."""
    return home() / "built"


def own_folder() -> Path:
    """Return the folder of the built CLI with the current language host."""
    digest = hashlib.sha256((HERE / "language_host.py").read_bytes()).hexdigest()
    return home() / f"bin-{digest[:12]}"


def remove_unless_usable(folder: Path) -> None:
    """Remove a folder whose CLI doesn't start or has another version."""
    try:
        pinned(folder)
    except Unusable:
        shutil.rmtree(folder, ignore_errors=True)


def put_own_host() -> None:
    """Create the folder with the built CLI and the current language host."""
    with unfinished() as folder:
        result = folder / "bin"
        result.mkdir()
        # The CLI searches its own folder for the language host, so a symbolic link would not work.
        for file in built_folder().iterdir():
            os.link(file, result / file.name)
        put(HERE / "language_host.py", result / HOST)
        result.rename(own_folder())


def put(source: Path, target: Path) -> None:
    """Copy a program."""
    shutil.copyfile(source, target)
    target.chmod(0o755)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Lock the cache against other runs."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def unfinished() -> Iterator[Path]:
    """Create a temporary folder in the cache, and remove those that killed runs left."""
    for left in home().glob("unfinished-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=home()) as folder:
        yield Path(folder)


# Versions and processes.


def pinned(folder: Path) -> Found:
    """Return the CLI in a folder, if it starts and has the pinned version."""
    version = version_of(folder / CLI)
    if version != PINNED:
        raise Unusable(f"{folder / CLI} is version {version} instead of {PINNED}")
    return Found(folder, version)


def version_of(cli: Path) -> str:
    """Return the version that a CLI prints."""
    output = run([str(cli), "version"], limit=START_SECONDS, environment={"PULUMI_SKIP_UPDATE_CHECK": "true"})
    match = re.fullmatch(r"v?(\d+\.\d+\.\d+\S*)\s*", output)
    if not match:
        raise Unusable(f"{cli} prints {output.strip()[:40]!r} instead of its version")
    return match[1]


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers in a version, for comparison."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Print a step, and at its end how long it took."""
    say(text)
    start = time.monotonic()
    yield
    say(f"done in {time.monotonic() - start:.0f} s")


def run(
    command: Sequence[str],
    *,
    limit: float | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    lines: int = 1,
) -> str:
    """Run a program and return its standard output. Its whole process group has ended when this returns or raises.

    Args:
        command: The program and its arguments.
        limit: The timeout in seconds; None for no timeout.
        folder: The working directory.
        environment: Additional environment variables.
        lines: The number of its last lines to quote if it fails.

    Raises:
        Unusable: The program can't be started, times out, or exits with a code other than 0.
    """
    name = command[0]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd=folder,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    except OSError as error:
        raise Unusable(f"{name} does not start: {error.strerror}") from error
    with process:
        try:
            output, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise Unusable(f"{name} did not end within {limit} s") from None
        finally:
            end(process)
    if process.returncode:
        quoted = "\n".join((errors or output).strip().splitlines()[-lines:])
        raise Unusable(
            f"{name} ended with exit code {process.returncode}" + (f": {quoted}" if quoted else "")
        )
    return output


def end(process: subprocess.Popen[str]) -> None:
    """End a program and its process group: first with an interrupt, on which Go and Pulumi clean up."""
    if process.poll() is None:
        for number, patience in ((signal.SIGINT, END_SECONDS), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)


if __name__ == "__main__":
    sys.exit(main())
