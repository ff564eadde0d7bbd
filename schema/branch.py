"""A branch of a session."""

import strawberry

from schema.ids import global_id
from stores import records


@strawberry.type(
    description="A line of turns of a session that begins beside a turn of an older line. Its path has "
    "what comes before that turn, too."
)
class Branch:
    id: strawberry.ID = strawberry.field(
        description="Its id, for `Session.conversations(branch:)`."
    )
    parent: strawberry.ID | None = strawberry.field(
        description="The branch that it comes from; null for the first one."
    )
    forks_at: strawberry.ID | None = strawberry.field(
        description="The turn of its parent that it begins beside; null for the first one, or if there "
        "is none left."
    )
    first_conversation: strawberry.ID | None = strawberry.field(
        description="Its own first turn; null if there is none left, and for the session's first branch."
    )
    shown: bool = strawberry.field(description="Whether its path is shown.")


def branches(session: records.Session) -> list[Branch]:
    """The GraphQL form of a session's branches; none if it has only one."""

    def branch(number: int) -> strawberry.ID:
        return strawberry.ID(global_id("Branch", session.session_id, str(number)))

    def turn(raw_id: str | None) -> strawberry.ID | None:
        if raw_id is None:
            return None
        return strawberry.ID(global_id("Conversation", session.session_id, raw_id))

    if not session.branches:
        return []
    shown = session.shown_branch
    root = Branch(
        id=branch(0), parent=None, forks_at=None, first_conversation=None, shown=shown == 0
    )
    return [
        root,
        *(
            Branch(
                id=branch(each.number),
                parent=branch(each.parent),
                forks_at=turn(each.beside),
                first_conversation=turn(each.first),
                shown=shown == each.number,
            )
            for each in session.branches
        ),
    ]
