"""The fields that the payloads of all mutations have."""

import strawberry
from strawberry import Info

from resolvers.context import Context
from schema.errors import UserError
from schema.viewer import Viewer


@strawberry.type
class Payload:
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why the input was refused; empty if it was not."
    )

    @strawberry.field(
        description="The viewer after the change, to refresh counts, lists and preferences."
    )
    def viewer(self, info: Info[Context, None]) -> Viewer:
        return Viewer.of(info.context)
