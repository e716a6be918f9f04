"""Signing in by the installation's identity provider: OpenID Connect, code flow with PKCE.

What is in flight travels in one cookie, enciphered and short-lived: no state on the server. The
ID token is taken only if the provider signed it, for us, for this very sign-in, just now.
"""

import base64
import hashlib
import json
import logging
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from dashboards.paths import BACK
from ioc.errors import Unauthorised, Unavailable
from ioc.settings import Provider

logger = logging.getLogger(__name__)

IN_FLIGHT_S, PATIENCE_S, LEEWAY_S = 600, 10.0, 60
LARGEST_BYTES = 256_000
# Signed with the provider's private key: a shared secret or no signature at all is refused.
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
# RFC 8176: the provider says that it asked for more than one factor.
PROVEN = "mfa"


@dataclass(frozen=True)
class Identity:
    """Who somebody is at the provider, and whether it asked for a second factor."""

    subject: str
    is_proven: bool
    onward: str


@dataclass(frozen=True)
class Departure:
    """Where a browser is sent, and what it brings back in a cookie."""

    url: str = field(repr=False)
    cookie: str = field(repr=False)


class ProviderDoor:
    """The conversation with one identity provider; asks it anew for each sign-in."""

    def __init__(self, provider: Provider, secret: str) -> None:
        """Talk to `provider`; `secret` is the installation's."""
        self._provider = provider
        key = HKDF(SHA256(), 32, salt=None, info=b"ioc oidc").derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    @property
    def redirect_uri(self) -> str:
        """Return the address that must be registered with the provider."""
        return self._provider.public_url + BACK

    def depart(self, onward: str) -> Departure:
        """Return where to send a browser that wants to sign in and then go `onward`.

        Raises:
            Unavailable: the provider does not answer, or is another than was configured.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        endpoint = str(self._metadata()["authorization_endpoint"])
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "onward": onward}
        url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"
        return Departure(url, self._fernet.encrypt(json.dumps(kept).encode()).decode())

    def arrive(self, cookie: str, state: str, code: str) -> Identity:
        """Return who came back with `code`.

        Raises:
            Unauthorised: he did not leave from here, or the provider does not vouch for him.
            Unavailable: the provider does not answer.
        """
        try:
            kept = json.loads(self._fernet.decrypt(cookie.encode(), ttl=IN_FLIGHT_S))
        except InvalidToken:
            raise Unauthorised("this sign-in did not begin here, or took too long") from None
        if not secrets.compare_digest(str(kept["state"]).encode(), state.encode()):
            raise Unauthorised("this sign-in did not begin here")
        metadata = self._metadata()
        token = self._exchange(str(metadata["token_endpoint"]), code, str(kept["verifier"]))
        claims = self._checked(token, str(metadata["jwks_uri"]), str(kept["nonce"]))
        methods = claims.get("amr")
        is_proven = isinstance(methods, list) and PROVEN in methods
        return Identity(str(claims["sub"]), is_proven, str(kept["onward"]))

    def _metadata(self) -> dict[str, Any]:
        issuer = self._provider.issuer
        found = _asked("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise Unavailable("the identity provider is another than IOC_OIDC_ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(found.get(name), str):
                raise Unavailable(f"the identity provider tells no {name}")
        return found

    def _exchange(self, endpoint: str, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        login = httpx.BasicAuth(self._provider.client_id, self._provider.client_secret)
        answer = _asked("POST", endpoint, data=form, auth=login)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Unauthorised("the identity provider gave no identity")
        return token

    def _checked(self, token: str, jwks_uri: str, nonce: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(_asked("GET", jwks_uri))  # type: ignore[arg-type]
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            registry.validate(claims)
        except (JoseError, ValueError) as fault:
            # Its text may repeat a claim: the kind is enough.
            logger.warning("an identity was refused: %s", type(fault).__name__)
            raise Unauthorised("the identity is not signed by the provider for us") from None
        others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (others or "azp" in claims) and claims.get("azp") != self._provider.client_id:
            raise Unauthorised("the identity was made for somebody else")
        return dict(claims)


def _asked(method: str, url: str, **more: Any) -> dict[str, Any]:
    """Return the JSON object that the provider answers.

    Raises:
        Unauthorised: it refuses (400, 401, 403).
        Unavailable: it does not answer, or not with an object.
    """
    try:
        answer = httpx.request(method, url, timeout=PATIENCE_S, **more)
        if answer.status_code in (400, 401, 403):
            raise Unauthorised("the identity provider refused")
        answer.raise_for_status()
        told = answer.json() if len(answer.content) <= LARGEST_BYTES else None
    except (httpx.HTTPError, ValueError) as fault:
        logger.warning("the identity provider failed: %s", type(fault).__name__)
        raise Unavailable("the identity provider does not answer") from None
    if not isinstance(told, dict):
        raise Unavailable("the identity provider answers with no object")
    return told
