"""What the processes of a machine tell each other of their calls."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import Ledger, Pace, Pacer, ledger
from digicert_pulumi.certcentral.ledger import Note
from digicert_pulumi.certcentral.pacer import Limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Process:
    """A process that notes its calls, and knows those of others."""

    def __init__(self, file: Path, time: VirtualTime) -> None:
        self.told: list[str] = []
        self.known: list[float] = []
        self.wall = VirtualTime()
        self._time = time
        self._calls: list[float] = []
        self._ledger = Ledger(file, self.told.append, clock=time, wall=self.wall)

    def call(self) -> None:
        """Have a call answered now."""
        self._calls.append(self._time())
        self.look()

    def look(self) -> list[float]:
        """Give the ages of the calls of others."""

        def write(others: list[Note]) -> Note:
            self.known = sorted(self._time() - moment for note in others for moment in note.calls)
            return Note(self._time(), 300.0, self._calls)

        self.known = [-1.0]
        self._ledger.exchange(write)
        assert self.known != [-1.0], "nothing was asked"
        return self.known


@pytest.fixture
def time() -> VirtualTime:
    time = VirtualTime()
    time.seconds = 5000.0
    return time


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "calls.json"


@pytest.fixture
def process(file: Path, time: VirtualTime) -> Callable[[], Process]:
    return lambda: Process(file, time)


class TestWhatOthersSpend:
    def test_is_known_and_ones_own_is_not_counted_twice(
        self, process: Callable[[], Process], time: VirtualTime
    ) -> None:
        one, two = process(), process()
        one.call()
        time.pass_by(10)
        two.call()
        assert (one.look(), two.look()) == ([0.0], [10.0])

    def test_is_known_to_one_that_begins_later(
        self, process: Callable[[], Process], time: VirtualTime
    ) -> None:
        process().call()
        time.pass_by(30)
        assert process().look() == [30.0]

    def test_is_forgotten_when_no_window_holds_it_and_the_file_does_not_grow(
        self, process: Callable[[], Process], file: Path, time: VirtualTime
    ) -> None:
        for _ in range(30):
            process().call()
        size = file.stat().st_size
        for _ in range(50):
            time.pass_by(20)
            process().call()
        assert process().look() == [20.0 * number for number in range(15)]
        assert file.stat().st_size == size

    def test_is_all_known_however_many_begin_at_once_beside_whatever(
        self, process: Callable[[], Process], file: Path
    ) -> None:
        file.parent.mkdir()
        (file.parent / "old").mkdir()
        (file.parent / "dangling").symlink_to("nowhere")
        for number in range(200):
            stale = file.parent / f"stale-{number}"
            stale.touch()
            os.utime(stale, (1, 1))
        before = sorted(each.name for each in file.parent.iterdir())
        begin = threading.Barrier(6)

        def run(_: int) -> Process:
            begin.wait(60)
            mine = process()
            for _ in range(5):
                mine.call()
            return mine

        with ThreadPoolExecutor(6) as pool:
            processes = list(pool.map(run, range(6)))
        assert [len(each.look()) for each in processes] == [25] * 6
        assert [each.told for each in processes] == [[]] * 6
        after = {each.name for each in file.parent.iterdir()}
        assert after == {*before, "calls.json", "calls.lock"}


class TestWhateverHappensToTheFile:
    @pytest.mark.parametrize(
        "harm",
        [
            lambda file: file.unlink(),
            lambda file: file.write_bytes(b""),
            lambda file: file.write_bytes(b"\0" * 4096),
            lambda file: file.write_bytes(file.read_bytes()[:100]),
            lambda file: file.write_bytes(b'{"boot": 1, "notes": []}'),
            lambda file: file.write_bytes(b"\xff\xfe[[["),
            lambda file: file.replace(file.with_name("moved")),
        ],
        ids=["removed", "emptied", "NUL", "cut off", "another form", "no text", "moved"],
    )
    def test_the_living_count_together(
        self, process: Callable[[], Process], file: Path, time: VirtualTime, harm: Callable[[Path], object]
    ) -> None:
        one, two = process(), process()
        one.call()
        two.call()
        time.pass_by(5)
        harm(file)
        one.look()
        two.call()
        assert (one.look(), two.look(), process().look()) == ([0.0, 5.0], [5.0], [0.0, 5.0, 5.0])
        assert one.told == two.told == []

    def test_a_note_from_the_future_holds_nobody_up(self, process: Callable[[], Process], file: Path) -> None:
        process().call()
        file.write_bytes(file.read_bytes().replace(b"[5000.0,300.0,[5000.0]", b"[9000.0,300.0,[9000.0]"))
        assert b"[9000.0]" in file.read_bytes()
        assert process().look() == []

    def test_only_the_user_can_read_it(self, process: Callable[[], Process], file: Path) -> None:
        process().call()
        assert file.stat().st_mode & 0o077 == 0


class TestWhereNothingCanBeShared:
    def check(self, mine: Process) -> None:
        """See that nothing fails and that the user is told once."""
        for _ in range(3):
            mine.call()
        assert mine.known == []
        [line] = mine.told
        assert "cannot share a rate limiter" in line

    @pytest.mark.parametrize("which", ["calls.json", "calls.lock"])
    @pytest.mark.parametrize("exists", [True, False], ids=["link", "dangling link"])
    def test_because_of_a_link_nothing_is_written_through_it(
        self, process: Callable[[], Process], file: Path, which: str, exists: bool
    ) -> None:
        file.parent.mkdir()
        target = file.parent / "target"
        if exists:
            target.write_text("of somebody else")
        file.with_name(which).symlink_to(target)
        self.check(process())
        assert target.exists() == exists
        assert not exists or target.read_text() == "of somebody else"

    def test_because_it_has_another_name_it_is_not_written(
        self, process: Callable[[], Process], file: Path
    ) -> None:
        file.parent.mkdir()
        target = file.parent / "target"
        target.write_text("of somebody else")
        file.hardlink_to(target)
        self.check(process())
        assert target.read_text() == "of somebody else"

    @pytest.mark.parametrize("which", ["calls.json", "calls.lock"])
    def test_because_a_folder_is_in_its_place(
        self, process: Callable[[], Process], file: Path, which: str
    ) -> None:
        (file.parent / which).mkdir(parents=True)
        self.check(process())

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no FIFOs")
    def test_because_a_pipe_is_in_its_place(self, process: Callable[[], Process], file: Path) -> None:
        file.parent.mkdir()
        os.mkfifo(file)
        self.check(process())

    def test_because_a_file_is_in_the_place_of_the_folder(
        self, process: Callable[[], Process], file: Path
    ) -> None:
        file.parent.write_text("a file where the folder should be")
        self.check(process())

    def test_because_it_is_another_users(
        self, process: Callable[[], Process], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: str, _: int) -> int:
            raise PermissionError(13, "Permission denied", path)

        monkeypatch.setattr(ledger, "_opened", refuse)
        self.check(process())

    def test_because_a_process_that_stands_still_has_the_lock(
        self, process: Callable[[], Process], file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ledger, "_LOCK_TIMEOUT", 0.02)
        file.parent.mkdir()
        with FileLock(file.with_suffix(".lock")), ThreadPoolExecutor(1) as another:
            another.submit(self.check, process()).result()

    def test_because_the_disk_is_full_the_rest_goes_on_and_counts_again_when_there_is_room(
        self, process: Callable[[], Process], time: VirtualTime
    ) -> None:
        one, two = process(), process()
        one.call()
        with full_disk():
            two.call()
            one.call()
        assert (len(one.told), len(two.told)) == (1, 1)
        time.pass_by(7)
        two.call()
        assert (one.look(), two.look()) == ([0.0, 7.0], [7.0, 7.0])
        assert (len(one.told), len(two.told)) == (1, 1)

    @pytest.mark.parametrize("room", [4096, 5000])
    def test_because_it_cannot_grow_what_it_holds_stays(
        self, process: Callable[[], Process], time: VirtualTime, room: int
    ) -> None:
        time.pass_by(1 / 3)  # so many digits fill the room sooner
        process().call()
        one = process()
        with full_disk(room):
            for _ in range(400):
                one.call()
        [_] = one.told
        assert 1 <= len(process().look()) < 400

    def test_any_more_what_was_known_still_counts(
        self, process: Callable[[], Process], file: Path, time: VirtualTime
    ) -> None:
        one, two = process(), process()
        two.call()
        one.look()
        file.unlink()
        file.mkdir()
        time.pass_by(3)
        assert one.look() == [3.0]


@contextmanager
def full_disk(room: int = 0) -> Iterator[None]:
    """Let no write of this process go beyond so many bytes of a file."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestAClock:
    @pytest.mark.parametrize("jump", [-3600.0, 3600.0, -366 * 86400.0, 366 * 86400.0])
    def test_of_the_wall_may_jump_while_processes_live(
        self, process: Callable[[], Process], time: VirtualTime, jump: float
    ) -> None:
        one, two = process(), process()
        one.call()
        for each in (one, two):
            each.wall.seconds += jump
        time.pass_by(10)
        assert two.look() == [10.0]
        two.call()
        assert one.look() == [0.0]
        time.pass_by(299)
        assert one.look() == [299.0]

    @pytest.mark.parametrize(
        ("wall", "age"), [(40.0, 40.0), (-3600.0, 0.0), (86400.0, None)], ids=["right", "set back", "ahead"]
    )
    def test_that_began_anew_with_the_machine_is_bridged_by_the_walls(
        self,
        process: Callable[[], Process],
        time: VirtualTime,
        monkeypatch: pytest.MonkeyPatch,
        wall: float,
        age: float | None,
    ) -> None:
        process().call()
        monkeypatch.setattr(ledger, "_boot", lambda: "another time")
        time.seconds = 20.0
        later = process()
        later.wall.seconds = wall
        assert later.look() == pytest.approx([] if age is None else [age])
        time.pass_by(100)
        assert later.look() == pytest.approx([] if age is None else [age + 100])


def test_no_process_after_another_exceeds_a_window(file: Path, time: VirtualTime) -> None:
    """Four processes, each of which would spend half of the window as fast as it can if it were alone."""
    pace = Pace(Limit(100, 300.0), Limit(50, 5.0))
    calls = []
    for _ in range(4):
        pacer = Pacer(pace, time=time, others=Ledger(file, pytest.fail, clock=time))
        for _ in range(60):
            with pacer.turn():
                time.pass_by(0.1)
            calls.append(time.seconds)
    for limit in (pace.window, pace.burst):
        spans = zip(calls, calls[limit.calls :], strict=False)
        assert min(later - earlier for earlier, later in spans) >= limit.seconds
