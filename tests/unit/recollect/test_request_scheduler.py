"""Requests that arrive at the same time start one by one."""

import asyncio
from types import SimpleNamespace

import pytest
from starlette.types import Message, Receive, Scope, Send

from recollect.http import operation_queue
from recollect.http.bans import Bans
from recollect.http.budgets import OverBudget
from recollect.http.request_scheduler import AT_ONCE, SUSPECTS_WAITING, RequestScheduler
from recollect.http.suspects import SUSPECT


async def _receive() -> Message:
    raise AssertionError("nothing is received")


async def _send(message: Message) -> None:
    raise AssertionError("nothing is sent")


async def test_networks_take_turns_newcomers_first_and_the_exempt_path_waits_for_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Every place's rest ends in the next round of the event loop, however busy the machine is.
    monkeypatch.setattr(operation_queue, "time", SimpleNamespace(monotonic=lambda: 0.0))
    started: list[str] = []
    all_started, end = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        started.append(scope["path"])
        if len(started) == len(tasks):
            all_started.set()
        await end.wait()

    scheduler = RequestScheduler(app, exempt=frozenset({"/healthz"}), bans=Bans(60))

    async def request(path: str, host: str) -> None:
        scope = {"type": "http", "path": path, "headers": [], "client": (host, 1)}
        await scheduler(scope, _receive, _send)

    of_one = [request(f"/{number}", "192.0.2.1") for number in range(6)]
    others = [request("/new", "192.0.2.2"), request("/newer", "192.0.2.3")]
    others += [request("/second", "192.0.2.2"), request("/healthz", "192.0.2.4")]
    tasks = [asyncio.create_task(each) for each in of_one + others]
    async with asyncio.timeout(30):
        await all_started.wait()
    end.set()
    await asyncio.gather(*tasks)
    first, then = ["/0", "/1", "/healthz"], ["/new", "/2", "/newer", "/second", "/3", "/4", "/5"]
    assert started == [*first, *then]


class Requests:
    """Requests with a credential, each of which ends when its event is set."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.statuses: list[int] = []
        self.answered: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}
        self.bans = Bans(60)
        self.scheduler = RequestScheduler(self._app, exempt=frozenset(), bans=self.bans)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"]
        self.running.append(name)
        if name in self.ends:
            await self.ends[name].wait()
        self.running.remove(name)
        await send({"type": "http.response.start", "status": scope["answer"], "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(self, name: str, token: str, answer: int = 200, host: str = "192.0.2.1") -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.statuses.append(message["status"])
                self.answered.append(name)

        headers = [(b"authorization", token.encode())]
        scope = {"type": "http", "path": name, "headers": headers, "client": (host, 1)}
        await self.scheduler({**scope, "answer": answer}, _receive, sent)

    async def settle(self) -> None:
        for _ in range(20 * SUSPECTS_WAITING):  # each starts in a round of its own
            await asyncio.sleep(0)


async def test_whose_requests_are_refused_is_served_one_at_a_time_and_neighbours_are_not() -> None:
    requests = Requests()
    for _ in range(SUSPECT):
        await requests.send("/bad", "attacker", answer=400)
    requests.ends = {name: asyncio.Event() for name in ("/1", "/2", "/3", "/honest")}
    tasks = [asyncio.create_task(requests.send(name, "attacker")) for name in ("/1", "/2", "/3")]
    tasks.append(asyncio.create_task(requests.send("/honest", "neighbour")))
    await requests.settle()
    assert len(requests.running) == 2
    assert "/honest" in requests.running
    requests.statuses.clear()
    more = [requests.send(f"/more{n}", "attacker") for n in range(SUSPECTS_WAITING + 5)]
    tasks += [asyncio.create_task(each) for each in more]
    await requests.settle()
    assert requests.statuses == [503] * 7  # two more were already waiting
    for end in requests.ends.values():
        end.set()
    async with asyncio.timeout(30):
        await asyncio.gather(*tasks)
    assert requests.statuses.count(200) == 4 + SUSPECTS_WAITING - 2


async def test_of_one_credential_a_few_requests_are_served_at_once_and_neighbours_wait_for_none() -> (
    None
):
    requests = Requests()
    names = [f"/{number}" for number in range(AT_ONCE + 4)]
    requests.ends = {name: asyncio.Event() for name in [*names, "/neighbour"]}
    tasks = [asyncio.create_task(requests.send(name, "many")) for name in names]
    tasks.append(asyncio.create_task(requests.send("/neighbour", "one")))
    await requests.settle()
    assert sorted(requests.running) == sorted([*names[:AT_ONCE], "/neighbour"])
    requests.ends["/0"].set()
    await requests.settle()
    assert names[AT_ONCE] in requests.running
    for end in requests.ends.values():
        end.set()
    async with asyncio.timeout(30):
        await asyncio.gather(*tasks)
    assert requests.statuses == [200] * (AT_ONCE + 5)


async def test_those_who_have_to_wait_are_refused_by_turns_and_others_wait_for_none() -> None:
    requests = Requests()
    for token in ("attacker", "other"):
        requests.bans.tell(token, OverBudget("", 60), {"authorization": token}, bannable=True)
    sent = [requests.send(f"/{number}", "attacker") for number in range(5)]
    sent.append(requests.send("/other", "other", host="192.0.2.2"))
    sent.append(requests.send("/honest", "honest", host="192.0.2.3"))
    async with asyncio.timeout(30):
        await asyncio.gather(*sent)
    assert requests.answered == ["/honest", "/0", "/1", "/other", "/2", "/3", "/4"]
    assert requests.statuses == [200, *[429] * 6]
