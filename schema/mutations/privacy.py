"""The mutation that erases all of a user's data."""

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.deadline import take_long
from resolvers.errors import invalid
from resolvers.retention import erasure
from schema.errors import refusable
from schema.mutations.payload import Payload


@strawberry.input(description="The confirmation that everything is to be erased.")
class EraseMyDataInput:
    confirm: bool = strawberry.field(
        description="Must be true, because an erasure can't be undone."
    )


@strawberry.type(description="How many records of a kind were removed.")
class RemovedRecords:
    kind: str = strawberry.field(description="The kind: a collection or table.")
    count: int = strawberry.field(description="How many were removed.")


@strawberry.type(description="What was removed from one store, and what remains.")
class ErasureReport:
    store: str = strawberry.field(description="The store.")
    removed: list[RemovedRecords] = strawberry.field(description="What was removed.")
    remains: str | None = strawberry.field(
        description="What can't be removed at once, where it is and until when; null if nothing "
        "is left."
    )


@strawberry.type(description="The outcome of an erasure.")
class EraseMyDataPayload(Payload):
    report: list[ErasureReport] | None = strawberry.field(
        default=None, description="One for each store; null if the input was refused."
    )


@strawberry.type
class PrivacyMutations:
    @strawberry.mutation(
        description="Remove everything stored about the viewer, in every store, for good. "
        "Meanwhile every change is refused (ACCOUNT_ERASING); afterwards the viewer may start "
        "again, empty."
    )
    @refusable(EraseMyDataPayload)
    async def erase_my_data(
        self, info: Info[Context, None], input: EraseMyDataInput
    ) -> EraseMyDataPayload:
        if not input.confirm:
            raise invalid("confirm must be true: an erasure can't be undone.", "confirm")
        take_long()
        return EraseMyDataPayload(
            report=[
                ErasureReport(
                    store=part.store,
                    removed=[
                        RemovedRecords(kind=kind, count=count)
                        for kind, count in sorted(part.removed.items())
                    ],
                    remains=part.remains,
                )
                for part in await erasure.erase_my_data(info.context)
            ]
        )
