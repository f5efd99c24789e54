"""What tests of formats write: heads, items of any shapes, pictures; and how they read it back."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from app.formats.catalog import FORMATS
from app.formats.items import Class, Head, Item, Mark, Picture, Problem, ReadItem

WIDTH, HEIGHT = 40, 30
CLASSES = (
    Class("cat", "Cat", color="#ff0000", number=0),
    Class("dog", "Dog: 'the' \"other\" #1", number=1, parent="cat"),
    Class(
        "body",
        "Body",
        number=2,
        keypoints=("head", "hand", "foot"),
        skeleton=((0, 1), (0, 2)),
    ),
    Class("sky", "Sky", number=3, has_instances=False),
)
KEYPOINTS: dict[str, Any] = {"type": "keypoints", "points": [[1, 2, 2], [3, 4, 1], [0, 0, 0]]}
HEAD = Head("Pets", "Pets of the house", "2026-01-02T03:04:05Z", CLASSES, "pets")


def item(*marks: Mark, name: str = "a.png", **members: Any) -> Item:
    given: dict[str, Any] = {
        "id": f"id-{name}",
        "name": name,
        "external_id": None,
        "resource": "image",
        "split": None,
        "width": WIDTH,
        "height": HEIGHT,
        "metadata": {},
        "status": "done",
        "picture": Picture("h", "image/png", len(PNG)),
        "marks": marks,
    }
    return Item(**given | members)


def mark(dimensions: dict[str, Any], label: str = "cat", **annotation: Any) -> Mark:
    return Mark("m", dimensions, {"label": label, **annotation})


def box(x: float, y: float, width: float, height: float) -> dict[str, Any]:
    return {"type": "box", "x": x, "y": y, "width": width, "height": height}


def polygon(*points: tuple[float, float], **members: Any) -> dict[str, Any]:
    return {"type": "polygon", "points": [list(point) for point in points], **members}


def mask(pixels: Any, **members: Any) -> dict[str, Any]:
    """PIXELS, of 0 and 1, as a mask; counted here, apart from what is tested."""
    array = np.asarray(pixels, dtype=bool)
    counts, value = [0], False
    for pixel in array.T.ravel():
        if bool(pixel) != value:
            counts.append(0)
            value = not value
        counts[-1] += 1
    return {"type": "mask", "size": list(array.shape), "counts": counts, **members}


def pixels_in(dimensions: dict[str, Any]) -> Any:
    """The pixels of a mask, laid out apart from what is tested."""
    height, width = dimensions["size"]
    counts = dimensions["counts"]
    flat = np.concatenate([np.full(count, index % 2, dtype=np.uint8) for index, count in enumerate(counts)])
    return flat.reshape(width, height).T


def square(top: int, left: int, side: int = 4) -> Any:
    pixels = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    pixels[top : top + side, left : left + side] = 1
    return pixels


def png(width: int = WIDTH, height: int = HEIGHT) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), (10, 20, 30)).save(out, "PNG")
    return out.getvalue()


PNG = png()


def content(_: Picture) -> Iterator[bytes]:
    yield PNG[:10]
    yield PNG[10:]


def written(
    name: str, items: Sequence[Item], with_pictures: bool = False, head: Head = HEAD
) -> tuple[BytesIO, list[Problem]]:
    """The file of ITEMS in the format NAME, and the problems."""
    out = BytesIO()
    problems = FORMATS[name].write(
        head, lambda: iter(items), out, content=content if with_pictures else None, tell=lambda _: None
    )
    return out, list(problems)


def read(name: str, file: BytesIO) -> tuple[list[ReadItem], list[Problem]]:
    """The items in FILE, and the problems."""
    reader: Callable[..., Any] | None = FORMATS[name].read
    assert reader
    with reader(file) as reading:
        return list(reading.items), reading.problems


def read_again(name: str, *items: Item, with_pictures: bool = False) -> list[ReadItem]:
    """ITEMS, written and read again without a problem."""
    file, problems = written(name, items, with_pictures)
    found, others = read(name, file)
    assert (problems, others) == ([], [])
    return found


# ---- any items: figures of two digits after the point, as people draw


def figures(most: float) -> st.SearchStrategy[float]:
    return st.integers(0, int(most * 100)).map(lambda value: value / 100)


@st.composite
def boxes(draw: st.DrawFn, least: float = 0) -> dict[str, Any]:
    x, y = draw(figures(WIDTH - least)), draw(figures(HEIGHT - least))
    width, height = draw(figures(WIDTH - x - least)), draw(figures(HEIGHT - y - least))
    return box(x, y, round(width + least, 2), round(height + least, 2))


def polygons() -> st.SearchStrategy[dict[str, Any]]:
    points = st.lists(st.tuples(figures(WIDTH), figures(HEIGHT)), min_size=3, max_size=6)
    return points.map(lambda given: polygon(*given))


def masks() -> st.SearchStrategy[dict[str, Any]]:
    def drawn(seed: int) -> dict[str, Any]:
        pixels = np.random.default_rng(seed).random((HEIGHT, WIDTH)) < 0.4
        pixels[0, 0] = True
        return mask(pixels)

    return st.integers(0, 2**32).map(drawn)


def keypoints() -> st.SearchStrategy[dict[str, Any]]:
    seen = st.tuples(figures(WIDTH), figures(HEIGHT), st.integers(1, 2)).map(list)
    point = st.one_of(seen, st.just([0, 0, 0]))
    return st.lists(point, min_size=3, max_size=3).map(lambda given: {"type": "keypoints", "points": given})


def items(
    dimensions: st.SearchStrategy[dict[str, Any]],
    label: str = "cat",
    splits: tuple[str | None, ...] = (None,),
) -> st.SearchStrategy[list[Item]]:
    """One to three items, whose marks have DIMENSIONS."""

    def built(given: list[tuple[list[dict[str, Any]], str | None]]) -> list[Item]:
        return [
            item(*[mark(one, label) for one in shapes], name=f"{number}.png", split=split)
            for number, (shapes, split) in enumerate(given)
        ]

    one = st.tuples(st.lists(dimensions, max_size=3), st.sampled_from(splits))
    return st.lists(one, min_size=1, max_size=3).map(built)
