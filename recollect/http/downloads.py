"""GET /downloads/…: the documents behind download links, streamed as they are read."""

import logging
from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from recollect.http.budgets import Budgets, OverBudget
from recollect.http.errors import UNAVAILABLE_MESSAGE, where
from recollect.http.middleware import IDS
from recollect.http.request_ids import RequestIds
from recollect.http.responses import refusal
from resolvers.audit import audit
from resolvers.context import Context, Viewer
from resolvers.digests import Digests
from resolvers.errors import Code, Refused
from resolvers.transfer.exporting.export import download, file_name
from resolvers.transfer.exporting.formats import FORMATS
from resolvers.transfer.exporting.links import BadLink, ExpiredLink, Link, decode
from stores.errors import StoreError, Unreadable

log = logging.getLogger(__name__)

_SECRET = {"referrer_policy": "no-referrer"}
"""The URL is a credential: it must not reach the next site visited."""
_ANEW = "Ask for a new one with exportSessions or exportMyData."


class Downloads:
    """Serves documents to anyone who has their link; the link's user pays from the `budgets`.

    No part of a link is logged.
    """

    def __init__(
        self,
        context_of: Callable[[Viewer], Context],
        digests: Digests,
        budgets: Budgets,
    ) -> None:
        self._context_of = context_of
        self._digests = digests
        self._budgets = budgets

    async def get(self, request: Request) -> Response:
        """200 with the document, or an error: 403, 410 if the link has expired, 429, 503."""
        try:
            link = decode(request.path_params["link"], self._digests)
            self._budgets.account(link.uid).take()
            return await self._document(request, link)
        except OverBudget as over:
            retry_after = str(over.seconds)
            return refusal(429, "RATE_LIMITED", str(over), retry_after=retry_after, **_SECRET)
        except BadLink:
            message = f"This is not a link of this service. {_ANEW}"
            return refusal(403, "FORBIDDEN", message, **_SECRET)
        except ExpiredLink:
            return refusal(410, "EXPIRED", f"The link has expired. {_ANEW}", **_SECRET)
        except Refused as refused:
            code = refused.problems[0].code
            status = 410 if code is Code.ACCOUNT_ERASING else 403
            message = " ".join(problem.message for problem in refused.problems)
            return refusal(status, code.value, message, **_SECRET)
        except Unreadable:
            raise
        except StoreError:
            return refusal(503, "UNAVAILABLE", UNAVAILABLE_MESSAGE, retry_after="5", **_SECRET)

    async def _document(self, request: Request, link: Link) -> Response:
        parts = await download(self._context_of(Viewer(link.uid, email=None)), link)
        audit("download", link.uid, everything=link.selection.everything)
        form = FORMATS[link.selection.format]
        headers = {
            "Content-Type": form.media_type,
            "Content-Disposition": f'attachment; filename="{file_name(link)}"',
            "Content-Security-Policy": form.content_policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        if request.method == "HEAD":
            return Response(headers=headers)
        return _Document(parts, headers, request.scope[IDS])


class _Document(StreamingResponse):
    """A body that is visibly cut off if it can't be read to its end."""

    def __init__(self, parts: AsyncIterator[str], headers: dict[str, str], ids: RequestIds) -> None:
        super().__init__(parts, headers=headers)
        self._ids = ids

    async def stream_response(self, send: Send) -> None:
        """Send the parts. If the end of the body is missing, the server must close the connection."""
        try:
            await super().stream_response(send)
        except (StoreError, Refused) as error:
            log.warning("download broken off", extra={**where(error), **self._ids.log_fields})
