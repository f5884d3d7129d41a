"""Two accounts compared, whatever is in them: every number ends in exactly one place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.accounts.listed import Listed
from gateway.accounts.reconciliation import Accounts, next_day, with_customs, with_enterprise
from ledger.rows import DayLine, Differs, StatedLine

NUMBERS = st.sampled_from([f"B2026{n:013d}" for n in range(8)])
STATES = st.sampled_from(["SS", "HS", "HF"])


def our(number: str, state: str = "HS", *, submitted: bool = True, customs_no: str = "") -> DayLine:
    return DayLine(number, "", f"R-{number}", "blank_certificate_application", state, customs_no, "", submitted)


def their(number: str, state: str = "HS", customs_no: str = "") -> StatedLine:
    return StatedLine(number, "BLANKAPP", state, customs_no, "", "20261121120000000")


@given(st.dictionaries(NUMBERS, STATES), st.dictionaries(NUMBERS, STATES))
def test_every_number_is_matched_or_told_once(ours: dict[str, str], theirs: dict[str, str]) -> None:
    accounts = Accounts([our(n, s) for n, s in ours.items()], [their(n, s) for n, s in theirs.items()])
    found = with_customs(accounts)
    told = {d.number: d.what for d in found.differences}
    assert found.matched + len(found.differences) == len(ours.keys() | theirs.keys())
    for number in ours.keys() | theirs.keys():
        wanted = (
            Differs.MISSING if number not in theirs
            else Differs.UNKNOWN if number not in ours
            else Differs.DIFFERING if ours[number] != theirs[number]
            else None
        )  # fmt: skip
        assert told.get(number) == wanted


def test_numbers_that_customs_assigned_are_compared_too() -> None:
    found = with_customs(
        Accounts([our("B1", customs_no="0101L2600000001")], [their("B1", customs_no="0101L2600000002")])
    )
    (difference,) = found.differences
    assert difference.what is Differs.DIFFERING and difference.theirs["customs_no"].endswith("2")


def test_what_crossed_midnight_is_told_on_the_next_day() -> None:
    assert not with_customs(Accounts([our("B1", "")], [], later={"B1": their("B1")})).differences
    assert not with_customs(Accounts([], [their("B1")], elsewhere={"B1": our("B1", submitted=False)})).differences
    assert next_day("20261231") == "20270101"


def test_a_refused_file_and_a_draft_are_no_difference() -> None:
    """Customs never had the one, and nothing was sent of the other."""
    assert not with_customs(Accounts([our("B1", "SF"), our("B2", "", submitted=False)], [])).differences


def test_the_enterprises_list_says_as_much_as_it_likes() -> None:
    ours = [our("B1"), our("B2")]
    assert with_enterprise(ours, [Listed("R-B1", {}), Listed("R-B2", {"number": "B2", "state": "HS"})]).matched == 2
    (difference,) = with_enterprise(ours, [Listed("R-B1", {"state": "HF"}), Listed("R-B2", {})]).differences
    assert (difference.what, difference.number) == (Differs.DIFFERING, "B1")
