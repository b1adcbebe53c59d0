"""Work in other processes: it is done, in order, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from ast import literal_eval
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from threatbrief.processes import begin, can_fork, map_forked

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forking is POSIX's")

ROOT = Path(__file__).parents[2]
LEFT_ALONE = r"""
import os, time
from threatbrief.processes import begin, map_forked
begin(lambda: time.sleep(60))
def work(number):
    os.write(1, f"{os.getpid()}\n".encode())
    time.sleep(60)
list(map_forked(work, range(2), 2, fewest=1, chunk=1))
"""


def test_jobs_are_done_elsewhere_and_in_order() -> None:
    rows = in_new_process("""
        held = {"not": lambda: "pickled"}
        do = lambda job: (job, held["not"](), os.getpid() == here)
        print(list(map_forked(do, range(20), 2, fewest=1, chunk=3)))
    """)
    assert rows == [(job, "pickled", False) for job in range(20)]


def test_few_jobs_are_done_here() -> None:
    assert set(map_forked(lambda _: os.getpid(), range(3), 2, fewest=4, chunk=1)) == {os.getpid()}


def test_what_was_begun_is_answered_by_another_process() -> None:
    assert in_new_process("print(begin(os.getpid)() not in (0, here))")


def test_jobs_in_turn_share_a_process_and_are_answered_in_any_order() -> None:
    rows = in_new_process("""
        from threatbrief.processes import begin_in_turn
        made = []
        first, second = begin_in_turn(lambda: made.append(os.getpid()), lambda: (made, os.getpid()))
        found, process = second()
        print([first(), found == [process], process != here, made])
    """)
    assert rows == [None, True, True, []]


def test_jobs_after_one_that_fails_elsewhere_are_done_here() -> None:
    rows = in_new_process("""
        from threatbrief.processes import begin_in_turn
        one, two, three = begin_in_turn(
            os.getpid, lambda: os._exit(1) if os.getpid() != here else "here", lambda: os.getpid() == here
        )
        print([one() != here, two(), three()])
    """)
    assert rows == [True, "here", True]


def test_what_fails_elsewhere_is_done_here() -> None:
    assert in_new_process("""
        print([begin(lambda: os._exit(1) if os.getpid() != here else "here")()])
    """) == ["here"]


def test_nothing_is_forked_beside_threads() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not can_fork()
        assert begin(os.getpid)() == os.getpid()
    finally:
        stop.set()
        thread.join()


def test_nothing_is_forked_once_the_pdf_compiler_has_threads() -> None:
    answers = in_new_process("""
        from pathlib import Path
        from threatbrief.processes import can_fork
        from threatbrief.render.coverage import CoverageProbe
        from threatbrief.render.typst import BriefCompiler
        before = can_fork()
        BriefCompiler((Path("templates"),)).missing_glyphs("\u4e00")
        probe = CoverageProbe((Path("templates"),))
        print([before, can_fork(), begin(os.getpid)() == here, probe.missing("\u2603\u4e00")])
    """)
    assert answers[:3] == [True, False, True]
    assert "\u4e00" in answers[3]


def test_no_process_outlives_one_that_was_killed() -> None:
    run = subprocess.Popen([sys.executable, "-c", LEFT_ALONE], stdout=subprocess.PIPE, text=True)
    assert run.stdout
    workers = [int(run.stdout.readline()) for _ in range(2)]
    run.send_signal(signal.SIGKILL)
    run.wait()
    deadline = time.monotonic() + 10
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, workers))
    assert run.stdout.read() == ""  # the end: nobody holds the other one, what was begun included
    run.stdout.close()


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def in_new_process(code: str) -> Any:
    """What code prints: other tests leave threads behind in this process."""
    head = "import os\nfrom threatbrief.processes import begin, map_forked\nhere = os.getpid()\n"
    run = subprocess.run(
        [sys.executable, "-c", head + dedent(code)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return literal_eval(run.stdout)
