"""Members at the desk: who they are, what has been done, and what can be done about it."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import (
    CHANGE_DAYS,
    Action,
    Authenticator,
    Beside,
    Event,
    Handover,
    HouseRules,
    Member,
    OneTimeLink,
    Passkey,
    Report,
    Verification,
    Workplace,
    _,
    clean_line,
    count_each,
    may_know_event,
    with_related,
)

from .. import as_shown, find_or_404, hold_on, page, paginated, redisplay_on_refusal
from ..addresses import page_address
from ..confirming import ask_again
from ..forms import ActionForm, DocumentForm, KnownForm
from ..own_data import prove
from . import PAGE_SIZE, bp

VERBS = (
    *("admit", "turn_down", "give_second_chance", "take_off_tree", "trust", "distrust", "appoint", "make_owner"),
    *("dismiss", "end_sessions", "reset_factor"),
)
GRAVE = ("appoint", "make_owner", "dismiss", "reset_factor")
ACTION_VERBS = ("undo", "keep", "reverse")
MOST_CHANGES = 50  # So many of the latest changes of workplaces are shown.
CHECKS = {"know": KnownForm, "see_document": DocumentForm}


def find(id):
    return find_or_404(Member.select(), Member.id == id)


def find_action(id):
    return find_or_404(Action.select().where(Action.known_to(current_user)), Action.id == id)


def find_check(id):
    return find_or_404(Verification.readable_by(current_user), Verification.id == id)


@bp.get("/members")
def members():
    words = clean_line(request.args.get("words"))[:100]
    shown = paginated(Member.search(words), PAGE_SIZE)
    return page(
        "desk/members.html",
        "members",
        members=shown.rows,
        words=words,
        page=shown.number,
        last=shown.last,
        changes=Workplace.shown_to(current_user, Workplace.changes().limit(MOST_CHANGES)),
        days=CHANGE_DAYS,
    )


@bp.get("/members/<int:id>")
def member(id):
    member = find(id)
    history = Event.select().where((Event.member == member) | (Event.actor == member), Event.claim.is_null())
    history = history.where(Event.verb != "report.make", may_know_event(current_user)).order_by(Event.id.desc())
    counts = count_each(
        history=history,
        reported=Report.select().where(Report.member == member, Report.judgeable_by(current_user)),
        backlog=Report.select().where(Report.by == member, Report.state == "open", Report.judgeable_by(current_user)),
        apps=Authenticator.counting(member),
        passkeys=Passkey.of(member),
    )
    Member.has_factor.keep(member, counts["apps"] + counts["passkeys"] > 0)
    shown = paginated(history, PAGE_SIZE, total=counts["history"])
    return page(
        "desk/member.html",
        "member",
        member=member,
        history=with_related(shown.rows, "actor"),
        shown=shown,
        form=ActionForm(g.get("typed")),
        actions=list(Action.of(member).where(Action.known_to(current_user))),
        verbs=VERBS,
        grave=GRAVE,
        house_rules=HouseRules.current(),
        no_beside=Beside.obstacle(current_user, member),
        no_link=OneTimeLink.obstacle(current_user, member),
        reported=counts["reported"],
        backlog=counts["backlog"],
        **hold_on(member),
        workplaces=Workplace.shown_to(current_user, Workplace.stated(member)),
    )


@bp.post("/members/<int:id>/act")
@redisplay_on_refusal(member)
def take_action(id):
    member, form = as_shown(find(id)), ActionForm.sent()
    Action.take(current_user, member, **form.data)
    flash(_("Done. %(name)s was told, and the log has it.", name=member.name))
    return redirect(url_for(".member", id=id), 303)


@bp.post(f"/members/<int:id>/<any({','.join(VERBS)}):verb>")
@ask_again(*GRAVE)
@redisplay_on_refusal(lambda id, verb: member(id))
def change_standing(id, verb):
    person = as_shown(find(id))
    getattr(person, verb)(current_user, reason=request.form.get("reason"))
    flash(_("Done. %(name)s was told.", name=person.name))
    return redirect(url_for(".member", id=id), 303)


@bp.post(f"/members/<int:id>/<any({','.join(CHECKS)}):verb>")
@redisplay_on_refusal(lambda id, verb: member(id))
def check(id, verb):
    person, form = find(id), CHECKS[verb].sent()
    getattr(Verification, verb)(current_user, person, form.employer.data)
    flash(_("Done. %(name)s was told.", name=person.name))
    return redirect(url_for(".member", id=id), 303)


@bp.get("/members/<int:id>/checks")
def checks(id):
    member = find(id)
    return page("desk/checks.html", member=member, checks=Verification.shown_to(member, current_user))


@bp.post("/verifications/<int:id>/revoke")
@redisplay_on_refusal(lambda id: checks(find_check(id).member_id))
def revoke(id):
    verification = as_shown(find_check(id))
    verification.revoke(current_user, reason=request.form.get("reason"))
    flash(_("Done. %(name)s was told.", name=verification.member.name))
    return redirect(url_for(".checks", id=verification.member_id), 303)


@bp.post("/members/<int:id>/address")
@ask_again()
@redisplay_on_refusal(member)
def correct_address(id):
    person = as_shown(find(id))
    email = clean_line(request.form.get("email"))[:254]
    person.correct_address(current_user, email, reason=request.form.get("reason"))
    flash(_("Done. %(name)s was told.", name=person.name))
    return redirect(url_for(".member", id=id), 303)


@bp.post("/members/<int:id>/name")
@redisplay_on_refusal(member)
def correct_name(id):
    person = as_shown(find(id))
    person.correct_name(current_user, request.form.get("name"), reason=request.form.get("reason"))
    flash(_("Done. %(name)s was told.", name=person.name))
    return redirect(url_for(".member", id=id), 303)


@bp.post("/members/<int:id>/link")
@ask_again()
@redisplay_on_refusal(lambda id: members())
def link(id):
    member = find(id)
    token = OneTimeLink.for_member(member, current_user)
    return page("desk/link.html", member=member, address=page_address("accounts.sign_in_once", token=token))


@bp.post("/members/<int:id>/hand_over")
@redisplay_on_refusal(member)
def hand_over(id):
    heir = find(id)
    prove(request.form.get("hand_over_password", ""), "hand_over_password")
    Handover.offer(current_user, heir)
    flash(_("%(name)s was asked. You stay the owner until they say yes.", name=heir.name))
    return redirect(url_for(".member", id=id), 303)


@bp.get("/actions/<int:id>")
def action(id):
    record = find_action(id)
    return page("desk/action.html", "action", action=record, **hold_on(record))


@bp.post(f"/actions/<int:id>/<any({','.join(ACTION_VERBS)}):verb>")
@redisplay_on_refusal(lambda id, verb: action(id))
def change_action(id, verb):
    record = as_shown(find_action(id))
    getattr(record, verb)(current_user, reason=request.form.get("reason"))
    flash(_("Done. %(name)s was told.", name=record.member.name))
    return redirect(url_for(".action", id=id), 303)
