"""初始值设置: `gateway initial list`, `save`, `show`, `delete`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door, actor
from console.cli.when import plain

if TYPE_CHECKING:
    from gateway.submission.initial_values import Template

HEADS = {"name": ("模板名称", "name"), "scope": ("生效标志", "for"), "created_at": ("创建时间", "saved at"), "kind": ("种类", "kind"),
         "enterprise": ("企业", "enterprise"), "creator": ("创建人员", "made by")}  # fmt: skip
Name = Annotated[str, typer.Argument(metavar="NAME", help="模板名称 / the template's name.")]


def list_(door: Door) -> None:
    """初始值模板 / the templates of initial values."""
    from gateway.submission.initial_values import templates
    from mappings.codes import code_list

    with door.open() as home:
        rows = [_row(each) for each in templates(home.initial)]
    scopes = code_list("template_scope").rows
    shown = [
        row | {"created_at": plain(row["created_at"]), "scope": door.teller.one(scopes[row["scope"]].name, scopes[row["scope"]].name_en)}
        for row in rows
    ]  # fmt: skip
    heads = {name: door.teller.one(*words) for name, words in HEADS.items()}
    door.teller.tell(rows, lambda out: out.print(door.teller.table(shown, tuple(HEADS), heads=heads)))


def save(
    door: Door,
    name: Name,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="申报文件（JSON），可缺字段 / a declaration, lacking what it may."),
    ] = None,
    of: Annotated[str, typer.Option("--from", metavar="NUMBER", help="取自已有单证 / from a stored document.")] = "",
    scope: Annotated[
        str, typer.Option("--scope", metavar="company|creator", help="使用单位或创建人员 / for whom.")
    ] = "company",
) -> None:
    """保存为模板 / keep values under a name; an earlier template of that name gives way."""
    from gateway.drafting.copying import copied
    from gateway.submission.initial_values import save as keep

    if (file is None) == (not of):
        raise typer.BadParameter("FILE | --from NUMBER", param_hint="FILE")
    with door.open() as home:
        value = copied(home, of, reference="") if of else _read(file)
        made = keep(home, name, value, scope=scope, actor=actor())
    door.teller.tell(_row(made), lambda out: out.print(f"✓ {name}  {made.kind}"))


def show(door: Door, name: Name) -> None:
    """模板内容 / what a template holds."""
    from gateway.errors import Unanswerable
    from gateway.submission.initial_values import template

    with door.open() as home:
        found = template(home.initial, name)
    if found is None:
        raise Unanswerable("INITIAL_UNKNOWN", name=name)
    value = asdict(found)
    door.teller.tell(value, lambda out: out.print(json.dumps(value, ensure_ascii=False, indent=1)))


def delete(
    door: Door,
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME…", help="模板名称 / names.")] = None,
) -> None:
    """删除模板，不可恢复 / delete templates, all or none, for good."""
    from gateway.submission.initial_values import remove

    with door.open() as home:
        gone = remove(home, names or (), actor=actor())
    door.teller.tell(gone, lambda out: out.print("\n".join(f"✓ {name}" for name in gone)))


def _read(file: Path | None) -> dict[str, Any]:
    from gateway.errors import Unanswerable

    assert file is not None
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as bad:
        raise Unanswerable("INITIAL_BAD", name=file.name, detail=str(bad)) from bad
    if not isinstance(value, dict):
        raise Unanswerable("INITIAL_BAD", name=file.name, detail=type(value).__name__)
    return value


def _row(made: Template) -> dict[str, Any]:
    return {name: getattr(made, name) for name in HEADS}
