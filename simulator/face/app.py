"""The face as an application, and as a server beside the simulator: one thread, loopback only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

from mappings.faults import Refused
from simulator.errors import BadCustoms
from simulator.face import control, officer
from simulator.face.guard import Guard, new_token
from simulator.office import Office

LOOPBACK = "127.0.0.1"
START = 15.0  # s within which the server listens


def face(folder: Path, token: str) -> FastAPI:
    """folder: a home's `customs/`. No page of documentation: it would be fetched from elsewhere; `/openapi.json` is there."""
    app = FastAPI(title="海关端模拟器 / customs' end", version="1", docs_url=None, redoc_url=None)
    app.state.folder = folder
    app.middleware("http")(Guard(token))
    app.add_exception_handler(Refused, _refused)
    app.include_router(control.router)
    app.include_router(officer.router)
    return app


def _refused(request: Request, refused: Exception) -> Response:
    """The one place where a refusal becomes an answer: for programs as JSON, for people as a page."""
    assert isinstance(refused, Refused)
    if request.url.path.startswith(control.PREFIX):
        return control.refusal(refused)
    with Office(request.app.state.folder) as office:
        return officer.refusal(office, refused, asked=request.method == "GET")


@contextmanager
def serving(folder: Path, *, port: int) -> Iterator[str]:
    """The address, with the token, under which it can be opened while this lasts. port: 0 for any that is free."""
    token = new_token()
    config = uvicorn.Config(face(folder, token), host=LOOPBACK, port=port, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="face", daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{_port(server, thread)}/?token={token}"
    finally:
        server.should_exit = True
        thread.join(timeout=START)


def _port(server: uvicorn.Server, thread: threading.Thread) -> int:
    """Raises BadCustoms where the port is taken."""
    waited = threading.Event()
    for _ in range(int(START / 0.05)):
        if server.started:
            return int(server.servers[0].sockets[0].getsockname()[1])
        if not thread.is_alive():
            break
        waited.wait(0.05)
    raise BadCustoms(f"不能在 {LOOPBACK}:{server.config.port} 上监听 / cannot listen there")
