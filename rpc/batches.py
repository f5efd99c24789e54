"""Answers a JSON-RPC body, one call or many; knows nothing of what methods do, and reads no bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rpc.answers import Answer, cancelled, invalid_request, over_limit, refused
from rpc.calls import UNSET, Call, read
from rpc.dispatch import Outcome, outcome_of, outcomes_of
from rpc.methods import Method
from rpc.rules import Mode, Rules


class Undone(Exception):
    """A call failed in Mode.ATOMIC: whoever holds the transaction undoes it. REPLY is the whole answer."""

    def __init__(self, reply: Any, failed: int, outcome: Outcome) -> None:
        super().__init__(f"call {failed} failed")
        self.reply = reply
        self.failed = failed  # the number of the call, from 0
        self.outcome = outcome


@dataclass(frozen=True)
class Progress:
    """How far a batch has come: the next item, the answers so far, and whether a failure has stopped it."""

    at: int = 0
    answers: tuple[Answer, ...] = ()
    is_stopped: bool = False


class Batch:
    """A parsed body. Nothing changes it: what was run of it stands in a Progress."""

    def __init__(self, body: Any, *, limit: int) -> None:
        """LIMIT is in calls; a longer batch, or an empty one, is one refusal and nothing of it is run."""
        self.is_many = isinstance(body, list)
        self.refusal: Answer | None = None
        items = body if self.is_many else [body]
        if not items:
            self.refusal = invalid_request()
        elif len(items) > limit:
            self.refusal = over_limit(limit)
        self.calls: tuple[Call | None, ...] = () if self.refusal else tuple(read(item) for item in items)

    def is_done(self, progress: Progress) -> bool:
        return progress.at >= len(self.calls)

    def reply(self, progress: Progress) -> Any:
        """The answer to the body: one, a list of them, or None where nothing is to be said."""
        if self.refusal:
            return self.refusal
        answers = list(progress.answers)
        if self.is_many:
            return answers or None
        return answers[0] if answers else None

    def run(self, methods: Mapping[str, Method], progress: Progress, rules: Rules) -> Progress:
        """What has come of the batch after a further run. Raises Undone, and what RULES let pass.

        Calls run one after the other, and are answered in their order; neighbours of one method that can
        run many together do so, as long as none of them fails. In Mode.STOP the first failure of a method
        stops the batch: a Fault, a crash, or parameters that do not fit (-32602), of a notification too. The
        calls after it are not run, and are answered as cancelled; notifications among them stay silent. An
        item that reached no method stops nothing, for nothing was begun: what is no call (-32600), and an
        unknown method (-32601). What is no call is told so after a stop too; an unknown method is then
        cancelled like any call. Mode.ATOMIC is undone by these as well. Sources: the specification's mixed
        batch, whose last call succeeds after one of each, and the Dataset API's `batch_failure` of "stop".
        """
        answers, at, is_stopped = list(progress.answers), progress.at, progress.is_stopped
        while at < len(self.calls) and (at == progress.at or not rules.is_due()):
            outcomes = self._outcomes(at, methods, rules, is_stopped=is_stopped)
            for n, outcome in enumerate(outcomes, at):
                if rules.mode is Mode.ATOMIC and "error" in outcome.answer:
                    raise Undone(self._undone(n, outcome), n, outcome)
                is_stopped = is_stopped or (outcome.failed and rules.mode is Mode.STOP)
                call = self.calls[n]
                if call is None or call.id is not UNSET:
                    answers.append(outcome.answer)
            at += len(outcomes)
        return Progress(at, tuple(answers), is_stopped)

    def _outcomes(
        self, at: int, methods: Mapping[str, Method], rules: Rules, *, is_stopped: bool
    ) -> list[Outcome]:
        """What comes of the call AT, and of those after it that ran together with it."""
        call = self.calls[at]
        if call is None:
            return [Outcome(invalid_request(), failed=False)]
        if is_stopped:
            return [Outcome(cancelled(call.id), failed=False)]
        if fault := rules.overdue():
            return [Outcome(refused(fault, call.id), failed=False)]
        alike = self._alike(at, methods)
        if len(alike) > 1:
            outcomes = outcomes_of(at, alike, methods[call.method], rules)
            return outcomes or self._one_by_one(at, alike, methods, rules)
        return [outcome_of(at, call, methods, rules)]

    def _one_by_one(
        self, at: int, calls: list[Call], methods: Mapping[str, Method], rules: Rules
    ) -> list[Outcome]:
        """What comes of CALLS, which start AT, up to one that ends the run."""
        outcomes: list[Outcome] = []
        for n, call in enumerate(calls, at):
            if outcomes and (rules.is_due() or rules.overdue()):
                break
            outcomes.append(outcome_of(n, call, methods, rules))
            if outcomes[-1].failed and rules.mode is not Mode.CONTINUE:
                break
        return outcomes

    def _alike(self, at: int, methods: Mapping[str, Method]) -> list[Call]:
        """The neighbours from AT on that one method can run together."""
        first = self.calls[at]
        method = methods.get(first.method) if first else None
        if first is None or method is None or method.run_many is None:
            return []
        alike: list[Call] = []
        for call in self.calls[at:]:
            if call is None or call.method != first.method or not isinstance(call.params, dict):
                break
            alike.append(call)
        return alike

    def _undone(self, failed: int, outcome: Outcome) -> Any:
        """The answer to a batch of which call FAILED undid all."""
        answers = []
        for n, call in enumerate(self.calls):
            if n == failed:
                answer = outcome.answer
            else:
                answer = invalid_request() if call is None else cancelled(call.id, failed)
            if call is None or call.id is not UNSET:
                answers.append(answer)
        return self.reply(Progress(len(self.calls), tuple(answers)))


def answer(body: Any, methods: Mapping[str, Method], *, limit: int, rules: Rules | None = None) -> Any:
    """The answer to BODY, a parsed JSON value: one, a list of them, or None where nothing is to be said."""
    batch, progress, rules = Batch(body, limit=limit), Progress(), rules or Rules()
    while not batch.is_done(progress):
        progress = batch.run(methods, progress, rules)
    return batch.reply(progress)
