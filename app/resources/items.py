"""What tells the item of an entry from others: its content where Postil has it, and where it came from."""

from hashlib import blake2b

from app.declare import Values
from app.errors import Fault, Invalid

MOST_SIDE = 1_000_000  # pixels


def key_of(resource: str) -> str:
    """The address or name RESOURCE, as short as an index likes it."""
    return blake2b(f"resource {resource}".encode(), digest_size=12).hexdigest()


def check_size(values: Values) -> None:
    """Raise Invalid where VALUES give a picture a side that none has."""
    faults = [
        Fault("attribute_invalid", f"{name} is from 1 to {MOST_SIDE} pixels", f"/data/attributes/{name}")
        for name in ("width", "height")
        if values.get(name) is not None and not 1 <= values[name] <= MOST_SIDE
    ]
    if faults:
        raise Invalid(*faults)
