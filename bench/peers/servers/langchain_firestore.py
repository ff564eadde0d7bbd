"""LangChain's chat history for Firestore behind routes, on the emulator.

Its calls block, so they run in threads.
"""

import asyncio

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from langchain_core.messages import AIMessage, HumanMessage
from langchain_google_firestore import FirestoreChatMessageHistory
from routes import serve


class Histories:
    """A document for each session, with all of its messages."""

    def __init__(self):
        self.client = firestore.Client(credentials=AnonymousCredentials())

    async def create(self, user, session):
        """A document exists from the first message on."""

    async def append(self, user, session, question, answer):
        def add():
            messages = [HumanMessage(content=question), AIMessage(content=answer)]
            self._history(session).add_messages(messages)

        await asyncio.to_thread(add)

    async def sessions(self, user):
        raise NotImplementedError

    async def turns(self, user, session):
        history = await asyncio.to_thread(self._history, session)
        return [each.model_dump(mode="json") for each in history.messages]

    def _history(self, session):
        return FirestoreChatMessageHistory(session, client=self.client)


serve(Histories())
