"""A story: what may happen in it."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.app.model.drafts import Drafts
from tests.app.model.hours import Hours
from tests.app.model.past import Past
from tests.app.model.telling import EVENTS
from tests.app.model.things import Things

CHECKED_EVERY = 12  # events

_NAMES = st.sampled_from([name for name, (weight, _) in EVENTS.items() for _ in range(weight)])
_HAPPENS = _NAMES.flatmap(lambda name: st.tuples(st.just(name), EVENTS[name][1]))


class Story(Drafts, Things, Past, Hours):
    """What people do, in any order, with clocks, retries, deletes and restores."""

    length = 0

    @rule(event=_HAPPENS)
    def happens(self, event: tuple[str, dict[str, Any]]) -> None:
        name, values = event
        getattr(self, name)(**values)
        self.length += 1
        if self.length % CHECKED_EVERY == 0:
            self.check()
