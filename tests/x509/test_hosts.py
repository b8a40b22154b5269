"""Hosts as people write them."""

from __future__ import annotations

import pytest

from digicert_pulumi.x509 import hosts


@pytest.mark.parametrize(
    ("text", "name", "port", "shown"),
    [
        ("www.example.com", "www.example.com", 443, "www.example.com:443"),
        (" WWW.Example.com:8443 ", "www.example.com", 8443, "www.example.com:8443"),
        ("https://www.example.com/", "www.example.com", 443, "www.example.com:443"),
        ("192.0.2.1:1", "192.0.2.1", 1, "192.0.2.1:1"),
        ("[2001:DB8::1]", "2001:db8::1", 443, "[2001:db8::1]:443"),
        ("[2001:db8::1]:65535", "2001:db8::1", 65535, "[2001:db8::1]:65535"),
        ("b\u00fccher.example", "b\u00fccher.example", 443, "b\u00fccher.example:443"),
    ],
)
def test_a_host_has_a_name_and_a_port(text: str, name: str, port: int, shown: str) -> None:
    found = hosts.host(text)
    assert (found.name, found.port, str(found)) == (name, port, shown)
    assert hosts.host(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":443",
        "www.example.com:0",
        "www.example.com:65536",
        "www.example.com:https",
        "http://www.example.com",
        "user@www.example.com",
        "www.example.com/path",
        "www.example.com,example.com",
        "two words",
        "2001:db8::1",
        "[www.example.com]",
        "x" * 254,
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"^must be a host name such as www\.example\.com or www\.example\.com:8443$"
    ):
        hosts.host(text)
