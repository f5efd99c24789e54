"""Replaces a whole label configuration: what is kept by id, what vanishes, and what has come to ask for more.

It must not know annotations: it goes by the labels that are used, where these are told.
"""

from collections.abc import Collection, Iterator
from typing import Any

from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.labels.compiling import compiled
from workflow.labels.covering import takes_all, unanswered
from workflow.labels.declared import LabelClass, Labels
from workflow.labels.members import MOST_FAULTS
from workflow.labels.plans import Plan, planned
from workflow.labels.reading import canonical, is_typed

Json = dict[str, Any]


def replace(
    configuration: Json, new: Json, *, used: Collection[str] | None = None, force: bool = False
) -> Plan:
    """NEW instead of CONFIGURATION. USED are the labels that annotations have; None: any may be.

    Annotations of kept classes are made to fit. Raises BadConfiguration, with pointers into NEW, where NEW is
    none; and, unless FORCE is given, where annotations would have to go: those of classes and
    classifications that vanish, or that have come to ask for more than annotations may have.
    """
    before, after = canonical(configuration), canonical(new)
    if not is_typed(after):
        return planned(before, after)
    if not is_typed(before):
        return _of_free(before, after, used, force)
    old, labels = compiled(before), compiled(after)
    if not force:
        _refuse_lost(list(_lost(old, labels, used)))
    vanished = [id for id in old.classes if id not in labels.classes]
    vanished += [id for id in old.classifications if id not in labels.classifications]
    return planned(
        before,
        after,
        removed=frozenset(vanished),
        fitted=frozenset(_changed(old, labels)),
        is_forced=force,
    )


def _changed(old: Labels, new: Labels) -> Iterator[str]:
    """The labels that are kept, and that other annotations fit than before."""
    for id, one in old.classes.items():
        if id in new.classes and not one.asks_as(new.classes[id]):
            yield id
    for id, question in old.classifications.items():
        if id in new.classifications and question != new.classifications[id]:
            yield id


def _of_free(before: Json, after: Json, used: Collection[str] | None, force: bool) -> Plan:
    """Annotations were made under no rules: whether they fit is not known before each is looked at."""
    is_used = used is None or len(used) > 0
    if is_used and not force:
        detail = "annotations were made when nothing was declared: force removes those that do not fit"
        _refuse_lost([ConfigurationFault("/classes", "labels_unchecked", detail)])
    return planned(before, after, touches_all=is_used, is_forced=force)


def _refuse_lost(faults: list[ConfigurationFault]) -> None:
    if faults:
        raise BadConfiguration(faults[:MOST_FAULTS])


def _lost(old: Labels, new: Labels, used: Collection[str] | None) -> Iterator[ConfigurationFault]:
    """Why annotations of labels that are USED would have to go."""
    places = {id: f"/classes/{n}" for n, id in enumerate(new.classes)}
    places |= {id: f"/classifications/{n}" for n, id in enumerate(new.classifications)}
    for id, one in old.classes.items():
        if used is None or id in used:
            after = new.classes.get(id)
            reason = "it is gone" if after is None else _narrowed(one, after)
            if reason:
                yield _fault(id, places if after else {}, reason, after is None)
    for id, question in old.classifications.items():
        if used is None or id in used:
            asked = new.classifications.get(id)
            if asked is None:
                yield _fault(id, {}, "it is gone", True)
            elif not takes_all(question, asked):
                yield _fault(id, places, "not every answer to it would fit", False)


def _narrowed(before: LabelClass, after: LabelClass) -> str | None:
    """Why annotations of BEFORE may not be made to fit AFTER; None where all may."""
    if after.geometries and not (before.geometries and before.geometries <= after.geometries):
        return "not every geometry would fit"
    if after.requires_text and not before.requires_text:
        return "it requires a text, which annotations may lack"
    question = unanswered(before.attributes, after.attributes)
    if question is not None:
        return f"it requires {question.id[:64]}, which annotations may lack: give that a default"
    return None


def _fault(id: str, places: dict[str, str], reason: str, is_gone: bool) -> ConfigurationFault:
    detail = f"annotations labelled {id[:64]} would be lost: {reason}; force removes them"
    code = "labels_used" if is_gone else "labels_narrowed"
    return ConfigurationFault(places.get(id, "/classes"), code, detail)
