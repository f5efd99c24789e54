"""The service with short leases, so that a job goes on soon after its worker was killed.

    python -m tests.campaigns.short_leases serve ...

It takes the command line of `app`. With a lease of 15 s a campaign would mostly wait.
"""

from app.__main__ import main
from app.jobs.worker import Worker

LEASE, SWEEP = 1.0, 0.2  # seconds


def shorten() -> None:
    assert Worker.__init__.__kwdefaults__
    Worker.__init__.__kwdefaults__.update(lease=LEASE, sweep=SWEEP)


if __name__ == "__main__":
    shorten()
    main()
