"""Recollect as an operator runs it: `recollect serve`, on the embedded default with its exporter."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.peers.peer import ANSWER, PAGE, QUESTION, Chat, Started, post
from bench.wire.client_documents import client_document
from bench.wire.load import Request
from tests.emulators.bigquery import BigQueryEndpoints


@dataclass
class Recollect:
    """Recollect on one of its stores, called the way its own client calls it."""

    name = "Recollect"
    emulators: tuple[str, BigQueryEndpoints] | None = None
    """Firestore's and BigQuery's, in place of SQLite and DuckDB."""
    _ids: dict[Chat, str] = field(default_factory=dict)

    def start(self, port: int, folder: Path) -> Started:
        """`recollect serve`; users name themselves, as always on a developer's machine."""
        settings = {"PORT": str(port), "DATA_DIR": str(folder), "LOG_LEVEL": "error"}
        environment = {}
        if self.emulators:
            firestore, bigquery = self.emulators
            environment["FIRESTORE_EMULATOR_HOST"] = firestore
            settings |= {"STORE": "firestore", "WAREHOUSE": "bigquery", "PROJECT": "demo-ourselves"}
            settings |= {
                "BIGQUERY_ENDPOINT": bigquery.rest,
                "BIGQUERY_GRPC_ENDPOINT": bigquery.grpc,
            }
        environment |= {f"RECOLLECT_{name}": value for name, value in settings.items()}
        command = "from recollect.cli import main; main()"
        return Started((sys.executable, "-c", command, "serve"), environment)

    def create(self, chat: Chat) -> Request:
        """Named by the client, so that a repeated request opens nothing twice."""
        return self._ask("CreateSession", chat.user, input={"clientId": chat.session})

    def opened(self, chat: Chat, answer: Any) -> None:
        """The API makes its own ids."""
        self._ids[chat] = answer["data"]["createSession"]["session"]["id"]

    def append(self, chat: Chat) -> Request:
        """A question with its answer."""
        turn = {"sessionId": self._ids[chat], "query": QUESTION, "response": ANSWER}
        return self._ask("RecordTurn", chat.user, input=turn)

    def sessions(self, user: str) -> Request:
        """The page that the client opens with."""
        return self._ask("Sessions", user, first=PAGE)

    def turns(self, chat: Chat) -> Request:
        """The last 50, with all that the client shows."""
        return self._ask("EarlierTurns", chat.user, session=self._ids[chat])

    def _ask(self, name: str, user: str, **variables: Any) -> Request:
        body = {"query": client_document(name), "variables": variables}
        return post("/graphql", body, **{"X-Recollect-Dev-User": f"{user}@example.com"})
