"""The configuration: which value counts, and what is said of one that cannot be used."""

from __future__ import annotations

import pytest

from digicert_pulumi.certcentral import REGIONS
from digicert_pulumi.dynamic.settings import NoApiKeyError, Settings, SettingsError, resolve

KEY = {"digicert:apiKey": "inert"}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "BASE_URL", "REGION", "REQUEST_TIMEOUT", "RETRY_TIMEOUT", "SETTLE_TIMEOUT"):
        monkeypatch.delenv(f"DIGICERT_{name}", raising=False)


def test_a_key_is_all_it_takes() -> None:
    assert resolve(KEY.get) == Settings("inert", REGIONS["us"], 30.0, 45.0, 15.0)


def test_there_has_to_be_a_key() -> None:
    with pytest.raises(NoApiKeyError, match="pulumi config set --secret digicert:apiKey"):
        resolve({}.get)


def test_the_environment_stands_behind_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGICERT_API_KEY", "from the environment")
    assert resolve({}.get).api_key == "from the environment"
    assert resolve(KEY.get).api_key == "inert"


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


@pytest.mark.parametrize("name", ["requestTimeout", "retryTimeout", "settleTimeout"])
@pytest.mark.parametrize("text", ["soon", "0", "-1", "3601", "nan"])
def test_a_timeout_is_a_number_of_seconds(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"digicert:{name} must be a number of seconds"):
        resolve({**KEY, f"digicert:{name}": text}.get)


def test_timeouts_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGICERT_RETRY_TIMEOUT", "2.5")
    assert resolve(KEY.get).retry_timeout == 2.5
    monkeypatch.setenv("DIGICERT_RETRY_TIMEOUT", "x")
    with pytest.raises(SettingsError, match="DIGICERT_RETRY_TIMEOUT must be"):
        resolve(KEY.get)


def test_the_key_is_not_shown() -> None:
    assert "inert" not in repr(resolve(KEY.get))
