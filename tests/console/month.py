"""Virtual days of many enterprises through a real home, and a reconciliation that finds what was planted and nothing else.

    python -m tests.console.month [--days 30] [--enterprises 20] [--busy 8] [--seed 1]

One home with an enterprise a node each, customs beside it on the same folders and the same clock, which is put ahead by
hours. Every enterprise declares once a day, and `busy` times on each of the last three days; customs' desks keep hours, take
their time, and send every enterprise its account of the day when the day is over. Every day somebody makes one mistake
(`tests.console.month_planted`). At the end `gateway reconcile --date D` is asked about every day. Exit status 1 when it finds
anything else than what was planted, or does not find it, or has no account of a day.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from console.cli.main import main as gateway
from console.cli.make import CUSTOMS, demo_home, enterprise
from gateway.home import CLOCK, Home
from gateway.intake.declaration import Declaration
from gateway.settings import FILE as SETTINGS
from gateway.submission.submit import Submitter
from gateway.worker import Worker, locked
from mappings.clock import MICROSECOND, FileClock, micros, stamp
from mappings.kind import Direction, Kind
from mappings.sample import ENTERPRISE, sample
from simulator.customs import Customs
from simulator.eledgers import QUERY
from simulator.hours import Hours
from simulator.house import FILE, load_settings, written
from simulator.settings import open_customs
from tests.console.month_planted import KIND, MISTAKES, Day, Found, lose_a_receipt

CODE = "11089191{:02d}"
HOURS = Hours(8 * 60 + 30, 17 * 60 + 30, (1, 2, 3, 4, 5, 6, 7))
LAST_DAYS = 3  # of the month, on which everybody sends much
AFTER = 2  # days in which what came on the last day is answered
MOODS = ("", "", "", "#refuse", "", "#return", "#twice", "", "#shuffle", "#late:2h")
UNKNOWN = "222N01040009999"
DAY, OPEN = timedelta(days=1), timedelta(hours=8)


@dataclass
class Month:
    """Both ends of one home. busy: declarations a day of each enterprise at the end of the month. first: 8 digits."""

    home: Home
    customs: Customs
    worker: Worker
    days: int
    busy: int
    seed: int
    planted: list[Found] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    declared: int = 0

    def play(self) -> None:
        kinds, moods = cycle(self._kinds()), cycle(MOODS)
        clock = FileClock(self.home.path / CLOCK)
        begin = micros(f"{stamp(clock.now() + DAY // MICROSECOND)[:8]}093000000")  # keys are valid from now
        for n in range(self.days + AFTER):
            clock.put(begin + n * (DAY // MICROSECOND))
            self.dates.append(stamp(clock.now())[:8])
            often = 0 if n >= self.days else self.busy if n >= self.days - LAST_DAYS else 1
            for _ in range(often):
                self._declare(kinds, moods)
                self._rest()
                clock.tick(OPEN / often)
            self._end_of_day(n if often else None)

    def _end_of_day(self, n: int | None) -> None:
        """What is due is answered, and one mistake is made."""
        mistake = MISTAKES[n % len(MISTAKES)] if n is not None else None
        day = Day(self.home.path, self.dates[-1], {found.number for found in self.planted})
        self.customs.until_idle()
        if mistake is lose_a_receipt:
            self.planted += mistake(day)
        self._rest()
        if mistake and mistake is not lose_a_receipt:
            self.planted += mistake(day)

    def _kinds(self) -> list[Kind]:
        known = self.home.contract.kinds.values()
        return [k for k in known if k.direction is Direction.OUT and k.number and not k.needs]

    def _declare(self, kinds: Iterator[Kind], moods: Iterator[str]) -> None:
        """One declaration of each enterprise; the first one's can have a mistake planted in them."""
        told = []
        for n, tenant in enumerate(self.home.ledger.enterprises()):
            kind, mood = (self.home.contract.kinds[KIND], "") if n == 0 else (next(kinds), next(moods))
            self.declared += 1
            reference = f"MONTH-{self.declared:06d}"
            value = _own(sample(kind, seed=self.seed + self.declared, reference=reference), tenant.code)
            content = {name: held for name, held in value["content"].items() if name != "confirm_before_issue"}
            if kind.name == QUERY:
                content["inspection_no"] = UNKNOWN  # what is known of one would be held against what is declared later
            content["remark"] = f"{mood} 月末 {self.declared}".strip()
            told.append(Declaration("month", value | {"content": content}))
        refused = [outcome for outcome in Submitter(self.home, actor="month").submit(told) if not outcome.number]
        assert not refused, refused[0].faults

    def _rest(self) -> None:
        """There and back until neither end has anything to do now."""
        while self.worker.until_idle().changed | bool(self.customs.until_idle()):
            pass

    def reconciled(self) -> tuple[list[Found], int, list[str]]:
        """What `gateway reconcile` finds, how many documents it matches, and the days of which it has no account."""
        found, matched, unstated = list[Found](), 0, list[str]()
        for date in self.dates[: self.days + 1]:  # the day after it: what was declared late is answered then
            told = self._told(date)
            matched += told["matched"]
            unstated += [] if told["stated"] else [date]
            for what in ("missing", "unknown", "differing"):
                found += [Found(date, row["enterprise"], what, row["number"]) for row in told[what]]
        return sorted(found), matched, unstated

    def _told(self, date: str) -> dict[str, Any]:
        out = io.StringIO()
        with redirect_stdout(out):
            status = gateway(["--home", str(self.home.path), "reconcile", "--json", "--date", date])
        told: dict[str, Any] = json.loads(out.getvalue())
        assert status == (0 if told["closed"] else 1), (status, told)
        return told


def _own(value: dict[str, Any], code: str) -> dict[str, Any]:
    """The sample as another enterprise declares it for itself."""
    told: dict[str, Any] = json.loads(json.dumps(value).replace(ENTERPRISE, code))
    return told


def made(folder: Path, count: int) -> Home:
    """A home of so many enterprises with customs beside it, whose desks keep hours and tell every day's account."""
    home = demo_home(folder, progress="timed")
    settings = folder / SETTINGS
    settings.write_text(
        settings.read_text(encoding="utf-8").replace('judges = "both"', 'judges = "one"'), encoding="utf-8"
    )
    for n in range(1, count):
        enterprise(home, CODE.format(n), f"演示企业 {n}", "")
    home.close()
    path = folder / CUSTOMS / FILE
    path.write_text(written(replace(load_settings(path.parent), statement="daily", hours=HOURS)), encoding="utf-8")
    return Home(folder)


def played(folder: Path, *, days: int, enterprises: int, busy: int, seed: int) -> Month:
    home = made(folder, enterprises)
    customs = open_customs(folder / CUSTOMS)
    try:
        with locked(home):
            month = Month(home, customs, Worker(home), days, busy, seed)
            month.play()
    finally:
        customs.close()
        home.close()
    return month


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("days", 30), ("enterprises", 20), ("busy", 8), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="month-") as folder:
        began, cpu = time.perf_counter(), time.process_time()
        month = played(Path(folder) / "home", **vars(options))
        traffic = time.perf_counter() - began
        found, matched, unstated = month.reconciled()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    planted = sorted(month.planted)
    good = found == planted and not unstated
    sys.stdout.write(
        f"{options.days} days, {options.enterprises} enterprises: {month.declared} declarations in {traffic:.1f} s, "
        f"reconciled in {seconds - traffic:.1f} s ({cpu:.1f} s CPU): {matched} matched, {len(planted)} differences planted, "
        f"{len(found)} found: {'exactly those' if good else 'NOT those'}\n"
    )
    for word, rows in (("not found", set(planted) - set(found)), ("not planted", set(found) - set(planted))):
        sys.stdout.writelines(f"  {word}: {row}\n" for row in sorted(rows))
    sys.stdout.writelines(f"  no account of {date}\n" for date in unstated)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
