"""Authlib's authorization server, over the accounts of the archives that are served.

What RFC 6749, 7009 and 7636 want is checked by Authlib's grants; here is where they
find programs and store what they give out. It all happens in a thread, for one request.
Where Authlib leaves a choice or shows more than it should:

* of PKCE's methods only S256, and the challenge is a must for programs without secret;
* a code or a refresh token is used up in the same transaction that stores the tokens;
* it writes tokens into its debug log, so it has none.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeGrant,
    AuthorizationServer,
    ClientCredentialsGrant,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Request,
    RefreshTokenGrant,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge

from archive.accounts import clients, tokens
from archive.accounts.grants import Dealing
from archive.accounts.sessions import new_token
from archive.accounts.tokens import Asked, Pair
from plugins.api.oauth_programs import Desk, Place, Program

logging.getLogger("authlib").setLevel(logging.WARNING)

_WAYS = ["none", "client_secret_post"]  # Basic is read before, oauth_bodies.py
# Where this stands, which Authlib wants to be https. Whether it is, was decided when it
# was served, and said to who did.
_HERE = "https://asbuilt.invalid/oauth"


@dataclass(frozen=True, slots=True)
class Answer:
    """What Authlib answers.

    :param body: JSON, or "" with a Location
    """

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def error(self) -> str:
        """The code of what went wrong; "" when nothing did."""
        return str(self.body.get("error", "")) if isinstance(self.body, dict) else ""


class Asking(OAuth2Request):  # type: ignore[misc]
    """A request, as its fields."""

    def __init__(self, method: str, fields: Mapping[str, str]) -> None:
        super().__init__(method, _HERE)
        self.payload = BasicOAuth2Payload(dict(fields))

    @property
    def args(self) -> Any:  # noqa: ANN401
        """The fields, wherever they stood."""
        return self.payload.data

    @property
    def form(self) -> Any:  # noqa: ANN401
        """The fields, wherever they stood."""
        return self.payload.data


@dataclass(frozen=True, slots=True)
class _Code:
    """A code that was found, as Authlib's grant and its PKCE ask for it."""

    asked: Asked

    @property
    def code_challenge(self) -> str | None:
        return self.asked.challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str | None:
        return self.asked.redirect_uri

    def get_scope(self) -> str:
        return ""


class _Token:
    """A token that was found. Whose it is was asked with it."""

    def check_client(self, _: Program) -> bool:
        return True

    def get_scope(self) -> str:
        return ""


class ForItself(ClientCredentialsGrant):  # type: ignore[misc]
    """A program asks for a token with its secret."""

    TOKEN_ENDPOINT_AUTH_METHODS = _WAYS[1:]


class ForSomebody(AuthorizationCodeGrant):  # type: ignore[misc]
    """A program asks a person, who sends it back with a code."""

    TOKEN_ENDPOINT_AUTH_METHODS = _WAYS

    def generate_authorization_code(self) -> str:
        """Return a new code."""
        return new_token()

    def save_authorization_code(self, code: str, request: Any) -> None:  # noqa: ANN401
        """Store a code in the archives in which the person is known."""
        self.server.store_code(code, request)

    def query_authorization_code(self, code: str, client: Program) -> _Code | None:
        """Return what a code is bound to, and keep the archives that know it."""
        found = self.server.find_code(code, client)
        return _Code(found) if found else None

    def authenticate_user(self, authorization_code: _Code) -> _Code:
        """Return that somebody allowed it; if they still may is asked with the use."""
        return authorization_code

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """Leave it: it is marked as used, so that it is known when it comes again."""


class Again(RefreshTokenGrant):  # type: ignore[misc]
    """A program comes with a refresh token."""

    TOKEN_ENDPOINT_AUTH_METHODS = _WAYS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Token | None:
        """Return whether it is worth something, and keep the archives that know it."""
        known = self.server.finds_refresh(refresh_token, self.request.client)
        return _Token() if known else None

    def authenticate_user(self, refresh_token: _Token) -> _Token:
        """Return that somebody allowed it; if they still may is asked with the use."""
        return refresh_token

    def revoke_old_credential(self, refresh_token: _Token) -> None:
        """Leave it: it is marked as used, so that it is known when it comes again."""


class Revoking(RevocationEndpoint):  # type: ignore[misc]
    """A program gives back what it was given."""

    CLIENT_AUTH_METHODS = _WAYS

    def query_token(self, token: str, hint: str | None) -> str:  # noqa: ARG002
        """Return the token, known or not: the answer is the same."""
        return token

    def authenticate_token(self, request: Asking, client: Program) -> str:
        """Return the token."""
        self.check_params(request, client)
        return str(request.form["token"])

    def revoke_token(self, token: str, request: Asking) -> None:
        """End what it belongs to, where it is this program's."""
        for dealing in self.server.dealings(request.client):
            tokens.revoke(dealing, token)


class OnlyS256(CodeChallenge):  # type: ignore[misc]
    """Proof that who comes with a code is who asked for it (RFC 7636)."""

    SUPPORTED_CODE_CHALLENGE_METHOD: ClassVar = ["S256"]
    CODE_CHALLENGE_METHODS: ClassVar = {
        "S256": lambda verifier, challenge: hmac.compare_digest(
            create_s256_code_challenge(verifier), challenge
        )
    }

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:  # noqa: ANN401
        """Refuse a request without a challenge from a program that has no secret."""
        super().validate_code_challenge(grant, redirect_uri)
        fields = grant.request.payload.data
        challenge = fields.get("code_challenge")
        if challenge and fields.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256")
        secrets = [client.secret for _, client in grant.request.client.known]
        if not challenge and None in secrets:
            raise InvalidRequestError("Missing code_challenge")


class Server(AuthorizationServer):  # type: ignore[misc]
    """Answers one request.

    :param issuer: scheme and host, which answers name against mix-ups (RFC 9207)
    """

    def __init__(self, desk: Desk, issuer: str) -> None:
        super().__init__()
        self.desk = desk
        self.issuer = issuer
        self.code = ""
        self.register_grant(ForItself)
        self.register_grant(ForSomebody, [OnlyS256(required=True)])
        self.register_grant(Again)
        self.register_endpoint(Revoking)
        self.register_token_generator("default", _new_tokens)

    # What Authlib asks

    def query_client(self, client_id: str) -> Program:
        """Return the program."""
        return self.desk.program(client_id)

    def create_oauth2_request(self, request: Asking) -> Asking:
        """Return the request, which is one already."""
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Tell nobody."""

    def handle_response(
        self,
        status: int,
        body: Any,  # noqa: ANN401
        headers: list[tuple[str, str]],
    ) -> Answer:
        """Return what is answered."""
        found = {name.lower(): value for name, value in headers}
        if "location" in found:
            where = add_params_to_uri(found["location"], [("iss", self.issuer)])
            found["location"] = where
        if isinstance(body, list):
            body = dict(body)
        return Answer(status, body, found)

    def save_token(self, token: dict[str, Any], request: Asking) -> None:
        """Store new tokens, and use up what they are given for, at once.

        :raises OAuth2Error: it was used up meanwhile, or its person was shut out
        """
        pair = Pair(token["access_token"], token.get("refresh_token"))
        program: Program = request.client
        if request.payload.grant_type == ForItself.GRANT_TYPE:
            self._give(program, pair)
            return
        by_code = request.payload.grant_type == ForSomebody.GRANT_TYPE
        exchange = tokens.redeem if by_code else tokens.refresh
        secret = request.form["code" if by_code else "refresh_token"]
        dealings = self.dealings(program)
        done = [exchange(dealing, secret, pair) for dealing in dealings]
        if not all(done):
            for dealing in dealings:
                tokens.revoke(dealing, pair.access)
            raise InvalidGrantError

    def _give(self, program: Program, pair: Pair) -> None:
        """Give a program a token for itself, where its person may come in."""
        given = False
        for place, client in program.known:
            person = clients.may_act(client, self.desk.connection(place))
            if person is not None:
                dealing = self.desk.dealing(place, program.id)
                tokens.give(dealing, person, pair.access)
                given = True
        if not given:
            raise UnauthorizedClientError

    # What our grants ask

    def dealings(self, program: Program) -> list[Dealing]:
        """Return what a program does in each archive in which it holds."""
        return [self.desk.dealing(place, program.id) for place in program.places()]

    def store_code(self, code: str, request: Asking) -> None:
        """Store what somebody allowed, in each archive in which they are known."""
        self.code = code
        fields = request.payload.data
        asked = Asked(fields.get("redirect_uri"), fields.get("code_challenge"))
        for place in request.client.places():
            if place.person is not None:
                dealing = self.desk.dealing(place, request.client.id)
                tokens.allow(dealing, place.person, code, asked)

    def find_code(self, code: str, program: Program) -> Asked | None:
        """Return what a code is bound to; None: it is worth nothing to the program."""
        found: list[Asked] = []

        def knows(place: Place, _: Any) -> bool:  # noqa: ANN401
            dealing = self.desk.dealing(place, program.id)
            asked = tokens.look_at_code(dealing, code)
            found.extend([asked] if asked else [])
            return asked is not None

        program.keep(knows)
        return found[0] if len(set(found)) == 1 else None

    def finds_refresh(self, token: str, program: Program) -> bool:
        """Whether a refresh token is worth something to the program."""

        def knows(place: Place, _: Any) -> bool:  # noqa: ANN401
            return tokens.look_at_refresh(self.desk.dealing(place, program.id), token)

        return program.keep(knows)


def _new_tokens(*, include_refresh_token: bool = True, **_: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return new tokens, as they are answered."""
    answer = {
        "access_token": new_token(),
        "token_type": "bearer",
        "expires_in": tokens.ACCESS_SECONDS,
        "created_at": int(time.time()),
    }
    if include_refresh_token:
        answer["refresh_token"] = new_token()
    return answer
