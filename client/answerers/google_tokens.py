"""Google's tokens for an answer service on Cloud Run, behind IAP or on Vertex AI.

They are valid for an hour at most. google-auth gets them from application default credentials (on Google
Cloud, those of the service account) and renews them before they expire.
"""

from collections.abc import Generator
from threading import Lock

import google.auth
import httpx
from google.auth import credentials, exceptions, impersonated_credentials
from google.auth.transport.requests import Request
from google.oauth2 import id_token

SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


class GoogleToken(httpx.Auth):
    """Signs requests with an ID token for an audience or, without one, with an access token.

    `impersonate` is the e-mail address of a service account to act as; a laptop needs it, because user
    credentials get no ID tokens. One instance serves all threads of a process.
    """

    def __init__(self, audience: str | None, impersonate: str | None) -> None:
        self._audience, self._impersonate = audience, impersonate
        self._credentials: credentials.Credentials | None = None
        self._lock = Lock()

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token to a request; raises `httpx.ConnectError` if there is none."""
        try:
            request.headers["Authorization"] = f"Bearer {self._token()}"
        except exceptions.GoogleAuthError as error:
            # The message may name the account.
            raise httpx.ConnectError(type(error).__name__, request=request) from None
        yield request

    def _token(self) -> str:
        with self._lock:
            if self._credentials is None:
                self._credentials = self._found()
            if not self._credentials.valid:
                self._credentials.refresh(Request())  # type: ignore[no-untyped-call]
            return str(self._credentials.token)

    def _found(self) -> credentials.Credentials:
        if not self._impersonate:
            if self._audience:
                fetched: credentials.Credentials = id_token.fetch_id_token_credentials(  # type: ignore[no-untyped-call]
                    self._audience, request=Request()
                )
                return fetched
            found, _ = google.auth.default(scopes=SCOPES)
            return found
        own, _ = google.auth.default(scopes=SCOPES)
        acting = impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
            source_credentials=own, target_principal=self._impersonate, target_scopes=SCOPES
        )
        if not self._audience:
            return acting
        return impersonated_credentials.IDTokenCredentials(  # type: ignore[no-untyped-call]
            acting, target_audience=self._audience, include_email=True
        )
