"""What the environment says."""

import secrets
from pathlib import Path

from mail import Mailbox
from payments.gateway import Gateway


class Settings:
    """What the environment says. Every name can also be given as NAME_FILE, a file that holds the value."""

    def __init__(self, environ):
        self.environ = environ
        self.data = Path(self.read("GOLEM_DATA", "data"))
        self.host = self.read("GOLEM_HOST", "127.0.0.1")
        self.port = self.number("GOLEM_PORT", 8000)
        self.proxies = self.number("GOLEM_PROXIES", 0)
        self.url = self.read("GOLEM_URL", f"http://{self.host}:{self.port}").rstrip("/")
        self.limits = self.read("GOLEM_LIMITS", "on") != "off"
        self.database = self.data / "golem.db"
        self.mailbox = self.read_mailbox()

    def read(self, name, default):
        if path := self.environ.get(f"{name}_FILE"):
            return Path(path).read_text(encoding="utf-8").strip()
        return self.environ.get(name) or default

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

    def number(self, name, default):
        text = self.read(name, str(default))
        if not text.isdecimal():
            raise SystemExit(f"{name} has to be a whole number, not {text!r}.")
        return int(text)

    def key(self):
        """The key that signs cookies: made on the first run, for the owner of the process alone."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.data / "key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="utf-8")
        return path.read_text(encoding="utf-8")
