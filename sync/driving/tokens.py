"""Tokens of the API: for the program itself, or for a person who logged in.

Authlib speaks OAuth; here is who may, when, and what is kept. A refresh token is good
for one use, even when the answer is lost (§1.1 of the API's contract): so one process
at a time uses it (a lock), and the pair that comes is kept, for good, before its access
token is used.

The program's secret is in ``ASBUILT_CLIENT_SECRET`` in the environment, and then
nothing is kept of it, or where ``archive.secrets`` keeps it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archive import secrets
from archive.errors import printable
from archive.secrets import Vault
from sync.driving.errors import LoginNeeded, LoginRefused
from sync.driving.links import Link
from sync.driving.wires import Wires
from sync.errors import Unreachable

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client

SECRET = "ASBUILT_CLIENT_SECRET"  # noqa: S105 - the name of a variable
EARLY = 120.0  # seconds before its end a token is not used any more
_LOCK = "tokens.lock"
_TOKEN, _REVOKE = "/oauth/token", "/oauth/revoke"
LOGIN_AGAIN = "asbuilt remote set ARCHIVE --login"


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token, and what it is renewed with.

    :param ends: on this computer's clock, seconds since 1970
    :param refresh: "": it is asked for anew, with the program's secret
    :param redirect_uri: that the person was sent back to; goes along with ``refresh``
    """

    access: str = field(repr=False)
    ends: float
    refresh: str = field(default="", repr=False)
    redirect_uri: str = ""


@dataclass(slots=True)
class Session:
    """A login at a remote.

    :param archive: uuid of the archive: no two share a refresh token
    :param typed: the program's secret, as somebody typed it now; kept nowhere yet
    """

    link: Link
    vault: Vault
    wires: Wires
    archive: str
    now: Callable[[], float] = time.time
    pair: Pair | None = None
    environment: Mapping[str, str] = field(
        default_factory=lambda: os.environ, repr=False
    )
    typed: str = field(default="", repr=False)

    def token(self) -> str:
        """Return an access token that should be good.

        :raises LoginRefused: the remote does not know the program, or not so
        :raises LoginNeeded: a person has to log in
        :raises Unreachable: the remote does not answer
        """
        if self.pair is None or not self._is_fresh(self.pair):
            return self.renew(self.pair.access if self.pair else "")
        return self.pair.access

    def renew(self, refused: str) -> str:
        """Get another access token than the one that was refused, and return it.

        :raises LoginRefused: as for ``token``, and the others
        """
        if self._keeps_nothing:
            self.pair = self._granted()
            return self.pair.access
        with secrets.held(self.vault, _LOCK):
            kept = self._recalled()
            # another process, or an earlier run, has a newer one
            if kept and kept.access != refused and self._is_fresh(kept):
                self.pair = kept
                return kept.access
            fresh = self._refreshed(kept) if self.link.by_person else self._granted()
            self.keep(fresh)
            return fresh.access

    def keep(self, pair: Pair) -> None:
        """Keep a pair, and only then use it."""
        if not self._keeps_nothing:
            text = json.dumps([pair.access, pair.ends, pair.refresh, pair.redirect_uri])
            secrets.keep(self.vault, self._account, text)
        self.pair = pair

    def _is_fresh(self, pair: Pair) -> bool:
        return self.now() < pair.ends - EARLY

    @property
    def _keeps_nothing(self) -> bool:
        """Whether the secret is given each time: then this computer is to keep none."""
        return bool(self.environment.get(SECRET)) and not self.link.by_person

    @property
    def is_logged_in(self) -> bool:
        """Whether a token is kept here; the remote is not asked whether it is good."""
        return self._recalled() is not None

    @property
    def _account(self) -> str:
        return f"{self.link.account}#{self.archive}"

    def _recalled(self) -> Pair | None:
        text = secrets.recall(self.vault, self._account)
        try:
            access, ends, refresh, redirect_uri = json.loads(text or "null")
            return Pair(str(access), float(ends), str(refresh), str(redirect_uri))
        except (ValueError, TypeError):
            return None

    def secret(self) -> str | None:
        """Return the program's secret; None: none is known."""
        given = self.environment.get(SECRET) or self.typed
        return given or secrets.recall(self.vault, self.link.account)

    def _granted(self) -> Pair:
        secret = self.secret()
        if not secret:
            raise LoginNeeded(
                f"no secret of {self.link.client_id} is known on this computer: set"
                f" {SECRET}, or run 'asbuilt remote set' again and type it in"
            )
        return self._told(
            lambda client: client.fetch_token(grant_type="client_credentials")
        )

    def _refreshed(self, kept: Pair | None) -> Pair:
        if kept is None or not kept.refresh:
            raise LoginNeeded(
                f"nobody is logged in at {self.link.login_url}: run '{LOGIN_AGAIN}'"
            )
        try:
            return self._told(
                lambda client: client.refresh_token(
                    refresh_token=kept.refresh, redirect_uri=kept.redirect_uri
                ),
                kept.redirect_uri,
            )
        except LoginRefused as error:
            raise LoginNeeded(
                f"the login at {self.link.login_url} has ended: the program was"
                " removed, the login was taken back, or it was used elsewhere; run"
                f" '{LOGIN_AGAIN}' ({error})"
            ) from error

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> None:
        """Get and keep a pair for a code that a person's browser brought.

        :raises LoginRefused: it is not taken; Unreachable: as for ``token``
        """
        pair = self._told(
            lambda client: client.fetch_token(
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                redirect_uri=redirect_uri,
            ),
            redirect_uri,
        )
        self.keep(pair)

    def end(self) -> bool:
        """Take the login back, there and here. Returns whether there was told of it."""
        kept, told = self._recalled(), False
        if kept is not None:
            try:
                answer = self._speak(
                    lambda client: client.revoke_token(
                        self.link.login_url + _REVOKE, kept.refresh or kept.access
                    )
                )
                told = answer.status_code == 200
            except (Unreachable, LoginRefused):
                pass
        secrets.forget(self.vault, self._account)
        self.pair = None
        return told

    def _told(
        self, work: Callable[[OAuth2Client], Mapping[str, Any]], redirect_uri: str = ""
    ) -> Pair:
        return self._pair(self._speak(work), redirect_uri)

    def _pair(self, token: Mapping[str, Any], redirect_uri: str) -> Pair:
        access, kind = token.get("access_token"), token.get("token_type", "bearer")
        if not isinstance(access, str) or str(kind).lower() != "bearer":
            raise Unreachable(
                f"{self.link.login_url}: answers without a token; is it the address of"
                " the API?"
            )
        try:
            lasts = float(token.get("expires_in") or 3600)
        except (ValueError, TypeError):
            lasts = 3600.0
        refresh = str(token.get("refresh_token") or "")
        return Pair(access, self.now() + lasts, refresh, redirect_uri)

    def _speak(self, work: Callable[[OAuth2Client], Any]) -> Any:  # noqa: ANN401
        """Let Authlib ask the address of tokens.

        :raises LoginRefused: an error of OAuth; Unreachable: anything else
        """
        import httpx2
        from authlib.integrations.base_client import OAuthError

        from sync.driving.asking import why_not
        from sync.driving.diagnosing import unreachable

        where = self.link.login_url
        try:
            with self._client() as client:
                return work(client)
        except OAuthError as error:
            raise self._refusal(error.error, error.description) from error
        except httpx2.HTTPStatusError as error:
            status = error.response.status_code
            if status == 401:
                raise self._refusal("invalid_client", "") from error
            raise Unreachable(
                f"{where}: answered {status} instead of a token; is it the address of"
                " the API, and is nothing in between?"
            ) from error
        except httpx2.HTTPError as error:
            raise unreachable(where, why_not(error)) from error
        except ValueError as error:
            raise Unreachable(
                f"{where}: answered with something that is no token: a page of a"
                " proxy or of a network's login, or another address than the API's"
            ) from error

    def _refusal(self, error: str, description: str) -> LoginRefused:
        about = printable(f"{error}: {description}" if description else str(error))
        if error in ("temporarily_unavailable", "server_error"):
            raise Unreachable(f"{self.link.login_url}: {about}; try again later")
        if error in ("invalid_client", "unauthorized_client"):
            is_given = bool(self.environment.get(SECRET))
            secret = f"the secret in {SECRET}" if is_given else "this secret"
            return LoginRefused(
                f"{self.link.login_url} does not take the client id"
                f" {self.link.client_id} with {secret} ({about}): look at both in"
                " the app's settings there, and run 'asbuilt remote set' again"
            )
        return LoginRefused(f"{self.link.login_url} gives no token ({about})")

    def _client(self) -> OAuth2Client:
        from authlib.integrations.httpx_client import OAuth2Client

        secret = self.secret()
        return OAuth2Client(
            client_id=self.link.client_id,
            client_secret=secret,
            token_endpoint_auth_method="client_secret_post" if secret else "none",
            revocation_endpoint_auth_method="client_secret_post" if secret else "none",
            token_endpoint=self.link.login_url + _TOKEN,
            **self.wires.settings(self.link.login_url),
        )
