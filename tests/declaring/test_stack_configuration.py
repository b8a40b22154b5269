"""The stack's configuration: what is misspelt in it, and a key in plain."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from support.program import Engine, run

from digicert_pulumi import OrderRevocation, Provider
from digicert_pulumi.runtime import settings
from digicert_pulumi.runtime.setting_names import SETTINGS, unknown_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "key-of-this-test"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The warnings of programs on an engine of their own."""
    lines: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lines.append)
    monkeypatch.setattr("digicert_pulumi.declaring.stack_configuration._warned", set())
    Engine("5", {})
    yield lines
    pulumi.runtime.set_all_config({}, [])


def declare(*names: str) -> Any:
    return run(lambda: [OrderRevocation(name, order_id=5, comments="x").urn for name in names])


def test_every_setting_is_read_and_is_an_argument_of_a_provider() -> None:
    read = set()

    def config(key: str) -> str | None:
        read.add(key.removeprefix("digicert:"))
        return KEY if key == "digicert:apiKey" else None

    settings.resolve(config)
    assert read == set(SETTINGS)
    arguments = [
        name for name in inspect.signature(Provider).parameters if name not in {"resource_name", "opts"}
    ]
    assert sorted(name.replace("_", "") for name in arguments) == sorted(name.lower() for name in SETTINGS)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("digicert:apikey", "digicert:apiKey"),
        ("digicert:api_key", "digicert:apiKey"),
        ("digicert:baseURL", "digicert:baseUrl"),
        ("digicert:base-url", "digicert:baseUrl"),
        ("digicert:requestTimeouts", "digicert:requestTimeout"),
        ("Digicert:region", "digicert:region"),
        ("digicert:team", None),
    ],
)
def test_what_is_no_setting_is_named_with_the_right_one(key: str, meant: str | None) -> None:
    assert unknown_settings(["aws:region", "project:apikey", "digicert:apiKey", key]) == {key: meant}


def test_a_misspelt_setting_ends_the_program(said: list[str]) -> None:
    pulumi.runtime.set_all_config({"digicert:baseURL": "http://127.0.0.1:1"}, [])
    with pytest.raises(pulumi.RunError) as error:
        declare("r")
    assert str(error.value) == (
        "digicert:baseURL in the stack's configuration is not a setting; did you mean digicert:baseUrl?"
    )
    assert said == []


def test_a_setting_of_somebody_else_is_warned_of_once(said: list[str]) -> None:
    pulumi.runtime.set_all_config({"digicert:team": "web"}, [])
    declare("one", "two")
    (line,) = said
    assert line.startswith("digicert:team in the stack's configuration is not a setting of digicert_pulumi")


def test_a_key_that_is_no_utf_8_is_left_to_the_provider(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGICERT_API_KEY", f"{KEY}\udcff")
    declare("r")
    assert said == []


@pytest.mark.parametrize("is_secret", [True, False])
def test_a_key_in_plain_is_warned_of_once(said: list[str], is_secret: bool) -> None:
    pulumi.runtime.set_all_config({"digicert:apiKey": KEY}, ["digicert:apiKey"] if is_secret else [])
    declare("one", "two")
    if is_secret:
        assert said == []
    else:
        (line,) = said
        assert "run `pulumi config set --secret digicert:apiKey`" in line
        assert KEY not in line
