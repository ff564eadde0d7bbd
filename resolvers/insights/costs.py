"""What the tokens of models cost, by the prices in the configuration."""

from collections.abc import Sequence

from analytics.insights.figures import ModelFigures
from resolvers.configuration import Prices

MILLION = 1_000_000


def cost(model: ModelFigures, prices: Prices) -> float | None:
    """What a model's tokens cost, in the currency of the prices; None where it has no price, or where its
    tokens are not told."""
    price = prices.models.get(model.model)
    if price is None or model.input_tokens is None or model.output_tokens is None:
        return None
    return (model.input_tokens * price.input + model.output_tokens * price.output) / MILLION


def total(amounts: Sequence[float | None]) -> float | None:
    """The sum of what is known; None if nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
