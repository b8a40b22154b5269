"""A stack of a test: a program that declares revocations, on the real Pulumi CLI and a file backend."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from support import nursery
from support.engine import QUICK, add_yaml_host, engine_bin, pulumi_env
from support.vault import PROVIDER, vault_env

from digicert_pulumi.text.case import camel_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from support.sandbox import Sandbox

TYPE = "pulumi-python:dynamic/digicert:OrderRevocation"

_NAME = "dev"
_PROJECT = "revocations"
_SECONDS = 300
_ANYWHERE = "http://127.0.0.1:1/services/v2"
_API = "/services/v2"
_PROGRAM = """\
import digicert_pulumi as digicert
import pulumi

leaked = digicert.OrderRevocation({arguments})
pulumi.export("request_id", leaked.request_id)
pulumi.export("status", leaked.status)
pulumi.export("revoked", leaked.revoked)
"""


def make_stack(home: Path, backend: Path, project: Path, name: str, *, key: str, base_url: str) -> None:
    """Write and select the stack of a project, as `pulumi stack init` and `pulumi config set-all` do."""
    for file, content in _made_stack(name).items():
        (backend / file).parent.mkdir(parents=True, exist_ok=True)
        (backend / file).write_bytes(content)
    configuration = _made_configuration(key).replace(_ANYWHERE, base_url)
    (project / f"Pulumi.{_NAME}.yaml").write_text(configuration)
    workspace = workspace_file(home, project, name)
    workspace.parent.mkdir(parents=True, exist_ok=True)
    selected = {"stacks": {f"file://{backend}": f"organization/{name}/{_NAME}"}}
    workspace.write_text(json.dumps(selected))


def program_of(revocations: Mapping[str, Mapping[str, Any]], kind: str = "OrderRevocation") -> str:
    """A program that declares resources of a kind, each with its name and its inputs."""
    lines = ["import digicert_pulumi as digicert"]
    for name, inputs in revocations.items():
        arguments = "".join(f", {key}={value!r}" for key, value in inputs.items())
        lines.append(f"digicert.{kind}({name!r}{arguments})")
    return "\n".join(lines)


def in_yaml(type_: str, resources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The same resources in a YAML program: each by its name, with its inputs as Python names them."""
    return {
        name: {
            "type": type_,
            "properties": {camel_case(each): value for each, value in inputs.items()},
        }
        for name, inputs in resources.items()
    }


def workspace_file(home: Path, project: Path, name: str) -> Path:
    """Where Pulumi remembers which stack of a project is selected."""
    digest = hashlib.sha1(str(project.resolve() / "Pulumi.yaml").encode(), usedforsecurity=False).hexdigest()
    return home / ".pulumi" / "workspaces" / f"{name}-{digest}-workspace.json"


@functools.cache
def _made_stack(project: str) -> Mapping[Path, bytes]:
    """The files of a backend in which the real CLI has made a stack of a project: half of a second, once."""
    with _new_stack(project) as (backend, _, _):
        return {file.relative_to(backend): file.read_bytes() for file in backend.rglob("*") if file.is_file()}


@functools.cache
def _made_configuration(key: str) -> str:
    """The configuration that the real CLI writes for a secret key and a URL that is nobody's."""
    with _new_stack(_PROJECT) as (_, project, run):
        settings = ["--secret", f"digicert:apiKey={key}", "--plaintext", f"digicert:baseUrl={_ANYWHERE}"]
        assert key not in run("config", "set-all", *settings)
        return (project / f"Pulumi.{_NAME}.yaml").read_text()


@functools.cache
def _made_plugin() -> tempfile.TemporaryDirectory[str]:
    """A folder of plugins into which the real CLI has installed the provider, which takes two seconds."""
    made = tempfile.TemporaryDirectory(prefix="plugins-")
    folder = Path(made.name)
    environment = _environment(folder / "home", folder / "backend")
    done = nursery.run("digicert_pulumi.cli", ["plugin", "install"], environment, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("installed the provider digicert ")
    return made


def _environment(home: Path, backend: Path, **settings: str) -> dict[str, str]:
    """What every command on a stack runs with."""
    return pulumi_env(home, backend, **QUICK, **vault_env(), **settings)


@contextlib.contextmanager
def _new_stack(name: str) -> Iterator[tuple[Path, Path, Callable[..., str]]]:
    """A backend with the stack of a project, the project's folder, and what runs the CLI in it."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()
        home, backend, project = (folder / part for part in ("home", "backend", "project"))
        environment = _environment(home, backend)
        project.mkdir()
        (project / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")

        def run(*arguments: str) -> str:
            done = subprocess.run(
                [engine_bin() / "pulumi", "--non-interactive", *arguments],
                cwd=project,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout + done.stderr

        run("stack", "init", _NAME, "--secrets-provider", PROVIDER)
        assert workspace_file(home, project, name).exists()
        yield backend, project, run


@dataclass(frozen=True)
class Result:
    """What a command of the CLI did and said.

    Attributes:
        code: Its exit code.
        text: Its standard output and error, as the user reads them.
        events: The engine's events.
        calls: The calls that the sandbox got meanwhile, as `GET /order/certificate/1`.
    """

    code: int
    text: str
    events: list[dict[str, Any]]
    calls: list[str]

    @property
    def properties(self) -> str:
        """The text without the blanks that align the names of properties."""
        return re.sub(r" +: ", ": ", self.text)

    @property
    def changes(self) -> dict[str, int]:
        """How many revocations met which operation, such as `{"create": 1}`; `same` where nothing was to do."""
        return self.changes_of(TYPE)

    def changes_of(self, type_: str) -> dict[str, int]:
        """How many resources of a type met which operation."""
        ended = [event["resOutputsEvent"]["metadata"] for event in self.events if "resOutputsEvent" in event]
        return dict(Counter(step["op"] for step in ended if step["type"] == type_))

    @property
    def errors(self) -> list[str]:
        """The errors that the user sees, but for the engine's closing `update failed`."""
        return [text for text in self._said("error") if text != "update failed"]

    @property
    def notices(self) -> list[str]:
        """What the user is told besides errors, `info: ...` or `warning: ...`, and all of standard error."""
        told = [f"{kind}: {text}" for kind in ("info", "warning") for text in self._said(kind)]
        return [*told, *self._said("info#err")]

    @property
    def writes(self) -> list[str]:
        """The calls that were no GET."""
        return [call for call in self.calls if not call.startswith("GET ")]

    def _said(self, severity: str) -> list[str]:
        said = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        texts = [each["message"].strip() for each in said if each["severity"] == severity]
        return [text for text in texts if text]


class Stack:
    """One stack and its program, configured with a sandbox's URL and its standard user's API key.

    Args:
        folder: Where everything of it is kept.
        sandbox: What it talks to.
        project: The project's name.
        backend: The folder for the state, where several stacks share one.

    Attributes:
        environment: What every command of the CLI runs with; a test may add to it.
    """

    def __init__(
        self, folder: Path, sandbox: Sandbox, project: str = _PROJECT, backend: Path | None = None
    ) -> None:
        self._project_name = project
        self._backend = backend or folder / "backend"
        self.environment = _environment(
            folder / "home",
            self._backend,
            PULUMI_DEBUG_COMMANDS="true",  # offers --event-log
            PYTHONDONTWRITEBYTECODE="1",  # a program that changes within a second would run as it was cached
        )
        self._folder = folder
        self._sandbox = sandbox
        self._keys = {sandbox.admin_key, sandbox.user_key}
        self._printed: list[str] = []
        self._project = folder / "project"
        self._project.mkdir()
        (self._project / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
        home = folder / "home"
        make_stack(
            home, self._backend, self._project, project, key=sandbox.user_key, base_url=sandbox.base_url
        )
        self._known = {"digicert:apiKey": sandbox.user_key, "digicert:baseUrl": sandbox.base_url}

    def configure(self, settings: Mapping[str, str]) -> None:
        """Set configuration keys; those that end in `apiKey` as secrets. What is set already is left alone."""
        new = {key: value for key, value in settings.items() if self._known.get(key) != value}
        self._known |= new
        secrets = {key: value for key, value in new.items() if key.endswith("apiKey")}
        self._keys |= {*secrets.values()}
        if secrets:
            self._run("config", "set-all", *(f"--secret={key}={value}" for key, value in secrets.items()))
        self._change_file({key: value for key, value in new.items() if key not in secrets})

    def start_up(self, *options: str) -> subprocess.Popen[str]:
        """Start `pulumi up`, and leave it to the test what becomes of it."""
        return subprocess.Popen(
            [engine_bin() / "pulumi", "--non-interactive", "up", "--yes", "--skip-preview", *options],
            cwd=self._project,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def unlock(self) -> None:
        """`pulumi cancel`, after an engine was killed."""
        self._run("cancel", "--yes")

    def unprotect(self, name: str) -> None:
        """`pulumi state unprotect` of a revocation."""
        self._run("state", "unprotect", self.resources()[name]["urn"], "--yes")

    def configure_in_plain(self, key: str, value: str) -> None:
        """Set a configuration key as everybody can read it."""
        self._change_file({key: value})

    def unset(self, key: str) -> None:
        """Remove a configuration key."""
        self._known.pop(key, None)
        self._change_file({key: None})

    def _change_file(self, settings: Mapping[str, str | None]) -> None:
        """Change the stack's file as `pulumi config set --plaintext` and `rm` do; None removes a key."""
        file = self._project / f"Pulumi.{_NAME}.yaml"
        written = yaml.safe_load(file.read_text())
        named = {
            key if ":" in key else f"{self._project_name}:{key}": value for key, value in settings.items()
        }
        changed = {**written["config"], **named}
        written["config"] = {key: value for key, value in changed.items() if value is not None}
        file.write_text(yaml.safe_dump(written))

    def declare(self, **inputs: Any) -> None:
        """Make the program declare one revocation, `leaked`, and export what became of it."""
        arguments = ", ".join(["'leaked'", *(f"{name}={value!r}" for name, value in inputs.items())])
        self.write(_PROGRAM.format(arguments=arguments))

    def declare_each(self, revocations: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the program declare revocations, each with its name and its inputs."""
        self.write(program_of(revocations))

    def write(self, program: str, beside: Mapping[str, str] | None = None) -> None:
        """Set the text of the program, and of files beside it."""
        for name, text in {"__main__.py": program, **(beside or {})}.items():
            (self._project / name).write_text(text)

    def write_yaml(self, program: str | Mapping[str, Any]) -> None:
        """Make it a YAML project, with the plugin installed for its user: its Pulumi.yaml, or what is in it."""
        add_yaml_host()
        plugins = Path(".pulumi") / "plugins"
        if not (self._folder / "home" / plugins).exists():
            shutil.copytree(Path(_made_plugin().name) / "home" / plugins, self._folder / "home" / plugins)
        parts = yaml.safe_load(program) if isinstance(program, str) else {"runtime": "yaml", **program}
        (self._project / "Pulumi.yaml").write_text(yaml.safe_dump({**parts, "name": self._project_name}))

    def digicert_pulumi(self, *arguments: str, code: int = 0) -> str:
        """Run the package's command line, which has to end with this exit code."""
        done = nursery.run("digicert_pulumi.cli", arguments, self.environment, self._project)
        self._printed.append(done.stdout + done.stderr)
        assert done.returncode == code, self._printed[-1]
        return done.stdout

    def import_(self, type_: str, name: str, id_: str) -> str:
        """`pulumi import`; what it prints."""
        done = self._run("import", type_, name, id_, "--yes", "--skip-preview", "--protect=false")
        return done.stdout + done.stderr

    def preview(self, *options: str) -> Result:
        """`pulumi preview --diff`."""
        return self._operate("preview", "--diff", *options)

    def up(self, *options: str) -> Result:
        """`pulumi up`, without a preview first."""
        return self._operate("up", "--yes", "--skip-preview", *options)

    def refresh(self, *options: str) -> Result:
        """`pulumi refresh --diff`, without a preview first."""
        return self._operate("refresh", "--yes", "--skip-preview", "--diff", *options)

    def destroy(self, *options: str) -> Result:
        """`pulumi destroy`, without a preview first."""
        return self._operate("destroy", "--yes", "--skip-preview", *options)

    def outputs(self) -> dict[str, Any]:
        """What the program exports, out of the state file."""
        [stack] = self.resources("pulumi:pulumi:Stack").values()
        outputs: dict[str, Any] = stack["outputs"]
        return outputs

    def printed_outputs(self) -> Any:
        """`pulumi stack output --json`."""
        return json.loads(self._run("stack", "output", "--json").stdout)

    def resources(self, type_: str = TYPE) -> dict[str, dict[str, Any]]:
        """The resources of a type in the state file, by name."""
        resources = json.loads(self._file().read_text())["checkpoint"]["latest"].get("resources", [])
        return {each["urn"].rpartition("::")[2]: each for each in resources if each["type"] == type_}

    def seconds_since_saved(self) -> float:
        """How long ago the CLI wrote the state file."""
        return time.time() - self._file().stat().st_mtime

    def _file(self) -> Path:
        return self._backend / ".pulumi" / "stacks" / self._project_name / f"{_NAME}.json"

    def state(self) -> dict[str, Any]:
        """The outputs of the one revocation that the program declares, out of the state file."""
        [revocation] = self.resources().values()
        outputs: dict[str, Any] = revocation["outputs"]
        return outputs

    def leaks(self) -> list[str]:
        """Where an API key stands in plain: in a file of the project, the backend or Pulumi's home, or in an output."""
        keys = [key.encode() for key in self._keys]
        texts = {f"output {number}": text.encode() for number, text in enumerate(self._printed)}
        texts |= {str(file): file.read_bytes() for file in self._folder.rglob("*") if file.is_file()}
        return [place for place, text in texts.items() if any(key in text for key in keys)]

    def tracebacks(self) -> list[str]:
        """The outputs that show a traceback."""
        return [text for text in self._printed if "Traceback" in text]

    def _operate(self, command: str, *options: str) -> Result:
        log = self._folder / "events.jsonl"
        log.unlink(missing_ok=True)
        earlier = len(self._sandbox.access_log())
        done = self._run(command, "--event-log", str(log), *options, check=False)
        events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        calls = [
            f"{call['method']} {call['path'].removeprefix(_API)}"
            for call in self._sandbox.access_log()[earlier:]
        ]
        return Result(done.returncode, done.stdout + done.stderr, events, calls)

    def _run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [engine_bin() / "pulumi", "--non-interactive", *arguments],
            cwd=self._project,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        self._printed.append(done.stdout + done.stderr)
        assert done.returncode == 0 or not check, self._printed[-1]
        return done


def stack_fixture(
    folder: Path, sandbox: Sandbox, project: str = _PROJECT, backend: Path | None = None
) -> Iterator[Stack]:
    """What a `stack` fixture yields from. However the test ended, no key stands anywhere in plain, and no traceback."""
    stack = Stack(folder, sandbox, project, backend)
    yield stack
    assert stack.leaks() == []
    assert stack.tracebacks() == []
    assert sandbox.errors() == ""
