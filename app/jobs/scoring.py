"""score_reference: how well somebody did on a reference entry, where telling takes more than a moment."""

from app.declare import RESOURCES
from app.errors import NotFound
from app.jobs.kinds import ItemError, Kind, Step, Study, Watch, arguments_of
from app.operations import records
from app.resources import quality
from app.resources.jobs import Job
from app.work import Work
from workflow.agreement.errors import TooMuch


def look(work: Work, job: Job) -> tuple[list[list[str]], str | None]:
    arguments = arguments_of(job)
    return arguments["marks"], quality.answer_of(work, arguments["entry_id"])


def think(seen: tuple[list[list[str]], str | None], watch: Watch) -> float | None:
    marks, answer = seen
    try:
        return None if answer is None else quality.score_of(marks, answer)
    except TooMuch:
        return None


def run(work: Work, job: Job, cursor: str, found: float | None = None) -> Step:
    """Keep the score, and do what a low one leads to."""
    arguments = arguments_of(job)
    if found is None:
        error = ItemError(
            arguments["entry_id"], "not_comparable", "it takes too long to compare, or has gone"
        )
        return Step(None, 1, (error,))
    try:
        entry = records.find(work, RESOURCES["entries"], arguments["entry_id"])
    except NotFound:
        return Step(None, 1)
    quality.keep(work, entry, arguments["wf_step"], arguments["account_id"], found)
    return Step(None, 1, total=1)


SCORING = Kind(quality.KIND, run, study=Study(look, think))
