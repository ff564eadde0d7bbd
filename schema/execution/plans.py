"""Plans for subtrees whose values are attributes. A plan is a function that is compiled once for a selection
and does in a few steps what graphql-core repeats for every field of every object.

A plan handles only the usual case. It raises for everything else (an error, an invalid null, a value of
another type, an awaitable), and graphql-core then completes the same subtree by its rules.
"""

from collections.abc import Callable, Mapping
from datetime import date
from inspect import isfunction
from math import isfinite
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.read_fields import PATH
from schema.scalars import Moment

Plan: TypeAlias = Callable[[Any], Any]
"""Serialises a value; raises if the value does not fit the plan."""
Collect: TypeAlias = Callable[[GraphQLObjectType, FieldDetailsList], GroupedFieldSet]
"""The fields selected on an object, by their names in the response."""

_EXACT: Mapping[GraphQLScalarType, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLFloat: float,
}
_CUSTOM = frozenset({Moment, date, dict, list, str, int, float, bool})
"""The Python types of the schema's own scalars."""
_UNCHANGED = "JSON"
"""The scalar whose values are answered as they are."""


class Unusual(Exception):
    """A value that graphql-core has to complete."""


class _Function:
    """The source of a function that completes `value`, and the objects that its names stand for."""

    def __init__(self) -> None:
        self._lines = ["def complete(value):"]
        self._objects: dict[str, Any] = {"Unusual": Unusual, "Undefined": Undefined}

    def add(self, indent: int, line: str) -> None:
        """Add a line."""
        self._lines.append("    " * indent + line)

    def named(self, known: object) -> str:
        """A name for an object."""
        name = f"known{len(self._objects)}"
        self._objects[name] = known
        return name

    def variable(self) -> str:
        """A name for a new variable."""
        return f"value{len(self._lines)}"

    def compiled(self) -> Plan:
        """The function itself."""
        self.add(1, "return value")
        # The only text from a document in it is a valid name, as a literal.
        exec("\n".join(self._lines), self._objects)  # noqa: S102
        made: Plan = self._objects["complete"]
        return made


def plan(kind: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Plan | None:
    """A plan for completing values of a type with a selection; None if that requires more than reading
    attributes."""
    made = _Function()
    return made.compiled() if _complete(made, 1, "value", kind, details, collect) else None


def _complete(
    made: _Function,
    indent: int,
    value: str,
    kind: GraphQLOutputType,
    details: FieldDetailsList,
    collect: Collect,
) -> bool:
    """Add the code that completes a variable's value; False if no plan can do that."""
    if isinstance(kind, GraphQLNonNull):
        # The code below raises for None, as for any value of another type.
        kind = kind.of_type
    else:
        made.add(indent, f"if {value} is not None:")
        indent += 1
    if isinstance(kind, GraphQLList):
        return _list(made, indent, value, kind, details, collect)
    if isinstance(kind, GraphQLObjectType):
        return _object(made, indent, value, kind, details, collect)
    if isinstance(kind, GraphQLEnumType):
        made.add(indent, f"{value} = {made.named(_names(kind))}[{value}]")
        return True
    if isinstance(kind, GraphQLScalarType):
        _scalar(made, indent, value, kind)
        return True
    return False


def _list(
    made: _Function,
    indent: int,
    value: str,
    kind: GraphQLList[GraphQLOutputType],
    details: FieldDetailsList,
    collect: Collect,
) -> bool:
    made.add(indent, f"if type({value}) is not list: raise Unusual")
    items = made.variable()
    made.add(indent, f"{items} = []")
    item = made.variable()
    made.add(indent, f"for {item} in {value}:")
    if not _complete(made, indent + 1, item, kind.of_type, details, collect):
        return False
    made.add(indent + 1, f"{items}.append({item})")
    made.add(indent, f"{value} = {items}")
    return True


def _names(kind: GraphQLEnumType) -> dict[object, str]:
    """The names of an enum's values, for its members and for what is stored of them."""
    names: dict[object, str] = {}
    for member in getattr(kind, "wrapped_cls", ()):
        names[member] = names[member.value] = kind.coerce_output_value(member)
    return names


def _object(
    made: _Function,
    indent: int,
    value: str,
    kind: GraphQLObjectType,
    details: FieldDetailsList,
    collect: Collect,
) -> bool:
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    origin = getattr(definition, "origin", None)
    if origin is None:
        return False
    made.add(indent, f"if type({value}) is not {made.named(origin)}: raise Unusual")
    items: list[str] = []
    parents = {"": value}
    for name, selected in collect(kind, details).items():
        field_name = selected[0].node.name.value
        if field_name == "__typename":
            items.append(f"{name!r}: {kind.name!r}")
            continue
        field = kind.fields.get(field_name)
        got = field and getter(field)
        if field is None or got is None:
            return False
        if isinstance(got, str):
            expression = _attribute(made, indent, parents, got)
        else:
            expression = f"{made.named(got)}({value})"
        found = made.variable()
        made.add(indent, f"{found} = {expression}")
        if not _complete(made, indent, found, field.type, selected, collect):
            return False
        items.append(f"{name!r}: {found}")
    made.add(indent, f"{value} = {{{', '.join(items)}}}")
    return True


def _attribute(made: _Function, indent: int, parents: dict[str, str], path: str) -> str:
    """The expression for an attribute by its path. The beginning that it shares with other paths is read
    once, into `parents`."""
    above, _, name = path.rpartition(".")
    if above not in parents:
        got = _attribute(made, indent, parents, above)
        parents[above] = made.variable()
        made.add(indent, f"{parents[above]} = {got}")
    return f"{parents[above]}.{name}"


def getter(field: GraphQLField) -> str | Plan | None:
    """How to get a field's value from its object: the path of an attribute, or a method without arguments
    or I/O."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField) or field.args or definition.extensions:
        return None
    resolver = definition.base_resolver
    if resolver is None:
        return definition.python_name
    if PATH in definition.metadata:
        return str(definition.metadata[PATH])
    alone = resolver.self_parameter and not (resolver.info_parameter or resolver.parent_parameter)
    method = resolver.wrapped_func
    return method if alone and not resolver.is_async and isfunction(method) else None


def _scalar(made: _Function, indent: int, value: str, kind: GraphQLScalarType) -> None:
    if kind is GraphQLInt:
        made.add(indent, f"if type({value}) is not int: raise Unusual")
        made.add(indent, f"if not {-(2**31)} <= {value} < {2**31}: raise Unusual")
    elif kind in _EXACT:
        made.add(indent, f"if type({value}) is not {_EXACT[kind].__name__}: raise Unusual")
        if kind is GraphQLFloat:
            made.add(indent, f"if not {made.named(isfinite)}({value}): raise Unusual")
    else:
        made.add(indent, f"if type({value}) not in {made.named(_CUSTOM)}: raise Unusual")
        if kind.name != _UNCHANGED:
            made.add(indent, f"{value} = {made.named(kind.coerce_output_value)}({value})")
        made.add(indent, f"if {value} is None or {value} is Undefined: raise Unusual")
