"""One round of sending: the letters of a claim, one after another, and what came of each."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.attributes import wire_time
from app.fetching import FetchFailed, Limits
from app.jobs.letters import Letter, headers_of
from app.jobs.outbox import SICK, Attempt, Claim, Pending, Report
from app.resources.webhook_rows import PING, WebhookDelivery
from app.work import Sources

NOT_ACCEPTED = "not_accepted"
EVENT_GONE = "event_gone"
_PATIENT = frozenset({429, 503})  # statuses at which Retry-After is heeded


@dataclass(frozen=True)
class Pace:
    """How long things take, in seconds."""

    poll: float = 0.5  # between looks for new events
    answer: float = 10.0  # that a receiver is given
    batch: float = 10.0  # after which no further letter of a claim is sent
    lease: float = 30.0  # longer than a batch and an answer
    first_retry: float = 5.0  # three times as long after each further failure
    longest_retry: float = 2 * 3600.0
    longest_rest: float = 300.0
    give_up: float = 86_400.0  # after the first attempt
    purge: float = 3600.0

    def retry(self, failures: int) -> float:
        """How long to wait after FAILURES attempts."""
        return float(min(self.first_retry * 3.0 ** min(failures - 1, 20), self.longest_retry))

    def rest(self, failures_in_a_row: int) -> float:
        return min(self.retry(failures_in_a_row - SICK + 1), self.longest_rest)


class Round:
    """Sends the letters of CLAIM at PACE, until all are sent, it has failed often, or IS_STOPPING."""

    def __init__(self, claim: Claim, sources: Sources, pace: Pace, is_stopping: Callable[[], bool]) -> None:
        self._claim = claim
        self._sources = sources
        self._pace = pace
        self._is_stopping = is_stopping
        self._end = time.monotonic() + pace.batch
        self._blocked: set[str | None] = set()  # records of which something earlier is not through
        webhook = claim.webhook
        self._report = Report(
            position=claim.position,
            failures_in_a_row=webhook.failures_in_a_row,
            resting_until=webhook.resting_until,
        )
        self._is_braked = False

    def sent(self) -> Report:
        """What came of it."""
        for pending in self._claim.pending:
            if self._is_over():
                return self._report
            self._try_again(pending)
        for letter in self._claim.fresh:
            if self._is_over():
                return self._report
            self._send_first(letter)
        self._report.position = self._claim.through
        return self._report

    def _is_over(self) -> bool:
        return self._is_braked or self._is_stopping() or time.monotonic() > self._end

    def _try_again(self, pending: Pending) -> None:
        delivery = pending.delivery
        if pending.is_gone:
            self._report.tried.append((pending, Attempt(self._sources.clock(), None, EVENT_GONE)))
        elif pending.letter is None or (delivery.sequence and delivery.record_id in self._blocked):
            self._blocked.add(delivery.record_id)
        else:
            self._report.tried.append((pending, self._attempt(pending.letter, delivery)))

    def _send_first(self, letter: Letter) -> None:
        assert letter.sequence is not None
        self._report.position = letter.sequence
        if letter.record_id in self._blocked:
            self._report.held.append(letter)
        else:
            self._report.sent.append((letter, self._attempt(letter, None)))

    def _attempt(self, letter: Letter, delivery: WebhookDelivery | None) -> Attempt:
        at = self._sources.clock()
        status, error_code, wait = self._send(letter, at)
        if letter.event_type == PING and error_code:  # a test is made once, and says nothing of the others
            return Attempt(at, status, error_code)
        if error_code is None:
            self._report.failures_in_a_row, self._report.resting_until = 0, None
            return Attempt(at, status, None)
        self._note_failure()
        attempt = Attempt(at, status, error_code, self._next(at, delivery, wait))
        if attempt.next_attempt_at is not None:
            self._blocked.add(letter.record_id)
        return attempt

    def _send(self, letter: Letter, at: str) -> tuple[int | None, str | None, float]:
        """The status, why it failed if it did, and the seconds that the receiver asks to wait."""
        webhook = self._claim.webhook
        headers = headers_of(letter, webhook.secret, int(datetime.fromisoformat(at).timestamp()))
        limits = Limits(seconds=self._pace.answer)
        try:
            answer = self._sources.fetcher.send(
                "POST", webhook.url, headers, letter.body, limits=limits, wants_body=False
            )
        except FetchFailed as error:
            return None, error.code, 0
        if 200 <= answer.status < 300:
            return answer.status, None, 0
        asked = answer.headers.get("retry-after", "") if answer.status in _PATIENT else ""
        wait = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 0
        return answer.status, NOT_ACCEPTED, wait

    def _note_failure(self) -> None:
        report = self._report
        report.failures_in_a_row += 1
        if report.failures_in_a_row >= SICK:
            self._is_braked = True
            report.resting_until = later(self._sources.clock(), self._pace.rest(report.failures_in_a_row))

    def _next(self, at: str, delivery: WebhookDelivery | None, wait: float) -> str | None:
        """When it is tried next; None where it was tried for a day."""
        last = later((delivery and delivery.first_attempt_at) or at, self._pace.give_up)
        if at >= last:
            return None
        pause = self._pace.retry((delivery.attempt if delivery else 0) + 1)
        pause *= 0.9 + 0.2 * self._sources.chance()  # so that many do not come back at once
        return min(later(self._sources.clock(), max(pause, min(wait, self._pace.longest_retry))), last)


def later(moment: str, seconds: float) -> str:
    """The time SECONDS after MOMENT."""
    return wire_time(datetime.fromisoformat(moment) + timedelta(seconds=seconds))
