"""Why something was not fetched. Codes are stable; no detail holds a word of what the other side sent."""


class FetchFailed(Exception):
    """Nothing was fetched."""

    code = "fetch_failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class UrlNotAllowed(FetchFailed):
    """The URL names no public place: its spelling, its port or one of its addresses is refused."""

    code = "url_not_allowed"


class RedirectNotAllowed(FetchFailed):
    """The answer sends elsewhere: once too often, to a place that is refused, or where none was expected."""

    code = "redirect_not_allowed"


class TooLarge(FetchFailed):
    """The answer is larger than what is taken."""

    code = "too_large"


class TimedOut(FetchFailed):
    """It took longer, or came slower, than is waited for."""

    code = "timeout"


class Unreachable(FetchFailed):
    """No name, no connection, no trusted certificate, or no answer that can be read."""

    code = "unreachable"
