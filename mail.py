"""Writes the letters that wait in the outbox, and hands them to a mail server. Only this file knows SMTP."""

import logging
import re
import smtplib
import ssl
from base64 import b64encode
from contextlib import closing, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import journal
from models import Community, Letter, _, clock, db, language, ngettext

TEMPLATES = Path(__file__).parent / "templates" / "mail"
PORTS = {"smtp": 587, "smtps": 465}
# The page that the link of each kind of letter leads to. Opening it changes nothing: mail programs open links.
LINKED = {
    "confirm": "letters.open_confirm",
    "new_address": "letters.open_new_address",
    "reset": "accounts.sign_in_once",
    "sign_in": "letters.open_sign_in",
    "work_address": "verifications.open_letter",
    "invited": "invitations.join",
}
# The mail server has so long for each of its answers.
ANSWER_SECONDS = 20
# While the server cannot be spoken to at all, the whole outbox rests.
REST_MINUTES = 1


class Unsent(Exception):
    """A letter was not sent.

    `problem` is a code, see `views/labels.py`; `answer` what the server said, without addresses. After one that is
    `final` no other attempt can succeed. `at_server` is trouble that every other letter would have as well.
    """

    def __init__(self, problem, answer="", final=False, at_server=False):
        super().__init__(problem)
        self.problem, self.answer, self.final, self.at_server = problem, harmless(answer), final, at_server


def harmless(answer):
    """What a mail server said, on one line, without addresses of people and machines."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    text = re.sub(r"\S+@\S+|https?://\S+|\[[\d.:a-fA-F]+\]|\b\d{1,3}(\.\d{1,3}){3}\b", "…", text)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:200]


# Sending


@dataclass(frozen=True)
class Mailbox:
    """The account at a mail server from which letters are sent."""

    host: str
    port: int
    encryption: str  # "starttls", "tls", or "off" for a relay on the same machine.
    user: str
    password: str
    sender: Address

    @classmethod
    def of(cls, url, sender):
        """The mailbox that GOLEM_SMTP_URL and GOLEM_MAIL_FROM describe. Raises ValueError with a sentence."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("GOLEM_SMTP_URL is not an address such as smtp://user:password@host:587.") from None
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("GOLEM_SMTP_URL has to begin with smtp:// or smtps://, and name the mail server.")
        wishes = parse_qs(parts.query)
        if wishes not in ({}, {"tls": ["off"]}) or (wishes and parts.scheme == "smtps"):
            raise ValueError("GOLEM_SMTP_URL can end with ?tls=off after smtp://, and with nothing else.")
        encryption = "off" if wishes else "tls" if parts.scheme == "smtps" else "starttls"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port or PORTS[parts.scheme], encryption, user, password, sender_of(sender))

    @property
    def domain(self):
        return self.sender.domain

    def send(self, message, address):
        """The server has taken the message for this address, and will deliver it. Raises Unsent."""
        try:
            with closing(self._connect()) as server:
                self._hand_over(server, message, address)
                with suppress(smtplib.SMTPException, OSError):  # The letter is sent, however the talk ends.
                    server.quit()
        except Unsent:
            raise
        except smtplib.SMTPServerDisconnected as problem:
            silent = isinstance(problem.__context__, TimeoutError)
            raise Unsent("timeout" if silent else "dropped", at_server=True) from None
        except smtplib.SMTPResponseException as problem:
            raise Unsent("server", answered(problem.smtp_code, problem.smtp_error), at_server=True) from None
        except smtplib.SMTPException as problem:
            raise Unsent("server", str(problem), at_server=True) from None
        except ssl.SSLCertVerificationError as problem:
            raise Unsent("certificate", problem.verify_message, at_server=True) from None
        except TimeoutError:
            raise Unsent("timeout", at_server=True) from None
        except (OSError, UnicodeError) as problem:
            raise Unsent("unreachable", getattr(problem, "strerror", "") or "", at_server=True) from None

    def send_test(self, address):
        """The server has taken a letter that says that letters work. Raises Unsent, also for what is no address."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["Date"] = self.sender, format_datetime(clock())
        try:
            message["To"] = Address(addr_spec=ascii_of(address))
        except (EmailNotValidError, ValueError):
            raise Unsent("no_address", final=True) from None
        message["Subject"], message["Auto-Submitted"] = _("A test letter"), "auto-generated"
        message["Message-ID"] = make_msgid(domain=self.domain)
        message.set_content(_("This letter shows that the site can send letters."))
        self.send(message, message["To"].addresses[0].addr_spec)

    def _connect(self):
        extra = {"context": ssl.create_default_context()} if self.encryption == "tls" else {}
        kind = smtplib.SMTP_SSL if self.encryption == "tls" else smtplib.SMTP
        server = kind(self.host, self.port, local_hostname=self.domain, timeout=ANSWER_SECONDS, **extra)
        try:
            server.ehlo_or_helo_if_needed()
            if self.encryption == "starttls":
                self._encrypt(server)
            if self.user:
                self._sign_in(server)
        except BaseException:
            server.close()
            raise
        return server

    def _encrypt(self, server):
        if not server.has_extn("starttls"):
            raise Unsent("no_tls", at_server=True)
        server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()

    def _sign_in(self, server):
        if not f"{self.user}{self.password}".isascii():  # Which smtplib cannot send.
            code, answer = server.docmd("AUTH", "PLAIN " + in_base64(f"\0{self.user}\0{self.password}"))
            if code != 235:
                raise Unsent("sign_in", answered(code, answer), at_server=True)
            return
        try:
            server.login(self.user, self.password)
        except smtplib.SMTPAuthenticationError as problem:
            raise Unsent("sign_in", answered(problem.smtp_code, problem.smtp_error), at_server=True) from None
        except smtplib.SMTPNotSupportedError:
            raise Unsent("no_sign_in", at_server=True) from None

    def _hand_over(self, server, message, address):
        """One letter, step by step, so that each refusal is known for what it is."""
        options = []
        if not address.isascii():
            if not server.has_extn("smtputf8"):
                raise Unsent("not_ascii", final=True)
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        code, answer = server.mail(self.sender.addr_spec, options)
        if code != 250:
            raise Unsent("sender", answered(code, answer), at_server=True)
        code, answer = server.rcpt(address)
        if code not in (250, 251):
            problem = "later" if code < 500 else "policy" if b"5.7." in answer[:8] else "refused"
            raise Unsent(problem, answered(code, answer), final=code >= 500)
        try:
            code, answer = server.data(message.as_bytes(policy=SMTP.clone(utf8=bool(options))))
        except smtplib.SMTPDataError as problem:
            code, answer = problem.smtp_code, problem.smtp_error
        if code != 250:
            raise Unsent("later" if code < 500 else "policy", answered(code, answer), final=code >= 500)


def in_base64(text):
    return b64encode(text.encode()).decode()


def answered(code, answer):
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {text}"


def sender_of(text):
    """The address that GOLEM_MAIL_FROM gives, with a name before it in angle brackets or without one."""
    name, address = re.fullmatch(r"(?:\"?([^\"<>]*?)\"?\s*<([^<>]*)>|(.*))", text.strip(), re.DOTALL).group(1, 2)
    try:
        return Address(name or "", addr_spec=ascii_of(address or text.strip()))
    except (EmailNotValidError, ValueError):
        raise ValueError("GOLEM_MAIL_FROM has to be an address such as golem@your.example.") from None


def ascii_of(address):
    """The address as every mail server understands it, where there is such a form: the domain in letters of ASCII."""
    found = validate_email(address, check_deliverability=False, globally_deliverable=False)
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


# Writing


def write(letter, mailbox, facts):
    """The letter as it goes out, its text and its HTML saying the same."""
    subject, *paragraphs = paragraphs_of(letter, facts)
    message = EmailMessage(policy=SMTP)
    message["From"] = mailbox.sender
    message["To"] = Address(addr_spec=ascii_of(letter.address))
    message["Subject"] = subject
    message["Date"] = format_datetime(clock())
    message["Message-ID"] = f"<{letter.name}@{mailbox.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content("\n\n".join(paragraphs) + "\n", cte="quoted-printable")
    page = templates.get_template("letter.html").render(subject=subject, paragraphs=paragraphs, language=language())
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    return message


def paragraphs_of(letter, facts):
    """The subject and the paragraphs: those of its template, which empty lines part."""
    text = templates.get_template(f"{letter.kind}.txt").render(facts)
    return [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text.strip())]


def is_link(paragraph):
    return paragraph.startswith(("https://", "http://")) and " " not in paragraph


templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=lambda name: name.endswith(".html"),
    undefined=StrictUndefined,
    extensions=["jinja2.ext.i18n"],
)
templates.install_gettext_callables(lambda text: _(text), lambda *text: ngettext(*text), newstyle=True)
templates.tests["link"] = is_link


# The round


class Postman:
    """Sends what is due in the outbox. Without a mailbox there is nobody, and nothing is sent."""

    def __init__(self, mailbox, address, path):
        """`address()` is the site's address for the outside, or ""; `path(endpoint, …)` a page's path below it."""
        self.mailbox, self.address, self.path = mailbox, address, path

    def deliver(self):
        """Sends every letter that is due, one after the other. Returns how many were sent."""
        if self.mailbox is None:
            return 0
        db.forget()  # An organizer may have confirmed the address of the site since the last round.
        Letter.give_up_old()
        count = 0
        while letter := Letter.claim(linked=bool(self.address())):
            try:
                count += self._send(letter)
            except Unsent as problem:
                tell(letter, problem)
                if problem.at_server:
                    Letter.rest(REST_MINUTES)
            except Exception:
                logging.exception("A letter could not be written; it is tried again.")
                letter.failed("unwritten")
        return count

    def _send(self, letter):
        """Sends a letter, or drops it where nobody has its address. Returns whether it was sent. Raises Unsent."""
        member = letter.find_addressee()
        if member is None:
            letter.drop()
            return False
        message = write(letter, self.mailbox, self._facts(letter, member))
        self.mailbox.send(message, ascii_of(letter.address))
        letter.sent()
        return True

    def _facts(self, letter, member):
        """What the template of a letter may name.

        The member's name is not among it: anybody can join by a name that is an advertisement, with the address of
        somebody else.
        """
        token, site = letter.token(member), self.address()
        link = self._page(LINKED[letter.kind], token=token) if token else ""
        facts = {"community": Community.current().name, "site": site, "page": self._page}
        return {**facts, "link": link, "hours": letter.hours}

    def _page(self, endpoint, **values):
        return f"{self.address()}{self.path(endpoint, **values)}"


def tell(letter, problem):
    journal.note("letter-unsent", number=letter.id, why=problem.problem)
    if problem.final:
        letter.refused(problem.problem, problem.answer)
    else:
        letter.failed(problem.problem, problem.answer)
