"""Every vector judged at its door, counted by folder: `python -m tests.vectors.tally [MANIFEST]`.

Prints `right/all` for each folder and the total; with the manifest that the vectors came from, each of its rows is looked for by
name, and what differs is named. Exit status 1 where a verdict or a code is wrong, or a row is missing.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.intake.files import in_file
from gateway.intake.maps import reader
from mappings.load import contract
from tests.gateway.test_maps import all_faults
from tests.vectors.test_vectors import ROWS as XML_ROWS
from tests.vectors.test_vectors import judge, registered
from tests.vectors_files.judge import HERE as FILES
from tests.vectors_files.judge import ROWS as FILE_ROWS
from tests.vectors_files.judge import judge as judge_file

CSV = FILES.parent / "vectors_csv"
OF_EXPORTS = {
    "csv/export-injection-cells.json": "tests/gateway/test_sheet.py::test_texts_that_would_be_formulas_elsewhere_are_read_as_they_are",
}


@dataclass(frozen=True)
class Told:
    """One row of a manifest, and what the product said."""

    path: str
    expected: str
    code: str
    verdict: str
    said: str

    @property
    def right(self) -> bool:
        """A row that may be accepted says no code when it is."""
        codes = self.code.split("|") if self.verdict == "reject" else ["", *self.code.split("|")]
        return self.verdict in self.expected.split("|") and self.said in codes


def told() -> Iterator[Told]:
    with tempfile.TemporaryDirectory() as folder:
        registry = registered(Path(folder))
        for row in XML_ROWS:
            yield Told(row["path"], row["expected"], row["code"], *judge(row, registry))
    for row in FILE_ROWS:
        found = judge_file(row["category"], (FILES / row["path"]).read_bytes(), row["path"])
        yield Told(row["path"], row["expected"], row["code"], *found)
    for row in csv.DictReader((CSV / "manifest.csv").read_text(encoding="utf-8").splitlines()):
        yield Told(f"csv/{row['path']}", row["expected"], row["code"], *_of_csv(CSV / row["path"]))


def _of_csv(path: Path) -> tuple[str, str]:
    found = in_file(path, contract=contract(), mapped=reader(CSV, "vectors", contract()))
    codes = {fault.code for declaration in found for fault in all_faults(declaration)}
    return ("reject" if codes else "accept", " ".join(sorted(codes)))


def main(origin: str = "") -> int:
    found = {each.path: each for each in told()}
    folders: dict[str, list[Told]] = defaultdict(list)
    for each in found.values():
        folders[each.path.partition("/")[0]].append(each)
    for name, rows in sorted(folders.items()):
        print(f"{name:5} {sum(each.right for each in rows)}/{len(rows)}")
    print(f"all   {sum(each.right for each in found.values())}/{len(found)}")
    for path, test in OF_EXPORTS.items():
        print(f"no input, and judged by {test}: {path}")
    wrong = [
        f"{each.path}: wanted {each.expected} {each.code}, got {each.verdict} {each.said}"
        for each in found.values()
        if not each.right
    ]
    if origin:
        names = [row["path"] for row in csv.DictReader(Path(origin).read_text(encoding="utf-8").splitlines())]
        missing = [name for name in names if name not in found and name not in OF_EXPORTS]
        print(f"rows of {origin} that are here: {len(names) - len(missing)}/{len(names)}")
        wrong += [f"{name}: is not here" for name in missing]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
