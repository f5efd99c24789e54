"""When people work: the first hours of a day, on the first days of a week. Times are seconds from a start.

It must not know what they work on.
"""

from dataclasses import dataclass

HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Shift:
    """HOURS (above 0, to 24) of work on the first DAYS (1 to 7) of a week, which the start begins."""

    hours: float = 24.0
    days: int = 7

    def __post_init__(self) -> None:
        if not 0 < self.hours <= 24:
            raise ValueError("hours of work a day are more than 0 and at most 24")
        if not 1 <= self.days <= 7:
            raise ValueError("days of work a week are 1 to 7")

    @property
    def _daily(self) -> float:
        return self.hours * HOUR

    def worked(self, time: float) -> float:
        """The seconds of work between the start and TIME."""
        weeks, rest = divmod(time, WEEK)
        days, rest = divmod(rest, DAY)
        whole = weeks * self.days + min(days, self.days)
        return whole * self._daily + (min(rest, self._daily) if days < self.days else 0.0)

    def next(self, time: float) -> float:
        """The first moment from TIME on at which there is work ahead: TIME itself within working hours."""
        weeks, rest = divmod(time, WEEK)
        days, rest = divmod(rest, DAY)
        if days < self.days and rest < self._daily:
            return time
        if days + 1 < self.days:
            return weeks * WEEK + (days + 1) * DAY
        return (weeks + 1) * WEEK

    def after(self, time: float, seconds: float) -> float:
        """When SECONDS (above 0) of work are done that begin at TIME, or at the next working hour."""
        begun = self.next(time)
        weeks, rest = divmod(begun, WEEK)
        days, rest = divmod(rest, DAY)
        if rest + seconds <= self._daily:  # most work: done on the same day
            return begun + seconds
        over, left = divmod(rest + seconds, self._daily)
        if left == 0.0:  # it ends with a working day, not at the beginning of the next one
            over, left = over - 1, self._daily
        more_weeks, day = divmod(days + over, self.days)
        return (weeks + more_weeks) * WEEK + day * DAY + left


ALWAYS = Shift()
