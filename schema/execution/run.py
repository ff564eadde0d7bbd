"""The execution of one request by selections."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError
from graphql.execution.executor import Executor


class Run:
    """What the selections of an operation need to execute one request.

    graphql-core's executor completes what no selection can complete, and keeps the errors. Most requests need
    neither, so it is made when it is asked for.
    """

    def __init__(
        self,
        context: object,
        variables: Mapping[str, Any],
        make_executor: Callable[[], Executor[Any]],
    ) -> None:
        self.context = context
        self.variables = variables
        """The coerced values of the operation's variables."""
        self._make_executor = make_executor
        self._executor: Executor[Any] | None = None

    @property
    def executor(self) -> Executor[Any]:
        """graphql-core's executor of this request."""
        if self._executor is None:
            self._executor = self._make_executor()
        return self._executor

    @property
    def errors(self) -> list[GraphQLError] | None:
        """The errors of fields that are null because of them; None if there are none."""
        return (self._executor and self._executor.collected_errors.errors) or None
