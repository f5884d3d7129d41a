"""One door for every command: home, form and language from before or after its name; what is refused is told, not thrown."""

from __future__ import annotations

import getpass
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from console.cli.telling import Teller

if TYPE_CHECKING:
    from gateway.home import Home
    from mappings.load import Contract

HOME, SETTINGS = "GATEWAY_HOME", "gateway.toml"


@dataclass(frozen=True, slots=True)
class Door:
    """What every command is told. `given`: the home that was named, by option or environment."""

    given: Path | None = None
    json: bool = False
    lang: str = "zh"

    @property
    def teller(self) -> Teller:
        return Teller(json=self.json, lang=self.lang)

    @property
    def found(self) -> Path | None:
        """The home that was named, else the current folder when it is one."""
        return self.given or (Path.cwd() if Path(SETTINGS).is_file() else None)

    @property
    def home(self) -> Path:
        """Raises BadHome where none is named or found."""
        from gateway.errors import BadHome

        if self.found is None:
            raise BadHome(
                "SYS_HOME", detail="没有指定，请用 --home 或 GATEWAY_HOME / none is given: --home or GATEWAY_HOME"
            )
        return self.found

    @contextmanager
    def open(self) -> Iterator[Home]:
        from console.cli.passphrase import of_home
        from gateway.home import Home

        home = Home(self.home, passphrase=of_home(self.home))
        try:
            yield home
        finally:
            home.close()

    def contract(self) -> Contract:
        """The product's kinds, and the home's own where there is a home."""
        from importlib.resources import files

        from mappings.load import contract, load

        own = self.found / "contract" if self.found else None
        return load((files("mappings"), own)) if own and own.is_dir() else contract()


AnyHome = Annotated[Path | None, typer.Option("--home", metavar="DIR", help="工作目录 / the home (GATEWAY_HOME).")]
AsJson = Annotated[bool, typer.Option("--json", help="输出一个 JSON 值 / one JSON value on stdout.")]
Language = Annotated[str, typer.Option("--lang", metavar="zh|en", help="语言 / language.", show_default=False)]


def group(name: str | None, help_: str) -> typer.Typer:
    """A group of commands, which takes the common options too."""
    app = typer.Typer(name=name, help=help_, no_args_is_help=True, add_completion=False)
    app.callback()(_listen)
    return app


def _listen(context: typer.Context, home: AnyHome = None, json: AsJson = False, lang: Language = "") -> None:
    context.obj = _asked(context, home, lang, json=json)


def _asked(context: typer.Context, home: Path | None, lang: str, *, json: bool) -> Door:
    """What was asked for here, over what was asked for before the command's name."""
    if lang not in ("", "zh", "en"):
        raise typer.BadParameter(f"{lang!r}: zh | en", param_hint="--lang")
    before: Door = context.obj or Door(_from_environment(), lang=os.environ.get("GATEWAY_LANG") or "zh")
    return replace(before, given=home or before.given, json=json or before.json, lang=lang or before.lang)


def _from_environment() -> Path | None:
    return Path(os.environ[HOME]) if os.environ.get(HOME) else None


_COMMON = [
    inspect.Parameter("home", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=AnyHome),
    inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=AsJson),
    inspect.Parameter("lang", inspect.Parameter.KEYWORD_ONLY, default="", annotation=Language),
]
_CONTEXT = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)


def offer(app: typer.Typer, command: Callable[..., int | None], name: str, panel: str | None = None) -> None:
    """A function of a Door as a command with the common options. It returns the exit status, None for 0."""
    own = _parameters(command)

    def run(context: typer.Context, home: Path | None, json: bool, lang: str, **given: Any) -> None:
        door = _asked(context, home, lang, json=json)
        with door.teller.telling():
            raise typer.Exit(command(door, **given) or 0)

    run.__signature__ = inspect.Signature([_CONTEXT, *own, *_COMMON])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (_CONTEXT, *own, *_COMMON)}
    app.command(name, help=command.__doc__, rich_help_panel=panel)(run)


def _parameters(command: Callable[..., int | None]) -> list[inspect.Parameter]:
    """The command's own parameters, its Door left out, with their annotations as values."""
    hints = get_type_hints(command, include_extras=True)
    found = [p for p in inspect.signature(command).parameters.values() if p.name != "door"]
    return [p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY) for p in found]


def actor() -> str:
    """Who acts at this terminal, for histories and the audit."""
    return f"cli:{account()}"


def account() -> str:
    """The account of the operating system, as the system knows it: what the environment says of it is anybody's word."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except ImportError:  # no POSIX
        return getpass.getuser()
    except KeyError:  # a container's user without a name
        return str(os.getuid())
