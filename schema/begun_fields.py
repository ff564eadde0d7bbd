"""Fields that wait for nothing but a read that can be begun before they are resolved."""

from collections.abc import Callable
from typing import Any, TypeAlias

Begin: TypeAlias = Callable[[Any], None]
"""Begins a read of a request, given by its context, unless it is begun already."""

BEGIN = "begin"
"""The key under which a field's metadata has its `Begin`. Such a field is resolved after the others of its
object, when what it waits for is usually there: it needs no task of its own."""
