"""Which connections a process accepts, and which it closes to make room."""

from recollect.http.connection_limits import FULL, FULL_OF_YOURS, Gate, Proxies

LOOPBACK = Proxies("127.0.0.1, ::1,10.0.0.0/8")


class Waiting:
    def __init__(self) -> None:
        self.gave_way = False

    def give_way(self) -> None:
        self.gave_way = True


def test_a_network_has_so_many_connections_and_others_have_theirs() -> None:
    gate = Gate(100, 2, LOOPBACK)
    first = Waiting()
    assert gate.enter(first, "192.0.2.1") is None
    assert gate.enter(Waiting(), "192.0.2.1") is None
    assert gate.enter(Waiting(), "192.0.2.1") == FULL_OF_YOURS
    assert gate.enter(Waiting(), "192.0.2.2") is None
    gate.leave(first)
    gate.leave(first)
    assert gate.enter(Waiting(), "192.0.2.1") is None
    assert gate.enter(Waiting(), "192.0.2.1") == FULL_OF_YOURS


def test_an_ipv6_network_counts_as_one_address() -> None:
    gate = Gate(100, 1, LOOPBACK)
    assert gate.enter(Waiting(), "2001:db8::1") is None
    assert gate.enter(Waiting(), "2001:db8::2") == FULL_OF_YOURS


def test_a_proxy_speaks_for_many() -> None:
    gate = Gate(100, 1, LOOPBACK)
    assert all(gate.enter(Waiting(), host) is None for host in ["10.1.2.3", "127.0.0.1"] * 20)


def test_where_there_is_no_room_the_longest_idle_gives_way() -> None:
    gate = Gate(2, 100, LOOPBACK)
    older, newer = Waiting(), Waiting()
    for each in (older, newer):
        assert gate.enter(each, "192.0.2.1") is None
        gate.waits(each)
    gate.works(older)
    gate.waits(older)
    assert gate.enter(Waiting(), "192.0.2.2") is None
    assert (older.gave_way, newer.gave_way) == (False, True)


def test_what_works_gives_way_to_nobody() -> None:
    gate = Gate(1, 100, LOOPBACK)
    busy = Waiting()
    assert gate.enter(busy, "192.0.2.1") is None
    gate.waits(busy)
    gate.works(busy)
    assert gate.enter(Waiting(), "192.0.2.2") == FULL
    assert not busy.gave_way


def test_everybody_can_be_a_proxy_and_nobody() -> None:
    assert Proxies("*").everybody
    assert "192.0.2.1" in Proxies("*")
    assert "192.0.2.1" not in Proxies("")
    assert "a name" not in LOOPBACK
