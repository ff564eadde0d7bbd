"""A gate lets threads in together, or one by itself."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from analytics.gate import Gate


def test_who_is_alone_meets_nobody_and_all_get_their_turn() -> None:
    gate, inside, together, lock = Gate(), 0, 0, threading.Lock()

    def share() -> None:
        nonlocal inside, together
        for _ in range(50):
            with gate.shared():
                with lock:
                    inside += 1
                    together = max(together, inside)
                time.sleep(0.0002)
                with lock:
                    inside -= 1

    def be_alone() -> None:
        for _ in range(20):
            with gate.alone():
                assert inside == 0
                time.sleep(0.0002)
                assert inside == 0

    with ThreadPoolExecutor(6) as threads:
        running = [threads.submit(work) for work in (share, be_alone) * 3]
        for work in running:
            work.result(timeout=20)
    assert together > 1


def test_an_error_inside_opens_the_gate_again() -> None:
    gate = Gate()
    for enter in (gate.alone, gate.shared, gate.alone):
        try:
            with enter():
                raise KeyError
        except KeyError:
            pass
