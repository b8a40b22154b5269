"""The configuration: which value counts, and what is said of one that cannot be used."""

from __future__ import annotations

import os

import pytest

from digicert_pulumi.certcentral import REGIONS, Pace
from digicert_pulumi.runtime.setting_names import SETTINGS
from digicert_pulumi.runtime.settings import NoApiKeyError, Settings, SettingsError, resolve
from digicert_pulumi.text.case import snake_case

KEY = {"digicert:apiKey": "inert"}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("DIGICERT_"):
            monkeypatch.delenv(name)


def test_a_key_is_all_it_takes() -> None:
    assert resolve(KEY.get) == Settings("inert", REGIONS["us"], 30.0, 45.0, 15.0)


def test_there_has_to_be_a_key() -> None:
    with pytest.raises(NoApiKeyError, match="pulumi config set --secret digicert:apiKey"):
        resolve(dict[str, str]().get)


def test_the_environment_stands_behind_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGICERT_API_KEY", "of-the-environment")
    assert resolve(dict[str, str]().get).api_key == "of-the-environment"
    assert resolve(KEY.get).api_key == "inert"


NO_UTF_8 = "abcdefghijklmnop\udcff"
"""How Python reads the byte 0xFF in a variable of the environment."""


@pytest.mark.parametrize("key", ["a key", NO_UTF_8])
def test_a_key_that_cannot_be_one_is_refused_by_its_place(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    said = "the API key holds a space, a line break or another character that no key has"
    monkeypatch.setenv("DIGICERT_API_KEY", key)
    for config, place in (({}, "DIGICERT_API_KEY"), ({"digicert:apiKey": key}, "digicert:apiKey")):
        with pytest.raises(SettingsError) as error:
            resolve(config.get)
        assert str(error.value) == f"{place}: {said}"
    assert resolve(KEY.get).api_key == "inert"


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "apiKey"])
def test_a_setting_that_is_no_utf_8_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    variable = "DIGICERT_" + snake_case(name).upper()
    monkeypatch.setenv(variable, f"https://{NO_UTF_8}" if name == "baseUrl" else NO_UTF_8)
    with pytest.raises(SettingsError, match=f"^{variable}") as error:
        resolve(KEY.get)
    str(error.value).encode()


def test_a_region_is_a_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve({**KEY, "digicert:region": "eu"}.get).base_url == REGIONS["eu"]
    monkeypatch.setenv("DIGICERT_REGION", "eu")
    assert resolve(KEY.get).base_url == REGIONS["eu"]


def test_a_configured_place_beats_the_environment_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGICERT_BASE_URL", "https://certcentral.example.com/services/v2")
    assert resolve(KEY.get).base_url == "https://certcentral.example.com/services/v2"
    assert resolve({**KEY, "digicert:region": "us"}.get).base_url == REGIONS["us"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"digicert:region": "asia"}, "digicert:region: "),
        (
            {"digicert:region": "eu", "digicert:baseUrl": "https://certcentral.example.com"},
            "digicert:region and digicert:baseUrl: ",
        ),
        ({"digicert:baseUrl": "http://certcentral.example.com/services/v2"}, "digicert:baseUrl: "),
        ({"digicert:baseUrl": "certcentral.example.com"}, "digicert:baseUrl: "),
    ],
)
def test_a_place_that_cannot_be_used_is_named(config: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        resolve({**KEY, **config}.get)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_a_wrong_place_is_said_before_a_missing_key() -> None:
    with pytest.raises(SettingsError, match="asia"):
        resolve({"digicert:region": "asia"}.get)
    with pytest.raises(SettingsError, match="soon"):
        resolve({"digicert:requestTimeout": "soon"}.get)


@pytest.mark.parametrize("name", ["requestTimeout", "retryTimeout", "settleTimeout"])
@pytest.mark.parametrize("text", ["soon", "-1", "3601", "nan", "inf"])
def test_a_timeout_is_a_number_of_seconds(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"digicert:{name} must be a number of seconds"):
        resolve({**KEY, f"digicert:{name}": text}.get)


@pytest.mark.parametrize("text", ["0", "0.0", "-0"])
def test_no_time_to_try_again_is_a_single_attempt(text: str) -> None:
    assert resolve({**KEY, "digicert:retryTimeout": text}.get).retry_timeout == 0


@pytest.mark.parametrize("name", ["requestTimeout", "settleTimeout"])
def test_no_time_to_answer_or_to_settle_is_refused_as_the_message_says(name: str) -> None:
    with pytest.raises(SettingsError) as error:
        resolve({**KEY, f"digicert:{name}": "0"}.get)
    assert (
        str(error.value) == f"digicert:{name} must be a number of seconds above 0 and at most 3600, not '0'"
    )


def test_timeouts_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGICERT_RETRY_TIMEOUT", "2.5")
    assert resolve(KEY.get).retry_timeout == 2.5
    monkeypatch.setenv("DIGICERT_RETRY_TIMEOUT", "x")
    with pytest.raises(SettingsError, match="DIGICERT_RETRY_TIMEOUT must be"):
        resolve(KEY.get)


@pytest.mark.parametrize(
    "name", ["region", "baseUrl", "requestTimeout", "requestsPerMinute", "requestShare", "batchReads"]
)
@pytest.mark.parametrize("place", ["{key}", "https://proxy.example.com/{key}/v2"])
@pytest.mark.parametrize("source", ["configuration", "environment"])
def test_a_setting_that_holds_the_key_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, name: str, place: str, source: str
) -> None:
    key = f"the-key-{name[:3]}-{len(place)}"
    config = {f"digicert:{name}": place.format(key=key)}
    if source == "configuration":
        config["digicert:apiKey"] = key
    else:
        monkeypatch.setenv("DIGICERT_API_KEY", key)
    with pytest.raises(SettingsError) as error:
        resolve(config.get)
    assert key not in str(error.value)


def test_the_key_is_not_shown() -> None:
    assert "inert" not in repr(resolve(KEY.get))


def test_the_pace_is_the_strictest_documented_one_where_nothing_is_said() -> None:
    assert resolve(KEY.get).pace == Pace()


@pytest.mark.parametrize("share", ["0.25", "1/4", "2/8"])
def test_the_pace_is_a_share_of_the_requests_per_minute(share: str) -> None:
    settings = resolve({**KEY, "digicert:requestsPerMinute": "100", "digicert:requestShare": share}.get)
    assert settings.pace == Pace.of(100, 0.25)


@pytest.mark.parametrize("text", ["many", "0", "-1", "60001", "nan", "inf"])
def test_requests_per_minute_are_a_number(text: str) -> None:
    with pytest.raises(
        SettingsError, match="digicert:requestsPerMinute must be a number between 0 and 60000"
    ):
        resolve({**KEY, "digicert:requestsPerMinute": text}.get)


@pytest.mark.parametrize("text", ["half", "0", "1.5", "3/2", "1/0", "-1/4", "1/2/3", "/", "nan"])
def test_a_share_is_a_part_of_the_whole(text: str) -> None:
    with pytest.raises(SettingsError, match=r"digicert:requestShare must be a share such as 0\.25 or 1/4"):
        resolve({**KEY, "digicert:requestShare": text}.get)


def test_the_pace_comes_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGICERT_REQUESTS_PER_MINUTE", "333")
    monkeypatch.setenv("DIGICERT_REQUEST_SHARE", "1/3")
    assert resolve(KEY.get).pace == Pace.of(333, 1 / 3)


@pytest.mark.parametrize(("text", "batches"), [("true", True), ("True", True), ("false", False), ("", True)])
def test_orders_are_read_from_lists_unless_that_is_turned_off(text: str, batches: bool) -> None:
    assert resolve({**KEY, "digicert:batchReads": text}.get).batch_reads is batches


def test_what_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(SettingsError, match="digicert:batchReads must be true or false, not 'no'"):
        resolve({**KEY, "digicert:batchReads": "no"}.get)
