"""Mutations of the viewer's preferences."""

import strawberry
from strawberry import Info

from resolvers import preferences
from resolvers.context import Context
from schema.errors import UserError, refusable
from schema.preferences import Preferences, PreferencesInput, patch


@strawberry.input(description="Changes to the viewer's preferences.")
class UpdatePreferencesInput:
    preferences: PreferencesInput = strawberry.field(description="What to change.")


@strawberry.type(description="The viewer's preferences after a change.")
class PreferencesPayload:
    preferences: Preferences | None = strawberry.field(
        default=None, description="The preferences in force; null if the input was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why the input was refused; empty if it was not."
    )


@strawberry.type
class PreferenceMutations:
    @strawberry.mutation(description="Change some of the viewer's preferences, or reset them.")
    @refusable(PreferencesPayload)
    async def update_preferences(
        self, info: Info[Context, None], input: UpdatePreferencesInput
    ) -> PreferencesPayload:
        changed = await preferences.update_preferences(info.context, patch(input.preferences))
        return PreferencesPayload(preferences=Preferences.of_viewer(changed, info.context.uid))

    @strawberry.mutation(description="Reset all of the viewer's preferences.")
    @refusable(PreferencesPayload)
    async def reset_preferences(self, info: Info[Context, None]) -> PreferencesPayload:
        reset = await preferences.reset_preferences(info.context)
        return PreferencesPayload(preferences=Preferences.of_viewer(reset, info.context.uid))
