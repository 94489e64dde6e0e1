"""Connections: how many there may be, how long a silent or slow one stays, and how the last ones end.

waitress does everything else: it reads requests and sends answers in one thread, and hands whole requests to others.
So a slow client costs a place among the connections, and never one of the threads that answer.
"""

import errno
import resource
import time

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

THREADS = 16  # More than clicks on payments may hold while Stripe does not answer.
CONNECTIONS = 2000
OTHER_FILES = 200  # What the process has open besides connections: the database for each thread, long answers.
LARGEST_HEAD = 32 * 1024

IDLE_SECONDS = 5  # For a connection between two requests.
SILENT_SECONDS = 8  # For one within a request or an answer.
CROWDED_SECONDS = 1  # For both, once more than half of the connections are taken.
SENDING_SECONDS, SLOWEST = 20, 500  # A request has this long, and longer for each such number of bytes.

STOP_SECONDS = 9  # What still runs after that is cut.
LAST_WORD_SECONDS = 0.5  # So long a connection stays open when the site stops: its request may be on its way.


class Listener:
    """The open port. What keeps it from being opened is said in one sentence: SystemExit with it."""

    def __init__(self, app, host, port, largest_body):
        self._map, self._stopping = {}, False
        dispatcher = ThreadedTaskDispatcher()
        try:
            adjustments = Adjustments(
                listen=f"{host}:{port}",
                ident="",
                max_request_body_size=largest_body,
                max_request_header_size=LARGEST_HEAD,
                connection_limit=min(CONNECTIONS, files_allowed(CONNECTIONS + OTHER_FILES) - OTHER_FILES),
                cleanup_interval=1,
                log_socket_errors=False,
                clear_untrusted_proxy_headers=False,  # They are read if GOLEM_PROXIES says so, and by nobody else.
            )
            self.servers = [
                Server(app, self._map, dispatcher=dispatcher, adj=adjustments, sockinfo=info)
                for info in adjustments.listen
            ]
        except ValueError:
            raise SystemExit(f"GOLEM_HOST is {host!r}, which is the name of no computer.") from None
        except OSError as problem:
            raise SystemExit(refusal(host, port, problem)) from None
        dispatcher.set_thread_count(THREADS)
        self.port = int(self.servers[0].effective_port)

    def run(self):
        """Serves until it is told to stop, then takes nothing new and returns when all that runs is answered."""
        while not self._stopping:
            self._turn(1)
        for server in self.servers:
            server.close_door()
        end = time.time() + STOP_SECONDS
        while time.time() < end and any(channel.busy(time.time()) for server in self.servers for channel in server):
            self._turn(0.05)

    def stop(self):
        """Can be called from another thread, and when a signal comes."""
        for server in self.servers:
            server.stopping = True
        self._stopping = True
        self.servers[0].pull_trigger()

    def _turn(self, seconds):
        wasyncore.loop(seconds, use_poll=True, map=self._map, count=1)


class Channel(HTTPChannel):
    """One connection."""

    began = 0.0  # When the first bytes of the request came that is not whole yet.

    def received(self, data):
        before = self.request
        taken = super().received(data)
        if self.request is not before:
            self.began = time.time()
        return taken

    def service(self):
        if self.server.stopping:
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()

    def overdue(self, now, crowded):
        """Whether the client has had its time: it is silent, or slower than anybody's line."""
        if self.requests:  # We are the ones who take their time.
            return False
        patience = SILENT_SECONDS if self.request or self.total_outbufs_len else IDLE_SECONDS
        if now - self.last_activity > (CROWDED_SECONDS if crowded else patience):
            return True
        return bool(self.request) and now - self.began > SENDING_SECONDS + self._received / SLOWEST

    def busy(self, now):
        """Whether there is something to answer or to send, or a request may be on its way."""
        if self.requests or self.total_outbufs_len:
            return True
        return now - self.last_activity < (CROWDED_SECONDS if self.request else LAST_WORD_SECONDS)

    @property
    def _received(self):
        return self.request.header_bytes_received + self.request.body_bytes_received


class Server(TcpWSGIServer):
    """One address that is listened at."""

    channel_class = Channel
    stopping = False

    def __iter__(self):
        return iter(list(self.active_channels.values()))

    def maintenance(self, now):
        crowded = len(self.active_channels) > self.adj.connection_limit / 2
        for channel in self:
            if channel.overdue(now, crowded):
                channel.will_close = True

    def close_door(self):
        """Lets in who waits at the door, and nobody after them."""
        inside = -1
        while inside != len(self.active_channels):
            inside = len(self.active_channels)
            self.handle_accept()
        wasyncore.dispatcher.close(self)


def files_allowed(wanted):
    """Returns how many files this process may have open, after asking for as many as are wanted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return wanted if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def refusal(host, port, problem):
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} is in use. Stop the other program, or set GOLEM_PORT to another number."
    if problem.errno == errno.EACCES:
        return f"Port {port} is for the system's owner alone. Set GOLEM_PORT to a number above 1023."
    return f"Golem cannot listen at {host}, port {port}: {problem.strerror}. Look at GOLEM_HOST and GOLEM_PORT."
