"""An e-port card and its service on this machine, as the remote signer meets them (real-messages 4.2): with their moods."""

import json
import threading
import time
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field

from signing.suites import SUITES

GREETING = {"_id": 0, "_method": "open", "_status": "00", "_args": {"Result": True, "Data": [], "Error": []}}
LIGHT_OFF = ["[读卡器底层库]复位读卡器失败:错误码=50070", "Err:Custom50070"]
WRONG_PIN = ["[密码设备]校验PIN失败,还剩{left}次", "Err:Custom50103"]


@dataclass
class Card:
    """The card in the reader. `moods` may change while it runs: light_off, silent, drop, chatter, redirect, echo, forge."""

    signer: object  # a SoftwareKey, whose key and certificate the card has
    pin: str = "135790"
    each: float = 0.0  # seconds a signature
    moods: set = field(default_factory=set)
    drop_after: int | None = None  # signatures
    tries: int = 0  # PINs that were shown
    wrong: int = 0  # of them wrong ones, on end; the card locks at three
    signed: int = 0
    connections: int = 0
    url: str = ""

    def answer(self, ask):
        """(ok, data, errors) of one question."""
        if "light_off" in self.moods:
            return False, [], LIGHT_OFF
        if ask["_method"] == "cus-sec_SpcGetSignCertAsPEM":
            assert "passwd" not in ask["args"], "the certificate asks for no PIN"
            return True, [b64encode(self.signer.certificate.der).decode()], []
        assert ask["_method"] == "cus-sec_SpcSignDataAsPEM"
        return self._sign(ask["args"])

    def _sign(self, args):
        self.tries += 1
        if args["passwd"] != self.pin:
            self.wrong += 1
            assert self.wrong < 3, "the card is locked for ever"
            told = [WRONG_PIN[0].format(left=3 - self.wrong), WRONG_PIN[1]]
            return False, [], [*told, args["passwd"]] if "echo" in self.moods else told
        self.wrong = 0
        time.sleep(self.each)
        data = args["inData"] + ("x" if "forge" in self.moods else "")
        value = SUITES[self.signer.suite].sign(self.signer.key, data.encode())
        self.signed += 1
        return True, [b64encode(value).decode(), self.signer.key_name], []

    def serve(self, link):
        self.connections += 1
        link.send(json.dumps(GREETING))
        for text in link:
            ask = json.loads(text)
            shows_pin = "passwd" in ask["args"]
            if shows_pin and ("drop" in self.moods or self.drop_after == self.signed):
                self.tries += "drop" in self.moods
                link.socket.close()
                return
            if "silent" in self.moods:
                continue
            if "chatter" in self.moods:
                chatter(link)
                return
            ok, data, errors = self.answer(ask)
            args = {"Result": ok, "Data": data, "Error": errors}
            link.send(json.dumps({"_id": ask["_id"], "_method": ask["_method"], "_status": "00", "_args": args}))


def chatter(link):
    """Never stops, and never says what was asked for."""
    from websockets.exceptions import ConnectionClosed

    try:
        while True:
            link.send(json.dumps(GREETING))
            time.sleep(0.01)
    except ConnectionClosed:
        return


@contextmanager
def running(card, port=0, elsewhere=""):
    """The service of a card, until this ends. elsewhere: it sends its callers there (HTTP 302)."""
    from websockets.sync.server import serve

    def moved(link, _request):
        if elsewhere:
            response = link.respond(302, "")
            response.headers["Location"] = elsewhere
            return response
        return None

    server = serve(card.serve, "127.0.0.1", port, process_request=moved, compression=None, close_timeout=0.5)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    card.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
    try:
        yield card
    finally:
        server.shutdown()
        thread.join()
