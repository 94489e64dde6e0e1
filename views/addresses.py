"""Addresses: of this site, as people reach it, and of whoever asks."""

from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from flask import current_app, g, request, url_for

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_ADDRESS = 64
IPV6_HOME = 64  # Bits. Whoever has one IPv6 address has all that begin with the same 64.


def page_address(endpoint, **values):
    """The whole address of a page, for the person who asks now: below GOLEM_URL, or below the address they used."""
    return root_address() + path_of(endpoint, **values)


def outside_address(endpoint, **values):
    """The whole address of a page, for somebody else; "" while nobody has said where the site is.

    It never depends on what this request claims: only on GOLEM_URL, and on what an organizer confirmed.
    """
    root = outside_root()
    return root and root + path_of(endpoint, **values)


def outside_root():
    settings = current_app.config["GOLEM"]
    return g.community.public_address(settings.url) if g.get("community") else settings.url


def root_address():
    return current_app.config["GOLEM"].url or used_address()


def used_address():
    """The address of the site as this request used it, without a slash at its end."""
    return request.root_url.rstrip("/")


def path_of(endpoint, **values):
    return url_for(endpoint, **values).removeprefix(request.script_root)  # The root has it already.


def origin_of(address):
    """Scheme, host and port of an address, the port that goes without saying included; None where it has no origin."""
    try:
        parts = urlsplit(address or "")
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None


def is_same(one, other):
    """Whether two addresses of a site lead to the same place."""
    return origin_of(one) == origin_of(other) and urlsplit(one).path.rstrip("/") == urlsplit(other).path.rstrip("/")


def client_address():
    """Where the request comes from, as limits count it: an IPv4 address, or the first 64 bits of an IPv6 address.

    Behind proxies it is the address that the outermost trusted one saw. What is no address is returned as it is.
    """
    text = (request.remote_addr or "").strip()[:LONGEST_ADDRESS]
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    try:
        address = ip_address(host)
    except ValueError:
        return client_with_port(text)
    return counted(address)


def client_with_port(text):
    """Some proxies add the port of an IPv4 address."""
    try:
        return counted(ip_address(text.partition(":")[0]))
    except ValueError:
        return text


def counted(address):
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), IPV6_HOME), strict=False))


class Unquoted:
    """The site behind proxies that add to a list where a request comes from.

    Whoever begins the list with a quotation mark cannot hide in it what the proxies have added.
    """

    def __init__(self, wsgi_app):
        self.wsgi_app = wsgi_app

    def __call__(self, environ, start_response):
        if seen := environ.get("HTTP_X_FORWARDED_FOR"):
            environ = {**environ, "HTTP_X_FORWARDED_FOR": seen.replace('"', "")}
        return self.wsgi_app(environ, start_response)


class Below:
    """The site below a path, whether the proxy in front passes that path on or takes it off."""

    def __init__(self, wsgi_app, prefix):
        self.wsgi_app, self.prefix = wsgi_app, prefix

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if f"{path}/".startswith(f"{self.prefix}/"):
            path = path.removeprefix(self.prefix) or "/"
        return self.wsgi_app({**environ, "SCRIPT_NAME": self.prefix, "PATH_INFO": path}, start_response)
