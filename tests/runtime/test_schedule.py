"""When a flow starts: intervals, cron, windows, weekdays, time zones and both nights on which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from trueup.runtime.schedule import WEEKDAYS, Schedule

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def at(text: str, zone: str = "UTC") -> datetime:
    """A local time as UTC; of a time that comes twice, the first."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_unless_said_otherwise_it_is_every_quarter_of_an_hour_at_any_time() -> None:
    plain = Schedule()
    assert plain.next_start(MONDAY) == MONDAY + timedelta(minutes=15)
    assert plain.first_start(MONDAY) == MONDAY
    assert plain.sentence() == "every 15 minutes"


DAYTIME = {"start": time(6), "end": time(22), "time_zone": "Europe/Berlin"}
NIGHT = {"start": time(22), "end": time(4), "time_zone": "Europe/Berlin"}
WEEK = {"weekdays": ("mon", "tue", "wed", "thu", "fri")}


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ({**DAYTIME}, "2026-03-02T12:00", "2026-03-02T12:15"),
        ({**DAYTIME}, "2026-03-02T21:45", "2026-03-02T22:00"),
        ({**DAYTIME}, "2026-03-02T21:46", "2026-03-03T06:00"),
        ({**DAYTIME}, "2026-03-02T03:00", "2026-03-02T06:00"),
        ({**DAYTIME, "every_minutes": 24 * 60}, "2026-03-02T12:00", "2026-03-03T12:00"),
        ({**NIGHT}, "2026-03-02T23:50", "2026-03-03T00:05"),
        ({**NIGHT}, "2026-03-03T03:45", "2026-03-03T04:00"),
        ({**NIGHT}, "2026-03-03T03:46", "2026-03-03T22:00"),
        ({**DAYTIME, **WEEK}, "2026-03-06T21:50", "2026-03-09T06:00"),
        ({**DAYTIME, **WEEK}, "2026-03-07T12:00", "2026-03-09T06:00"),
        ({**WEEK, "time_zone": "Europe/Berlin"}, "2026-03-06T23:50", "2026-03-09T00:00"),
        ({**NIGHT, "weekdays": ("fri",)}, "2026-03-06T23:55", "2026-03-07T00:10"),
        ({**NIGHT, "weekdays": ("fri",)}, "2026-03-07T03:50", "2026-03-13T22:00"),
        ({**NIGHT, "weekdays": ("sun",)}, "2026-03-02T03:30", "2026-03-02T03:45"),
        ({**NIGHT, "weekdays": ("sun",)}, "2026-03-02T03:50", "2026-03-08T22:00"),
    ],
)
def test_the_next_start_lies_in_the_window(schedule: dict, after: str, expected: str) -> None:
    zone = schedule["time_zone"]
    assert Schedule(**schedule).next_start(at(after, zone)) == at(expected, zone)


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T01:50", "2026-03-29T03:05"),
        ("America/New_York", "2026-03-08T01:50", "2026-03-08T03:05"),
    ],
)
def test_an_interval_passes_over_the_hour_that_spring_takes(zone: str, after: str, expected: str) -> None:
    schedule = Schedule(time_zone=zone, start=time(1), end=time(5))
    assert schedule.next_start(at(after, zone)) == at(expected, zone)


@pytest.mark.parametrize(("zone", "night"), [("Europe/Berlin", "2026-10-25"), ("America/New_York", "2026-11-01")])
def test_an_interval_runs_on_through_the_hour_that_autumn_gives_twice(zone: str, night: str) -> None:
    schedule = Schedule(time_zone=zone, start=time(0), end=time(4), every_minutes=30)
    moments = [at(f"{night}T00:00", zone)]
    while moments[-1] < at(f"{night}T04:00", zone):
        moments.append(schedule.next_start(moments[-1]))
    assert len(moments) == 1 + 2 * 5, "four hours by the clock on the wall are five"
    assert all(later - earlier == timedelta(minutes=30) for earlier, later in pairwise(moments))


@pytest.mark.parametrize(
    ("zone", "after", "opening"),
    [
        ("Europe/Berlin", "2026-03-28T12:00", "2026-03-29T06:00"),
        ("Europe/Berlin", "2026-10-24T23:00", "2026-10-25T06:00"),
        ("America/New_York", "2026-03-07T23:00", "2026-03-08T06:00"),
        ("America/New_York", "2026-10-31T23:00", "2026-11-01T06:00"),
    ],
)
def test_a_window_opens_at_its_local_hour_on_both_nights(zone: str, after: str, opening: str) -> None:
    schedule = Schedule(time_zone=zone, start=time(6), end=time(8))
    assert schedule.next_start(at(after, zone)) == at(opening, zone)


def test_a_window_inside_the_hour_that_spring_takes_is_left_out_that_day() -> None:
    schedule = Schedule(time_zone="Europe/Berlin", start=time(2), end=time(2, 30))
    assert schedule.next_start(at("2026-03-28T12:00", "Europe/Berlin")) == at("2026-03-30T02:00", "Europe/Berlin")


def test_a_weekly_window_inside_that_hour_waits_for_the_next_week() -> None:
    schedule = Schedule(time_zone="Europe/Berlin", start=time(2), end=time(2, 30), weekdays=("sun",))
    assert schedule.next_start(at("2026-03-22T12:00", "Europe/Berlin")) == at("2026-04-05T02:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("cron", "more", "after", "expected"),
    [
        ("0 6 * * *", {}, "2026-03-02T05:59", "2026-03-02T06:00"),
        ("0 6 * * *", {}, "2026-03-02T06:00", "2026-03-03T06:00"),
        ("0 6 * * 1-5", {}, "2026-03-06T07:00", "2026-03-09T06:00"),
        ("*/30 * * * *", {"start": time(9), "end": time(10)}, "2026-03-02T10:00", "2026-03-03T09:00"),
        ("*/30 * * * *", {"weekdays": ("wed",)}, "2026-03-02T10:00", "2026-03-04T00:00"),
        ("0 0 29 2 *", {}, "2026-03-02T10:00", "2028-02-29T00:00"),
        (
            "* * * * *",
            {"start": time(23), "end": time(23, 1), "weekdays": ("sat",)},
            "2026-03-07T23:01",
            "2026-03-14T23:00",
        ),
        ("0 23 29 2 *", {"start": time(22), "end": time(4)}, "2026-03-02T10:00", "2028-02-29T23:00"),
    ],
)
def test_cron_starts_at_its_moments_within_the_window(cron: str, more: dict, after: str, expected: str) -> None:
    schedule = Schedule(cron=cron, time_zone="Europe/Berlin", **more)
    assert schedule.next_start(at(after, "Europe/Berlin")) == at(expected, "Europe/Berlin")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-03-28T12:00", "2026-03-29T03:00"),
        ("2026-10-24T12:00", "2026-10-25T02:30"),
    ],
)
def test_cron_on_the_nights_on_which_the_clocks_change(after: str, expected: str) -> None:
    schedule = Schedule(cron="30 2 * * *", time_zone="Europe/Berlin")
    assert schedule.next_start(at(after, "Europe/Berlin")) == at(expected, "Europe/Berlin")
    after_that = schedule.next_start(at(expected, "Europe/Berlin"))
    assert after_that.astimezone(BERLIN).date() > at(expected, "Europe/Berlin").astimezone(BERLIN).date()


@pytest.mark.parametrize(
    "never",
    [
        {"cron": "0 12 * * *", "start": time(1), "end": time(2)},
        {"cron": "0 0 30 2 *"},
        {"cron": "0 12 * * 1", "weekdays": ("tue",)},
    ],
)
def test_a_cron_schedule_that_never_comes_says_so(never: dict) -> None:
    with pytest.raises(ValueError, match=r"never|not a cron schedule"):
        Schedule(**never).next_start(MONDAY)


def test_switched_on_it_starts_at_once_if_the_window_is_open() -> None:
    daily = Schedule(every_minutes=1440, start=time(6), end=time(22))
    assert daily.first_start(MONDAY) == MONDAY
    assert daily.first_start(at("2026-03-02T23:00")) == at("2026-03-03T06:00")
    assert Schedule(cron="0 9 * * *").first_start(MONDAY) == MONDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"cron": "every day"}, "'every day' is not a cron schedule. Write five fields, such as 0 6 * * 1-5."),
        ({"cron": "61 * * * *"}, "'61 * * * *' is not a cron schedule"),
        ({"weekdays": ("mon", "Monday")}, "weekdays are mon, tue, wed, thu, fri, sat, sun; got Monday."),
        ({"weekdays": ()}, "got none."),
        ({"time_zone": "Berlin"}, "'Berlin' is not a time zone. Write one such as Europe/Stockholm."),
        ({"time_zone": "../etc/passwd"}, "is not a time zone"),
        ({"start": time(6)}, "a window needs both a start and an end, such as 06:00 and 22:00."),
        ({"every_minutes": 0}, "greater than or equal to 1"),
        ({"every_minutes": 7 * 24 * 60 + 1}, "less than or equal to 10080"),
        ({"minutes": 5}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_a_schedule_is_refused_with_a_sentence(wrong: dict, sentence: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Schedule.model_validate(wrong)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        ({"every_minutes": 60}, "every 60 minutes"),
        ({"cron": "0 6 * * *"}, "by cron 0 6 * * * (UTC)"),
        ({**DAYTIME}, "every 15 minutes, 06:00 to 22:00 (Europe/Berlin)"),
        ({**DAYTIME, **WEEK}, "every 15 minutes, 06:00 to 22:00, mon tue wed thu fri (Europe/Berlin)"),
        ({"weekdays": ("sun", "sat")}, "every 15 minutes, sat sun (UTC)"),
        ({"time_zone": "Europe/Berlin"}, "every 15 minutes"),
        ({"start": time(0), "end": time(6)}, "every 15 minutes, 00:00 to 06:00 (UTC)"),
    ],
)
def test_a_schedule_says_itself_as_a_person_would(schedule: dict, sentence: str) -> None:
    assert Schedule(**schedule).sentence() == sentence


def test_a_schedule_comes_back_from_what_is_stored() -> None:
    schedule = Schedule(**DAYTIME, **WEEK, every_minutes=7)
    assert Schedule.model_validate(schedule.model_dump(mode="json")) == schedule


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
times = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
days = st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(tuple)
moments = st.integers(0, 3 * 365 * 86400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
windows = st.one_of(st.just({}), st.fixed_dictionaries({"start": times, "end": times}))


def is_inside(schedule: Schedule, moment: datetime) -> bool:
    """The same rule, reckoned differently: minutes since the window's opening."""
    local = moment.astimezone(ZoneInfo(schedule.time_zone))
    if schedule.start is None or schedule.end is None:
        return WEEKDAYS[local.weekday()] in schedule.weekdays
    minute, opens, closes = (one.hour * 60 + one.minute for one in (local, schedule.start, schedule.end))
    since_opening, length = (minute - opens) % 1440, (closes - opens) % 1440
    day = (local - timedelta(minutes=since_opening)).weekday()
    exact = since_opening < length or (since_opening == length and not (local.second or local.microsecond))
    return exact and WEEKDAYS[day] in schedule.weekdays


@settings(max_examples=300, deadline=None)
@given(moments, zones, windows, days, st.integers(1, 7 * 1440))
def test_the_next_start_is_always_later_and_always_inside(
    after: datetime, zone: str, window: dict, weekdays: tuple[str, ...], minutes: int
) -> None:
    schedule = Schedule(time_zone=zone, weekdays=weekdays, every_minutes=minutes, **window)
    start = schedule.next_start(after)
    assert start >= after + timedelta(minutes=minutes)
    assert is_inside(schedule, start)
    assert start <= after + timedelta(minutes=minutes, days=15)
    first = schedule.first_start(after)
    assert after <= first
    assert is_inside(schedule, first)


@settings(max_examples=100, deadline=None)
@given(moments, zones, st.integers(0, 59), st.integers(0, 23))
def test_a_daily_cron_comes_once_on_every_day(after: datetime, zone: str, minute: int, hour: int) -> None:
    schedule = Schedule(cron=f"{minute} {hour} * * *", time_zone=zone)
    starts = [schedule.next_start(after)]
    for _ in range(5):
        starts.append(schedule.next_start(starts[-1]))
    assume(all(start > after for start in starts))
    dates = [start.astimezone(ZoneInfo(zone)).date() for start in starts]
    assert [later - earlier for earlier, later in pairwise(dates)] == [timedelta(days=1)] * 5
