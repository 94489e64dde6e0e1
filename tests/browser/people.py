"""People at a browser: what they do there is what people do, and they believe only what they see."""

import re

from playwright.sync_api import expect

PASSWORD = "a long enough password"  # The one that the cast has.


class Person:
    def __init__(self, page):
        self.page = page

    # What anybody does

    def goes_to(self, path):
        self.page.goto(path.removeprefix("/"))  # The site may lie below a path.

    def follows(self, link, within=None):
        (within or self.page).get_by_role("link", name=link).first.click()

    def presses(self, button):
        self.page.get_by_role("button", name=button, exact=True).click()

    def opens(self, summary):
        self.page.locator("summary", has_text=summary).click()

    def writes(self, label, text, exact=False):
        self.page.get_by_label(label, exact=exact).filter(visible=True).fill(text)

    def chooses(self, label, option):
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def ticks(self, choice):
        self.page.get_by_label(choice).check()

    def sees(self, text):
        expect(self.page.get_by_role("main").get_by_text(text).filter(visible=True).first).to_be_visible()

    def does_not_see(self, text):
        expect(self.page.get_by_text(text).filter(visible=True)).to_have_count(0)

    def is_told(self, sentence):
        expect(self.page.get_by_role("status")).to_contain_text(sentence)

    def is_at(self, heading):
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def can_press(self, button):
        expect(self.page.get_by_role("button", name=button, exact=True)).to_be_visible()

    def cannot_press(self, button):
        expect(self.page.get_by_role("button", name=button, exact=True)).to_have_count(0)

    # To see that a page was changed in place and not loaded anew

    def marks_the_page(self):
        self.page.evaluate("window.marked = true")

    def is_still_on_the_marked_page(self):
        assert self.page.evaluate("window.marked === true")

    # What members do

    def joins(self, name, email):
        self.goes_to("/")
        self.follows("Join")
        self.writes("Your name", name)
        self.writes("Email", email)
        self.writes("Password", PASSWORD)
        self.ticks("I have read the house rules, and I agree.")
        self.presses("Join")
        self.is_told("Welcome!")

    def signs_in(self, email, password=PASSWORD):
        self.goes_to("/sign-in")
        self.writes("Email", email)
        self.writes("Password", password)
        self.presses("Sign in")
        self.is_at("The board")

    def signs_out(self):
        self.presses("You")
        self.page.get_by_role("banner").get_by_role("button", name="Sign out").click()
        self.is_told("You are signed out.")

    def reads_the_newest_notice(self):
        self.page.get_by_role("banner").get_by_role("link", name="Notices").click()
        self.is_at("Notices")
        expect(self.page.get_by_role("banner")).to_contain_text("unread")
        self.page.get_by_role("main").get_by_role("listitem").first.get_by_role("link").click()

    def opens_the_claim_that_waits(self):
        """By the list of claims, under “Your move”."""
        self.follows("My claims", within=self.page.get_by_role("navigation", name="Main"))
        self.sees("Your move")
        self.page.locator("section", has_text="Your move").get_by_role("link").first.click()

    # The exchange, step by step

    def drafts_a_role(self, last_day, prices, named=False):
        self.follows("Post a role", within=self.page.get_by_role("banner"))
        self.writes("Job title", "Shipwright")
        self.writes("Employer", "Harbour Works", exact=True)
        self.chooses("Industry", "Manufacturing")
        self.writes("Place", "Hamilton")
        self.chooses("Work mode", "On site")
        self.writes("Pay from", "55,000")
        self.writes("Pay to", "65,000")
        self.chooses("Period", "a year")
        self.writes("Duties", "Build and mend **wooden boats**.")
        self.ticks("I am leaving this job")
        if named:
            for question in ("How are you shown?", "How is the employer shown?"):
                self.page.get_by_role("group", name=question).get_by_label("By name").check()
        self.writes("Your last day", last_day.isoformat())
        for kind, price in prices.items():
            self.writes(kind, price)
        self.presses("Save and preview")
        self.is_told("Saved as a draft")

    def publishes(self):
        self.presses("Publish")
        self.is_told("Your posting is on the board.")

    def finds(self, words, title):
        self.goes_to("/")
        self.page.get_by_role("searchbox").fill(words)
        self.presses("Search")
        self.follows(title)
        self.is_at(title)

    def asks_for(self, *help, note):
        for kind in help:
            self.ticks(kind)
        self.writes("Your note to", note)
        self.presses("Send request")
        self.is_told("Nothing is due before a hire.")

    def accepts(self, button="Accept"):
        self.chooses(re.compile("^How do you know"), "We have worked together")
        self.presses(button)
        self.is_told("is yours to help, once they agree to the terms.")

    def agrees(self):
        self.presses("Agree to the terms")
        self.is_told("can begin to help you.")

    def says(self, text):
        self.writes("Write to", text)
        self.presses("Send")
        self.sees(text)

    def marks_as_done(self, step):
        row = self.page.get_by_role("listitem").filter(has_text=step)
        row.get_by_role("button", name="Done").click()
        expect(row.get_by_role("button", name="Undo")).to_be_visible()

    def cannot_mark_as_done(self, step):
        expect(self.page.get_by_role("listitem").filter(has_text=step).get_by_role("button")).to_have_count(0)

    def reports_a_hire(self, first_day):
        self.opens("Report a hire…")
        self.writes("First day on the job", first_day.isoformat())
        self.presses("Report the hire")
        self.is_told("is asked to confirm it.")

    def confirms_the_hire(self):
        self.presses("Confirm the hire")
        self.is_told("Confirmed. Congratulations to both of you.")

    def says_thank_you(self, text, public=False):
        self.opens("Say thank you…")
        self.writes("Your words", text)
        if public:
            self.ticks("They may show it on their profile")
        self.presses("Say thank you")
        self.is_told("has your thanks")
