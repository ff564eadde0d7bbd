"""The mutation that dismisses a notification."""

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.notifications.notices import dismiss_notice
from schema.errors import refusable
from schema.ids import notification_id
from schema.mutations.payload import Payload


@strawberry.input(description="The notification to put aside.")
class DismissNotificationInput:
    notification_id: strawberry.ID = strawberry.field(description="The notification's id.")


@strawberry.type(description="The outcome of putting a notification aside.")
class DismissNotificationPayload(Payload):
    notification_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id that was given; null if the input was refused."
    )


@strawberry.type
class NotificationMutations:
    @strawberry.mutation(
        description="Put a notification aside, on all of the viewer's devices. It is not mailed then "
        "either."
    )
    @refusable(DismissNotificationPayload)
    async def dismiss_notification(
        self, info: Info[Context, None], input: DismissNotificationInput
    ) -> DismissNotificationPayload:
        await dismiss_notice(info.context, notification_id(input.notification_id))
        return DismissNotificationPayload(notification_id=input.notification_id)
