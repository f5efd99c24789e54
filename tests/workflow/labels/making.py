"""Label configurations made by chance, with few ids, so that changes meet; and annotations that fit them.

They are made from the configuration as it is written: it must not know how the service checks them.
"""

from random import Random
from typing import Any

from workflow.labels.declared import GEOMETRIES

Json = dict[str, Any]

CLASSES = ("dog", "cat", "cow", "emu", "A/b~c")
CLASSIFICATIONS = ("weather", "time of day", "café")
ATTRIBUTES = ("color", "age", "parts", "note", "seen")
OPTIONS = ("red", "blue", "tan")
SOME_GEOMETRIES = ("box", "polygon", "mask", "text_span")


def configuration(random: Random) -> Json:
    """A sound one, as a client might write it."""
    ids = random.sample(CLASSES, random.randint(0, len(CLASSES)))
    asked = random.sample(CLASSIFICATIONS, random.randint(0, 2))
    found: Json = {"classes": [_class(random, id, ids[:n]) for n, id in enumerate(ids)]}
    if asked:
        found["classifications"] = [question(random, id, 1) for id in asked]
    if random.random() < 0.2:
        found["vendor"] = {"classes": [1, None, {}]}
    return found


def loosely_changed(random: Random, given: Json) -> Json:
    """GIVEN, which is sound, with some of its attributes asked in another way."""
    return given | {
        name: [_changed(random, one) for one in given[name]]
        for name in ("classes", "classifications")
        if name in given
    }


def marks(random: Random, given: Json, many: int) -> list[tuple[Json, Json]]:
    """Up to MANY annotations that fit GIVEN, each as its dimensions and its value."""
    makers = [(_mark, one) for one in given["classes"]]
    makers += [(_item, one) for one in given.get("classifications", ())]
    return [make(random, one) for make, one in random.choices(makers, k=many)] if makers else []


# ---- what is declared


def _class(random: Random, id: str, above: list[str]) -> Json:
    one: Json = {"name": id.title(), "id": id}
    one |= _maybe(random, 0.3, color=random.choice(["#AABBCC", "#00000080", [1, 2, 3], [1, 2, 3, 4]]))
    geometries = random.sample(SOME_GEOMETRIES, random.randint(1, 3))
    one |= _maybe(random, 0.4, geometries=geometries)
    one |= _maybe(random, 0.4, has_text=True, requires_text=random.random() < 0.5)
    one |= _maybe(random, 0.3, is_hidden=random.random() < 0.5)
    one |= _maybe(random, 0.3, has_instances=random.random() < 0.5)
    one |= _maybe(random, 0.2, keypoints=["nose", "tail"], skeleton=[[0, 1]])
    if above and random.random() < 0.5:
        one["parent"] = random.choice(above)
    return one | {"attributes": _questions(random, 1)}


def _questions(random: Random, depth: int, taken: tuple[str, ...] = ()) -> list[Json]:
    if depth > 4:
        return []
    free = [id for id in ATTRIBUTES if id not in taken]
    most = min(len(free), 3 if depth == 1 else 1)
    ids = random.sample(free, random.randint(0, most))
    return [question(random, id, depth) for id in ids]


def question(random: Random, id: str, depth: int) -> Json:
    kind = random.choice(["select", "checklist", "text", "number", "boolean"])
    one: Json = {"id": id, "name": id, "type": kind, "required": random.random() < 0.4}
    below = _questions(random, depth + 1)
    one["attributes"] = below
    if kind in ("select", "checklist"):
        taken = [one["id"] for one in below]
        one["options"] = []
        for option in random.sample(OPTIONS, random.randint(1, 3)):
            asked = _questions(random, depth + 1, tuple(taken))
            taken += [question["id"] for question in asked]
            one["options"].append({"name": option, "attributes": asked})
    if kind == "text":
        one |= _maybe(random, 0.5, max_length=random.choice([1, 5]))
    if kind == "number":
        one |= _maybe(random, 0.5, minimum=random.choice([0, -2.5]))
        one |= _maybe(random, 0.5, maximum=random.choice([8, 100.5]))
        one |= _maybe(random, 0.5, step=random.choice([1, 0.5, 0.1]))
    if random.random() < 0.3:
        one["default"] = _value(random, one)
    return one


def _maybe(random: Random, chance: float, **members: Any) -> Json:
    return members if random.random() < chance else {}


def _changed(random: Random, one: Json) -> Json:
    if "type" in one:  # a classification
        return question(random, one["id"], 1) if random.random() < 0.3 else one
    asked = [question(random, q["id"], 1) if random.random() < 0.3 else q for q in one.get("attributes", ())]
    if asked and random.random() < 0.3:
        asked.pop(random.randrange(len(asked)))
    free = [id for id in ATTRIBUTES if id not in {q["id"] for q in asked}]
    if random.random() < 0.3:
        asked.append(question(random, free[0], 1) | {"required": False})
    changed = one | {"attributes": asked}
    if random.random() < 0.2:
        changed |= {"has_text": not one.get("has_text", False), "requires_text": False}
    return changed


# ---- what fits it


def _mark(random: Random, one: Json) -> tuple[Json, Json]:
    geometry = random.choice(sorted(one.get("geometries") or GEOMETRIES))
    value: Json = {"label": one["id"], "tool": {"kept": True}}
    if one.get("requires_text") or (one.get("has_text") and random.random() < 0.5):
        value["text"] = random.choice(["AB 123", "é"])
    given = _answers(random, one.get("attributes", ()), lambda option: True)
    if given or random.random() < 0.3:
        value["attributes"] = given
    return {"type": geometry, "frame": 3}, value


def _item(random: Random, one: Json) -> tuple[Json, Json]:
    answer = _answer(random, one, is_full=True)
    value = answer if isinstance(answer, dict) else {"value": answer}
    return random.choice([{}, {"frame": 7}]), {"label": one["id"]} | value


def _answers(random: Random, asked: Any, is_asked: Any) -> Json:
    found: Json = {}
    for one in asked:
        if is_asked(one) and (one.get("required") or random.random() < 0.6):
            found[one["id"]] = _answer(random, one, one.get("required", False))
    return found


def _answer(random: Random, one: Json, is_full: bool) -> Any:
    if not is_full and random.random() < 0.1:
        return None
    value = _value(random, one)
    if not is_full and one["type"] in ("text", "checklist") and random.random() < 0.2:
        value = value[:0]  # says nothing
    chosen = value if isinstance(value, list) else [value]
    always = [] if value in ("", []) or value is False else one.get("attributes", [])
    by_option = [
        question
        for option in one.get("options", ())
        if option.get("id", option["name"]) in chosen
        for question in option.get("attributes", ())
    ]
    below = _answers(random, [*always, *by_option], lambda question: True)
    if below or random.random() < 0.2:
        return {"value": value, "attributes": below} if below or random.random() < 0.5 else {"value": value}
    return value


def _value(random: Random, one: Json) -> Any:
    match one["type"]:
        case "select":
            option = random.choice(one["options"])
            return option.get("id", option["name"])
        case "checklist":
            options = [option.get("id", option["name"]) for option in one["options"]]
            return random.sample(options, random.randint(1, len(options)))
        case "text":
            return "notes"[: random.randint(1, one.get("max_length", 5))]
        case "boolean":
            return random.random() < 0.5
        case _:
            least = one.get("minimum", 0)
            return least + one.get("step", 0.25) * random.randint(0, 8)
