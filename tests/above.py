"""A site below a path, read as if it were at the root: so every test can be run below a path, as `make soak` does."""

import re

from werkzeug.test import run_wsgi_app

LEADS = re.compile(r"""\s(?:href|src|action|formaction|hx-(?:get|post|push-url|replace-url))=["']?(/[^\s"'>]*)""")
HEADERS = ("location", "content-location", "hx-redirect", "hx-location", "hx-push-url")


class Above:
    """What stands above a site that lies below a path, and takes the path off whatever it answers.

    A link, a form, a header or a cookie that leads out of the path is an AssertionError.
    """

    def __init__(self, wsgi_app, prefix):
        self.wsgi_app, self.prefix = wsgi_app, prefix
        self.stripped = re.compile(rf"(?<!/){re.escape(prefix)}(?![\w.-])")

    def __call__(self, environ, start_response):
        if not self.is_below(environ["PATH_INFO"]):
            environ = {**environ, "PATH_INFO": self.prefix + environ["PATH_INFO"]}
        body, status, headers = run_wsgi_app(self.wsgi_app, environ, buffered=True)
        body = b"".join(body)
        if headers.get("Content-Type", "").startswith("text/html") and body:
            body = self.read(body.decode()).encode()
            headers["Content-Length"] = str(len(body))
        start_response(status, [(name, self.header(name.lower(), value)) for name, value in headers])
        return [body]

    def is_below(self, address):
        return re.split("[?#]", address)[0].startswith(f"{self.prefix}/")

    def read(self, text):
        outside = [address for address in LEADS.findall(text) if not self.is_below(address)]
        assert outside == [], f"These lead out of {self.prefix}: {outside}"
        return self.stripped.sub("", text)

    def header(self, name, value):
        if name == "set-cookie":
            assert f"Path={self.prefix}" in value.split("; "), value
            return value.replace(f"Path={self.prefix}", "Path=/")
        if name in HEADERS:
            assert not value.startswith("/") or self.is_below(value), f"{name} leads out of {self.prefix}: {value}"
            return self.stripped.sub("", value)
        return value
