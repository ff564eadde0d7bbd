"""From a laptop to Google Cloud and back: the whole store copied by a command that is killed on the way,
then served, mirrored and searched; and the embedded store backed up while it is used, and restored."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from analytics.upkeep import copying
from recollect.app import build_app
from recollect.cli import main
from recollect.identity.key import uid_of_email
from recollect.settings.settings import load_settings, variables
from stores.bulk import BulkStore, Stored
from stores.choices import PreferenceOverrides
from stores.documents import to_document
from stores.firestore.store import FirestoreStore
from stores.keys import copying_key, erasure_key, profile_key
from stores.mirror_records import Erasure
from stores.ports import Create
from stores.records import BRANCH_PLACES, Branch, Profile
from stores.sqlite.store import SQLiteStore
from tests.contract.records import session, turn
from tests.emulators.bigquery import BigQueryDataset

SESSIONS, TURNS_EACH = int(os.environ.get("COPIED_SESSIONS", "200")), 10
"""With 2,000 sessions and 20,000 turns it takes minutes."""
KILLS = 3
RUNNING = "from recollect.cli import main; main()"
PAGES_OF_EACH = SESSIONS * TURNS_EACH // 4 // copying.PAGE
DYING = f"""
import os, signal
from stores.firestore.store import FirestoreStore
put_all, left = FirestoreStore.put_all, [{PAGES_OF_EACH}]
async def put_and_die(*given):
    await put_all(*given)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
FirestoreStore.put_all = put_and_die
{RUNNING}
"""
"""The command, which kills itself when this many pages have arrived: a kill from outside could be too
late."""
KEY = "k" * 32
UIDS = [uid_of_email(KEY.encode(), f"user{user}@example.com") for user in range(20)]


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in variables():
        if variable != "FIRESTORE_EMULATOR_HOST":
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("RECOLLECT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()


async def filled(path: Path) -> None:
    """Users with preferences, sessions, turns, branches, a trash, and one who has erased everything."""
    store = await SQLiteStore.open(path)
    now = time.time_ns() // 1000
    documents = []
    for number in range(SESSIONS):
        uid, session_id = UIDS[number % 20], f"s{number}"
        times = dict.fromkeys(("created_at", "last_active", "touched_at", "oldest_turn_at"), now)
        summary = session(session_id, **times, conversation_count=TURNS_EACH)
        where = "trash" if number % 50 == 7 else "sessions"
        if where == "trash":
            summary = summary.model_copy(update={"deleted_at": now})
        last = TURNS_EACH - 1
        if branched := number % 10 == 3:
            summary = summary.model_copy(update={"branches": [branch(now)], "shown_branch": 1})
        documents.append(Stored(("users", uid, where, session_id), to_document(summary)))
        for each in range(TURNS_EACH):
            begins = {"moved_to": BRANCH_PLACES + now + last, "replaces": f"c{last - 1}"}
            at = turn(
                f"c{each}",
                session_id,
                query=f"question{number}x{each} über Gezeiten",
                response="Der Mond zieht. 🌕",
                answered=True,
                timestamp=now + each,
                recorded_at=now,
                **(begins if branched and each == last else {}),
            )
            path_of = ("users", uid, "sessions", session_id, "conversations", f"c{each}")
            documents.append(Stored(path_of, to_document(at)))
    for start in range(0, len(documents), 400):
        await store.put_all(documents[start : start + 400], [])
    chosen = PreferenceOverrides(response_style="concise")
    for user in range(20):
        trashed = sum(number % 50 == 7 for number in range(user, SESSIONS, 20))
        profile = Profile(
            created_at=now,
            email=f"user{user}@example.com",
            preferences=chosen,
            active_count=SESSIONS // 20 - trashed,
            trash_count=trashed,
        )
        await store.commit([Create(profile_key(UIDS[user]), profile)])
    erased = Erasure(started_at=now, finished_at=now)
    await store.commit([Create(erasure_key("gone"), erased)])
    await store.close()


def branch(now: int) -> Branch:
    """The last of a session's turns, recorded beside the one before it."""
    beside, first = f"c{TURNS_EACH - 2}", f"c{TURNS_EACH - 1}"
    return Branch(
        number=1,
        parent=0,
        at=now + TURNS_EACH - 2,
        at_id=beside,
        beside=beside,
        first=first,
        depth=TURNS_EACH - 2,
        since=TURNS_EACH,
    )


async def everything(store: BulkStore) -> dict[tuple[str, ...], object]:
    found: dict[tuple[str, ...], object] = {}
    after = None
    while page := await store.read_all(after, 1000, 2**30):
        found |= {each.path: each.fields for each in page}
        after = page[-1].path
    return found


def test_all_of_a_laptop_arrives_though_the_copy_is_killed_three_times(
    tmp_path: Path,
    firestore_project: str,
    bigquery_dataset: BigQueryDataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asyncio.run(filled(tmp_path / "data" / "store.sqlite"))
    for name, value in {
        "ID_KEY": KEY,
        "PROJECT": firestore_project,
        "BIGQUERY_PROJECT": bigquery_dataset.project,
        "DATASET": bigquery_dataset.dataset,
        "BIGQUERY_ENDPOINT": bigquery_dataset.endpoint,
        "BIGQUERY_GRPC_ENDPOINT": bigquery_dataset.grpc_endpoint,
    }.items():
        monkeypatch.setenv(f"RECOLLECT_{name}", value)
    summary = asyncio.run(killed_and_ended(firestore_project))
    assert f"{SESSIONS * (1 + TURNS_EACH) + 20 + 1} documents copied and found equal" in summary
    asyncio.run(equal(tmp_path / "data" / "store.sqlite", firestore_project))

    monkeypatch.setenv("RECOLLECT_STORE", "firestore")
    monkeypatch.setenv("RECOLLECT_WAREHOUSE", "bigquery")
    assert ran("warehouse", "init")[0] == 0
    assert ran("export", "--once")[0] == 0
    code, told = ran("reconcile")
    assert (code, told.splitlines()[-1]) == (0, "Store and mirror are equal.")
    answer = asked("user3@example.com")
    assert answer["preferences"]["responseStyle"] == "CONCISE"
    assert answer["sessions"]["totalCount"] + answer["trash"]["totalCount"] == SESSIONS // 20
    assert any(
        "question3x7" in "".join(part["text"] for part in hit["snippet"])
        for hit in answer["searchConversations"]["nodes"]
    )
    # The shown path lacks the turn that is beside the last one.
    (shown,) = answer["sessions"]["nodes"]
    turns = shown["conversations"]["nodes"]
    numbers = [int(each["query"].split()[0].partition("x")[2]) for each in turns]
    assert numbers == [0, 1, 2, 3, 4, 5, 6, 7, 9]
    assert turns[-1]["alternatives"] == {"position": 2, "total": 2}


async def killed_and_ended(project: str) -> str:
    """The output of the last command: those before it were killed, each a few pages further."""
    target = FirestoreStore(project)
    for kill in range(1, KILLS + 1):
        process = command("copy", "--to", "firestore", code=DYING)
        _, messages = await asyncio.to_thread(process.communicate)
        assert process.returncode == -signal.SIGKILL, messages
        position = (await target.get([copying_key()])).get(copying_key())
        assert position is not None
        assert position.done == kill * PAGES_OF_EACH * copying.PAGE
    await target.close()
    process = command("copy", "--to", "firestore")
    told, _ = await asyncio.to_thread(process.communicate)
    assert process.returncode == 0
    return told.decode()


async def equal(path: Path, project: str) -> None:
    """Every document has arrived unchanged, and nothing else except the marks of the backfill."""
    source, target = await SQLiteStore.open(path), FirestoreStore(project)
    ours, theirs = await everything(source), await everything(target)
    await source.close()
    await target.close()
    assert ours == {path: each for path, each in theirs.items() if path[2:3] != ("marks",)}


def asked(user: str) -> Any:
    """The API's answer to a user of the copy."""
    query = """{ viewer { preferences { responseStyle } sessions(first: 1) { totalCount nodes {
        conversations { nodes { query alternatives { position total } } } } }
      trash(first: 1) { totalCount }
      searchConversations(query: "question3x7") { nodes { snippet { text } } } } }"""
    with TestClient(build_app(load_settings()), base_url="http://127.0.0.1") as client:
        headers = {"X-Recollect-Dev-User": user}
        answer = client.post("/graphql", json={"query": query}, headers=headers).json()
    assert "errors" not in answer
    return answer["data"]["viewer"]


def command(*arguments: str, code: str = RUNNING) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def ran(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, arguments)
    return done.exit_code, done.output


def test_a_copy_needs_the_key_that_the_users_are_known_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "store.sqlite").touch()
    (tmp_path / "data" / "id_key").write_text("o" * 32)
    monkeypatch.setenv("RECOLLECT_PROJECT", "demo-x")
    monkeypatch.setenv("RECOLLECT_ID_KEY", KEY)
    code, told = ran("copy", "--to", "firestore")
    assert code == 1
    assert "RECOLLECT_ID_KEY: differs from the key in" in told

    (tmp_path / "data" / "id_key").unlink()
    monkeypatch.delenv("RECOLLECT_ID_KEY")
    for to in ("firestore", "sqlite"):
        code, told = ran("copy", "--to", to)
        assert code == 1
        assert "RECOLLECT_ID_KEY: is not set" in told


def test_a_backup_is_made_while_the_api_runs_and_restored_when_it_does_not(tmp_path: Path) -> None:
    with TestClient(build_app(load_settings()), base_url="http://127.0.0.1") as client:
        record(client, "anna@example.com", "before")
        record(client, "bert@example.com", "before")
        assert ran("backup", str(tmp_path / "backup"))[0] == 0
        record(client, "anna@example.com", "after")
        erased = client.post(
            "/graphql",
            json={
                "query": "mutation { eraseMyData(input: {confirm: true}) { userErrors { code } } }"
            },
            headers={"X-Recollect-Dev-User": "bert@example.com"},
        ).json()
        assert erased["data"]["eraseMyData"]["userErrors"] == []
        refused = command("restore", str(tmp_path / "backup"))
        _, complaint = refused.communicate()
        assert refused.returncode == 1
        assert b"Another process has" in complaint
    files = {path.name for path in (tmp_path / "backup").iterdir()}
    assert files == {"store.sqlite", "id_key"}
    code, told = ran("restore", str(tmp_path / "backup"))
    assert (code, "1 users had erased" in told) == (0, True), told
    with TestClient(build_app(load_settings()), base_url="http://127.0.0.1") as client:
        assert texts(client, "anna@example.com") == ["before"]
        assert texts(client, "bert@example.com") == []
    (aside,) = (tmp_path / "data").glob("replaced-*")
    assert (aside / "store.sqlite").exists()
    assert ran("export", "--once")[0] == 0
    code, told = ran("reconcile")
    assert (code, told.splitlines()[-1]) == (0, "Store and mirror are equal.")


def test_nothing_is_overwritten_by_a_backup_and_nothing_restored_from_what_is_none(
    tmp_path: Path,
) -> None:
    with TestClient(build_app(load_settings()), base_url="http://127.0.0.1") as client:
        record(client, "anna@example.com", "before")
    (tmp_path / "there").mkdir()
    assert "exists already" in ran("backup", str(tmp_path / "there"))[1]
    (tmp_path / "there" / "store.sqlite").write_bytes(b"no database" * 1000)
    code, told = ran("restore", str(tmp_path / "there"))
    assert code == 1
    assert "damaged" in told
    with TestClient(build_app(load_settings()), base_url="http://127.0.0.1") as client:
        assert texts(client, "anna@example.com") == ["before"]


def record(client: TestClient, user: str, text: str) -> None:
    mutation = """mutation ($turn: RecordConversationInput!) {
      recordConversation(input: $turn) { userErrors { code } } }"""
    turn = {"query": text, "response": "yes"}
    answer = client.post(
        "/graphql",
        json={"query": mutation, "variables": {"turn": turn}},
        headers={"X-Recollect-Dev-User": user},
    ).json()
    assert answer["data"]["recordConversation"]["userErrors"] == []


def texts(client: TestClient, user: str) -> list[str]:
    query = "{ viewer { sessions { nodes { title } } } }"
    answer = client.post(
        "/graphql", json={"query": query}, headers={"X-Recollect-Dev-User": user}
    ).json()
    return [each["title"] for each in answer["data"]["viewer"]["sessions"]["nodes"]]
