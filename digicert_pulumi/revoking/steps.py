"""The steps of a revocation: which one follows which, as a table. DESIGN.md shows it."""

from __future__ import annotations

from enum import Enum


class Step(Enum):
    """What `Submission` does next for an order whose lock it holds."""

    WATCH = "watch"
    """Poll the order while a PUT that an earlier `pulumi up` sent may still be processed."""

    SEND = "send"
    """Wait for the turn, read the order unless a recent read is known, decide, and send the PUT."""

    ADOPT = "adopt"
    """Take what stands at DigiCert for the revocation. Nothing was sent."""

    READ_BACK = "read back"
    """Read the order after DigiCert accepted the PUT."""

    CHECK = "check"
    """Read the order once after DigiCert refused the PUT: a request may have been in its way."""

    POLL = "poll"
    """Poll the order for `settleTimeout`: DigiCert may have processed the PUT, or may be about to."""

    CONFIRM = "confirm"
    """Take what the order shows after the PUT for the revocation."""

    DONE = "done"
    """End: the outcome is known."""

    FAIL = "fail"
    """End with DigiCert's error: nothing stands."""

    UNKNOWN = "unknown"
    """End with an error of its own: nobody knows whether a request stands. The next `pulumi up` starts with WATCH."""


class Event(Enum):
    """How a step ended."""

    NOTHING = "nothing stands"
    STANDS = "a request stands, or the target is revoked"
    DECIDED = "the request was decided on since the list was read"
    ACCEPTED = "DigiCert accepted the PUT"
    NOT_PROCESSED = "DigiCert surely did not process the PUT"
    REFUSED = "DigiCert refused the PUT, or turned it away (429) for good"
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
"""What follows each step. An error in WATCH, SEND or ADOPT, the PUT's own excepted, ends the run: nothing was sent."""
