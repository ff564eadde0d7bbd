"""Writes mails into a folder instead of sending them: on a developer's machine, and for rehearsals."""

import asyncio
import os
from pathlib import Path

from recollect.mail.message import Sender, packed
from resolvers.notifications.outgoing_mail import AddressRefused, OutgoingMail


class FolderPost:
    """An outbox: for each mail a file to open in a mail program, and one to look at in a browser. A mail
    that is sent again replaces itself."""

    def __init__(self, folder: Path, sender: Sender) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, letter: OutgoingMail) -> None:
        """See `MailTransport.send`. Raises OSError if nothing can be written."""
        try:
            message = self._sender.message(letter)
        except ValueError:
            raise AddressRefused from None
        html = message.get_body(("html",))
        page = html.get_content() if html else ""
        await asyncio.to_thread(self._write, f"{letter.name}.html", page.encode())
        await asyncio.to_thread(self._write, f"{letter.name}.eml", packed(message))

    async def close(self) -> None:
        """See `MailTransport.close`."""

    def _write(self, name: str, content: bytes) -> None:
        """Write the whole file or none of it, readable by its owner only."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f".{name}.{os.getpid()}"
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        part.replace(self._folder / name)
