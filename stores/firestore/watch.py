"""How Firestore wakes watchers: one Listen stream per process, whatever is watched.

The library's own listener belongs to its blocking client and takes two threads for each query. Here
one asynchronous stream carries all targets and takes no thread.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

from google.cloud import firestore
from google.cloud.firestore_v1.types import (
    DocumentChange,
    DocumentDelete,
    DocumentRemove,
    ListenRequest,
    ListenResponse,
    Target,
    TargetChange,
)
from grpc.aio import AioRpcError  # type: ignore[import-untyped]

from stores.documents import checked
from stores.firestore.commits import CHANGED_AT
from stores.ports import Wake

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
"""The pause between two attempts to listen is random, below a bound that doubles with each failure."""
SILENCE_SECONDS = 60.0
"""How long a stream may be silent before it is replaced. Firestore sends something every 30 s, and
streams are known to fall silent forever:
https://github.com/googleapis/nodejs-firestore/pull/1220."""

_Kind = TargetChange.TargetChangeType
_Requests: TypeAlias = "asyncio.Queue[ListenRequest]"

log = logging.getLogger(__name__)


class _TargetLost(Exception):
    """The server dropped a target that is still watched."""


@dataclass(slots=True, eq=False)
class _Watched:
    """The targets for one user, or for the marks of all users, and the watchers to wake."""

    wakes: list[Wake] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    heard: bool = False
    """Whether the current stream has reported the current state, so that no later change is missed."""

    def wake(self) -> None:
        """Wake all watchers."""
        self.heard = True
        for wake in list(self.wakes):
            wake()


class Listener:
    """Keeps one stream open while anything is watched."""

    def __init__(self, client: firestore.AsyncClient) -> None:
        self._client = client
        self._watched: dict[str | None, _Watched] = {}
        self._by_target: dict[int, _Watched] = {}
        self._changed: set[_Watched] = set()
        self._target_ids = count(1)
        self._requests: _Requests = asyncio.Queue()
        self._listening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, uid: str | None, wake: Wake) -> AsyncIterator[None]:
        """See `Store.watch`."""
        watched = self._watched.get(uid)
        if watched is None:
            watched = self._watched[uid] = _Watched()
            if self._listening is None:
                self._listening = asyncio.create_task(self._listen())
            else:
                self._begin(uid, watched)
        watched.wakes.append(wake)
        if watched.heard:
            wake()
        try:
            yield
        finally:
            watched.wakes.remove(wake)
            if not watched.wakes and self._watched.get(uid) is watched:
                del self._watched[uid]
                self._end(watched)
            if not self._watched:
                self._stop()

    async def close(self) -> None:
        """Stop listening."""
        if listening := self._stop():
            with suppress(asyncio.CancelledError):
                await listening

    def _stop(self) -> asyncio.Task[None] | None:
        listening, self._listening = self._listening, None
        if listening:
            listening.cancel()
        return listening

    def _begin(self, uid: str | None, watched: _Watched) -> None:
        """Add the targets of one user, or those for the marks of all users."""
        watched.heard = False
        watched.targets = []
        for target in list(self._targets(uid)):
            target.target_id = next(self._target_ids)
            watched.targets.append(target.target_id)
            self._by_target[target.target_id] = watched
            self._send(ListenRequest(add_target=target))

    def _end(self, watched: _Watched) -> None:
        for target in watched.targets:
            del self._by_target[target]
            self._send(ListenRequest(remove_target=target))

    def _send(self, request: ListenRequest) -> None:
        request.database = self._client._database_string
        self._requests.put_nowait(request)

    def _targets(self, uid: str | None) -> Iterator[Target]:
        """The targets to listen to. Each result set has one or two documents however many a user has,
        because some servers send the whole set at each change.

        The target that changes most comes last: in the emulator, a change can overwrite the
        messages about a target that is being added, and then the stream breaks or falls silent.
        """
        if uid is None:
            # In name order, only the first new mark is certain to be noticed and, when marks are deleted,
            # the next one. An index by time over all users' marks would limit how fast marks can be
            # written.
            yield _query(self._client.collection_group("marks").order_by("__name__").limit(1))
            return
        user = checked(("users", uid))
        documents = [self._client.document(*user), self._client.document("erased", uid)]
        yield Target(
            documents=Target.DocumentsTarget(documents=[each._document_path for each in documents])
        )
        for name in ("removals", "trash", "sessions"):
            latest = self._client.collection(*user, name).order_by(
                CHANGED_AT, direction=firestore.Query.DESCENDING
            )
            yield _query(latest.limit(1))

    async def _listen(self) -> None:
        """Keep a stream open. When it breaks, open a new one with all targets."""
        longest = FIRST_PAUSE_SECONDS
        while True:
            # Each stream has its own queue: a reader left over from the last stream would take
            # requests from it.
            self._requests = asyncio.Queue()
            self._by_target.clear()
            self._changed.clear()
            for uid, watched in self._watched.items():
                self._begin(uid, watched)
            # Not through the client's method, which leaks a call that is cancelled as it starts.
            stream = self._client._firestore_api.transport.listen(
                _sent(self._requests), metadata=self._client._rpc_metadata
            )
            heard = False
            try:
                async with asyncio.timeout(SILENCE_SECONDS) as silence:
                    async for response in stream:
                        heard = True
                        silence.reschedule(asyncio.get_running_loop().time() + SILENCE_SECONDS)
                        longest = FIRST_PAUSE_SECONDS
                        self._hear(response)
            except Exception as error:
                # Whatever the error: without a stream no watcher would ever be woken again. Silence of a
                # stream is no error: the emulator's streams fall silent whenever nothing changes.
                if not (heard and isinstance(error, TimeoutError)):
                    log.warning("listening again", extra={"cause": _cause(error)})
            finally:
                stream.cancel()
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311
            longest = min(2 * longest, LONGEST_PAUSE_SECONDS)

    def _hear(self, response: ListenResponse) -> None:
        """Wake the watchers of changed data, once the server has sent everything up to some moment."""
        kind = response._pb.WhichOneof("response_type")
        if kind != "target_change":
            change = getattr(response, kind)
            ids = [change.target_id] if kind == "filter" else _concerned(change)
            self._changed.update(self._of(ids))
            return
        change = response.target_change
        watched = self._of(change.target_ids)
        if change.target_change_type == _Kind.REMOVE and watched:
            raise _TargetLost
        if change.target_change_type == _Kind.RESET:
            self._changed.update(watched)
        elif change.target_change_type == _Kind.CURRENT:
            self._wake({each for each in watched if not each.heard} | self._changed & watched)
        elif change.target_change_type == _Kind.NO_CHANGE and not change.target_ids:
            self._wake(set(self._changed))

    def _of(self, target_ids: Iterable[int]) -> set[_Watched]:
        """What these targets are for, if it is still watched."""
        return {watched for each in target_ids if (watched := self._by_target.get(each))}

    def _wake(self, all_of: set[_Watched]) -> None:
        self._changed -= all_of
        for watched in all_of:
            watched.wake()


def _cause(error: Exception) -> str:
    """The part of an error that may be logged. Messages contain users' ids."""
    return error.code().name if isinstance(error, AioRpcError) else type(error).__name__


def _query(query: firestore.AsyncQuery) -> Target:
    parent, _ = query._parent._parent_info()
    return Target(query=Target.QueryTarget(parent=parent, structured_query=query._to_protobuf()))


def _concerned(
    change: DocumentChange | DocumentDelete | DocumentRemove,
) -> Sequence[int]:
    """The targets whose results the document entered or left, or in whose results it changed."""
    entered = getattr(change, "target_ids", ())
    return [*entered, *change.removed_target_ids]


async def _sent(requests: _Requests) -> AsyncIterator[ListenRequest]:
    while True:
        yield await requests.get()
