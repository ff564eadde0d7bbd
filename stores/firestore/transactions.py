"""One attempt of a transaction that locks what it reads."""

import asyncio
from collections.abc import Sequence

from google.api_core.exceptions import GoogleAPIError
from google.cloud import firestore

from stores.firestore.commits import committed
from stores.firestore.reads import snapshot
from stores.firestore.writes import add
from stores.keys import Key
from stores.ports import Committed, Plan, Write
from stores.records import Record


async def transact(
    client: firestore.AsyncClient, keys: Sequence[Key[Record]], plan: Plan, seconds: float
) -> Committed:
    """Read `keys`, limited to `seconds`, and write what `plan` decides; three requests.

    Raises the library's errors, contention among them, and what `plan` raises.
    """
    transaction = client.transaction(max_attempts=1)

    @firestore.async_transactional
    async def attempt(transaction: firestore.AsyncTransaction) -> Sequence[Write]:
        writes = plan(await snapshot(client, keys, seconds, transaction.id))
        for write in writes:
            add(client, transaction, write)
        return writes

    try:
        writes = await attempt(transaction)
    except ValueError as error:
        # The library hides the error of a failed begin or commit, even a cancellation.
        hidden = error.__cause__ or error.__context__
        if isinstance(hidden, (GoogleAPIError, asyncio.CancelledError)):
            raise hidden from None
        raise
    return committed(transaction, writes)
