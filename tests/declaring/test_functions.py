"""The functions with which a program looks at an account, on a sandbox, with and without what is known later."""

from __future__ import annotations

import asyncio
import gc
import re
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import pulumi
import pytest
from pulumi.output import UNKNOWN
from pulumi.runtime import mocks
from support.sandbox import Sandbox

from digicert_pulumi.certcentral import Certificate, Client, OrderPage, PartlyUnreadable
from digicert_pulumi.declaring import functions
from digicert_pulumi.declaring.functions import (
    find_orders,
    find_orders_output,
    get_certificates,
    get_certificates_output,
    get_order,
    get_order_output,
    list_orders,
    list_orders_output,
)
from digicert_pulumi.declaring.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Engine(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("functions"), orders=300) as started:
        yield started


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """A program of a stack without configuration, with the sandbox in the environment."""
    monkeypatch.setenv("DIGICERT_API_KEY", sandbox.user_key)
    monkeypatch.setenv("DIGICERT_BASE_URL", sandbox.base_url)
    monkeypatch.delenv("DIGICERT_REGION", raising=False)
    mocks.set_mocks(Engine())
    monkeypatch.setattr(functions, "_mocks", lambda: None)  # as on a real engine


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, str]], None]]:
    """Run the program with a configuration, and without the environment."""

    def configure(config: dict[str, str]) -> None:
        for name in ("DIGICERT_API_KEY", "DIGICERT_BASE_URL"):
            monkeypatch.delenv(name)
        pulumi.runtime.set_all_config(config, [name for name in config if name.endswith("apiKey")])

    yield configure
    pulumi.runtime.set_all_config({}, [])


def resolved(program: Callable[[], pulumi.Output[Any]]) -> Any:
    """Run a program; its result, and whether that is a secret."""
    values: list[Any] = []

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK's
    def test() -> pulumi.Output[Any]:
        output = program()

        async def keep() -> None:
            values.append((await output.future(), await output.is_secret()))

        return pulumi.Output.from_input(keep())

    try:
        test()
    finally:
        loop = asyncio.get_event_loop()
        loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
        gc.collect()
    return values[0]


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(pulumi.RunError) as error:
        call()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_an_order_is_read_with_its_requests(sandbox: Sandbox) -> None:
    id_ = sandbox.find("revoke_pending")
    order, wire = get_order(id_), sandbox.order(id_)
    assert (order.id, order.status, order.common_name) == (id_, "issued", wire["certificate"]["common_name"])
    assert order.dns_names == wire["certificate"]["dns_names"]
    assert (order.organization, order.product) == (wire["organization"]["name"], wire["product"]["name"])
    assert order.product_name_id == wire["product"]["name_id"]
    assert order.valid_till == wire["certificate"]["valid_till"]
    asked, revoke = order.requests
    assert (asked.type, asked.status) == ("new_request", "approved")
    assert order.revocation == f"request {revoke.id} is pending"
    assert (revoke.type, revoke.comments) == ("revoke", "The service was shut down.")
    assert revoke.date == wire["requests"][1]["date"]


def test_an_order_that_there_is_not_is_one_line() -> None:
    assert refusal(lambda: get_order(999999999)).startswith(
        "get_order: order 999999999: DigiCert does not know this order (404 not_found|order"
    )


@pytest.mark.parametrize("call", [get_order, get_certificates])
def test_an_order_id_that_is_none_is_one_line(call: Callable[[Any], object]) -> None:
    assert refusal(lambda: call("www.example.com")) == (
        f"{call.__name__}: order_id must be the order's id, a whole number such as 123456789"
    )


def test_the_certificates_of_an_order_are_told_by_their_role(sandbox: Sandbox) -> None:
    id_ = sandbox.find("duplicates")
    result = get_certificates(str(id_))
    assert result.order_id == id_
    assert [each.role for each in result.certificates] == ["primary", "duplicate", "duplicate", "duplicate"]
    primary = sandbox.order(id_)["certificate"]
    first = result.certificates[0]
    assert (first.id, first.serial_number, first.thumbprint) == (
        primary["id"],
        primary["serial_number"],
        primary["thumbprint"],
    )
    assert (first.valid_from, first.valid_till) == (primary["valid_from"], primary["valid_till"])
    assert {each.status for each in result.certificates[1:]} == {"issued"}
    assert len({each.serial_number for each in result.certificates}) == 4


def test_a_reissue_that_is_the_primary_certificate_is_told_once(sandbox: Sandbox) -> None:
    result = get_certificates(sandbox.find("reissued"))
    assert [each.role for each in result.certificates] == ["primary", "reissue"]
    assert len({each.id for each in result.certificates}) == 2


def test_orders_are_listed_by_a_pattern_of_their_common_name(sandbox: Sandbox) -> None:
    before = len(sandbox.access_log())
    selected = list_orders(common_name="*.old.example.com", status=["issued", "revoked"]).orders
    calls = [unquote(line["path"]) for line in sandbox.access_log()[before:]]
    assert calls == [
        "/services/v2/order/certificate?filters[search]=%.old.example.com&offset=0&limit=1000&sort=order_id"
    ]
    assert len(selected) > 10
    assert [order.id for order in selected] == sorted({order.id for order in selected})
    for order in selected:
        assert order.status in {"issued", "revoked"}
        assert str(order.common_name).endswith(".old.example.com")
    everything = list_orders(max_results=300).orders
    assert len(everything) == 300
    meant = [
        order
        for order in everything
        if str(order.common_name).endswith(".old.example.com") and order.status in {"issued", "revoked"}
    ]
    assert selected == meant


@pytest.mark.parametrize("product", ["ssl_ev_plus", "Extended Validation SSL"])
@pytest.mark.parametrize("organization", ["Example Labs GmbH", 117485, 117485.0])
def test_filters_apply_together(product: str, organization: Any) -> None:
    orders = list_orders(product=product, organization=organization, status="issued").orders
    assert {(order.product_name_id, order.organization) for order in orders} == {
        ("ssl_ev_plus", "Example Labs GmbH")
    }
    days = sorted(str(order.valid_till) for order in orders)
    middle = days[len(days) // 2]
    before = list_orders(
        product=product, organization=organization, status="issued", valid_till_before=middle
    )
    assert sorted(str(order.valid_till) for order in before.orders) == [day for day in days if day < middle]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (
            {"common_name": "*.example.invalid", "status": "issued"},
            "no order matches (status 'issued', common name '*.example.invalid')",
        ),
        ({"max_results": 5}, "more than 5 orders match; narrow the filters, or raise max_results (anything)"),
        ({"max_results": 0}, "max_results must be a positive whole number, not 0"),
        ({"max_results": 2.5}, "max_results must be a positive whole number, not 2.5"),
        ({"max_results": "many"}, "max_results must be a positive whole number, not 'many'"),
        ({"max_results": None}, "max_results must be a positive whole number, not None"),
        ({"max_results": True}, "max_results must be a positive whole number, not True"),
        ({"max_results": float("nan")}, "max_results must be a positive whole number, not nan"),
        ({"max_results": float("inf")}, "max_results must be a positive whole number, not inf"),
        ({"common_name": 5}, "common_name must be a string, not 5"),
        ({"product": ["ssl_plus"]}, "product must be a string, not ['ssl_plus']"),
        ({"organization": 5.5}, "organization must be a name or an id, not 5.5"),
        ({"organization": True}, "organization must be a name or an id, not True"),
        ({"status": 5}, "status must be a string such as 'issued', or a list of strings, not 5"),
        (
            {"status": ["issued", None]},
            "status must be a string such as 'issued', or a list of strings, not ['issued', None]",
        ),
        ({"status": []}, "status is an empty list, which matches no order; omit it to match any status"),
        ({"valid_till_after": "20270301"}, "valid_till_after must be a date, yyyy-mm-dd, not '20270301'"),
        ({"valid_till_after": "2027-W09-1"}, "valid_till_after must be a date, yyyy-mm-dd, not '2027-W09-1'"),
        ({"valid_till_after": "2027-02-29"}, "valid_till_after must be a date, yyyy-mm-dd, not '2027-02-29'"),
        ({"valid_till_after": "tomorrow"}, "valid_till_after must be a date, yyyy-mm-dd, not 'tomorrow'"),
        ({"valid_till_before": 2027}, "valid_till_before must be a date, yyyy-mm-dd, not 2027"),
    ],
)
def test_a_list_that_cannot_be_meant_is_one_line(wanted: dict[str, Any], reason: str) -> None:
    assert refusal(lambda: list_orders(**wanted)) == f"list_orders: {reason}"


def test_orders_are_found_by_what_people_have_of_their_certificates(sandbox: Sandbox, tmp_path: Path) -> None:
    with_others, plain = sandbox.find("duplicates"), sandbox.plain(3)
    first, second, third = (get_certificates(order).certificates[0] for order in plain)
    (tmp_path / "second.pem").write_text(sandbox.pem_all(second.id or 0))
    (tmp_path / "third.key").write_text(sandbox.private_key(third.id or 0))
    primary, *duplicates = get_certificates(with_others).certificates
    by_all = find_orders(
        serial_numbers=[first.serial_number or "", primary.serial_number or ""],
        thumbprints=first.thumbprint,
        certificate_files=str(tmp_path / "second.pem"),
        key_files=str(tmp_path / "third.key"),
        common_name=third.common_name,
    ).orders
    assert [each.id for each in by_all] == sorted([*plain, with_others])
    found = {each.id: each for each in by_all}
    assert [found[order].found for order in plain] == [[first], [second], [third]]
    assert (found[with_others].found, found[with_others].others) == ([primary], duplicates)
    with sandbox.tls_server(second.id or 0) as server:
        host = f"localhost:{server.port}"
        [served] = find_orders(hosts=host).orders
        later, _ = resolved(lambda: find_orders_output(hosts=pulumi.Output.from_input(host)))
    assert [served] == later.orders == [found[plain[1]]]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({}, "set at least one of serial_numbers, thumbprints, certificate_files, key_files or hosts"),
        ({"serial_numbers": "XY"}, "an argument is invalid: serial number 'XY': .*"),
        ({"key_files": "no.key"}, "an argument is invalid: no.key: No such file or directory"),
        ({"hosts": [5]}, r"hosts must be a string, or a list of strings, not \[5\]"),
        (
            {"serial_numbers": "0A", "all_certificates": "no"},
            "all_certificates must be true or false, not 'no'",
        ),
        (
            {"serial_numbers": ["0A", "0A", "0B"]},
            "2 of 2 were not found, such as serial number 0A: .*set all_certificates",
        ),
    ],
)
def test_what_cannot_be_found_is_one_line(wanted: dict[str, Any], reason: str) -> None:
    line = refusal(lambda: find_orders(**wanted))
    assert re.fullmatch(f"find_orders: {reason}", line), line


def test_a_list_that_is_not_whole_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "list_orders", lambda *_, **__: OrderPage((), 0, 300))
    assert refusal(list_orders) == (
        "list_orders: 300 of the 300 orders that DigiCert counts are missing from its list, which was read 3 times; "
        "try again"
    )


def test_certificates_that_cannot_be_read_are_warned_of_and_the_others_are_told(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = sandbox.find("reissued")
    whole = get_certificates(id_)

    def partly(client: Client, order_id: int) -> tuple[Certificate, ...]:
        raise PartlyUnreadable("1 of the reissues cannot be read", reissues(client, order_id))

    reissues, warned = Client.get_reissues, list[str]()
    monkeypatch.setattr(Client, "get_reissues", partly)
    monkeypatch.setattr("pulumi.log.warn", warned.append)
    assert get_certificates(id_) == whole
    assert warned == ["1 of the reissues cannot be read"]


def test_a_key_in_the_wrong_place_is_not_shown(sandbox: Sandbox) -> None:
    assert refusal(lambda: list_orders(max_results=sandbox.user_key)) == (  # type: ignore[arg-type]
        "list_orders: max_results must be a positive whole number, not '[API key]'"
    )


def test_a_key_in_what_digicert_tells_is_not_shown(sandbox: Sandbox) -> None:
    id_ = sandbox.find_all("ov")[-1]
    sandbox.revoke(id_, f"The key is {sandbox.user_key}.")
    assert get_order(id_).requests[-1].comments == "The key is [API key]."
    later = resolved(lambda: get_order_output(id_))[0]
    assert later.requests[-1].comments == "The key is [API key]."


def test_a_setting_that_holds_the_key_is_refused_without_showing_it(
    sandbox: Sandbox, configure: Callable[[dict[str, str]], None]
) -> None:
    key = "key-in-the-wrong-place"
    place = {"digicert:apiKey": key, "digicert:baseUrl": sandbox.base_url}
    configure({**place, "digicert:requestTimeout": key})
    assert refusal(lambda: get_order(1)) == (
        "get_order: digicert:requestTimeout must be a number of seconds above 0 and at most 3600, not '[API key]'"
    )
    pulumi.runtime.set_all_config({**place, "digicert:baseUrl": f"{sandbox.base_url}/{key}"})
    assert refusal(lambda: get_order(1)).startswith("get_order: the base URL contains the API key")


def test_the_stack_s_configuration_is_taken(
    sandbox: Sandbox, configure: Callable[[dict[str, str]], None]
) -> None:
    configure({"digicert:apiKey": sandbox.admin_key, "digicert:baseUrl": sandbox.base_url})
    get_order(sandbox.find("ov"))
    assert sandbox.access_log()[-1]["user"] == "admin"


def test_a_missing_key_is_one_line(configure: Callable[[dict[str, str]], None]) -> None:
    configure({})
    assert refusal(lambda: get_order(1)).startswith("get_order: no CertCentral API key: ")


def test_a_provider_in_plain_is_taken(sandbox: Sandbox) -> None:
    def program() -> pulumi.Output[str]:
        provider = Provider("eu", api_key=sandbox.admin_key, base_url=sandbox.base_url)
        get_order(sandbox.find("ov"), pulumi.InvokeOptions(provider=provider))
        return provider.urn

    resolved(program)
    assert sandbox.access_log()[-1]["user"] == "admin"


def test_the_provider_of_a_parent_is_taken(sandbox: Sandbox) -> None:
    def program() -> pulumi.Output[Any]:
        provider = Provider("eu", api_key=sandbox.admin_key, base_url=sandbox.base_url)
        options = pulumi.ResourceOptions(providers=[provider])
        parent = pulumi.ComponentResource("test:index:Component", "parent", None, options)
        return get_order_output(sandbox.find("ov"), pulumi.InvokeOptions(parent=parent))

    resolved(program)
    assert sandbox.access_log()[-1]["user"] == "admin"


@pytest.mark.parametrize("function", ["get_order", "get_certificates", "list_orders"])
def test_a_provider_whose_key_is_an_output_takes_the_function_that_waits(
    sandbox: Sandbox, function: str
) -> None:
    def program() -> pulumi.Output[str]:
        provider = Provider("eu", api_key=pulumi.Output.secret(sandbox.admin_key), base_url=sandbox.base_url)
        opts = pulumi.InvokeOptions(provider=provider)
        arguments = [] if function == "list_orders" else [100000001]
        assert refusal(lambda: getattr(functions, function)(*arguments, opts=opts)) == (
            f"{function}: the settings of its provider are not known yet, such as a key from require_secret(); "
            f"call {function}_output, which waits for them"
        )
        return provider.urn

    resolved(program)


def test_what_is_known_later_is_waited_for(sandbox: Sandbox) -> None:
    id_ = sandbox.find("duplicates")
    later = pulumi.Output.from_input
    assert resolved(lambda: get_order_output(later(id_))) == (get_order(id_), False)
    assert resolved(lambda: get_certificates_output(later(str(id_)))) == (get_certificates(id_), False)
    wanted = {"common_name": "*.old.example.com", "status": ["issued", "revoked"], "max_results": 200}
    outputs = {name: later(value) for name, value in wanted.items()}
    assert resolved(lambda: list_orders_output(**outputs)) == (list_orders(**wanted), False)  # type: ignore[arg-type]


def test_a_secret_key_does_not_make_the_orders_secret_but_a_secret_argument_does(sandbox: Sandbox) -> None:
    def program(order_id: pulumi.Input[int]) -> pulumi.Output[Any]:
        provider = Provider("eu", api_key=pulumi.Output.secret(sandbox.admin_key), base_url=sandbox.base_url)
        return get_order_output(order_id, pulumi.InvokeOptions(provider=provider))

    id_ = sandbox.find("ov")
    assert resolved(lambda: program(id_)) == (get_order(id_), False)
    assert resolved(lambda: program(pulumi.Output.secret(id_))) == (get_order(id_), True)


def test_what_is_not_known_in_a_preview_is_not_asked_for(sandbox: Sandbox) -> None:
    asked = len(sandbox.access_log())
    unknown: pulumi.Output[int] = pulumi.Output.from_input(cast("Any", UNKNOWN))
    mocks.set_mocks(Engine(), preview=True)
    value, _ = resolved(lambda: get_order_output(unknown))
    assert value is None
    assert len(sandbox.access_log()) == asked


def test_a_refusal_of_what_was_waited_for_is_one_line_too() -> None:
    reason = refusal(lambda: resolved(lambda: list_orders_output(common_name="nothing.example.com")))
    assert reason == "list_orders: no order matches (common name 'nothing.example.com')"


@pytest.mark.parametrize(
    ("opts", "error"),
    [
        (pulumi.ResourceOptions(), r"opts must be pulumi\.InvokeOptions, not ResourceOptions"),
        (pulumi.InvokeOutputOptions(depends_on=[]), None),
        (
            pulumi.InvokeOptions(provider="eu"),  # type: ignore[arg-type]
            r"the provider of opts must be a digicert_pulumi\.Provider, not str",
        ),
        (pulumi.InvokeOutputOptions(depends_on=["first"]), "opts must not set depends_on"),  # type: ignore[list-item]
    ],
)
def test_options_of_another_kind_are_a_clear_type_error(
    sandbox: Sandbox, opts: Any, error: str | None
) -> None:
    if error is None:
        get_order(sandbox.find("ov"), opts)
        return
    with pytest.raises(TypeError, match=error):
        get_order(1, opts)
