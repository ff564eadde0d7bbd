"""The cost of models' tokens, by the prices in the configuration."""

from collections.abc import Sequence

from analytics.insights.figures import ModelFigures
from resolvers.configuration import Prices

MILLION = 1_000_000


def cost(model: ModelFigures, prices: Prices) -> float | None:
    """The cost of a model's tokens, in the currency of the prices; None if the model has no price, or its
    number of tokens is unknown."""
    price = prices.models.get(model.model)
    if price is None or model.input_tokens is None or model.output_tokens is None:
        return None
    return (model.input_tokens * price.input + model.output_tokens * price.output) / MILLION


def total(amounts: Sequence[float | None]) -> float | None:
    """The sum of the known amounts; None if none is known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
