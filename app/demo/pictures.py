"""The photographs of the sample: where they lie, whose they are, what is seen in them. No database, no HTTP.

The files come in the wheel of scikit-image, which is installed without its dependencies and never imported.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from app.demo.marks import MARKS, Mark

__all__ = ["PICTURES", "Mark", "Picture", "folder", "read"]

NOT_INSTALLED = (
    "the sample's pictures are not installed; run: pip install --no-deps -r requirements/demo.txt"
    " (it brings scikit-image 0.26.0 as a carrier of picture files)"
)
CC0 = "CC0 1.0"
PUBLIC_DOMAIN = "Public domain"


@dataclass(frozen=True)
class Picture:
    """One photograph. WIDTH and HEIGHT in pixels, SHA256 in hex, SOURCE is the author and the origin."""

    file: str
    sha256: str
    width: int
    height: int
    media_type: str
    title: str
    licence: str
    source: str
    marks: tuple[Mark, ...]


def folder() -> Path:
    """The folder that holds the files. Raises LookupError, with the next step, where it is not installed."""
    found = find_spec("skimage")  # a top-level name: found without being imported
    places = (found.submodule_search_locations if found else None) or []
    for place in places:
        if (data := Path(place) / "data").is_dir():
            return data
    raise LookupError(NOT_INSTALLED)


def read(picture: Picture) -> bytes:
    """The bytes of PICTURE. Raises LookupError where there is no file, ValueError where it is another one."""
    try:
        content = (folder() / picture.file).read_bytes()
    except FileNotFoundError as missing:
        raise LookupError(NOT_INSTALLED) from missing
    if (seen := sha256(content).hexdigest()) != picture.sha256:
        raise ValueError(
            f"{picture.file} is not the file that was checked: sha256 {seen}, not {picture.sha256}"
        )
    return content


def of(file: str, digest: str, size: tuple[int, int], title: str, licence: str, source: str) -> Picture:
    media_type = "image/jpeg" if file.endswith(".jpg") else "image/png"
    return Picture(file, digest, *size, media_type, title, licence, source, MARKS[file])


# Each licence is stated in the carrier's own documentation: docs/sample.md says where.
PICTURES: tuple[Picture, ...] = (
    of(
        "astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        (512, 512),
        "Eileen Collins, astronaut",
        PUBLIC_DOMAIN,
        "NASA, Great Images in NASA, https://flic.kr/p/r9qvLn",
    ),
    of(
        "brick.png",
        "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
        (512, 512),
        "Brick wall",
        CC0,
        "CC0Textures, Bricks25, https://cc0textures.com/view.php?tex=Bricks25",
    ),
    of(
        "camera.png",
        "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
        (512, 512),
        "A man with a camera on a tripod",
        CC0,
        "Lav Varshney, https://github.com/scikit-image/scikit-image/issues/3927",
    ),
    of(
        "cell.png",
        "8d23a7fb81f7cc877cd09f330357fc7f595651306e84e17252f6e0a1b3f61515",
        (550, 660),
        "A cell floating in saline",
        CC0,
        "Paul Müller and others, https://doi.org/10.1364/OE.26.010729",
    ),
    of(
        "chelsea.png",
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        (451, 300),
        "Chelsea the cat",
        CC0,
        "Stefan van der Walt",
    ),
    of(
        "clock_motion.png",
        "f029226b28b642e80113d86622e9b215ee067a0966feaf5e60604a1e05733955",
        (400, 300),
        "A wall clock, blurred by motion",
        PUBLIC_DOMAIN,
        "Stefan van der Walt",
    ),
    of(
        "coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        (600, 400),
        "A cup of espresso",
        CC0,
        "Rachel Michetti, courtesy of Pikolo Espresso Bar",
    ),
    of(
        "grass.png",
        "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
        (512, 512),
        "Grass and clover",
        CC0,
        "Linolafett, https://www.deviantart.com/linolafett/art/Grass-01-434853879",
    ),
    of(
        "gravel.png",
        "c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
        (512, 512),
        "Gravel",
        CC0,
        "CC0Textures, Gravel04, https://cc0textures.com/view.php?tex=Gravel04",
    ),
    of(
        "hubble_deep_field.jpg",
        "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",
        (1000, 872),
        "Hubble eXtreme Deep Field",
        PUBLIC_DOMAIN,
        "NASA, http://hubblesite.org/newscenter/archive/releases/2012/37/image/a/",
    ),
    of(
        "microaneurysms.png",
        "a1e1be59aa447f8ce082f7fa809997ab369a2b137cb6c4202abc647c7ccf6456",
        (102, 102),
        "Microaneurysms, detail of a retina",
        CC0,
        "Andreas Maier, HRF database, https://www5.cs.fau.de/research/data/fundus-images/",
    ),
    of(
        "retina.jpg",
        "38a07f36f27f095e818aea7b96d34202c05176d30253c66733f2e00379e9e0e6",
        (1411, 1411),
        "Retina of a left eye",
        CC0,
        "Mikael Häggström, https://commons.wikimedia.org/wiki/File:Fundus_photograph_of_normal_left_eye.jpg",
    ),
    of(
        "rocket.jpg",
        "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
        (640, 427),
        "Falcon 9 with DSCOVR before its launch",
        PUBLIC_DOMAIN,
        "SpaceX, https://www.flickr.com/photos/spacexphotos/16511594820/",
    ),
)
