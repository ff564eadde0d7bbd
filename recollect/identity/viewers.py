"""Turns a verified identity into a viewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recollect.email_addresses import normalise_email
from recollect.identity.key import uid_of_email, uid_of_guest, uid_of_subject
from resolvers.context import Viewer


@dataclass(frozen=True, slots=True)
class Viewers:
    """An installation's users: the key for their ids, and which of them are administrators.

    `admins` are normalised addresses; `admin_claim` is the name and the value of a claim.
    """

    id_key: bytes
    admins: frozenset[str] = frozenset()
    admin_claim: tuple[str, str] | None = None

    def of_email(self, email: str, claims: Mapping[str, Any]) -> Viewer:
        """The owner of a verified address; `claims` are those trusted about administrators.

        Raises `NotAnAddress`.
        """
        email = normalise_email(email)
        is_admin = email in self.admins or self._is_claimed(claims)
        return Viewer(uid=uid_of_email(self.id_key, email), email=email, is_admin=is_admin)

    def of_subject(self, issuer: str, subject: str, claims: Mapping[str, Any]) -> Viewer:
        """An issuer's subject without a verified address; `claims` as for `of_email`."""
        uid = uid_of_subject(self.id_key, issuer, subject)
        return Viewer(uid=uid, email=None, is_admin=self._is_claimed(claims))

    def of_guest(self, subject: str) -> Viewer:
        """The holder of a guest token."""
        return Viewer(uid=uid_of_guest(self.id_key, subject), email=None, is_guest=True)

    def _is_claimed(self, claims: Mapping[str, Any]) -> bool:
        if self.admin_claim is None:
            return False
        name, value = self.admin_claim
        claimed = claims.get(name)
        return claimed == value or (isinstance(claimed, list) and value in claimed)
