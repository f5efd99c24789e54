"""What requests and answers of this face look like, as JSON Schema: for its contract, and for no check."""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MAYBE: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "integer"}


def an_object(**members: Schema) -> Schema:
    return {"type": "object", "properties": members, "required": sorted(members)}


def a_list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


MEDIUM = an_object(
    id=TEXT,
    mediaName=TEXT,
    imageName=TEXT,
    mediaSourceType=TEXT,
    imageType=TEXT,
    timestamp=NUMBER,
)
DATASET = an_object(id=TEXT, name=TEXT, shortDescription=MAYBE, timestamp=NUMBER, owner=TEXT, mediaType=TEXT)
DATASET_WITH_MEDIA = {
    **DATASET,
    "properties": {**DATASET["properties"], "media": a_list(MEDIUM), "images": a_list(MEDIUM)},
}
PROJECT = an_object(
    id=TEXT,
    name=TEXT,
    shortDescription=MAYBE,
    timestamp=NUMBER,
    labelConfigurationId=TEXT,
    labelIterationId=TEXT,
    owner=TEXT,
    mediaType=TEXT,
    datasets=a_list(DATASET),
)
NEW_DATASET: Schema = {
    "type": "object",
    "properties": {"name": TEXT, "shortDescription": MAYBE, "mediaType": TEXT},
    "required": ["name"],
}
ADDRESSES = a_list(TEXT)
CAME = a_list(
    an_object(internal_media_ID=MAYBE, external_media_ID=TEXT, imageUrl=TEXT, mediaUploadStatus=TEXT)
)
ENTRY: Schema = {
    "type": "object",
    "properties": {
        "entryKey": TEXT,
        "entryValue": TEXT,
        "type": TEXT,
        "color": MAYBE,
        "shortcut": {"type": ["string", "integer", "null"]},
        "required": {"type": "boolean"},
        "maxLength": {"type": ["integer", "null"]},
        "options": {"type": "object", "additionalProperties": TEXT},
        "children": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["entryKey", "entryValue", "type"],
}
ENTRIES = a_list(ENTRY)
CONFIG = an_object(
    id=TEXT,
    projectId=MAYBE,
    entries=ENTRIES,
    numberOfCompletedTasks=NUMBER,
    numberOfReviewedTasks=NUMBER,
)
CLEARED = an_object(configId=TEXT)
IMPORT = a_list({"type": "object"})
IMPORTED = an_object(errorMessages=TEXT)
EXPORT = a_list({"type": "object"})
TASK = an_object(
    taskId=TEXT, projectId=TEXT, labelTaskState=TEXT, mediaId=TEXT, mediaName=TEXT, labeler=MAYBE
)
COMPLETE = an_object(lastChangedConfig=NUMBER)
COMPLETED = an_object(hasLabelConfigChanged={"type": "boolean"}, currentTaskId=TEXT)
VIDEO = an_object(frames={"type": "object"}, object={"type": "object"})
ERROR = an_object(key=TEXT, params=a_list(TEXT), msg=TEXT, code=NUMBER, details=a_list({"type": "object"}))
