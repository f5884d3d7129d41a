"""初始值模板 (manual 002 §4.6): values that one enterprise types again and again, kept under a name in the home, never sent.

A template is a file `initial/<name>.json` {name, kind, enterprise, scope, creator, created_at, content}. A declaration that
names one (`"initial": "<name>"`) takes from it what it leaves out, before it is checked; what it gives stays. A template of
scope `creator` is for whoever made it alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from channels.files import durable_replace
from gateway.errors import Unanswerable
from gateway.home import Home
from mappings.attaching import GROUP
from mappings.check import check
from mappings.clock import iso
from mappings.codes import code_list
from mappings.kind import Direction, Kind

FOLDER, SCOPES = "initial", "template_scope"
COMPANY, CREATOR = "company", "creator"
NAME = re.compile(r"[^\W_][\w.\- ]{0,59}")  # a file's name, in any script


@dataclass(frozen=True, slots=True)
class Template:
    """scope: company or creator. created_at: ISO, when it was saved last. content: values by the ids of the dictionary."""

    name: str
    kind: str
    enterprise: str
    scope: str
    creator: str
    created_at: str
    content: Mapping[str, Any]

    def is_for(self, codes: Iterable[str], actor: str) -> bool:
        return self.enterprise in codes and (self.scope == COMPANY or self.creator == actor)


def templates(folder: Path) -> list[Template]:
    """All that there are, by name. Raises Unanswerable INITIAL_BAD for a file that is none."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return [_read(file) for file in files]


def template(folder: Path | None, name: str) -> Template | None:
    file = folder / f"{name}.json" if folder and NAME.fullmatch(name) else None
    return _read(file) if file and file.is_file() else None


def save(home: Home, name: str, value: Mapping[str, Any], *, scope: str, actor: str) -> Template:
    """Keep the values of a declaration that may lack anything: what is wrong with a value that stands in it is told.

    Raises Unanswerable: INITIAL_BAD; INITIAL_UNKNOWN for somebody else's name.
    """
    kind = home.contract.kinds.get(str(value.get("kind")))
    enterprise, content = str(value.get("enterprise", "")), value.get("content")
    if not NAME.fullmatch(name) or scope not in code_list(SCOPES).rows:
        raise Unanswerable("INITIAL_BAD", name=name, detail=f"{name} {scope}")
    if kind is None or kind.direction is not Direction.OUT or not isinstance(content, Mapping):
        raise Unanswerable("INITIAL_BAD", name=name, detail=f"kind {value.get('kind')}")
    if enterprise not in home.tenants:
        raise Unanswerable("INITIAL_BAD", name=name, detail=f"enterprise {enterprise}")
    content = {key: each for key, each in content.items() if key != GROUP}
    wrong = [f for f in check(kind, content).faults if _stands(content, f.path)]
    if wrong:
        raise Unanswerable("INITIAL_BAD", name=name, detail=f"{wrong[0].path} {wrong[0].code} {wrong[0].zh}")
    before = template(home.initial, name)
    if before and not before.is_for(_codes(home, enterprise), actor):
        raise Unanswerable("INITIAL_UNKNOWN", name=name)
    made = Template(name, kind.name, enterprise, scope, actor, iso(home.clock.now()), content)
    home.initial.mkdir(exist_ok=True)
    durable_replace(home.initial / f"{name}.json", json.dumps(asdict(made), ensure_ascii=False, indent=1).encode())
    return made


def _stands(content: Any, path: str) -> bool:
    """Is there a value at the place of a fault? What a whole declaration must have, and this one lacks, has no such place."""
    for step in path.split("/")[2:]:
        content = content[int(step)] if isinstance(content, list) else content.get(step)
        if content in (None, "", []):
            return False
    return True


def remove(home: Home, names: Iterable[str], *, actor: str) -> list[str]:
    """Delete several, all or none. Raises Unanswerable: SELECT_NONE, INITIAL_UNKNOWN."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        raise Unanswerable("SELECT_NONE")
    for name in wanted:
        found = template(home.initial, name)
        if found is None or (found.scope == CREATOR and found.creator != actor):
            raise Unanswerable("INITIAL_UNKNOWN", name=name)
    for name in wanted:
        (home.initial / f"{name}.json").unlink(missing_ok=True)
    return wanted


def filled(kind: Kind, content: Mapping[str, Any], initial: Mapping[str, Any]) -> dict[str, Any]:
    """The content with what it leaves out. A carried document takes from the template's first of the same format."""
    whole = {**initial, **{name: value for name, value in content.items() if value not in (None, "", [])}}
    group = kind.carries
    given, kept = (content.get(group.name), initial.get(group.name)) if group else (None, None)
    if group and group.kind and isinstance(given, list) and isinstance(kept, list):
        whole[group.name] = [_item(group.kind, item, kept) for item in given]
    return whole


def _item(kind: Kind, item: Any, kept: Iterable[Any]) -> Any:
    if not isinstance(item, Mapping):
        return item
    chosen = item.get(kind.format_field)
    like = next((k for k in kept if isinstance(k, Mapping) and k.get(kind.format_field) == chosen), {})
    return {**like, **{name: value for name, value in item.items() if value not in (None, "", [])}}


def _codes(home: Home, enterprise: str) -> tuple[str, str]:
    tenant = home.tenants[enterprise]
    return tenant.code, tenant.uscc


def _read(file: Path) -> Template:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
        found = Template(**value)
    except (ValueError, TypeError) as bad:
        raise Unanswerable("INITIAL_BAD", name=file.stem, detail=f"{type(bad).__name__}: {bad}") from bad
    if not isinstance(found.content, Mapping):
        raise Unanswerable("INITIAL_BAD", name=file.stem, detail="content")
    return found
