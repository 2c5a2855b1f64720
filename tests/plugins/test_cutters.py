"""The process that cuts tiles is there only while somebody looks."""

from __future__ import annotations

from plugins.cutters import Cutters


def _running(cutters: Cutters) -> int:
    crews = cutters._pool._crews
    return sum(process.alive for crew in crews for process in crew.processes)


def test_it_starts_with_the_first_job_and_ends_after_the_last() -> None:
    cutters = Cutters(idle=0.01)
    assert _running(cutters) == 0
    first = cutters.submit("math:sqrt", 16.0)
    assert first.value == 4.0
    while timer := cutters._timer:
        timer.join()
    assert _running(cutters) == 0
    assert cutters.submit("math:sqrt", 25.0).value == 5.0
    cutters.close()


def test_it_stays_while_jobs_come() -> None:
    cutters = Cutters(idle=60)
    for number in range(3):
        assert cutters.submit("math:sqrt", float(number**2)).value == number
        assert _running(cutters) == 1
    timer = cutters._timer
    cutters.close()
    assert _running(cutters) == 0
    assert timer is not None
    timer.join()  # it was cancelled
    cutters._look()  # and one that had begun already finds nothing to do
    assert cutters._timer is None
