"""The lifecycle that all resources share; methods in the order of a resource's life.

A resource declares something that is done once at DigiCert and cannot be undone. Its preview shows what would be
hit, by a snapshot among its inputs; what is read later and differs from that snapshot is news to the user.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from digicert_pulumi.certcentral import CertCentralError, Fate, Unreachable
from digicert_pulumi.orders.certificates import CertificateNotFoundError
from digicert_pulumi.resources import declarations
from digicert_pulumi.resources.inputs import UNKNOWN, Failure, Inputs, Unknown, parse
from digicert_pulumi.resources.problem import INVALID_INPUT, NOT_SHOWN, UNFINISHED, problem_of, tell
from digicert_pulumi.resources.state import Format
from digicert_pulumi.revoking.failures import RefusedError
from digicert_pulumi.runtime import log, masking, messages
from digicert_pulumi.runtime.settings import NoApiKeyError, SettingsError, api_keys, requires_review
from digicert_pulumi.text.printable import printable
from digicert_pulumi.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digicert_pulumi.resources.fields import Field
    from digicert_pulumi.resources.host import Host
    from digicert_pulumi.resources.problem import Problem
    from digicert_pulumi.runtime.connection import Connection

_LONGEST_ID = 40
"""Characters of an id that is none which are quoted."""


class FailureError(Exception):
    """A failure for the user to read: one line.

    Attributes:
        problem: The same as data.
    """

    def __init__(self, line: str, problem: Problem = INVALID_INPUT) -> None:
        super().__init__(line)
        self.problem = problem


class UnfinishedError(FailureError):
    """The resource exists, and what had to follow failed.

    The engine keeps it in the state and calls `update` at the next `pulumi up`.

    Attributes:
        id: The resource's id.
        outputs: What is known of it.
    """

    def __init__(self, id_: str, outputs: dict[str, Any], reason: str, problem: Problem = UNFINISHED) -> None:
        super().__init__(reason, problem)
        self.id = id_
        self.outputs = outputs


class Checked(NamedTuple):
    """What a check found.

    Attributes:
        inputs: The inputs in canonical form, with the snapshot.
        failures: What is wrong, a line each. Programs are told already.
    """

    inputs: dict[str, Any]
    failures: list[str]


class Difference(NamedTuple):
    """What a comparison found.

    Attributes:
        changes: Whether there is something to do; None where the engine is to compare the inputs itself.
        replaces: The inputs whose change makes a new resource.
    """

    changes: bool | None
    replaces: list[str] | None = None


class Seen(NamedTuple):
    """What a refresh read.

    Attributes:
        id: The resource's id.
        outputs: Its outputs.
        inputs: Its inputs; None where they are as they were.
    """

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any] | None = None


class Lifecycle(ABC):
    """A resource, for any front end. It has no state of its own.

    Args:
        host: What the front end knows of the engine's call.

    Attributes:
        fields: The inputs that there are.
        identity: The inputs of which another value is another resource.
        shown: The name of the snapshot.
        sent: The inputs that DigiCert is sent once and cannot edit.
    """

    fields: ClassVar[Mapping[str, Field]]
    identity: ClassVar[tuple[str, ...]]
    shown: ClassVar[str] = "order"
    sent: ClassVar[tuple[str, ...]] = ()

    def __init__(self, host: Host) -> None:
        self.host = host
        self._config: Callable[[str], str | None] = dict[str, str]().get
        self.format = Format(tuple(self.fields), self.shown, self.sent)

    def configure(self, config: Callable[[str], str | None]) -> None:
        """Take the configuration. What is wrong with it is said where it is first needed.

        Args:
            config: Gives the value of a key, such as `digicert:apiKey`.
        """
        masking.hide(api_keys(config))
        log.start()
        self._config = config
        vars(self).pop("connection", None)

    @cached_property
    def connection(self) -> Connection:
        """The way to DigiCert. What it takes is loaded at its first use: most previews find nothing new to ask."""
        from digicert_pulumi.runtime.connection import Connection  # noqa: PLC0415

        return Connection(self._config, self.host.engine())

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> Checked:
        """Validate the inputs, and on the first check add the snapshot of what would be hit."""
        inputs = parse(news, self.fields)
        failures = (
            _misplaced_keys(news) or self._unknown(news) + inputs.failures or self.contradictions(inputs)
        )
        if not failures:
            failures = self._show(inputs, olds)
        if isinstance(news.get(self.shown), Unknown):
            # Declared so in a preview: an update plan allows what is unknown to appear later, and nothing else.
            inputs.properties.setdefault(self.shown, UNKNOWN)
        return Checked(inputs.properties, [self._told(each) for each in failures])

    def create(self, props: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Do at DigiCert what is declared, unless it is done; the resource's id and its outputs."""
        return self.ensure(parse(props, self.fields), props.get(self.shown))

    def diff(self, olds: dict[str, Any], news: dict[str, Any]) -> Difference:
        """Tell what changed: a pure comparison of the state with the inputs."""
        # In canonical form: a state can hold a spelling that was canonical in an earlier release.
        before, after = (parse(properties, self.fields).properties for properties in (olds, news))
        changed = [name for name in self.fields if before.get(name) != after.get(name)]
        identity = () if self.is_the_same(olds, news) else self.identity
        replaces = [name for name in changed if name in identity or self.asks_again(name, olds)]
        if not replaces:
            self.stays(olds)
            if line := self.recorded_only(changed, olds):
                messages.info(line)
            else:
                self.remind(olds)
            if self.is_unfinished(olds, news):
                # Also where a refresh has cleared the error that the engine keeps of an unfinished resource.
                return Difference(changes=True)
        if not changed and olds.get(self.format.reviewed) == news.get(self.shown):
            return Difference(changes=False)
        # With `changes` left open the engine compares the inputs itself and shows the property lines.
        return Difference(changes=None, replaces=replaces)

    def read(self, id_: str, stored: dict[str, Any]) -> Seen | None:
        """Read what became of it; None where it is gone.

        Raises:
            FailureError: The id names another one than the properties do.
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
        """Read what stands at DigiCert, as an import needs it: by its id alone.

        Raises:
            FailureError: Nothing stands, or it is no id.
            CertCentralError: It could not be read.
        """

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """Record changed inputs, and go on with what is not finished; the outputs."""
        return self.resume(id_, self.format.with_inputs(olds, news), parse(news, self.fields))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Forget the resource. Nothing is sent: what was done cannot be undone."""
        if line := self.farewell(id_, props):
            messages.info(line)

    def contradictions(self, inputs: Inputs) -> list[Failure]:  # noqa: ARG002  # for those that have some
        """What is wrong with inputs that are right one by one."""
        return []

    @abstractmethod
    def name(self, properties: Mapping[str, Any]) -> str:
        """What the resource with these inputs or outputs is about, for a user to read. Of inputs it quotes ids alone."""

    def claims(self, properties: Mapping[str, Any]) -> list[tuple[str, str | None]]:
        """What no other resource should declare, each with its rival, where that is not the same."""
        return [(self.name(properties), None)]

    @abstractmethod
    def preview(self, inputs: Inputs) -> dict[str, Any]:
        """Read what would be hit, and give its snapshot.

        Raises:
            RefusedError: It is forbidden.
            CertCentralError: It could not be read.
        """

    @abstractmethod
    def ensure(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
        """Do what is declared; the resource's id and its outputs.

        Raises:
            UnfinishedError: It was done, and what had to follow failed.
        """

    @abstractmethod
    def observe(self, id_: str, stored: Mapping[str, Any]) -> dict[str, Any] | None:
        """Read what became of it; the outputs without the reviewed snapshot, None where it is gone."""

    @abstractmethod
    def resume(self, id_: str, stored: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
        """Go on with what is not finished; the outputs.

        Raises:
            UnfinishedError: It is not finished yet.
        """

    def _by_id(self, id_: str, **others: Any) -> Inputs:
        """The inputs that name a resource by its id, and others beside.

        Raises:
            FailureError: It is no id.
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
        """What an id names: `order`, `certificate` or `request`."""
        return self.fields[self.identity[0]].python_name.removesuffix("_id")

    def _adopted(self, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Seen:
        return Seen(id_, self.format.with_inputs(outputs, inputs), inputs)

    @abstractmethod
    def farewell(self, id_: str, stored: Mapping[str, Any]) -> str | None:
        """What a user has to know when the resource is forgotten."""

    @abstractmethod
    def is_unfinished(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether `resume` has something to do though no input changed."""

    def stays(self, olds: Mapping[str, Any]) -> None:  # noqa: B027  # for those that keep something
        """Take note of a resource that is declared as before, or with changes that do not replace it."""

    def remind(self, olds: Mapping[str, Any]) -> None:  # noqa: B027  # as above
        """Tell what a user has to know each time, once in a process."""

    def is_the_same(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:  # noqa: ARG002  # as above
        """Whether another identity is only another name for the same."""
        return False

    def asks_again(self, name: str, olds: Mapping[str, Any]) -> bool:  # noqa: ARG002  # as above
        """Whether a change of an input is a new request."""
        return False

    @abstractmethod
    def recorded_only(self, changed: list[str], olds: Mapping[str, Any]) -> str | None:
        """What a user has to know of changes that do not reach DigiCert."""

    def _told(self, failure: Failure) -> str:
        """Return the line about what is wrong, and tell programs."""
        problem = failure.problem or INVALID_INPUT
        line = self.host.spelled(masking.one_line(f"{failure.name} {failure.reason}".lstrip()), problem)
        tell(self.host.urn(), "check", line, problem)
        return line

    def _unknown(self, news: Mapping[str, Any]) -> list[Failure]:
        """Name the inputs that there are not: with a guard rail that is misspelt the guard itself would be gone."""
        there_are = {*self.fields, self.shown, "__provider"}
        unknown = [name for name, value in news.items() if name not in there_are and value is not None]
        return [
            Failure(name, f"is not an input of this resource{did_you_mean(name, self.fields)}")
            for name in unknown
        ]

    def _show(self, inputs: Inputs, olds: Mapping[str, Any]) -> list[Failure]:
        """Add the snapshot to the inputs: from the state where it is there, else read."""
        if line := self._not_known_yet(inputs):
            inputs.properties[self.shown] = UNKNOWN
            return self._not_shown(f"{line}, so this preview cannot show what would be revoked")
        known = parse(olds, self.fields).properties
        is_another = any(inputs.properties.get(name) != known.get(name) for name in self.identity)
        if self.shown in olds and not is_another:
            inputs.properties[self.shown] = olds[self.shown]
            failures = []
        else:
            failures = self._preview(inputs)
        self._warn_of_other_declarations(inputs.properties)
        return failures

    def _not_known_yet(self, inputs: Inputs) -> str | None:
        for identity in self.identity:
            if isinstance(inputs.properties.get(identity), Unknown):
                what = f"the {self.fields[identity].python_name.replace('_', ' ')}"
                name = self.name(inputs.properties)
                others_are_known = any(inputs.known(each) is not None for each in self.identity)
                of = f" of {name}" if others_are_known and name != what else ""
                return f"{what}{of} is not known yet"
        return None

    def _preview(self, inputs: Inputs) -> list[Failure]:
        try:
            inputs.properties[self.shown] = self.preview(inputs)
        except RefusedError as error:
            return [Failure("", error.refusal.reason, problem_of(error))]
        except NoApiKeyError as error:
            return self._not_shown(f"{messages.NOT_SHOWN}: {error}")
        except (SettingsError, CertificateNotFoundError) as error:
            return [Failure("", str(error), problem_of(error))]
        except CertCentralError as error:
            if error.fate is Fate.REFUSED:
                return [Failure("", str(error), problem_of(error))]
            # Nobody needs to be told for each order that the network is down.
            subject = ("unreachable", error.what) if isinstance(error, Unreachable) else None
            return self._not_shown(f"{messages.NOT_SHOWN}: {error}", subject)
        return []

    def _not_shown(self, line: str, subject: tuple[str, object] | None = None) -> list[Failure]:
        """Warn of what a reviewer does not see, or fail where nothing may be revoked without a review."""
        try:
            is_required = requires_review(self._config)
        except SettingsError as error:
            return [Failure("", str(error), problem_of(error))]
        if is_required:
            return [Failure("", f"{line.rstrip('.')}; digicert:requireReview makes this an error", NOT_SHOWN)]
        messages.warning_once(line, subject)
        return []

    def _warn_of_other_declarations(self, properties: Mapping[str, Any]) -> None:
        urn = self.host.urn()
        if urn is None:
            return
        for what, rival in self.claims(properties):
            earlier = declarations.of_engine(self.host.engine()).declare(what, urn, rival)
            if earlier is None:
                continue
            names = [each.rpartition("::")[2] for each in (earlier, urn)]
            # Resources of one name have other parents or types, which the URN tells.
            one, other = names if names[0] != names[1] else (earlier, urn)
            messages.warning(
                f"{self.name(properties)} is declared by both {one!r} and {other!r}; one request serves both, so declare it once"
                if rival is None
                else f"{rival} is declared by {one!r} and {what} by {other!r}; an open request of one blocks the other or is "
                "mistaken for its request, so declare only one of them"
            )


def _misplaced_keys(news: Mapping[str, Any]) -> list[Failure]:
    return [Failure(name, masking.MISPLACED) for name, value in news.items() if masking.holds_a_key(value)]
