"""What bodies and answers of this face look like, as JSON Schema: for its contract, and for tests of it."""

from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
WORDS: Json = {"type": "string", "nullable": True}
FLAG: Json = {"type": "boolean"}
COUNT: Json = {"type": "integer"}
ANY: Json = {"type": "object"}
THING: Json = {"type": "object", "nullable": True}
UUID: Json = {"type": "string", "format": "uuid"}


def shape(required: Json, more: Json | None = None) -> Json:
    """An object that has all that is REQUIRED, and may have MORE."""
    return {"type": "object", "required": list(required), "properties": {**required, **(more or {})}}


def many(of: Json) -> Json:
    return {"type": "array", "items": of}


USER = shape({"username": TEXT, "created_at": TEXT, "is_organization": FLAG}, {"email": TEXT})
OWNER = shape({"username": TEXT, "created_at": TEXT}, {"email": TEXT})
LABELSET = shape(
    {"name": TEXT, "description": TEXT, "is_groundtruth": FLAG}, {"uuid": UUID, "created_at": TEXT}
)
COLLABORATOR = shape({"user": {"description": "a user, or to others than the SDK its name"}, "role": TEXT})
FLAGS = (
    "enable_ratings",
    "enable_skip_labeling",
    "enable_skip_reviewing",
    "enable_save_button",
    "enable_label_status_verified",
    "enable_same_dimensions_track_constraint",
    "enable_3d_region_of_interest",
    "enable_3d_cuboid_rotation",
    "enable_confirm_on_submit",
    "enable_interpolation",
    "use_timestamps_for_interpolation",
    "enable_object_linking",
)
DATASET = shape(
    {
        **{
            name: TEXT for name in ("name", "full_name", "description", "category", "created_at", "task_type")
        },
        **{name: FLAG for name in ("public", "archived", *FLAGS)},
        "owner": OWNER,
        "label_stats": ANY,
        "metadata": ANY,
        "samples_count": COUNT,
        "collaborators_count": COUNT,
        "labelsets": many(LABELSET),
    },
    {"task_attributes": THING, "readme": TEXT, "role": WORDS, "cloned_from": WORDS},
)
DATASET_BODY = shape(
    {},
    {
        "name": TEXT,
        "description": TEXT,
        "task_type": TEXT,
        "task_attributes": ANY,
        "category": TEXT,
        "public": FLAG,
        "readme": TEXT,
        "metadata": ANY,
        "archived": FLAG,
        "labeling_inactivity_timeout_seconds": COUNT,
        **{name: FLAG for name in FLAGS},
    },
)
LABEL_SUMMARY = shape(
    {"label_status": TEXT}, {"score": {"type": "number", "nullable": True}, "updated_at": TEXT}
)
LABEL = shape(
    {
        **{name: TEXT for name in ("sample_uuid", "label_type", "label_status", "labelset")},
        **{name: TEXT for name in ("created_at", "created_by", "updated_at")},
        "attributes": THING,
    },
    {"score": {"type": "number", "nullable": True}, "reviewed_at": WORDS, "reviewed_by": WORDS},
)
LABEL_BODY = shape({}, {"attributes": ANY, "label_status": TEXT, "score": {"type": "number"}})
SAMPLE = shape(
    {
        "uuid": UUID,
        **{name: TEXT for name in ("name", "created_at", "created_by", "readme", "dataset_full_name")},
        "attributes": ANY,
        "metadata": ANY,
        "priority": {"type": "number"},
    },
    {"assigned_labeler": WORDS, "assigned_reviewer": WORDS, "label": THING},
)
SAMPLE_BODY = shape(
    {"name": TEXT, "attributes": ANY},
    {
        "metadata": ANY,
        "priority": {"type": "number"},
        "assigned_labeler": WORDS,
        "assigned_reviewer": WORDS,
        "readme": TEXT,
    },
)
RELEASE = shape(
    {
        "uuid": UUID,
        **{name: TEXT for name in ("name", "description", "release_type", "status", "created_at")},
        "attributes": shape({}, {"url": TEXT}),
        "samples_count": COUNT,
    }
)
ISSUE = shape(
    {
        "uuid": UUID,
        **{name: TEXT for name in ("description", "created_at", "updated_at", "created_by", "updated_by")},
        "status": TEXT,
        "comments": many(shape({"created_at": TEXT, "created_by": TEXT, "text": TEXT})),
        "sample_uuid": UUID,
        "sample_name": TEXT,
    },
    {"anchor": ANY},
)
WORKUNIT = shape(
    {
        "uuid": UUID,
        **{name: TEXT for name in ("created_at", "created_by", "work_type", "sample_name")},
        "time": COUNT,
        "inactive_time": COUNT,
        "sample_uuid": UUID,
    },
    {"next_label_status": WORDS},
)
FILE = shape(
    {
        "uuid": UUID,
        **{name: TEXT for name in ("filename", "url", "created_at")},
        "presignedPostFields": shape({"url": TEXT, "fields": ANY}),
    }
)
