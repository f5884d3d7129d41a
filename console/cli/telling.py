"""What the doors say: one JSON value, or tables for people; an error is one line, its code and the next step."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from console.cli.words import NEXT, label, one
from mappings.codes import BadCodes
from mappings.faults import Refused
from mappings.table import BadKind

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDE = 1000  # columns where the output is no terminal: no line is folded that a script may look for
WRONG = 2


@dataclass(frozen=True, slots=True)
class Teller:
    json: bool
    lang: str

    def tell(self, value: object, human: Callable[[Console], None]) -> None:
        """The value as JSON, or what `human` prints."""
        if self.json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
        else:
            human(console())

    def rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """A list: as it is in JSON, else a table of these columns."""
        self.tell(rows, lambda out: out.print(self.table(rows, columns)))

    def table(
        self,
        rows: Sequence[Mapping[str, Any]],
        columns: Sequence[str],
        title: str = "",
        heads: Mapping[str, str] | None = None,
    ) -> Table:
        """heads: what stands above a column, where it is not the usual label."""
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title or None, title_justify="left")
        for name in columns:
            table.add_column((heads or {}).get(name) or label(name, self.lang), overflow="fold")
        for row in rows:
            table.add_row(*(_cell(row.get(name), self.lang) for name in columns))
        return table

    def one(self, zh: str, en: str) -> str:
        return one((zh, en), self.lang)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What is refused inside is told, and ends the command with status 2."""
        try:
            yield
        except (Refused, BadKind, BadCodes) as refused:
            self.refused(refused if isinstance(refused, Refused) else Refused("SYS_HOME", detail=str(refused)))
        except BrokenPipeError:  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except OSError as error:
            self.refused(Refused("SYS_DISK", detail=str(error)))

    def refused(self, refused: Refused) -> None:
        """One line on stderr, with --json one value on stdout; then the command ends."""
        self.error(refused.code, refused.zh, refused.en, refused.kind.next)
        raise typer.Exit(WRONG)

    def error(self, code: str, zh: str, en: str, next_: str) -> None:
        if self.json:
            told = {"error": {"code": code, "zh": zh, "en": en, "next": next_}}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        else:
            step = one(NEXT.get(next_, (next_, next_)), self.lang)
            sys.stderr.write(" ".join(f"{code}: {self.one(zh, en)} → {step}".split()) + "\n")


def console(*, stderr: bool = False) -> Console:
    """The terminal at its own width; a pipe wide enough to keep every line whole."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else WIDE
    return Console(stderr=stderr, highlight=False, markup=False, width=width)


def _cell(value: Any, lang: str) -> str:
    if isinstance(value, bool):
        return one(("是", "yes"), lang) if value else ""
    if isinstance(value, list | tuple | frozenset | set):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value)
