"""Certificate formats and templates of a home: judged as a whole, then written below `contract/`, where both ends read them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.errors import BadFormat
from mappings.check import check
from mappings.kind import Direction, Format, Kind
from mappings.load import Contract, load
from mappings.load_formats import FOLDER
from mappings.parser import parse
from mappings.sample import formats_of, sample
from mappings.table import BadKind, Table
from mappings.write import write
from xsd.explain import Judges
from xsd.store import schema_source

CERTIFICATE = "certificate"
CONTRACT = "contract"
_HEAD = {
    "number": "A20260000000000001",
    "enterprise_code": "1108919038",
    "submission": 0,
    "stated_at": "20260101000000000",
}


def add_format(home: Path, file: Path, *, kind: str = CERTIFICATE) -> tuple[Format, Path]:
    """The format of a file, now in the home, and where it lies.

    It is loaded beside all others, its schemas are printed and compiled, and both judges accept a message that holds it.
    Raises BadFormat naming file and key; then nothing is written.
    """
    text = _text(file)
    own = home / CONTRACT
    with TemporaryDirectory(prefix="gateway-format-") as folder:
        try:
            id_ = Table.read(file, file.name).take("id", str)
            _put(Path(folder), kind, id_, text)
            contract = load((files("mappings"), *([own] if own.is_dir() else []), Path(folder)))
        except BadKind as bad:
            raise BadFormat("FORMAT_BAD", file=file.name, problem=bad.problem, place=bad.place) from bad
    if kind not in contract.kinds or not contract.kinds[kind].format_field:
        raise BadFormat("FORMAT_BAD", file=file.name, problem=f"{kind}: 没有格式 / has no formats", place="")
    _try(contract, contract.kinds[kind], id_)
    return contract.kinds[kind].formats[id_], _put(own, kind, id_, text)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise BadFormat("FORMAT_BAD", file=file.name, problem=str(unreadable), place="") from unreadable


def _put(root: Path, kind: str, id_: str, text: str) -> Path:
    if Path(id_).name != id_ or id_.startswith("."):
        raise BadKind("id", f"{id_!r} is no name for a file")
    target = root / "kinds" / kind / FOLDER / f"{id_}.toml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def _try(contract: Contract, kind: Kind, id_: str) -> None:
    """Every outward kind that can hold the format writes a full sample of it, and both judges read it."""
    judges = Judges(schema_source(contract), both=True)
    for carrier in _carriers(contract, kind, id_):
        declared = check(carrier, sample(carrier, format_=id_)["content"])
        judges.judge(carrier, parse(write(carrier, _HEAD, declared.content, head_parts=contract.head)))


def _carriers(contract: Contract, kind: Kind, id_: str) -> Sequence[Kind]:
    if kind.direction is Direction.OUT:
        return [kind]
    holding = (k for k in contract.messages if k.direction is Direction.OUT and k.carries and k.carries.kind is kind)
    return [k for k in holding if id_ in formats_of(k)]


def origin(home: Path | None, kind: str, id_: str) -> str:
    """`home` for a format that lies below the home's contract, else `product`."""
    own: Traversable | None = home / CONTRACT / "kinds" / kind / FOLDER / f"{id_}.toml" if home else None
    return "home" if own is not None and own.is_file() else "product"
