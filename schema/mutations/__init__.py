"""Everything that can be changed: one input in, one payload out."""

import strawberry

from schema.mutations.conversations import ConversationMutations
from schema.mutations.lifecycle import LifecycleMutations
from schema.mutations.preferences import PreferenceMutations
from schema.mutations.privacy import PrivacyMutations
from schema.mutations.sessions import SessionMutations


@strawberry.type(description="Everything that can be changed.")
class Mutation(
    SessionMutations,
    LifecycleMutations,
    ConversationMutations,
    PreferenceMutations,
    PrivacyMutations,
):
    pass


__all__ = ["Mutation"]
