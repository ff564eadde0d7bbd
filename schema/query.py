"""All queries."""

import asyncio
from typing import Annotated

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.input_limits import bulk_ids
from resolvers.insights.service import service_insights
from resolvers.notifications import figures
from schema.insights.common import DateRange
from schema.insights.service import Insights
from schema.node import Node, find_node
from schema.notifications import MailFigures
from schema.service import ServiceInfo
from schema.viewer import Viewer


@strawberry.type(description="All queries.")
class Query:
    @strawberry.field(description="The caller.")
    def viewer(self, info: Info[Context, None]) -> Viewer:
        return Viewer.of(info.context)

    @strawberry.field(description="What this installation allows, and how long it keeps data.")
    def service(self, info: Info[Context, None]) -> ServiceInfo:
        return ServiceInfo.of(info.context)

    @strawberry.field(
        description="What became of the mails to all users; for administrators, FORBIDDEN for others."
    )
    async def mails(self, info: Info[Context, None]) -> MailFigures | None:
        return MailFigures.of(await figures.service_mails(info.context))

    @strawberry.field(
        description="What all users did in a range of time, without anything about one of them; "
        "for "
        "administrators, FORBIDDEN for others."
    )
    async def insights(
        self,
        info: Info[Context, None],
        range: Annotated[DateRange, strawberry.argument(description="The range.")],
    ) -> Insights | None:
        return Insights.of(await service_insights(info.context, range.wanted()))

    @strawberry.field(
        description="One of the viewer's sessions or turns, by id; null if there is none."
    )
    async def node(
        self,
        info: Info[Context, None],
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],
    ) -> Node | None:
        return await find_node(info, id)

    @strawberry.field(
        description="Several of the viewer's sessions or turns, by id, in the same order; each is null "
        "if there is none."
    )
    async def nodes(
        self,
        info: Info[Context, None],
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="1 to 100 global ids.")
        ],
    ) -> list[Node | None]:
        distinct = list(dict.fromkeys(bulk_ids(ids, "ids")))
        found = await asyncio.gather(*(find_node(info, each) for each in distinct))
        by_id = dict(zip(distinct, found, strict=True))
        return [by_id[each] for each in ids]
