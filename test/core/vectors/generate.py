# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "python-dateutil==2.9.0.post0",
#   "croniter==7.0.0",
#   "cronsim==2.8",
#   "holidays==0.108",
#   "tzdata==2026.6",
# ]
# ///
"""Makes the JSON files beside it: what implementations that share no code with ours say about calendars and clocks.

Run once, in an environment with exactly the versions above; the same versions make the same bytes:

    python3 -m venv /tmp/vectors && /tmp/vectors/bin/pip install python-dateutil==2.9.0.post0 croniter==7.0.0 \
        cronsim==2.8 holidays==0.108 tzdata==2026.6
    /tmp/vectors/bin/python test/core/vectors/generate.py

All instants are minutes since 1970-01-01T00:00Z. Years end with 2025, so that zone data that is newer or older than
tzdata's by some releases agrees.
"""

import calendar
import json
import os
import random
import re
from datetime import date, datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path

os.environ["PYTHONTZPATH"] = ""  # tzdata from PyPI, not the machine's

from zoneinfo import ZoneInfo  # noqa: E402

import holidays  # noqa: E402
from croniter import croniter  # noqa: E402
from cronsim import CronSim  # noqa: E402
from dateutil import rrule  # noqa: E402

HERE = Path(__file__).parent
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
UTC = timezone.utc

ZONES = [
    "Africa/Cairo", "Africa/Casablanca", "America/Asuncion", "America/Caracas", "America/Godthab", "America/Havana",
    "America/New_York", "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Casey",
    "Antarctica/Troll", "Asia/Amman", "Asia/Beirut", "Asia/Gaza", "Asia/Pyongyang", "Asia/Tehran", "Australia/Lord_Howe",
    "Australia/Sydney", "Europe/Berlin", "Europe/Dublin", "Europe/Istanbul", "Europe/Lisbon", "Europe/Moscow",
    "Pacific/Apia", "Pacific/Chatham", "Pacific/Fakaofo", "Pacific/Norfolk",
]  # fmt: skip


def check_versions():
    for name, wanted in re.findall(r'#   "([\w-]+)==([\w.]+)"', Path(__file__).read_text()):
        if version(name) != wanted:
            raise SystemExit(f"{name} is {version(name)}, not {wanted}")


def minutes(instant):
    return int((instant - EPOCH) / MINUTE)


def offset(instant, zone):
    return instant.astimezone(zone).utcoffset()


def transitions(zone, first, last):
    """Instants at which the offset of the zone changes."""
    start, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    while start < end:
        after = start + timedelta(hours=12)
        if offset(start, zone) != offset(after, zone):
            low, high = start, after
            while high - low > MINUTE:
                middle = low + MINUTE * ((high - low) // MINUTE // 2)
                low, high = (middle, high) if offset(middle, zone) == offset(low, zone) else (low, middle)
            yield high
        start = after


def seam(at, zone):
    """The local times between which something does not exist, or exists twice."""
    walls = [(at + offset(at + step, zone)).replace(tzinfo=None) for step in (-MINUTE, timedelta(0))]
    return min(walls), max(walls)


def read(wall, zone):
    """The instant of a local time by PEP 495, fold=0: the offset before the change in gaps and overlaps alike."""
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    shown = {
        at for fold in (0, 1) if (at := wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)).astimezone(zone).replace(tzinfo=None) == wall
    }  # fmt: skip
    return instant, len(shown)


def wall_vectors():
    """Per zone: local time, instant, how often the clock shows it."""
    result = {}
    for name in ZONES:
        zone, rows = ZoneInfo(name), []
        for at in transitions(zone, 2003, 2025):
            low, high = seam(at, zone)
            for wall in sorted({low - MINUTE, low, low + (high - low) / 2, high - MINUTE, high, high + timedelta(hours=1)}):
                wall = wall.replace(second=0)
                instant, times = read(wall, zone)
                rows.append(f"{wall:%Y-%m-%dT%H:%M} {minutes(instant)} {times}")
        result[name] = rows
    return result


def duration_vectors():
    """Per zone: instant, days on the local calendar (read as above), elapsed minutes, instant."""
    result = {}
    chance = random.Random(2)
    for name in ZONES:
        zone, rows = ZoneInfo(name), []
        for at in list(transitions(zone, 2010, 2025))[:12]:
            low, high = seam(at, zone)
            middle = low + (high - low) / 2
            for days in (-30, -1, 1, 7):
                begin = read(middle.replace(second=0) - timedelta(days=days), zone)[0]
                elapsed = chance.choice([0, 0, 30, 60, 90, 1440, 2880]) * (1 if days > 0 else -1)
                target = begin.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
                rows.append([minutes(begin), days, elapsed, minutes(read(target, zone)[0] + elapsed * MINUTE)])
        result[name] = rows
    return result


def firings(make, start, end):
    """Instants in minutes with start < instant < end, or why the library has none."""
    try:
        found = []
        source = make(start)
        while len(found) < 500:
            at = next(source).astimezone(UTC)
            if at >= end:
                return found
            found.append(minutes(at))
        return "does not end"
    except StopIteration:
        return found
    except Exception as error:  # noqa: BLE001
        return type(error).__name__


def by_cronsim(expression):
    return lambda start: CronSim(expression, start)


def by_croniter(expression):
    # The day of the month and the day of the week as Vixie cron combines them.
    return lambda start: croniter(expression, start, ret_type=datetime, implement_cron_bug=True)


# Expressions for the days around a clock change: those that name hours, and those for every hour.
CLOCK_CRONS = [
    "30 2 * * *", "0 2 * * *", "0 3 * * *", "30 1 * * *", "0 1 * * *", "30 0 * * *", "0 0 * * *", "59 23 * * *",
    "*/30 1-3 * * *", "*/20 0-4 * * *", "15,45 0,2 * * *", "0 */2 * * *", "0 1-23/2 * * *", "30 2 * * sun", "0 0 1 * *",
    "0 * * * *", "30 * * * *", "*/15 * * * *", "*/30 * * * *", "5 0-23 * * *",
]  # fmt: skip


def every_hour(expression):
    return expression.split()[1] in ("*", "0-23")


def by_definition(expression, zone, start, end):
    """What docs/calendar.md promises, from parts that are not ours: cronsim on a calendar without clock changes, and
    zoneinfo. A rule for every hour fires when the clock shows a fitting time; any other names local times, each once."""
    naive = start.astimezone(zone).replace(tzinfo=None) - timedelta(days=2)
    stop = end.astimezone(zone).replace(tzinfo=None) + timedelta(days=2)
    walls = []
    for wall in CronSim(expression, naive):
        if wall > stop:
            break
        walls.append(wall)
    if every_hour(expression):
        fitting, found, at = set(walls), [], start + MINUTE
        while at < end:
            if at.astimezone(zone).replace(tzinfo=None) in fitting:
                found.append(minutes(at))
            at += MINUTE
        return found
    instants = {read(wall, zone)[0] for wall in walls}
    return sorted(minutes(at) for at in instants if start < at < end)


def clock_vectors():
    """Around clock changes: [expression, zone, start, end, by definition, cronsim, croniter], instants after start."""
    rows = []
    for name in ZONES:
        zone = ZoneInfo(name)
        changes = list(transitions(zone, 2009, 2025))
        gaps = [at for at in changes if offset(at, zone) > offset(at - MINUTE, zone)]
        overlaps = [at for at in changes if offset(at, zone) < offset(at - MINUTE, zone)]
        for at in [*gaps[-1:], *overlaps[-1:]]:
            for expression in CLOCK_CRONS:
                reach = timedelta(hours=4) if every_hour(expression) else timedelta(hours=26)
                start, end = at - reach, at + reach
                local = start.astimezone(zone)
                base = minutes(start)
                shifted = [
                    found if isinstance(found, str) else [one - base for one in found]
                    for found in (
                        by_definition(expression, zone, start, end),
                        firings(by_cronsim(expression), local, end),
                        firings(by_croniter(expression), local, end),
                    )
                ]
                rows.append([expression, name, base, minutes(end) - base, *shifted])
    return rows


def random_field(chance, low, high, names=()):
    one = lambda: chance.randint(low, high)  # noqa: E731
    kind = chance.random()
    if kind < 0.3:
        return "*"
    if kind < 0.5:
        return str(one())
    if kind < 0.65:
        return ",".join(str(number) for number in sorted({one() for _ in range(chance.randint(2, 4))}))
    first, last = sorted(chance.sample(range(low, high + 1), 2))
    if kind < 0.8:
        return f"{first}-{last}"
    if kind < 0.9:
        return f"{first}-{last}/{chance.randint(1, max(1, (high - low) // 3))}"
    if names and kind < 0.95:
        return chance.choice(names)
    return f"*/{chance.randint(1, max(1, (high - low) // 2))}"


def random_cron(chance):
    # Seldom many minutes: they make months of firings, and say no more.
    minute = random_field(chance, 0, 59) if chance.random() < 0.1 else str(chance.randint(0, 59))
    hour = random_field(chance, 0, 23)
    day = chance.choice([random_field(chance, 1, 31), "*", "*", "L", "LW"])
    month = random_field(chance, 1, 12, ["jan", "FEB", "mar-jun", "oct,dec"])
    weekdays = ["mon", "MON-FRI", "sun,sat", "7", "5-7", "1L", "5L", "0L", "1#1", "5#2", "0#5", "tue#3"]
    weekday = chance.choice([random_field(chance, 0, 6, weekdays), "*", "*", chance.choice(weekdays)])
    return f"{minute} {hour} {day} {month} {weekday}"


def plain_cron_vectors():
    """Without clock changes, in UTC: [expression, start, cronsim, croniter], up to 6 instants after start each."""
    chance = random.Random(1)
    rows = []
    while len(rows) < 3000:
        expression = random_cron(chance)
        start = datetime(2000, 1, 1, tzinfo=UTC) + MINUTE * chance.randrange(30 * 366 * 1440)
        found = [first_six(make(expression), start) for make in (by_cronsim, by_croniter)]
        if isinstance(found[0], str) and isinstance(found[1], str):
            continue  # no such date, or not the syntax of either
        base = minutes(start)
        rows.append([expression, base, *(one if isinstance(one, str) else [at - base for at in one] for one in found)])
    return rows


def first_six(make, start):
    try:
        source = make(start)
        return [minutes(next(source).astimezone(UTC)) for _ in range(6)]
    except StopIteration:
        return "no date"
    except Exception as error:  # noqa: BLE001
        return type(error).__name__


def near_weekday(day):
    """`15W` as recurrence rules: the day itself, the Friday before a Saturday, the Monday after a Sunday."""
    saturday = f"FREQ=MONTHLY;BYMONTHDAY={day - 1 if day > 1 else 3};BYDAY={'FR' if day > 1 else 'MO'}"
    rules = [f"FREQ=MONTHLY;BYMONTHDAY={day};BYDAY=MO,TU,WE,TH,FR", saturday]
    return [*rules, f"FREQ=MONTHLY;BYMONTHDAY={day + 1};BYDAY=MO"]


RULES = {
    "daily": "FREQ=DAILY",
    "mon-fri": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "fri-mon": "FREQ=WEEKLY;BYDAY=FR,SA,SU,MO",
    "mon,wed,sat": "FREQ=WEEKLY;BYDAY=MO,WE,SA",
    "last-day": "FREQ=MONTHLY;BYMONTHDAY=-1",
    "1st-mon,last-fri": "FREQ=MONTHLY;BYDAY=1MO,-1FR",
    "day-1,day-15": "FREQ=MONTHLY;BYMONTHDAY=1,15",
}
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ORDINALS = {1: "1st", 2: "2nd", 3: "3rd", 21: "21st", 22: "22nd", 23: "23rd"}
for count in range(1, 5):
    for weekday in WEEKDAYS:
        nth = ORDINALS.get(count, f"{count}th")
        RULES[f"{nth}-{weekday}"] = f"FREQ=MONTHLY;BYDAY={count}{weekday[:2].upper()}"
        RULES[f"{nth}-last-{weekday}"] = f"FREQ=MONTHLY;BYDAY=-{count}{weekday[:2].upper()}"
for day in range(1, 32):
    # 28 to 31: the last of the days up to that one that the month has.
    days = ",".join(str(number) for number in range(28, day + 1)) or str(day)
    RULES[f"day-{day}"] = f"FREQ=MONTHLY;BYMONTHDAY={days};BYSETPOS=-1"


def dates_by(text, first, last):
    start = datetime(first.year, first.month, first.day)
    found = rrule.rrulestr(text, dtstart=start).between(start, datetime(last.year, last.month, last.day), inc=True)
    return [at.date() for at in found]


def packed(dates):
    return " ".join(f"{at:%y%m%d}" for at in dates)


def day_vectors():
    """Dates of rules without holidays: {due.days or cron: [first, last, dates yymmdd]}."""
    result = {}
    for name, text in RULES.items():
        years = (2023, 2024) if text.startswith(("FREQ=DAILY", "FREQ=WEEKLY")) else (2019, 2029)
        first, last = date(years[0], 1, 1), date(years[1], 12, 31)
        result[name] = [str(first), str(last), packed(dates_by(text, first, last))]
    for day in (1, 2, 7, 15, 28, 30, 31):
        first, last = date(2015, 1, 1), date(2029, 12, 31)
        dates = sorted({at for text in near_weekday(day) for at in dates_by(text, first, last)})
        # In the months whose last day it is, a Sunday goes back to the Friday.
        ends = [at for at in dates_by(f"FREQ=MONTHLY;BYMONTHDAY={day};BYDAY=SU", first, last)
                if at.day == calendar.monthrange(at.year, at.month)[1]]  # fmt: skip
        dates = sorted({*dates, *(at - timedelta(days=2) for at in ends)})
        dates = [at for at in dates if calendar.monthrange(at.year, at.month)[1] >= day]
        if day == 31:
            dates = [at for at in dates if at.day != 1]
        result[f"cron {day}W"] = [str(first), str(last), packed(dates)]
    return result


def strict_day_vectors():
    """`day-29` to `day-31` as RFC 5545 has them: months without that day are skipped."""
    first, last = date(2019, 1, 1), date(2029, 12, 31)
    return {f"day-{day}": packed(dates_by(f"FREQ=MONTHLY;BYMONTHDAY={day}", first, last)) for day in (29, 30, 31)}


def closed_calendars():
    """Lists of days off to count business days by."""
    years = range(2023, 2028)
    lists = {
        "none": [],
        "DE-BE": sorted(holidays.country_holidays("DE", subdiv="BE", years=years)),
        "US": sorted(holidays.country_holidays("US", years=years)),
        "JP": sorted(holidays.country_holidays("JP", years=years)),
        "NP": sorted(holidays.country_holidays("NP", years=years)),
        "shut": [date(2024, 8, 1) + timedelta(days=day) for day in range(60)]
        + [date(2025, 12, 22) + timedelta(days=day) for day in range(14)],
    }
    return {name: [at for at in days if at.year in years] for name, days in lists.items()}


def business_day_vectors():
    """Per list of days off: the list, and the dates of each rule in the years 2023 to 2027."""
    result = {}
    first, last = datetime(2023, 1, 1), datetime(2027, 12, 31)
    for name, off in closed_calendars().items():
        rules = rrule.rruleset()
        rules.rrule(rrule.rrule(rrule.DAILY, byweekday=range(5), dtstart=first, until=last))
        for day in off:
            rules.exdate(datetime(day.year, day.month, day.day))
        open_days = [at.date() for at in rules]
        months = {}
        for at in open_days:
            months.setdefault((at.year, at.month), []).append(at)
        dates = {"business-days": packed(open_days) if name in ("DE-BE", "shut") else None}
        for count in (1, 2, 3, 5, 10, 15, 19, 20, 21, 22, 23):
            nth = ORDINALS.get(count, f"{count}th")
            dates[f"{nth}-business-day"] = packed(days[min(count, len(days)) - 1] for days in months.values())
            key = "last-business-day" if count == 1 else f"{nth}-last-business-day"
            dates[key] = packed(days[-min(count, len(days))] for days in months.values())
        moves = []
        chance = random.Random(3)
        for _ in range(60):
            start = date(2024, 1, 1) + timedelta(days=chance.randrange(1100))
            count = chance.choice([-10, -3, -2, -1, 1, 2, 3, 10])
            moves.append([str(start), count, str(business_days_from(start, count, set(open_days)))])
        result[name] = {
            "off": packed(off),
            "dates": {rule: text for rule, text in dates.items() if text is not None},
            "moves": moves,
        }
    return result


def business_days_from(start, count, open_days):
    step = timedelta(days=1 if count > 0 else -1)
    while count != 0:
        start += step
        if start in open_days:
            count -= 1 if count > 0 else -1
    return start


def random_rrule(chance):
    """A rule of whole days as RFC 5545 allows it."""
    frequency = chance.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "MONTHLY", "YEARLY"])
    some = lambda items, most: ",".join(str(one) for one in chance.sample(items, chance.randint(1, most)))  # noqa: E731
    codes = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    numbers = [number for number in range(-31, 32) if number != 0]
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.4:
        parts.append(f"INTERVAL={chance.randint(1, 5)}")
    if chance.random() < 0.3:
        parts.append(f"BYMONTH={some(range(1, 13), 3)}")
    kind = chance.random()
    if kind < 0.3 and frequency != "WEEKLY":
        parts.append(f"BYMONTHDAY={some(numbers, 3)}")
    if 0.2 < kind < 0.7:
        # Not numbered ones beside others: dateutil then wants a date to be both.
        numbered = frequency in ("MONTHLY", "YEARLY") and chance.random() < 0.6
        nth = lambda: chance.choice(["1", "2", "-1", "4", "5"]) if numbered else ""  # noqa: E731
        parts.append("BYDAY=" + ",".join(nth() + code for code in chance.sample(codes, chance.randint(1, 3))))
    if kind > 0.9 and frequency == "YEARLY":
        parts.append(f"BYYEARDAY={some([1, 60, 100, 200, 365, 366, -1, -100, -366], 3)}")
    if any(part.startswith("BY") for part in parts) and frequency in ("MONTHLY", "YEARLY") and chance.random() < 0.3:
        parts.append(f"BYSETPOS={some([1, 2, 3, -1, -2], 2)}")
    if chance.random() < 0.3:
        parts.append(f"WKST={chance.choice(codes)}")
    end = chance.random()
    if end < 0.2:
        parts.append(f"COUNT={chance.randint(1, 30)}")
    elif end < 0.4:
        parts.append(f"UNTIL={date(2026, 1, 1) + timedelta(days=chance.randrange(2000)):%Y%m%d}")
    return ";".join(parts)


def recurrence_vectors():
    """Recurrence rules: [rule, first day, dates yymmdd up to 2030, at most 40 of them]."""
    chance = random.Random(4)
    rows = []
    while len(rows) < 1200:
        text = random_rrule(chance)
        first = date(2024, 1, 1) + timedelta(days=chance.randrange(900))
        start = datetime(first.year, first.month, first.day)
        found = rrule.rrulestr(text, dtstart=start).between(start, datetime(2030, 12, 31), inc=True)
        rows.append([text, str(first), packed(at.date() for at in found[:40])])
    return rows


REGIONS = [
    "AR", "AT", "AT-9", "AU-NSW", "AU-VIC", "BE", "BR", "CA-ON", "CA-QC", "CH-ZH", "CH-GE", "CL", "CO", "CZ", "DE",
    "DE-BE", "DE-BW", "DE-BY-A", "DE-HE", "DE-NW", "DE-SN", "DK", "EE", "ES", "ES-CT", "FI", "FR", "GB-ENG", "GB-NIR",
    "GB-SCT", "GR", "HR", "HU", "IE", "IS", "IT", "JP", "LT", "LU", "LV", "MT", "MX", "NL", "NO", "NZ", "PL", "PT", "RO",
    "SE", "SI", "SK", "US", "US-CA", "US-MA", "ZA",
]  # fmt: skip
SUBDIVISIONS = {"DE-BY-A": ("DE", "Augsburg"), "DE-BY": ("DE", "BY"), "AT-9": ("AT", "9")}


def holiday_vectors():
    """Public holidays by region and year: {region: {year: dates mmdd}}."""
    result = {}
    for region in REGIONS:
        country, subdivision = SUBDIVISIONS.get(region) or (*region.split("-"), None)[:2]
        by_year = {}
        for year in (2022, 2023, 2024, 2025, 2026):
            found = holidays.country_holidays(country, subdiv=subdivision, years=year)
            by_year[str(year)] = " ".join(f"{at:%m%d}" for at in sorted(found) if at.year == year)
        result[region] = by_year
    return result


def write(name, content):
    """One row or one member a line, so that a difference can be read."""
    short = lambda value: json.dumps(value, separators=(",", ":"))  # noqa: E731
    if isinstance(content, list):
        text = "[\n" + ",\n".join(short(row) for row in content) + "\n]\n"
    else:
        members = (f"{short(key)}:{short(value)}" for key, value in content.items())
        text = "{\n" + ",\n".join(members) + "\n}\n"
    (HERE / f"{name}.json").write_text(text)


if __name__ == "__main__":
    check_versions()
    write("wall", wall_vectors())
    write("durations", duration_vectors())
    write("clock-changes", clock_vectors())
    write("cron", plain_cron_vectors())
    write("days", {"rules": day_vectors(), "strict": strict_day_vectors()})
    write("business-days", business_day_vectors())
    write("recurrences", recurrence_vectors())
    write("holidays", holiday_vectors())
