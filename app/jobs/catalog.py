"""Every kind of job. A new one is a file here, and a line below."""

from collections.abc import Mapping

from app.jobs.copying import COPYING
from app.jobs.deciding import DECIDING
from app.jobs.ended import forgetting
from app.jobs.importing.job import IMPORTING
from app.jobs.keys import FORGETTING
from app.jobs.kinds import Kind
from app.jobs.many import CHANGING
from app.jobs.moving import MOVING
from app.jobs.relabelling import RELABELLING
from app.jobs.releasing.comparing import COMPARING
from app.jobs.releasing.exporting import EXPORTING
from app.jobs.releasing.writing import RELEASING
from app.jobs.scoring import SCORING
from app.jobs.sweeping import SWEEPING
from app.jobs.thinning import thinning
from app.jobs.trash import emptying
from app.jobs.undoing import UNDOING
from app.settings import Settings


def kinds_of(settings: Settings) -> Mapping[str, Kind]:
    """Kinds by name."""
    kinds = (
        CHANGING,
        DECIDING,
        MOVING,
        SCORING,
        COPYING,
        IMPORTING,
        RELEASING,
        EXPORTING,
        COMPARING,
        RELABELLING,
        UNDOING,
        emptying(settings.trash_days),
        FORGETTING,
        SWEEPING,
        forgetting(settings.jobs_days),
        thinning(settings.keep_revisions_days),
    )
    return {kind.name: kind for kind in kinds}
