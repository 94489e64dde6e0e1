"""The queue: what waits for an organizer, oldest first, and acting on it, one or many at a time."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import ACTS, Assignment, HouseRules, Refused, StockReason, _, held_by_key, load, ngettext, queue, waiting

from .. import local, page, paginated, redisplay_on_refusal
from . import PAGE_SIZE, bp, succession_panel
from .reasons import typed_reason


@bp.get("")
def index():
    kind, typed = request.values.get("kind", ""), g.get("typed", {})
    shown = paginated(waiting(kind, current_user), PAGE_SIZE)
    items = load(shown.rows, current_user)
    acts = {item.key: item.acts(current_user) for item in items}
    return page(
        "desk/index.html",
        "queue",
        after_owner=succession_panel(),
        kind=kind if kind in ACTS else "",
        kinds=list(ACTS),
        total=shown.total,
        items=items,
        batch_acts=batch_acts(items, acts),
        stock=StockReason.by_act(),
        house_rules=HouseRules.current(),
        page=shown.number,
        last=shown.last,
        holders=Assignment.holders(),
        kept_reason=typed.get("reason", ""),
        all_chosen=chooses_all(),
        chosen=typed.getlist("item") if typed else [key for key in acts if acts[key]] if chooses_all() else [],
    )


def chooses_all():
    return request.args.get("choose") == "all"


def batch_acts(items, acts):
    """Which acts can be done with some of these items, by the kind of item.

    To uphold a report is not one of them: it says of each what follows.
    """
    found = {name: {act for item in items if item.kind == name for act in acts[item.key]} for name in ACTS}
    shown = {name: [act for act in ACTS[name] if act in able - {"uphold"}] for name, able in found.items()}
    return {name: some for name, some in shown.items() if some}


@bp.post("")
@redisplay_on_refusal(index)
def act():
    """Does one thing with every chosen item that it is for. What cannot be done is said, and holds up nothing else."""
    verb, keys = request.form.get("act", ""), request.form.getlist("item")[: 2 * PAGE_SIZE]
    if not keys:
        raise Refused(_("Choose at least one item first."))
    keys = [key for key in keys if verb in ACTS.get(key.partition(":")[0], ())]
    if not keys:
        raise Refused(_("That cannot be done with this."))
    done, problems, chosen = 0, {}, {item.key: item for item in queue(organizer=current_user, keys=keys)}
    for key in keys:
        try:
            if key not in chosen:
                raise Refused(_("This has been dealt with in the meantime."))
            chosen[key].act(current_user, verb, typed_reason(), request.form.get(f"version.{key}", type=int))
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
        return redirect(request.script_root + page, 303)
    kind, number = request.form.get("kind"), request.args.get("page")
    return redirect(url_for(".index", kind=kind or None, page=number), 303)
