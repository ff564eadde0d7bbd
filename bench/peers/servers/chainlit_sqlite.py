"""Chainlit's data layer behind routes, on SQLite in the working folder."""

import os
from contextlib import asynccontextmanager
from uuid import NAMESPACE_URL, uuid4, uuid5

# Chainlit creates its files in this folder when it is imported.
os.environ["CHAINLIT_APP_ROOT"] = os.getcwd()

from chainlit.context import init_http_context
from chainlit.data.sql_alchemy import SQLAlchemyDataLayer
from chainlit.types import Pagination, ThreadFilter
from routes import serve
from sqlalchemy import text

# As in its documentation, with SQLite's types.
TABLES = {
    "users": "id TEXT PRIMARY KEY, identifier TEXT NOT NULL UNIQUE, metadata TEXT, createdAt TEXT",
    "threads": "id TEXT PRIMARY KEY, createdAt TEXT, name TEXT, userId TEXT, userIdentifier TEXT,"
    " tags TEXT, metadata TEXT",
    "steps": "id TEXT PRIMARY KEY, name TEXT, type TEXT, threadId TEXT, parentId TEXT, streaming BOOLEAN,"
    " waitForAnswer BOOLEAN, isError BOOLEAN, metadata TEXT, tags TEXT, input TEXT, output TEXT,"
    ' createdAt TEXT, command TEXT, start TEXT, "end" TEXT, generation TEXT, showInput TEXT,'
    " language TEXT, indent INTEGER, defaultOpen BOOLEAN, autoCollapse BOOLEAN",
    "elements": "id TEXT PRIMARY KEY, threadId TEXT, type TEXT, url TEXT, chainlitKey TEXT, name TEXT,"
    " display TEXT, objectKey TEXT, size TEXT, page INTEGER, language TEXT, forId TEXT, mime TEXT,"
    " props TEXT",
    "feedbacks": "id TEXT PRIMARY KEY, forId TEXT, threadId TEXT, value INTEGER, comment TEXT",
}
# Without them every request would read whole tables.
INDEXES = {"threads": "userId", "steps": "threadId", "elements": "threadId", "feedbacks": "forId"}


class Threads:
    """Threads of steps."""

    def __init__(self):
        self.layer = SQLAlchemyDataLayer("sqlite+aiosqlite:///threads.db")

    @asynccontextmanager
    async def open(self, app):
        async with self.layer.engine.begin() as connection:
            await connection.execute(text("PRAGMA journal_mode = WAL"))
            for table, columns in TABLES.items():
                await connection.execute(text(f"CREATE TABLE {table} ({columns})"))
            for table, column in INDEXES.items():
                index = f"CREATE INDEX {table}_{column} ON {table} ({column})"
                await connection.execute(text(index))
        yield

    async def create(self, user, session):
        init_http_context()
        known = str(uuid5(NAMESPACE_URL, user))
        await self.layer.execute_sql(
            "INSERT OR IGNORE INTO users (id, identifier) VALUES (:id, :identifier)",
            {"id": known, "identifier": user},
        )
        await self.layer.update_thread(session, name="A chat", user_id=known)

    async def append(self, user, session, question, answer):
        init_http_context()
        for kind, said in (("user_message", question), ("assistant_message", answer)):
            now = await self.layer.get_current_timestamp()
            step = {"id": str(uuid4()), "threadId": session, "type": kind, "name": user}
            await self.layer.create_step({**step, "output": said, "createdAt": now})

    async def sessions(self, user):
        mine = ThreadFilter(userId=str(uuid5(NAMESPACE_URL, user)))
        found = await self.layer.list_threads(Pagination(first=20), mine)
        return found.to_dict()

    async def turns(self, user, session):
        return await self.layer.get_thread(session)


threads = Threads()
serve(threads, threads.open)
