"""A machine of fakes, on which tools/pulumi/engine.py looks for a Pulumi CLI."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from support.engine import RESOLVER

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = RESOLVER.parent
PINNED = re.findall(r"github.com/pulumi/pulumi/pkg/v3 v(\S+)", (SOURCE / "go.mod").read_text())[0]

FAKE_GO = """\
import json, os, signal, subprocess, sys
from pathlib import Path

if "FAKE_GO_IS_STUBBORN" in os.environ:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
with open(os.environ["FAKE_GO_LOG"], "a") as log:
    print(" ".join(sys.argv[1:]), file=log)
command = sys.argv[1]
if command == "env":
    if "FAKE_GO_ENV_ERROR" in os.environ:
        sys.exit(os.environ["FAKE_GO_ENV_ERROR"])
    print(os.environ.get("FAKE_GO_VERSION", "go1.99.0"))
elif command == "build":
    Path(os.environ["GOTMPDIR"], "half-made").touch()
    compiler = subprocess.Popen(["/bin/sleep", os.environ.get("FAKE_GO_SECONDS", "0")])
    Path(os.environ["FAKE_GO_PIDS"]).write_text(f"{os.getpid()} {compiler.pid}")
    compiler.wait()
    for number in range(30):
        print("line", number, file=sys.stderr)
    if "FAKE_GO_FAILS" in os.environ:
        sys.exit(1)
    cli = Path(sys.argv[sys.argv.index("-o") + 1])
    cli.parent.mkdir()
    cli.write_text("#!/bin/sh\\necho v" + os.environ["FAKE_GO_BUILDS"])
    cli.chmod(0o755)
elif command == "list":
    print(json.dumps({"Dir": os.environ["FAKE_GO_SDK"]}))
"""

FAKE_SDK = """\
import os, subprocess, sys, time
from pathlib import Path

class PulumiCommand:
    @classmethod
    def install(cls, root, version):
        folder = Path(root, "bin")
        folder.mkdir()
        time.sleep(float(os.environ.get("FAKE_INSTALL_SECONDS", "0")))
        if "FAKE_INSTALL_FAILS" in os.environ:
            raise subprocess.CalledProcessError(1, "install.sh", b"first\\nno space left on device")
        for name in ("pulumi", "pulumi-language-python"):
            (folder / name).write_text(f"#!/bin/sh\\necho v{version}")
            (folder / name).chmod(0o755)
"""


class Machine:
    """A machine without CLI, Go and network, until a test gives it some."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.tools = folder / "tools"
        self.cache = folder / "cache"
        self.go_log = folder / "go.log"
        self.go_pids = folder / "go.pids"
        self.bin.mkdir()
        shutil.copytree(SOURCE, self.tools, ignore=shutil.ignore_patterns("__pycache__"))
        self.environment = {
            "PATH": str(self.bin),
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(self.cache),
            "https_proxy": "http://127.0.0.1:1",
            "FAKE_GO_LOG": str(self.go_log),
            "FAKE_GO_PIDS": str(self.go_pids),
            "FAKE_GO_BUILDS": PINNED,
            "FAKE_GO_SDK": str(folder / "sdk"),
        }
        for file in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
            path = folder / "sdk" / "python" / file
            path.parent.mkdir(parents=True)
            path.write_text(f"{path.name} of the SDK")
        self._folder = folder

    @property
    def home(self) -> Path:
        """The folder of the pinned CLI in the cache."""
        [home] = (self.cache / "digicert-pulumi").iterdir()
        return home

    def kept(self) -> list[str]:
        """Return what the cache holds beside the lock."""
        return sorted(path.name.partition("-")[0] for path in self.home.iterdir() if path.name != "lock")

    def put(self, path: Path, text: str) -> None:
        """Put a program there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def put_cli(self, says: str = f"v{PINNED}", folder: Path | None = None) -> None:
        """Put a CLI on PATH, or into another folder, with a language host beside it."""
        folder = folder or self.bin
        self.put(folder / "pulumi", f"#!/bin/sh\necho '{says}'")
        self.put(folder / "pulumi-language-python", "#!/bin/sh\n")

    def put_go(self, **behaviour: str) -> None:
        """Put Go on PATH; the behaviour is what FAKE_GO reads from its environment."""
        self.put(self.bin / "go", f"#!{sys.executable}\n{FAKE_GO}")
        self.environment |= behaviour

    def put_installer(self, **behaviour: str) -> None:
        """Put an SDK on the machine that installs fakes; the behaviour is what FAKE_SDK reads from its environment."""
        self.put(self._folder / "site" / "pulumi" / "automation.py", FAKE_SDK)
        self.put(self._folder / "site" / "pulumi" / "__init__.py", "")
        self.environment |= {"PYTHONPATH": str(self._folder / "site")} | behaviour

    def builds(self) -> int:
        """Return how often Go was asked for a build."""
        lines = self.go_log.read_text().splitlines() if self.go_log.exists() else []
        return sum(line.startswith("build ") for line in lines)

    def start(self, *arguments: str, **constants: object) -> subprocess.Popen[str]:
        """Start the program; constants replace those of its module."""
        code = "import json, sys; import engine; vars(engine).update(json.loads(sys.argv.pop(1))); sys.exit(engine.main())"
        program = ["-c", code, json.dumps(constants)] if constants else [str(self.tools / "engine.py")]
        return subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=self.tools,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **constants: object) -> subprocess.CompletedProcess[str]:
        """Run the program to its end."""
        with self.start(*arguments, **constants) as process:
            output, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)
