"""Every vector at its door, and what that costs: `python -m tests.vectors_files.judge` prints one line of JSON a file."""

import csv
import json
import os
import resource
import sys
import time
from pathlib import Path

from gateway.intake.sheet import read_sheet
from mappings.faults import Refused
from parcel.attachment import Attachment, inspect
from parcel.package.pack import unpack

HERE = Path(__file__).parent
ROWS = [
    row
    for row in csv.DictReader((HERE / "manifest.csv").read_text(encoding="utf-8").splitlines())
    if row["category"] != "csv"
]
TEMPLATE = ("商品编码", "商品名称", "申请重量", "重量单位", "申请数量", "数量单位")
MEMORY = 100 << 20
SECONDS = 1


def at_door(category, data, name):
    if category == "pdf":
        return inspect(Attachment("10000005", "poa.pdf", data))
    if category == "zip":
        return unpack(data, name=name)
    if category == "hog":
        return bytearray(b"x" * len(data) * MEMORY)
    return read_sheet(data, name, wanted=TEMPLATE, texts=("商品编码",))


def judge(category, data, name="file"):
    """(verdict, code)"""
    try:
        at_door(category, data, name)
    except Refused as refusal:
        assert "—" not in refusal.zh + refusal.en, "a sentence without its evidence"
        return "reject", refusal.code
    return "accept", ""


def measured(category, data, name="file"):
    """Verdict, code, seconds and bytes above idle of one file, in a child that may not have more than it is allowed."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            _limit()
            idle, began = _resident(), time.perf_counter()
            found = [*judge(category, data, name), time.perf_counter() - began, idle]
            os.write(write, json.dumps(found).encode())
        finally:
            os._exit(0)
    os.close(write)
    said = os.read(read, 65536)
    os.close(read)
    _, status, usage = os.wait4(child, 0)
    if not said:
        return "died", str(status), SECONDS, MEMORY
    verdict, code, seconds, idle = json.loads(said)
    return verdict, code, seconds, max(0, usage.ru_maxrss * 1024 - idle)


def _limit():
    """Memory beyond what is mapped already, and processor time: who wants more is killed."""
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MEMORY, mapped + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS + 1, SECONDS + 1))


def _resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main(folder=None):
    """The vectors, or all files of a folder whose names begin with their category."""
    import pikepdf  # noqa: F401 - loaded once, so that a file is measured and not its reader
    import python_calamine  # noqa: F401

    files = [(row["category"], HERE / row["path"]) for row in ROWS]
    if folder:
        files = [(path.name.partition("-")[0], path) for path in sorted(Path(folder).iterdir())]
    for category, path in files:
        told = path.name if folder else str(path.relative_to(HERE))
        print(json.dumps([told, *measured(category, path.read_bytes(), path.name)]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:2])
