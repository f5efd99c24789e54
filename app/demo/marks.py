"""What is seen in each photograph of the sample, in pixels from the top left. It must not know who drew it.

Every shape was read off the picture and checked by drawing it over the picture again.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """One annotation: DIMENSIONS is its geometry with its type, ANNOTATION its value."""

    dimensions: dict[str, object]
    annotation: dict[str, object]


def value(label: str, attributes: dict[str, str]) -> dict[str, object]:
    return {"label": label, "attributes": attributes} if attributes else {"label": label}


def box(label: str, x: int, y: int, width: int, height: int, **attributes: str) -> Mark:
    return Mark({"type": "box", "x": x, "y": y, "width": width, "height": height}, value(label, attributes))


def polygon(label: str, outline: str, **attributes: str) -> Mark:
    """The polygon through OUTLINE, its corners as "x,y x,y ..."."""
    points = [[int(number) for number in corner.split(",")] for corner in outline.split()]
    return Mark({"type": "polygon", "points": points}, value(label, attributes))


def point(label: str, x: int, y: int, **attributes: str) -> Mark:
    return Mark({"type": "point", "x": x, "y": y}, value(label, attributes))


MARKS: dict[str, tuple[Mark, ...]] = {
    "astronaut.png": (
        box("person", 17, 15, 349, 497),
        box("face", 178, 72, 92, 108),
        box("helmet", 277, 343, 235, 169),
        box("badge", 133, 349, 75, 75, kind="mission patch"),
        polygon("badge", "281,340 328,346 325,377 283,372", kind="name tag"),
        box("flag", 0, 0, 99, 512),
        box("spacecraft", 354, 0, 105, 288, kind="model"),
    ),
    "brick.png": (
        polygon("brick", "223,62 249,62 250,120 251,151 223,151"),
        polygon("brick", "191,84 217,84 217,127 190,127"),
        polygon("brick", "158,105 185,105 185,150 183,197 155,199 157,160"),
        polygon("brick", "256,135 286,135 287,181 257,181"),
        box("damage", 150, 205, 10, 44, kind="chipped edge"),
        point("damage", 411, 325, kind="pit"),
    ),
    "camera.png": (
        box("person", 0, 63, 332, 449),
        box("face", 178, 118, 77, 80),
        box("camera", 252, 138, 73, 49),
        box("tripod", 229, 186, 177, 326),
        box("building", 411, 117, 21, 78, kind="tower"),
        box("building", 340, 165, 67, 31, kind="dome"),
    ),
    "cell.png": (
        polygon(
            "cell",
            "428,310 453,315 474,329 487,350 492,374 487,399 474,420 453,433 428,438 404,433 "
            "383,420 369,399 364,374 369,350 383,329 404,315",
        ),
        point("granule", 413, 400),
        point("granule", 407, 378),
        point("debris", 193, 430),
    ),
    "chelsea.png": (
        box("cat", 0, 0, 397, 300),
        polygon(
            "eye",
            "135,105 143,90 160,85 180,87 197,98 204,112 204,125 197,138 180,147 165,145 150,136 139,122",
            side="right",
        ),
        polygon(
            "eye",
            "296,140 299,128 307,117 320,110 333,110 342,115 344,127 340,142 330,156 315,164 302,161 296,152",
            side="left",
        ),
        polygon("nose", "236,230 262,228 280,229 292,232 283,242 273,250 265,261 256,266 251,256 250,247"),
        polygon("ear", "322,0 396,0 381,28 371,60 353,74 343,52", side="left"),
    ),
    "clock_motion.png": (
        box("clock", 141, 92, 141, 124, blur="horizontal"),
        polygon(
            "dial",
            "150,155 155,132 170,112 190,102 230,101 252,112 266,132 270,155 264,178 248,197 "
            "228,208 192,208 170,198 155,178",
            blur="horizontal",
        ),
    ),
    "coffee.png": (
        box("saucer", 76, 68, 404, 322),
        box("cup", 172, 18, 237, 290),
        polygon(
            "coffee",
            "204,143 209,124 226,107 250,99 277,95 310,100 340,112 358,128 368,148 369,163 "
            "355,179 330,190 300,193 275,191 250,183 225,166",
        ),
        polygon(
            "spoon",
            "400,69 412,66 424,73 423,84 413,122 400,165 387,205 384,232 396,248 406,270 "
            "404,296 393,313 375,324 355,325 338,314 328,296 327,275 334,258 350,246 370,241 "
            "376,218 388,190 403,150 408,118 406,95 397,80",
        ),
        box("handle", 195, 227, 66, 81),
    ),
    "grass.png": (
        polygon("leaf", "184,163 188,156 196,150 200,158 205,168 204,179 195,183 188,180 185,171"),
        polygon("clover", "173,206 180,199 191,196 199,200 198,215 191,221 181,222 175,216"),
        polygon("clover", "115,209 121,203 135,201 139,206 138,214 129,215 122,220 116,216"),
        polygon("leaf", "463,75 466,67 475,63 482,65 491,71 494,79 484,86 474,89 467,84"),
        polygon("leaf", "281,360 284,350 293,341 299,343 312,358 312,375 300,377 285,372"),
    ),
    "gravel.png": (
        polygon("stone", "49,219 58,212 66,213 74,219 73,225 66,227 56,228", tone="light"),
        polygon("stone", "66,150 75,150 75,160 71,169 66,171 58,168 60,160", tone="light"),
        polygon("stone", "161,121 167,117 185,120 193,126 190,133 178,139 172,134 162,131", tone="mixed"),
        polygon("stone", "261,80 262,64 266,58 275,59 276,69 270,74 266,80", tone="light"),
        polygon("stone", "241,86 250,79 258,81 257,89 249,96 240,97", tone="light"),
        polygon("stalk", "301,130 340,127 395,123 395,126 340,131 301,134"),
    ),
    "hubble_deep_field.jpg": (
        box("galaxy", 106, 379, 36, 42, kind="spiral"),
        box("galaxy", 467, 51, 35, 27, kind="spiral"),
        box("galaxy", 388, 61, 35, 28),
        box("galaxy", 276, 94, 33, 30, kind="elliptical"),
        box("galaxy", 706, 451, 43, 44, kind="elliptical"),
        box("galaxy", 437, 137, 34, 43, kind="interacting"),
        point("star", 754, 578),
        point("star", 254, 166),
    ),
    "microaneurysms.png": (
        box("microaneurysm", 13, 20, 7, 6),
        box("microaneurysm", 46, 69, 6, 5),
        polygon(
            "vessel",
            "0,53 10,48 17,46 30,49 45,48 58,51 75,50 85,52 102,50 102,54 "
            "85,56 75,54 60,55 48,52 30,52 17,51 10,53 0,57",
        ),
    ),
    "retina.jpg": (
        polygon(
            "optic disc",
            "218,540 256,548 290,574 312,615 318,655 308,700 283,737 250,756 212,760 175,745 "
            "143,712 125,668 123,625 140,580 175,552",
        ),
        point("fovea", 704, 700),
        polygon(
            "macula",
            "705,600 765,615 805,655 818,700 800,750 760,785 705,795 650,785 610,750 592,700 605,655 645,615",
        ),
        polygon("notch", "1138,158 1166,131 1229,189 1204,216"),
    ),
    "rocket.jpg": (
        box("rocket", 308, 126, 28, 281),
        box("tower", 0, 0, 89, 427),
        box("tower", 558, 0, 82, 427),
        box("tower", 165, 122, 40, 305, kind="lightning mast"),
        box("tower", 438, 122, 42, 305, kind="lightning mast"),
        point("lamp", 151, 377),
        point("lamp", 364, 397),
        point("lamp", 433, 394),
    ),
}
