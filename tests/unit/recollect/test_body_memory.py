"""Request bodies share a limited room, and no caller can take all of it."""

import pytest

from recollect.http.body_memory import BodyMemory
from recollect.http.operation_queue import QueueFull


def test_one_caller_has_a_share_and_all_have_the_room_together() -> None:
    room = BodyMemory(room=100, share=0.4)
    with room.hold("anna") as annas, room.hold("ben") as bens, room.hold("carl") as carls:
        annas(30)
        with room.hold("anna") as more, pytest.raises(QueueFull):
            more(11)
        annas(10)
        bens(40)
        with pytest.raises(QueueFull) as full:
            carls(21)
        assert full.value.status == 503
        assert full.value.headers["retry_after"]
        carls(20)
    with room.hold("anna") as annas:
        annas(40)


def test_what_was_refused_takes_no_room() -> None:
    room = BodyMemory(room=100, share=1)
    for _ in range(3):
        with room.hold("anna") as take:
            take(60)
            with pytest.raises(QueueFull):
                take(60)
    with room.hold("ben") as take:
        take(100)
