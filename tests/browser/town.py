"""A community in which every page has something to show, and the list of those pages."""

from datetime import UTC, datetime, timedelta

from fakestripe import FakeStripe
from people import PASSWORD

from golem import create_app
from models import (
    Action,
    Block,
    Claim,
    Community,
    Employer,
    Inquiry,
    Invitation,
    Member,
    Merchant,
    OneTimeLink,
    Pledge,
    Policy,
    Referral,
    Report,
    sweep,
    today,
)

ROLE = {
    "employer": "Harbour Works",
    "industry": "31-33",
    "location": "Hamilton",
    "work_mode": "on_site",
    "pay_min": 5_500_000,
    "pay_max": 6_500_000,
    "pay_period": "year",
    "connection": "leaving",
    "influence": "I report to the person who hires.",
    "seats": 1,
    "closes_on": None,
}
DUTIES = """Build and mend **wooden boats**:

1. choose the timber
2. plane, steam and fit it

> No two boats are the same."""
PRICES = {"good_word": 5000, "introduction": 0, "reference": 0, "interview_coaching": 12_550}
NOTE = "I have built boats all my life, and would move to Hamilton for this one."
ADDRESS = "https://harbour.example.org/" + "a-very-long-path" * 8
LONGEST_WORD = "Wirtschaftsprüfungsgesellschaftsmitarbeiterversicherungsangelegenheiten"


class Town:
    """`places` holds the parts of addresses by name; `address` is where it is served."""

    address = None

    def __init__(self, folder, clock):
        with FakeStripe() as self.gateway:
            self.build(folder, clock)

    def build(self, folder, clock):
        """Stripe is there only while the town is built: nobody who looks at a page asks it for anything."""
        keys = {"STRIPE_SECRET_KEY": "sk_test_golem", "STRIPE_WEBHOOK_SECRET": "whsec_golem"}
        settings = {"GOLEM_DATA": str(folder), "GOLEM_LIMITS": "off", "STRIPE_API_BASE": self.gateway.url, **keys}
        self.app = create_app(settings)
        self.app.testing = True
        self.database = self.app.config["GOLEM"].database
        self.places, self.cookies = {}, {}
        self.reconciler = self.app.extensions["reconciler"]
        present = datetime.now(UTC)
        clock.move_to(present - timedelta(days=60))
        self.people_join()
        self.roles_are_passed_on()
        self.cards_are_saved()
        for days in (25, 16, 1, 0):
            clock.move_to(present - timedelta(days=days))
            sweep()
            self.reconciler.reconcile()
        self.roles_are_posted()
        self.help_is_asked_for()
        self.help_goes_well_and_less_well()
        self.money_is_sent()
        self.cards_are_looked_at()
        self.the_desk_has_work()

    def cookies_of(self, name):
        """What the browser of this member, signed in, brings along."""
        if name == "nobody":
            return []
        if name not in self.cookies:
            browser = self.app.test_client()
            browser.post("/sign-in", data={"email": getattr(self, name).email, "password": PASSWORD})
            self.cookies[name] = browser.get_cookie(self.app.config["SESSION_COOKIE_NAME"]).value
        return [{"name": self.app.config["SESSION_COOKIE_NAME"], "value": self.cookies[name], "url": self.address}]

    def people_join(self):
        community = {"name": "Junction Job Circle", "place": "Toronto", "currency": "CAD"}
        owner = {"name": "Olga Owner", "email": "olga@example.org", "password": PASSWORD}
        link, zone = OneTimeLink.find("setup", OneTimeLink.for_setup()), {"timezone": "America/Toronto"}
        self.olga = Community.set_up(link, owner, community | zone, {"charging": True, "review": "none"})
        self.olga.ask_for_factor(None)
        Policy.current().change(self.olga, open_claims_cap=100)
        self.otto = Member.join("Otto Organizer", "otto@example.org", PASSWORD, role="organizer")
        self.hana = Member.join("Hana Helper", "hana@example.org", PASSWORD)
        self.sami = Member.join("Sami Seeker", "sami@example.org", PASSWORD)
        self.rosa = Member.join(f"Rosa {LONGEST_WORD}"[:80], "rosa@example.org", PASSWORD)
        self.nadia = Member.join("Nadia New", "nadia@example.org", PASSWORD)
        self.hana.introduce(
            headline="Shipwright, twenty years", can_help=f"Boats, and *who builds them*. See {ADDRESS}"
        )
        self.places |= {"hana": self.hana.id, "rosa": self.rosa.id}

    def takes_cards(self, on=True):
        if not on:
            return Merchant.current().turn_off(self.olga)
        self.reconciler.check()
        return Merchant.current().turn_on(self.olga, fee_percent=5, fee_cap=1000)

    def post(self, title, by=None, prices=PRICES, duties=DUTIES, **columns):
        by, last_day = by or self.hana, today() + timedelta(days=30)
        columns = {**ROLE, "title": title, "last_day": last_day, **columns}
        referral = Referral.draft(by, prices=prices, duties=duties, **columns)
        self.places[title] = referral.id
        return referral

    def publish(self, title, **columns):
        referral = self.post(title, **columns)
        referral.submit(referral.helper)
        return referral

    def roles_are_passed_on(self):
        """Sixty days ago: the guarantee of these hires is over by now, and what they are worth is due."""
        for title in ("late", "sent", "due", "paid"):
            self.hire(title)
        self.hire("given", help=["reference"]).thank(self.sami, f"Hana kept **every** promise. {ADDRESS}")
        self.publish("expired")

    def cards_are_saved(self):
        """As long ago. Otto has an account for what comes to him; Hana has begun to open one."""
        self.takes_cards()
        for title, by in (
            ("by bank", self.otto),
            ("by card", self.hana),
            ("by odd card", self.otto),
            ("in full", self.otto),
        ):
            claim = self.hire(title, of=by)
            self.save_card(claim, "4000002500003155" if title == "by bank" else "4242424242424242")
        for member in (self.hana, self.otto):
            self.reconciler.onboard(member, "http://127.0.0.1/back", "http://127.0.0.1/again")
        payout = self.otto.payout_accounts.get()
        self.gateway.onboard(payout.account)
        self.reconciler.look_at_account(payout)
        self.takes_cards(False)

    def save_card(self, claim, number):
        params = {"words": "Saved for later.", "back": "http://127.0.0.1/back", "locale": "auto"}
        page = self.reconciler.page(claim.pledge, "save_card", claim.seeker, **params)
        self.gateway.save(page.rpartition("/")[2], number)
        self.reconciler.look(claim.pledge)

    def cards_are_looked_at(self):
        self.takes_cards()
        self.accept("to agree by card")
        self.agree("without a card")
        odd = Claim.get_by_id(self.places["by odd card"]).pledge
        self.gateway.refund_in_dashboard(odd.intent, 100)
        self.reconciler.reconcile()
        states = sorted(pledge.state for pledge in Pledge.through_stripe())
        assert states == ["action_required", "paid", "pledged", "resting", "review"]
        self.places["year"] = today().year
        self.places |= {
            f"payment {title}": Pledge.get(claim=self.places[title]).id for title in ("by odd card", "in full")
        }
        self.takes_cards(False)

    def roles_are_posted(self):
        for number in range(25):
            self.publish(f"Boat builder {number}", by=self.otto)
        self.publish("Open", work_mode="remote", connection="works_there", last_day=None)
        self.publish(
            f"long {LONGEST_WORD}"[:100],
            by=self.rosa,
            employer=LONGEST_WORD,
            location=LONGEST_WORD,
            influence=LONGEST_WORD,
            duties=f"{LONGEST_WORD} {ADDRESS}\n\n    {LONGEST_WORD * 3}",
        )
        self.places["long"] = Referral.select().order_by(Referral.id.desc()).get().id
        self.post("draft")
        self.publish("paused").pause(self.hana)
        self.publish("hidden").hide(self.olga, reason="This employer asks us to wait.")
        removed = self.publish("removed")
        removed.hide(self.olga, reason="Somebody reported it.")
        removed.remove(self.olga, reason="There is no such employer.")
        policy = Policy.current().change(self.olga, review="all")
        self.publish("in review")
        self.publish("to change").ask_changes(self.olga, reason="Please say what the work is.")
        policy.change(self.olga, review="none")

    def request(self, title, by=None, of=None, help=("good_word", "reference")):
        claim = Claim.request(self.publish(f"Role: {title}", by=of), by or self.sami, NOTE, list(help))
        self.places[title] = claim.id
        return claim

    def accept(self, title, **request):
        claim = self.request(title, **request)
        claim.accept(claim.helper, "worked_together")
        return claim

    def agree(self, title, **request):
        claim = self.accept(title, **request)
        claim.agree(claim.seeker)
        return claim

    def hire(self, title, **request):
        claim = self.agree(title, **request)
        claim.report_hired(claim.seeker, start_date=today() + timedelta(days=1))
        claim.confirm(claim.helper)
        return claim

    def help_is_asked_for(self):
        self.request("requested")
        self.request("changes asked").ask_changes(self.hana, reason="Tell me about the last boat you built.")
        self.request("declined").decline(self.hana, reason="My manager has gone on leave.")
        first = self.request("accepted")
        second = Claim.request(first.referral, self.rosa, f"{LONGEST_WORD} {ADDRESS}", ["reference"])
        first.accept(self.hana, "worked_together")
        self.places["in line"] = second.id

    def help_goes_well_and_less_well(self):
        active = self.agree("active")
        active.mark(self.hana, "disclosed")
        active.mark(self.hana, "delivered:good_word")
        active.mark(self.sami, "received:good_word")
        for author in (self.hana, self.sami) * 3:
            active.say(author, f"Shall we *talk* on Thursday? {ADDRESS}")
        self.agree("reported").report_hired(self.sami, start_date=today() + timedelta(days=1))
        contested = self.agree("contested")
        contested.report_hired(self.hana, start_date=today() + timedelta(days=1))
        disputed = self.agree("disputed")
        disputed.report_hired(self.hana, start_date=today() + timedelta(days=1))
        disputed.contest(self.sami, reason=f"It is half a job. {LONGEST_WORD}")
        self.hire("hired")
        self.hire("ended early").report_ended(self.sami, reason="The yard has closed.")
        self.agree("not hired").report_not_hired(self.sami, outcome="role_cancelled")
        self.agree("released").release(self.hana, reason="I cannot speak for you any longer.")

    def money_is_sent(self):
        claims = {title: Claim.get_by_id(self.places[title]) for title in ("sent", "paid")}
        for claim in claims.values():
            claim.pledge.mark_sent(self.sami)
        claims["paid"].pledge.mark_received(self.hana)
        self.places["token"] = OneTimeLink.for_member(self.nadia, self.olga)

    def the_desk_has_work(self):
        """An evening's work for Olga; Silas is suspended, and Ada waits to be let in."""
        self.ada = Member.join("Ada Applicant", "ada@example.org", PASSWORD, state="applicant", answer=LONGEST_WORD)
        self.silas = Member.join("Silas Suspended", "silas@example.org", PASSWORD, invited_by=self.hana)
        Action.take(self.otto, self.silas, "suspended", "harassment", f"Letters at night. {ADDRESS}", days=30)
        warning = Action.take(self.otto, self.rosa, "warning", "spam", "Forty letters in a day.")
        warning.appeal(self.rosa, reason=f"It was four. {LONGEST_WORD}")
        report = Report.make(self.sami, "wrong_details", f"Half of that. {ADDRESS}", member=self.rosa)
        words = {"name": "Ida Employer", "employer": LONGEST_WORD, "email": "ida@example.org"}
        letter = Inquiry.write(**words, body=f"Please take it down. {ADDRESS}")
        Employer.register(self.olga, f"City {LONGEST_WORD}"[:100], "gifts_only", True, "By law.")
        Block.add(self.olga, "word", "pyramid", [])
        invitation = Invitation.make(self.olga, "For my niece")
        self.places |= {"action": warning.id, "report": report.id, "letter": letter.id, "invitation": invitation.token}


def opens_everything(person):
    person.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def opens_the_menu(person):
    person.presses("You")
    person.can_press("Sign out")


def joins_wrongly(person):
    person.writes("Your name", "Nadia New")
    person.writes("Email", "nadia@example.org")
    person.writes("Password", "nadia nadia")
    person.writes("Who are you", "I build boats.")
    person.ticks("I have read the house rules, and I agree.")
    person.presses("Apply")
    person.sees("This is made of your name, your address or our name.")


def signs_in_wrongly(person):
    person.writes("Email", "nadia@example.org")
    person.writes("Password", "not the password")
    person.presses("Sign in")
    person.sees("That address and password do not go together.")


def posts_nothing(person):
    person.writes("Pay from", "seventeen")
    person.presses("Save and preview")
    person.sees("Something needs another look.")


def asks_for_no_help(person):
    person.writes("Your note to", NOTE)
    person.presses("Send request")
    person.sees("Choose at least one kind of help.")


def reports_a_hire_too_far_away(person):
    person.opens("Report a hire…")
    person.writes("First day on the job", f"{today() + timedelta(days=800)}")
    person.presses("Report the hire")
    person.sees("This is more than a year away.")


def mistakes_the_password(person):
    person.writes("Present password", "not the password")
    person.writes("New password", "another long password")
    person.presses("Change password")
    person.sees("This is not your present password.")


def makes_a_link(person):
    person.presses("Make a sign-in link for Nadia New")
    person.is_at("A sign-in link for Nadia New")


def saves_an_impossible_policy(person):
    person.writes("Guarantee", "minus one")
    person.writes("Check-ins on days", "45, 30")
    person.presses("See what this changes")
    person.sees("Something needs another look.")


def proposes_a_policy(person):
    person.chooses("The door", "Closed")
    person.presses("See what this changes")
    person.sees("What this changes")


def tries_a_block(person):
    person.ticks("A word in postings and messages")
    person.writes("Word or domain", "boat")
    person.presses("Try it on what is here")
    person.sees("It would have kept out")


def shares_too_much(person):
    person.writes("The community's share, in percent", "ninety")
    person.presses("Turn card payments on")
    person.sees("Write a whole number from 0 to 30.")


def gives_back_without_a_reason(person):
    person.opens("Give the money back…")
    person.page.get_by_label("Why?").filter(visible=True).fill("   ")
    person.presses("Give the money back")
    person.sees("Please say why, in a sentence or two.")
    opens_everything(person)


# Every page by what it is: who looks at it, its address, and what they do there first.
PAGES = {
    "the front page": ("nobody", "/"),
    "how it works": ("nobody", "/about"),
    "joining": ("nobody", "/join"),
    "joining wrongly": ("nobody", "/join", joins_wrongly),
    "signing in": ("nobody", "/sign-in"),
    "signing in wrongly": ("nobody", "/sign-in", signs_in_wrongly),
    "signing in to see a claim": ("nobody", "/claims/{active}"),
    "choosing a new password": ("nobody", "/sign-in/{token}"),
    "nothing there": ("nobody", "/nowhere"),
    "the board": ("sami", "/"),
    "the board with its menu open": ("olga", "/", opens_the_menu),
    "the board filtered": ("sami", "/?words=boat&help=good_word&pay=20000&gifts=", opens_everything),
    "the board's second page": ("sami", "/?page=2"),
    "the board without a match": ("sami", "/?words=astronaut&gifts=1"),
    "an open role": ("sami", "/referrals/{Open}"),
    "an open role asked for wrongly": ("sami", "/referrals/{Open}", asks_for_no_help),
    "an open role with long words": ("olga", "/referrals/{long}", opens_everything),
    "an open role of one's own": ("hana", "/referrals/{Open}"),
    "a draft": ("hana", "/referrals/{draft}"),
    "a role in review, for an organizer": ("olga", "/referrals/{in review}", opens_everything),
    "a role that has to change": ("hana", "/referrals/{to change}"),
    "a paused role": ("sami", "/referrals/{paused}"),
    "an expired role": ("hana", "/referrals/{expired}"),
    "a hidden role, for an organizer": ("olga", "/referrals/{hidden}", opens_everything),
    "a removed role, for another organizer": ("otto", "/referrals/{removed}", opens_everything),
    "posting a role": ("hana", "/referrals/new"),
    "posting a role wrongly": ("hana", "/referrals/new", posts_nothing),
    "editing a role": ("hana", "/referrals/{draft}/edit"),
    "one's own roles": ("hana", "/referrals"),
    "no roles of one's own": ("nadia", "/referrals"),
    "one's own claims": ("sami", "/claims"),
    "the claims on one's roles": ("hana", "/claims"),
    "no claims": ("nadia", "/claims"),
    "a request, for the helper": ("hana", "/claims/{requested}", opens_everything),
    "a request, for the seeker": ("sami", "/claims/{requested}", opens_everything),
    "a request that has to change": ("sami", "/claims/{changes asked}", opens_everything),
    "a request in line": ("rosa", "/claims/{in line}"),
    "a request beyond the seats": ("hana", "/claims/{in line}", opens_everything),
    "a request that was declined": ("sami", "/claims/{declined}"),
    "the terms to agree to": ("sami", "/claims/{accepted}", opens_everything),
    "the terms, for the helper": ("hana", "/claims/{accepted}", opens_everything),
    "an active claim, for the helper": ("hana", "/claims/{active}", opens_everything),
    "an active claim, for the seeker": ("sami", "/claims/{active}", opens_everything),
    "an active claim reported wrongly": ("sami", "/claims/{active}", reports_a_hire_too_far_away),
    "a reported hire to confirm": ("hana", "/claims/{reported}", opens_everything),
    "a reported hire to contest": ("sami", "/claims/{contested}", opens_everything),
    "a dispute, for a party": ("sami", "/claims/{disputed}"),
    "a dispute, for an organizer": ("olga", "/claims/{disputed}"),
    "a hire within the guarantee, for the seeker": ("sami", "/claims/{hired}", opens_everything),
    "a hire within the guarantee, for the helper": ("hana", "/claims/{hired}", opens_everything),
    "a hire that ended early": ("sami", "/claims/{ended early}"),
    "a price that is due, for the seeker": ("sami", "/claims/{due}", opens_everything),
    "a price that is due, for the helper": ("hana", "/claims/{due}", opens_everything),
    "a price that was sent": ("hana", "/claims/{sent}", opens_everything),
    "a price that is late, for an organizer": ("olga", "/claims/{late}", opens_everything),
    "a price that was paid": ("sami", "/claims/{paid}", opens_everything),
    "the terms to agree to, by card": ("sami", "/claims/{to agree by card}", opens_everything),
    "a claim without a card": ("sami", "/claims/{without a card}", opens_everything),
    "a price to pay by card": ("sami", "/claims/{by bank}"),
    "a price that waits for an account": ("hana", "/claims/{by card}"),
    "a receipt of the seeker": ("sami", "/claims/{in full}/receipt"),
    "a receipt of the helper": ("otto", "/claims/{in full}/receipt"),
    "an account that is not ready": ("hana", "/account/payouts"),
    "an account that is ready": ("otto", "/account/payouts"),
    "a statement": ("otto", "/account/payouts/{year}"),
    "a gift with its thanks": ("hana", "/claims/{given}"),
    "a claim without a hire": ("sami", "/claims/{not hired}"),
    "a claim that was let go": ("sami", "/claims/{released}"),
    "notices": ("sami", "/notices"),
    "no notices": ("nadia", "/notices"),
    "a member who was thanked": ("sami", "/members/{hana}"),
    "a member with a long name": ("olga", "/members/{rosa}"),
    "one's own profile": ("hana", "/members/{hana}"),
    "one's account": ("hana", "/account"),
    "one's account with a mistake": ("hana", "/account", mistakes_the_password),
    "the desk": ("olga", "/desk"),
    "the members, for an organizer": ("olga", "/desk/members"),
    "no member found": ("olga", "/desk/members?words=nobody"),
    "a sign-in link": ("olga", "/desk/members?words=nadia", makes_a_link),
    "the policy": ("olga", "/desk/policy"),
    "an impossible policy": ("olga", "/desk/policy", saves_an_impossible_policy),
    "the desk with its forms open": ("olga", "/desk", opens_everything),
    "the desk filtered": ("olga", "/desk?kind=settlement"),
    "a report at the desk": ("olga", "/desk/reports/{report}"),
    "a member at the desk": ("olga", "/desk/members/{rosa}", opens_everything),
    "an action at the desk, appealed": ("olga", "/desk/actions/{action}", opens_everything),
    "employers and blocks": ("olga", "/desk/employers"),
    "a block that is tried": ("olga", "/desk/employers", tries_a_block),
    "a letter of an employer": ("olga", "/desk/contacts/{letter}"),
    "what a policy would change": ("olga", "/desk/policy", proposes_a_policy),
    "earlier policies": ("olga", "/desk/policy/history"),
    "card payments": ("olga", "/desk/payments"),
    "card payments turned on wrongly": ("olga", "/desk/payments", shares_too_much),
    "money": ("olga", "/desk/money"),
    "a payment that does not fit": ("olga", "/desk/money/{payment by odd card}", opens_everything),
    "a payment given back without a reason": ("olga", "/desk/money/{payment in full}", gives_back_without_a_reason),
    "insight": ("olga", "/desk/insight", opens_everything),
    "the log": ("sami", "/log"),
    "invitations": ("olga", "/invitations"),
    "joining by invitation": ("nobody", "/join/{invitation}"),
    "reporting a role": ("sami", "/reports/new?referral={Open}"),
    "writing as an employer": ("nobody", "/employers"),
    "waiting to be let in": ("ada", "/waiting"),
    "a suspended member's standing": ("silas", "/standing", opens_everything),
    "a standing without a stain": ("sami", "/standing"),
    "no way into the desk": ("sami", "/desk"),
}
