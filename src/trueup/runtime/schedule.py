"""When a flow starts: every so many minutes or by cron, within a daily window, on some weekdays, in a time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FAR = 400  # openings of a window that are looked at before a cron schedule is said never to fall into it
_DAYS = 16  # a weekly window may fall into the hour that spring takes; then it opens a week later


class Schedule(BaseModel):
    """Every 15 minutes, all day, all week, unless said otherwise. `start` to `end` is local time in `time_zone`; an end
    before the start means over midnight. With `cron`, its moments count and `every_minutes` does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every_minutes: int = Field(15, ge=1, le=7 * 24 * 60, description="Minutes between two starts.")
    cron: str | None = Field(None, description="Five cron fields, such as 0 6 * * 1-5, instead of the interval.")
    start: time | None = Field(None, description="Not before this time of day.")
    end: time | None = Field(None, description="Not after this time of day.")
    weekdays: tuple[str, ...] = Field(
        WEEKDAYS, description="Days on which it starts: mon, tue, wed, thu, fri, sat, sun."
    )
    time_zone: str = Field("UTC", description="Time zone of all of the above, such as Europe/Stockholm.")

    @field_validator("cron")
    @classmethod
    def _cron_is_readable(cls, cron: str | None) -> str | None:
        if cron is not None:
            try:
                CronSim(cron, datetime.min.replace(year=2000, tzinfo=UTC))
            except CronSimError as error:
                raise ValueError(f"{cron!r} is not a cron schedule. Write five fields, such as 0 6 * * 1-5.") from error
        return cron

    @field_validator("weekdays")
    @classmethod
    def _days_exist(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [day for day in days if day not in WEEKDAYS]
        if unknown or not days:
            raise ValueError(f"weekdays are {', '.join(WEEKDAYS)}; got {', '.join(unknown) or 'none'}.")
        return tuple(day for day in WEEKDAYS if day in days)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is not a time zone. Write one such as Europe/Stockholm.") from error
        return name

    @model_validator(mode="after")
    def _window_is_whole(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("a window needs both a start and an end, such as 06:00 and 22:00.")
        return self

    def next_start(self, after: datetime) -> datetime:
        """The first start later than `after` (UTC). In a window's gap it is the next opening of the window."""
        if self.cron is not None:
            return self._next_cron(after)
        return self._into_window(after + timedelta(minutes=self.every_minutes))

    def first_start(self, now: datetime) -> datetime:
        """When it starts after it was switched on: at once if its window is open; with cron, at its next moment."""
        return self._next_cron(now) if self.cron is not None else self._into_window(now)

    def sentence(self) -> str:
        """The schedule as a person says it."""
        often = f"by cron {self.cron}" if self.cron else f"every {self.every_minutes} minutes"
        window = f", {self.start:%H:%M} to {self.end:%H:%M}" if self.start and self.end else ""
        days = "" if self.weekdays == WEEKDAYS else f", {' '.join(self.weekdays)}"
        zone = f" ({self.time_zone})" if window or days or self.cron else ""
        return f"{often}{window}{days}{zone}"

    def _next_cron(self, after: datetime) -> datetime:
        zone, moment = ZoneInfo(self.time_zone), after
        for _ in range(_FAR):
            found = next(CronSim(str(self.cron), moment.astimezone(zone)), None)
            if found is None:
                break
            moment = found.astimezone(UTC)
            opening = self._into_window(moment)
            if opening == moment:
                return moment
            moment = opening - timedelta(seconds=1)
        raise ValueError(f"the cron schedule {self.cron} never falls into its window.")

    def _into_window(self, moment: datetime) -> datetime:
        if self._is_open(moment):
            return moment
        zone = ZoneInfo(self.time_zone)
        today = moment.astimezone(zone).date()
        openings = (self._opening(today + timedelta(days=ahead), zone) for ahead in range(_DAYS))
        return next(opening for opening in openings if opening >= moment and self._is_open(opening))

    def _opening(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, self.start or time.min, zone).astimezone(UTC)

    def _is_open(self, moment: datetime) -> bool:
        local = moment.astimezone(ZoneInfo(self.time_zone))
        if self.start is None or self.end is None:
            return WEEKDAYS[local.weekday()] in self.weekdays
        clock = local.time()
        if self.start <= self.end:
            return self.start <= clock <= self.end and WEEKDAYS[local.weekday()] in self.weekdays
        began = local.weekday() if clock >= self.start else local.weekday() - 1
        return (clock >= self.start or clock <= self.end) and WEEKDAYS[began] in self.weekdays
