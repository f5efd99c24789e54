"""A job's way from queued to its end."""

from enum import StrEnum

from workflow.errors import Refused


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


def cancel(state: str) -> JobState:
    """The state after a cancel, which may come any number of times. Raises Refused where the job ended."""
    if state in (JobState.SUCCEEDED, JobState.FAILED):
        raise Refused("job_finished", f"the job has {state} already: there is nothing left to cancel")
    return JobState.CANCELLED
