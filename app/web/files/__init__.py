"""Files, at /files/{hash}: to the people of the organization that has them, or by a link, never as a page."""

from app.web.files.routes import routes_of

__all__ = ["routes_of"]
