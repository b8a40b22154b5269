"""Where the API is, and which addresses are trusted with a key."""

from __future__ import annotations

import pytest

from digicert_pulumi.certcentral import REGIONS, Client, InvalidEndpoint, base_url


def test_the_regions_are_the_documented_ones_and_us_is_the_default() -> None:
    assert dict(REGIONS) == {
        "us": "https://www.digicert.com/services/v2",
        "eu": "https://certcentral.digicert.eu/services/v2",
    }
    assert base_url(None, None) == base_url("us", None) == REGIONS["us"]
    assert base_url("eu", None) == REGIONS["eu"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://certcentral.example.com/services/v2", None),
        ("https://certcentral.example.com/services/v2/", "https://certcentral.example.com/services/v2"),
        ("https://certcentral.example.com", None),
        ("https://certcentral.example.com:8443/services/v2", None),
        ("https://192.0.2.1/services/v2", None),
        ("https://[2001:db8::1]:8443/services/v2", None),
        ("http://127.0.0.1:8080/services/v2", None),
        ("http://127.255.255.254", None),
        ("http://[::1]:8080/services/v2", None),
        ("http://localhost:8080/services/v2", None),
        ("HTTP://LOCALHOST:8080", None),
    ],
)
def test_an_address_of_ones_own_is_taken(url: str, expected: str | None) -> None:
    assert base_url(None, url) == (expected or url)


@pytest.mark.parametrize(
    "url",
    [
        "http://certcentral.example.com/services/v2",
        "http://192.0.2.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://128.0.0.1",
        "http://0.0.0.0",
        "http://127.1",
        "http://2130706433",
        "http://[::2]",
        "http://[::ffff:192.0.2.1]",
    ],
)
def test_plain_http_is_for_loopback_addresses_alone(url: str) -> None:
    with pytest.raises(InvalidEndpoint, match=r"must begin with https://.*loopback"):
        base_url(None, url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "certcentral.example.com",
        "//certcentral.example.com",
        "ftp://certcentral.example.com",
        "file:///etc/hostname",
        "https://",
        "https:///services/v2",
        "https://somebody:something@certcentral.example.com",
        "http://127.0.0.1@certcentral.example.com",
        "http://127.0.0.1\\@certcentral.example.com",
        "http://127.0.0.1%2f.example.com",
        "https://certcentral.example.com?token=something",
        "https://certcentral.example.com#something",
        "https://certcentral.example.com:0",
        "https://certcentral.example.com:99999",
        "https://certcentral.example.com:port",
        "https://[something]",
        "https://[::1",
        "https://[:::::]",
        " https://certcentral.example.com",
        "https://certcentral.example.com\n",
        "https://certcentral.\texample.com",
        "https://bücher.example.com",
        "https://certcentral.example.com/ä",
    ],
)
def test_what_is_no_plain_https_address_is_refused_in_one_line_without_showing_it(url: str) -> None:
    with pytest.raises(InvalidEndpoint) as caught:
        base_url(None, url)
    assert str(caught.value).startswith("the base URL ")
    assert str(caught.value).isprintable()
    assert "something" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("region", ["", "US", "uk", "us\n", "europe-north"])
def test_an_unknown_region_is_named_with_the_known_ones(region: str) -> None:
    with pytest.raises(InvalidEndpoint) as caught:
        base_url(region, None)
    assert str(caught.value) == f"unknown region {region!r}: use us or eu"


def test_what_is_too_long_for_a_region_is_not_shown() -> None:
    with pytest.raises(InvalidEndpoint, match=r"^unknown region: use us or eu$"):
        base_url("a-key-in-the-wrong-place", None)


def test_a_region_and_an_address_contradict_each_other() -> None:
    with pytest.raises(InvalidEndpoint, match="both set: set one of them"):
        base_url("us", REGIONS["us"])


def test_a_client_takes_no_address_that_would_be_refused() -> None:
    with pytest.raises(InvalidEndpoint):
        Client("key-of-this-test", "http://certcentral.example.com/services/v2")
