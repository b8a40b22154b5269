"""Programs with a mistake in them, on the real engine: one line that names it, no traceback, and no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine.test_accounts import PROGRAM_ENDED

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

ORDER = 100000001


def program(*lines: str) -> str:
    return "\n".join(["import pulumi", "import digicert_pulumi as digicert", *lines])


def declare(**arguments: str) -> str:
    given = {"order_id": str(ORDER), "comments": "'Key leaked.'", **arguments}
    return (
        f"digicert.OrderRevocation('leaked', {', '.join(f'{name}={value}' for name, value in given.items())})"
    )


def test_a_mistake_of_a_transformation_is_one_line(stack: Stack) -> None:
    stack.write(
        program(
            "def add(args):",
            "    args.props['comments'] = b'hunter2'",
            "    return pulumi.ResourceTransformationResult(args.props, args.opts)",
            "pulumi.runtime.register_stack_transformation(add)",
            declare(),
        )
    )
    preview = stack.preview()
    assert preview.code != 0
    line, *rest = preview.errors
    assert (
        "OrderRevocation 'leaked': comments must be a single value, such as a string or a number, not bytes"
        in line
    )
    assert rest in ([], [PROGRAM_ENDED])
    assert "\n" not in line
    assert "hunter2" not in preview.text
    assert preview.writes == []


def test_the_key_in_a_secret_input_is_refused_and_not_printed(stack: Stack, sandbox: Sandbox) -> None:
    key = sandbox.admin_key
    stack.unset("digicert:apiKey")
    stack.environment["DIGICERT_API_KEY"] = key
    hidden = "pulumi.Output.secret(os.environ['DIGICERT_API_KEY'])"
    stack.write(program("import os", declare(comments=hidden)))
    refused = stack.up()
    assert refused.code != 0
    assert "comments contains the API key" in refused.errors[0]
    assert key not in refused.text
    assert refused.calls == []


@pytest.mark.slow
def test_another_accounts_key_in_an_input_is_refused(stack: Stack, sandbox: Sandbox) -> None:
    stack.environment["OTHER_KEY"] = sandbox.admin_key
    account = "digicert.Provider('other', api_key=os.environ['OTHER_KEY'])"
    for key in ("os.environ['OTHER_KEY']", "pulumi.Config('digicert').require('apiKey')"):
        comments = f"'See ' + {key}"
        lines = [
            declare(comments=comments),
            declare(comments=comments, opts="pulumi.ResourceOptions(provider=other)"),
        ]
        for line in lines:
            stack.write(program("import os", f"other = {account}", line))
            refused = stack.preview()
            assert refused.code != 0
            assert "OrderRevocation 'leaked': comments contains the API key" in refused.errors[0]
            assert refused.calls == []


@pytest.mark.slow
def test_a_key_in_plain_is_warned_of_once_and_a_misspelt_setting_ends_the_program(
    stack: Stack, sandbox: Sandbox
) -> None:
    stack.write(
        program(*(f"digicert.OrderRevocation({name!r}, order_id={ORDER}, comments='x')" for name in "ab"))
    )
    stack.configure_in_plain("digicert:apiKey", "inert-key-in-plain")
    [warning] = stack.preview().notices
    assert "the API key is in plaintext in the stack's configuration" in warning
    stack.configure({"digicert:baseURL": sandbox.base_url})
    preview = stack.preview()
    assert preview.code != 0
    assert (
        "digicert:baseURL in the stack's configuration is not a setting; did you mean digicert:baseUrl?"
        in preview.errors[0]
    )
    assert preview.calls == []


def test_a_module_that_keeps_the_sdk_from_starting_the_provider_is_named(stack: Stack) -> None:
    stack.write(program(declare()), beside={"json.py": "MINE = True", "calendar.py": "MINE = True"})
    preview = stack.preview()
    assert preview.code != 0
    assert "json.py hides a module of Python or of a library from the Pulumi SDK" in preview.errors[0]
    assert "rename it" in preview.errors[0]
    assert preview.calls == []


SECRETS = """
import digicert_pulumi as digicert
import pulumi

leaked = digicert.OrderRevocation(
    "leaked", order_id=100000001, comments=pulumi.Output.secret("hunter2 {words}")
)
pulumi.export("sent", leaked.sent)
"""


@pytest.mark.slow
def test_what_was_sent_of_a_secret_is_one(stack: Stack) -> None:
    for words in ("one", "two"):
        stack.write(SECRETS.format(words=words))
        up = stack.up()
        assert up.code == 0
        assert "hunter2" not in up.text + str(stack.resources()) + str(stack.resources("pulumi:pulumi:Stack"))
    assert "sent" in stack.state()


def test_a_secret_argument_of_a_function_is_not_quoted(stack: Stack) -> None:
    stack.write(program("digicert.list_orders_output(common_name=pulumi.Output.secret('hunter2'))"))
    preview = stack.preview()
    assert preview.code != 0
    assert preview.errors[0] == "list_orders: no order matches"
    assert "hunter2" not in preview.text
