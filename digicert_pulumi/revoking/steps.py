"""The steps of a revocation and their transitions, as a table. DESIGN.md shows it."""

from __future__ import annotations

from enum import Enum


class Step(Enum):
    """A step that `Submission` takes while it holds the order's lock."""

    WATCH = "watch"
    """Poll the order while a PUT that an earlier `pulumi up` sent may still be processed."""

    SEND = "send"
    """Wait for the turn at the rate limiter, read the order unless a recent read is known, decide, and send the PUT."""

    ADOPT = "adopt"
    """Adopt the request at DigiCert, or the revoked target. Nothing was sent."""

    READ_BACK = "read back"
    """Read the order after DigiCert accepted the PUT."""

    CHECK = "check"
    """Read the order once after DigiCert refused the PUT: an existing request may be the cause."""

    POLL = "poll"
    """Poll the order for `settleTimeout`: DigiCert may have processed the PUT, or may be about to."""

    CONFIRM = "confirm"
    """Adopt the request, or the revoked target, that the order shows after the PUT."""

    DONE = "done"
    """End: the outcome is known."""

    FAIL = "fail"
    """End with DigiCert's error: there is no request, and the target isn't revoked."""

    UNKNOWN = "unknown"
    """End with `FateUnknownError`: DigiCert may have processed the PUT. The next `pulumi up` starts with WATCH."""


class Event(Enum):
    """How a step ended."""

    NOTHING = "no such request exists, and the target is not revoked"
    STANDS = "the request exists, or the target is revoked"
    DECIDED = "the request was decided after the list was read"
    ACCEPTED = "DigiCert accepted the PUT"
    NOT_PROCESSED = "DigiCert did not process the PUT"
    REFUSED = "DigiCert refused the PUT, or answered 429 to the last attempt"
    LOST = "DigiCert may have processed the PUT"


NEXT = {
    (Step.WATCH, Event.NOTHING): Step.SEND,
    (Step.WATCH, Event.STANDS): Step.ADOPT,
    (Step.SEND, Event.STANDS): Step.ADOPT,
    (Step.SEND, Event.ACCEPTED): Step.READ_BACK,
    (Step.SEND, Event.NOT_PROCESSED): Step.FAIL,
    (Step.SEND, Event.REFUSED): Step.CHECK,
    (Step.SEND, Event.LOST): Step.POLL,
    (Step.ADOPT, Event.STANDS): Step.DONE,
    (Step.ADOPT, Event.DECIDED): Step.WATCH,
    (Step.READ_BACK, Event.STANDS): Step.DONE,
    (Step.CHECK, Event.STANDS): Step.CONFIRM,
    (Step.CHECK, Event.NOTHING): Step.FAIL,
    (Step.POLL, Event.STANDS): Step.CONFIRM,
    (Step.POLL, Event.NOTHING): Step.UNKNOWN,
    (Step.CONFIRM, Event.STANDS): Step.DONE,
    (Step.CONFIRM, Event.DECIDED): Step.FAIL,
}
"""The next step for each event. Any error in WATCH, SEND or ADOPT, except the PUT's, ends the run: nothing was sent."""
