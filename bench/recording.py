"""Recording a turn, against the requests that it sends to the store."""

from collections.abc import Sequence
from unittest.mock import patch

from bench.documents import RECORD
from bench.harness import Figure, compare
from bench.history import chat, prose, renewed, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from schema.ids import global_id
from stores.keys import Key
from stores.ports import Create, Write
from stores.records import Record

USER = "recording@example.com"


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """A turn of 1 KB in an existing session."""
    session, _ = chat(0, 0)
    store = pair.services.store
    await write(store, summaries(await pair.uid(USER), [session]))
    given = {
        "sessionId": global_id("Session", session.session_id),
        "query": prose(1, 12),
        "response": prose(2, 120),
        "responseTimeMs": 900,
        "citations": [{"title": "A source", "uri": "https://docs.example/page"}],
    }

    async def through_the_api() -> None:
        payload = (await pair.ask(RECORD, USER, input=given))["recordConversation"]
        if payload["userErrors"]:
            raise RuntimeError(f"the API answers {payload['userErrors']}")

    # The reference is the API's actual requests to the store, captured once and repeated with new ids.
    with (
        patch.object(store, "get", wraps=store.get) as get,
        patch.object(store, "commit", wraps=store.commit) as commit,
    ):
        await through_the_api()
    keys: Sequence[Key[Record]] = get.await_args_list[0].args[0]
    seen: Sequence[Write] = commit.await_args_list[0].args[0]

    async def by_the_store_alone() -> None:
        repeated = [renewed(each) if isinstance(each, Create) else each for each in seen]
        created = {old.key: new.key for old, new in zip(seen, repeated, strict=True)}
        await pair.raw.record([created.get(key, key) for key in keys], repeated)

    return [
        await compare(
            "recording a turn",
            through_the_api,
            "its read and its commit",
            by_the_store_alone,
            repetitions=scale.repetitions,
        )
    ]
