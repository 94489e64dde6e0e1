"""Mail domains: which of them may be an employer's, and which are nobody's."""

from collections import Counter

import pytest
from cast import MONDAY, newcomer
from playhouse.test_utils import assert_query_count

from models import Member
from models.mail_domains import PROVIDERS, domain_of, is_public, used_domains, within

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

PROVIDERS_OF_TODAY = """
    gmail.com googlemail.com outlook.com hotmail.co.uk live.ca yahoo.com yahoo.co.uk icloud.com me.com mac.com
    gmx.de web.de t-online.de proton.me tutanota.com fastmail.com hey.com mail.ru yandex.ru qq.com 163.com
    126.com naver.com daum.net rogers.com bell.net shaw.ca telus.net sympatico.ca videotron.ca comcast.net
    verizon.net att.net sbcglobal.net cox.net btinternet.com sky.com virginmedia.com orange.fr wanadoo.fr
    free.fr laposte.net libero.it virgilio.it uol.com.br terra.com.br rediffmail.com duck.com relay.firefox.com
    simplelogin.com mailbox.org posteo.de riseup.net disroot.org zoho.com example.com example.org example.net
    mail.riseup.net
"""


@pytest.mark.parametrize("email", ["ann@Müller.example", "Ann@xn--mller-kva.example", " ann@MÜLLER.example\u200b"])
def test_a_domain_is_one_however_it_is_written(email):
    assert domain_of(email) == "müller.example"


@pytest.mark.parametrize("email", ["", "former 12", "@"])
def test_what_is_no_address_has_no_domain_and_is_nobodys(email):
    assert domain_of(email) == ""
    assert is_public(domain_of(email), Counter())


def test_a_domain_is_within_itself_and_those_above_it():
    assert within("tpl.ca", "tpl.ca")
    assert within("mail.tpl.ca", "tpl.ca")
    assert not within("tpl.ca", "mail.tpl.ca")
    assert not within("nottpl.ca", "tpl.ca")
    assert not within("tpl.ca", "")


@pytest.mark.parametrize(
    "domain",
    PROVIDERS_OF_TODAY.split(),
)
def test_a_well_known_provider_is_nobodys_employer(domain):
    assert is_public(domain, Counter())


@pytest.mark.parametrize("domain", ["com", "co.uk", "gmail", "notgmail.com", "gmail.com.example", "bluebird.example"])
def test_what_is_no_provider_may_be_an_employer(domain):
    assert not is_public(domain, Counter())


def test_the_list_of_providers_holds_domains_in_their_one_form():
    assert len(PROVIDERS) > 300
    assert [domain for domain in PROVIDERS if "." not in domain or domain_of(f"x@{domain}") != domain] == []


@pytest.mark.parametrize(
    ("colleagues", "everybody", "nobodys"),
    [(3, 12, False), (4, 5, False), (5, 49, True), (5, 50, False), (5, 51, False), (101, 1000, True)],
)
def test_a_domain_of_more_than_a_tenth_and_of_five_is_nobodys(colleagues, everybody, nobodys):
    members = Counter({"works.example": colleagues, "others.example": everybody - colleagues})

    assert is_public("works.example", members) is nobodys


def test_the_members_of_today_say_which_domains_are_nobodys(organizer):
    for number in range(5):
        newcomer(f"Ann{number}", organizer)
    people = list(Member.select())
    for number, member in enumerate(people):
        host = "island.example" if number < 5 else f"shop{number}.example"
        Member.update(email=f"person{number}@{host}").where(Member.id == member.id).execute()

    with assert_query_count(1):
        assert nobodys_domains() == {"island.example"}

    Member.update(state="former").where(Member.id == people[0].id).execute()
    assert nobodys_domains() == set()


def nobodys_domains():
    used = used_domains()
    return {domain for domain in used if is_public(domain, used)}
