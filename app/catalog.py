"""Every resource of the service. A new resource is a file in app/resources and a line here."""

from sqlalchemy.orm import configure_mappers

from app.access import Crew
from app.declare import RESOURCES, Resource, ToMany
from app.operations.idempotency import IdempotencyKey
from app.resources.accounts import ACCOUNTS
from app.resources.annotations import ANNOTATIONS
from app.resources.api_keys import API_KEYS
from app.resources.assets import ASSETS
from app.resources.datasets import DATASETS
from app.resources.drafts import DRAFTS
from app.resources.entries import ENTRIES
from app.resources.events import EVENTS
from app.resources.exports import EXPORTS
from app.resources.files import File
from app.resources.job_errors import JOB_ERRORS
from app.resources.jobs import JOBS
from app.resources.label_configurations import LABEL_CONFIGURATIONS
from app.resources.label_sets import LABEL_SETS
from app.resources.layers import LAYERS
from app.resources.leases import Lease
from app.resources.note_comments import NOTE_COMMENTS
from app.resources.note_feeds import NOTE_FEEDS
from app.resources.numbers import Number
from app.resources.organizations import ORGANIZATIONS
from app.resources.passwords import Password
from app.resources.project_members import PROJECT_MEMBERS
from app.resources.projects import PROJECTS
from app.resources.reference_answers import REFERENCE_ANSWERS
from app.resources.releases import RELEASES, ReleasePart
from app.resources.scores import SCORES
from app.resources.sign_in_links import SignInLink
from app.resources.tallies import Tally
from app.resources.webhook_deliveries import WEBHOOK_DELIVERIES
from app.resources.webhooks import WEBHOOKS
from app.resources.workflow_versions import WORKFLOW_VERSIONS

TABLES = (
    File,
    Lease,
    IdempotencyKey,
    Tally,
    Crew,
    ReleasePart,
    Number,
    Password,
    SignInLink,
)  # those without a card, so that migrations know them

CARDS: tuple[Resource, ...] = (
    ORGANIZATIONS,
    ACCOUNTS,
    API_KEYS,
    PROJECTS,
    PROJECT_MEMBERS,
    LABEL_CONFIGURATIONS,
    DATASETS,
    WORKFLOW_VERSIONS,
    ENTRIES,
    LABEL_SETS,
    LAYERS,
    ANNOTATIONS,
    NOTE_FEEDS,
    NOTE_COMMENTS,
    DRAFTS,
    REFERENCE_ANSWERS,
    SCORES,
    RELEASES,
    EXPORTS,
    ASSETS,
    EVENTS,
    JOBS,
    JOB_ERRORS,
    WEBHOOKS,
    WEBHOOK_DELIVERIES,
)

configure_mappers()  # rows are made without SQLAlchemy's constructor, which would see to it

for _card in CARDS:
    for _link in _card.links:
        if _link.type not in RESOURCES:
            raise LookupError(f"{_card.type}.{_link.name} links to {_link.type}, which is no resource")
        _holder = RESOURCES[_link.type] if isinstance(_link, ToMany) else _card
        if _link.key not in _holder.fields:
            raise LookupError(f"{_card.type}.{_link.name} is held by {_link.key}, which is no column")
