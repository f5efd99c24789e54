"""Texts as other systems' clients send them, held to what an attribute of ours takes. It knows no vendor."""

from app.declare import Resource
from app.errors import Fault, Invalid


def text_for(card: Resource, attribute: str, given: object, at: str) -> str:
    """GIVEN, if it is a text that ATTRIBUTE of CARD takes. Raises Invalid, naming the field AT."""
    longest = card.attributes[attribute].longest
    text = plain(given, at)
    if len(text) > longest:
        raise Invalid(Fault("attribute_invalid", f"{at} has at most {longest} characters", at))
    return text


def plain(given: object, at: str) -> str:
    """GIVEN, if it is a text of at least one character, and of none that a database refuses."""
    if given is None or given == "":
        raise Invalid(Fault("attribute_missing", f"{at} is required", at))
    if not isinstance(given, str):
        raise Invalid(Fault("attribute_invalid", f"{at} is a text", at))
    if "\0" in given or any("\ud800" <= one <= "\udfff" for one in given):
        raise Invalid(Fault("character_not_allowed", f"{at} holds a character that is not allowed", at))
    return given
