"""Find or make the Pulumi CLI that this project runs on.

``python tools/pulumi/engine.py`` prints one line: the folder to put first on ``PATH``, which holds ``pulumi`` and its
Python language host. What it does meanwhile, it tells on standard error. The first usable CLI is taken from:

1. ``PATH``, with ``pulumi-language-python`` on ``PATH`` or beside it;
2. the project's folder in the user's cache (``XDG_CACHE_HOME``, ``~/.cache``, on macOS ``~/Library/Caches``);
3. Pulumi's official installer, if get.pulumi.com answers;
4. a build from Pulumi's Go module, pinned in go.mod, with the language host of this folder.

The last two end in the cache. Runs side by side wait for each other, and an interrupted one leaves nothing unfinished.
The exit code is 0, or 1 when there is no usable CLI, or 128 and the number of the signal that interrupted it.
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
"""The version that is installed or built."""

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
"""The files of the SDK's Go module that a built CLI needs beside it."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

ADVICE = f"""\
Install one of these and run it again:
  Pulumi {".".join(map(str, MINIMUM))} or newer, with its Python language host: https://www.pulumi.com/docs/install/
  Go {REQUIRED_GO} or newer, with a Go module proxy in reach, to build Pulumi from its source: https://go.dev/dl/"""


class Unusable(Exception):  # noqa: N818 - a finding, not a failure: the search goes on
    """What a source has cannot be used; the text says why."""


class Absent(Unusable):
    """A source has nothing, which is no news as long as another one has something."""


class Found(NamedTuple):
    """A usable CLI: its folder and its version."""

    folder: Path
    version: str


def main() -> int:
    """Print the folder of a usable CLI and return the exit code."""
    parser = argparse.ArgumentParser(description="Find or make the Pulumi CLI that this project runs on.")
    parser.add_argument("--quiet", action="store_true", help="tell nothing when a CLI is there already")
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
    """Tell the user."""
    print(f"engine: {text}", file=sys.stderr, flush=True)


def interrupted(number: int, _: FrameType | None) -> NoReturn:
    """Leave through every clean-up on the way, which nothing interrupts."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    say("interrupted")
    raise SystemExit(128 + number)


def resolve() -> Found:
    """Find the first usable CLI.

    Raises:
        Unusable: There is none; the text says why for every source, and what to install.
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
    """Find the first usable CLI of these sources, and note why those before it have none."""
    for name, source in sources.items():
        try:
            return source()
        except Unusable as reason:  # noqa: PERF203 - two sources
            if not isinstance(reason, Absent):
                say(f"not used: {reason}")
            refusals[name] = str(reason)
    return None


# The sources, in their order.


def on_path() -> Found:
    """Find the CLI that is on ``PATH``."""
    command = shutil.which(CLI)
    if not command:
        raise Absent("no pulumi")
    cli = Path(command).absolute()
    version = version_of(cli)
    if numbers(version) < MINIMUM:
        raise Unusable(f"{cli} is version {version}, and {'.'.join(map(str, MINIMUM))} or newer is needed")
    if not shutil.which(HOST) and not (cli.resolve().parent / HOST).is_file():
        raise Unusable(f"{cli} has no {HOST} beside it or on PATH")
    return Found(cli.parent, version)


def cached() -> Found:
    """Find the CLI that was installed or built before."""
    for folder in (official_folder(), own_folder()):
        if folder.is_dir():
            return pinned(folder)
    raise Absent(f"nothing for Pulumi {PINNED} in {home()}")


def restored() -> Found:
    """Find the CLI in the cache, without what is broken there, and a built one with the language host of today."""
    for folder in (official_folder(), built_folder(), own_folder()):
        remove_unless_usable(folder)
    if built_folder().is_dir() and not own_folder().is_dir():
        put_own_host()
    return cached()


def installed() -> Found:
    """Put a CLI into the cache with Pulumi's official installer."""
    try:
        run([sys.executable, "-c", PROBE, INSTALLER], limit=PROBE_SECONDS)
    except Unusable:
        raise Absent("get.pulumi.com cannot be reached") from None
    with step(f"installing Pulumi {PINNED} with its official installer"), unfinished() as folder:
        command = [sys.executable, "-c", INSTALL, str(folder), PINNED]
        run(command, limit=INSTALL_SECONDS, environment={"TMPDIR": str(folder)})
        pinned(folder / "bin")
        (folder / "bin").rename(official_folder())
    return cached()


def built() -> Found:
    """Put a CLI into the cache that is built from its Go module, with this project's language host."""
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
    """Return the Go command, if it is new enough or gets itself a newer toolchain."""
    go = shutil.which("go")
    if not go:
        raise Unusable("no go on PATH")
    version = run([go, "env", "GOVERSION"], folder=HERE).strip()
    if numbers(version) < numbers(REQUIRED_GO):
        raise Unusable(f"{go} is {version}, and go{REQUIRED_GO} or newer is needed")
    return go


# The cache. A folder in it is complete from the moment that it is there, for it is made elsewhere and then moved.


def home() -> Path:
    """Return the folder for the pinned CLI on this machine."""
    caches = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or caches).absolute()
    return caches / "digicert-pulumi" / f"pulumi-{PINNED}-{sys.platform}-{platform.machine()}"


def official_folder() -> Path:
    """Return where the CLI of the official installer is, with the language host that it brings."""
    return home() / "official"


def built_folder() -> Path:
    """Return where the built CLI is, with the files of the SDK's Go module."""
    return home() / "built"


def own_folder() -> Path:
    """Return where the built CLI is together with the language host as it is today."""
    digest = hashlib.sha256((HERE / "language_host.py").read_bytes()).hexdigest()
    return home() / f"bin-{digest[:12]}"


def remove_unless_usable(folder: Path) -> None:
    """Remove a folder whose CLI does not start or is of another version."""
    try:
        pinned(folder)
    except Unusable:
        shutil.rmtree(folder, ignore_errors=True)


def put_own_host() -> None:
    """Put the built CLI and the language host together."""
    with unfinished() as folder:
        result = folder / "bin"
        result.mkdir()
        # The CLI looks for its language host where it is itself, so a symbolic link would not do.
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
    """Keep other runs from changing the cache."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run that is at it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def unfinished() -> Iterator[Path]:
    """Give a folder beside the others in the cache that is removed in the end, as is what a killed run left of its own."""
    for left in home().glob("unfinished-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=home()) as folder:
        yield Path(folder)


# Versions, and the programs that are run.


def pinned(folder: Path) -> Found:
    """Return the CLI of a folder if it starts and is of the pinned version."""
    version = version_of(folder / CLI)
    if version != PINNED:
        raise Unusable(f"{folder / CLI} is version {version} instead of {PINNED}")
    return Found(folder, version)


def version_of(cli: Path) -> str:
    """Return the version that a CLI says it is."""
    output = run([str(cli), "version"], limit=START_SECONDS, environment={"PULUMI_SKIP_UPDATE_CHECK": "true"})
    match = re.fullmatch(r"v?(\d+\.\d+\.\d+\S*)\s*", output)
    if not match:
        raise Unusable(f"{cli} says {output.strip()[:40]!r} for its version")
    return match[1]


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparison."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Tell what is being done, and at the end how long it took."""
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
    """Run a program and return its standard output. Whatever happens, it and all that it started has ended then.

    Args:
        command: The program and its arguments.
        limit: Seconds after which it is ended; None to wait as long as it takes.
        folder: Where it runs.
        environment: What is set besides the environment of this process.
        lines: How many of its last lines to quote when it fails.

    Raises:
        Unusable: It could not be started, did not end in time, or ended with an exit code other than 0.
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
    """End a program and all that it started: at first with the interrupt on which Go and Pulumi clean up."""
    if process.poll() is None:
        for number, patience in ((signal.SIGINT, END_SECONDS), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)


if __name__ == "__main__":
    sys.exit(main())
