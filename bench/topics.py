"""Whether insights name the topics of conversations, against those that a person named for a folder's chats.

`python -m bench.topics FOLDER` records the chats of `mt_bench.jsonl` and `sharegpt_sample.json` and compares
their topics with `NAMED`. It fails if fewer than two thirds are covered, or if one of the first ten topics is
a stop word, a filler or a part of another. It also compares the exporter's work for a question's topics with
its work for the question's search text.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import click
import uvloop

from analytics.insights.user import Span, UserTurns, of_user
from analytics.search_text import search_text
from analytics.stems import stems
from analytics.topics.key_phrases import topics
from analytics.topics.vocabulary import vocabulary
from bench.pairs import embedded
from bench.search_quality import USER, chats, record

NAMED = (
    *(
        "ChatGPT",
        "GPT-4",
        "davinci",
        "travel blog",
        "smartphones",
        "public speaking",
        "time travel",
    ),
    *("bio-energy", "Elon Musk", "Big Bang Theory", "relationship coach", "machine learning"),
    *("Iron Man", "Pythagorean theorem", "bullying", "triangles", "software development"),
    *("probability", "binary trees", "Fibonacci numbers", "website", "stock prices"),
    *("quantum entanglement", "photosynthesis", "molecular biology", "chemical equations"),
    *("solar water heating", "antitrust law", "Opium Wars", "business etiquette"),
)
"""The topics that a reader of the chats named."""
WANTED = 2 / 3
REPETITIONS = 5
EVER = Span(0, 2**53, 0)


def words(topic: str) -> frozenset[str]:
    """Each word by its stem, so that singular and plural are the same."""
    said = topic.lower().replace("-", " ").split()
    found = stems(said, ("english",))
    return frozenset(min(found[word], default=word) for word in said)


def covered(found: Iterable[str]) -> list[str]:
    """The named topics whose words are all in one of the found topics."""
    known = [words(topic) for topic in found]
    return [topic for topic in NAMED if any(words(topic) <= each for each in known)]


def faults(first: list[str]) -> list[str]:
    """The faults of the first topics, in words."""
    silly = vocabulary("english").stop_words
    told = [f"{topic} is a stop word or a filler" for topic in first if topic in silly]
    pairs = [(a, b) for a in first for b in first if a != b]
    return told + [f"{a} is a part of {b}" for a, b in pairs if words(a) < words(b)]


def seconds(questions: list[str]) -> tuple[float, float]:
    """CPU time for the questions' topics and for their search texts, each the best of some runs."""
    return (
        min(_seconds(topics, questions) for _ in range(REPETITIONS)),
        min(_seconds(search_text, questions) for _ in range(REPETITIONS)),
    )


def _seconds(work: Callable[[str], object], questions: list[str]) -> float:
    start = time.process_time()
    for question in questions:
        work(question)
    return time.process_time() - start


async def run(folder: Path) -> tuple[list[str], list[str]]:
    """The first topics of the user with all the chats, and all of their topics."""
    async with embedded() as pair:
        await pair.services.warehouse.init_analysts()
        await record(pair, chats(folder))
        uid = await pair.uid(USER)
        shown = await of_user(pair.services.warehouse, UserTurns(uid, EVER))
        everything = {**EVER.parameters, "uid": uid, "without_sessions": [], "without_turns": []}
        rows = await pair.services.warehouse.query("viewer_topics", {**everything, "limit": 10**6})
    return [each.topic for each in shown.topics], [row["topic"] for row in rows]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """The first ten topics, how many named ones are covered, and what it costs."""
    first, every = uvloop.run(run(folder))
    named = covered(every)
    click.echo(f"first: {', '.join(first)}")
    click.echo(f"covered: {len(named)} of {len(NAMED)}")
    click.echo(f"missing: {', '.join(topic for topic in NAMED if topic not in named)}")
    questions = [query for turns in chats(folder).values() for query, _ in turns]
    of_topics, of_search = seconds(questions)
    click.echo(
        f"topics {1000 * of_topics / len(questions):.2f} ms a question, {of_topics / of_search:.2f} of "
        "its search text"
    )
    wrong = faults(first)
    if len(named) < WANTED * len(NAMED):
        wrong.append("too few topics are covered")
    if wrong:
        raise click.ClickException("; ".join(wrong))


if __name__ == "__main__":
    main()
