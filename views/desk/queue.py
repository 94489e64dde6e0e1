"""The queue: what waits for an organizer, oldest first, and acting on it, one or many at a time."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import ACTS, Assignment, Refused, _, held_by_key, load, ngettext, queue, waiting

from .. import local, page, paginated, redisplay_on_refusal
from . import PAGE_SIZE, bp


@bp.get("")
def index():
    kind = request.values.get("kind", "")
    shown = paginated(waiting(kind, current_user), PAGE_SIZE)
    return page(
        "desk/index.html",
        "queue",
        kind=kind if kind in ACTS else "",
        kinds=list(ACTS),
        total=shown.total,
        items=load(shown.rows, current_user),
        page=shown.number,
        last=shown.last,
        holders=Assignment.holders(),
        kept_reason=g.get("typed", {}).get("reason", ""),
        chosen=g.get("typed", request.args).getlist("item"),
    )


@bp.post("")
@redisplay_on_refusal(index)
def act():
    """Does one thing with every chosen item. What cannot be done is said, and does not hold up the rest."""
    keys, verb, reason = request.form.getlist("item"), request.form.get("act", ""), request.form.get("reason", "")
    if not keys:
        raise Refused(_("Choose at least one item first."))
    keys = keys[: 2 * PAGE_SIZE]
    done, problems, chosen = 0, {}, {item.key: item for item in queue(organizer=current_user, keys=keys)}
    for key in keys:
        try:
            if key not in chosen:
                raise Refused(_("This has been dealt with in the meantime."))
            chosen[key].act(current_user, verb, reason, request.form.get(f"version.{key}", type=int))
            done += 1
        except Refused as problem:
            problems[str(problem)] = problems.get(str(problem), 0) + 1
    if not done:
        raise Refused(" ".join(problems))
    flash(ngettext("%(num)s item is done.", "%(num)s items are done.", done))
    for problem, count in problems.items():
        flash(
            ngettext("%(num)s item was left: %(why)s", "%(num)s items were left: %(why)s", count, why=problem), "error"
        )
    return back()


@bp.post("/hold")
@redisplay_on_refusal(index)
def hold():
    Assignment.take(current_user, key_sent())
    flash(_("It is yours for half an hour: the other organizers see that."))
    return back()


@bp.post("/take-over")
@redisplay_on_refusal(index)
def take_over():
    Assignment.take(current_user, key_sent(), over=request.form.get("reason", ""))
    flash(_("It is yours for half an hour, and they were told."))
    return back()


@bp.post("/let-go")
@redisplay_on_refusal(index)
def let_go():
    Assignment.let_go(current_user, key_sent())
    flash(_("Anybody can take it now."))
    return back()


def key_sent():
    """What a record is held as, by that or by the key of its item in the queue. Raises Refused where there is none."""
    sent = request.form.get("item", "")
    if record := held_by_key(sent, current_user):
        return record.held_as
    found = [item for item in queue(organizer=current_user, keys=[sent]) if item.mine(current_user)]
    if not found:
        raise Refused(_("This has been dealt with in the meantime."))
    return found[0].held_as


def back():
    """To the page of a record, or of the queue, that the form was on."""
    if page := local(request.form.get("page")):
        return redirect(page, 303)
    kind, number = request.form.get("kind"), request.args.get("page")
    return redirect(url_for(".index", kind=kind or None, page=number), 303)
