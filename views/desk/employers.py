"""The employer register, the block lists with their dry run, and what employers wrote."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import (
    ADMITTED,
    Block,
    Employer,
    Hits,
    Inquiry,
    Member,
    Referral,
    _,
    fold,
    touched_by,
    written_for,
)

from .. import find_or_404, page, redisplay_on_refusal
from ..forms import BlockForm, EmployerForm
from . import bp


@bp.get("/employers")
def employers():
    typed = g.get("typed", {})
    return page(
        "desk/employers.html",
        form=EmployerForm(typed if "rule" in typed else None),
        block=BlockForm(typed if "pattern" in typed else None),
        hits=g.get("hits"),
        touched=g.get("touched") or touched_by_newest(request.args.get("saved")),
        employers=sorted(Employer.select(), key=lambda employer: fold(employer.name)),
        blocks=sorted(Block.select(), key=lambda block: fold(block.pattern)),
    )


def touched_by_newest(id):
    """What the rule that was just saved touches, or None."""
    row = Employer.get_or_none(Employer.id == int(id)) if is_number(id) else None
    return row and touched_by(current_user, row.name, row.policy, row.public)


def is_number(typed):
    return bool(typed) and typed.isascii() and typed.isdecimal() and len(typed) < 10


@bp.post("/employers")
@redisplay_on_refusal(employers)
def register():
    form = EmployerForm.sent()
    rule = (form.name.data, form.rule.data, form.public.yes)
    if request.form.get("act") == "try":
        g.typed, g.touched = request.form, touched_by(current_user, *rule)
        return employers()
    row = Employer.register(current_user, *rule, form.note.data)
    flash(_("The register says so from now on. Postings that are up already stay until somebody acts on them."))
    return redirect(url_for(".employers", saved=row.id), 303)


@bp.post("/blocks")
@redisplay_on_refusal(employers)
def block():
    form = BlockForm.sent()
    here = Member.select().where(Member.state.in_(ADMITTED))
    among = list(here) if form.kind.data == "domain" else written_for(current_user)
    if request.form.get("act") == "try":
        hits, _all = Block.dry_run(form.kind.data, form.pattern.data, among)
        g.typed, g.hits = request.form, Hits.of(hits)
        return employers()
    Block.add(current_user, form.kind.data, form.pattern.data, among)
    flash(_("It is kept out from now on."))
    return redirect(url_for(".employers"), 303)


@bp.post("/blocks/<int:id>/drop")
@redisplay_on_refusal(lambda id: employers())
def drop_block(id):
    find_or_404(Block.select(), Block.id == id).drop(current_user)
    flash(_("It is allowed again."))
    return redirect(url_for(".employers"), 303)


@bp.get("/contacts/<int:id>")
def contact(id):
    inquiry = find_or_404(Inquiry.select().where(Inquiry.known_to(current_user)), Inquiry.id == id)
    referrals = Referral.about_employer(inquiry.employer, current_user)
    return page("desk/contact.html", inquiry=inquiry, referrals=referrals)
