"""What the environment says. What cannot be is said in one sentence: SystemExit with it, and the exit status is 1."""

from pathlib import Path
from urllib.parse import urlsplit

from mail import Mailbox
from payments.gateway import Gateway

from .folder import DataFolder

HIGHEST_PORT = 65535


class Settings:
    """What the environment says. Every name can also be given as NAME_FILE, a file that holds the value.

    `url` is the address that people type, "" where it is not said; `prefix` is the path below which the site lies.
    """

    def __init__(self, environ):
        self.environ = environ
        self.data = Path(self.read("GOLEM_DATA", "data"))
        self.folder = DataFolder(self.data)
        self.database = self.folder.database
        self.host = self.read("GOLEM_HOST", "127.0.0.1").strip("[]")
        self.port = self.number("GOLEM_PORT", 8000, most=HIGHEST_PORT)
        self.proxies = self.number("GOLEM_PROXIES", 0, most=9)
        self.url = self.address("GOLEM_URL")
        self.prefix = self.path("GOLEM_PREFIX")
        self.backups = self.read("GOLEM_BACKUPS", "")
        self.metrics_token = self.read("GOLEM_METRICS_TOKEN", "")
        self.limits = self.switch("GOLEM_LIMITS")
        self.mailbox = self.read_mailbox()
        self.agree()

    def read(self, name, default):
        path = self.environ.get(f"{name}_FILE")
        if not path:
            return self.environ.get(name) or default
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or "it is no text"
            raise SystemExit(f"{name}_FILE names {path}, which cannot be read: {reason}.") from None

    def number(self, name, default, most):
        text = self.read(name, str(default))
        if not text.isdecimal() or int(text) > most:
            raise SystemExit(f"{name} has to be a whole number up to {most}, not {text!r}.")
        return int(text)

    def switch(self, name):
        text = self.read(name, "on").lower()
        if text not in ("on", "off"):
            raise SystemExit(f"{name} has to be on or off, not {text!r}.")
        return text == "on"

    def address(self, name):
        """A whole address without a slash at its end, or ""."""
        text = self.read(name, "")
        if text and not is_address(text):
            raise SystemExit(f"{name} has to be an address such as https://jobs.example.org, not {text!r}.")
        return text.rstrip("/")

    def path(self, name):
        """A path that begins with a slash and does not end in one, or ""."""
        text = self.read(name, "").strip("/")
        if text != "".join(text.split()) or set(text) & set("?#%\\;") or "//" in text:
            raise SystemExit(f"{name} has to be a path such as /golem, not {text!r}.")
        return text and f"/{text}"

    def agree(self):
        """Where both are given, GOLEM_URL ends in GOLEM_PREFIX."""
        if self.url and urlsplit(self.url).path != self.prefix:
            below = urlsplit(self.url).path or "/"
            raise SystemExit(
                f"GOLEM_URL leads to {below} and GOLEM_PREFIX is {self.prefix or '/'}: they have to be the same path."
            )

    def listening_at(self, port):
        """The address of the process itself, for whoever sits at its machine."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}{self.prefix}"

    def gateway(self):
        """The way to the community's account at Stripe, or None where no key is given. Nothing is asked of it yet."""
        if not (key := self.read("STRIPE_SECRET_KEY", "")):
            return None
        return Gateway(key, self.read("STRIPE_WEBHOOK_SECRET", ""), self.read("STRIPE_API_BASE", ""))

    def read_mailbox(self):
        """The account from which letters are sent, or None where none is given. Exits where it cannot be one."""
        if not (url := self.read("GOLEM_SMTP_URL", "")):
            return None
        try:
            return Mailbox.of(url, self.read("GOLEM_MAIL_FROM", ""))
        except ValueError as problem:
            raise SystemExit(str(problem)) from None


def is_address(text):
    """Whether this is http or https, a host, perhaps a port and a path, and nothing else."""
    try:
        parts = urlsplit(text)
        plain = parts.port != 0 and not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and text == "".join(text.split())
