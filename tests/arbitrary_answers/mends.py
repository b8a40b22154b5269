"""The mends of this package that can be taken out again, each by a small change of its source."""

from __future__ import annotations

from typing import NamedTuple


class Edit(NamedTuple):
    """A change of a file: the text that is there once, and what takes its place."""

    file: str
    old: str
    new: str


class Mend(NamedTuple):
    """A mend.

    Attributes:
        name: What it sees to.
        without: What takes it out.
    """

    name: str
    without: tuple[Edit, ...]


_CERTIFICATES = "digicert_pulumi/orders/certificates.py"
_RULES = "digicert_pulumi/revoking/rules.py"
_REQUESTS = "digicert_pulumi/revoking/requests.py"
_NOTICES = "digicert_pulumi/revoking/notices.py"
_SUBMISSION = "digicert_pulumi/revoking/submission.py"
_OF_A_CERTIFICATE = "digicert_pulumi/resources/certificate.py"
_MODELS = "digicert_pulumi/certcentral/models.py"


def _mend(name: str, *edits: tuple[str, str, str]) -> Mend:
    return Mend(name, tuple(Edit(*edit) for edit in edits))


MENDS = (
    # The right thing, or nothing.
    _mend(
        "a certificate without an id is not the whole order",
        (
            _CERTIFICATES,
            'else:\n        happened = f"DigiCert shows no id',
            'else:\n        return None\n        happened = f"DigiCert shows no id',
        ),
        (
            _OF_A_CERTIFICATE,
            "        return inputs.spec(SingleCertificate(located.id), located.order.id)",
            """\
        from digicert_pulumi.revoking.spec import WholeOrder
        id_ = located.id
        return inputs.spec(WholeOrder() if id_ is None else SingleCertificate(id_), located.order.id)""",
        ),
        (
            _OF_A_CERTIFICATE,
            "        raise TypeError(spec.scope)",
            "        return str(spec.order_id)",
        ),
    ),
    _mend("of several ids none is taken", (_CERTIFICATES, "if len(ids) > 1:", "if not ids:")),
    _mend(
        "the order's own certificate goes before the lists",
        (
            _CERTIFICATES,
            "if (each := _primary(order, wanted))] or [",
            "if (each := _listed(client, order, wanted))] or [",
        ),
        (
            _CERTIFICATES,
            "        each for order in orders if (each := _listed(client, order, wanted))\n",
            "        each for order in orders if (each := _primary(order, wanted))\n",
        ),
    ),
    _mend(
        "serial numbers are numbers",
        (
            "digicert_pulumi/orders/serial_number.py",
            ', "", written).lstrip("0") or "0"\n    return digits if len(digits) % 2 == 0 else f"0{digits}"',
            ', "", written)\n    return digits',
        ),
    ),
    _mend(
        "a serial number is looked for in whole bytes",
        (
            "digicert_pulumi/orders/serial_number.py",
            'return digits if len(digits) % 2 == 0 else f"0{digits}"',
            "return digits",
        ),
    ),
    _mend(
        "a text of digits alone may be decimal",
        (_CERTIFICATES, 'if self.may_be_decimal else ""', 'if self is None else ""'),
    ),
    _mend(
        "an answer in which a name stands twice tells nothing",
        (
            "digicert_pulumi/certcentral/answers.py",
            "object_pairs_hook=_distinct",
            "object_pairs_hook=dict",
        ),
    ),
    _mend(
        "the snapshot names the ids of the other certificates",
        (
            "digicert_pulumi/resources/state.py",
            "            certificateId=certificate.id,\n            commonName",
            "            commonName",
        ),
    ),
    _mend(
        "the snapshot names the certificate's id",
        (
            "digicert_pulumi/resources/state.py",
            "        certificateId=certificate.id,\n        serialNumber",
            "        serialNumber",
        ),
    ),
    _mend(
        "the snapshot names the certificate's thumbprint",
        ("digicert_pulumi/resources/state.py", "        thumbprint=certificate.thumbprint,\n", ""),
    ),
    _mend(
        "names are composed before they are compared",
        (
            "digicert_pulumi/orders/names.py",
            'idna.encode(unicodedata.normalize("NFC", label), uts46=True)',
            "label.encode()",
        ),
    ),
    _mend(
        "names in A-labels are the same names",
        (
            "digicert_pulumi/orders/names.py",
            'idna.encode(unicodedata.normalize("NFC", label), uts46=True).decode().lower()',
            'unicodedata.normalize("NFC", label).lower()',
        ),
    ),
    _mend(
        "the dot of the root is no part of a name",
        ("digicert_pulumi/orders/names.py", "        labels.pop()\n", "        pass\n"),
    ),
    _mend(
        "a run of blanks is one blank in a name",
        (
            "digicert_pulumi/orders/names.py",
            'return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).split())',
            'return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())',
        ),
    ),
    _mend(
        "a name that may look like another one is told in code points",
        (
            "digicert_pulumi/orders/names.py",
            'return repr(name) if ascii(name) == repr(name) else f"{name!r} ({name!a})"',
            "return repr(name)",
        ),
    ),
    _mend(
        "a misspelt input is refused",
        (
            "digicert_pulumi/resources/lifecycle.py",
            "self._unknown(news) + inputs.failures",
            "inputs.failures",
        ),
    ),
    # Never a second request.
    _mend(
        "a request with an unknown status is open",
        (_REQUESTS, "return status not in DECIDED_STATUSES", "return status in OPEN_STATUSES"),
    ),
    _mend(
        "a request that cannot be read stands in the way",
        (_REQUESTS, "(request for request in order.unreadable_requests if request.may_revoke)", "()"),
    ),
    _mend(
        "requests of two types with one id cannot be read",
        (_MODELS, "if types[request.id] > 1 or (", "if types[request.id] > 9 or ("),
    ),
    _mend(
        "a request that is of another type when read by itself is as its order shows it",
        ("digicert_pulumi/orders/reader.py", "if read.type == shown.type:", "if read:"),
    ),
    _mend(
        "a request of an unknown type stands in the way",
        (_REQUESTS, "if r.type not in REQUEST_TYPES and is_open(r)", "if not r.type"),
    ),
    _mend(
        "an order's lock is the machine's",
        (
            "digicert_pulumi/runtime/account.py",
            "return OrderLocks(folder, messages",
            "return OrderLocks(None, messages",
        ),
    ),
    _mend(
        "what was read while another process sent is read again",
        (
            "digicert_pulumi/revoking/order_lock.py",
            "self._record(_Put(time.time(), answered=True, ",
            "self._record(_Put(put.at, answered=True, ",
        ),
    ),
    _mend(
        "a PUT of unknown fate is not sent again",
        (
            "digicert_pulumi/revoking/steps.py",
            "(Step.POLL, Event.NOTHING): Step.UNKNOWN",
            "(Step.POLL, Event.NOTHING): Step.SEND",
        ),
        (
            _SUBMISSION,
            "            run.cause = error\n        return Event.NOTHING",
            "            run.cause = error\n        run.held.is_answered()\n        return Event.NOTHING",
        ),
    ),
    _mend(
        "only a new request with the same comments answers a PUT of unknown fate",
        (
            _SUBMISSION,
            "if not (is_new(request, run.before) and same_comments(shown, spec)):",
            "if not shown.id:",
        ),
    ),
    _mend(
        "what was decided for one certificate is not decided for another one",
        (
            "digicert_pulumi/revoking/known_requests.py",
            "action = decide(with_requests(target, own), spec)",
            "action = decide(target, spec)",
        ),
    ),
    _mend(
        "a request for one certificate answers no PUT for another one",
        (
            "digicert_pulumi/revoking/known_requests.py",
            "if isinstance(action, Adopt) and not self._is_for(action.request, spec):",
            "if False:",
        ),
    ),
    _mend(
        "a rejection counts for the certificate that it was for",
        (
            _RULES,
            'newest_request(order, {"rejected"}, spec if target.single else None)',
            'newest_request(order, {"rejected"})',
        ),
    ),
    _mend(
        "after a 429 the order is looked at again",
        (
            "digicert_pulumi/revoking/turn.py",
            "                moment = NEVER\n                with attempt",
            "                with attempt",
        ),
    ),
    _mend(
        "an operation that was given up sends nothing",
        ("digicert_pulumi/certcentral/pacer.py", "        if self._interrupted():\n", "        if False:\n"),
    ),
    _mend(
        "an approved request is not repeated in the same words",
        (_RULES, "    if approved:\n        return AlreadyApproved(approved)\n", ""),
    ),
    _mend(
        "a rejected request is not repeated in the same words",
        (_RULES, "if rejected and same_comments(rejected, spec):", "if rejected and not spec.comments:"),
    ),
    _mend(
        "a decided request whose comments nobody tells may be this one",
        (
            _RULES,
            "        if request.comments is None:\n            reason",
            "        if not request:\n            reason",
        ),
    ),
    _mend(
        "a decided request of an unknown type may be this one",
        (_RULES, "not in REQUEST_TYPES and same_comments(request, spec):", "== spec.comments:"),
    ),
    _mend(
        "a revoked certificate keeps the request that revoked it",
        (
            _RULES,
            '            approved or (newest_request(order, {"approved"}) if',
            '            (newest_request(order, {"approved"}) if',
        ),
    ),
    _mend(
        "a request with an unknown status can be decided",
        (
            "digicert_pulumi/revoking/approval.py",
            '    if not is_open(request):\n        reason = f"{name} is already {request.status}',
            '    if request.status not in ("submitted", "pending"):\n        reason = f"{name} is already {request.status}',
        ),
    ),
    _mend(
        "a preview that will ask again says so",
        (
            _NOTICES,
            "    if last is None:\n        return None\n",
            "    if last is None or last:\n        return None\n",
        ),
    ),
    _mend(
        "ids that the engine would round are none",
        (_MODELS, "Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]", "int"),
    ),
    _mend(
        "a status that is not known is told",
        (_NOTICES, "if is_open(request) and request.status not in OPEN_STATUSES:", "if not request:"),
    ),
    _mend(
        "a second open request is told",
        (_NOTICES, "or len(opened) < 2:", "or len(opened) < 99:"),
    ),
    _mend(
        "an order that is declared twice is told",
        (
            "digicert_pulumi/resources/lifecycle.py",
            "        if urn is None:\n            return []\n",
            "        if urn or not urn:\n            return []\n",
        ),
    ),
    _mend(
        "an id that is read names the request that stands",
        (
            "digicert_pulumi/revoking/observation.py",
            "if adopt and not target.single else None",
            "if not target else None",
        ),
    ),
    # Nothing in this package sends in a preview. So what would is put in with the mend that stops it taken out.
    _mend(
        "a preview that would send is stopped",
        (
            "digicert_pulumi/certcentral/session.py",
            "if not self._may_send():",
            "if not self:",
        ),
        (
            "digicert_pulumi/resources/lifecycle.py",
            "            failures = self._show(inputs, olds)\n",
            (
                "            failures = self._show(inputs, olds)\n"
                "        if not failures and not olds and self.shown in inputs.properties:\n"
                "            self.create(dict(inputs.properties))\n"
            ),
        ),
    ),
    # One order never stops the others.
    _mend(
        "an order that cannot be read stops no import",
        (
            "digicert_pulumi/cli/import_.py",
            "        failures.add(error)\n        return []\n",
            "        raise\n",
        ),
    ),
    _mend(
        "an order that cannot be read stops no incident",
        ("digicert_pulumi/incident/survey.py", "            failures.add(error)\n", "            raise\n"),
    ),
    _mend(
        "a list of siblings that cannot be read stops nothing",
        (_CERTIFICATES, "            unread.append(", "            raise\n            unread.append("),
    ),
    _mend(
        "only DigiCert's own word takes an order out of the state",
        (
            "digicert_pulumi/certcentral/answers.py",
            ' and call.order_id is not None and set(codes) == {"not_found|order"}:',
            " and call.order_id is not None:",
        ),
    ),
    _mend(
        "a field that no decision needs may be anything",
        (
            "digicert_pulumi/certcentral/decoding.py",
            "            if needed:\n                raise",
            "            if name:\n                raise",
        ),
    ),
    _mend(
        "a request without a date is a request",
        (
            _MODELS,
            'needed: ClassVar[tuple[str, ...]] = ("id", "type", "status")\n\n    id: Id\n    date: str | None\n',
            'needed: ClassVar[tuple[str, ...]] = ("id", "date", "type", "status")\n\n    id: Id\n    date: str\n',
        ),
    ),
    _mend(
        "a gateway's page is not DigiCert's no",
        (
            "digicert_pulumi/certcentral/answers.py",
            "if issubclass(kind, Refused) and not codes and not message:",
            "if not kind:",
        ),
    ),
    _mend(
        "a list may be empty in every way",
        (
            "digicert_pulumi/certcentral/answers.py",
            "    if answer.status == HTTPStatus.NO_CONTENT or (",
            "    if answer.status == 299 or (",
        ),
    ),
    _mend(
        "no time for a second attempt is a time",
        (
            "digicert_pulumi/runtime/settings.py",
            '"retryTimeout", 45.0, or_none=True)',
            '"retryTimeout", 45.0)',
        ),
    ),
    # What is read.
    _mend(
        "foreign text is one clean line",
        (
            "digicert_pulumi/text/printable.py",
            '    line = " ".join(',
            '    return text\n    line = " ".join(',
        ),
    ),
)
