"""Executes operations: selections without resolvers by a plan, everything else by graphql-core."""

from schema.execution.executor import PlannedExecutor
from schema.execution.prepared import PreparedOperation

__all__ = ["PlannedExecutor", "PreparedOperation"]
