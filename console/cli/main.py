"""The `gateway` command: every command in its group; nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import typer
from typer.main import get_command

from console.cli import (
    arrivals,
    audit,
    board,
    channels,
    conform,
    copies,
    customs,
    declare,
    demo,
    doctor,
    documents,
    entry,
    evidence,
    formats,
    homes,
    importing,
    initial,
    keys,
    kinds,
    maps,
    messages,
    modify,
    notices,
    query,
    questions,
    queue,
    reconcile,
    relay,
    seals,
    spec,
    stock,
    template,
    work,
)
from console.cli.door import group, offer
from console.cli.telling import WRONG, Teller

app = group(
    None,
    "报关网关：申报、回执与证书 / message gateway to customs: declarations, receipts, certificates. "
    "退出码 / exit status: 0 完成 done, 1 否 the answer is no, 2 用法或设置有误 used wrongly or broken set-up.",
)

DECLARE, WATCH, INBOX, OUTBOX = "申报 / Declare", "查看 / Watch", "收件 / Inbox", "发件与通道 / Outbox and channels"
CONTRACT, SET_UP, OTHER_END = "约定 / Contract", "设置 / Set-up", "海关端 / Customs' end"

Offered = dict[str, Callable[..., int | None]]
PANELS: dict[str, Offered] = {
    DECLARE: {"check": declare.check, "submit": declare.submit, "confirm": declare.confirm, "modify": modify.modify,
              "import": importing.import_, "questions": questions.questions, "answer": questions.answer, "delete": questions.delete,
              "copy": copies.copy, "pickup-notice": copies.pickup_notice, "work": notices.work,
              "handled": notices.handled, "run": work.run},
    WATCH: {"status": documents.status, "query": query.query, "show": documents.show, "message": messages.message, "board": board.board,
            "evidence": evidence.evidence, "reconcile": reconcile.reconcile, "differences": reconcile.differences,
            "settle": reconcile.settle, "preview": copies.preview, "stock": stock.stock},
    INBOX: {"arrivals": arrivals.arrivals, "release": arrivals.release, "match": arrivals.match,
            "discard": arrivals.discard, "verify": seals.verify},
    CONTRACT: {"kinds": kinds.kinds, "states": kinds.states, "sample": kinds.sample, "template": template.template,
               "spec": spec.spec},
    OUTBOX: {"channels": channels.channels, "pause": channels.pause, "drain": channels.drain, "resume": channels.resume,
             "queue": queue.queue, "retry": queue.retry, "resend": queue.resend},
    SET_UP: {"init": homes.init, "migrate": homes.migrate, "doctor": doctor.doctor},
    OTHER_END: {"demo": demo.demo, "simulate": customs.simulate, "conform": conform.conform},
}  # fmt: skip
KEYS: Offered = {
    "list": keys.list_, "expiring": keys.expiring, "new": keys.new, "import": keys.import_, "card": keys.card,
    "trust": keys.trust, "revoked": keys.revoked, "retire": keys.retire, "unlock": keys.unlock,
    "pending": keys.pending, "approve": keys.approve, "reject": keys.reject,
}  # fmt: skip
GROUPS: tuple[tuple[str, str, str, Offered], ...] = (
    (SET_UP, "keys", "密钥与证书 / keys and certificates.", KEYS),
    (SET_UP, "enterprise", "企业 / enterprises of this home.", {"add": homes.add, "list": homes.enterprises}),
    (SET_UP, "relay", "代发 / enterprises that send through this home.",
     {"add": relay.add, "list": relay.relays, "pause": relay.pause, "resume": relay.resume}),
    (WATCH, "entry", "入境货物检验检疫证明 / entry certificates.",
     {"preview": entry.preview, "show": entry.show, "pdf": entry.pdf}),
    (DECLARE, "initial", "初始值模板 / templates of initial values.",
     {"list": initial.list_, "save": initial.save, "show": initial.show, "delete": initial.delete}),
    (DECLARE, "map", "对照表 / intake maps.", {"draft": maps.draft}),
    (CONTRACT, "formats", "证书格式 / certificate formats.", {"list": formats.formats, "add": formats.add, "word": formats.word}),
    (WATCH, "audit", "审计 / who did what, and whether every chain is whole.",
     {"list": audit.entries, "verify": audit.verify, "accept": audit.accept}),
    (OTHER_END, "customs", "模拟海关 / what customs does (simulator).",
     {"tick": customs.tick, "speed": customs.speed, "decide": customs.decide, "issue": customs.issue,
      "notice": customs.notice, "statement": customs.statement, "reset": customs.reset}),
)  # fmt: skip

for panel, commands in PANELS.items():
    for word, command in commands.items():
        offer(app, command, word, panel)
for panel, name, help_, commands in GROUPS:
    inner = group(name, help_)
    for word, command in commands.items():
        offer(inner, command, word)
    if name == "audit":
        inner.callback(invoke_without_command=True, no_args_is_help=False)(audit.bare)
    app.add_typer(inner, rich_help_panel=panel)


_Misused = cast(type[Exception], typer.BadParameter.__bases__[0])
"""UsageError, which typer does not name in public: it has moved from click into typer itself."""


def run() -> None:
    """Entry point. Its exit status is the contract's, whatever happens."""
    sys.exit(main(sys.argv[1:]))


@cache
def _command() -> Any:
    """What `app()` would make anew for each call, of every command that there is."""
    return get_command(app)


def main(arguments: list[str]) -> int:
    try:
        return int(_command()(arguments, prog_name="gateway", standalone_mode=False) or 0)
    except _Misused as misused:
        return _misused(misused, json="--json" in arguments)
    except typer.Abort:
        sys.stderr.write("\n")
        return WRONG
    except Exception:  # noqa: BLE001  a defect of ours, which must not look like the answer "no"
        import traceback

        traceback.print_exc()
        return WRONG


def _misused(misused: Any, *, json: bool) -> int:
    if json:
        said = misused.format_message()
        Teller(json=True, lang="").error("USAGE", f"用法有误：{said}", f"Used wrongly: {said}", "look_at_help")
    else:
        misused.show()
    return WRONG


if __name__ == "__main__":
    run()
