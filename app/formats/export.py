"""What writers of archives have in common: names, pictures, progress, problems. It knows no format."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.formats.archive_writer import ArchiveWriter
from app.formats.items import Item, Picture, Problems
from app.formats.left_out import LeftOut
from app.formats.names import Names, safe_name, shortened, split_suffix

Items = Callable[[], Iterator[Item]]
Content = Callable[[Picture], Iterable[bytes]]
Tell = Callable[[int], None]

SUFFIXES = {  # of pictures, by media type
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/tiff": ".tiff",
}
PICTURES = frozenset({*SUFFIXES.values(), ".jpeg", ".tif"})
MOST_SPLITS = 20
STEP = 500  # items after which progress is told


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with its place in the archive: FOLDER of its split, file names by STEM and SUFFIX."""

    item: Item
    folder: str
    stem: str
    suffix: str

    @property
    def file_name(self) -> str:
        return self.stem + self.suffix

    @property
    def size(self) -> tuple[int, int]:
        """Width and height. Raises LeftOut where they are not known."""
        width, height = self.item.width, self.item.height
        if not width or not height or min(width, height) < 1:
            raise LeftOut("size_unknown", "its width and height are not known; this format needs them")
        return width, height


class Export:
    """One export into an ARCHIVE. NO_SPLIT is the folder of items without a split."""

    def __init__(self, archive: ArchiveWriter, content: Content | None, tell: Tell, no_split: str) -> None:
        self.archive = archive
        self.problems = Problems()
        self._content = content
        self._tell = tell
        self._names = Names()
        self._folders: dict[str | None, str] = {None: no_split}

    @property
    def has_pictures(self) -> bool:
        return self._content is not None

    def placed(self, items: Items) -> Iterator[Placed]:
        """Each of ITEMS with its place; those that have none are left out."""
        for number, item in enumerate(counted(items(), self._tell), 1):
            with self.guarded(item):
                stem, suffix = file_of(item)
                yield Placed(item, self._folder(item.split), self._names.unique(stem, suffix, number), suffix)

    @contextmanager
    def guarded(self, item: Item) -> Iterator[None]:
        """Turns a LeftOut that is raised inside into a problem of ITEM."""
        try:
            yield
        except LeftOut as left:
            self.problems.add(item.id, left.code, left.detail)

    def put_picture(self, placed: Placed, folder: str) -> None:
        """Puts the picture of PLACED into FOLDER, if pictures are asked for. Raises LeftOut without one."""
        if self._content is None:
            return
        picture = placed.item.picture
        if picture is None:
            raise LeftOut("picture_missing", "it has no picture")
        name = f"{folder}/{placed.file_name}"
        self.archive.put(name, _checked(self._content, picture), is_packed=False)

    def _folder(self, split: str | None) -> str:
        if split not in self._folders:
            if len(self._folders) > MOST_SPLITS:
                raise LeftOut("too_many_splits", f"an export has at most {MOST_SPLITS} splits")
            self._folders[split] = self._free_folder(safe_name(split or ""))
        return self._folders[split]

    def _free_folder(self, wanted: str) -> str:
        taken = {folder.casefold() for folder in self._folders.values()}
        free = (f"{wanted}-{number}" for number in range(2, MOST_SPLITS + 3))
        return wanted if wanted.casefold() not in taken else next(one for one in free if one not in taken)


def counted(items: Iterator[Item], tell: Tell) -> Iterator[Item]:
    """ITEMS, of which TELL hears as they are through."""
    waiting = 0
    for item in items:
        yield item
        waiting += 1
        if waiting == STEP:
            tell(waiting)
            waiting = 0
    if waiting:
        tell(waiting)


def file_of(item: Item) -> tuple[str, str]:
    """A safe stem and suffix for the picture of ITEM: its name's, as far as that fits what the picture is."""
    stem, suffix = split_suffix(safe_name(item.name or item.id))
    kind = suffix.lower().replace(".jpeg", ".jpg").replace(".tif", ".tiff").replace(".tifff", ".tiff")
    wanted = SUFFIXES.get(item.picture.media_type, ".bin") if item.picture else kind
    if kind not in PICTURES or kind != wanted:
        stem, suffix = stem + suffix, wanted if wanted in PICTURES or item.picture else ""
    return shortened(stem, 180), suffix


def _checked(content: Content, picture: Picture) -> Iterator[bytes]:
    size = 0
    try:
        for chunk in content(picture):
            size += len(chunk)
            yield chunk
    except (LookupError, OSError):
        raise LeftOut("picture_missing", "its picture cannot be read") from None
    if size != picture.size:
        raise LeftOut("picture_broken", f"its picture has {size} bytes instead of {picture.size}")
