"""Estimates the cost of an operation before it runs, and refuses it if it exceeds the limit.

The cost of a selection is multiplied by the size of the page it is in: a page of turns inside a page of
sessions costs one read, and its size in turns, for each session. Selections that exclude each other are
all counted.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLIncludeDirective,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_argument_values,
    get_directive_values,
    get_named_type,
    get_nullable_type,
    type_from_ast,
    visit,
)
from graphql.execution.values import VariableValues
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.execution import PreExecutionError
from strawberry.types.field import StrawberryField
from strawberry.types.graphql import OperationType

from resolvers.pagination import DEFAULT_PAGE, PAGE_LIMIT
from schema.validation import field_weights
from schema.validation.variables import variable_values


class CostEstimator:
    """Adds up the cost of one operation with its variables. A fragment is computed once per page size."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: VariableValues
    ) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, int], int] = {}

    def operation(self, node: OperationDefinitionNode) -> int:
        """The cost of an operation; one plain field costs 1."""
        root = self._schema.get_root_type(node.operation)
        return self._selections(node.selection_set, root.name if root else "", field_weights.LIST)

    def _selections(self, selections: SelectionSetNode | None, parent: str, page: int) -> int:
        """The cost of a selection on one `parent`, whose lists have `page` objects."""
        return sum(
            self._selection(node, parent, page)
            for node in (selections.selections if selections else ())
            if self._included(node)
        )

    def _selection(self, node: SelectionNode, parent: str, page: int) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, page)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition.name.value if node.type_condition else parent
            return self._selections(node.selection_set, condition, page)
        return self._field(cast("FieldNode", node), parent, page)

    def _fragment(self, name: str, page: int) -> int:
        key = (name, page)
        if key not in self._known:
            self._known[key] = 0
            fragment = self._fragments[name]
            condition = fragment.type_condition.name.value
            self._known[key] = self._selections(fragment.selection_set, condition, page)
        return self._known[key]

    def _field(self, node: FieldNode, parent: str, page: int) -> int:
        fields: Mapping[str, GraphQLField] = getattr(self._schema.get_type(parent), "fields", {})
        field = fields.get(node.name.value)
        if field is None:  # __typename, or introspection
            return field_weights.FIELD
        arguments = get_argument_values(field, node, self._variables, hide_suggestions=True)
        name = f"{parent}.{node.name.value}"
        below = _page(field, arguments)
        own = _weight(name, field) + field_weights.RECORDS.get(name, 0) * below
        named = 0
        if parent in ("Mutation", "Query"):
            named = sum(
                sum(_ids(argument.type, arguments.get(name)))
                for name, argument in field.args.items()
            )
            own *= max(1, named)
            below = max(below, named)
        kind = get_named_type(field.type).name
        listed = isinstance(get_nullable_type(field.type), GraphQLList)
        times = (named or page) if listed and name not in field_weights.SHARED else 1
        return own + times * self._selections(node.selection_set, kind, below)

    def _included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and (include is None or include["if"])


def _weight(name: str, field: GraphQLField) -> int:
    if name in field_weights.WEIGHTS:
        return field_weights.WEIGHTS[name]
    if name.startswith("Mutation."):
        return field_weights.WRITE
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    resolver = definition.base_resolver if isinstance(definition, StrawberryField) else None
    reads = resolver is not None and resolver.is_async
    return field_weights.READ if reads else field_weights.FIELD


def _page(field: GraphQLField, arguments: Mapping[str, Any]) -> int:
    """How many objects the lists directly below a field have."""
    if "first" not in field.args:
        return field_weights.LIST
    sizes = [size for name in ("first", "last") if (size := arguments.get(name)) is not None]
    return min(PAGE_LIMIT, max(0, *sizes)) if sizes else DEFAULT_PAGE


def _ids(kind: GraphQLInputType, value: Any) -> Iterator[int]:
    """The lengths of the lists of ids in an argument. Values of type JSON are not searched: their
    keys are the caller's own."""
    plain = get_nullable_type(kind)
    if isinstance(plain, GraphQLList) and get_named_type(plain) is GraphQLID:
        yield len(value or ())
    elif isinstance(plain, GraphQLInputObjectType) and isinstance(value, dict):
        for name, field in plain.fields.items():
            yield from _ids(field.type, value.get(name))


def cost_variables(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> tuple[str, ...] | None:
    """The variables that determine an operation's cost; None if the number of ids in a variable matters."""
    kinds = [type_from_ast(schema, each.type) for each in operation.variable_definitions or ()]
    if any(map(_has_ids, kinds)):
        return None
    return argument_variables(document, "first", "last", "if")


def _has_ids(kind: Any, seen: frozenset[str] = frozenset()) -> bool:
    plain = get_nullable_type(kind)
    if isinstance(plain, GraphQLList):
        return get_named_type(plain) is GraphQLID or _has_ids(plain.of_type, seen)
    if not isinstance(plain, GraphQLInputObjectType) or plain.name in seen:
        return False
    return any(_has_ids(each.type, seen | {plain.name}) for each in plain.fields.values())


class _Arguments(Visitor):
    """Collects the variables used for arguments with these names."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self._names = names
        self.found: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Note the variable of an argument."""
        if node.name.value in self._names and isinstance(node.value, VariableNode):
            self.found.add(node.value.name.value)


def argument_variables(node: Node, *names: str) -> tuple[str, ...]:
    """The variables used for arguments with these names, of fields and directives."""
    arguments = _Arguments(names)
    visit(node, arguments)
    return tuple(sorted(arguments.found))


def cost_errors(cost: int, limit: int) -> list[GraphQLError]:
    """The error if an operation costs too much, otherwise an empty list."""
    if cost <= limit:
        return []
    message = (
        f"The operation costs {cost}; the limit is {limit}. "
        "Ask for smaller pages, or split it into several requests."
    )
    extensions = {"code": "COST_LIMIT_EXCEEDED", "cost": cost, "limit": limit}
    return [GraphQLError(message, extensions=extensions)]


def reported_cost(cost: int, limit: int) -> dict[str, Any]:
    """The cost as a response's extensions report it."""
    return {"cost": {"estimated": cost, "limit": limit}}


class CostLimit(SchemaExtension):
    """Reports the cost of every operation in the response's extensions, and refuses operations that cost too
    much."""

    def __init__(self) -> None:
        self._cost: int | None = None

    def on_execute(self) -> Iterator[None]:
        """Estimate the cost of a valid operation."""
        context = self.execution_context
        if context.graphql_document is not None and context.result is None:
            errors = self._errors(context.graphql_document)
            if errors and context.operation_type is OperationType.SUBSCRIPTION:
                # Strawberry checks for a result before it executes, but not before it subscribes.
                raise errors[0]
            if errors:
                context.result = PreExecutionError(data=None, errors=errors)
        yield

    def get_results(self) -> dict[str, Any]:
        """The extensions of the response."""
        if self._cost is None:
            return {}
        return reported_cost(self._cost, self._limit())

    def _limit(self) -> int:
        subscribes = self.execution_context.operation_type is OperationType.SUBSCRIPTION
        return field_weights.EVENT_LIMIT if subscribes else field_weights.LIMIT

    def _errors(self, document: DocumentNode) -> list[GraphQLError]:
        context = self.execution_context
        schema: GraphQLSchema = context.schema._schema
        operation = _operation(document, context.operation_name)
        variables = variable_values(schema, operation, context.variables or {})
        if isinstance(variables, list):
            return variables
        self._cost = CostEstimator(schema, document, variables).operation(operation)
        return cost_errors(self._cost, self._limit())


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    return next(
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        and (name is None or (definition.name and definition.name.value == name))
    )
