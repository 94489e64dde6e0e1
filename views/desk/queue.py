"""The queue: what waits for an organizer, oldest first, and acting on it, one or many at a time."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import ACTS, Assignment, Refused, _, load, ngettext, queue, waiting

from .. import page, paginated, redisplay_on_refusal
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
    found = [item for item in queue(organizer=current_user, keys=[key_sent()]) if item.mine(current_user)]
    if not found:
        raise Refused(_("This has been dealt with in the meantime."))
    Assignment.take(current_user, found[0].held_as)
    flash(_("It is yours for half an hour: the other organizers see that."))
    return back()


@bp.post("/let-go")
@redisplay_on_refusal(index)
def let_go():
    for item in queue(organizer=current_user, keys=[key_sent()]):
        Assignment.let_go(current_user, item.held_as)
    flash(_("Anybody can take it now."))
    return back()


def key_sent():
    return request.form.get("item", "")


def back():
    """To the page of the queue that the form was on."""
    kind, number = request.form.get("kind"), request.args.get("page")
    return redirect(url_for(".index", kind=kind or None, page=number), 303)
