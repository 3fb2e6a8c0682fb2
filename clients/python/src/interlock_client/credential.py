"""The credential of a registered agent: gets its tokens, renews them, proves each request."""

import base64
import hashlib
import json
import os
import time
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256

from ._flow import Call, Flow, ask
from .problem import problem_of

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_S = 60
_EARLY_S = 30


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signer_of(key: Mapping[str, str]) -> tuple[str, Callable[[bytes], bytes]]:
    """The algorithm and the signing function of a private JWK. Raises ValueError."""
    if (key["kty"], key["crv"]) == ("OKP", "Ed25519"):
        return "EdDSA", ed25519.Ed25519PrivateKey.from_private_bytes(_bytes_of(key["d"])).sign
    if (key["kty"], key["crv"]) == ("EC", "P-256"):
        private = ec.derive_private_key(int.from_bytes(_bytes_of(key["d"]), "big"), ec.SECP256R1())

        def sign(data: bytes) -> bytes:
            r, s = utils.decode_dss_signature(private.sign(data, ec.ECDSA(SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")

        return "ES256", sign
    raise ValueError("the key is neither Ed25519 nor P-256")


class _Identity:
    """Who the agent is, and its key."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        try:
            self.client_id = str(content["client_id"])
            self.url = str(content["url"])
            self.endpoint = str(content["token_endpoint"])
            key = content["key"]
            self._algorithm, self._sign = _signer_of(key)
            self.public = {name: key[name] for name in ("kty", "crv", "x", "y") if name in key}
        except (KeyError, TypeError) as error:
            raise ValueError("this is not a credential of an agent") from error

    def signed(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        parts = (
            {"alg": self._algorithm, **header},
            {"jti": str(uuid.uuid4()), "iat": int(time.time()), **claims},
        )
        text = ".".join(_base64url(json.dumps(part).encode()) for part in parts)
        return f"{text}.{_base64url(self._sign(text.encode()))}"

    def proof(self, method: str, address: str, claims: Mapping[str, Any]) -> str:
        place = urllib.parse.urlsplit(address)
        htu = f"{place.scheme}://{place.netloc}{place.path}"
        return self.signed({"typ": "dpop+jwt", "jwk": self.public}, {"htm": method, "htu": htu, **claims})

    def asks(self) -> Call:
        """The request for a token."""
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.endpoint}
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_assertion_type": _ASSERTION,
            "client_assertion": self.signed(
                {"typ": "JWT"}, {**claims, "exp": int(time.time()) + _ASSERTION_S}
            ),
        }
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "dpop": self.proof("POST", self.endpoint, {}),
        }
        return Call("POST", self.endpoint, headers, urllib.parse.urlencode(form))


class _Token(NamedTuple):
    identity: _Identity
    value: str
    renew_at: float


class AgentCredential:
    """An agent's credential, as `interlock agents create` writes it.

    A credential from a file reads the file again before each new token, so that a new key of
    `interlock agents rotate` takes effect in a running agent. It may be shared by threads.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        """Takes the members `client_id`, `url`, `token_endpoint` and `key`. Raises ValueError."""
        self._path: str | None = None
        self._identity = _Identity(content)
        self._token: _Token | None = None

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "AgentCredential":
        """Reads a file. Raises OSError, PermissionError if others may read it, ValueError."""
        credential = cls(_read(os.fspath(path)))
        credential._path = os.fspath(path)
        return credential

    @property
    def url(self) -> str:
        """The address of Interlock."""
        return self._identity.url

    @property
    def tenant(self) -> str:
        """The tenant of the agent."""
        return self._identity.client_id.partition(".")[0]

    @property
    def agent(self) -> str:
        """The name of the agent."""
        return self._identity.client_id.partition(".")[2]

    def headers(self, method: str, address: str) -> Flow[dict[str, str]]:
        """The headers of one request; a retry needs new ones. Raises InterlockProblem."""
        token = self._token
        if token is None or time.monotonic() >= token.renew_at:
            token = yield from self._ask()
        ath = _base64url(hashlib.sha256(token.value.encode()).digest())
        return {
            "authorization": f"DPoP {token.value}",
            "dpop": token.identity.proof(method, address, {"ath": ath}),
        }

    def renewed(self, refused: Mapping[str, str], is_expired: bool) -> bool:
        """Whether these headers, which were refused, are worth another try with new ones.

        They are if the token had expired, if another thread has a new token, or if the file has a
        new key.
        """
        token = self._token
        if token is not None and refused["authorization"] != f"DPoP {token.value}":
            return True
        before, self._token = self._identity.public, None
        self._reload()
        return is_expired or self._identity.public != before

    def _reload(self) -> None:
        if self._path is not None:
            self._identity = _Identity(_read(self._path))

    def _ask(self) -> Flow[_Token]:
        self._reload()
        identity, asked_at = self._identity, time.monotonic()
        reply = yield from ask(identity.asks())
        if reply.status != 200:
            raise problem_of(reply.status, reply.headers, reply.text)
        answer = json.loads(reply.text)
        token = _Token(identity, answer["access_token"], asked_at + answer["expires_in"] - _EARLY_S)
        self._token = token
        return token


def _read(path: str) -> Mapping[str, Any]:
    with open(path, encoding="utf-8") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            raise PermissionError(f"others may read {path}: give it to its owner alone (chmod 600)")
        content = json.load(file)
    if not isinstance(content, dict):
        raise ValueError(f"{path} is not a credential of an agent")
    return content
