"""The types of record fields.

Each type states its bounds, so that no store gets a value that it can't keep, and no reader one that it can't
use. The bounds are at least as wide as the limits of the API, in this and earlier releases.
"""

from typing import Annotated, TypeAlias

from annotated_types import Interval, MaxLen

LAST_TIME = 253_402_300_799_999_999
"""The end of the year 9999, in microseconds since 1970: `datetime` and BigQuery have no later time."""
Time: TypeAlias = Annotated[int, Interval(ge=0, le=LAST_TIME)]
Count: TypeAlias = Annotated[int, Interval(ge=-(2**31), le=2**31 - 1)]
"""A counter that is changed without reading it. Until the next sweep it may be wrong, even negative."""
Bytes: TypeAlias = Annotated[int, Interval(ge=-(2**53), le=2**53)]
"""A sum of bytes that is changed without reading it."""
Amount: TypeAlias = Annotated[int, Interval(ge=0, le=2**31 - 1)]
"""A number that GraphQL's Int can hold."""
Duration: TypeAlias = Annotated[int, Interval(ge=0, le=24 * 60 * 60 * 1000)]
"""In milliseconds."""
Total: TypeAlias = Annotated[int, Interval(ge=0, le=2**63 - 1)]
Id: TypeAlias = Annotated[str, MaxLen(64)]
Digest: TypeAlias = Annotated[str, MaxLen(64)]
"""SHA-256 in hexadecimal, or a part of it."""
Label: TypeAlias = Annotated[str, MaxLen(200)]
"""A title, in characters."""
Tag: TypeAlias = Annotated[str, MaxLen(50)]
Name: TypeAlias = Annotated[str, MaxLen(4096)]
"""An address or another system's name for something."""
Text: TypeAlias = Annotated[str, MaxLen(2**20)]
"""Text written by people or answer services: no Firestore document is larger."""
