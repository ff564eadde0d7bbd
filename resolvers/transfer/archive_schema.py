"""The JSON Schema of the archive, generated from the models that write and read it."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from resolvers.transfer.archive import (
    Archive,
    ArchivedAccount,
    ArchivedSession,
    ArchivedTurn,
    ArchiveHeader,
)

LINES = (ArchiveHeader, ArchivedAccount, ArchivedSession, ArchivedTurn)


class _Untitled(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        """No: a title would only repeat the field's name."""
        return False


def archive_schema() -> str:
    """The schema of a JSON archive; its `#/$defs/Line` describes a line of NDJSON."""
    models = [(model, "validation") for model in (Archive, *LINES)]
    _, schema = models_json_schema(models, by_alias=True, schema_generator=_Untitled)  # type: ignore[arg-type]
    defs = schema["$defs"]
    for definition in defs.values():
        fields = definition["properties"]
        always = [name for name in fields if "const" in fields[name] or name == "version"]
        definition["required"] = [*always, *definition.get("required", ())]
    defs["Line"] = {
        "description": "A line of the archive as NDJSON.",
        "oneOf": [{"$ref": f"#/$defs/{line.__name__}"} for line in LINES],
    }
    described = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "Recollect archive",
        "$ref": "#/$defs/Archive",
        "$defs": dict(sorted(defs.items())),
    }
    return json.dumps(described, indent=2)
