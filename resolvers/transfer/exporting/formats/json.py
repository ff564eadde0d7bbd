"""JSON: the whole archive as one object, lossless."""

from resolvers.transfer.archive import (
    ArchivedAccount,
    ArchivedSession,
    ArchiveEntry,
    ArchiveHeader,
)


class JSONWriter:
    """Writes an archive as the object that `archive.Archive` describes."""

    def __init__(self) -> None:
        self._sessions = 0
        self._turns = 0

    def write(self, entry: ArchiveEntry) -> str:
        """The entry in its place in the object; the arrays and objects around it stay open."""
        text = entry.model_dump_json(by_alias=True, exclude_none=True)
        match entry:
            case ArchiveHeader():
                return text.removesuffix("}")
            case ArchivedAccount():
                return f',\n"account":{text}'
            case ArchivedSession():
                before = self._after_session()
                self._sessions += 1
                self._turns = 0
                return f'{before}\n{text.removesuffix("}")},"turns":['
            case _:
                self._turns += 1
                return f"{',' if self._turns > 1 else ''}\n{text}"

    def finish(self) -> str:
        """Close everything that is open."""
        opened = self._after_session() if not self._sessions else "]}"
        return f"{opened}]}}\n"

    def _after_session(self) -> str:
        return "]}," if self._sessions else ',\n"sessions":['
