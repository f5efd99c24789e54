"""The labels of configurations that are in use, compiled once for each text."""

from functools import lru_cache

import msgspec

from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.labels.compiling import compiled
from workflow.labels.declared import Labels
from workflow.labels.reading import canonical

_USUAL = 10_000  # characters: of such many are kept


def labels_of(text: str) -> Labels:
    """The labels that TEXT declares: a configuration as JSON. Raises BadConfiguration where it is none."""
    return _usual(text) if len(text) <= _USUAL else _large(text)


def _compiled(text: str) -> Labels:
    try:
        configuration = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise BadConfiguration(
            [ConfigurationFault("", "labels_invalid", f"it is no JSON: {error}")]
        ) from None
    return compiled(canonical(configuration))


# Compiled they take up to 36 times their text, large ones 17 times: all that is kept stays below 250 MB.
_usual = lru_cache(256)(_compiled)
_large = lru_cache(8)(_compiled)
