"""Objects with a global id."""

import strawberry


@strawberry.interface(description="An object with an id that is unique in the whole API.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="The global id. It is opaque: pass it on unchanged."
    )
