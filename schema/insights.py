"""Usage figures for a period, for charts."""

from datetime import UTC, date, datetime, time

import strawberry

from analytics import insights as figures
from resolvers import insights as rules
from resolvers.input_limits import moment


@strawberry.input(description="A period of at most 366 days.")
class DateRange:
    since: datetime = strawberry.field(description="The beginning, inclusive.")
    until: datetime = strawberry.field(description="The end, exclusive.")

    def wanted(self) -> rules.DateRange:
        """What the use cases take."""
        return rules.DateRange(self.since, self.until)


@strawberry.type(description="How long answers took, in milliseconds.")
class ResponseTimes:
    p50: int = strawberry.field(description="Half of the answers took no longer than this.")
    p95: int = strawberry.field(description="95 of 100 answers took no longer than this.")
    p99: int = strawberry.field(description="99 of 100 answers took no longer than this.")

    @classmethod
    def of(cls, times: figures.Percentiles | None) -> "ResponseTimes | None":
        """The GraphQL form of percentiles."""
        return cls(p50=times.p50, p95=times.p95, p99=times.p99) if times else None


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
    def of(cls, topic: figures.Topic) -> "Topic":
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
    def of(cls, found: figures.Regenerations) -> "Regenerations":
        """The GraphQL form of these figures."""
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
    fresh_as_of: datetime = strawberry.field(
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
            fresh_as_of=moment(found.fresh_as_of),
            pending_changes=found.pending,
        )


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
    def of(cls, topic: figures.CommonTopic) -> "ServiceTopic":
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

    @classmethod
    def of(cls, model: figures.ModelFigures) -> "ServiceModel":
        """The GraphQL form of a model's figures."""
        return cls(
            model=model.model,
            users=model.users or 0,
            turns=model.turns,
            response_times=ResponseTimes.of(model.response_times),
            feedback=ServiceFeedback(good=model.good, bad=model.bad),
            input_tokens=model.input_tokens,
            output_tokens=model.output_tokens,
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
    topics: list[ServiceTopic] = strawberry.field(
        description="The ten topics that most users asked about."
    )
    returned_topics: list[ServiceTopic] = strawberry.field(
        description="The ten topics that most users returned to."
    )
    turns_per_day: list[ServiceDay] = strawberry.field(
        description="The days on which a group of users had turns, in order."
    )
    latest_change_at: datetime | None = strawberry.field(
        description="The day (UTC) of the latest change that is counted, at its beginning."
    )

    @classmethod
    def of(cls, found: figures.ServiceInsights) -> "Insights":
        """The GraphQL form of the service's insights."""
        latest = found.latest_change
        return cls(
            users=found.users,
            sessions=found.sessions,
            turns=found.turns,
            response_times=ResponseTimes.of(found.response_times),
            feedback=ServiceFeedback(good=found.good, bad=found.bad),
            models=[ServiceModel.of(model) for model in found.models],
            topics=[ServiceTopic.of(topic) for topic in found.topics],
            returned_topics=[ServiceTopic.of(topic) for topic in found.returned_topics],
            turns_per_day=[
                ServiceDay(day=day.day, users=day.users or 0, turns=day.turns) for day in found.days
            ],
            latest_change_at=datetime.combine(latest, time.min, UTC) if latest else None,
        )
