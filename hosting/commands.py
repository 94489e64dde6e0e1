"""The commands of `flask --app golem`."""

import click

import models
from models import Refused


def add_commands(app):
    @app.cli.command("sweep")
    def sweep():
        """Run every overdue deadline; prints how many records were overdue."""
        click.echo(f"{models.sweep()} clocks had run out.")

    @app.cli.command("reconcile")
    def reconcile():
        """Bring every payment up to what Stripe knows of it."""
        looked = app.extensions["reconciler"].reconcile()
        if looked is None:
            raise click.ClickException("Stripe could not be asked about all of them: try again later.")
        click.echo(f"{looked} payments are as Stripe has them.")

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
