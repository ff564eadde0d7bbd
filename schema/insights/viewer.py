"""The viewer's activity in a range of time."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import Info

from analytics.insights import figures
from analytics.insights import user as counted
from resolvers.context import Context
from resolvers.insights import habits as use
from resolvers.insights import viewer as rules
from schema.insights.common import ResponseTimes
from schema.insights.habits import HourCount, SessionLength, UnansweredTurns, WeekUse
from schema.scalars import Moment
from schema.session import Session


@strawberry.type(description="The viewer's feedback on answers.")
class FeedbackCounts:
    good: int = strawberry.field(description="Turns with a score of 1.")
    bad: int = strawberry.field(description="Turns with a score of 0.")


@strawberry.type(description="The viewer's turns on one day.")
class DayCount:
    day: date = strawberry.field(description="The day, in UTC.")
    turns: int = strawberry.field(description="Turns of that day.")


@strawberry.type(
    description="A key phrase of what the viewer asked. None is a part of another in the same list."
)
class Topic:
    topic: str = strawberry.field(description="One to three words, in lower case.")
    turns: int = strawberry.field(
        description="Turns that ask about it, or about a longer phrase that has it as a part."
    )
    sessions: int = strawberry.field(description="Sessions with such turns.")

    @classmethod
    def of(cls, topic: counted.Topic) -> "Topic":
        """The GraphQL form of a topic."""
        return cls(topic=topic.topic, turns=topic.turns, sessions=topic.sessions)


@strawberry.type(description="Turns of the viewer's that one model answered.")
class ModelUse:
    model: str = strawberry.field(description="The model, as the answer service names it.")
    turns: int = strawberry.field(description="Turns that it answered.")
    response_times: ResponseTimes | None = strawberry.field(
        description="How long its answers took; null where no turn says."
    )
    feedback: FeedbackCounts = strawberry.field(description="How its answers were judged.")
    input_tokens: float | None = strawberry.field(
        description="Tokens that it read, a whole number; null where no turn says."
    )
    output_tokens: float | None = strawberry.field(
        description="Tokens that it wrote, a whole number; null where no turn says."
    )

    @classmethod
    def of(cls, model: figures.ModelFigures) -> "ModelUse":
        """The GraphQL form of a model's figures."""
        return cls(
            model=model.model,
            turns=model.turns,
            response_times=ResponseTimes.of(model.response_times),
            feedback=FeedbackCounts(good=model.good or 0, bad=model.bad or 0),
            input_tokens=model.input_tokens,
            output_tokens=model.output_tokens,
        )


@strawberry.type(
    description="How often turns of one model and one response style were asked again, with the text of "
    "both kept."
)
class Regenerations:
    model: str | None = strawberry.field(
        description="The model that answered them; null where the turns do not tell."
    )
    response_style: str | None = strawberry.field(
        description="The response style in force when they were recorded; null where they do not tell."
    )
    turns: int = strawberry.field(description="All such turns.")
    regenerations: int = strawberry.field(
        description="How often another answer to one of them was asked for, by the same question."
    )
    edits: int = strawberry.field(description="How often the question of one of them was edited.")

    @classmethod
    def of(cls, found: counted.Regenerations) -> "Regenerations":
        """The GraphQL form of regenerations."""
        return cls(
            model=found.model,
            response_style=found.response_style,
            turns=found.turns,
            regenerations=found.regenerations,
            edits=found.edits,
        )


@strawberry.type(
    description="What the viewer did in a range of time, of all that is kept, not in the trash and "
    "not temporary. It is counted in the mirror, which may be a moment behind."
)
class ViewerInsights:
    found: strawberry.Private[rules.ViewerInsights]
    sessions: int = strawberry.field(description="Sessions with turns in the range.")
    turns: int = strawberry.field(description="Turns in the range.")
    asked_again: int = strawberry.field(
        description="Those of them that replace another: answers asked for again, and edited questions."
    )
    active_days: int = strawberry.field(description="Days (UTC) with turns.")
    response_times: ResponseTimes | None = strawberry.field(
        description="How long answers took; null if it is not known for any turn."
    )
    feedback: FeedbackCounts = strawberry.field(description="How answers were judged.")
    models: list[ModelUse] = strawberry.field(
        description="The twenty models with most turns, of turns that tell their model."
    )
    regenerations: list[Regenerations] = strawberry.field(
        description="What was asked again, by model and response style: the twenty pairs with most turns."
    )
    topics: list[Topic] = strawberry.field(description="The ten most frequent topics.")
    returned_topics: list[Topic] = strawberry.field(
        description="The ten most frequent topics that occur in at least two sessions, on "
        "different days."
    )
    turns_per_day: list[DayCount] = strawberry.field(
        description="The days with turns, in order; days without turns are left out."
    )
    fresh_as_of: Moment = strawberry.field(
        description="Everything recorded up to this time is counted. What is deleted since then is "
        "not."
    )
    pending_changes: int = strawberry.field(
        description="Changes since then that wait to be counted; 0 if there are none."
    )

    @classmethod
    def of(cls, found: rules.ViewerInsights) -> "ViewerInsights":
        """The GraphQL form of the viewer's insights."""
        of = found.figures
        return cls(
            found=found,
            sessions=of.sessions,
            turns=of.turns,
            asked_again=of.asked_again,
            active_days=len(of.days),
            response_times=ResponseTimes.of(of.response_times),
            feedback=FeedbackCounts(good=of.good, bad=of.bad),
            models=[ModelUse.of(model) for model in of.models],
            regenerations=[Regenerations.of(each) for each in of.regenerations],
            topics=[Topic.of(topic) for topic in of.topics],
            returned_topics=[Topic.of(topic) for topic in of.returned_topics],
            turns_per_day=[DayCount(day=day.day, turns=day.turns) for day in of.days],
            fresh_as_of=Moment(found.fresh_as_of),
            pending_changes=found.pending,
        )

    @strawberry.field(
        description="The weeks with turns, in order, and what they were about; weeks without turns are "
        "left out."
    )
    async def weeks(self, info: Info[Context, None]) -> list[WeekUse]:
        return [*map(WeekUse.of, await use.weeks(info.context, self.found))]

    @strawberry.field(description="The hours of the week with turns, from Monday on.")
    async def hours(
        self,
        info: Info[Context, None],
        time_zone: Annotated[
            str,
            strawberry.argument(
                description="By the clock of which zone, a name in IANA's database such as `Europe/Berlin`."
            ),
        ] = "UTC",
    ) -> list[HourCount]:
        hours = await use.hours(info.context, self.found, time_zone)
        return [HourCount(weekday=h.weekday, hour=h.hour, turns=h.turns) for h in hours]

    @strawberry.field(
        description="The ten sessions with most turns in the range, without deleted ones."
    )
    async def longest_sessions(self, info: Info[Context, None]) -> list[SessionLength]:
        longest = await use.longest_sessions(info.context, self.found)
        return [SessionLength(session=Session(state=each), turns=turns) for each, turns in longest]

    @strawberry.field(description="Questions without an answer: awaited, broken off or failed.")
    async def unanswered(self, info: Info[Context, None]) -> UnansweredTurns:
        return UnansweredTurns.of(await use.unanswered(info.context, self.found))
