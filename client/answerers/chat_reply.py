"""Assembles a chat endpoint's reply, whichever variant of OpenAI's protocol it uses.

https://platform.openai.com/docs/api-reference/chat and common variants: parts instead of a string, reasoning
in `reasoning` or `<think>`, sources as `annotations`, `citations` or `search_results`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from client.answerers.base import Answer, Citation, FinishReason
from client.answerers.reasoning import Reasoning

SOURCES = 50
MODEL_CHARACTERS = 200
TOKENS = 1_000_000_000
"""The largest token counts accepted; the API accepts no larger ones."""
_REASONS: Mapping[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
    "refusal": "refusal",
}


class Reply:
    """The part of a reply that has arrived so far."""

    def __init__(self) -> None:
        self.ended = False
        """Whether the service reported that the answer is complete."""
        self._reasoning = Reasoning()
        self._refusal = ""
        self._reason: FinishReason = "stop"
        self._model: str | None = None
        self._usage: Mapping[str, Any] = {}
        self._sources: dict[str, Citation] = {}

    @property
    def text(self) -> str:
        """The answer so far, without reasoning."""
        return self._reasoning.answer + self._refusal

    def add(self, event: Mapping[str, Any]) -> str:
        """Add an event of a stream, or a whole reply; returns the text it adds.

        Raises LookupError, TypeError, ValueError or AttributeError for anything else.
        """
        if model := event.get("model"):
            self._model = " ".join(str(model).split())[:MODEL_CHARACTERS] or None
        self._usage = event.get("usage") or self._usage
        for source in event.get("search_results") or event.get("citations") or []:
            self._cite(source)
        choices = event.get("choices") or []
        if not choices:
            return ""
        choice = choices[0]
        message = choice.get("delta") or choice.get("message") or {}
        for annotation in message.get("annotations") or []:
            self._cite(annotation.get("url_citation") or {})
        thought = message.get("reasoning_content") or message.get("reasoning")
        if isinstance(thought, str):
            self._reasoning.add_thought(thought)
        refusal = message.get("refusal") or ""
        self._refusal += refusal
        if reason := choice.get("finish_reason"):
            self.ended, self._reason = True, _REASONS.get(str(reason).lower(), "stop")
        return "".join(map(self._reasoning.add, self._parts(message.get("content")))) + refusal

    def answer(self, *, interrupted: bool = False) -> Answer:
        """The answer so far; `interrupted` means that more was to come."""
        text, reasoning = self._reasoning.finished()
        reason = "refusal" if self._refusal else self._reason
        return Answer(
            text + self._refusal,
            citations=list(self._sources.values()),
            reasoning=reasoning,
            model=self._model,
            input_tokens=self._tokens("prompt_tokens", "input_tokens"),
            output_tokens=self._tokens("completion_tokens", "output_tokens"),
            finish_reason="interrupted" if interrupted else reason,
        )

    def _parts(self, content: Any) -> Iterable[str]:
        """The texts of a message's content, which is a string or a list of parts."""
        for part in [content] if isinstance(content, str) else content or []:
            if isinstance(part, str):
                yield part
            elif part.get("type") in {"text", "output_text"}:
                yield str(part.get("text") or "")
            elif part.get("type") in {"thinking", "reasoning"}:
                said = part.get("thinking") or part.get("text") or ""
                self._reasoning.add_thought("".join(self._parts(said)))

    def _cite(self, source: Any) -> None:
        given = {"url": source} if isinstance(source, str) else source
        uri = str(given.get("url") or "")
        if (
            not uri
            or len(uri) > 1_000
            or (uri not in self._sources and len(self._sources) == SOURCES)
        ):
            return
        citation = self._sources.setdefault(uri, Citation(title=uri, uri=uri))
        if title := given.get("title"):
            citation["title"] = str(title)[:200]
        if snippet := given.get("snippet") or given.get("content"):
            citation["snippet"] = " ".join(str(snippet).split())[:300]
        start, end = given.get("start_index"), given.get("end_index")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
            citation.setdefault("spans", []).append([start, end])

    def _tokens(self, *names: str) -> int | None:
        counts = (self._usage.get(name) for name in names)
        return next(
            (count for count in counts if isinstance(count, int) and 0 <= count <= TOKENS), None
        )
