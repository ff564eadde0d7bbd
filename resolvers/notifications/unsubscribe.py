"""Links that end one kind of mail to one user. They need no login, allow nothing else, and are valid for
a year; the server stores nothing about them."""

import base64

from pydantic import BaseModel, ConfigDict

from resolvers.context import Context
from resolvers.digests import Digests
from resolvers.lifetimes import DAY
from resolvers.preferences.updating import update_preferences
from stores.keys import profile_key
from stores.mail_records import MailKind

UNSUBSCRIBE = "/unsubscribe/"
"""The path on the API's host; the word of the link follows it."""
VALID = 366 * DAY
LONGEST = 1000
"""The maximum length of a word, in characters."""


class Subscription(BaseModel):
    """One kind of mail to one user, as named by a link made at `issued_at`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uid: str
    kind: MailKind
    issued_at: int
    """In microseconds since 1970."""

    def check(self, now: int) -> None:
        """Raise `BadLink` if the link has expired."""
        if self.issued_at + VALID < now:
            raise BadLink


class BadLink(Exception):
    """The link was not made here, or was changed, or has expired."""


def unsubscribe_word(ctx: Context, kind: MailKind) -> str:
    """The word of the link that stops mails of a kind to the viewer."""
    claims = Subscription(uid=ctx.uid, kind=kind, issued_at=ctx.now()).model_dump_json()
    packed = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    return f"{packed}.{ctx.digests.unsubscribe_tag(packed)}"


def subscription(word: str, digests: Digests) -> Subscription:
    """The subscription that a link names; raises `BadLink`. The link may have expired."""
    packed, _, tag = word.partition(".")
    if len(word) > LONGEST or not word.isascii() or not digests.is_unsubscribe_tag(tag, packed):
        raise BadLink
    try:
        claims = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        return Subscription.model_validate_json(claims)
    except ValueError:
        raise BadLink from None


async def unsubscribe(ctx: Context, kind: MailKind) -> None:
    """Turn off the viewer's mails of a kind. If the account no longer exists, there is nothing
    to do. Raises `Refused` while erasing."""
    owner = profile_key(ctx.uid)
    if (await ctx.fresh(owner)).get(owner) is None:
        return
    choice = {"summary_frequency": "off"} if kind == "summary" else {"session_reminders": False}
    await update_preferences(ctx, {"notification_settings": choice})
