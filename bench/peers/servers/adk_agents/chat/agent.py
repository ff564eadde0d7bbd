"""An agent that answers at once. For `adk api_server`, in its own environment."""

from google.adk.agents import BaseAgent
from google.adk.events import Event
from google.genai import types

ANSWER = " ".join(["river", "stone", "harvest", "window", "copper", "signal"] * 20)


class Chat(BaseAgent):
    """Answers every question with the same text."""

    async def _run_async_impl(self, context):
        parts = [types.Part(text=ANSWER)]
        content = types.Content(role="model", parts=parts)
        yield Event(author=self.name, invocation_id=context.invocation_id, content=content)


root_agent = Chat(name="chat")
