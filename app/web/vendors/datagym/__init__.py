"""The face that DataGym's clients know."""

from app.web.vendors.datagym.routes import FACE

__all__ = ["FACE"]
