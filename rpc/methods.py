"""A row of a method table, and what a method may raise; knows nothing of the wire."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from inspect import Parameter, Signature
from typing import Any

from jsonrpcserver import Success

Run = Callable[[Mapping[str, Any]], Any]  # the parameters by name -> the result, or a Fault
RunMany = Callable[[Sequence[Mapping[str, Any]]], list[Any]]  # of many calls -> their results, in order


# Not frozen: contextlib sets __traceback__ on what passes through a context manager.
@dataclass(eq=False)
class Fault(Exception):
    """A failure that the client is told of, word for word: a code of rpc.codes, a short sentence, details."""

    code: int
    message: str
    data: Any = None  # JSON-able; None is left out

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


@dataclass(frozen=True)
class Method:
    """A function of its parameters by name, and the NAMES that positions stand for.

    RUN_MANY runs many calls together as RUN would one after the other, or raises where it cannot. Without
    NAMES, parameters go by name only. Positions may be fewer than NAMES: what is missing, unknown or wrong is
    RUN's own to refuse, with a Fault of INVALID_PARAMS. Raises ValueError at a name that is no Python
    identifier.
    """

    run: Run
    names: tuple[str, ...] = ()
    is_read: bool = False  # whether it changes nothing
    run_many: RunMany | None = None
    # Read by jsonrpcserver, which would otherwise work it out anew at every call.
    __signature__: Signature = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "__signature__", _signature_of(self.names))

    def __call__(self, /, *positions: Any, **params: Any) -> Any:
        """What jsonrpcserver calls: binds the parameters, and leaves the running to a Performer.

        So its own handling of crashes, which sends their text to the client, has nothing to handle.
        """
        params.update(zip(self.names, positions, strict=False))
        return Success(partial(self.run, params))


@lru_cache(256)
def _signature_of(names: tuple[str, ...]) -> Signature:
    positions = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=None) for name in names]
    return Signature([*positions, Parameter("_params", Parameter.VAR_KEYWORD)])
