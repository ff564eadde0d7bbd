"""Mutations that change the viewer's preferences."""

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.preferences import updating
from schema.errors import refusable
from schema.mutations.payload import Payload
from schema.preferences import Preferences, PreferencesInput, patch


@strawberry.input(description="Changes to the viewer's preferences.")
class UpdatePreferencesInput:
    preferences: PreferencesInput = strawberry.field(description="What to change.")


@strawberry.type(description="The viewer's preferences after a change.")
class PreferencesPayload(Payload):
    preferences: Preferences | None = strawberry.field(
        default=None, description="The preferences in force; null if the input was refused."
    )


@strawberry.type
class PreferenceMutations:
    @strawberry.mutation(description="Change some of the viewer's preferences, or reset them.")
    @refusable(PreferencesPayload)
    async def update_preferences(
        self, info: Info[Context, None], input: UpdatePreferencesInput
    ) -> PreferencesPayload:
        changed = await updating.update_preferences(info.context, patch(input.preferences))
        return PreferencesPayload(preferences=Preferences.of_viewer(changed, info.context.uid))

    @strawberry.mutation(description="Reset all of the viewer's preferences.")
    @refusable(PreferencesPayload)
    async def reset_preferences(self, info: Info[Context, None]) -> PreferencesPayload:
        reset = await updating.reset_preferences(info.context)
        return PreferencesPayload(preferences=Preferences.of_viewer(reset, info.context.uid))
