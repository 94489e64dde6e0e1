#!/usr/bin/env python3
"""Puts Golem online on a Debian machine of its own, adds circles to it, and updates them. Needs nothing but Python.

    make online       sets up the machine, or one more circle on it, or changes what was answered before
    make update       brings every circle to the version in this folder, and back if one does not answer

Each circle has its own user, data folder, settings and port; all share the code in /opt/golem/current and one web
server, Caddy, which gets the certificates. Running it again is safe: what was answered before is the first suggestion.
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

HERE = Path(__file__).resolve().parent
PACKAGES = ("caddy", "make", "python3-venv", "rsync")
FIRST_PORT = 8001
PATIENCE = 90  # Seconds within which a circle has to answer after it was started.
RELEASES_KEPT = 3
OUT_OF_REACH = ("home", "root", "run", "tmp", "dev", "proc", "sys")  # The service sees none of these, or its own.

CADDY = """\
{domain} {{
	{certificate}
	encode
	reverse_proxy 127.0.0.1:{port} {{
		transport http {{
			# Golem closes what has been idle for 5 seconds: Caddy has to be the first.
			keepalive 3s
			dial_timeout 5s
			response_header_timeout 60s
		}}
	}}
}}
"""

DROP_IN = """\
# Where the copies of this circle go. A disk that is not there keeps nobody from the site: the desk says so.
[Service]
ReadWritePaths=-{backups}
"""


class Stop(Exception):
    """It cannot go on. The text says why and what to do."""


class Machine:
    """The computer that is set up: its files, below `root`, and its commands."""

    def __init__(self, root):
        self.root = Path(root)

    def at(self, path):
        return self.root / str(path).lstrip("/")

    def run(self, *command, **options):
        """Runs a program and returns what it wrote. Raises Stop where it fails."""
        done = subprocess.run([str(part) for part in command], text=True, capture_output=True, check=False, **options)
        if done.returncode:
            said = f"{done.stdout}{done.stderr}".strip()
            raise Stop(f"“{' '.join(map(str, command))}” did not work:\n{said[-2000:]}")
        return done.stdout

    def works(self, *command):
        """Whether a program ends well; what it writes is of no interest."""
        return not subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def write(self, path, text, mode=0o644):
        """The file holds this text, whole or not at all, and only those whom `mode` lets may read it."""
        target = self.at(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(target.name + ".new")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
        beside.replace(target)

    def read(self, path):
        """The text of a file, or "" where there is none."""
        try:
            return self.at(path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""


class Circle:
    """One community on this machine: a name for its files, and the settings that it runs with."""

    def __init__(self, machine, name):
        self.machine, self.name = machine, name
        self.settings_file = f"/etc/golem/{name}.env"
        self.data = f"/var/lib/golem/{name}"
        self.user = f"golem-{name}"
        self.service = f"golem@{name}"

    @classmethod
    def all(cls, machine):
        files = sorted(machine.at("/etc/golem").glob("*.env"))
        return [cls(machine, file.stem) for file in files]

    @property
    def settings(self):
        lines = self.machine.read(self.settings_file).splitlines()
        pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
        return {name: value.strip('"') for name, _equals, value in pairs}

    def keep(self, settings):
        """The settings stand in the circle's file, for root alone: the password of the mail account is in it."""
        lines = [f'{name}="{value}"' for name, value in settings.items() if value]
        head = f"# The settings of the circle “{self.name}”. After a change: systemctl restart {self.service}"
        self.machine.write(self.settings_file, "\n".join([head, *lines, ""]), mode=0o600)

    def command(self, *words):
        """Runs `flask --app golem` for this circle, as its own user, and returns what it says. Raises Stop."""
        line, surroundings = self._line(words)
        return self.machine.run(*line, **surroundings)

    def hand_over(self, *words):
        """The same, in the place of this program: it speaks for itself, and ends as it ends."""
        line, surroundings = self._line(words)
        sys.exit(subprocess.run(line, check=False, **surroundings).returncode)

    def _line(self, words):
        release = self.machine.at("/opt/golem/current")
        environment = {**self.settings, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        flask = [str(release / ".venv/bin/python"), "-m", "flask", "--app", "golem", *words]
        return ["runuser", "-u", self.user, "--", *flask], {"cwd": release, "env": environment}

    def answers(self):
        """Whether the site says that it is ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.settings['GOLEM_PORT']}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def start(self):
        """The circle runs with the code and the settings of now. Returns whether it answers."""
        return self.machine.works("systemctl", "restart", self.service) and self.waited()

    def waited(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.answers():
                return True
            time.sleep(0.5)
        return False


# What is asked


class Answers:
    """What whoever sets it up answers: at the keyboard, or from a file of lines such as `domain = jobs.example.org`."""

    def __init__(self, path=None):
        self.written = None
        if path:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
            pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
            self.written = {name.strip(): value.strip() for name, _equals, value in pairs}

    def ask(self, name, question, suggestion="", check=lambda text: None, secret=False):
        """One answer that passes the check, which returns a sentence against it or None."""
        while True:
            if self.written is not None:
                text = self.written.get(name, "") or suggestion
            else:
                shown = f" [{suggestion}]" if suggestion and not secret else " [as before]" if suggestion else ""
                text = input(f"\n{question}{shown}\n> ").strip() or suggestion
            problem = check(text)
            if not problem:
                return text
            if self.written is not None:
                raise Stop(f"{name}: {problem}")
            print(problem)


def no_name(text):
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,20}", text):
        return "Please use up to 21 small letters, digits and hyphens, beginning with a letter."
    return None


def no_domain(text):
    labels = text.split(".")
    fits = all(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", label) for label in labels)
    return None if fits and len(labels) > 1 else "Please write only the name, such as jobs.example.org."


def no_address(text):
    return (
        None if re.fullmatch(r"[^@\s\"\\$`]+@[^@\s\"\\$`]+\.[^@\s\"\\$`]+", text) else "Please write an email address."
    )


def no_host(text):
    fits = re.fullmatch(r"[A-Za-z0-9.-]+(:\d{1,5})?", text) if text else True
    return None if fits else "Please write the name of the mail server, such as smtp.example.org."


def no_folder(text):
    if not re.fullmatch(r"/[\w./-]+", text, re.ASCII) or ".." in text:
        return "Please write a path that begins with a slash, without spaces."
    if text.strip("/").partition("/")[0] in OUT_OF_REACH:
        return "The site cannot write there. Please write another path, such as /mnt/copies."
    return None


def already_taken(circle, domain):
    """The sentence against a domain that another circle has: the web server would take neither then."""
    others = [other for other in Circle.all(circle.machine) if other.name != circle.name]
    taken = [other.name for other in others if other.settings.get("GOLEM_URL") == f"https://{domain}"]
    return f"The circle “{taken[0]}” has this domain already." if taken else None


def about(circle, answers):
    """Asks everything about one circle. Returns its settings, its domain, and who gets the test letter."""
    before = circle.settings
    domain = answers.ask(
        "domain",
        "Which domain will people type? Its DNS entry has to lead to this machine.",
        before.get("GOLEM_URL", "").removeprefix("https://"),
        lambda text: no_domain(text) or already_taken(circle, text),
    )
    owner = answers.ask("owner", "Your own email address? The test letter goes there.", "", no_address)
    old_server, old_user = before.get("GOLEM_ONLINE_SERVER", ""), unquote(before.get("GOLEM_ONLINE_USER", ""))
    server = answers.ask(
        "mail_server",
        "Which mail server sends your letters? Its name, with the port if it is not 587. Empty: no letters for now.",
        old_server,
        no_host,
    )
    settings = {
        "GOLEM_DATA": circle.data,
        "GOLEM_PORT": before.get("GOLEM_PORT") or str(free_port(circle.machine)),
        "GOLEM_URL": f"https://{domain}",
        "GOLEM_PROXIES": "1",
    }
    if server:
        user = answers.ask("mail_user", "The name of your account there?", old_user)
        password = answers.ask("mail_password", "Its password?", old_password(before), secret=True)
        usual = before.get("GOLEM_MAIL_FROM") or user
        sender = answers.ask("mail_from", "Which address do letters come from?", usual, no_address)
        settings |= {
            "GOLEM_SMTP_URL": smtp_url(server, user, password),
            "GOLEM_MAIL_FROM": sender,
            "GOLEM_ONLINE_SERVER": server,
            "GOLEM_ONLINE_USER": quote(user, safe="@"),
        }
    backups = answers.ask(
        "backups",
        "Where does the second copy of each night go? Best is a folder on another disk or a mounted share.",
        before.get("GOLEM_BACKUPS") or f"/var/backups/golem/{circle.name}",
        no_folder,
    )
    kept = {name: value for name, value in before.items() if name not in settings and name != "GOLEM_BACKUPS"}
    return {**kept, **settings, "GOLEM_BACKUPS": own_folder(backups, circle)}, domain, owner


def own_folder(path, circle):
    """The circle's folder in the one that was answered, which stays as it is: others may have theirs there too."""
    path = path.rstrip("/")
    return path if path.endswith(f"/{circle.name}") else f"{path}/{circle.name}"


def smtp_url(server, user, password):
    """The mail account as one address. Port 465 speaks TLS from the start, every other by STARTTLS."""
    scheme = "smtps" if server.endswith(":465") else "smtp"
    account = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    return f"{scheme}://{account}{server}"


def old_password(settings):
    return unquote(urlsplit(settings.get("GOLEM_SMTP_URL", "")).password or "")


def free_port(machine):
    taken = {int(circle.settings.get("GOLEM_PORT", 0)) for circle in Circle.all(machine)}
    port = FIRST_PORT
    while port in taken or in_use(port):
        port += 1
    return port


def in_use(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# Setting up


def online(machine, answers, certificate):
    must_fit(machine)
    names = [circle.name for circle in Circle.all(machine)]
    suggestion = names[0] if len(names) == 1 else "circle"
    listed = f" Here are: {', '.join(names)}." if names else ""
    name = answers.ask("name", f"A short name for this circle, for its files?{listed}", suggestion, no_name)
    circle = Circle(machine, name)
    settings, domain, owner = about(circle, answers)
    warn_about_dns(domain)

    say("Installing what it needs …")
    machine.run("apt-get", "update", "-qq")
    machine.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES)
    if not machine.at("/opt/golem/current").exists():
        switch_to(machine, lay_down(machine))
    say("Making the circle's own user, folders and settings …")
    prepare(machine, circle, settings)
    write_caddy(machine, circle, domain, settings["GOLEM_PORT"], certificate)
    say("Starting it …")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", circle.service)
    if not circle.start():
        raise Stop(f"It does not answer. “journalctl -u {circle.service} -n 50” says why.")
    machine.run("systemctl", "reload-or-restart", "caddy")
    send_test_letter(circle, owner)
    say(f"\nGolem is at https://{domain}.")
    say(first_step(circle))


def must_fit(machine):
    """Raises Stop unless this is root on a Debian that is new enough."""
    if os.geteuid() != 0:
        raise Stop("This changes the machine, so only root can do it: type “sudo make online”.")
    if sys.version_info < (3, 11):  # noqa: UP036 (this runs with whatever Python the machine has)
        raise Stop("This needs Debian 12 or newer: its Python is 3.11.")
    if not shutil.which("apt-get") or not shutil.which("systemctl"):
        raise Stop("This is for Debian with systemd. For other systems README.md says what to do by hand.")


def warn_about_dns(domain):
    try:
        socket.getaddrinfo(domain, 443)
    except OSError:
        say(f"{domain} leads nowhere yet. Set its DNS entry to this machine; the certificate follows by itself then.")


def lay_down(machine):
    """Copies the code of this folder to a release of its own, and installs what it runs on. Returns the release."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    release = machine.at(f"/opt/golem/releases/{stamp}")
    release.mkdir(parents=True)
    source = HERE.parent
    left_out = ("/.git", "/.venv", "/data*", "__pycache__")
    machine.run("rsync", "-a", *(f"--exclude={name}" for name in left_out), f"{source}/", f"{release}/")
    machine.run("make", "-s", "site", cwd=release)
    machine.run("chmod", "-R", "go+rX,go-w", release)
    return release


def switch_to(machine, release):
    """From the next start on, every circle runs this release."""
    current, beside = machine.at("/opt/golem/current"), machine.at("/opt/golem/next")
    beside.unlink(missing_ok=True)
    beside.symlink_to(release)
    beside.replace(current)


def prepare(machine, circle, settings):
    if not machine.works("id", circle.user):
        home = ["--home-dir", circle.data, "--no-create-home", "--shell", "/usr/sbin/nologin"]
        machine.run("useradd", "--system", "--user-group", *home, circle.user)
    for folder in (circle.data, settings["GOLEM_BACKUPS"]):
        machine.at(folder).mkdir(parents=True, exist_ok=True)
        machine.run("chown", f"{circle.user}:{circle.user}", machine.at(folder))
        machine.at(folder).chmod(0o700)
    machine.at("/etc/golem").mkdir(parents=True, exist_ok=True)
    machine.at("/etc/golem").chmod(0o700)
    circle.keep(settings)
    machine.write("/etc/systemd/system/golem@.service", (HERE / "golem@.service").read_text(encoding="utf-8"))
    drop_in = f"/etc/systemd/system/{circle.service}.service.d/backups.conf"
    machine.write(drop_in, DROP_IN.format(backups=settings["GOLEM_BACKUPS"]))
    machine.write(
        "/usr/local/bin/golem", WRAPPER.format(script=machine.at("/opt/golem/current/deploy/online.py")), 0o755
    )


WRAPPER = """\
#!/bin/sh
# golem CIRCLE COMMAND …, such as: golem circle doctor
exec python3 {script} command "$@"
"""


def write_caddy(machine, circle, domain, port, certificate):
    tls = "tls internal" if certificate == "local" else ""
    machine.write(f"/etc/caddy/golem/{circle.name}.caddy", CADDY.format(domain=domain, port=port, certificate=tls))
    whole = machine.at("/etc/caddy/Caddyfile")
    if (before := machine.read("/etc/caddy/Caddyfile")) and "import golem/*.caddy" not in before:
        machine.write("/etc/caddy/Caddyfile.before-golem", before)
    machine.write("/etc/caddy/Caddyfile", (HERE / "Caddyfile.online").read_text(encoding="utf-8"))
    machine.run("caddy", "validate", "--adapter", "caddyfile", "--config", whole)


def send_test_letter(circle, owner):
    if not circle.settings.get("GOLEM_SMTP_URL"):
        say("There is no mail account yet, so no letters go out. Run “make online” again once you have one.")
        return
    try:
        say(circle.command("test-letter", owner).strip())
    except Stop as problem:
        say(f"The test letter did not go out. Run “make online” again and check the mail account.\n{problem}")


def first_step(circle):
    try:
        link = circle.command("setup-link").strip()
    except Stop:
        return "Its community is set up already."
    return f"Open this link, which works once, to name your community and make your account:\n\n    {link}\n"


# Updating


def update(machine):
    """Every circle runs the version of this folder. If one does not answer then, all run the version of before."""
    must_fit(machine)
    circles, before = Circle.all(machine), machine.at("/opt/golem/current").resolve()
    if not circles:
        raise Stop("There is no circle here yet: “make online” comes first.")
    say("Laying the new version beside the old one …")
    release = lay_down(machine)
    copies = set_all_aside(machine, circles)
    switch_to(machine, release)
    silent = [circle.name for circle in circles if not circle.start()]
    if silent:
        roll_back(machine, circles, copies, before)
        raise Stop(f"{', '.join(silent)} did not answer. The version of before, and its data, are in place again.")
    forget_old(machine, release, before)
    say("Updated. Every circle answers.")


def set_all_aside(machine, circles):
    """Stops every circle and copies what it has. Returns the copies by name. Where one fails, all of them run again."""
    copies, stopped = {}, []
    try:
        for circle in circles:
            say(f"Copying the data of “{circle.name}” …")
            stopped.append(circle)
            machine.run("systemctl", "stop", circle.service)
            copies[circle.name] = set_aside(machine, circle)
    except BaseException:
        for circle in stopped:
            circle.start()
        raise
    return copies


def set_aside(machine, circle):
    """Copies what a stopped circle has, without its copies of other days. Returns where it is now."""
    copy = Path(f"{machine.at(circle.data)}.before-update")
    if copy.exists():
        shutil.rmtree(copy)
    copy.mkdir(mode=0o700)
    for part in parts(machine.at(circle.data)):
        machine.run("cp", "-a", part, copy)
    return copy


def parts(folder):
    return [part for part in folder.iterdir() if part.name != "backups"]


def roll_back(machine, circles, copies, release):
    switch_to(machine, release)
    for circle in circles:
        machine.run("systemctl", "stop", circle.service)
        data = machine.at(circle.data)
        for part in parts(data):
            machine.run("rm", "-rf", part)
        for part in copies[circle.name].iterdir():
            machine.run("cp", "-a", part, data)
        circle.start()


def forget_old(machine, *kept):
    releases = sorted(machine.at("/opt/golem/releases").iterdir())
    for release in releases[:-RELEASES_KEPT]:
        if release not in kept:
            shutil.rmtree(release)


def say(text):
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("deed", choices=["online", "update", "command"])
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="for command: the circle and what to run for it")
    parser.add_argument("--root", default="/", help=argparse.SUPPRESS)
    parser.add_argument("--answers", help="a file with the answers, instead of the keyboard")
    parser.add_argument(
        "--certificate", choices=["public", "local"], default="public", help="local: made by Caddy itself"
    )
    options = parser.parse_args()
    machine = Machine(options.root)
    try:
        if options.deed == "online":
            online(machine, Answers(options.answers), options.certificate)
        elif options.deed == "update":
            update(machine)
        else:
            name, *words = options.rest or [""]
            if name not in [circle.name for circle in Circle.all(machine)]:
                raise Stop("Say which circle, then what: golem CIRCLE COMMAND, such as: golem circle doctor")
            Circle(machine, name).hand_over(*words)
    except (Stop, OSError) as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("\nStopped. Nothing is half done that running it again does not finish.")


if __name__ == "__main__":
    main()
