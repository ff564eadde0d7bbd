"""When the viewer asks, the sessions with the most turns, and the turns without an answer."""

from datetime import date

import strawberry

from analytics.insights import habits
from resolvers.insights import habits as use
from schema.conversation import Conversation
from schema.session import Session


@strawberry.type(description="Turns of the viewer's in a week that are about one topic.")
class WeekTopic:
    topic: str = strawberry.field(description="One of the five most frequent topics of the range.")
    turns: int = strawberry.field(
        description="Turns about it. A turn about several of them counts for the most frequent alone."
    )


@strawberry.type(description="The viewer's turns in one week.")
class WeekUse:
    monday: date = strawberry.field(description="The day that the week begins with, in UTC.")
    turns: int = strawberry.field(description="Turns of the week that are in the range.")
    topics: list[WeekTopic] = strawberry.field(
        description="What they are about, the most frequent topic of the range first. The other turns "
        "are about something else."
    )

    @classmethod
    def of(cls, week: habits.Week) -> "WeekUse":
        """The GraphQL form of a week."""
        about = [WeekTopic(topic=topic, turns=turns) for topic, turns in week.topics]
        return cls(monday=week.monday, turns=week.turns, topics=about)


@strawberry.type(
    description="The viewer's turns in one hour of the week, of all weeks of the range."
)
class HourCount:
    weekday: int = strawberry.field(description="The day of the week, from 0 (Monday) to 6.")
    hour: int = strawberry.field(description="The hour of the day, from 0 to 23.")
    turns: int = strawberry.field(description="Turns asked in it.")


@strawberry.type(description="A session with many turns in the range.")
class SessionLength:
    session: Session = strawberry.field(description="The session.")
    turns: int = strawberry.field(description="Its turns in the range, on every branch.")


@strawberry.type(description="Questions of the viewer's that nobody answered.")
class UnansweredTurns:
    total: int = strawberry.field(
        description="Turns in the range without an answer, counted in the mirror."
    )
    latest: list[Conversation] = strawberry.field(
        description="The latest of them, ten at most, without those that have been answered since."
    )

    @classmethod
    def of(cls, found: use.Unanswered) -> "UnansweredTurns":
        """The GraphQL form of turns without an answer."""
        turns = [Conversation.of(each.conversation, each.session) for each in found.turns]
        return cls(total=found.total, latest=turns)
