"""The nouns of a gated message: what the gate lets a sender do, its handle, and what became of it."""

from __future__ import annotations

from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

import msgspec

from troth.errors import GateError, Place, Problem, TrothError
from troth.model.decision import Decision, Reason, Request

_T = TypeVar("_T")

Mode: TypeAlias = Literal["enforce", "shadow"]
"""`enforce`: nothing goes without the gate's leave. `shadow`: everything goes as before; what the gate would have done
is counted."""

Standing: TypeAlias = Literal[
    "permitted", "held", "suppressed", "replaced", "withdrawn", "used", "failed_before", "unreachable", "refused"
]
"""permitted: it may go · held: not now · suppressed: not at all · replaced: another message may go, which this sender
cannot make · withdrawn: permitted, and no longer so just before hand-over · used: this very message was handed over
before, or perhaps · failed_before: so often was it tried in vain that it is not tried again · unreachable: the gate
gave no answer · refused: in shadow, the question itself is wrong (key, scope, message); in enforce that is an error."""

Status: TypeAlias = Literal[
    "sent", "failed", "unsure", "held", "suppressed", "replaced", "withdrawn", "used", "failed_before", "unreachable"
]
"""sent: handed over · failed: not handed over although it might have been · unsure: perhaps handed over · the others:
see `Standing`; nothing was handed over."""

NO: dict[str, Standing] = {"HOLD": "held", "SUPPRESS": "suppressed"}
USED = "G704"
"""Code of a permit that was used before."""
FAILED: Final = "G706"
"""Code of a permit that was used before, by a hand-over of which it was told that it failed."""


class Verdict(msgspec.Struct, frozen=True):
    """What a sender may do about one message.

    Attributes:
        standing: See `Standing`. In shadow mode: what would have been so.
        request: What was asked.
        message: The message that may go: the one asked for, or its replacement; empty: none.
        decision: The last decision that the gate gave; `None`: it gave none.
        code: Why it was withdrawn (G7xx); empty otherwise.
        open: True when it may go although the gate gave no answer.
        error: Why the gate gave none; in shadow also what was wrong with the question.
    """

    standing: Standing
    request: Request
    message: str = ""
    decision: Decision | None = None
    code: str = ""
    open: bool = False
    error: TrothError | None = None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return the reasons of the decision, strictest first."""
        return () if self.decision is None else self.decision.reasons


class Sending:
    """One message between the gate and its sender: the handle that a `with` block or a decorated function gets.

    Attributes:
        may_send: Whether to hand it over. False: do not.
        message: What to say: the message asked for, or the truthful one that stands in for it; empty: nothing.
        request: What was asked.
        verdict: What the gate lets the sender do; in shadow mode what it would have.
        mode: `enforce` or `shadow`.
        status: What became of it; empty until the block is left.
        told: Whether the receipt was taken in; false: it waits in the spool, or there is none.
    """

    def __init__(self, verdict: Verdict, mode: Mode) -> None:
        shadow = mode == "shadow"
        self.verdict = verdict
        self.mode: Mode = mode
        self.request = verdict.request
        self.may_send = shadow or bool(verdict.message)
        self.message = verdict.request.message if shadow else verdict.message
        self.status: Status | Literal[""] = ""
        self.told = False
        self._ended: Literal["", "failed", "unsure"] = ""

    @property
    def decision(self) -> Decision | None:
        """Return the gate's last decision; `None`: it gave none."""
        return self.verdict.decision

    @property
    def open(self) -> bool:
        """Return whether it goes although the gate gave no answer."""
        return self.mode == "enforce" and self.verdict.open

    @property
    def channel(self) -> str:
        """Return where it goes, as asked for or as permitted."""
        permit = None if self.verdict.decision is None else self.verdict.decision.permit
        return self.request.channel or ("" if permit is None else permit.channel)

    def failed(self) -> None:
        """Note that it was not handed over, although the block ends well."""
        self._ended = "failed"

    def unsure(self) -> None:
        """Note that nobody knows whether it was handed over: no receipt is told, the provider's will say."""
        self._ended = "unsure"

    def end(self, error: BaseException | None, unsure_on: tuple[type[BaseException], ...]) -> None:
        """Note how the block ended.

        Args:
            error: What it raised; `None`: nothing.
            unsure_on: Errors after which nobody knows whether it was handed over.
        """
        if not self.may_send:
            standing = self.verdict.standing
            assert standing != "permitted", "a permitted message may be sent"
            assert standing != "refused", "only a shadow goes on then, and it keeps nothing from going"
            self.status = standing
        elif isinstance(error, unsure_on) or not isinstance(error, Exception | None):
            # What ends a process or cancels a task may come at any moment, also after the hand-over.
            self.status = "unsure"
        else:
            self.status = "failed" if error is not None else (self._ended or "sent")


class NotSentError(GateError):
    """A message was not handed over.

    Args:
        sending: What the gate let its sender do.
    """

    def __init__(self, sending: Sending) -> None:
        """Say why."""
        self.sending = sending
        request, verdict = sending.request, sending.verdict
        why = "; ".join(f"{reason.code} {reason.text}" for reason in verdict.reasons) or verdict.code
        if verdict.error is not None:
            why = str(verdict.error)
        found = f"{request.message} was not sent: {sending.status}" + (f" ({why})" if why else "")
        super().__init__(Problem(Place(request.subject, path=request.id), "K106", found))


class Result(msgspec.Struct, Generic[_T], frozen=True):
    """What a gated function did.

    Attributes:
        status: See `Status`.
        value: What the function returned; `None` where it was not called.
        sending: The message, with the gate's decision.
    """

    status: Status
    value: _T | None
    sending: Sending

    @property
    def sent(self) -> bool:
        """Return whether it was handed over."""
        return self.status == "sent"

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return the reasons of the gate, strictest first."""
        return self.sending.verdict.reasons

    def require(self) -> Any:
        """Return what the function returned.

        Raises:
            NotSentError: It was not handed over.
        """
        if self.status != "sent":
            raise NotSentError(self.sending)
        return self.value
