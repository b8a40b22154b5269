"""The debug log: on request, in the user's file, with tracebacks and without keys."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.provider import Provider, ProviderError

from digicert_pulumi.declaring.certificate_revocation import PROVIDER as CERTIFICATE
from digicert_pulumi.declaring.order_revocation import PROVIDER
from digicert_pulumi.declaring.revocation_decision import PROVIDER as DECISION

if TYPE_CHECKING:
    from support.sandbox import Sandbox

INPUTS = {"orderId": 100000001, "comments": "Key leaked."}


def test_calls_and_tracebacks_are_in_the_named_file(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "debug.log"
    with Provider(sandbox.config(), {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(path)}) as provider:
        provider.check(INPUTS)
        sandbox.stop()
        with pytest.raises(ProviderError) as failure:
            provider.read("100000001", INPUTS)
        assert provider.lines == []
    text = path.read_text()
    assert "GET /order/certificate/100000001: 200" in text
    assert "Traceback" in text
    assert "Traceback" not in str(failure.value)
    assert sandbox.user_key not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_is_written_once_however_many_kinds_of_resources_there_are(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "debug.log"
    with Provider(sandbox.config(), {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(path)}) as provider:
        for kind in (PROVIDER, CERTIFICATE, DECISION):
            provider._resource = kind
            provider.check({})
        provider._resource = PROVIDER
        provider.check(INPUTS)
    assert path.read_text().count("GET /order/certificate/100000001: 200") == 1


def test_a_key_in_a_traceback_is_masked(tmp_path: Path) -> None:
    path = tmp_path / "debug.log"
    settings = {"digicert:apiKey": "inert-key", "digicert:baseUrl": "http://inert-key.example.com"}
    environment = {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(path)}
    with Provider(settings, environment) as provider, pytest.raises(ProviderError):
        provider.read("inert-key", INPUTS)
    assert "'[API key]' is not an order id" in path.read_text()
    assert "inert-key" not in path.read_text()


def test_without_a_file_there_is_one_line(sandbox: Sandbox) -> None:
    with Provider(sandbox.config(), {"DIGICERT_LOG": "debug"}) as provider:
        provider.check(INPUTS)
        assert provider.lines == [
            "warning: no debug log is written: set DIGICERT_LOG=debug, and set DIGICERT_LOG_PATH to a file"
        ]


def test_a_file_that_cannot_be_opened_stops_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    with Provider(
        sandbox.config(), {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(tmp_path)}
    ) as provider:
        inputs, failures = provider.check(INPUTS)
        assert failures == []
        assert "order" in inputs
        (line,) = provider.lines
    assert line.startswith(f"warning: no debug log is written: {tmp_path} cannot be opened")


def log_of(provider: Provider) -> tuple[dict[str, object], list[str]]:
    """Read an order twice, as if the log were written: what came of it, and what the user heard."""
    provider.check(INPUTS)
    inputs, failures = provider.check(INPUTS)
    assert failures == []
    return inputs, provider.lines


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no disk that is always full")
def test_a_full_disk_costs_the_log_and_one_line(sandbox: Sandbox) -> None:
    with Provider(sandbox.config(), {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": "/dev/full"}) as provider:
        inputs, lines = log_of(provider)
    assert "order" in inputs
    assert lines == [
        "warning: the debug log is incomplete: /dev/full cannot be written (No space left on device)"
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no FIFOs")
@pytest.mark.parametrize("reader", ["none", "one that does not read"])
def test_a_pipe_costs_the_log_and_one_line(sandbox: Sandbox, tmp_path: Path, reader: str) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR | os.O_NONBLOCK) if reader != "none" else None
    try:
        with suppress(BlockingIOError):
            while held is not None:
                os.write(held, b"x")
        with Provider(
            sandbox.config(), {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(path)}
        ) as provider:
            inputs, (line,) = log_of(provider)
    finally:
        if held is not None:
            os.close(held)
    assert "order" in inputs
    assert line.startswith(
        "warning: no debug log is written" if held is None else "warning: the debug log is inc"
    )
