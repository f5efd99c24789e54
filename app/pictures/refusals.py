"""How a picture is refused."""

from app.errors import Fault, Invalid


def not_an_image() -> Invalid:
    return Invalid(Fault("not_an_image", "only whole JPEG, PNG and WEBP pictures are taken"))


def too_large(detail: str) -> Invalid:
    return Invalid(Fault("image_too_large", detail))
