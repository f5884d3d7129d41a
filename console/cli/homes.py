"""Setting up: `gateway init`, `migrate`, `enterprise add|list`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from gateway.home import Home

Code = Annotated[str, typer.Option("--enterprise", metavar="CODE", help="10 位海关编码或 18 位信用代码 / its code.")]
Name = Annotated[str, typer.Option("--name", help="企业名称 / its name.")]


def init(
    door: Door,
    directory: Annotated[Path | None, typer.Argument(metavar="DIR", help="工作目录 / the home to make.")] = None,
    enterprise: Code = "",
    name: Name = "",
    database: Annotated[
        str, typer.Option("--database", metavar="URL", help="数据库 / database.")
    ] = "sqlite:///gateway.db",
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="演示：带模拟海关，密钥无口令 / with customs' end, plain keys.")
    ] = False,
) -> None:
    """新建工作目录 / make a home."""
    from console.cli import make
    from console.cli.passphrase import new

    path = directory or door.given or Path.cwd()
    if demo:
        home = make.demo_home(path, code=enterprise, name=name, database=database)
    elif enterprise and name:
        home = make.real_home(path, code=enterprise, name=name, database=database, passphrase=new)
    else:
        raise typer.BadParameter(
            "需要 --enterprise 和 --name，或 --demo / needed, or else --demo", param_hint="--enterprise --name"
        )
    _tell_made(door, home, demo=demo)
    home.close()


def _tell_made(door: Door, home: Home, *, demo: bool) -> None:
    told = {"home": str(home.path), "node_id": home.settings.node}
    plain = door.teller.one(
        "演示密钥没有口令（权限 0600），不得用于真实申报。",
        "Demo keys have no passphrase (mode 0600): not for real declarations.",
    )
    door.teller.tell(
        told, lambda out: out.print(f"✓ {told['home']}  {told['node_id']}" + (f"\n  {plain}" if demo else ""))
    )


def migrate(door: Door) -> None:
    """升级数据库结构 / bring the database to this program's schema."""
    from gateway.home import absolute_url
    from gateway.settings import load_settings
    from ledger.engine import connect, schema_state
    from ledger.engine import migrate as upgrade

    home = door.home.resolve()
    url = absolute_url(load_settings(home).database, home)
    upgrade(url)
    engine = connect(url)
    told = {"home": str(home), "schema": schema_state(engine)}
    engine.dispose()
    door.teller.tell(told, lambda out: out.print(f"✓ {told['home']}  {told['schema']}"))


def add(
    door: Door,
    code: Annotated[str, typer.Argument(metavar="CODE", help="10 位或 18 位代码 / its code.")],
    name: Name,
    uscc: Annotated[str, typer.Option("--uscc", help="社会信用代码 / social credit code.")] = "",
) -> None:
    """登记企业并生成密钥 / register an enterprise, with a key of its own."""
    from console.cli import make

    with door.open() as home:
        added = make.enterprise(home, code, name, uscc)
        told = {"code": added.code, "uscc": added.uscc, "name": added.name, "node_id": added.node_id}
    door.teller.tell(told, lambda out: out.print(door.teller.table([told], ("code", "uscc", "name", "node_id"))))


def enterprises(door: Door) -> None:
    """本工作目录的企业 / the enterprises of this home."""
    with door.open() as home:
        rows = [
            {"code": t.code, "uscc": t.uscc, "name": t.name, "node_id": t.node_id} for t in home.ledger.enterprises()
        ]
    door.teller.rows(rows, ("code", "uscc", "name", "node_id"))
