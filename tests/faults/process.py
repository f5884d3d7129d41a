"""F68, F69, F70: the process and its host."""

from __future__ import annotations

import resource

from tests.faults.cell import Bench, NotRun, cell


@cell("F68", "process", "no file handles", "told; no work by half; goes on when there are")
def no_handles(bench: Bench) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (7, 7))

    assert bench.submit(2) == 0
    assert bench.run(plant=few) in (0, 2)
    assert bench.err, "nothing was said"
    assert bench.files("OutBox") == [] or bench.count("outbox", "stage = 'answer'") == len(bench.files("OutBox"))


@cell("F69", "process", "SIGTERM at work", "the pass is finished, exit 0, nothing is left half done")
def asked_to_stop(bench: Bench) -> None:
    assert bench.submit(20) == 0
    with bench.running():
        bench.until(lambda: bool(bench.files("OutBox")), "a file in the OutBox")
    assert bench.status == 0
    assert bench.count("outbox", "stage = 'answer'") == len([n for n in bench.files("OutBox") if n.endswith(".xml")])


@cell("F70", "host", "power cut with everything running", "as F17")
def whole_host(bench: Bench) -> None:
    from tests.crash.power_cut import lacks, run

    if why := lacks():
        raise NotRun(why)
    outcome = run(bench.many(2, 10), seed=70, a_life=bench.many(2, 5), kinds=("xfs", "ext4"))
    assert outcome.clean, outcome.wrong
