"""A security key, played: it answers as one does, with what the browser adds, and can be made to misbehave."""

import base64
import hashlib
import json
import secrets

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def data(text):
    return base64.urlsafe_b64decode(text + "==")


class SecurityKey:
    """`origin` is where its browser is. Without `verifies` it knows of no finger, face or PIN."""

    def __init__(self, origin, verifies=True, counts=True):
        self.origin, self.verifies, self.counts = origin, verifies, counts
        self.private, self.id = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
        self.count, self.handle, self.options = 0, b"", None

    def create(self, options):
        """What `navigator.credentials.create` answers to these options, as JSON; `options` are remembered."""
        self.options = options = json.loads(options)
        self.handle = data(options["user"]["id"])
        credential = len(self.id).to_bytes(2) + self.id + self.public_key()
        attested = self.authenticator_data(options["rp"]["id"], ATTESTED) + bytes(16) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": attested})
        return self.answer("webauthn.create", options, attestationObject=text(attestation))

    def get(self, options):
        """What `navigator.credentials.get` answers to these options, as JSON."""
        self.options = options = json.loads(options)
        self.count += self.counts
        signed = self.authenticator_data(options["rpId"])
        seen = self.client_data("webauthn.get", options)
        signature = self.private.sign(signed + hashlib.sha256(seen).digest(), ec.ECDSA(SHA256()))
        more = {"signature": text(signature), "userHandle": text(self.handle)}
        return self.answer("webauthn.get", options, authenticatorData=text(signed), **more)

    def public_key(self):
        point = self.private.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})

    def authenticator_data(self, host, flags=0):
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def client_data(self, kind, options):
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def answer(self, kind, options, **response):
        response["clientDataJSON"] = text(self.client_data(kind, options))
        return json.dumps({"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response})
