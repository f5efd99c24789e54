"""A batch on its way through the database: in one transaction where it has to be, in slices elsewhere."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

import rpc
from app.declare import RESOURCES, Resource
from app.errors import Conflict, Invalid, Problem
from app.operations import idempotency
from app.operations.idempotency import Key
from app.web.jsonrpc.discovery import DISCOVER
from app.web.jsonrpc.faults import UNAVAILABLE, fault_of
from app.web.jsonrpc.methods import DISCOVERY, Calling, Verb, methods_of
from app.web.jsonrpc.performing import Performed, answer_of, is_kept
from app.web.service import Service
from app.work import Actor, Work
from workflow.errors import Refused

SLICE = 0.05  # seconds after which a batch that may lets others in

log = structlog.get_logger("postil.rpc")


@dataclass(frozen=True)
class Asked:
    """How a batch is to be run: by whom, in which mode, and under which Idempotency-Key.

    ADDRESS is the URL of the endpoint, which `rpc.discover` tells.
    """

    actor: Actor
    request_id: str
    address: str
    mode: rpc.Mode = rpc.Mode.STOP
    is_dry: bool = False
    key: Key | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of it is one transaction."""
        return self.is_dry or self.mode is rpc.Mode.ATOMIC

    def key_of(self, n: int, *, is_many: bool) -> Key | None:
        """The key of call N: in a batch `<key>:<n>`. What is kept by nothing has none."""
        if self.key is None or self.is_dry:
            return None
        return Key(f"{self.key.text}:{n}", self.key.fingerprint) if is_many else self.key


class _Dry(Exception):
    """A batch ran, and is to leave nothing."""

    def __init__(self, progress: rpc.Progress) -> None:
        super().__init__("nothing is kept")
        self.progress = progress


async def answer(service: Service, card: Resource | None, body: Any, asked: Asked) -> Any:
    """The answer to BODY, sent to CARD's endpoint (None: that of all). Raises Overloaded, Unavailable."""
    batch = rpc.Batch(body, limit=service.batch_limit)
    names = {call.method for call in batch.calls if call}
    found = [method for name in names if (method := _find(card, name))]
    time = _Time(service.batch_seconds)
    step = partial(_run, asked=asked, batch=batch, card=card, time=time)
    database, progress = service.database, rpc.Progress()
    run = database.read if all(verb.is_read for _, verb in found) else database.write
    try:
        while not batch.is_done(progress):
            progress = await run(asked.actor, partial(step, progress=progress))
    except _Dry as dry:
        progress = dry.progress
    except rpc.Undone as undone:
        await _keep(service, asked, batch, undone)
        return undone.reply
    if run == database.write and any(one and one.key_scope == "admin" for one, _ in found):
        service.keys.forget()  # a key or its account may have changed
    return batch.reply(progress)


def _run(
    work: Work,
    progress: rpc.Progress,
    asked: Asked,
    batch: rpc.Batch,
    card: Resource | None,
    time: "_Time",
) -> rpc.Progress:
    """What has come of BATCH after a further slice of it, or all that is left. Raises Undone, _Dry."""
    time.begin()
    rules = rpc.Rules(
        asked.mode,
        Performed(work, partial(asked.key_of, is_many=batch.is_many)),
        partial(_on_crash, asked.request_id),
        (work.connection.failure,),
        (lambda: False) if asked.is_whole else time.is_due,
        time.overdue,
    )
    methods = _Methods(Calling(work, asked.mode is rpc.Mode.ATOMIC, asked.address), card)
    progress = batch.run(methods, progress, rules)
    time.end()
    if asked.is_dry:
        raise _Dry(progress)
    return progress


async def _keep(service: Service, asked: Asked, batch: rpc.Batch, undone: rpc.Undone) -> None:
    """Keep the refusal that undid a batch, for the key of the call that was refused."""
    key, fault = asked.key_of(undone.failed, is_many=batch.is_many), undone.outcome.fault
    if key and fault and is_kept(fault):
        refusal = answer_of(fault)
        with suppress(Conflict, Invalid):  # another request with the key has come first: that one stays
            await service.database.write(
                asked.actor, lambda work: idempotency.keep_refusal(work, key, refusal)
            )


class _Time:
    """How long a batch has been run, in slices, of the seconds that it may."""

    def __init__(self, seconds: float) -> None:
        self._left = self._seconds = seconds
        self._began = 0.0

    def begin(self) -> None:
        self._began = time.monotonic()

    def end(self) -> None:
        self._left -= self._taken()

    def is_due(self) -> bool:
        return self._taken() > SLICE

    def overdue(self) -> rpc.Fault | None:
        if self._taken() <= self._left:
            return None
        return rpc.Fault(
            UNAVAILABLE,
            f"not run: a batch may take {self._seconds:g} seconds; send the rest in further ones",
            {"code": "batch_overdue", "batch_seconds": self._seconds},
        )

    def _taken(self) -> float:
        return time.monotonic() - self._began


class _Methods(Mapping[str, rpc.Method]):
    """The methods that may be named, bound to a transaction when they are looked up."""

    def __init__(self, calling: Calling, card: Resource | None) -> None:
        self._calling = calling
        self._card = card
        self._bound: dict[str, rpc.Method] = {}

    def __getitem__(self, name: str) -> rpc.Method:
        if name not in self._bound:
            if (found := _find(self._card, name)) is None:
                raise KeyError(name)
            card, verb = found
            run_many = verb.run_many and partial(_told, verb.run_many, self._calling, card)
            run = partial(_told, verb.run, self._calling, card)
            self._bound[name] = rpc.Method(run, is_read=verb.is_read, run_many=run_many)
        return self._bound[name]

    def __iter__(self) -> Iterator[str]:
        yield DISCOVER
        for card in [self._card] if self._card else RESOURCES.values():
            for name in methods_of(card):
                yield name if self._card else f"{card.type}.{name}"

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _find(card: Resource | None, name: str) -> tuple[Resource | None, Verb] | None:
    """The method that NAME names at CARD's endpoint, and the card that it is of."""
    if name == DISCOVER:
        return card, DISCOVERY
    if card is None:
        type, _, name = name.partition(".")
        card = RESOURCES.get(type)
    verb = methods_of(card).get(name) if card else None
    return (card, verb) if card and verb else None


def _told(
    run: Callable[[Calling, Any, Any], Any], calling: Calling, card: Resource | None, params: Any
) -> Any:
    """What RUN gives; its failures as faults that the client is told."""
    try:
        return run(calling, card, params)
    except (Problem, Refused) as error:
        raise fault_of(error) from error


def _on_crash(request_id: str, error: Exception) -> dict[str, str]:
    """What a client is told of a crash: the id under which the log has the rest."""
    log.error("crash", request_id=request_id, exc_info=error)
    return {"id": request_id}
