"""The control face: JSON in, an acknowledgement out. Nothing is read back: a document's state is told by receipts alone,
so that the face and the receipts cannot say different things."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from mappings.clock import iso
from mappings.faults import Refused
from simulator.face.opening import Desk

PREFIX = "/control"
Number = Annotated[str, Field(min_length=1, max_length=36, examples=["A20260000000000017"])]


class Body(BaseModel):
    """Unknown keys are refused: a misspelled one would be an order that nobody carries out."""

    model_config = ConfigDict(extra="forbid")


class Decision(Body):
    number: Number
    status: Annotated[str, Field(min_length=1, max_length=4, examples=["HT"])]
    reason: str = ""
    enterprise: str = ""
    facts: dict[str, Any] = {}
    data: dict[str, Any] = {}


class Issue(Body):
    enterprise: str
    inspection_no: str
    format: str = ""
    seed: int = 1
    content: dict[str, Any] | None = None


class Notice(Body):
    kind: str
    number: str = ""
    enterprise: str = ""
    given: dict[str, Any] | None = None
    moods: list[str] = []


class Tick(Body):
    seconds: Annotated[float, Field(gt=0)]


class Speed(Body):
    factor: Annotated[float, Field(ge=0)]


class Day(Body):
    date: Annotated[str, Field(pattern=r"^[0-9]{8}$", examples=["20261121"])]


class Done(BaseModel):
    done: bool = True


class Time(BaseModel):
    now: str


class Issued(BaseModel):
    number: str


router = APIRouter(prefix=PREFIX, tags=["control"])


@router.post("/decide", summary="海关作出决定 / customs decides upon a document")
def decide(desk: Desk, wanted: Decision) -> Done:
    desk.decide(
        wanted.number, wanted.status, reason=wanted.reason, sender=wanted.enterprise, facts=wanted.facts, data=wanted.data
    )  # fmt: skip
    return Done()


@router.post("/issue", summary="现场出证 / issue on site")
def issue(desk: Desk, wanted: Issue) -> Issued:
    number = desk.issue(
        wanted.enterprise, inspection_no=wanted.inspection_no, content=wanted.content, format_=wanted.format, seed=wanted.seed
    )  # fmt: skip
    return Issued(number=number)


@router.post("/notice", summary="海关主动发出的报文 / a message that customs sends by itself")
def notice(desk: Desk, wanted: Notice) -> Issued:
    """The number is that of what was told of: of a notice its own."""
    number = desk.notify(
        wanted.number, wanted.kind, enterprise=wanted.enterprise, given=wanted.given, moods=wanted.moods
    )
    return Issued(number=number)


@router.post("/tick", summary="拨快时钟 / move customs' clock ahead")
def tick(desk: Desk, wanted: Tick) -> Time:
    desk.tick(timedelta(seconds=wanted.seconds))
    return Time(now=iso(desk.clock.now()))


@router.post("/speed", summary="时钟快慢 / how fast customs' clock runs")
def speed(desk: Desk, wanted: Speed) -> Time:
    desk.run_at(wanted.factor)
    return Time(now=iso(desk.clock.now()))


@router.post("/statement", summary="发送当日对账单 / send a day's statement")
def statement(desk: Desk, wanted: Day) -> Done:
    desk.want_statement(wanted.date)
    return Done()


@router.post("/reset", summary="全部忘记 / forget everything")
def reset(desk: Desk) -> Done:
    desk.reset()
    return Done()


def refusal(refused: Refused) -> Response:
    """409 with the code and both sentences."""
    told = {"code": refused.code, "zh": refused.zh, "en": refused.en}
    return JSONResponse({"detail": told}, status_code=409)
