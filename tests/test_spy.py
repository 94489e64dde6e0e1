"""Spies: somebody joins as the employer, or as an ordinary newcomer, and walks everything that they can reach.

There is a leaver with an unnamed posting in every state, with claims, money, reports and actions about them. Their
name, address, profile, employer, last day and words are searched for in every answer, its headers and its files.
"""

import io
import re
import zipfile
from datetime import date, timedelta

import pytest
from cast import MONDAY, PASSWORD, ROLE, newcomer, soak
from world import NO_PAGES, build, pages

from models import Claim, Event, Letter, Member, Message, Notice, Referral, Workplace, db, today

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

EMPLOYER = "Verdigris Bindery"
LAST_DAY = date(2026, 8, 23)
POSTING = {
    "employer": EMPLOYER,
    "employer_words": "A quaint atelier by the canal",
    "title": "Gilding finisher",
    "influence": "The pressroom listens to me",
    "last_day": LAST_DAY,
    "helper_named": False,
    "employer_named": False,
}
DUTIES = "You burnish folios with agate."

# What tells who it is, where they work, and that there is a posting at all.
PERSON = ("Zenobia", "Quartermaine", "Vellum is my life", "Ask me about marbling")
WORKPLACE = ("Verdigris Bindery", "pressroom listens", "23 Aug", "August 23", "Aug 23", "2026-08-23")
POSTED = ("Gilding finisher", "burnish folios", "quaint atelier")

# What a spy knows of their colleague, and words as long that nobody here has written.
GUESSES = {
    "Verdigris": "Xerdigrox",
    "VERDIGRIS BINDERY": "XERDIGROX BINDERX",
    "Zenobia": "Xenobix",
    "Quartermaine": "Quartermainx",
    "pressroom": "pressroox",
    "verdigris-bindery.example": "xerdigrox-binderx.example",
}
OF_A_POSTING = {
    "gilding": "xildinx",
    "Gilding finisher": "Xilding finishex",
    "burnish": "xurnisx",
    "atelier": "xteliex",
}
FILTERS = ("industry=31-33", "work_mode=on_site", "pay=1", "help=good_word", "gifts=1", "location=Hamilton", "page=2")
KINDS = ("review", "report", "appeal", "dispute", "settlement", "application", "contact")


@pytest.fixture
def helper(organizer):
    """The leaver."""
    leaver = newcomer("Zenobia Quartermaine", organizer)
    leaver.take_address("zenobia@verdigris-bindery.example", confirmed=True)
    leaver.introduce(employer=EMPLOYER, headline="Vellum is my life", can_help="Ask me about marbling.")
    return leaver


@pytest.fixture
def post(helper):
    """All that the leaver posts is about their own job, unnamed and described."""

    def post(by=helper, prices=None, publish=True, **columns):
        prices = {"good_word": 5000, "reference": 0} if prices is None else prices
        columns = {**ROLE, **columns, **(POSTING if by == helper else {"last_day": today() + timedelta(days=30)})}
        referral = Referral.draft(by, prices=prices, duties=DUTIES if by == helper else "Other work.", **columns)
        if publish:
            referral.submit(by)
        return referral

    return post


@pytest.fixture
def use(use, helper):
    """As ever, but the leaver edits what they posted."""

    def careful(record, verb, **instead):
        typed = {"duties": DUTIES, "prices": {"reference": 0}, **ROLE, **POSTING} if verb == "edit" else {}
        return use(record, verb, **{**typed, **instead})

    return careful


@pytest.fixture
def everybody(organizer, second, rival, helper, seeker, database):
    return {"outsider": rival, "helper": helper, "seeker": seeker, "organizer": second, "owner": organizer}


@pytest.fixture
def world(app, everybody, by_card, post, use, set_policy):
    """Something of everything between the leaver and a seeker, and all the addresses of it."""
    return build(everybody, by_card, post, use, set_policy)


@pytest.fixture
def spies(world, organizer, rival, post):
    """Who must not learn of it, what they must not read, and the addresses that must not stand on their pages."""
    boss, colleague, among, asker = (newcomer(name, organizer) for name in ("Bea", "Carl", "Otto", "Ann"))
    Workplace.say(boss, "Bindery of VERDIGRIS, Ltd.")
    colleague.take_address("carl@mail.verdigris-bindery.example", confirmed=True)
    among.appoint(organizer)
    among.ask_for_factor(None)
    Workplace.say(among, "Verdigirs Bindery")
    ask_in_vain(asker, post)
    person, hidden = [f"members/{leaver().id}"], list(records())
    return {
        "stranger": (None, (*PERSON, *WORKPLACE, *POSTED), person + hidden),
        "boss": (boss, (*PERSON, *WORKPLACE, *POSTED), person + hidden),
        "colleague": (colleague, (*PERSON, *WORKPLACE, *POSTED), person + hidden),
        "organizer there": (among, (*WORKPLACE, *POSTED), hidden),
        "newcomer": (rival, (*PERSON, *WORKPLACE, "Verdigris"), person),
        "asker": (asker, (*PERSON, *WORKPLACE, "Verdigris"), person),
    }


def ask_in_vain(asker, post):
    """This member asked the leaver for help, and was not accepted: a claim in each state in which that can be."""
    steps = {
        "changes_asked": lambda claim: claim.ask_changes(claim.helper, reason="Say more."),
        "declined": lambda claim: claim.decline(claim.helper, reason="Not this time."),
        "lapsed": lambda claim: claim.lapse(),
        "closed": lambda claim: claim.referral.withdraw(claim.helper),
        "withdrawn": lambda claim: claim.withdraw(asker, reason="Found one."),
    }
    claims = [Claim.request(post(), asker, "Please.", ["reference"]) for _state in ("requested", *steps)]
    claims[0].say(claims[0].helper, "Tell me more.")
    for claim, step in zip(claims[1:], steps.values(), strict=True):
        step(claim)


def leaver():
    return Member.get(Member.email.startswith("zenobia@"))


def records():
    """The addresses of all that is the leaver's."""
    for noun, room in ((Referral, "referrals"), (Claim, "claims"), (Claim, "payments")):
        yield from (f"{room}/{row.id}" for row in noun.select().where(noun.helper == leaver()))


def leaks(answer, secrets, links, asked):
    """What an answer tells: in its text, its headers and its links. What was asked for is no news."""
    said = f"{answer.get_data(as_text=True)}\n{answer.headers}"
    secret = [word for word in secrets if word.casefold() in said.casefold()]
    linked = {link for link in links if re.search(rf"(?<!desk)/{link}(?![0-9])", said)}
    return secret + sorted(link for link in linked if f"/{link}" not in asked)


def walk(browser, addresses, secrets, links):
    """What the answers at these addresses tell, page and fragment, by address."""
    told = {}
    for address in addresses:
        page = browser.get(address, follow_redirects=True)
        parts = set(re.findall(r'hx-target="#([^"]+)"', page.get_data(as_text=True)))
        asked = [{"HX-Request": "true", "HX-Target": f"section#{part}"} for part in sorted(parts)]
        for answer in (page, *(browser.get(address, headers=headers) for headers in asked)):
            if telling := leaks(answer, secrets, links, address):
                told[address] = telling
    return told


def lines(told):
    return "\n".join(f"{address}: {', '.join(telling)}" for address, telling in told.items())


def test_spies_read_nothing_of_a_leaver_on_any_page(app, world, spies, browse):
    every = list(pages(app, world))
    more = [f"/?{query}" for query in FILTERS] + [f"/desk?kind={kind}" for kind in KINDS]
    addresses = [address for _endpoint, address in every] + more

    told = {name: walk(browse(spy), addresses, secrets, links) for name, (spy, secrets, links) in spies.items()}

    assert not any(told.values()), "\n".join(f"{name}\n{lines(pages)}" for name, pages in told.items() if pages)
    walked = {endpoint for endpoint, _address in every}
    readable = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    assert walked | NO_PAGES == readable, "No spy has walked this page: write down in tests/world.py where it is."


def test_a_search_for_the_leaver_reads_like_one_for_words_that_nobody_wrote(world, spies, browse):
    for name, (spy, secrets, _links) in spies.items():
        browser, guesses = browse(spy), {**GUESSES, **(OF_A_POSTING if POSTED[0] in secrets else {})}
        for guess, nonsense in guesses.items():
            for field in ("words", "location"):
                answers = [browser.get("/", query_string={field: word}).text for word in (guess, nonsense)]
                found, nothing = (
                    re.sub(re.escape(word), "", answer.replace(quoted(word), ""), flags=re.I)
                    for word, answer in zip((guess, nonsense), answers, strict=True)
                )
                assert without_nonces(found) == without_nonces(nothing), (name, field, guess)


def quoted(word):
    return word.replace(" ", "+")


def without_nonces(text):
    return re.sub(r'nonce="[^"]*"', "", text)


@pytest.mark.parametrize("everything", soak([True, False], False))
def test_spies_change_nothing_and_learn_nothing_by_sending_forms(app, world, spies, browse, everything):
    numbers = [leaver().id, *sorted({int(link.partition("/")[2]) for link in records()})]
    routes = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods and rule.arguments == {"id"}]
    routes = [rule for rule in routes if not rule.endpoint.startswith(KEPT_TO_PERSONS)]
    for name in ("boss", "colleague", "organizer there"):
        spy, secrets, links = spies[name]
        addresses = []
        for place, rule in enumerate(routes):
            some = numbers if everything else {numbers[0], numbers[place % len(numbers)]}
            addresses += [rule.rule.replace("<int:id>", str(number)) for number in some]
        told = press(browse(spy), addresses, secrets, links)
        assert not told, f"{name}\n{lines(told)}"


def press(browser, addresses, secrets, links):
    """What the answers to these forms tell, with the page that follows, by address."""
    told = {}
    for address in addresses:
        typed = {"note": "Hello.", "help": "reference", "reason": "So.", "body": "Hm.", "rule": "spam"}
        answer = browser.post(address, data=typed, follow_redirects=True)
        if telling := leaks(answer, secrets, links, answer.request.path):
            told[address] = telling
    return told


def test_what_is_hidden_takes_as_long_as_what_is_missing_also_to_forms(app, world, spies, browse, monkeypatch):
    browser, asked, ask = browse(spies["boss"][0]), [], db.execute_sql
    monkeypatch.setattr(db, "execute_sql", lambda sql, *rest, **more: asked.append(sql) or ask(sql, *rest, **more))
    hidden = {"referrals": Referral, "claims": Claim, "payments": Claim}
    ids = {room: noun.get(noun.helper == leaver(), noun.state != "draft").id for room, noun in hidden.items()}
    ids |= {"members": leaver().id, "hiding": leaver().id}

    def answer(rule, number):
        asked.clear()
        address = rule.rule.replace("<int:id>", str(number)).replace("<int:message>", "1")
        told = browser.post(address, data={"reason": "So."})
        return told.status_code, without_nonces(told.text).replace(address, ""), list(asked)

    for rule in app.url_map.iter_rules():
        room = rule.endpoint.partition(".")[0]
        if "POST" in rule.methods and room in ids and "id" in rule.arguments:
            assert answer(rule, ids[room]) == answer(rule, 99_999), rule.rule


def test_whoever_asked_learns_nothing_by_sending_forms_until_they_are_accepted(app, world, spies, browse):
    spy, secrets, links = spies["asker"]
    own = list(Claim.select().where(Claim.seeker == spy))
    assert {claim.state for claim in own} == {"requested", "changes_asked", "declined", "lapsed", "closed", "withdrawn"}
    addresses = []
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and rule.arguments == {"id"} and rule.endpoint not in ("claims.say", "claims.accept"):
            numbers = {"claims.": [claim.id for claim in own], "referrals.": [own[0].referral_id]}
            some = next((found for room, found in numbers.items() if rule.endpoint.startswith(room)), [])
            addresses += [rule.rule.replace("<int:id>", str(number)) for number in some]
    message = Message.get(Message.claim.in_(own))
    about = [f"referral={own[0].referral_id}", f"claim={own[0].id}", f"message={message.id}"]
    addresses += [f"/reports/new?{what}" for what in about] * 2
    addresses += [f"/claims/{claim.id}/messages" for claim in own]

    told = press(browse(spy), addresses, secrets, links)

    assert not told, lines(told)


def test_an_organizer_there_learns_nothing_by_acting_at_the_desk(world, spies, browse):
    spy, secrets, links = spies["organizer there"]
    browser, told = browse(spy), {}
    for kind, act in {"review": "approve", "report": "uphold", "appeal": "keep", "settlement": "remind"}.items():
        keys = [f"{kind}:{id}" for id in range(1, Event.select().count())]
        typed = {"item": keys, "act": act, "reason": "So."}
        answers = [browser.post("/desk", data=typed, follow_redirects=True)]
        answers += [browser.post("/desk/hold", data={"item": key}) for key in keys[:6]]
        if telling := [word for answer in answers for word in leaks(answer, secrets, links, "/desk")]:
            told[kind] = telling
    assert not told, lines(told)


# At the desk, people stay people: organizers act on them whatever their workplace is.
KEPT_TO_PERSONS = ("desk.", "sign_ins.", "factors.", "accounts.appeal")


def test_a_spy_takes_nothing_of_a_leaver_along(world, spies, browse):
    for name, (spy, secrets, _links) in spies.items():
        if spy is None:
            continue
        with browse(spy).post("/account/data/export", data={"export_password": PASSWORD}) as answer:
            data = answer.data
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for file in archive.namelist():
                text = archive.read(file).decode().casefold()
                telling = [word for word in secrets if word.casefold() in text]
                assert not telling, (name, file, telling)


def test_no_letter_to_a_spy_is_about_a_leaver(world, spies):
    assert Notice.select().count() > 50
    for name, (spy, _secrets, _links) in spies.items():
        told = Notice.select().where(Notice.member == spy) if spy else []
        about = [notice.kind for notice in told if notice.referral_id or notice.claim_id]
        assert not about or name in ("newcomer", "asker"), (name, about)
    assert not [letter.kind for letter in Letter.select() if letter.kind not in PERSONAL]


PERSONAL = (
    "reset",
    "sign_in",
    "confirm",
    "known",
    "new_address",
    "password_changed",
    "address_changed",
    "factor_changed",
    "work_address",
)
