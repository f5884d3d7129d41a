"""A short month: everything that was sent well ended where its kind says, and every file was answered."""

from .month import Month


def test_month_end_of_a_few(tmp_path):
    month = Month(tmp_path, days=4, enterprises=3, busy=4, seed=2)
    month.play()
    assert len(month.sent) == 3 * (1 + 3 * 4)
    assert {one.bad for one in month.sent} > {""}
    assert month.astray() == []
