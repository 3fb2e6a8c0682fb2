"""The credential of a registered agent: gets its tokens, renews them, and proves each request with its key.

It needs the package `cryptography`. The file is the one that `interlock agents create` writes; only its owner may read it.
"""

import base64
import hashlib
import json
import os
import time
import urllib.parse
import urllib.request
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EARLY_S = 30


def encoded(data):
    """Base64url without padding, of bytes or of a JSON value."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class AgentCredential:
    """One agent's credential, with an Ed25519 key."""

    def __init__(self, path):
        if os.stat(path).st_mode & 0o077:
            raise SystemExit(f"others may read {path}: give it to its owner alone (chmod 600)")
        with open(path, encoding="utf-8") as file:
            self._file = json.load(file)
        key = self._file["key"]
        self._key = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(key["d"] + "=="))
        self._public = {"kty": key["kty"], "crv": key["crv"], "x": key["x"]}
        self._token, self._renew_at = None, 0.0

    def _signed(self, header, claims):
        text = f"{encoded({'alg': 'EdDSA', **header})}.{encoded({'jti': str(uuid.uuid4()), 'iat': int(time.time()), **claims})}"
        return f"{text}.{encoded(self._key.sign(text.encode()))}"

    def _proof(self, method, address, claims):
        place = address.split("?", 1)[0]
        return self._signed({"typ": "dpop+jwt", "jwk": self._public}, {"htm": method, "htu": place, **claims})

    def _current(self):
        if time.monotonic() < self._renew_at:
            return self._token
        client, endpoint = self._file["client_id"], self._file["token_endpoint"]
        claims = {"iss": client, "sub": client, "aud": endpoint, "exp": int(time.time()) + 60}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self._signed({"typ": "JWT"}, claims),
        }
        asked_at = time.monotonic()
        request = urllib.request.Request(
            endpoint,
            method="POST",
            data=urllib.parse.urlencode(form).encode(),
            headers={"dpop": self._proof("POST", endpoint, {})},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        self._token = answer["access_token"]
        self._renew_at = asked_at + answer["expires_in"] - EARLY_S
        return self._token

    def headers(self, method, address):
        """The headers of one request; a retry needs new ones."""
        token = self._current()
        ath = encoded(hashlib.sha256(token.encode()).digest())
        return {"authorization": f"DPoP {token}", "dpop": self._proof(method, address, {"ath": ath})}
