"""Over htmx: the part of the page that was asked for and no more, and the whole page to everybody else."""

import pytest
from cast import MONDAY
from pages import words

from models import Claim, Message, Referral

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def htmx(browse, read):
    """A browser with htmx, which asks for the element with this id and follows redirects as fetch does."""

    class Asking:
        def __init__(self, member):
            self.client = browse(member)

        def get(self, address, target, **headers):
            return self.ask("GET", address, target, headers=headers)

        def post(self, address, target, **typed):
            return self.ask("POST", address, target, data=typed)

        def ask(self, method, address, target, headers=None, **rest):
            asked = {"HX-Request": "true", "HX-Target": target, **(headers or {})}
            answer = self.client.open(address, method=method, headers=asked, **rest)
            if answer.status_code == 303:
                return self.ask("GET", answer.location, target, headers)
            return read(answer)

    return Asking


def outermost(page):
    """The ids of the elements that are not inside any other, and those of them that come out of band."""
    parts = list(page.root.find("body"))
    return [part.get("id") for part in parts], [part.get("id") for part in parts if part.get("hx-swap-oob")]


def whole(page):
    return page.part("main") is not None and page.answer.text.startswith("<!doctype html>")


PARTS = [
    ("/", "section#results", "results"),
    ("/?words=boats", "section#results", "results"),
    ("/referrals/1", "div#referral", "referral"),
    ("/claims/1", "div#claim", "claim"),
    ("/notices", "section#notices", "notices"),
]


@pytest.mark.parametrize(("address", "target", "part"), PARTS)
def test_the_answer_is_the_part_that_was_asked_for(claim, seeker, htmx, address, target, part):
    page = htmx(seeker).get(address, target)

    assert page.status == 200
    assert outermost(page) == ([part], [])
    assert {"HX-Request", "HX-Target"} <= set(page.answer.vary)


def test_the_desk_answers_in_parts_too(seeker, organizer, htmx):
    page = htmx(organizer).get("/desk/members?words=sami", "section#members")

    assert outermost(page) == (["members"], [])
    assert "Sami Seeker" in page.text
    assert "Olga" not in page.text


@pytest.mark.parametrize(("address", "target", "part"), PARTS)
def test_the_part_reads_as_it_does_on_the_whole_page(claim, seeker, htmx, walk, address, target, part):
    sami, asking = walk(seeker), htmx(seeker)
    sami.open(address)

    assert asking.get(address, target).says(part) == sami.open(address).says(part)


@pytest.mark.parametrize("target", ["", "main", "body", "section#elsewhere", "div#flash", "results-head", "#", "div#"])
def test_without_a_part_of_that_name_it_is_the_whole_page(claim, seeker, htmx, target):
    page = htmx(seeker).get("/", target)

    assert whole(page)
    assert {"HX-Request", "HX-Target"} <= set(page.answer.vary)


@pytest.mark.parametrize("headers", [{}, {"HX-Target": "section#results"}, {"HX-Request": "false"}])
def test_who_does_not_ask_by_htmx_gets_the_whole_page(claim, seeker, browse, read, headers):
    page = read(browse(seeker).get("/", headers=headers))

    assert whole(page)
    assert {"HX-Request", "HX-Target"} <= set(page.answer.vary)


@pytest.mark.parametrize("state", ["requested", "changes_asked", "accepted", "active", "disputed", "settled"])
def test_every_part_that_a_page_asks_for_is_on_it(lead, people, walk, state):
    lead(Claim, state)

    for member in ("helper", "seeker", "organizer"):
        browser = walk(people[member])
        for address in ("/", "/referrals/1", "/claims/1", "/desk/members", "/notices"):
            page = browser.open(address)
            targets = [one.get("hx-target") for one in page.all() if one.get("hx-target")]
            assert [target for target in targets if page.part(target.removeprefix("#")) is None] == []


# What was done


def test_a_verb_answers_with_its_page_and_says_what_it_did(claim, helper, htmx):
    page = htmx(helper).post("/claims/1/accept", "div#claim", acquaintance="met")

    assert (page.status, page.address) == (200, "/claims/1")
    assert outermost(page) == (["claim", "flash"], ["flash"])
    assert page.part("flash").get("hx-swap-oob") == "innerHTML"
    assert page.flash == "Sami Seeker is yours to help, once they agree to the terms."
    assert "Terms ready" in page.text


def test_what_was_said_is_said_once(claim, helper, htmx):
    hana = htmx(helper)
    hana.post("/claims/1/accept", "div#claim")

    assert outermost(hana.get("/claims/1", "div#claim")) == (["claim"], [])


def test_a_button_of_a_posting_answers_with_its_page(referral, helper, htmx):
    page = htmx(helper).post("/referrals/1/pause", "div#referral")

    assert outermost(page) == (["referral", "flash"], ["flash"])
    assert page.flash == "Paused: it is off the board until you resume it."
    assert "Resume" in page.buttons


def test_a_message_answers_with_its_page(claim, seeker, htmx):
    page = htmx(seeker).post("/claims/1/messages", "div#claim", body="Two cutters.")

    assert outermost(page) == (["claim"], [])
    assert "Two cutters." in page.says("thread")


def test_what_cannot_be_taken_is_said_in_the_part_that_was_asked_for(claim, helper, htmx):
    page = htmx(helper).post("/claims/1/ask_changes", "div#claim", reason=" ")

    assert page.status == 422
    assert outermost(page) == (["claim"], [])
    assert page.says("reason-error") == "Please say why, in a sentence or two."
    assert [words(form.find("summary")) for form in page.all("details", open="")] == ["Ask for changes…"]


def test_a_button_pressed_too_late_answers_with_how_it_stands(claim, use, helper, htmx):
    use(claim, "withdraw")

    page = htmx(helper).post("/claims/1/ask_changes", "div#claim", reason="A reason that I thought about.")

    assert page.status == 409
    assert outermost(page) == (["claim", "flash"], ["flash"])
    assert page.flash == "This has moved on in the meantime. Here is how it stands now."
    assert "A reason that I thought about." in [area.text for area in page.all("textarea")]
    assert "Ask for changes" not in page.buttons


def test_a_deed_of_somebody_else_answers_with_how_it_stands(lead, helper, htmx):
    lead(Claim, "active")

    page = htmx(helper).post("/claims/1/mark", "div#claim", what="applied")

    assert page.status == 403
    assert outermost(page) == (["claim", "flash"], ["flash"])
    assert page.flash == "Only the other side can say that this is done."


@pytest.mark.parametrize(
    ("method", "address", "status", "says"),
    [
        ("GET", "/claims/999", 404, "There is nothing here, or nothing that you may see."),
        ("POST", "/claims/999/accept", 404, "There is nothing here, or nothing that you may see."),
        ("GET", "/nowhere", 404, "There is nothing here, or nothing that you may see."),
        ("GET", "/desk", 403, "This is not yours to do."),
        ("GET", "/sign-out", 405, "This address cannot be used that way."),
        ("GET", "/sign-in/used", 409, "This link has been used or is too old. Ask an organizer for a new one."),
    ],
)
def test_an_error_answers_with_its_sentence_alone(seeker, htmx, method, address, status, says):
    page = htmx(seeker).ask(method, address, "div#claim")

    assert (page.status, page.flash) == (status, says)
    assert outermost(page) == (["flash"], ["flash"])


def test_too_much_text_answers_with_its_sentence_alone(claim, seeker, htmx):
    page = htmx(seeker).post("/claims/1/messages", "div#claim", body="x" * (1024 * 1024 + 1))

    assert (page.status, page.flash) == (413, "That is more text than we can take. Go back and shorten it.")


def test_who_was_signed_out_meanwhile_is_sent_to_sign_in(claim, browse, htmx):
    page = htmx(None).get("/claims/1", "div#thread")

    assert (page.status, page.answer.text) == (401, "")
    assert page.answer.headers["HX-Redirect"] == "/sign-in?next=/claims/1"


# The poll


@pytest.fixture
def sami(seeker, htmx):
    """Sami's browser, which asks for the thread every five seconds with the version that it shows."""
    sami = htmx(seeker)
    sami.version = None

    def poll():
        page = sami.get("/claims/1", "div#thread", **{"If-None-Match": sami.version} if sami.version else {})
        if page.status == 200:
            sami.version = page.part("thread").get("hx-headers").split(": ", 1)[1][1:-2].replace('\\"', '"')
        return page

    sami.poll = poll
    return sami


def test_the_thread_asks_for_itself_with_the_version_that_it_shows(claim, sami):
    thread = sami.get("/claims/1", "div#thread").part("thread")

    assert thread.get("hx-get") == "/claims/1"
    assert thread.get("hx-trigger") == "every 5s"
    assert thread.get("hx-headers") == f'{{"If-None-Match": "\\"{claim.etag}\\""}}'


def test_a_poll_is_answered_304_while_nothing_is_new(claim, sami):
    sami.poll()

    second, third = sami.poll(), sami.poll()

    assert (second.status, third.status) == (304, 304)
    assert second.answer.text == ""


def test_a_message_brings_the_thread_and_leaves_alone_what_somebody_fills_in(claim, helper, sami):
    sami.poll()
    claim.say(helper, "Which boats?")

    page, after = sami.poll(), sami.poll()

    assert outermost(page)[0][0] == "thread"
    assert not {"status", "progress", "claim"} & set(outermost(page)[1])
    assert page.all("textarea") == []
    assert "Which boats?" in page.says("thread")
    assert after.status == 304


def test_when_the_claim_has_moved_all_that_shows_how_it_stands_comes_along(claim, use, sami):
    sami.poll()
    use(claim, "accept")

    page, after = sami.poll(), sami.poll()

    together, out_of_band = outermost(page)
    assert together[0] == "thread"
    assert {"status", "progress"} <= set(out_of_band) == set(together[1:])
    assert "Agree to the terms" in page.buttons
    assert "accepted, and the terms were frozen" in page.says("progress")
    assert after.status == 304


def test_what_comes_along_is_what_the_whole_page_shows(claim, use, sami, seeker, walk):
    sami.poll()
    use(claim, "accept")

    polled, page = sami.poll(), walk(seeker).open("/claims/1")

    parts = outermost(polled)[0]
    assert parts
    assert [polled.says(part) for part in parts] == [page.says(part) for part in parts]
    assert [words(one) for one in page.all("span") if "state" in one.get("class", "").split()][:1] == ["Terms ready"]


def test_a_whole_page_is_never_answered_304(claim, seeker, browse):
    answer = browse(seeker).get("/claims/1", headers={"If-None-Match": f'"{claim.etag}"'})

    assert answer.status_code == 200


@pytest.mark.parametrize("version", ['""', "x", '"1"', '"-"', "99999-99999", '"\u00e9"', 'W/"1-0"', "*"])
def test_a_version_that_there_never_was_brings_everything(claim, sami, version):
    sami.version = version

    assert sami.poll().status == 200


def test_a_poll_does_not_use_up_what_was_to_be_said(claim, seeker, sami):
    sami.poll()
    sami.client.post("/claims/1/withdraw")

    polled = sami.poll()

    assert polled.flash == "Withdrawn. Nothing is owed, and Hana Helper was told."


def test_what_is_polled_reads_the_notices_about_it(claim, helper, sami, read):
    sami.poll()
    claim.say(helper, "Which boats?")

    sami.poll()

    assert read(sami.client.get("/notices")).says("unread") == ""
    assert Message.select().count() == 1


# The board as somebody types


def test_the_results_change_in_place_and_the_address_can_be_shared(post, seeker, htmx, walk):
    post(title="Shipwright"), post(title="Cook", duties="Grill fish.")
    form = walk(seeker).open("/").all("form", role="search")[0]

    page = htmx(seeker).get("/?words=grill", "section#results")

    assert (form.get("hx-get"), form.get("hx-target"), form.get("hx-push-url")) == ("/", "#results", "true")
    assert [words(one) for one in page.all("h2")] == ["Cook"]
    assert Referral.select().count() == 2
