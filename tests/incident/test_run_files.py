"""The files that a run keeps: whole whatever happens, and absent where they are not."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from digicert_pulumi.incident import run_files

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_on_the_disk_before_it_takes_the_place_of_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "outcomes.json"
    run_files.write(file, "old")
    synced = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(file.read_text()))
    run_files.write(file, "new")
    assert synced[0] == "old"
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_user_made_of_a_file_stays(tmp_path: Path) -> None:
    file, link = tmp_path / "report.csv", tmp_path / "link.csv"
    file.touch(mode=0o600)
    link.symlink_to(file)
    run_files.write(link, "new")
    assert (link.is_symlink(), file.read_text(), file.stat().st_mode & 0o777) == (True, "new", 0o600)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["/bin/cat", pipe], stdout=subprocess.PIPE) as reader:
        run_files.write(pipe, "new")
        assert reader.communicate()[0] == b"new"


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0", b'{"1": "x', b"[]", b"null", b'{"one": "x"}', b"\xff\xfe"]
)
def test_a_file_that_cannot_be_understood_counts_as_absent_with_a_line(
    tmp_path: Path, content: bytes
) -> None:
    file, said = tmp_path / "some.json", list[str]()
    file.write_bytes(content)
    assert run_files.load(file, dict[int, str], said.append) is None
    assert len(said) == 1
    assert said[0].startswith(f"{file} cannot be read and is ignored (")


def test_a_file_that_is_not_there_is_nothing_to_tell_of(tmp_path: Path) -> None:
    said = list[str]()
    assert run_files.load(tmp_path / "none.json", dict[int, str], said.append) is None
    assert said == []


def test_the_runner_needs_nothing_that_windows_lacks() -> None:
    """A process in which the modules and functions are missing that only POSIX has."""
    hide = (
        "import os, sys, time\n"
        "sys.modules |= dict.fromkeys(('fcntl', 'grp', 'pwd', 'resource', 'termios', 'tty', 'pty'))\n"
        "for name in ('pread', 'getuid', 'geteuid', 'fork', 'killpg', 'mkfifo'): delattr(os, name)\n"
        "del time.tzset\n"
        "from digicert_pulumi.cli import main\n"
        "sys.exit(main(['incident', 'plan', 'missing.csv']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", hide],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-2:] == ["missing.csv: No such file or directory", "nothing was sent"]
