"""What answered a turn is shown below it: discreetly, and with all known details on demand."""

import re

from tests.e2e.client.app_pages import new_page, run
from tests.e2e.served_api import ServedApi

TIME = re.compile(r"\d\d\\:\d\d")


def test_a_turn_shows_its_model_and_time_and_on_demand_its_tokens(api: ServedApi) -> None:
    session = api.record(
        "How do tides work?",
        response="The moon pulls.",
        model="gpt*4*o",
        responseTimeMs=1500,
        firstTokenMs=340,
        inputTokens=1200,
        outputTokens=80,
    )
    api.record("And storms?", session, response="The air moves.")
    page = new_page()
    page.query_params["session"] = session
    told, plain = [each.proto for each in run(page).main.caption if TIME.match(each.proto.body)]

    assert told.body.endswith(r" · 1.5 s · gpt\*4\*o")
    assert told.help == "First words after 0.3 s · 1,200 tokens read · 80 tokens written"
    assert "·" not in plain.body
    assert plain.help == ""
