"""A user who is faster than the sweep again and again does not keep it from other users."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from recollect.services import Services
from recollect.sweeper import sweep_services
from resolvers.context import Context, Viewer
from resolvers.retention.sweep import sweep
from stores.errors import RecordChanged
from stores.ports import Committed
from tests.integration.conftest import BEN, Api, Clock
from tests.integration.use_cases.test_privacy import uid_of


class Contended:
    """A store in which other writers always come first for one user's records."""

    def __init__(self, store: Any, uid: str) -> None:
        self._store = store
        self._uid = uid

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def transact(self, keys: Any, plan: Any) -> Committed:
        if keys[0].uid == self._uid:
            raise RecordChanged("another writer was first")
        committed: Committed = await self._store.transact(keys, plan)
        return committed


def contexts(services: Services, store: Any) -> Callable[[str], Context]:
    def context_of(uid: str) -> Context:
        return replace(services.context(Viewer(uid, None)), store=store)

    return context_of


async def test_a_session_that_others_keep_changing_is_left_to_the_next_sweep(
    embedded: Api, clock: Clock
) -> None:
    for user in ("anna@example.com", BEN):
        await embedded.record("Idle since", user)
    clock.forward(days=8)
    store = Contended(embedded.services.store, await uid_of(embedded))
    done = await sweep(embedded.services.store, contexts(embedded.services, store))
    assert done["archived sessions"] == 1
    assert (await sweep_services(embedded.services))["archived sessions"] == 1
