"""Whether the demonstration answers from the right section of the documents: `python -m bench.documentation`.

`documentation_questions.tsv` has one question per line and the section that answers it, or several separated
by `|`; for `-` the demonstration should answer that it does not know.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from client.answerers import Answer, Answerer, Question, choose_answerer

NOWHERE = "-"


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, the section that should answer it, and the section that answered."""

    question: str
    sections: str
    found: str

    @property
    def right(self) -> bool:
        """Whether the right section came first."""
        return self.found in self.sections.split("|")


def judge(answerer: Answerer) -> list[Judged]:
    """Ask every question."""
    return [
        Judged(question, sections, _found(answerer, question)) for question, sections in questions()
    ]


def questions() -> Iterator[tuple[str, str]]:
    """Each question, and the sections that answer it."""
    text = Path(__file__).with_name("documentation_questions.tsv").read_text("utf-8")
    for line in text.splitlines():
        question, sections = line.split("\t")
        yield question, sections


def share(judged: Sequence[Judged]) -> float:
    """The share of questions that were answered from the right section."""
    return sum(each.right for each in judged) / len(judged)


def _found(answerer: Answerer, question: str) -> str:
    answers = answerer.answer(Question(question, "bench"))
    sources = [each.citations for each in answers if isinstance(each, Answer)][-1]
    return sources[0]["uri"] if sources else NOWHERE


@click.command()
def main() -> None:
    """Print the shares, and each question that was answered from another section."""
    judged = judge(choose_answerer({}))
    known = [each for each in judged if each.sections != NOWHERE]
    unknown = [each for each in judged if each.sections == NOWHERE]
    click.echo(f"right section first: {share(known):.0%} of {len(known)}")
    click.echo(f"said that it does not know: {share(unknown):.0%} of {len(unknown)}")
    for each in judged:
        if not each.right:
            click.echo(f"{each.question}: {each.found}, not {each.sections}")


if __name__ == "__main__":
    main()
