"""ADK's session service for Firestore behind routes, on the emulator."""

from google.adk.events import Event
from google.adk.integrations.firestore.firestore_session_service import FirestoreSessionService
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.genai import types
from routes import serve


class Sessions:
    """Sessions of events."""

    def __init__(self):
        client = firestore.AsyncClient(credentials=AnonymousCredentials())
        self.service = FirestoreSessionService(client=client)

    async def create(self, user, session):
        await self.service.create_session(app_name="chat", user_id=user, session_id=session)

    async def append(self, user, session, question, answer):
        found = await self.service.get_session(app_name="chat", user_id=user, session_id=session)
        for role, text in (("user", question), ("model", answer)):
            content = types.Content(role=role, parts=[types.Part(text=text)])
            await self.service.append_event(found, Event(author=role, content=content))

    async def sessions(self, user):
        found = await self.service.list_sessions(app_name="chat", user_id=user)
        return [each.model_dump(mode="json") for each in found.sessions]

    async def turns(self, user, session):
        found = await self.service.get_session(app_name="chat", user_id=user, session_id=session)
        return found.model_dump(mode="json")


serve(Sessions())
