"""A small identity provider (OpenID Connect): code flow with PKCE, keys of its own, real tokens.

It signs in whoever is `subject`; `claims` and `key` can be set to what an attacker would try.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.responses import JSONResponse, RedirectResponse, Response

CLIENT, SECRET = "ioc", "what the provider gave"


@dataclass
class Provider:
    """What the provider knows and would say."""

    issuer: str = ""
    subject: str = "sub-1"
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    signs_with: RSAKey | None = None
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256"})
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.claims,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        signer = self.signs_with or self.key
        return jwt.encode({"kid": self.key.kid, **self.header}, kept, signer)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def metadata() -> dict[str, str]:
            paths = {"authorization": "authorize", "token": "token"}
            ends = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in paths.items()}
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **ends}

        @app.get("/jwks")
        def jwks() -> Any:
            return KeySet([self.key]).as_dict(private=False)

        @app.get("/authorize")
        def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            assert asked["client_id"] == CLIENT
            assert asked["response_type"] == "code"
            assert "openid" in asked["scope"].split()
            assert asked["code_challenge_method"] == "S256"
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"]})
            return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

        @app.post("/token")
        def token(
            request: Request,
            code: str = Form(),
            redirect_uri: str = Form(),
            code_verifier: str = Form(),
            grant_type: str = Form(),
        ) -> Response:
            login = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            asked = self.codes.pop(code, None)
            digest = hashlib.sha256(code_verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if (
                asked is None
                or request.headers.get("authorization") != f"Basic {login}"
                or grant_type != "authorization_code"
                or redirect_uri != asked["redirect_uri"]
                or challenge != asked["code_challenge"]
            ):
                return JSONResponse({"error": "invalid_grant"}, 400)
            named = {"access_token": "x", "token_type": "Bearer"}
            return JSONResponse({**named, "id_token": self.token(asked["nonce"])})

        return app
