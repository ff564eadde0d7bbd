"""The API with an administrator, and with the views that insights query."""

from collections.abc import AsyncIterator

import pytest

from recollect.settings.settings import Settings
from tests.integration.conftest import Api, Clock, running
from tests.integration.use_cases.insights.figures import ADMIN


@pytest.fixture
async def api(settings: Settings, clock: Clock) -> AsyncIterator[Api]:
    """The API with an administrator, and with the views that insights query."""
    async with running(settings.model_copy(update={"admins": (ADMIN,)})) as started:
        await started.services.warehouse.init()
        await started.services.warehouse.init_analysts()
        yield started
