"""Joining, signing in and out, and what a member changes about themselves."""

from flask import Blueprint, current_app, flash, g, redirect, request, session, url_for
from flask_login import LoginManager, current_user, login_required, login_user, logout_user

from models import (
    SETTING_A_PASSWORD,
    Action,
    Beside,
    HouseRules,
    Member,
    NotYours,
    OneTimeLink,
    PendingSignIn,
    Policy,
    SignIn,
    _,
    email_form,
    needs_factor,
    new_token,
    with_related,
)

from . import as_shown, find_or_404, limiter, local, page, redisplay_on_refusal, sends_letters
from .browsers import remember_browser
from .forms import (
    AgainForm,
    ApplicationForm,
    AwayForm,
    JoinForm,
    NewAddressForm,
    NewPasswordForm,
    PasswordForm,
    ProfileForm,
    SignInForm,
)
from .limits import JOINS, LINKS_USED, asking_for_letters, guessing

bp = Blueprint("accounts", __name__)
logins = LoginManager()


def init(app):
    logins.init_app(app)
    app.before_request(keep_to_the_hall)


@logins.user_loader
def member_of(token):
    return SignIn.member_for(token)


@logins.unauthorized_handler
def signed_out():
    asked = local(request.full_path) if request.method == "GET" else None
    address = url_for("accounts.sign_in", next=asked)
    if request.htmx:
        return "", 401, {"HX-Redirect": address}
    flash(_("Please sign in first."), "hint")
    return redirect(address, 303)


# Where those may go who are not in, or not at present: to their account, and to what everybody may read.
HALL = ("accounts", "factors", "sign_ins", "own_data", "health", "employers", "letters", "setup", None)
READ_BY_ALL = ("board.about", "board.who_sees_what", "house_rules.show")


def keep_to_the_hall():
    """Applicants see that they wait; the suspended see why, and how to appeal."""
    if request.blueprint in HALL or request.endpoint in READ_BY_ALL or not current_user.is_authenticated:
        return None
    if not current_user.admitted or current_user.unconfirmed:
        return redirect(url_for("accounts.waiting"), 303)
    if current_user.kept_out:
        return redirect(url_for("accounts.standing"), 303)
    return None


def welcome(member, onward, **brought):
    """The one way in, after a password, a link or a new account. Returns the address to go on to.

    Where the member is asked for a second factor that address is the question, and they are not signed in yet: see
    PendingSignIn. `brought` holds what `SignIn.enter` takes: shared, link, password_hash. Raises Refused where the link
    no longer works.
    """
    browser, replaced = request.user_agent.string, sign_in_here()
    if needs_factor(member):
        pending = PendingSignIn.begin(member, browser, onward, **brought)
        session["pending"] = pending.token
        return url_for("factors.ask")
    sign_in_with(SignIn.enter(member, browser, replacing=replaced, **brought))
    return onward


def sign_in_with(member):
    """This browser holds the member's new sign-in, and nothing of what it held before."""
    session.clear()
    session.permanent = not member.sign_in.shared  # Without it the cookie goes when the browser is closed.
    login_user(member)


def sign_in_here():
    """The row of the sign-in that this browser has already, or None: a new one takes its place."""
    return current_user.sign_in if current_user.is_authenticated else None


@bp.get("/join")
def join():
    policy = Policy.current()
    form = (ApplicationForm if policy.joining == "application" else JoinForm)(g.get("typed"))
    rules = HouseRules.current()
    return page("accounts/join.html", form=form, policy=policy, rules=rules, invitation=None, key=new_key())


@bp.post("/join")
@redisplay_on_refusal(join)
@limiter.limit(JOINS)
def create():
    door = Policy.current().joining
    if door == "closed":
        raise NotYours(_("Nobody can join at the moment: the door is closed."))
    if door == "invitation":
        raise NotYours(_("People join by invitation here. Somebody who is in can send you one."))
    if door == "application" or sends_letters():
        knock(door)
        return redirect(url_for(".knocked"), 303)
    address = welcome(Member.join(**JoinForm.sent().columns(), key=sent_key()), url_for(".show"))
    flash(_("Welcome! Tell the others what you can help with."))
    return redirect(address, 303)


def knock(door):
    """Somebody asks to come in, and learns nothing about who is in already."""
    form = (ApplicationForm if door == "application" else JoinForm).sent()
    state = "applicant" if door == "application" else "new"
    Member.knock(**form.columns(), state=state, by_letter=sends_letters(), key=sent_key())


@bp.get("/join/sent")
def knocked():
    """Where everybody ends who asked to come in, whether their address is known or not."""
    return page("accounts/knocked.html")


def new_key():
    """The key of a form by which somebody joins: of two presses in this browser, the second is known by it."""
    session["form_key"] = new_token()
    return session["form_key"]


def sent_key():
    """The key that came with the form, where this browser has it; else ""."""
    key = request.form.get("form_key", "")
    return key if key and key == session.get("form_key") else ""


@bp.get("/waiting")
@login_required
def waiting():
    form = AgainForm(g.get("typed"), data={"answer": current_user.answer})
    return page("accounts/waiting.html", form=form, policy=Policy.current())


@bp.post("/waiting/apply_again")
@login_required
@redisplay_on_refusal(waiting)
def apply_again():
    member = as_shown(current_user)
    member.apply_again(member, AgainForm.sent().answer.data)
    flash(_("Thank you. Your application waits for an organizer again."))
    return redirect(url_for(".waiting"), 303)


@bp.get("/sign-in")
def sign_in():
    return page("accounts/sign_in.html", form=SignInForm(g.get("typed")), next=request.values.get("next", ""))


@bp.post("/sign-in")
@redisplay_on_refusal(sign_in)
def enter():
    form = SignInForm.sent()
    with guessing(email_form(form.email.data)):
        member = Member.by_password(form.email.data, form.password.data)
    onward = welcome(member, way_back(request.form.get("next")), shared=form.shared.data)
    return redirect(onward if current_user.is_anonymous else url_for(".arrive", next=onward), 303)


def way_back(address):
    """The address of the page that somebody was on their way to, or that of the board."""
    found = local(address)
    return request.script_root + found if found else url_for("board.index")


@bp.get("/signed-in")
def arrive():
    """The first page after signing in. Without the cookie it says why nobody is signed in; with it, it leads on."""
    target = way_back(request.args.get("next", "").removeprefix(request.script_root))
    if current_user.is_authenticated:
        return redirect(target, 303)
    flash(why_no_cookie(), "error")
    return page("accounts/sign_in.html", form=SignInForm(), next=target.removeprefix(request.script_root))


def why_no_cookie():
    url = current_app.config["GOLEM"].url
    if url.startswith("https:") and not request.is_secure:
        return _("You are not signed in: this site only signs you in at %(address)s. Open that address.", address=url)
    return _("You are not signed in: your browser did not keep our cookie. Allow cookies for this site, and try again.")


@bp.get("/sign-in/<token>")
def sign_in_once(token):
    link = OneTimeLink.find(SETTING_A_PASSWORD, token)
    return page("accounts/new_password.html", form=NewPasswordForm(), member=link.member)


@bp.post("/sign-in/<token>")
@redisplay_on_refusal(sign_in_once)
@limiter.limit(LINKS_USED)
def enter_once(token):
    form, link = NewPasswordForm.sent(), OneTimeLink.find(SETTING_A_PASSWORD, token)
    new = link.member.new_password(form.password.data)
    address = welcome(link.member, url_for("board.index"), link=link, password_hash=new)
    flash(_("Your new password counts from now on."))
    return redirect(address, 303)


@bp.post("/account/links/dismiss")
@login_required
def dismiss_links():
    OneTimeLink.dismiss(current_user)
    flash(_("Thank you for looking."))
    return redirect(url_for(".show"), 303)


@bp.post("/sign-out")
@login_required
def sign_out():
    current_user.sign_in.close()
    logout_user()
    flash(_("You are signed out. See you soon."), "farewell")
    answer = redirect(url_for("board.index"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # Not "cookies": other sites on this machine have theirs.
    return answer


@bp.get("/standing")
@login_required
def standing():
    actions = Action.with_paths(with_related(Action.of(current_user), "by", "referral"))
    Action.know_who_hears([action for action in actions if action.state == "appealed"])
    return page("accounts/standing.html", "standing", actions=actions, reports=current_user.reports)


@bp.post("/standing/<int:id>/appeal")
@login_required
@redisplay_on_refusal(lambda id: standing())
def appeal(id):
    action = as_shown(find_or_404(Action.of(current_user), Action.id == id))
    action.appeal(current_user, reason=request.form.get("reason"))
    flash(
        _("Your appeal is with the organizers. You will have a notice.")
        if action.heard_by
        else _("Your appeal is noted. Below is what happens where nobody here can hear it.")
    )
    return redirect(url_for(".standing"), 303)


@bp.get("/account")
@login_required
def show():
    form = ProfileForm(g.get("typed") if "name" in g.get("typed", {}) else None, obj=current_user)
    addresses = NewAddressForm(g.get("typed") if "present" in g.get("typed", {}) else None)
    return page(
        "accounts/show.html",
        form=form,
        passwords=PasswordForm(),
        addresses=addresses,
        policy=Policy.current(),
        waiting=list(Beside.open_for(current_user)),
    )


@bp.post("/account")
@login_required
@redisplay_on_refusal(show)
def introduce():
    as_shown(current_user).introduce(**ProfileForm.sent().columns())
    flash(_("Your profile is saved."))
    return redirect(url_for(".show"), 303)


@bp.post("/account/away")
@login_required
@redisplay_on_refusal(show)
def go_away():
    as_shown(current_user).go_away(current_user, AwayForm.sent().until.data)
    flash(_("Saved. Deadlines that wait for you stand still until then."))
    return redirect(url_for(".show"), 303)


@bp.post("/account/back")
@login_required
@redisplay_on_refusal(show)
def come_back():
    as_shown(current_user).come_back(current_user)
    flash(_("Welcome back! Your deadlines run again, with the time that was left."))
    return redirect(url_for(".show"), 303)


@bp.post("/account/step-down")
@login_required
@redisplay_on_refusal(show)
def step_down():
    as_shown(current_user).step_down(current_user)
    flash(_("You are no longer an organizer. Thank you for your work."))
    return redirect(url_for(".show"), 303)


@bp.post("/account/password")
@login_required
@redisplay_on_refusal(show)
def change_password():
    form = PasswordForm.sent()
    with guessing(current_user.email):
        current_user.confirm(form.old.data, field="old")
    current_user.change_password(form.password.data)
    remember_browser()
    flash(_("Your new password counts from now on. Other browsers were signed out."))
    return redirect(url_for(".show"), 303)


@bp.post("/account/address")
@login_required
@redisplay_on_refusal(show)
@asking_for_letters
def change_address():
    form = NewAddressForm.sent()
    with guessing(current_user.email):
        current_user.confirm(form.present.data, field="present")
    if current_user.change_address(form.email.data, by_letter=sends_letters()):
        remember_browser()
        flash(_("You sign in with your new address from now on. Other browsers were signed out."))
    else:
        flash(_("Look at your mail: the new address counts once you open the link in the letter."))
    return redirect(url_for(".show"), 303)


@bp.get("/.well-known/change-password")
def well_known_change_password():
    return redirect(url_for(".show"), 303)
