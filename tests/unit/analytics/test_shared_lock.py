"""A shared lock is held by many threads at once, or by one exclusively."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from analytics.warehouse.duckdb.shared_lock import SharedLock


def test_an_exclusive_holder_meets_nobody_and_every_thread_gets_its_turn() -> None:
    lock, counting = SharedLock(), threading.Lock()
    inside = together = 0

    def share() -> None:
        nonlocal inside, together
        for _ in range(50):
            with lock.shared():
                with counting:
                    inside += 1
                    together = max(together, inside)
                time.sleep(0.0002)
                with counting:
                    inside -= 1

    def be_alone() -> None:
        for _ in range(20):
            with lock.exclusive():
                assert inside == 0
                time.sleep(0.0002)
                assert inside == 0

    with ThreadPoolExecutor(6) as threads:
        running = [threads.submit(work) for work in (share, be_alone) * 3]
        for work in running:
            work.result(timeout=300)
    assert together > 1


def test_an_error_inside_releases_the_lock() -> None:
    lock = SharedLock()
    for enter in (lock.exclusive, lock.shared, lock.exclusive):
        try:
            with enter():
                raise KeyError
        except KeyError:
            pass
