"""What JavaScript makes smoother: pages change in place, and nothing that was typed is lost."""

import pytest
from playwright.sync_api import expect

from models import SignIn, today


@pytest.fixture
def address(claim):
    return f"/claims/{claim.id}"


@pytest.fixture
def hold_polls():
    """On this page nothing new arrives by itself, so that it stays as stale as it is."""

    def hold_polls(person):
        person.page.route(
            lambda url: "/claims/" in url,
            lambda route: route.fulfill(status=304) if is_poll(route.request) else route.fallback(),
        )

    return hold_polls


def is_poll(request):
    return request.method == "GET" and "#thread" in request.headers.get("hx-target", "")


def poll_answered(status):
    return lambda response: is_poll(response.request) and response.status == status


# The board


@pytest.fixture
def board(post):
    post(title="Shipwright", industry="31-33")
    post(title="Nurse", industry="62", public_employer=False, duties="Look after **people**.")
    post(title="Carer", industry="62", public_employer=False, duties="Look after **people**.")


def test_the_board_narrows_down_in_place_to_an_address_that_can_be_shared(board, person, seeker, rival):
    sami, rosa = person(seeker), person(rival)
    sami.goes_to("/")
    sami.marks_the_page()

    sami.chooses("Industry", "Health care and social assistance")
    sami.sees("2 roles")
    sami.page.get_by_role("searchbox").press_sequentially("carer")
    sami.sees("1 role")

    sami.does_not_see("Shipwright")
    sami.is_still_on_the_marked_page()
    rosa.goes_to(sami.page.url)
    rosa.sees("Carer")
    rosa.does_not_see("Nurse")
    expect(rosa.page.get_by_label("Industry", exact=True)).to_have_value("62")


def test_back_and_forward_show_whole_pages(board, person, seeker):
    sami = person(seeker)
    sami.goes_to("/")
    sami.chooses("Industry", "Health care and social assistance")
    sami.sees("2 roles")
    sami.follows("Nurse")
    sami.is_at("Nurse")

    sami.page.go_back()
    sami.is_at("The board")
    sami.sees("2 roles")
    expect(sami.page.get_by_label("Industry", exact=True)).to_have_value("62")
    sami.page.go_back()
    sami.is_at("The board")
    sami.sees("3 roles")
    expect(sami.page.get_by_label("Industry", exact=True)).to_have_value("")
    sami.page.go_forward()
    sami.sees("2 roles")

    sami.is_at("The board")
    expect(sami.page.get_by_role("navigation", name="Main")).to_be_visible()


def test_the_filters_can_be_cleared(board, person, seeker):
    sami = person(seeker)
    sami.goes_to("/?industry=62")
    sami.chooses("Kind of help", "Interview coaching")
    sami.sees("Nothing matches")

    sami.follows("Clear the filters")

    sami.sees("3 roles")
    expect(sami.page.get_by_label("Industry", exact=True)).to_have_value("")


def test_members_are_searched_while_somebody_types(person, organizer, helper, seeker):
    olga = person(organizer)
    olga.goes_to("/desk/members")
    olga.marks_the_page()

    olga.page.get_by_role("searchbox").press_sequentially("sami")

    olga.does_not_see("Hana Helper")
    olga.sees("sami@example.org")
    olga.is_still_on_the_marked_page()
    assert olga.page.url.endswith("words=sami")


# Verbs


def test_a_verb_changes_the_page_in_place_and_says_so(claim, address, person, helper):
    hana = person(helper)
    hana.goes_to(address)
    hana.marks_the_page()

    hana.accepts()

    hana.sees("Terms ready")
    hana.sees("The terms")
    hana.cannot_press("Accept")
    hana.is_still_on_the_marked_page()
    assert hana.page.url.endswith(address)


def test_every_step_to_the_hire_stays_on_its_page(claim, address, person, helper, seeker):
    hana, sami = person(helper), person(seeker)
    hana.goes_to(address)
    hana.accepts()
    hana.marks_the_page()
    sami.goes_to(address)
    sami.marks_the_page()

    sami.agrees()
    sami.says("Shall we begin?")
    sami.marks_as_done("Applied for the role")
    sami.reports_a_hire(first_day=today())
    hana.confirms_the_hire()

    sami.is_still_on_the_marked_page()
    hana.is_still_on_the_marked_page()


def test_a_posting_moves_in_place(referral, person, helper):
    hana = person(helper)
    hana.goes_to(f"/referrals/{referral.id}")
    hana.marks_the_page()

    hana.presses("Pause")
    hana.is_told("Paused: it is off the board until you resume it.")
    hana.presses("Resume")
    hana.is_told("Your posting is back on the board.")

    hana.is_still_on_the_marked_page()


def test_a_button_pressed_twice_acts_once(active_claim, address, person, seeker):
    sami = person(seeker)
    sami.goes_to(address)
    sami.writes("Write to", "Once.")

    sami.page.get_by_role("button", name="Send").dblclick()

    sami.sees("Once.")
    expect(sami.page.get_by_label("Write to")).to_have_value("")
    expect(sami.page.get_by_role("listitem").filter(has_text="Once.")).to_have_count(1)


def test_whose_session_has_ended_is_asked_to_sign_in(claim, address, person, helper):
    hana = person(helper)
    hana.goes_to(address)
    SignIn.delete().execute()

    hana.presses("Accept")

    hana.is_at("Sign in")


# What cannot be taken


def test_a_refused_date_stands_beside_its_sentence(active_claim, address, person, seeker):
    sami = person(seeker)
    sami.goes_to(address)
    sami.marks_the_page()
    sami.opens("Report a hire…")
    sami.writes("First day on the job", "2099-01-31")

    sami.presses("Report the hire")

    field = sami.page.locator(".field", has=sami.page.get_by_label("First day on the job"))
    expect(field.get_by_role("alert")).to_have_text("This is more than a year away.")
    expect(field.get_by_label("First day on the job")).to_have_value("2099-01-31")
    sami.is_still_on_the_marked_page()


def test_a_changed_request_without_any_help_keeps_its_note(claim, address, person, helper, seeker):
    claim.ask_changes(helper, reason="Tell me about your last boat.")
    sami = person(seeker)
    sami.goes_to(address)
    for choice in ("A good word", "A formal reference"):
        sami.page.get_by_label(choice).uncheck()
    sami.writes("Your note to", "It was a dinghy.")

    sami.presses("Send the changed request")

    sami.sees("Choose at least one kind of help.")
    expect(sami.page.get_by_label("Your note to")).to_have_value("It was a dinghy.")


def test_an_empty_message_is_refused_beside_its_field(active_claim, address, person, seeker):
    sami = person(seeker)
    sami.goes_to(address)
    sami.marks_the_page()

    sami.writes("Write to", "   ")
    sami.presses("Send")

    sami.sees("Please fill this in.")
    sami.is_still_on_the_marked_page()


# Two people at once


def test_a_stale_button_says_so_and_shows_how_it_stands(claim, address, person, helper, seeker, hold_polls):
    hana = person(helper)
    hold_polls(hana)
    hana.goes_to(address)
    hana.marks_the_page()
    claim.withdraw(seeker)

    hana.presses("Accept")

    hana.is_told("This has moved on in the meantime. Here is how it stands now.")
    hana.sees("This claim has ended. Nothing is owed.")
    hana.cannot_press("Accept")
    hana.is_still_on_the_marked_page()


def test_a_reason_written_for_a_stale_button_is_not_lost(claim, address, person, helper, seeker, hold_polls):
    hana = person(helper)
    hold_polls(hana)
    hana.goes_to(address)
    hana.opens("Ask for changes…")
    hana.writes("Why?", "Tell me about your last boat.")
    claim.withdraw(seeker)

    hana.presses("Ask for changes")

    hana.is_told("This has moved on in the meantime.")
    expect(hana.page.get_by_label("What you wrote")).to_have_value("Tell me about your last boat.")


def test_a_poll_is_answered_304_until_something_is_new(active_claim, address, person, helper, seeker):
    hana = person(helper)
    hana.goes_to(address)

    with hana.page.expect_response(poll_answered(304)):
        pass
    with hana.page.expect_response(poll_answered(200)):
        active_claim.say(seeker, "Something new.")
    hana.sees("Something new.")
    with hana.page.expect_response(poll_answered(304)):
        pass


def test_a_half_written_message_survives_what_the_other_side_does(claim, address, person, helper, seeker):
    sami = person(seeker)
    sami.goes_to(address)
    sami.marks_the_page()
    sami.page.get_by_label("Write to").press_sequentially("Could we ")

    claim.accept(helper)
    sami.can_press("Agree to the terms")
    sami.page.keyboard.type("talk tonight?")

    expect(sami.page.get_by_label("Write to")).to_have_value("Could we talk tonight?")
    expect(sami.page.locator(".page-head")).to_contain_text("Terms ready")
    sami.is_still_on_the_marked_page()


def test_a_half_written_reason_survives_a_step_on_the_checklist(active_claim, address, person, helper, seeker):
    sami = person(seeker)
    sami.goes_to(address)
    sami.opens("Ask an organizer to decide…")
    sami.writes("Why?", "I was asked for money before")

    active_claim.mark(helper, "disclosed")
    expect(sami.page.locator("[data-done]", has_text="The employer knows")).to_be_visible()

    expect(sami.page.get_by_label("Why?").filter(visible=True)).to_have_value("I was asked for money before")


# Guests in the page


def test_markup_in_a_message_is_only_text(active_claim, address, person, helper, seeker):
    image, button = '<img src="/nowhere" onerror="alert(1)">', '<b hx-post="/sign-out" hx-trigger="load">x</b>'
    active_claim.say(helper, f"{image} {button} [go](javascript:alert(1))")
    sami, asked = person(seeker), []
    sami.page.on("request", lambda request: asked.append(request.url))

    sami.goes_to(address)
    sami.sees(button)
    with sami.page.expect_response(poll_answered(304)):
        pass

    assert not [url for url in asked if url.endswith(("/sign-out", "/nowhere"))]
    expect(sami.page.get_by_role("link", name="go")).to_have_count(0)


def test_attributes_without_the_pages_nonce_do_nothing(active_claim, address, person, seeker, complaints):
    sami, asked = person(seeker), []
    sami.page.on("request", lambda request: asked.append(request.url))
    sami.goes_to(address)

    with sami.page.expect_request("**/about?trusted"):
        sami.page.evaluate(GUESTS)

    assert not [url for url in asked if url.endswith("injected")]
    assert ["[hx-csp] blocked" in complaint for complaint in complaints] == [True, True]
    complaints.clear()


# Three elements that have got into the page and would ask for something: only the last holds the page's key.
GUESTS = """() => {
    const nonce = document.querySelector('[hx-nonce]').getAttribute('hx-nonce')
    for (const [address, key] of [['/about?injected', ''], ['/desk?injected', 'guessed'], ['/about?trusted', nonce]]) {
        const guest = document.createElement('div')
        guest.setAttribute('hx-get', address)
        guest.setAttribute('hx-trigger', 'load')
        guest.setAttribute('hx-swap', 'none')
        if (key) guest.setAttribute('hx-nonce', key)
        document.querySelector('#thread').append(guest)
        htmx.process(guest)
    }
}"""


def test_a_page_that_breaks_its_security_policy_fails_its_test(person, complaints):
    """Every browser test listens for this: here is proof that it would be heard."""
    anna = person()
    anna.goes_to("/about")

    with anna.page.expect_console_message():
        anna.page.evaluate("document.body.setAttribute('style', 'color: red')")

    assert "style-src" in " ".join(complaints)
    complaints.clear()
