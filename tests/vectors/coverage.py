"""Which vectors each row of the bad-input matrix (reliability 7) has: `python -m tests.vectors.coverage`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fnmatch import fnmatch

from tests.vectors.own.rows import rows as own_rows
from tests.vectors.own.world import HERE


@dataclass(frozen=True)
class Covered:
    """elsewhere: whose row it is when it is not this issue's."""

    row: str
    what: str
    vectors: tuple[str, ...]
    elsewhere: str
    gaps: tuple[str, ...]


def coverage() -> list[Covered]:
    shared = [row["path"] for name in ("manifest.csv", "../vectors_files/manifest.csv") for row in _read(name)]
    shared += [f"csv/{row['path']}" for row in _read("../vectors_csv/manifest.csv")]
    own = own_rows()
    covered = []
    for row in _read("rows.csv"):
        globs = row["shared"].split()
        theirs = [path for path in shared if any(fnmatch(path, glob) for glob in globs)]
        idle = [glob for glob in globs if not any(fnmatch(path, glob) for path in shared)]
        assert not idle, f"rows.csv: {row['row']}: {idle} names no vector"
        ours = [each for each in own if row["row"] in each.row.split()]
        gaps = tuple(each.path for each in ours if each.gap)
        generated = row["tests"].split()
        lost = [test for test in generated if not _is_there(test)]
        assert not lost, f"rows.csv: {row['row']}: there is no {lost}"
        vectors = (*theirs, *(f"own/{each.path}" for each in ours), *generated)
        covered.append(Covered(row["row"], row["what"], vectors, row["elsewhere"], gaps))
    return covered


def table() -> str:
    lines = []
    for each in coverage():
        told = each.elsewhere or f"{len(each.vectors)}: {' '.join(each.vectors)}"
        open_ = f"  OPEN: {' '.join(each.gaps)}" if each.gaps else ""
        lines.append(f"{each.row:5} {each.what:44.44} {told}{open_}")
    own = [each for each in coverage() if not each.elsewhere]
    lines.append(
        f"rows with vectors: {sum(bool(each.vectors) for each in own)}/{len(own)}, of others: {len(lines) - len(own)}"
    )
    return "\n".join(lines)


def _is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    file = HERE.parents[1] / path
    return file.is_file() and f"def {name}(" in file.read_text(encoding="utf-8")


def _read(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((HERE / name).read_text(encoding="utf-8").splitlines()))


if __name__ == "__main__":
    print(table())
