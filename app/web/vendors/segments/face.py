"""All routes of this face, and the face itself: FACE."""

from app.web.vendors.calls import Face
from app.web.vendors.segments import (
    assets,
    clones,
    collaborators,
    datasets,
    files,
    issues,
    labels,
    labelsets,
    people,
    releases,
    samples,
    workunits,
)
from app.web.vendors.segments.addresses import MOUNT
from app.web.vendors.segments.refusals import refuse

ROUTES = (
    *people.ROUTES,
    *datasets.ROUTES,
    *clones.ROUTES,
    *collaborators.ROUTES,
    *samples.ROUTES,
    *labels.ROUTES,
    *labelsets.ROUTES,
    *issues.ROUTES,
    *releases.ROUTES,
    *workunits.ROUTES,
    *assets.ROUTES,
    *files.ROUTES,
)
FACE = Face(
    "segments",
    "Segments.ai's API over the same records as Postil's own: its clients run against Postil as they are.",
    (MOUNT,),
    ROUTES,
    refuse,
    is_at_root=True,
)
