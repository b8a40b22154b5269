"""The dynamic provider of `OrderRevocation`: its methods in the order of the resource's life."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from digicert_pulumi.certcentral import CertCentralError, Fate, OrderNotFound
from digicert_pulumi.dynamic import log, masking, state, tell
from digicert_pulumi.dynamic.call import FailureError, UnfinishedError, answering, resource_name
from digicert_pulumi.dynamic.connection import Connection
from digicert_pulumi.dynamic.inputs import NAMES, Failure, Inputs, parse
from digicert_pulumi.dynamic.settings import NoApiKeyError, SettingsError, api_keys
from digicert_pulumi.revocation import OPEN_STATUSES, AlreadyRejected, Refuse, Submit, decide, snapshot
from digicert_pulumi.submission import FateUnknownError, NotReadBackError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.certcentral import Order
    from digicert_pulumi.revocation import Wish

_answering = answering(CertCentralError, SettingsError, RefusedError, FateUnknownError)


class OrderRevocationProvider(ResourceProvider):
    """Revokes CertCentral orders. It has no state of its own: the engine stores its module and class by name."""

    serialize_as_secret_always = False

    def __init__(self) -> None:
        super().__init__()
        self._connection = Connection(dict[str, str]().get)
        self._declared_by: dict[int, str] = {}
        self._lock = threading.Lock()

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration. What is wrong with it is said where it is first needed."""
        masking.hide(api_keys(req.config.get))
        log.start()
        self._connection = Connection(req.config.get)

    @_answering
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate the inputs, and on the first check of an order add what its revocation would hit."""
        inputs = parse(news)
        failures = [*inputs.failures, *_misplaced_keys(inputs)]
        if inputs.order_id is not None and not failures:
            self._warn_of_a_second_declaration(inputs.order_id)
            if state.SNAPSHOT in olds and parse(olds).order_id == inputs.order_id:
                inputs.properties[state.SNAPSHOT] = olds[state.SNAPSHOT]
            else:
                failures += self._preview(inputs)
        elif not failures:
            tell.warning("the order id is not known yet, so this preview cannot show what would be revoked")
        return CheckResult(
            inputs.properties, [CheckFailure(name, masking.masked(reason)) for name, reason in failures]
        )

    @_answering
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make sure that one revoke request stands, and report it."""
        inputs = parse(props)
        order_id = str(inputs.order_id)
        try:
            outcome = self._connection.submission.ensure(inputs.wish())
        except NotReadBackError as error:
            raise UnfinishedError(
                order_id, state.unfinished_outputs(props, error.request), str(error)
            ) from None
        return CreateResult(order_id, state.outputs(props, outcome))

    @_answering
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Tell what changed: a pure comparison of the state with the inputs."""
        changed = [name for name in NAMES if olds.get(name) != news.get(name)]
        if not changed and olds.get(state.REVIEWED) == news.get(state.SNAPSHOT):
            return DiffResult(changes=False)
        replaces = [
            name for name in changed if name == "orderId" or (name == "comments" and _asks_again(olds))
        ]
        if not replaces:
            _tell_of_what_is_only_recorded(olds, changed)
        # With `changes` left open the engine compares the inputs itself and shows the property lines.
        return DiffResult(changes=None, replaces=replaces)

    @_answering
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read what became of the revocation. Only an order that DigiCert does not know is gone."""
        order_id = parse({"orderId": id_}).order_id
        if order_id is None:
            raise FailureError(f"{id_!r} is not an order id")
        try:
            outcome = self._connection.observe(order_id, state.stored_request(props))
        except OrderNotFound:
            tell.warning(
                f"order {order_id} is not in this CertCentral account any more; it is taken out of the state"
            )
            return ReadResult("", {})
        if props.get("revoked") and not outcome.revoked:
            tell.warning(
                f"order {order_id} was read as revoked before and now as {outcome.snapshot.status!r}; "
                "a revocation cannot be undone, so the state is kept; refresh again later"
            )
            return ReadResult(id_, _without_provider(props))
        inputs = state.declared(props) | {
            "orderId": order_id,
            state.SNAPSHOT: state.seen_again(outcome.snapshot, props.get(state.SNAPSHOT, {})),
        }
        seen = state.outputs(inputs, outcome)
        if _says_the_same(seen, props):
            return ReadResult(id_, _without_provider(props))
        return ReadResult(id_, seen, inputs)

    @_answering
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Record changed inputs, and go on with a revocation whose order could not be read back."""
        if state.SNAPSHOT in olds:
            return UpdateResult(state.with_inputs(_without_provider(olds), news))
        try:
            outcome = self._connection.submission.read_back(int(news["orderId"]), state.stored_request(olds))
        except NotReadBackError as error:
            raise UnfinishedError(id_, state.unfinished_outputs(news, error.request), str(error)) from None
        return UpdateResult(state.outputs(news, outcome))

    @_answering
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Forget the resource. Nothing is sent: a revocation cannot be undone."""
        if props.get("revoked"):
            tell.info(f"order {id_} stays revoked: a revocation cannot be undone")
        elif props.get("status") in OPEN_STATUSES:
            tell.info(
                f"request {props['requestId']:.0f} to revoke order {id_} stays open at DigiCert; "
                "if it is not wanted any more, have an administrator reject it"
            )
        elif props.get("status") != "rejected":
            tell.info(f"the revocation of order {id_} was accepted by DigiCert and cannot be undone")

    def _preview(self, inputs: Inputs) -> list[Failure]:
        """Read the order and add its snapshot to the inputs; return what forbids the revocation."""
        wish = inputs.wish()
        try:
            order = self._connection.order(wish.order_id)
            siblings = self._connection.siblings(order)
            shown = state.snapshot_properties(snapshot(order)) | state.sibling_properties(siblings)
            inputs.properties[state.SNAPSHOT] = shown
            return self._forbidden(order, wish)
        except NoApiKeyError as error:
            tell.warning(f"order {wish.order_id} is not shown in this preview: {error}")
            return []
        except SettingsError as error:
            return [("", str(error))]
        except CertCentralError as error:
            if error.fate is Fate.REFUSED:
                return [("", str(error))]
            tell.warning(f"the preview cannot show what would be revoked: {error}")
            return []

    def _forbidden(self, order: Order, wish: Wish) -> list[Failure]:
        """Return what forbids the revocation, and tell what a reviewer has to know of it."""
        decision = decide(order, wish)
        if isinstance(decision, Submit) and wish.skip_approval:
            tell.warning(
                f"order {order.id}: skip_approval is set, so DigiCert revokes at once: "
                "nobody approves it, and DigiCert keeps neither a request nor the comments"
            )
            decision = self._connection.submission.lacks_the_right(wish) or decision
        match decision:
            case Refuse(field, reason):
                # The engine shows the value as well: an order id as 1.00000014e+08, what was not declared as <nil>.
                readable = isinstance(getattr(wish, field), str | bool)
                return [(state.PROPERTY[field] if readable else "", reason)]
            case AlreadyRejected(request):
                tell.warning(
                    f"order {order.id}: request {request.id} with the same comments was rejected, so none will be sent; "
                    "to ask again, change `comments`"
                )
        return []

    def _warn_of_a_second_declaration(self, order_id: int) -> None:
        name = resource_name()
        if name is None:
            return
        with self._lock:
            first = self._declared_by.setdefault(order_id, name)
        if first != name:
            tell.warning(
                f"order {order_id} is declared by both {first!r} and {name!r}; "
                "one request serves both, so declare it once"
            )


def _misplaced_keys(inputs: Inputs) -> list[Failure]:
    reason = "holds the API key, which would then stand in the state and at DigiCert; take it out"
    return [(name, reason) for name, value in inputs.properties.items() if masking.holds_a_key(value)]


def _without_provider(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "__provider"}


def _says_the_same(seen: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    names = (seen.keys() | stored.keys()) - {"__provider", state.REVIEWED}
    return all(seen.get(name) == stored.get(name) for name in names)


def _asks_again(olds: Mapping[str, Any]) -> bool:
    """Whether changed comments are a new request: the last one was rejected and the order lives."""
    return olds.get("status") == "rejected" and not olds.get("revoked")


def _tell_of_what_is_only_recorded(olds: Mapping[str, Any], changed: list[str]) -> None:
    sent = [name for name in changed if name in {"comments", "revocationReason", "skipApproval"}]
    if not sent:
        return
    remedy = (
        "to ask again, change `comments` as well" if _asks_again(olds) else "DigiCert cannot edit a request"
    )
    tell.info(
        f"order {olds['orderId']:.0f}: the revocation was sent already, so the changed {' and '.join(sent)} "
        f"{'is' if len(sent) == 1 else 'are'} recorded in the state only; {remedy}"
    )
