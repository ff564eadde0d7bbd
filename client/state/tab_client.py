"""The API as one browser tab sees it: what its page read is not asked for again while nothing changed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from client.api.client import Client
from client.transport import ApiError, plain_variables

Operation: TypeAlias = tuple[str, str]
"""Its name and its variables."""


@dataclass(slots=True)
class _Answers:
    """What the last page load read, and what this one has read so far."""

    last: dict[Operation, dict[str, Any] | ApiError] = field(default_factory=dict)
    current: dict[Operation, dict[str, Any] | ApiError] = field(default_factory=dict)


class TabClient(Client):
    """Answers a page's queries from what its last load read, until something was changed or forgotten.

    It holds what one load of a page read, and no more. What refused the input is kept as well, since the
    same input would be refused again; no other failure is.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(url, headers)
        self._loading = False
        self.forget()

    def forget(self) -> None:
        """Read everything again from now on."""
        self._answers = _Answers()
        self.as_of = datetime.now(UTC)
        """What the page shows was read then or later. Periods that end now end here, so that they stay the
        same while nothing changed."""

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Within this block queries are answered from the last such block. Whatever is asked outside of it,
        as by the action of a click, is always sent."""
        self._loading = True
        try:
            yield
        finally:
            self._loading = False
            self._answers = _Answers(last=self._answers.current)

    def execute(
        self, query: str, operation_name: str, variables: Mapping[str, object]
    ) -> dict[str, Any]:
        """Send one operation, unless its answer is known; raises `ApiError`. A mutation forgets what was
        read, whether it succeeds or not."""
        if query.lstrip().startswith("mutation"):
            try:
                return super().execute(query, operation_name, variables)
            finally:
                self.forget()
        if not self._loading:
            return super().execute(query, operation_name, variables)
        # A mutation of another thread meanwhile begins with new ones.
        answers = self._answers
        operation = operation_name, json.dumps(plain_variables(variables), sort_keys=True)
        known = answers.current.get(operation) or answers.last.get(operation)
        if known is None:
            try:
                known = super().execute(query, operation_name, variables)
            except ApiError as error:
                if error.code != "BAD_USER_INPUT":
                    raise
                known = error
        answers.current[operation] = known
        if isinstance(known, ApiError):
            raise known.with_traceback(None)
        return known
