"""A real mail server for the tests, with a switch for each thing that can go wrong."""

import email
import socket
import ssl
import threading
from contextlib import contextmanager
from email.policy import default

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cast import PASSWORD
from pages import Browser

from golem import create_app


class MailServer:
    """Takes letters on 127.0.0.1 as long as the block lasts; `letters` are those that it took, oldest first.

    `answers` holds what to say instead of yes, by command: {"RCPT": "550 5.1.1 Nobody here"}. `drops` is the command
    after which the connection is cut. `asks_password` is that of the user golem.
    """

    def __init__(self, certificate=None, offers_tls=True, asks_password=""):
        self.letters, self.envelopes, self.talks, self.answers, self.drops = [], [], 0, {}, ""
        self.asks_password = asks_password
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
        self.controller = _Controller(self, context if offers_tls else None)

    def __enter__(self):
        self.controller.start()
        self.port = self.controller.port
        return self

    def __exit__(self, *_problem):
        self.controller.stop()

    def url(self, user="", tls=False):
        signed = f"{user}@" if user else ""
        return f"smtp://{signed}127.0.0.1:{self.port}{'' if tls else '?tls=off'}"

    # What aiosmtpd calls

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.talks += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self._answer(server, "MAIL")

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return self._answer(server, "RCPT")

    async def handle_DATA(self, server, session, envelope):
        answer = self._answer(server, "DATA")
        if answer.startswith("250"):
            self.envelopes.append((envelope.mail_from, *envelope.rcpt_tos))
            self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        return answer

    def _answer(self, server, command):
        if self.drops == command:
            server.transport.abort()
        return self.answers.get(command, "250 OK")

    def authenticate(self, server, session, envelope, mechanism, given):
        right = given == LoginPassword(b"golem", self.asks_password.encode())
        return AuthResult(success=right, handled=right)


class _Controller(Controller):
    def __init__(self, mail_server, context):
        self.mail_server, self.tls = mail_server, context
        super().__init__(mail_server, hostname="127.0.0.1", port=0, server_hostname="mail.example", ready_timeout=10)

    def factory(self):
        extra = {"tls_context": self.tls} if self.tls else {}
        if self.mail_server.asks_password:
            extra |= {"authenticator": self.mail_server.authenticate, "auth_required": True}
        return SMTP(self.mail_server, hostname="mail.example", loop=self.loop, **extra)

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]  # Port 0 was asked for: any that is free.
        super()._trigger_server()


@contextmanager
def silent_server():
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held = []
        threading.Thread(target=lambda: hold(listening, held), daemon=True).start()
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}?tls=off"
        listening.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def hold(listening, held):
    try:
        while True:
            held.append(listening.accept()[0])
    except OSError:
        pass


def certificate(name="127.0.0.1"):
    """A certificate for this name, and the authority that gave it."""
    authority = trustme.CA()
    return authority.issue_cert(name), authority


# The site that sends its letters through such a server.

SENDER = "golem@jobs.example"
SITE = "http://localhost"


def site_with_letters(server, database):
    """The site with this mail server, over the same database."""
    mail = {"GOLEM_SMTP_URL": server.url(), "GOLEM_MAIL_FROM": SENDER, "GOLEM_URL": SITE}
    app = create_app({"GOLEM_DATA": str(database.parent), "GOLEM_LIMITS": "off", **mail})
    app.testing = True
    return app


def browser_at(site, member=None):
    """A browser at this site, signed in as this member or as nobody."""
    client = site.test_client()
    if member:
        client.post("/sign-in", data={"email": member.email, "password": PASSWORD})
    return Browser(client)
