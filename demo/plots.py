"""What happens in the neighbourhood: each plot is a timeline of days and steps, told of several postings.

A timeline counts from the day of the posting, a course from the day on which somebody asks for help. Where the day
is a range, what the step returns is spread over these days. `ago` says how many days ago the last step was, in the
first and the last of the stories that are told of the plot; until today the clocks have gone on from there.
"""

from dataclasses import dataclass

from .steps import (
    accept,
    agree,
    apply,
    ask,
    ask_changes,
    ask_posting_changes,
    ask_too,
    confirm,
    contest,
    correct,
    decide,
    decline,
    disclose,
    dispute,
    draft,
    end_early,
    fill,
    give_first,
    give_rest,
    good_news,
    hand_in_again,
    helper_reports,
    hide,
    hide_from_organizers,
    hold,
    interview,
    lower,
    not_hired,
    offer,
    pause,
    post,
    question,
    raise_pay,
    receive_first,
    receive_money,
    receive_rest,
    reinstate,
    reject,
    release,
    remove,
    renew,
    restore,
    resubmit,
    resume,
    review,
    sad_news,
    say_too_much,
    schedule,
    seeker_reports,
    send,
    take_back,
    talk,
    thank,
    waive,
    withdraw,
    withdraw_posting,
)


@dataclass(frozen=True)
class Plot:
    """What happens, how often and when. Whatever is left open is decided when the plot is cast."""

    steps: list
    times: int = 1
    ago: tuple = (0, 0)
    gift: bool | None = None
    seats: int = 1
    newcomer: bool = False
    opening: str | None = None
    connection: str | None = None
    named: bool | None = None
    helper: str | None = None
    seekers: tuple = ()
    acquaintance: str | None = None

    @property
    def days(self):
        """How many days the timeline takes."""
        return max(day.stop - 1 if isinstance(day, range) else day for day, _step in self.steps)

    @property
    def talks(self):
        return any(step is talk for _day, step in self.steps)

    @property
    def asks(self):
        """How many people ask for help."""
        return sum(step in (ask, ask_too) for _day, step in self.steps)

    @property
    def last_asked(self):
        """The day on which somebody asks for the last time, 0 where nobody does."""
        return max((day for day, step in self.steps if step in (ask, ask_too)), default=0)

    @property
    def claims_before_talk(self):
        """How many claims the story has been about when the talking begins, the one that is talked about included."""
        steps = [step for _day, step in self.steps]
        return steps[: steps.index(talk)].count(ask) if self.talks else 0


def later(days, course):
    """The course, begun on that day."""
    return [
        (range(day.start + days, day.stop + days) if isinstance(day, range) else day + days, step)
        for day, step in course
    ]


# Courses of a claim

ASKED = [(0, ask), (range(1, 2), question)]
ASKED_IN_LINE = [*ASKED, (1, ask_too)]
CHANGES_ASKED = [*ASKED, (2, ask_changes)]
RESUBMITTED = [*CHANGES_ASKED, (5, resubmit)]
DECLINED = [*ASKED, (3, decline)]
WITHDRAWN_AT_ONCE = [(0, ask), (2, withdraw)]

ACCEPTED = [*ASKED, (2, accept)]
AGREED = [*ACCEPTED, (3, agree)]
HELPED = [*AGREED, (range(4, 16), talk), (5, disclose), (7, give_first), (8, receive_first), (9, apply)]
INTERVIEWED = [*HELPED, (12, give_rest), (13, receive_rest), (14, interview)]
OFFERED = [*INTERVIEWED, (19, offer), (19, good_news)]
RELEASED = [*HELPED, (18, release)]
WITHDRAWN = [*HELPED, (17, withdraw)]

REPORTED = [*OFFERED, (20, seeker_reports)]
REPORTED_BY_HELPER = [*OFFERED, (20, helper_reports)]
CONTESTED = [*INTERVIEWED, (20, helper_reports), (23, contest)]
DISPUTED = [*INTERVIEWED, (18, dispute("helping"))]
HIRED = [*REPORTED, (22, confirm)]
HIRED_AND_DISPUTED = [*HIRED, (29, dispute("hired"))]
ENDED_EARLY = [*HIRED, (41, end_early)]
ENDED_AND_DISPUTED = [*HIRED, (44, dispute("ended"))]

THANKED = [*HIRED, (24, thank)]
WAIVED = [*HIRED, (27, waive), (28, thank)]
SENT = [*HIRED, (58, send)]  # The guarantee ends 55 days after the request.
PAID = [*SENT, (60, receive_money), (62, thank)]
LOWERED = [*HIRED, (73, lower), (75, send), (77, receive_money)]


def fell_through(outcome):
    return [*INTERVIEWED, (21, sad_news), (22, not_hired(outcome))]


# Timelines of a posting

POSTED = [(0, post), (1, review)]
HIDDEN = [*POSTED, (8, hide)]
REMOVED = [*HIDDEN, (10, remove)]


def posted(course, on=3):
    """A posting on which somebody asks for help a few days later, and what comes of it."""
    return [*POSTED, *later(on, course)]


# The three who can be signed in as, and the people they deal with

HELPER, SEEKER, ORGANIZER = "Tenzin Dolkar", "Marisol Quintero", "Colleen Hanrahan"
OWNER, SECOND_ORGANIZER = "Parvati Doobay", "Kwabena Owusu-Darko"
PASSWORD = "seven-boats-at-noon"

LEADS = [
    # Tenzin and Marisol: the weekends that went well, and the job that Tenzin leaves.
    Plot(
        posted(THANKED),
        ago=(96, 96),
        gift=True,
        opening="Tamarack & Tin: Weekend prep cook",
        connection="works_there",
        named=False,
        helper=HELPER,
        seekers=(SEEKER,),
        acquaintance="here",
    ),
    Plot(
        [
            *POSTED,
            (4, ask),
            (5, ask_too),
            (6, accept),
            (7, agree),
            (range(8, 21), talk),
            (9, disclose),
            (12, give_first),
            (13, receive_first),
            (15, apply),
            (16, take_back),
            (19, interview),
        ],
        opening="Tamarack & Tin: Café manager",
        connection="leaving",
        helper=HELPER,
        seekers=(SEEKER, "Saffiya Jama"),
        acquaintance="worked_together",
    ),
    # What else waits for Tenzin: two requests, a hire to confirm, money that was sent, a posting to renew, a draft.
    Plot(
        [*POSTED, (9, ask), (10, ask_too)],
        ago=(1, 1),
        gift=False,
        seats=2,
        opening="Marsh Wren Coffee: Barista and shift lead",
        connection="knows_of",
        helper=HELPER,
        seekers=("Rohan D'Souza", "Imelda Castañeda"),
    ),
    Plot(
        posted(REPORTED),
        ago=(3, 3),
        gift=True,
        opening="Gallery Steps Café: Assistant café manager",
        connection="knows_of",
        helper=HELPER,
        seekers=("Jiwon Baek",),
        acquaintance="met",
    ),
    Plot(
        posted(SENT),
        ago=(2, 2),
        gift=False,
        opening="Corner Lantern: Line cook",
        connection="knows_of",
        helper=HELPER,
        seekers=("Kofi Mensah-Boateng",),
        acquaintance="here",
    ),
    Plot(
        POSTED,
        ago=(47, 47),
        gift=True,
        opening="Mama Oyelaran's Kitchen: Prep cook",
        connection="knows_of",
        helper=HELPER,
    ),
    Plot(
        [(0, draft)],
        ago=(1, 1),
        gift=True,
        opening="Green Ladle Events: Event coordinator, catering",
        connection="knows_of",
        helper=HELPER,
    ),
    # What only Tenzin sees yet: it comes up in a few days.
    Plot(
        [(0, draft), (0, schedule)],
        ago=(1, 1),
        gift=True,
        opening="Tamarack & Tin: Morning baker",
        connection="works_there",
        named=False,
        helper=HELPER,
    ),
    # What else waits for Marisol: terms to agree to, a request to change, a place in line, and a request to her.
    Plot(
        posted(ACCEPTED),
        ago=(1, 1),
        gift=False,
        opening="Long Table Catering: Catering coordinator",
        connection="leaving",
        helper="Jiwon Baek",
        seekers=(SEEKER,),
        acquaintance="met",
    ),
    Plot(
        posted(CHANGES_ASKED),
        ago=(2, 2),
        gift=True,
        opening="Millstone Row Bakery: Production baker",
        connection="knows_of",
        helper="Gio Santangelo",
        seekers=(SEEKER,),
    ),
    Plot(
        [*POSTED, (2, ask), (3, ask_too), (5, accept), (6, agree), (range(7, 14), talk), (9, disclose)],
        ago=(2, 2),
        gift=True,
        opening="Salt Ferry Oyster Room: Senior line cook",
        connection="knows_of",
        helper="Thuy Lam",
        seekers=("Hyun-woo Kang", SEEKER),
    ),
    Plot(
        posted(fell_through("did_not_get_it")),
        ago=(38, 38),
        opening="Pigeon & Plum: Line cook",
        connection="leaving",
        helper="Thuy Lam",
        seekers=(SEEKER,),
        acquaintance="met",
    ),
    Plot(
        [*POSTED, (6, ask)],
        ago=(1, 1),
        gift=True,
        opening="Harbour Lights Banquet Hall: Prep cook",
        connection="leaving",
        helper=SEEKER,
        seekers=("Imelda Castañeda",),
    ),
    # A draft of hers that says more than she means to.
    Plot(
        [(0, draft), (0, say_too_much)],
        ago=(0, 0),
        gift=True,
        opening="Harbour Lights Banquet Hall: Banquet line cook",
        connection="leaving",
        named=False,
        helper=SEEKER,
    ),
    # No organizer may look at it: one works there, from the two others its helper is hidden.
    Plot(
        [(0, hide_from_organizers), (0, post)],
        ago=(5, 5),
        gift=True,
        opening="Larchmoor Residence: Personal support worker, team lead",
        connection="leaving",
        named=False,
        helper="Thandiwe Mokoena",
    ),
    # Colleen helps too, besides her work at the desk.
    Plot(
        posted(THANKED),
        ago=(55, 55),
        gift=True,
        opening="Sixth Concession Holdings: Office and executive coordinator",
        connection="works_there",
        helper=ORGANIZER,
        seekers=("Daniel Rosenthal-Park",),
        acquaintance="met",
    ),
    # Who works where Colleen does is leaving: it waits at the desk, and she does not see it there.
    Plot(
        [(0, post)],
        ago=(2, 2),
        gift=True,
        opening="Sixth Concession Holdings: Payroll coordinator",
        connection="leaving",
        helper="Ines Carvalho-Webb",
        named=False,
    ),
]

# Everybody else. First what is picky about who and when, then what is easily cast.

NEIGHBOURS = [
    # A first posting waits for an organizer.
    Plot([(0, post)], 4, ago=(0, 3), newcomer=True),
    Plot([(0, post), (1, ask_posting_changes)], 3, ago=(1, 6), newcomer=True),
    Plot([(0, post), (1, ask_posting_changes), (2, hand_in_again), (3, review)], 2, ago=(4, 26), newcomer=True),
    Plot([(0, post), (1, reject)], 3, ago=(9, 110), newcomer=True),
    # So does an edit by somebody whose postings are held.
    Plot([*POSTED, (4, hold), (6, raise_pay)], ago=(1, 1), newcomer=True),
    # Work in progress, sometimes with the second person who asked.
    Plot(posted(HELPED), 4, ago=(0, 9)),
    Plot(posted(INTERVIEWED), 2, ago=(1, 16)),
    Plot(posted(OFFERED), 2, ago=(0, 2)),
    Plot(posted([*AGREED, (1, ask_too), (range(4, 12), talk), (6, disclose)]), 3, ago=(1, 12)),
    Plot(posted([*HELPED, (12, ask_too)]), ago=(1, 1), seats=2),
    Plot([*posted(ASKED), *later(14, INTERVIEWED)], 2, ago=(2, 9)),
    Plot([*posted(ACCEPTED), *later(12, HELPED)], ago=(3, 3)),
    Plot([*posted(DECLINED), *later(9, HELPED)], 2, ago=(1, 7)),
    Plot([*posted(WITHDRAWN), *later(24, HELPED)], ago=(2, 2)),
    Plot([*posted(RELEASED), *later(25, HELPED)], ago=(1, 1)),
    Plot(posted(HELPED), ago=(70, 70)),
    Plot(posted(HELPED), 2, ago=(172, 178)),
    Plot(posted(REPORTED), 2, ago=(1, 9)),
    Plot(posted(REPORTED_BY_HELPER), 3, ago=(1, 9)),
    # What an organizer has to decide.
    Plot(posted(CONTESTED), 2, ago=(1, 5), gift=False),
    Plot(posted(DISPUTED), ago=(3, 3)),
    Plot(posted(HIRED_AND_DISPUTED), ago=(6, 6), gift=False),
    Plot(posted(REPORTED_BY_HELPER), ago=(19, 19), gift=False),
    # What an organizer has decided.
    Plot([*posted(CONTESTED), (29, decide("not_hired"))], ago=(8, 8), gift=False),
    Plot([*posted(HIRED_AND_DISPUTED), (35, decide("hired", lower_by=20))], ago=(4, 4), gift=False, seats=2),
    Plot([*posted(DISPUTED), (24, decide("cancelled"))], 2, ago=(14, 60)),
    Plot([*posted(ENDED_AND_DISPUTED), (51, decide("ended_early"))], ago=(36, 36), gift=False),
    # Hired, and the price on its way.
    Plot(posted(HIRED), 2, ago=(1, 12), gift=False, seats=2),
    Plot(posted(HIRED), 2, ago=(9, 28), gift=False),
    Plot(posted(HIRED), 2, ago=(35, 43), gift=False),
    Plot(posted(SENT), 2, ago=(1, 10), gift=False),
    Plot(posted(HIRED), ago=(52, 52), gift=False),
    Plot(posted(SENT), ago=(17, 17), gift=False),
    Plot(posted(REPORTED), ago=(18, 18), gift=False),
    Plot(posted(ENDED_EARLY), 3, ago=(2, 90), gift=False),
    # Settled.
    Plot(posted(PAID), 3, ago=(3, 100), gift=False),
    Plot(posted(LOWERED), ago=(20, 20), gift=False),
    Plot(posted(WAIVED), 2, ago=(2, 80), gift=False),
    Plot(posted(THANKED), 3, ago=(9, 140), gift=True),
    Plot(posted(THANKED), 2, ago=(2, 14), gift=True, seats=2),
    Plot(posted([*THANKED, (1, ask_too)]), 2, ago=(8, 110), gift=True),
    Plot(posted([*HIRED, (1, ask_too)]), ago=(25, 25), gift=False),
    Plot([*posted(DECLINED), *later(9, THANKED)], ago=(30, 30), gift=True),
    # Not hired, this time; the posting goes on.
    Plot(posted(fell_through("did_not_get_it")), ago=(75, 75)),
    Plot([*posted(fell_through("did_not_get_it")), *later(28, ASKED)], 2, ago=(1, 3)),
    Plot(posted(fell_through("declined_offer")), ago=(9, 9)),
    Plot(posted(fell_through("role_cancelled")), ago=(28, 28)),
    Plot(posted(fell_through("stopped_looking")), ago=(12, 12)),
    Plot(posted(fell_through("hired_elsewhere")), 2, ago=(6, 16)),
    Plot(posted(RELEASED), ago=(40, 40)),
    Plot(posted(WITHDRAWN), ago=(14, 14)),
    # Requests that wait, or waited.
    Plot(posted(ASKED), 4, ago=(0, 4)),
    Plot([*posted(DECLINED), *later(9, ASKED)], 2, ago=(1, 3)),
    Plot([*posted(WITHDRAWN_AT_ONCE), *later(9, ACCEPTED)], 2, ago=(0, 1)),
    Plot(posted(CHANGES_ASKED), 2, ago=(3, 9)),
    Plot(posted(RESUBMITTED), 2, ago=(0, 4)),
    Plot(posted(ASKED), ago=(12, 12)),
    Plot(posted(CHANGES_ASKED), ago=(20, 20)),
    Plot([*posted(ASKED_IN_LINE), (6, withdraw_posting)], ago=(22, 22)),
    # Postings off the board, or back on it.
    Plot([(0, draft)], 3, ago=(0, 9)),
    Plot([*POSTED, (9, pause)], 4, ago=(2, 26)),
    Plot(POSTED, 2, ago=(48, 130)),
    Plot([*POSTED, (21, fill)], 2, ago=(5, 90)),
    Plot([*POSTED, (18, withdraw_posting)], 2, ago=(5, 95)),
    Plot(HIDDEN, 3, ago=(0, 11)),
    Plot(REMOVED, 2, ago=(6, 80)),
    Plot([*REMOVED, (14, reinstate)], ago=(9, 9)),
    Plot([*HIDDEN, (10, restore)], ago=(6, 6)),
    Plot([*POSTED, (20, pause), (26, resume)], ago=(8, 8)),
    Plot([*POSTED, (12, correct)], 2, ago=(6, 20)),
    Plot([*POSTED, (48, renew)], 3, ago=(2, 30)),
]

# Whatever is left is on the board, and nobody has asked yet.
QUIET = Plot(POSTED, ago=(0, 40))
