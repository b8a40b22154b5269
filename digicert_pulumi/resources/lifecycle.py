"""The lifecycle that all resources share; methods in the order of a resource's life.

A resource declares an action that is done once at DigiCert and can't be undone. A snapshot among its inputs shows what
the action would affect. If a later read differs from the snapshot, the preview shows the change.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from digicert_pulumi.certcentral import CertCentralError, Fate, Unreachable
from digicert_pulumi.orders.certificates import CertificateNotFoundError
from digicert_pulumi.resources import declarations
from digicert_pulumi.resources.inputs import UNKNOWN, Failure, Inputs, Unknown, parse
from digicert_pulumi.resources.problem import INVALID_INPUT, NOT_SHOWN, UNFINISHED, emit_failure, problem_of
from digicert_pulumi.resources.state import Format
from digicert_pulumi.revoking.failures import RefusedError
from digicert_pulumi.runtime import events, log, masking, messages
from digicert_pulumi.runtime.settings import NoApiKeyError, SettingsError, api_keys, requires_review, resolve
from digicert_pulumi.text.printable import printable
from digicert_pulumi.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from digicert_pulumi.resources.fields import Field
    from digicert_pulumi.resources.host import Host
    from digicert_pulumi.resources.problem import Problem
    from digicert_pulumi.runtime.connection import Connection

_LONGEST_ID = 40
"""The largest number of characters that a message quotes of an invalid id."""


class FailureError(Exception):
    """A failure with a message for the user: one line.

    Attributes:
        problem: The failure as data.
    """

    def __init__(self, line: str, problem: Problem = INVALID_INPUT) -> None:
        super().__init__(line)
        self.problem = problem


class UnfinishedError(FailureError):
    """The resource exists, but a later step failed.

    The engine keeps the resource in the state and calls `update` at the next `pulumi up`.

    Attributes:
        id: The resource's id.
        outputs: The outputs that are known.
    """

    def __init__(self, id_: str, outputs: dict[str, Any], reason: str, problem: Problem = UNFINISHED) -> None:
        super().__init__(reason, problem)
        self.id = id_
        self.outputs = outputs


class Checked(NamedTuple):
    """The result of a check.

    Attributes:
        inputs: The inputs in canonical form, with the snapshot.
        failures: The failures, one line each. Their events are already written.
    """

    inputs: dict[str, Any]
    failures: list[str]


class Difference(NamedTuple):
    """The result of a diff.

    Attributes:
        changes: Whether something changed; None if the engine has to compare the inputs itself.
        replaces: The changed inputs that replace the resource.
    """

    changes: bool | None
    replaces: list[str] | None = None


class Seen(NamedTuple):
    """The result of a refresh or an import.

    Attributes:
        id: The resource's id.
        outputs: Its outputs.
        inputs: Its inputs; None if they are unchanged.
    """

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any] | None = None


class Lifecycle(ABC):
    """A resource's lifecycle, for any front end. It keeps no state.

    Args:
        host: The front end's view of the engine's call.

    Attributes:
        fields: The table of the resource's inputs.
        identity: The inputs that identify the resource: changing one replaces it.
        shown: The name of the snapshot.
        sent: The inputs that are sent once and that DigiCert can't edit.
        once: Why two resources with the same target are one too many.
        tolerates_rivals: Whether a resource with a rival is only warned of.
    """

    fields: ClassVar[Mapping[str, Field]]
    identity: ClassVar[tuple[str, ...]]
    shown: ClassVar[str] = "order"
    sent: ClassVar[tuple[str, ...]] = ()
    once: ClassVar[str] = "one request serves both"
    tolerates_rivals: ClassVar[bool] = True

    def __init__(self, host: Host) -> None:
        self.host = host
        self._config: Callable[[str], str | None] = dict[str, str]().get
        self.format = Format(tuple(self.fields), self.shown, self.sent)

    def configure(self, config: Callable[[str], str | None]) -> None:
        """Set the configuration. It is validated when it is first used.

        Args:
            config: Returns the value of a key, such as `digicert:apiKey`.
        """
        masking.hide(api_keys(config))
        log.start()
        self._config = config
        for cached in ("connection", "_place"):
            vars(self).pop(cached, None)

    @cached_property
    def connection(self) -> Connection:
        """The connection to DigiCert. Its modules load at the first use, because most previews need no call.

        Raises:
            SettingsError: The configuration is invalid.
        """
        from digicert_pulumi.runtime.connection import connection  # noqa: PLC0415

        return connection(self._config, self.host.engine())

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> Checked:
        """Validate the inputs, and add the snapshot on the first check."""
        inputs = parse(news, self.fields)
        failures = (
            _misplaced_keys(news) or self._unknown(news) + inputs.failures or self.contradictions(inputs)
        )
        if not failures:
            failures = self._show(inputs, olds)
        if isinstance(news.get(self.shown), Unknown):
            # A preview declares the snapshot as unknown: an update plan lets only unknown values appear later.
            inputs.properties.setdefault(self.shown, UNKNOWN)
        return Checked(inputs.properties, [self._reported(each) for each in failures])

    def create(self, props: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Carry out the declared action, unless it is done. Return the resource's id and outputs."""
        return self.ensure(parse(props, self.fields), props.get(self.shown))

    def diff(self, olds: dict[str, Any], news: dict[str, Any]) -> Difference:
        """Compare the state with the inputs, without a call."""
        # Both in canonical form, because the state can contain the canonical form of an earlier release.
        before, after = (parse(properties, self.fields).properties for properties in (olds, news))
        changed = [name for name in self.fields if before.get(name) != after.get(name)]
        identity = () if self.is_the_same(olds, news) else self.identity
        replaces = [name for name in changed if name in identity or self.asks_again(name, olds, news)]
        if not replaces:
            self.remember(olds)
            if line := self.recorded_only_notice(changed, olds):
                messages.info(line)
            else:
                self.remind(olds)
            if self.is_unfinished(olds, news):
                # The engine keeps the error of an unfinished resource, but a refresh clears it.
                return Difference(changes=True)
        if not changed and olds.get(self.format.reviewed) == news.get(self.shown):
            return Difference(changes=False)
        # With `changes` unset, the engine compares the inputs itself and shows the changed properties.
        return Difference(changes=None, replaces=replaces)

    def read(self, id_: str, stored: dict[str, Any]) -> Seen | None:
        """Read the resource; None if it is gone.

        Raises:
            FailureError: The id and the properties name different resources.
        """
        self._require_the_same(id_, parse(stored, self.fields).known(self.identity[0]))
        seen = self.observe(id_, stored)
        if seen is None:
            return None
        if seen == {name: value for name, value in stored.items() if name != self.format.reviewed}:
            return Seen(id_, stored)
        inputs = self.format.declared(seen) | {self.shown: seen[self.shown]}
        return Seen(id_, self.format.with_inputs(seen, inputs), inputs)

    @abstractmethod
    def adopt(self, id_: str) -> Seen:
        """Import the resource: read it by its id alone.

        Raises:
            FailureError: There is nothing to import, or the id is invalid.
            CertCentralError: It could not be read.
        """

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """Record changed inputs, and continue unfinished work. Return the outputs."""
        return self.resume(id_, self.format.with_inputs(olds, news), parse(news, self.fields))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Remove the resource from the state. Nothing is sent: the action can't be undone."""
        if line := self.deletion_notice(id_, props):
            messages.info(line)

    def contradictions(self, inputs: Inputs) -> list[Failure]:  # noqa: ARG002  # subclasses use it
        """Return the failures of inputs that are valid one by one but not together."""
        return []

    @abstractmethod
    def name(self, properties: Mapping[str, Any]) -> str:
        """Return the name of the target for messages. It quotes no inputs but ids."""

    def claims(self, properties: Mapping[str, Any]) -> list[tuple[str, str | None]]:
        """Return the targets that no other resource should declare, each with its rival if that is another target."""
        return [(self.name(properties), None)]

    @abstractmethod
    def preview(self, inputs: Inputs, olds: Mapping[str, Any]) -> dict[str, Any]:
        """Read the target, and return its snapshot.

        Args:
            inputs: The inputs.
            olds: The inputs before.

        Raises:
            RefusedError: The action must not be carried out.
            CertCentralError: The target could not be read.
        """

    @abstractmethod
    def ensure(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
        """Carry out the declared action. Return the resource's id and outputs.

        Raises:
            UnfinishedError: It was carried out, but a later step failed.
        """

    @abstractmethod
    def observe(self, id_: str, stored: Mapping[str, Any]) -> dict[str, Any] | None:
        """Read the outcome. Return the outputs without the reviewed snapshot; None if the resource is gone."""

    @abstractmethod
    def resume(self, id_: str, stored: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
        """Continue unfinished work. Return the outputs.

        Raises:
            UnfinishedError: It is still unfinished.
        """

    def _by_id(self, id_: str, **others: Any) -> Inputs:
        """Return the inputs that identify a resource by its id, with other inputs.

        Raises:
            FailureError: The id is invalid.
        """
        first = self.identity[0]
        inputs = parse({first: id_, **others}, self.fields)
        if any(each.name == first for each in inputs.failures):
            what = f"{self._kind} id"
            article = "an" if what[0] in "aeiou" else "a"
            raise FailureError(f"{printable(id_, _LONGEST_ID)!r} is not {article} {what}")
        return inputs

    def _require_the_same(self, id_: str, declared: int | None) -> None:
        named = self._by_id(id_).known(self.identity[0])
        if declared not in (None, named):
            raise FailureError(
                f"the id names {self._kind} {named}, but the properties name {declared}; use the same one in both"
            )

    @property
    def _kind(self) -> str:
        """The kind of object that the id identifies: `order`, `certificate` or `request`."""
        return self.fields[self.identity[0]].python_name.removesuffix("_id")

    def _adopted(self, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Seen:
        return Seen(id_, self.format.with_inputs(outputs, inputs), inputs)

    @abstractmethod
    def deletion_notice(self, id_: str, stored: Mapping[str, Any]) -> str | None:
        """Return the notice for a user who removes the resource from the state; None if there is none."""

    @abstractmethod
    def is_unfinished(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether `resume` has work to do even if no input changed."""

    def remember(self, olds: Mapping[str, Any]) -> None:  # noqa: B027  # subclasses use it
        """Remember a resource that the program still declares, unchanged or with changes that don't replace it."""

    def remind(self, olds: Mapping[str, Any]) -> None:  # noqa: B027  # as above
        """Repeat the warnings about the resource, once in a process."""

    def is_the_same(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:  # noqa: ARG002  # as above
        """Whether the changed identity still identifies the same object."""
        return False

    def asks_again(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:  # noqa: ARG002  # as above
        """Whether changing this input sends a new request."""
        return False

    @abstractmethod
    def recorded_only_notice(self, changed: list[str], olds: Mapping[str, Any]) -> str | None:
        """Return the notice about changes that are only recorded in the state; None if there are none."""

    def _reported(self, failure: Failure) -> str:
        """Write the event of a failure, and return its line."""
        problem = failure.problem or INVALID_INPUT
        line = self.host.spelled(masking.one_line(f"{failure.name} {failure.reason}".lstrip()), problem)
        emit_failure(self.host.urn(), "check", line, problem)
        return line

    def _unknown(self, news: Mapping[str, Any]) -> list[Failure]:
        """Return a failure for each unknown input. A misspelt guard rail would have no effect."""
        known = {*self.fields, self.shown, "__provider"}
        unknown = [name for name, value in news.items() if name not in known and value is not None]
        return [
            Failure(name, f"is not an input of this resource{did_you_mean(name, self.fields)}")
            for name in unknown
        ]

    def _show(self, inputs: Inputs, olds: Mapping[str, Any]) -> list[Failure]:
        """Add the snapshot to the inputs: from the state if it is there, else from a read."""
        if line := self._not_known_yet(inputs):
            inputs.properties[self.shown] = UNKNOWN
            return self._not_shown(f"{line}, so this preview cannot show what would be revoked")
        known = parse(olds, self.fields).properties
        is_another = any(inputs.properties.get(name) != known.get(name) for name in self.identity)
        if self.shown in olds and not is_another:
            inputs.properties[self.shown] = olds[self.shown]
            failures = []
        else:
            failures = self._preview(inputs, olds)
        return failures + self._conflicts(inputs.properties)

    def cannot_tell(self, inputs: Inputs, names: Iterable[str]) -> bool:
        """Return whether inputs are not known yet that the rules need, and warn of them.

        Args:
            inputs: The inputs.
            names: The inputs that the rules need.
        """
        unknown = [
            self.fields[name].python_name
            for name in names
            if isinstance(inputs.properties.get(name), Unknown)
        ]
        if unknown:
            are = "is" if len(unknown) == 1 else "are"
            messages.warning(
                f"{self.name(inputs.properties)}: {' and '.join(unknown)} {are} not known yet, so this preview cannot tell what "
                "will be sent, or whether it will be refused"
            )
        return bool(unknown)

    def _not_known_yet(self, inputs: Inputs) -> str | None:
        for identity in self.identity:
            if isinstance(inputs.properties.get(identity), Unknown):
                what = f"the {self.fields[identity].python_name.replace('_', ' ')}"
                name = self.name(inputs.properties)
                others_are_known = any(inputs.known(each) is not None for each in self.identity)
                of = f" of {name}" if others_are_known and name != what else ""
                return f"{what}{of} is not known yet"
        return None

    def _preview(self, inputs: Inputs, olds: Mapping[str, Any]) -> list[Failure]:
        try:
            inputs.properties[self.shown] = self.preview(inputs, olds)
        except RefusedError as error:
            return [Failure("", error.refusal.reason, problem_of(error))]
        except NoApiKeyError as error:
            return self._not_shown(f"the preview cannot show what would be revoked: {error}")
        except (SettingsError, CertificateNotFoundError) as error:
            return [Failure("", str(error), problem_of(error))]
        except CertCentralError as error:
            if error.fate is Fate.REFUSED:
                return [Failure("", str(error), problem_of(error))]
            # One warning is enough if the network is down, however many orders there are.
            subject = ("unreachable", error.what) if isinstance(error, Unreachable) else None
            return self._not_shown(f"the preview cannot show what would be revoked: {error}", subject)
        return []

    def _not_shown(self, line: str, subject: tuple[str, object] | None = None) -> list[Failure]:
        """Warn that the preview has no snapshot, or fail if `requireReview` is set."""
        try:
            is_required = requires_review(self._config)
        except SettingsError as error:
            return [Failure("", str(error), problem_of(error))]
        if is_required:
            return [Failure("", f"{line.rstrip('.')}; digicert:requireReview makes this an error", NOT_SHOWN)]
        # A check runs in updates, too, and can't tell them from previews: programs know the warning by its event.
        events.emit("warned", urn=self.host.urn(), code=NOT_SHOWN.code, line=masking.one_line(line))
        messages.warning_once(line, subject)
        return []

    @cached_property
    def _place(self) -> str:
        """The prefix of all claims: in another region, the same id is another object's."""
        try:
            return f"{resolve(self._config).base_url} "
        except SettingsError:
            return ""

    def _conflicts(self, properties: Mapping[str, Any]) -> list[Failure]:
        """Warn of other resources of the program that declare the same target. Return those that must not."""
        urn = self.host.urn()
        if urn is None:
            return []
        declared = declarations.of_engine(self.host.engine())
        for what, rival in self.claims(properties):
            earlier = declared.declare(self._place + what, urn, rival and self._place + rival)
            if earlier is None or (rival and not self.tolerates_rivals):
                continue
            one, other = _names(earlier, urn)
            if rival is None:
                messages.warning(
                    f"{self.name(properties)} is declared by both {one!r} and {other!r}; {self.once}, so declare it once"
                )
            else:
                messages.warning(
                    f"{rival} is declared by {one!r} and {what} by {other!r}; an open request of one blocks the other or is "
                    "mistaken for its request, so declare only one of them"
                )
        return [Failure("", line) for line in self.opposites(properties)]

    def opposites(self, properties: Mapping[str, Any]) -> list[str]:
        """Return a line for each resource of the program that declares the opposite by now, if only one can be carried out."""
        urn = self.host.urn()
        if urn is None or self.tolerates_rivals:
            return []
        declared = declarations.of_engine(self.host.engine())
        lines = []
        for what, rival in self.claims(properties):
            earlier = declared.first(self._place + rival) if rival else None
            if earlier not in (None, urn):
                one, other = _names(earlier, urn)
                lines.append(f"{rival} is declared by {one!r} and {what} by {other!r}; remove one of them")
        return lines


def _names(*urns: str) -> Sequence[str]:
    """Return the names of resources, or their URNs if the names don't distinguish them: those have parents and types too."""
    names = [urn.rpartition("::")[2] for urn in urns]
    return names if len({*names}) == len(names) else urns


def _misplaced_keys(news: Mapping[str, Any]) -> list[Failure]:
    return [Failure(name, masking.MISPLACED) for name, value in news.items() if masking.holds_a_key(value)]
