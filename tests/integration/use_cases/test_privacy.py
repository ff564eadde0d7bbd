"""A user's decisions about their data take effect everywhere immediately."""

import asyncio
import logging
import subprocess
import sys
from typing import Any

import httpx
import pytest

from recollect.settings.settings import Settings
from recollect.sweeper import sweep_services
from resolvers.context import Viewer
from stores.keys import erasure_key
from stores.mirror_records import Erasure
from stores.ports import Create
from tests.integration.conftest import ANNA, BEN, Api, Clock, running

MARKERS = [f"zebra{number:02}quartz" for number in range(50)]
COUNTS = "{ viewer { sessions { totalCount } sessionCounts { active archived trash } } }"


def traces(settings: Settings, words: list[str]) -> list[str]:
    """The words that are found in the files of the embedded default.

    Another process reads the files: opening and closing a SQLite file here would drop this process's locks on
    it.
    """
    script = (
        "import sys, pathlib; content = b''.join(p.read_bytes() for p in "
        "pathlib.Path(sys.argv[1]).iterdir() if p.is_file()); "
        "print('\\n'.join(w for w in sys.argv[2:] if w.encode() in content))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(settings.data_dir), *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split("\n")[:-1] if done.stdout.strip() else []


async def firestore_documents(project: str) -> str:
    """Everything below the users and erasures of a Firestore emulator's project, as text."""
    import os

    from google.cloud import firestore  # for the whole database, not only what the product reads

    assert os.environ["FIRESTORE_EMULATOR_HOST"]
    client = firestore.AsyncClient(project=project)
    found = []
    for group in ("users", "sessions", "conversations", "trash", "marks", "erased"):
        async for document in client.collection_group(group).stream():
            found.append(f"{document.reference.path} {document.to_dict()}")
    return "\n".join(found)


async def everything(api: Api, settings: Settings) -> str:
    """All text of the store and the warehouse that can be queried."""
    parts = []
    if settings.store == "firestore":
        parts.append(await firestore_documents(settings.project or ""))
        for table in ("user_sessions", "conversation_history", "user_preferences"):
            for name in (table, f"{table}_changes"):
                parts.append(await table_text(settings, name))
    return "\n".join(parts)


async def table_text(settings: Settings, table: str) -> str:
    """Every row of a table or view of the BigQuery emulator, as text."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    def read() -> str:
        client = bigquery.Client(
            project=settings.project,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": settings.bigquery_endpoint},
        )
        rows = client.query_and_wait(f"SELECT * FROM {settings.dataset}.{table}")  # noqa: S608
        return "\n".join(str(dict(row)) for row in rows)

    return await asyncio.to_thread(read)


async def embedded_users(api: Api, settings: Settings) -> int:
    """The number of users with embedded rows in the mirror."""
    if settings.store == "firestore":
        rows = (await table_text(settings, "conversation_history_changes")).splitlines()
        found = [row for row in rows if "'embedding_model': None" not in row]
        return len({row.partition("'uid': ")[2].partition(",")[0] for row in found})
    warehouse: Any = api.services.warehouse
    users = "SELECT DISTINCT uid FROM conversation_history_changes WHERE embedding IS NOT NULL"
    return len(warehouse._connection.cursor().execute(users).fetchall())


async def fill(api: Api, user: str) -> str:
    """Chats, a title, tags, metadata, a rating and preferences with a marker word each."""
    words = iter(MARKERS)
    session = ""
    for number in range(15):
        payload = await api.record(
            f"About {next(words)}",
            user,
            response=f"It is {next(words)}.",
            sessionId=session or None,
        )
        session = session or payload["session"]["id"]
        if number == 0:
            turn = payload["conversation"]["id"]
    await api.mutate("submitFeedback", "", user, conversationId=turn, score=1, comment=next(words))
    await api.mutate("renameSession", "", user, sessionId=session, title=next(words))
    await api.mutate("setSessionTags", "", user, sessionId=session, tags=[next(words)])
    await api.mutate(
        "updateSessionMetadata", "", user, sessionId=session, metadata={next(words): next(words)}
    )
    waiting = (await api.record("What grows?", user, sessionId=session))["conversation"]["id"]
    await api.mutate(
        "extendConversation", "", user, conversationId=waiting, offset=0, text=next(words)
    )
    trashed = (await api.record(next(words), user))["session"]["id"]
    await api.mutate("deleteSession", "", user, sessionId=trashed)
    for word in words:
        await api.record("Cited", user, response="Yes", citations=[{"title": word}])
    return session


async def test_an_erasure_leaves_nothing_anywhere_though_writers_go_on(
    settings: Settings,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(settings.model_copy(update={"embedder": None})) as api:
        await api.services.warehouse.init()
        session = await fill(api, ANNA)
        await api.record("Ben's own words", BEN)
        await api.services.exporter.drain()
        before = await everything(api, settings)
        assert await embedded_users(api, settings) == 2
        if settings.store == "firestore":
            assert all(word in before for word in MARKERS)
        else:
            assert traces(settings, MARKERS) == MARKERS

        erased = asyncio.Event()
        refused = [asyncio.Event() for _ in range(4)]
        erase = api.services.warehouse.erase

        async def erase_in_the_end(*given: Any) -> Any:
            """Finish only after the erasure has refused every writer, however slow the writers are."""
            for each in refused:
                await each.wait()
            return await erase(*given)

        monkeypatch.setattr(api.services.warehouse, "erase", erase_in_the_end)

        async def write(number: int) -> list[str]:
            codes = []
            while not erased.is_set():
                target = {"sessionId": session} if number % 2 else {}
                answer = await api.record(f"{MARKERS[number]} late", ANNA, **target)
                codes += [error["code"] for error in answer["userErrors"]]
                if codes:
                    refused[number].set()
                if not codes:
                    await asyncio.sleep(0)
                elif codes[-1] == "ACCOUNT_ERASING":
                    break
            return codes

        writers = [asyncio.create_task(write(number)) for number in range(len(refused))]
        await asyncio.sleep(0.2)
        outcome = await api.mutate(
            "eraseMyData", "report { store removed { kind count } remains }", confirm=True
        )
        erased.set()
        stopped = await asyncio.gather(*writers)
        assert outcome["userErrors"] == []
        assert {part["store"] for part in outcome["report"]} >= {"store", "warehouse"}
        assert all(codes and codes[-1] in ("ACCOUNT_ERASING", "NOT_FOUND") for codes in stopped)

        after = await everything(api, settings)
        assert [word for word in [*MARKERS, ANNA] if word in after] == []
        assert await embedded_users(api, settings) == 1, "Ben's vectors alone"
        found = (await api.call("{ viewer { sessions { totalCount } } }", BEN))["viewer"]
        assert found["sessions"]["totalCount"] == 1

        again = await api.record("A new beginning", ANNA)
        assert again["session"]["conversationCount"] == 1
        assert (await api.call(COUNTS))["viewer"]["sessionCounts"]["active"] == 1
        await sweep_services(api.services)
        searched = await api.call(
            '{ viewer { searchConversations(query: "beginning") { nodes { conversation { query } } } } }'
        )
        hits = searched["viewer"]["searchConversations"]["nodes"]
        assert [hit["conversation"]["query"] for hit in hits] == ["A new beginning"]
    if settings.store == "sqlite":
        assert traces(settings, MARKERS) == []
        assert traces(settings, ["Ben's own words"]) == ["Ben's own words"]
    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert [word for word in [*MARKERS, ANNA] if word in logged] == []


async def test_every_change_is_refused_while_the_erasure_goes_on_and_a_sweep_finishes_it(
    api: Api, clock: Clock
) -> None:
    recorded = await api.record("Before")
    session, turn = recorded["session"]["id"], recorded["conversation"]["id"]
    uid = (await api.call("{ viewer { id } }"))["viewer"]["id"].removeprefix("Viewer.")
    await api.services.store.commit([Create(erasure_key(uid), Erasure(started_at=clock()))])
    changes: dict[str, dict[str, Any]] = {
        "createSession": {},
        "recordConversation": {"query": "More?"},
        "extendConversation": {"conversationId": turn, "offset": 0, "text": "N"},
        "completeConversation": {"conversationId": turn, "response": "No."},
        "submitFeedback": {"conversationId": turn, "score": 1},
        "deleteConversation": {"conversationId": turn},
        "renameSession": {"sessionId": session, "title": "x"},
        "archiveSession": {"sessionId": session},
        "restoreSession": {"sessionId": session},
        "deleteSession": {"sessionId": session},
        "keepSession": {"sessionId": session},
        "updatePreferences": {"preferences": {"languagePreference": "de"}},
    }
    for name, given in changes.items():
        payload = await api.mutate(name, "", **given)
        assert [error["code"] for error in payload["userErrors"]] == ["ACCOUNT_ERASING"], name
    assert (await sweep_services(api.services))["erasures"] == 0
    clock.forward(minutes=11)
    assert (await sweep_services(api.services))["erasures"] == 1
    assert (await api.call(COUNTS))["viewer"]["sessions"]["totalCount"] == 0
    assert (await api.record("Again"))["userErrors"] == []


async def test_without_saving_no_text_is_kept_anywhere(
    settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(settings) as api:
        await api.services.warehouse.init()
        await api.mutate(
            "updatePreferences", "", preferences={"privacySettings": {"saveConversations": False}}
        )
        asked = await api.record(
            MARKERS[0], response=MARKERS[1], citations=[MARKERS[2]], metadata={"k": MARKERS[3]}
        )
        assert asked["conversation"]["query"] is None
        assert asked["conversation"]["answerState"] == "ANSWERED"
        assert asked["session"]["title"] is None
        assert asked["session"]["conversationCount"] == 1
        waiting = await api.record(MARKERS[4], sessionId=asked["session"]["id"])
        turn = waiting["conversation"]["id"]
        grown = await api.mutate(
            "extendConversation",
            "conversation { answerState partialResponse }",
            conversationId=turn,
            offset=0,
            text=MARKERS[7],
        )
        assert grown["conversation"] == {"answerState": "WAITING", "partialResponse": None}
        await api.mutate("completeConversation", "", conversationId=turn, response=MARKERS[5])
        await api.mutate("submitFeedback", "", conversationId=turn, score=0, comment=MARKERS[6])
        again = await api.mutate(
            "completeConversation", "", conversationId=turn, response=MARKERS[5]
        )
        assert again["userErrors"] == []
        await api.services.exporter.drain()
        held = await everything(api, settings)
        assert [word for word in MARKERS if word in held] == []
        (row, _) = sorted(
            await api.services.warehouse.query(
                "conversation_history",
                {"uid": await uid_of(api), "since": 0, "until": 2**51},
            ),
            key=lambda row: row["timestamp"],
        )
        assert (row["query"], row["response"]) == (None, None)
    if settings.store == "sqlite":
        assert traces(settings, MARKERS) == []
    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert [word for word in MARKERS if word in logged] == []


async def uid_of(api: Api) -> str:
    found = await api.call("{ viewer { id } }")
    uid: str = found["viewer"]["id"].removeprefix("Viewer.")
    return uid


async def test_one_session_can_be_kept_off_the_record(api: Api) -> None:
    given: dict[str, Any] = {"clientId": "quiet", "preferences": {"saveConversations": False}}
    await api.mutate("createSession", "", **given)
    quiet = await api.record("Off the record", sessionId="Session.quiet")
    loud = await api.record("On the record")
    assert (quiet["conversation"]["query"], loud["conversation"]["query"]) == (
        None,
        "On the record",
    )


async def test_a_temporary_session_is_neither_listed_nor_found_nor_mirrored_and_ends(
    api: Api, clock: Clock
) -> None:
    recorded = await api.record("Hush marker", temporary=True)
    session = recorded["session"]["id"]
    await api.record("Hush again", sessionId=session)
    await api.services.exporter.drain()
    see = (
        "query ($id: ID!) { viewer { session(id: $id) { temporary expiresAt conversations { nodes "
        '{ query } } } sessions { totalCount nodes { id } } searchConversations(query: "hush") '
        "{ nodes { session { id } } } } }"
    )
    found = (await api.call(see, id=session))["viewer"]
    assert found["session"]["temporary"] is True
    assert len(found["session"]["conversations"]["nodes"]) == 2
    assert (found["sessions"]["nodes"], found["searchConversations"]["nodes"]) == ([], [])
    rows = await api.services.warehouse.query(
        "user_sessions", {"uid": await uid_of(api), "since": 0, "until": 2**51}
    )
    assert rows == []
    refused = await api.mutate("archiveSession", "", sessionId=session)
    assert refused["userErrors"][0]["code"] == "CONFLICT"
    clock.forward(hours=25)
    assert (await api.call(see, id=session))["viewer"]["session"] is None
    late = await api.record("Late", sessionId=session)
    assert late["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await sweep_services(api.services))["purged sessions"] == 1


async def test_a_temporary_session_that_is_kept_is_like_any_other(api: Api, clock: Clock) -> None:
    session = (await api.record("Hush marker", temporary=True))["session"]["id"]
    await api.record("Second marker", sessionId=session)
    kept = await api.mutate("keepSession", "session { temporary expiresAt }", sessionId=session)
    assert kept["session"] == {"temporary": False, "expiresAt": None}
    await api.services.exporter.drain()
    clock.forward(hours=25)
    found = await api.call(
        '{ viewer { sessionCounts { active } searchConversations(query: "marker", order: NEWEST) '
        "{ nodes { conversation { query } } } } }"
    )
    assert found["viewer"]["sessionCounts"]["active"] == 1
    hits = found["viewer"]["searchConversations"]["nodes"]
    assert [hit["conversation"]["query"] for hit in hits] == ["Second marker", "Hush marker"]


async def test_a_guest_keeps_a_chat_for_a_day_and_is_then_forgotten(
    settings: Settings, clock: Clock
) -> None:
    async with running(settings.model_copy(update={"guests": True})) as api:
        await api.services.warehouse.init()
        token = (await api.http.post("/guests", json={})).json()["token"]

        async def ask(document: str, **variables: Any) -> httpx.Response:
            return await api.http.post(
                "/graphql",
                json={"query": document, "variables": variables},
                headers={"Authorization": f"Bearer {token}"},
            )

        record = 'mutation { recordConversation(input: {query: "Guest words"}) { session { id } } }'
        assert (await ask(record)).json()["data"]["recordConversation"]["session"]["id"]
        see = (
            "{ viewer { id email isGuest sessions { totalCount } "
            "preferences { privacySettings { dataRetentionDays } } } }"
        )
        me = (await ask(see)).json()["data"]
        assert me["viewer"]["preferences"]["privacySettings"]["dataRetentionDays"] == 1
        assert (me["viewer"]["email"], me["viewer"]["isGuest"]) == (None, True)
        assert me["viewer"]["sessions"]["totalCount"] == 1
        await api.services.exporter.drain()
        uid = me["viewer"]["id"].removeprefix("Viewer.")
        (row,) = await api.services.warehouse.query(
            "conversation_history", {"uid": uid, "since": 0, "until": 2**51}
        )
        assert row["user_email"] is None
        clock.forward(days=1, hours=1)
        done = await sweep_services(api.services)
        assert (done["purged sessions"], done["forgotten guests"]) == (1, 0)
        clock.forward(days=33)
        assert (await sweep_services(api.services))["forgotten guests"] == 1
        context = api.services.context(Viewer(uid, None))
        assert await context.store.list_marks(uid, 10) == []
