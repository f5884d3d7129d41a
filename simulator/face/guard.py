"""Who may use the face: whoever has the token that was told when it began. Pages carry it in a cookie, programs in a header."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

COOKIE = "customs_officer"
BEARER = "Bearer "
NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
OPEN = frozenset({"/openapi.json"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # `no-referrer` would make the origin of our own forms "null"
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
Next = Callable[[Request], Awaitable[Response]]


def new_token() -> str:
    """128 bits."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Guard:
    """Asked before every route. A name other than this machine's own is refused, so that no foreign page reaches us by a name
    of its own that points here."""

    token: str

    async def __call__(self, request: Request, call_next: Next) -> Response:
        answer = self._refusal(request) or await call_next(request)
        answer.headers.update(HEADERS)
        return answer

    def _refusal(self, request: Request) -> Response | None:
        if _host(request) not in NAMES:
            return PlainTextResponse("421 misdirected\n", status_code=421)
        if request.url.path in OPEN:
            return None
        if self._is(request.headers.get("authorization", "").removeprefix(BEARER)):
            return None
        if self._is(request.cookies.get(COOKIE, "")):
            return None if request.method == "GET" or _from_here(request) else _forbidden()
        given = parse_qs(request.url.query).get("token", [""])[0]
        if request.method == "GET" and self._is(given):
            return self._let_in(request)
        return PlainTextResponse(
            "请用启动时给出的地址打开 / open the address that was told at the start\n", status_code=401
        )

    def _is(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.token.encode())

    def _let_in(self, request: Request) -> Response:
        """The token leaves the address bar and becomes a cookie that no script reads and no other site sends."""
        answer = RedirectResponse(request.url.path, status_code=303)
        answer.set_cookie(COOKIE, self.token, httponly=True, samesite="strict", path="/")
        return answer


def _host(request: Request) -> str:
    name, _, port = request.headers.get("host", "").rpartition(":")
    return (name if port.isdecimal() and name else request.headers.get("host", "")).lower()


def _from_here(request: Request) -> bool:
    """A form of our own page: browsers say where a form comes from."""
    origin = request.headers.get("origin", "")
    return origin == f"http://{request.headers.get('host', '')}"


def _forbidden() -> Response:
    return PlainTextResponse("403\n", status_code=403)
