"""The commands of `flask --app golem member`."""

import click

import journal
from models import Member, OneTimeLink, Refused, SignIn, email_form


def member_commands(settings):
    """The commands about members, for whoever works on the server itself: also where nobody can sign in any more."""
    group = click.Group(
        "member", help="List members, let them in, give them a role, sign them out.", callback=journal.to_stderr
    )

    @group.command("list")
    @click.option("--all", "everybody", is_flag=True, help="Everybody, not only organizers and owners.")
    def list_members(everybody):
        """Print the organizers and owners: address, role, standing, browsers signed in."""
        shown = Member.select().order_by(Member.id)
        if not everybody:
            shown = shown.where(Member.role.in_(("organizer", "owner")))
        for member in shown:
            click.echo(
                f"{member.email}  {member.role}  {member.state}  {len(SignIn.of(member))} signed in  {member.name}"
            )

    @group.command("link")
    @click.argument("address")
    def link(address):
        """Print a link with which the member with this ADDRESS signs in once, and chooses a new password."""
        token = OneTimeLink.by_command(find_member(address))
        click.echo(f"{settings.url}/sign-in/{token}")

    @group.command("appoint")
    @click.argument("address")
    @click.option("--owner", is_flag=True, help="As an owner, not only an organizer.")
    def appoint(address, owner):
        """Make the member with this ADDRESS an organizer."""
        member = find_member(address)
        try:
            member.appoint_by_command(owner)
        except Refused as problem:
            raise click.ClickException(str(problem)) from None
        click.echo(f"{member.name} is an {member.role} now.")

    @group.command("end-sessions")
    @click.argument("address")
    def end_sessions(address):
        """Sign the member with this ADDRESS out of every browser, and end every open link."""
        click.echo(f"{find_member(address).end_sessions_by_command()} browsers were signed out.")

    @group.command("reset-factor")
    @click.argument("address")
    def reset_factor(address):
        """Let the member with this ADDRESS sign in without the second step, which they have lost."""
        member = find_member(address)
        try:
            member.reset_factor_by_command()
        except Refused as problem:
            raise click.ClickException(str(problem)) from None
        click.echo(f"{member.name} signs in without a second step, and was told. No browser of theirs is signed in.")

    return group


def find_member(address):
    """The member with this address. Stops the command with a sentence where nobody has it."""
    member = Member.get_or_none(Member.email == email_form(address))
    if member is None:
        raise click.ClickException("No member has this address. “member list --all” prints them all.")
    return member
