"""The employer register, the block lists with their dry run, and what employers wrote."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import Block, Employer, Inquiry, Member, Referral, _, fold

from .. import find_or_404, page, redisplay_on_refusal
from ..forms import BlockForm, EmployerForm
from . import bp


@bp.get("/employers")
def employers():
    typed = g.get("typed", {})
    form = EmployerForm(typed if "rule" in typed else None)
    block = BlockForm(typed if "pattern" in typed else None)
    known = sorted(Employer.select(), key=lambda employer: fold(employer.name))
    blocks = sorted(Block.select(), key=lambda block: fold(block.pattern))
    return page("desk/employers.html", form=form, block=block, hits=g.get("hits"), employers=known, blocks=blocks)


@bp.post("/employers")
@redisplay_on_refusal(employers)
def register():
    form = EmployerForm.sent()
    Employer.register(current_user, form.name.data, form.rule.data, form.public.yes, form.note.data)
    flash(_("The register says so from now on. Postings that are up already stay until somebody acts on them."))
    return redirect(url_for(".employers"), 303)


@bp.post("/blocks")
@redisplay_on_refusal(employers)
def block():
    form = BlockForm.sent()
    published = Referral.visible_to(current_user).where(Referral.state == "published")
    among = list(Member.select() if form.kind.data == "domain" else published)
    if request.form.get("act") == "try":
        g.typed, g.hits = request.form, Block.dry_run(form.kind.data, form.pattern.data, among)
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
