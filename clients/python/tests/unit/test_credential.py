"""Tokens and proofs of an agent, and the file of its credential."""

import base64
import hashlib
import json
import os
import tempfile
import unittest
import urllib.parse
from pathlib import Path
from typing import Any

from answering import Answering, a_problem, an_action, answer
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256
from interlock_client import AgentCredential, InterlockClient, InterlockProblem


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def an_ed25519_key() -> dict[str, str]:
    private = ed25519.Ed25519PrivateKey.generate()
    # What cryptography 38 has for the raw bytes of a key.
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    d = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    x = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": encoded(x), "d": encoded(d)}


def a_p256_key() -> dict[str, str]:
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    public = numbers.public_numbers
    parts = {"x": public.x, "y": public.y, "d": numbers.private_value}
    return {"kty": "EC", "crv": "P-256", **{k: encoded(v.to_bytes(32, "big")) for k, v in parts.items()}}


def verified(token: str, key: dict[str, str]) -> tuple[Any, Any]:
    """The header and the claims of a JWT whose signature is the key's."""
    head, body, signature = token.split(".")
    text = f"{head}.{body}".encode()
    if key["kty"] == "OKP":
        ed25519.Ed25519PublicKey.from_public_bytes(decoded(key["x"])).verify(decoded(signature), text)
    else:
        x, y = (int.from_bytes(decoded(key[name]), "big") for name in "xy")
        raw = decoded(signature)
        der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(der, text, ec.ECDSA(SHA256()))
    return json.loads(decoded(head)), json.loads(decoded(body))


def content(url: str, key: dict[str, str]) -> dict[str, Any]:
    return {"client_id": "demo.mail-sorter", "url": url, "token_endpoint": f"{url}/oauth/token", "key": key}


TOKEN = answer(200, {"access_token": "a-token", "token_type": "DPoP", "expires_in": 600})


class Proving(unittest.TestCase):
    def test_gets_a_token_once_and_proves_each_request(self) -> None:
        for key in (an_ed25519_key(), a_p256_key()):
            with self.subTest(key["crv"]), Answering(TOKEN, answer(200, an_action("PENDING"))) as server:
                credential = AgentCredential(content(server.url, key))
                self.assertEqual((credential.tenant, credential.agent), ("demo", "mail-sorter"))
                with InterlockClient(credential=credential) as client:
                    client.action("a-1")
                    client.action("a-1")
                asked, *looks = server.asked
                self.assertEqual([one.method for one in server.asked], ["POST", "GET", "GET"])
                endpoint = f"{server.url}/oauth/token"
                public = {name: value for name, value in key.items() if name != "d"}

                form = dict(urllib.parse.parse_qsl(asked.body))
                _, claims = verified(form["client_assertion"], key)
                self.assertEqual(
                    [claims[name] for name in ("iss", "sub", "aud")], ["demo.mail-sorter"] * 2 + [endpoint]
                )
                self.assertEqual(claims["exp"] - claims["iat"], 60)

                proofs = [verified(one.headers["dpop"], key) for one in server.asked]
                self.assertEqual([head["jwk"] for head, _ in proofs], [public] * 3)
                self.assertEqual([head["typ"] for head, _ in proofs], ["dpop+jwt"] * 3)
                self.assertEqual(len({claims["jti"] for _, claims in proofs}), 3)
                self.assertEqual((proofs[0][1]["htm"], proofs[0][1]["htu"]), ("POST", endpoint))
                ath = encoded(hashlib.sha256(b"a-token").digest())
                for look, (_, claims) in zip(looks, proofs[1:], strict=True):
                    self.assertEqual(look.headers["authorization"], "DPoP a-token")
                    self.assertEqual((claims["htm"], claims["ath"]), ("GET", ath))
                    self.assertEqual(claims["htu"], f"{server.url}/api/v1/autonomous/actions/a-1")

    def test_gets_a_new_token_for_an_expired_one_but_only_once(self) -> None:
        expired = answer(401, a_problem(401, "token-expired"))
        with Answering(TOKEN, expired, TOKEN, answer(200, an_action("PENDING"))) as server:
            with InterlockClient(credential=AgentCredential(content(server.url, an_ed25519_key()))) as client:
                client.action("a-1")
        self.assertEqual([one.method for one in server.asked], ["POST", "GET", "POST", "GET"])
        with Answering(TOKEN, expired, TOKEN, expired) as server:
            with InterlockClient(credential=AgentCredential(content(server.url, an_ed25519_key()))) as client:
                with self.assertRaises(InterlockProblem):
                    client.action("a-1")
        self.assertEqual(len(server.asked), 4)


class Files(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "agent.json"

    def write(self, value: Any) -> None:
        self.path.write_text(json.dumps(value))
        self.path.chmod(0o600)

    def test_a_refused_key_is_replaced_by_that_of_the_file(self) -> None:
        revoked = answer(401, a_problem(401, "credential-revoked"))
        keys = [an_ed25519_key(), a_p256_key()]
        with Answering(TOKEN, revoked, TOKEN, answer(200, an_action("PENDING")), revoked) as server:
            self.write(content(server.url, keys[0]))
            with InterlockClient(credential=AgentCredential.from_file(self.path)) as client:
                self.write(content(server.url, keys[0]))
                credential = client.protocol.agent
                self.assertEqual(credential, "mail-sorter")
                # The first token is of the old key; the file has the new one when it is refused.
                original = server.answers[1]

                def refuses(handler: Any) -> None:
                    self.write(content(server.url, keys[1]))
                    original(handler)

                server.answers[1] = refuses
                client.action("a-1")
                for one, key in zip(server.asked, [keys[0], keys[0], keys[1], keys[1]], strict=True):
                    verified(one.headers["dpop"], key)
                # With the same key in the file, the refusal stands.
                with self.assertRaises(InterlockProblem) as refused:
                    client.action("a-1")
        self.assertEqual((refused.exception.code, len(server.asked)), ("credential-revoked", 5))

    def test_refuses_a_file_that_others_may_read_or_that_is_none(self) -> None:
        self.write(content("http://127.0.0.1:1", an_ed25519_key()))
        os.chmod(self.path, 0o640)
        with self.assertRaises(PermissionError):
            AgentCredential.from_file(self.path)
        key = {"kty": "EC", "crv": "P-521", "x": "", "y": "", "d": ""}
        for wrong in ([], {"client_id": "demo.a"}, content("http://127.0.0.1:1", key)):
            self.write(wrong)
            with self.subTest(wrong), self.assertRaises(ValueError):
                AgentCredential.from_file(self.path)


if __name__ == "__main__":
    unittest.main()
