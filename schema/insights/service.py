"""The activity of all users in a range of time."""

from datetime import UTC, date, datetime, time

import strawberry

from analytics.insights import figures
from analytics.insights import service as counted
from resolvers.input_limits import microseconds
from resolvers.insights.costs import total
from resolvers.insights.service import Everybody
from schema.conversation import AnswerFailure
from schema.insights.common import ResponseTimes
from schema.scalars import Moment


@strawberry.type(description="Users' feedback on answers; null if too few users gave any.")
class ServiceFeedback:
    good: int | None = strawberry.field(description="Turns with a score of 1.")
    bad: int | None = strawberry.field(description="Turns with a score of 0.")


@strawberry.type(description="All users' turns on one day.")
class ServiceDay:
    day: date = strawberry.field(description="The day, in UTC.")
    users: int = strawberry.field(
        description="Users with turns that day, rounded down to a multiple of the smallest group."
    )
    turns: int = strawberry.field(description="Turns of that day.")


@strawberry.type(
    description="A key phrase that a group of users asked about who let analysts see what they ask."
)
class ServiceTopic:
    topic: str = strawberry.field(description="One to three words, in lower case.")
    users: int = strawberry.field(
        description="Users who asked about it, rounded down to a multiple of the smallest group."
    )
    turns: int = strawberry.field(description="Turns that ask about it.")
    returning_users: int | None = strawberry.field(
        description="Users who asked about it in two sessions on different days, rounded down to a "
        "multiple of the smallest group; null for fewer."
    )

    @classmethod
    def of(cls, topic: counted.CommonTopic) -> "ServiceTopic":
        """The GraphQL form of a topic of several users."""
        return cls(
            topic=topic.topic,
            users=topic.users,
            turns=topic.turns,
            returning_users=topic.returning_users,
        )


@strawberry.type(description="Turns that one model answered, of a group of users.")
class ServiceModel:
    model: str = strawberry.field(description="The model, as the answer service names it.")
    users: int = strawberry.field(
        description="Users with turns that it answered, rounded down to a multiple of the smallest group."
    )
    turns: int = strawberry.field(description="Turns that it answered.")
    response_times: ResponseTimes | None = strawberry.field(
        description="How long its answers took, as told of all turns; null where it would be about "
        "fewer users than the smallest group."
    )
    feedback: ServiceFeedback = strawberry.field(description="How its answers were judged.")
    input_tokens: float | None = strawberry.field(
        description="Tokens that it read, a whole number; null where it would be about fewer "
        "users than the smallest group."
    )
    output_tokens: float | None = strawberry.field(
        description="Tokens that it wrote, a whole number; null where it would be about fewer "
        "users than the smallest group."
    )
    cost: float | None = strawberry.field(
        description="What these tokens cost, by the prices of the installation and in their `currency`; null "
        "where it has no price for the model, or where tokens are null."
    )

    @classmethod
    def of(cls, model: figures.ModelFigures, cost: float | None) -> "ServiceModel":
        """The GraphQL form of a model's figures."""
        return cls(
            model=model.model,
            users=model.users or 0,
            turns=model.turns,
            response_times=ResponseTimes.of(model.response_times),
            feedback=ServiceFeedback(good=model.good, bad=model.bad),
            input_tokens=model.input_tokens,
            output_tokens=model.output_tokens,
            cost=cost,
        )


@strawberry.type(
    description="Turns of a group of users whose answer failed for one reason and has not come since."
)
class ServiceFailure:
    failure: AnswerFailure | None = strawberry.field(
        description="Why, as a kind; null where the writer of the answer did not say."
    )
    users: int = strawberry.field(
        description="Users with such turns, rounded down to a multiple of the smallest group."
    )
    turns: int = strawberry.field(description="Such turns.")

    @classmethod
    def of(cls, failure: counted.CommonFailure) -> "ServiceFailure":
        """The GraphQL form of a reason and its turns."""
        why = AnswerFailure(failure.failure) if failure.failure else None
        return cls(failure=why, users=failure.users, turns=failure.turns)


@strawberry.type(description="Users of one whole month.")
class ServiceMonth:
    first_day: date = strawberry.field(description="The first day of the month, in UTC.")
    users: int = strawberry.field(
        description="Users with turns in it, rounded down to a multiple of the smallest group."
    )


@strawberry.type(description="Users of a week who came back.")
class ReturnedUsers:
    weeks_later: int = strawberry.field(description="How many weeks later, from 1 to 8.")
    users: int = strawberry.field(
        description="Users of the first week with turns in that one too, rounded down to a multiple of "
        "the smallest group."
    )


@strawberry.type(description="Users of one whole week.")
class ServiceWeek:
    monday: date = strawberry.field(description="The day that the week begins with, in UTC.")
    users: int = strawberry.field(
        description="Users with turns in it, rounded down to a multiple of the smallest group."
    )
    returned: list[ReturnedUsers] = strawberry.field(
        description="How many of them came back, week by week; weeks with fewer than the smallest "
        "group are left out."
    )


@strawberry.type(description="A statement that figures of the service come from.")
class Statement:
    name: str = strawberry.field(description="The statement's name.")
    sql: str = strawberry.field(
        description="Its text as the warehouse ran it; the times and limits are its parameters."
    )


@strawberry.type(
    description="What all users but guests did on days that are over, in figures about groups of "
    "them: null, or left out, is what is about fewer than the smallest group, five users unless the "
    "installation says otherwise. No two figures can be subtracted to get one about "
    "fewer: a day with fewer users counts only in a range that has its whole month, together "
    "with the other such days."
)
class Insights:
    users: int | None = strawberry.field(
        description="Users with turns in the range, rounded down to a multiple of the smallest group."
    )
    sessions: int | None = strawberry.field(
        description="Sessions with turns in the range; one with turns in several months counts in "
        "each."
    )
    turns: int | None = strawberry.field(description="Turns in the range.")
    response_times: ResponseTimes | None = strawberry.field(
        description="How long answers took, to two digits; none longer than a group of users waited at "
        "least."
    )
    feedback: ServiceFeedback = strawberry.field(description="How answers were judged.")
    models: list[ServiceModel] = strawberry.field(
        description="The twenty models with most turns, of turns that tell their model."
    )
    input_tokens: float | None = strawberry.field(
        description="Tokens that these models read, as far as they are told, a whole number; null if none "
        "are."
    )
    output_tokens: float | None = strawberry.field(
        description="Tokens that these models wrote, as far as they are told, a whole number; null if none "
        "are."
    )
    cost: float | None = strawberry.field(
        description="What the tokens of these models cost, as far as it is known; null if nothing is."
    )
    topics: list[ServiceTopic] = strawberry.field(
        description="The ten topics that most users asked about."
    )
    returned_topics: list[ServiceTopic] = strawberry.field(
        description="The ten topics that most users returned to."
    )
    turns_per_day: list[ServiceDay] = strawberry.field(
        description="The days on which a group of users had turns, in order."
    )
    weeks: list[ServiceWeek] = strawberry.field(
        description="The whole weeks of the range in which a group of users had turns, in order."
    )
    months: list[ServiceMonth] = strawberry.field(
        description="The whole months of the range in which a group of users had turns, in order."
    )
    failures: list[ServiceFailure] = strawberry.field(
        description="Why answers failed that have not come since, the reason of most turns first."
    )
    statements: list[Statement] = strawberry.field(
        description="The SQL that counted these figures, as the warehouse ran it."
    )
    latest_change_at: Moment | None = strawberry.field(
        description="The day (UTC) of the latest change that is counted, at its beginning."
    )
    mirror_lag_seconds: int = strawberry.field(
        description="How far the mirror is behind, in seconds: the age of the oldest change that waits to be "
        "mirrored; 0 if none does."
    )
    fresh_as_of: Moment = strawberry.field(
        description="Everything committed up to this time is in the mirror, by which it is counted."
    )

    @classmethod
    def of(cls, everybody: Everybody) -> "Insights":
        """The GraphQL form of the service's insights."""
        found, activity = everybody.figures, everybody.activity
        latest = found.latest_change
        return cls(
            users=found.users,
            sessions=found.sessions,
            turns=found.turns,
            response_times=ResponseTimes.of(found.response_times),
            feedback=ServiceFeedback(good=found.good, bad=found.bad),
            models=[ServiceModel.of(each, everybody.costs[each.model]) for each in found.models],
            input_tokens=total([each.input_tokens for each in found.models]),
            output_tokens=total([each.output_tokens for each in found.models]),
            cost=total([*everybody.costs.values()]),
            topics=[ServiceTopic.of(topic) for topic in found.topics],
            returned_topics=[ServiceTopic.of(topic) for topic in found.returned_topics],
            turns_per_day=[
                ServiceDay(day=day.day, users=day.users or 0, turns=day.turns) for day in found.days
            ],
            weeks=[
                ServiceWeek(
                    monday=week.monday,
                    users=week.users,
                    returned=[ReturnedUsers(weeks_later=n, users=m) for n, m in week.returned],
                )
                for week in activity.weeks
            ],
            months=[
                ServiceMonth(first_day=each.first_day, users=each.users) for each in activity.months
            ],
            failures=[ServiceFailure.of(each) for each in found.failures],
            statements=[
                Statement(name=name, sql=sql) for name, sql in everybody.statements.items()
            ],
            latest_change_at=Moment(microseconds(datetime.combine(latest, time.min, UTC)))
            if latest
            else None,
            mirror_lag_seconds=everybody.lag,
            fresh_as_of=Moment(everybody.fresh_as_of),
        )


def _beginning(day: date) -> Moment:
    return Moment(microseconds(datetime.combine(day, time.min, UTC)))
