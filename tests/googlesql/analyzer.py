"""GoogleSQL as Google reads it: ZetaSQL checks names, types, reserved words and aggregation.

It knows nothing of BigQuery's DDL options, quotas and partition rules.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from wasmtime import Config
from zetasql import types as z  # type: ignore[import-untyped]
from zetasql.api import Analyzer, TypeFactory  # type: ignore[import-untyped]
from zetasql.core import wasm_client  # type: ignore[import-untyped]
from zetasql.core.exceptions import ServerError  # type: ignore[import-untyped]

Columns: TypeAlias = Mapping[str, str]
"""The type of each column or parameter by name, such as `INT64` or `ARRAY<STRING>`."""


class Refused(Exception):
    """ZetaSQL refuses a statement; the message is its own."""


class GoogleSQL:
    """Analyses statements against the tables and views that it knows.

    A table is named by project, dataset and name; the project may be omitted for `default_project`.
    Statements can use the views analysed before them. Only one thread at a time may use it.
    """

    def __init__(self, default_project: str) -> None:
        """Start with no tables. The first instance on a machine compiles ZetaSQL, which takes some 15 s."""
        wasm_client.Config = _config
        self._default_project = default_project
        self._tables: dict[str, dict[str, dict[str, Columns]]] = {default_project: {}}
        self._language = z.LanguageOptions.maximum_features()
        self._language.product_mode = z.ProductMode.PRODUCT_EXTERNAL
        self._language.reserved_keywords = ["QUALIFY"]
        # None allows queries only; an empty list allows every kind of statement.
        self._language.supported_statement_kinds = []

    def add_table(self, project: str, dataset: str, table: str, columns: Columns) -> None:
        """Add a table, or replace its columns."""
        self._tables.setdefault(project, {}).setdefault(dataset, {})[table] = columns

    def analyse(self, text: str, parameters: Columns | None = None) -> Columns:
        """The result columns of a query or view; none for a statement without results.

        Raises `Refused` for what BigQuery would refuse, such as a parameter that is not declared.
        """
        options = z.AnalyzerOptions(
            language_options=self._language,
            query_parameters=[
                z.AnalyzerOptions.QueryParameter(name=name, type=_type(kind))
                for name, kind in (parameters or {}).items()
            ],
        )
        try:
            statement = Analyzer(options, self._catalog(text)).analyze_statement(text)
        except ServerError as error:
            raise Refused(error.message) from None
        columns = _columns(statement)
        if isinstance(statement, z.ResolvedCreateViewStmt | z.ResolvedCreateTableStmt):
            self.add_table(*self._named(statement.name_path), columns)
        return columns

    def _named(self, path: Sequence[str]) -> tuple[str, str, str]:
        *project, dataset, table = path
        return (project[0] if project else self._default_project), dataset, table

    def _catalog(self, text: str) -> z.SimpleCatalog:
        """The tables whose names occur in a statement: passing all of them took most of the time."""
        root = _folder(
            "root",
            [_folder(project, _datasets(found, text)) for project, found in self._tables.items()]
            + _datasets(self._tables[self._default_project], text),
        )
        root.builtin_function_options = z.ZetaSQLBuiltinFunctionOptions(
            language_options=self._language
        )
        return root


def _config() -> Config:
    """Caches the compiled code for later processes."""
    config = Config()
    config.cache = True
    return config


def _folder(name: str, catalogs: list[z.SimpleCatalog]) -> z.SimpleCatalog:
    return z.SimpleCatalog(name=name, catalog=catalogs)


def _datasets(found: Mapping[str, Mapping[str, Columns]], text: str) -> list[z.SimpleCatalog]:
    return [
        z.SimpleCatalog(
            name=name,
            table=[_table(table, columns) for table, columns in tables.items() if table in text],
        )
        for name, tables in found.items()
    ]


def _table(name: str, columns: Columns) -> z.SimpleTable:
    return z.SimpleTable(
        name=name,
        column=[
            z.SimpleColumn(name=column, type=_type(kind), is_writable_column=True)
            for column, kind in columns.items()
        ],
    )


def _type(kind: str) -> z.Type:
    if kind.startswith("ARRAY<"):
        return TypeFactory.create_array_type(_type(kind[len("ARRAY<") : -1]))
    name = next((own for own, other in _NAMES.items() if other == kind), kind)
    return TypeFactory.create_simple_type(z.TypeKind[f"TYPE_{name}"])


def _columns(statement: z.ResolvedStatement) -> Columns:
    if isinstance(statement, z.ResolvedCreateTableStmt):
        return {each.name: _kind(each.type) for each in statement.column_definition_list}
    if isinstance(statement, z.ResolvedCreateViewStmt | z.ResolvedQueryStmt):
        return {each.name: _kind(each.column.type) for each in statement.output_column_list}
    return {}


_NAMES = {"DOUBLE": "FLOAT64"}
"""BigQuery's names of the types that ZetaSQL names differently."""


def _kind(found: z.Type) -> str:
    if found.array_type:
        return f"ARRAY<{_kind(found.array_type.element_type)}>"
    name = str(z.TypeKind(found.type_kind).name.removeprefix("TYPE_"))
    return _NAMES.get(name, name)
