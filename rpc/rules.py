"""How the calls of a batch are run; knows nothing of the wire."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from rpc.methods import Fault, Method

OnCrash = Callable[[Exception], Mapping[str, Any] | None]  # what a method raised -> what the client may see

logger = logging.getLogger(__name__)


class Mode(Enum):
    """What becomes of the calls of a batch where one fails."""

    STOP = "stop"  # those before it stay, those after it are not run
    CONTINUE = "continue"  # each is on its own
    ATOMIC = "atomic"  # none of them stays


class Performer:
    """How calls are performed: here, they just are. Who keeps them in a transaction has one of their own.

    Where a call raises, nothing of it is to stay; where it gives a Fault, it failed and what it did stays.
    """

    def one(self, n: int, method: Method, run: Callable[[], Any]) -> Any:
        """What RUN gives: the result of call number N (from 0) of METHOD."""
        return run()

    def many(self, n: int, method: Method, params: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The results of the calls of METHOD from number N on, together: all, or it raises."""
        assert method.run_many is not None
        return method.run_many(params)


def log_crash(crash: Exception) -> None:
    """The hook where the caller gives none: the crash is logged, and the client is told no more."""
    logger.error("a method crashed", exc_info=crash)


@dataclass(frozen=True)
class Rules:
    """How calls are run.

    ON_CRASH is handed what a method raised that is no Fault; what it gives becomes `error.data`, all that the
    client hears. PASSING are the exceptions that end the whole run instead. IS_DUE is asked between calls
    whether to leave the rest to a further run; OVERDUE, whether to refuse the rest by a Fault.
    """

    mode: Mode = Mode.STOP
    performer: Performer = field(default_factory=Performer)
    on_crash: OnCrash = log_crash
    passing: tuple[type[Exception], ...] = ()
    is_due: Callable[[], bool] = lambda: False
    overdue: Callable[[], Fault | None] = lambda: None
