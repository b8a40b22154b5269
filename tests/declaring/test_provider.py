"""`Provider`: what reaches the engine, and what is refused in the program."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, cast

import pulumi
import pytest
from pulumi.output import UNKNOWN
from pulumi.runtime import mocks, rpc

from digicert_pulumi.declaring.provider import Provider

KEY = "key-of-this-test"


class Engine(mocks.Mocks):
    def __init__(self) -> None:
        self.registered: list[mocks.MockResourceArgs] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        return "id", {}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args)


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    for name in ("API_KEY", "REGION", "BASE_URL"):
        monkeypatch.delenv(f"DIGICERT_{name}", raising=False)
    engine = Engine()
    mocks.set_mocks(engine)
    return engine


def declare(**settings: Any) -> None:
    """Run a program that declares a provider, to its end."""

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK's
    def program() -> pulumi.Output[str]:
        return Provider("eu", **settings).urn

    try:
        program()
    finally:
        # What a program that failed leaves behind must not fail in the middle of another test.
        loop = asyncio.get_event_loop()
        loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
        gc.collect()


def test_the_engine_gets_what_was_given_under_the_keys_of_the_configuration(engine: Engine) -> None:
    declare(
        api_key=KEY,
        region="eu",
        request_timeout=20,
        retry_timeout=2.5,
        settle_timeout=pulumi.Output.from_input(5),
        require_review=True,
    )
    (provider,) = engine.registered
    assert (provider.typ, provider.name) == ("pulumi:providers:pulumi-python", "eu")
    assert provider.inputs == {
        "digicert:apiKey": {rpc._special_sig_key: rpc._special_secret_sig, "value": KEY},
        "digicert:region": "eu",
        "digicert:requestTimeout": "20",
        "digicert:retryTimeout": "2.5",
        "digicert:settleTimeout": "5",
        "digicert:requireReview": "true",
    }


def test_what_is_not_given_is_left_to_the_environment(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGICERT_API_KEY", KEY)
    monkeypatch.setenv("DIGICERT_REGION", "eu")
    declare()
    assert engine.registered[0].inputs == {}


def test_the_configuration_of_the_stack_is_not_taken() -> None:
    pulumi.runtime.set_all_config({"digicert:apiKey": KEY})
    try:
        with pytest.raises(pulumi.RunError, match="no CertCentral API key"):
            declare(region="eu")
    finally:
        pulumi.runtime.set_all_config({})


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({}, "no CertCentral API key: set api_key or DIGICERT_API_KEY"),
        ({"api_key": ""}, "api_key is empty"),
        ({"api_key": pulumi.Output.secret("")}, "api_key is empty"),
        ({"api_key": KEY, "region": "europe"}, "digicert:region: unknown region 'europe': use us or eu"),
        (
            {"api_key": pulumi.Output.secret(KEY), "region": "eu", "base_url": "https://example.com/v2"},
            "digicert:region and digicert:baseUrl: region and base URL are both set: set one of them",
        ),
        (
            {"api_key": KEY, "request_timeout": 0},
            "digicert:requestTimeout must be a number of seconds above 0 and at most 3600, not '0'",
        ),
        (
            {"api_key": pulumi.Output.secret(KEY), "request_timeout": 0},
            "digicert:requestTimeout must be a number of seconds above 0 and at most 3600, not '0'",
        ),
    ],
)
def test_what_cannot_work_is_one_line_that_names_the_provider(settings: dict[str, Any], error: str) -> None:
    with pytest.raises(pulumi.RunError) as failure:
        declare(**settings)
    assert str(failure.value) == f"provider 'eu': {error}"


@pytest.mark.parametrize("as_output", [False, True])
@pytest.mark.parametrize(
    ("setting", "value", "error"),
    [
        (
            "base_url",
            "https://proxy.example.com/{key}/v2",
            "digicert:baseUrl contains the API key; remove it",
        ),
        ("request_timeout", "{key}", "digicert:requestTimeout "),
    ],
)
def test_a_setting_that_holds_the_key_is_refused_without_showing_it(
    engine: Engine, setting: str, value: str, error: str, as_output: bool
) -> None:
    key = f"key-of-{setting}-{as_output}"
    given = pulumi.Output.secret(key) if as_output else key
    with pytest.raises(pulumi.RunError) as failure:
        declare(api_key=given, **{setting: value.format(key=key)})
    assert str(failure.value).startswith(f"provider 'eu': {error}")
    assert engine.registered == []
    if not as_output:
        assert key not in str(failure.value)


def test_the_environment_s_key_in_the_base_url_is_refused(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGICERT_API_KEY", "key-of-the-environment")
    with pytest.raises(pulumi.RunError, match="the base URL contains the API key"):
        declare(base_url="https://proxy.example.com/key-of-the-environment/v2")
    assert engine.registered == []


def test_a_value_that_is_known_later_is_not_judged_in_the_program(engine: Engine) -> None:
    declare(api_key=KEY, region=pulumi.Output.from_input("europe"), base_url="https://example.com/v2")
    assert len(engine.registered) == 1


def test_a_missing_key_is_told_though_other_settings_are_not_known_yet(engine: Engine) -> None:
    with pytest.raises(pulumi.RunError, match="provider 'eu': no CertCentral API key: set api_key"):
        declare(region=pulumi.Output.from_input("eu"))
    assert engine.registered == []


@pytest.mark.parametrize("setting", ["api_key", "base_url"])
def test_settings_that_are_not_known_in_a_preview_are_warned_of(
    monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    unknown: pulumi.Output[str] = pulumi.Output.from_input(cast("Any", UNKNOWN))
    mocks.set_mocks(Engine(), preview=True)
    declare(**({"api_key": pulumi.Output.secret(KEY)} | {setting: unknown}))
    (line,) = said
    assert line.startswith(
        "provider 'eu': its settings are not known yet, so this preview can neither show nor"
    )


def test_settings_that_are_known_are_not_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.log, "warn", None)
    mocks.set_mocks(Engine(), preview=True)
    declare(api_key=pulumi.Output.secret(KEY), region=pulumi.Output.from_input("eu"))


@pytest.mark.parametrize("key", [["x"], {"a": "b"}, pulumi.Output.secret(["x"])])
def test_a_setting_of_a_wrong_kind_is_one_line(key: Any) -> None:
    with pytest.raises(pulumi.RunError, match=r"^provider 'eu': digicert:apiKey must be a single value"):
        declare(api_key=key)


def test_options_of_another_kind_are_a_clear_type_error() -> None:
    with pytest.raises(TypeError, match=r"opts of a Provider must be pulumi\.ResourceOptions, not str"):
        Provider("eu", KEY)  # type: ignore[arg-type]
