"""The service in a hurry and with a seeded bug, which the campaign of webhooks is to catch.

    POSTIL_SEEDED="gives up" python -m tests.campaigns.seeded_deliveries serve ...

It takes the command line of `app`. The bugs lose deliveries: it gives up what failed once, it notes what it
is about to send as sent, or it takes an answer that came twice for the answer to the next letter.
"""

import os
from typing import Any

from app.__main__ import main
from app.fetching.network import Stream
from app.jobs import outbox, outbox_statements
from app.jobs.outbox import Claim
from app.jobs.rounds import Round
from app.resources.webhook_rows import Webhook
from app.work import Work
from tests.campaigns.impatient import hurry

_claimed = outbox._claimed


def note_at_once(work: Work, webhook: Webhook, until: str) -> Claim:
    claim = _claimed(work, webhook, until)
    values = {"k_id": webhook.id, "k_lease": claim.lease, "v_position": claim.through}
    work.run(outbox_statements.let_go_of(("position",)), values)
    return claim


def is_readable(stream: Stream, info: str) -> Any:
    return stream._is_readable() if info == "is_readable" else None


def seed(bug: str) -> None:
    if bug == "gives up":
        Round._next = lambda *given: None  # type: ignore[method-assign]
    elif bug == "notes too soon":
        outbox._claimed = note_at_once
    else:
        assert bug == "reuses any"
        Stream.get_extra_info = is_readable  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    hurry()
    seed(os.environ["POSTIL_SEEDED"])
    main()
