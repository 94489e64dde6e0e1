"""The commands of `flask --app golem`."""

import sys
from pathlib import Path

import click

import journal
import models
from mail import Unsent
from models import Community, Heartbeat, OneTimeLink, Refused

from . import deletions, exports
from .archives import BackupFailed
from .doctor import FAIL, Doctor
from .member_commands import member_commands
from .restores import put_back
from .state import Unopened

MENDING = ("restore", "doctor")  # What works while the database must not be opened.


def add_commands(app, unopened=None, open_database=None):
    """`unopened` says why the database was not opened, or is None; `open_database` opens another."""
    add_copies(app, unopened, open_database)
    add_whole_communities(app)
    add_looks(app, unopened)
    add_first_steps(app)
    add_rounds(app)
    app.cli.add_command(member_commands(app.config["GOLEM"]))
    if unopened:
        leave_only(app, MENDING, unopened)


def add_copies(app, unopened, open_database):
    """Making copies and putting them back."""
    settings, backups = app.config["GOLEM"], app.extensions["backups"]

    @app.cli.command("backup")
    @click.argument("folder", type=click.Path(path_type=Path), required=False)
    def backup(folder):
        """Make a checked copy of everything, also while the site runs; in FOLDER, else in the data folder."""
        try:
            click.echo(f"Everything is in {backups.make(folder)}. Keep it as secret as the site: the key is in it.")
        except BackupFailed as problem:
            raise click.ClickException(str(problem)) from None

    @app.cli.command("restore")
    @click.argument("copy", type=click.Path(path_type=Path))
    def restore(copy):
        """Put COPY back, a backup or a golem.db. The site must not run; what is there now is kept beside."""
        hold(settings.folder)
        if not unopened:
            deletions.note(settings.folder.path)  # What was deleted a moment ago is on the list now.
        try:
            kept = put_back(copy, settings.data, open_database)
        except (BackupFailed, Unopened) as problem:
            raise click.ClickException(f"{problem} Nothing was changed.") from None
        except OSError as problem:
            raise click.ClickException(f"{copy} could not be put back: {problem}. Make room, and try again.") from None
        write_down("restore")
        click.echo(f"{copy} is in place. Everybody has to sign in again.")
        if kept:
            click.echo(f"What was there before is in {kept}. Delete that folder once all is well.")


def add_whole_communities(app):
    """A community moves to another machine."""
    settings = app.config["GOLEM"]

    @app.cli.command("export")
    @click.argument("file", type=click.Path(path_type=Path))
    def export(file):
        """Write the whole community to FILE, without passwords, sessions and links."""
        try:
            click.echo(f"{exports.export_community(file)} rows are in {file}.")
            write_down("export")
        except (exports.NotImported, OSError) as problem:
            raise click.ClickException(str(problem)) from None

    @app.cli.command("import")
    @click.argument("file", type=click.Path(path_type=Path, exists=True))
    def import_(file):
        """Fill an empty data folder from FILE, which `export` wrote."""
        hold(settings.folder)
        try:
            click.echo(f"{exports.import_community(file)} rows were read. Everybody needs a new password:")
            write_down("import")
        except exports.NotImported as problem:
            raise click.ClickException(str(problem)) from None
        click.echo("make the owner a link with `flask --app golem member link ADDRESS`; they make those of the others.")


def add_looks(app, unopened):
    """Looking whether all is well."""
    settings, backups = app.config["GOLEM"], app.extensions["backups"]

    @app.cli.command("doctor")
    def doctor():
        """Look at settings, disk, permissions, proxy, clock, mail, Stripe, database and copies. Changes nothing."""
        findings = []
        for finding in Doctor(settings, backups, app.extensions["reconciler"].gateway, unopened).findings():
            click.echo(str(finding))
            findings.append(finding)
        sys.exit(any(finding.level == FAIL for finding in findings))

    @app.cli.command("test-letter")
    @click.argument("address")
    def test_letter(address):
        """Send a letter to ADDRESS now, and say how that went."""
        if not settings.mailbox:
            raise click.ClickException("No mail server is set: GOLEM_SMTP_URL and GOLEM_MAIL_FROM say which.")
        try:
            settings.mailbox.send_test(address)
        except Unsent as problem:
            raise click.ClickException(f"The mail server did not take it: {problem} {problem.answer}".strip()) from None
        click.echo(f"The mail server took a test letter for {address}. Look whether it arrives.")


def add_first_steps(app):
    """A community begins, in earnest or to look around."""
    settings = app.config["GOLEM"]

    @app.cli.command("setup-link")
    def setup_link():
        """Print a new link to set up the community with; those made before stop working."""
        if Community.current():
            raise click.ClickException("The community is set up already: sign in instead.")
        write_down("setup-link")
        click.echo(f"{settings.url or settings.listening_at(settings.port)}/setup?key={OneTimeLink.for_setup()}")

    @app.cli.command("demo")
    @click.option("--referrals", default=150, show_default=True, help="How many referrals to make.")
    def demo(referrals):
        """Fill an empty community with a believable neighbourhood."""
        from demo import fill

        try:
            for line in fill(referrals):
                click.echo(line)
        except Refused as problem:
            raise click.ClickException(str(problem)) from None


def add_rounds(app):
    """What the serving process does by itself, again and again."""

    @app.cli.command("sweep")
    def sweep():
        """Run every overdue deadline, and delete what is past its time; prints how much that was."""
        overdue = models.keep_time()
        if Heartbeat.clocks_stand():
            raise click.ClickException("The clocks stand still until an organizer chooses at the desk how they go on.")
        click.echo(f"{overdue} clocks had run out.")
        click.echo(f"{models.purge()} rows were past their time.")
        deletions.note(app.config["GOLEM"].folder.path)

    @app.cli.command("reconcile")
    def reconcile():
        """Bring every payment up to what Stripe knows of it."""
        looked = app.extensions["reconciler"].reconcile()
        if looked is None:
            raise click.ClickException("Stripe could not be asked about all of them: try again later.")
        click.echo(f"{looked} payments are as Stripe has them.")


def hold(folder):
    """No other process can serve this folder until the command ends. Says so where one does."""
    folder.hold()
    click.get_current_context().call_on_close(folder.let_go)


def write_down(what):
    """Says in the journal what this command did."""
    journal.to_stderr()
    journal.note(what, by="command")


def leave_only(app, names, reason):
    """Every other command says this reason, and does nothing."""

    def refuse(**_given):
        raise click.ClickException(str(reason))

    for name, command in app.cli.commands.items():
        if name not in names:
            command.callback = refuse
