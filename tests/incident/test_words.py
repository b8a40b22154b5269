"""What others say, in the words of somebody who runs an incident."""

from __future__ import annotations

import pytest
from support.engine import ROOT

from digicert_pulumi.incident.words import _COMMANDS, told
from digicert_pulumi.runtime.masking import hide
from digicert_pulumi.runtime.settings import NoApiKeyError


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("order 7: run `pulumi up` again", "order 7: run `digicert-pulumi incident run` again"),
        (
            "order 7: `pulumi refresh` looks again",
            "order 7: `digicert-pulumi incident report --refresh` looks again",
        ),
        ("it could not be read", "order 7: it could not be read"),
        ("request 7 was rejected", "order 7: request 7 was rejected"),
        ("order 77: it could not be read", "order 7: order 77: it could not be read"),
        ("order 7: expectedCommonName is wrong", "order 7: expected_common_name is wrong"),
        ("order 7: No.\x1b[31m\r\nTwice\t!", "order 7: No. [31m Twice !"),
    ],
)
def test_a_line_names_the_order_the_columns_and_the_commands_of_the_runner(said: str, line: str) -> None:
    assert told(said, 7) == line


@pytest.mark.parametrize("said", _COMMANDS)
def test_what_is_put_in_other_words_is_said_somewhere(said: str) -> None:
    sources = (path for path in (ROOT / "digicert_pulumi").rglob("*.py") if path.name != "words.py")
    assert any(said in source.read_text() for source in sources)


def test_a_line_never_holds_the_key() -> None:
    hide(["key-of-the-incident"])
    assert told("comments: 'KEY-of-the-incident'") == "comments: '[API key]'"


def test_a_run_without_a_key_is_not_sent_to_a_stack_s_configuration() -> None:
    assert told(str(NoApiKeyError())) == "no CertCentral API key: set DIGICERT_API_KEY"
