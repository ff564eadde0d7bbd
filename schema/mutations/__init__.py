"""All mutations: each takes one input and returns one payload."""

import strawberry

from schema.mutations.conversations import ConversationMutations
from schema.mutations.imports import ImportMutations
from schema.mutations.lifecycle import LifecycleMutations
from schema.mutations.notifications import NotificationMutations
from schema.mutations.preferences import PreferenceMutations
from schema.mutations.privacy import PrivacyMutations
from schema.mutations.sessions import SessionMutations
from schema.mutations.transfer import TransferMutations


@strawberry.type(description="All changes that can be made.")
class Mutation(
    SessionMutations,
    LifecycleMutations,
    ConversationMutations,
    PreferenceMutations,
    NotificationMutations,
    PrivacyMutations,
    TransferMutations,
    ImportMutations,
):
    pass


__all__ = ["Mutation"]
