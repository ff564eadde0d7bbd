"""The API for one browser tab: data that its page read is not requested again while nothing changed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from client.api.client import Client
from client.transport import ApiError, plain_variables

Operation: TypeAlias = tuple[str, str]
"""The name and the variables of an operation."""


@dataclass(slots=True)
class _Answers:
    """The results of the last page load, and those of this one so far."""

    last: dict[Operation, dict[str, Any] | ApiError] = field(default_factory=dict)
    current: dict[Operation, dict[str, Any] | ApiError] = field(default_factory=dict)


class TabClient(Client):
    """Answers a page's queries from what its last load read, until something was changed or forgotten.

    It holds only the results of one page load. Refusals of the input are kept as well, because the same input
    would be refused again; other failures are not.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(url, headers)
        self._loading = False
        self.forget()

    def forget(self) -> None:
        """Read everything again from now on."""
        self._answers = _Answers()
        self.as_of = datetime.now(UTC)
        """The page's data was read at this time or later. Periods that end now end at this time, so that they
        stay the same while nothing changed."""

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Within this block queries are answered from the last such block. Queries outside of it, such as
        those of a click's action, are always sent."""
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
        # A mutation in another thread may replace them meanwhile.
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
