"""Fields that wait for nothing but a read that can be begun before they are resolved."""

from collections.abc import Callable
from typing import Any, TypeAlias

Begin: TypeAlias = Callable[[Any], None]
"""Begins a read of a request, given by its context, unless it is begun already."""

BEGIN = "begin"
"""The key under which a field's metadata has its `Begin`. Beside at most one field that waits for something
else, it is resolved last, when what it waits for is usually there, and needs no task of its own."""
