"""Every route × every role × one's own record and somebody else's: who gets what, in one table.

The record is the one between helper and seeker. The outsider has no part in anything; the other helper and the
other seeker have a claim between them, and on this record they are to be treated as the outsider is.
"""

import functools
import re
from contextlib import nullcontext
from dataclasses import dataclass

import pytest
from cast import MONDAY, PASSWORD, POLICY, POSTING, ROLE, newcomer

from golem import create_app
from models import (
    STARTING,
    Action,
    Beside,
    Block,
    Claim,
    Guest,
    Handover,
    Heartbeat,
    HiddenFrom,
    Inquiry,
    Invitation,
    Member,
    Notice,
    OneTimeLink,
    Passkey,
    Pledge,
    Referral,
    Report,
    SignIn,
    StripeEvent,
    Succession,
    Verification,
    Workplace,
    db,
    hash_of,
    in_days,
    now,
    today,
)
from models.sealing import keyed_hash

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

# "in" is to be asked to sign in. The states are those in which whoever may use a verb succeeds; in those that begin
# with "card" the price is paid by card, and without one there is no key for Stripe.
TABLE = """
                                           out  outsider  helper  seeker  organizer  owner

GET  static                  -             200  200       200     200     200        200
GET  health.healthz          -             200  200       200     200     200        200
GET  health.readyz           -             200  200       200     200     200        200
GET  health.metrics          -             404  404       404     404     404        404
GET  board.index             -             200  200       200     200     200        200
GET  board.about             -             200  200       200     200     200        200
GET  board.who_sees_what     -             200  200       200     200     200        200
GET  setup.show              -             404  404       404     404     404        404
POST setup.create            -             404  404       404     404     404        404

GET  accounts.join           -             200  200       200     200     200        200
POST accounts.create         -             303  303       303     303     303        303
GET  accounts.sign_in        -             200  200       200     200     200        200
GET  accounts.arrive         -             200  303       303     303     303        303
POST accounts.enter          -             303  303       303     303     303        303
GET  accounts.sign_in_once   link          200  200       200     200     200        200
POST accounts.enter_once     link          303  303       303     303     303        303
POST accounts.sign_out       -             in   303       303     303     303        303
GET  accounts.show           -             in   200       200     200     200        200
POST accounts.introduce      -             in   303       303     303     303        303
POST accounts.change_address -            in   303       303     303     303        303
GET  accounts.well_known_change_password - 303 303      303     303     303        303
GET  accounts.knocked        -             200  200       200     200     200        200
GET  sign_ins.browsers       -             in   200       200     200     200        200
POST sign_ins.end            browser       in   404       404     303     404        404
POST sign_ins.end_others     -             in   303       303     303     303        303
POST accounts.dismiss_links   -            in   303       303     303     303        303
POST accounts.change_password -            in   303       303     303     303        303
POST accounts.go_away        -             in   303       303     303     303        303
POST accounts.come_back      -             in   409       409     409     409        409
POST accounts.step_down      -             in   409       409     409     303        409
GET  accounts.waiting        -             in   200       200     200     200        200
POST accounts.apply_again    -             in   409       409     409     409        409
GET  accounts.standing       -             in   200       200     200     200        200
POST accounts.appeal         action        in   404       404     303     404        404
GET  letters.forgot          -             200  200       200     200     200        200
POST letters.ask_reset       -             409  409       409     409     409        409
GET  letters.link            -             200  200       200     200     200        200
POST letters.ask_link        -             409  409       409     409     409        409
GET  letters.open_sign_in    mailed        200  200       200     200     200        200
POST letters.sign_in         mailed        303  303       303     303     303        303
GET  letters.open_confirm    confirming    200  200       200     200     200        200
POST letters.confirm         confirming    303  303       303     303     303        303
GET  letters.open_new_address moving       200  200       200     200     200        200
POST letters.take_address    moving        303  303       303     303     303        303
POST letters.ask_confirmation -            in   409       409     409     409        409
GET  verifications.show      -             in   200       200     200     200        200
POST verifications.ask_to_be_vouched_for - in   200       200     200     200        200
POST verifications.ask_by_letter -         in   409       409     409     409        409
POST verifications.give_up   check         in   404       404     303     404        404
GET  verifications.open_vouch vouching     in   200       200     200     200        200
POST verifications.vouch     vouching      in   409       409     403     303        409
GET  verifications.open_letter at_work     in   409       409     200     409        409
POST verifications.confirm   at_work       in   409       409     303     409        409
GET  factors.ask             -             in   in        in      in      in         in
POST factors.answer          -             in   in        in      in      in         in
POST factors.challenge       -             in   in        in      in      in         in
POST factors.answer_with_passkey -         in   in        in      in      in         in
POST factors.challenge_alone -             404  404       404     404     404        404
POST factors.enter_with_passkey -          409  409       409     409     409        409
GET  factors.show            -             in   200       200     200     200        200
POST factors.begin_app       -             in   303       303     303     303        303
GET  factors.set_up_app      -             in   404       404     404     404        404
POST factors.confirm_app     -             in   404       404     404     404        404
POST factors.remove_app      -             in   404       404     404     404        404
POST factors.make_codes      -             in   409       409     409     409        409
POST factors.challenge_to_add -            in   404       404     404     404        404
POST factors.add_passkey     -             in   409       409     409     409        409
POST factors.remove_passkey  passkey       in   404       404     404     404        404
GET  own_data.privacy        -             200  200       200     200     200        200
GET  own_data.show           -             in   200       200     200     200        200
POST own_data.take           -             in   200       200     200     200        200
POST own_data.ask_to_leave   -             in   303       303     303     303        409
POST own_data.stay           -             in   409       409     409     409        409
POST own_data.answer         handover      in   404       404     404     303        403
GET  employers.show          -             200  200       200     200     200        200
POST employers.write         -             303  303       303     303     303        303
GET  organizers.show         -             in   200       200     200     200        200
POST organizers.write        -             in   303       303     303     303        303
GET  invitations.index       -             in   200       200     200     200        200
POST invitations.create      -             in   403       403     403     200        200
POST invitations.end         invitation    in   403       403     403     303        303
GET  invitations.join        invitation    200  200       200     200     200        200
POST invitations.create_member invitation  303  303       303     303     303        303
GET  house_rules.show        -             200  200       200     200     200        200
POST house_rules.agree       -             in   303       303     303     303        303
GET  house_rules.history     -             in   200       200     200     200        200
GET  log.index               -             in   200       200     200     200        200
GET  sign_ins.index          -             in   200       200     200     200        200
GET  hiding.show             -             in   200       200     200     200        200
POST hiding.add              -             in   303       303     303     303        303
POST hiding.hide_from        seeker        in   404       404     422     303        303
POST hiding.lift             entry         in   404       404     303     404        404
POST hiding.put_back         entry         in   404       404     303     404        404
GET  reports.new             published     in   200       200     200     200        200
GET  reports.new             hidden        in   404       200     404     200        200
GET  reports.new             requested     in   404       200     200     404        404
GET  reports.new             seeker        in   404       404     200     200        200
POST reports.create          published     in   303       409     303     303        303
POST reports.create          draft         in   404       409     404     404        404
POST reports.create          requested     in   404       303     303     404        404
POST reports.create          seeker        in   404       404     409     303        303
GET  members.show            seeker        in   404       404     200     200        200
GET  members.show            accepted      in   404       200     200     200        200
GET  notices.index           -             in   200       200     200     200        200
POST notices.read            -             in   303       303     303     303        303

GET  referrals.index         -             in   200       200     200     200        200
GET  referrals.new           -             in   200       200     200     200        200
POST referrals.create        -             in   303       303     303     303        303
GET  referrals.show          draft         in   404       200     404     404        404
GET  referrals.show          in_review     in   404       200     404     200        200
GET  referrals.show          changes_asked in   404       200     404     200        200
GET  referrals.show          rejected      in   404       200     404     200        200
GET  referrals.show          published     in   200       200     200     200        200
GET  referrals.show          paused        in   200       200     200     200        200
GET  referrals.show          expired       in   200       200     200     200        200
GET  referrals.show          filled        in   200       200     200     200        200
GET  referrals.show          withdrawn     in   404       200     404     200        200
GET  referrals.show          hidden        in   404       200     404     200        200
GET  referrals.show          removed       in   404       200     404     200        200
GET  referrals.history       draft         in   404       200     404     404        404
GET  referrals.history       published     in   404       200     404     200        200
GET  referrals.preview       draft         in   404       200     404     404        404
GET  referrals.preview       published     in   404       200     404     404        404
GET  referrals.edit          draft         in   404       200     404     404        404
GET  referrals.edit          published     in   404       200     404     404        404
POST referrals.change        draft         in   404       303     404     404        404
POST referrals.change        published     in   404       303     404     404        404
POST referrals.unname_all    -             in   303       303     303     303        303
POST referrals.claim         draft         in   404       409     404     404        404
POST referrals.claim         published     in   303       409     303     303        303
POST referrals.submit        draft         in   404       303     404     404        404
POST referrals.mend          draft         in   404       303     404     404        404
POST referrals.mend          published     in   403       303     403     403        403
POST referrals.schedule      draft         in   404       303     404     404        404
POST referrals.unschedule    draft         in   404       409     404     404        404
POST referrals.take_down     published     in   403       303     403     403        403
POST referrals.take_all_down -             in   303       303     303     303        303
POST referrals.approve_late  published     in   403       403     403     409        409
POST referrals.approve       in_review     in   404       403     404     303        303
POST referrals.ask_changes   in_review     in   404       403     404     303        303
POST referrals.reject        in_review     in   404       403     404     303        303
POST referrals.pause         published     in   403       303     403     403        403
POST referrals.resume        paused        in   403       303     403     403        403
POST referrals.renew         expired       in   403       303     403     403        403
POST referrals.fill          published     in   403       303     403     303        303
POST referrals.withdraw      published     in   403       303     403     403        403
POST referrals.hide          published     in   403       403     403     303        303
POST referrals.restore       hidden        in   404       403     404     303        303
POST referrals.remove        hidden        in   404       403     404     303        303
POST referrals.reinstate     removed       in   404       403     404     303        403

GET  claims.index            -             in   200       200     200     200        200
GET  claims.show             requested     in   404       200     200     404        404
GET  claims.show             settled       in   404       200     200     404        404
GET  claims.history          requested     in   404       200     200     404        404
GET  claims.history          disputed      in   404       200     200     200        200
GET  claims.show             disputed      in   404       200     200     200        200
GET  claims.show             at_desk       in   404       200     200     200        200
POST claims.say              requested     in   404       303     303     404        404
POST claims.say              disputed      in   404       303     303     403        403
POST claims.take_back        requested     in   404       303     403     404        404
POST claims.take_back        disputed      in   404       303     403     403        403
POST claims.accept           requested     in   404       303     403     404        404
POST claims.ask_changes      requested     in   404       303     403     404        404
POST claims.decline          requested     in   404       303     403     404        404
POST claims.resubmit         changes_asked in   404       403     303     404        404
POST claims.agree            accepted      in   404       403     303     404        404
POST claims.withdraw         active        in   404       403     303     404        404
POST claims.release          active        in   404       303     403     404        404
POST claims.mark             active        in   404       403     303     404        404
POST claims.unmark           active        in   404       403     303     404        404
POST claims.report_not_hired active        in   404       403     303     404        404
POST claims.report_hired     active        in   404       303     303     404        404
POST claims.confirm          reported      in   404       303     403     404        404
POST claims.contest          reported      in   404       303     403     404        404
POST claims.dispute          active        in   404       303     303     404        404
POST claims.report_ended     hired         in   404       303     303     404        404
POST claims.work_there       hired         in   404       403     409     404        404
POST claims.thank            settled       in   404       403     303     404        404
POST claims.show_thanks      thanked       in   404       303     403     404        404
POST claims.take_back_thanks thanked       in   404       409     303     404        404
POST claims.mark_sent        due           in   404       403     303     404        404
POST claims.mark_received    sent          in   404       303     403     404        404
POST claims.waive            due           in   404       303     403     404        404
POST claims.lower            at_desk       in   404       403     403     303        303
POST claims.decide           disputed      in   404       403     403     303        303
POST claims.propose_end      disputed      in   404       303     303     403        403
POST claims.agree_to_end     proposed      in   404       409     303     403        403
POST claims.refuse_end       proposed      in   404       409     303     403        403
POST claims.take_back_end    proposed      in   404       303     409     403        403
POST claims.leave            suspended     in   404       303     303     404        404

POST payments.save_card      card_pledged  in  404     403     303     404        404
POST payments.save_card      card_resting  in  404     403     409     404        404
POST payments.save_card      active        in  404     403     409     404        404
POST payments.pay            card_action_required in 404 403   303     404        404
POST payments.pay            card_resting  in  404     403     409     404        404
POST payments.pay            due           in  404     403     409     404        404
GET  payments.returned       card_pledged  in  404     303     303     404        404
GET  payments.returned       active        in  404     303     303     404        404
GET  payments.receipt        card_pledged  in  404     404     404     404        404
GET  payments.receipt        card_resting  in  404     404     200     404        404
GET  payments.receipt        card_paid     in  404     200     200     404        404
GET  payments.receipt        paid          in  404     200     200     404        404
GET  payments.receipt        due           in  404     404     404     404        404
POST payments.webhook        -             400 400     400     400     400        400
POST payments.webhook        card          400 400     400     400     400        400
GET  payouts.show            -             in  200     200     200     200        200
POST payouts.open_account    -             in  409     409     409     409        409
POST payouts.open_account    card          in  303     303     303     303        303
GET  payouts.returned        -             in  303     303     303     303        303
GET  payouts.returned        card_paid     in  303     303     303     303        303
GET  payouts.statement       year          in  200     200     200     200        200

GET  desk.index              -             in   403       403     403     200        200
GET  desk.handover           -             in   403       403     403     200        200
POST desk.note_for_successor -             in   403       403     403     403        303
POST desk.second_owner_later -             in   403       403     403     403        303
POST desk.propose_owner      -             in   403       403     403     409        409
POST desk.answer_proposal    heir          in   403       403     403     409        403
GET  desk.quiet              -             in   403       403     403     200        200
POST desk.remind             -             in   403       403     403     409        409
POST desk.act                report        in   403       403     403     303        303
POST desk.hold               report        in   403       403     403     303        303
POST desk.let_go             report        in   403       403     403     303        303
POST desk.take_over          report        in   403       403     403     303        303
GET  desk.report             report        in   403       403     403     200        200
POST desk.judge              report        in   403       403     403     303        303
POST desk.clear_reports      backlog       in   403       403     403     303        303
GET  desk.words              words         in   403       403     403     200        200
POST desk.take_words_down    words         in   403       403     403     303        303
GET  desk.members            -             in   403       403     403     200        200
GET  desk.member             seeker        in   403       403     403     200        200
POST desk.take_action        seeker        in   403       403     403     303        303
POST desk.take_action        owner         in   403       403     403     403        403
POST desk.change_standing    seeker        in   403       403     403     303        303
GET  desk.action             action        in   403       403     403     200        200
POST desk.change_action      action        in   403       403     403     303        303
GET  desk.contact            contact       in   403       403     403     200        200
GET  desk.employers          -             in   403       403     403     200        200
POST desk.register           -             in   403       403     403     303        303
POST desk.block              -             in   403       403     403     303        303
POST desk.drop_block         block         in   403       403     403     303        303
GET  desk.letters            -             in   403       403     403     200        200
POST desk.send_test          -             in   403       403     403     409        409
GET  desk.money              -             in  403     403     403     200        200
GET  desk.money_csv          -             in  403     403     403     200        200
GET  desk.payment            card_resting  in  403     403     403     200        200
GET  desk.payment            due           in  403     403     403     404        404
POST desk.settle_payment     card_resting  in  403     403     403     303        303
POST desk.settle_payment     card_due      in  403     403     403     409        409
POST desk.settle_payment     paid          in  403     403     403     404        404
POST desk.recheck            card_resting  in  403     403     403     303        303
POST desk.recheck            due           in  403     403     403     404        404
GET  desk.payments           -             in  403     403     403     200        200
POST desk.check_payments     -             in  403     403     403     303        303
POST desk.check_payments     card          in  403     403     403     303        303
POST desk.turn_on            -             in  403     403     403     409        409
POST desk.turn_on            card          in  403     403     403     303        303
POST desk.turn_off           card          in  403     403     403     303        303
POST desk.note_events        event         in  403     403     403     303        303
GET  desk.reasons            -             in   403       403     403     200        200
POST desk.add_reason         -             in   403       403     403     303        303
POST desk.change_reason      -             in   403       403     403     303        303
POST desk.remove_reason      -             in   403       403     403     303        303
GET  desk.copies             -             in   403       403     403     200        200
POST desk.confirm_address    -             in  403       403     403     303        303
GET  desk.insight            -             in   403       403     403     200        200
GET  desk.insight_csv        -             in   403       403     403     200        200
GET  desk.checks             seeker        in   403       403     403     200        200
POST desk.check              knowing       in   403       403     403     303        303
POST desk.revoke             check         in   403       403     403     303        303
POST desk.correct_address    seeker        in   403       403     403     303        303
GET  desk.invitations        -             in   403       403     403     200        200
POST desk.end_invitation     invitation    in   403       403     403     303        303
POST desk.correct_name       seeker        in   403       403     403     303        303
POST desk.correct_address    owner         in   403       403     403     409        403
POST desk.link               seeker        in   403       403     403     200        200
POST desk.link               owner         in   403       403     403     403        403
GET  desk.policy             -             in   403       403     403     200        200
POST desk.change_policy      -             in   403       403     403     200        200
POST desk.hand_over          seeker        in   403       403     403     403        303
GET  desk.beside             seeker        in   403       403     403     200        200
GET  desk.beside_posting     seeker        in   403       403     403     200        200
POST desk.post_beside        seeker        in   403       403     403     200        200
GET  desk.beside_request     asking        in   403       403     403     200        200
POST desk.request_beside     asking        in   403       403     403     200        200
GET  beside.show             beside        in   404       404     200     404        200
POST beside.enter_code       beside        in   404       404     403     404        303
POST beside.confirm          beside        in   404       404     303     404        403
POST beside.throw_away       beside        in   404       404     303     404        303
POST desk.group_away         -             in   403       403     403     303        303
POST desk.group_back         -             in   403       403     403     409        409
POST desk.close              -             in   403       403     403     403        303
POST desk.reopen             -             in   403       403     403     403        409
GET  desk.policy_history     -             in   403       403     403     200        200
GET  desk.guests             -             in   403       403     403     200        200
POST desk.invite_guests      -             in   403       403     403     200        200
POST desk.ask_guests_again   -             in   403       403     403     303        303
POST desk.take_off           guest         in   403       403     403     303        303
GET  desk.guest_cards        -             in   403       403     403     200        200
GET  desk.house_rules        -             in   403       403     403     200        200
POST desk.change_house_rules -             in   403       403     403     303        303
POST desk.introduce          -             in   403       403     403     303        303
GET  desk.clocks             -             in   403       403     403     200        200
POST desk.go_on              -             in   403       403     403     404        404
POST desk.go_on              stood         in   403       403     403     303        303
POST desk.give_back          stood         in   403       403     403     303        303
"""

NEWCOMER = {"name": "Nina", "email": "nina@example.org", "password": PASSWORD, "rules": "1"}
REASON = {"reason": "Because it is so."}
TYPED = {
    "accounts.create": NEWCOMER,
    "accounts.enter": {"email": "sami@example.org", "password": PASSWORD},
    "accounts.enter_once": {"password": "another password"},
    "accounts.introduce": {"name": "Somebody", "headline": "", "can_help": ""},
    "hiding.add": {"kind": "employer", "name": "Bakery"},
    "accounts.change_address": {"email": "new@example.org", "present": PASSWORD},
    "accounts.apply_again": {"answer": "Olga knows me by now."},
    "desk.correct_name": {"name": "Sami Sailor"} | REASON,
    "desk.correct_address": {"email": "new@example.org"} | REASON,
    "desk.check": {"employer": ""},
    "verifications.ask_by_letter": {"email": "sami@yard.example"},
    "own_data.take": {"export_password": PASSWORD},
    "own_data.ask_to_leave": {"leave_password": PASSWORD},
    "own_data.answer": {"accept_password": PASSWORD},
    "desk.hand_over": {"hand_over_password": PASSWORD},
    "desk.post_beside": POSTING,
    "desk.request_beside": {"note": "I build boats.", "help": "good_word"},
    "beside.enter_code": {"code": "123456"},
    "desk.close": {"close_password": PASSWORD, "reason": "It is time."},
    "desk.reopen": {"reopen_password": PASSWORD},
    "organizers.write": {"body": "May I bring a friend?"},
    "accounts.go_away": {"until": "2026-06-10"},
    "desk.group_away": {"until": "2026-06-10"},
    "accounts.change_password": {"old": PASSWORD, "password": "another password"},
    "factors.answer": {"code": "123456"},
    "factors.answer_with_passkey": {"credential": "{}"},
    "factors.enter_with_passkey": {"credential": "{}"},
    "factors.add_passkey": {"credential": "{}", "name": "My phone"},
    "referrals.create": POSTING,
    "referrals.change": POSTING,
    "referrals.mend": {"what": "last_day"},
    "referrals.schedule": {"publish_on": "2026-06-03"},
    "referrals.claim": {"note": "I have built boats.", "help": ["reference"]},
    "claims.say": {"body": "Good morning."},
    "claims.resubmit": {"note": "Two cutters.", "help": ["reference"]},
    "claims.mark": {"what": "applied"},
    "claims.unmark": {"what": "applied"},
    "claims.report_not_hired": {"outcome": "did_not_get_it"},
    "claims.report_hired": {"start_date": "2026-06-02"},
    "claims.report_ended": {"ended_on": ""},
    "claims.thank": {"thanks": "Thank you."},
    "claims.lower": {"owed": "1"} | REASON,
    "claims.decide": {"decision": "cancelled"} | REASON,
    "claims.propose_end": {"decision": "cancelled"},
    "reports.create": {"rule": "spam", "note": ""},
    "employers.write": {"name": "Ida", "employer": "Harbour Works", "email": "ida@example.org", "body": "Hello."},
    "invitations.create": {"note": "", "uses": "1"},
    "invitations.create_member": NEWCOMER,
    "desk.act": {"item": "report:1", "act": "dismiss"} | REASON,
    "desk.judge": {"act": "uphold", "consequence": "none"} | REASON,
    "desk.take_words_down": {"rule": "spam"} | REASON,
    "desk.hold": {"item": "report:1"},
    "desk.let_go": {"item": "report:1"},
    "desk.take_over": {"item": "report:1"} | REASON,
    "desk.take_action": {"kind": "warning", "rule": "spam"} | REASON,
    "desk.register": {"name": "Harbour Works", "rule": "gifts_only"},
    "desk.block": {"kind": "word", "pattern": "pyramid"},
    "desk.add_reason": {"act": "reject", "text": "It is too far away."},
    "desk.change_reason": {"act": "turn_down", "old": STARTING["turn_down"][0], "text": "Who knows you?"},
    "desk.change_policy": POLICY | {"confirmed": "1"},
    "desk.answer_proposal": REASON,
    "desk.note_events": {"newest": "evt_1"} | REASON,
    "desk.turn_on": {"fee_percent": "5", "fee_cap": "10", "understood": "yes"},
    "house_rules.agree": {"rules": "1"},
    "desk.invite_guests": {"people": "Gus, gus@example.org"},
    "desk.change_house_rules": {"rules": "Be kind."},
    "desk.introduce": {"name": "Circle", "place": "Hamilton", "timezone": "America/Toronto"},
}


# The records of the desk, each with the values of its address.
MAKES = {
    "report": lambda people: {"id": Report.make(people["seeker"], "spam", "", member=people["helper"]).id},
    "backlog": lambda people: {"id": Report.make(people["seeker"], "spam", "", member=people["helper"]).by_id},
    "words": lambda people: {"what": "profile", "id": boasting(people["seeker"]).id},
    "action": lambda people: {
        "id": Action.take(people["organizer"], people["seeker"], "warning", "spam", "Once is enough.").id,
        "verb": "undo",
    },
    "handover": lambda people: {
        "id": Handover.offer(people["organizer"], second_of(people)).id,
        "verb": "accept",
    },
    "heir": lambda people: {"id": proposed_by(people["organizer"], second_of(people)).id, "verb": "oppose"},
    "contact": lambda people: {"id": Inquiry.write(**TYPED["employers.write"]).id},
    "invitation": lambda people: values_of(Invitation.make(people["organizer"])),
    "asking": lambda people: {"id": people["seeker"].id, "referral": posting_of(people["helper"]).id},
    "beside": lambda people: {"id": beside_of(people["organizer"], people["seeker"], people["helper"]).id},
    "guest": lambda people: {"id": guest_of(people["organizer"]).id},
    "mailed": lambda people: {"token": mailed_to(people["seeker"], "mailed")},
    "confirming": lambda people: {"token": mailed_to(people["seeker"], "confirm")},
    "knowing": lambda people: {"id": people["seeker"].id, "verb": "know"},
    "check": lambda people: {"id": Verification.know(second_of(people), people["seeker"]).id},
    "vouching": lambda people: vouching_for(people),
    "at_work": lambda people: at_work(people["seeker"]),
    "moving": lambda people: {"token": mailed_to(people["seeker"], "address", "new@example.org")},
    "event": lambda people: StripeEvent.create(event="evt_1", type="charge", created=1, outcome="unknown") and {},
    "stood": lambda people: Heartbeat.create(beat_at=in_days(-2)) and {},
    "browser": lambda people: {"id": SignIn.open(Member.get_by_id(people["seeker"].id)).sign_in.id},
    "entry": lambda people: {"id": entry_of(people["seeker"]).id},
    "passkey": lambda people: {"id": passkey_of(newcomer("Pia", people["organizer"])).id},
    "block": lambda people: Block.add(people["organizer"], "word", "pyramid", []) or {"id": Block.get().id},
}


def boasting(member):
    Member.update(headline="The best in town").where(Member.id == member.id).execute()
    return member


def proposed_by(organizer, member):
    return Succession.create(by=organizer, to=member, due=in_days(14))


def guest_of(organizer):
    Guest.invite(organizer, "Gus, gus@example.org", agreed=True, by_letter=False)
    return Guest.get()


def posting_of(helper):
    posting = Referral.draft(helper, prices={"good_word": 0}, duties="Build boats.", last_day=today(), **ROLE)
    posting.submit(helper)
    return posting


def beside_of(organizer, member, helper):
    """A request that they filled in together, with a code that everybody here knows."""
    made, _code = Beside.request(organizer, member, posting_of(helper), "I build boats.", ["good_word"])
    Beside.update(code_hash=keyed_hash(f"{made.id}:123456", "beside")).where(Beside.id == made.id).execute()
    return made


def passkey_of(member):
    """Whoever has one is asked for it when signing in, so it belongs to nobody who plays here."""
    columns = dict.fromkeys(("name", "host", "credential", "public_key", "handle"), "x")
    return Passkey.create(member=member, **columns)


def entry_of(member):
    """What stands on the member's list by itself: the employer that they said is theirs."""
    Workplace.say(member, "Bakery")
    return HiddenFrom.of(member).get()


def mailed_to(member, purpose, address=""):
    return OneTimeLink.to_mail(member, purpose, address or member.email, since=now())


def vouching_for(people):
    """The organizer who is no owner was checked, and may vouch."""
    Verification.know(people["organizer"], second_of(people))
    return {"token": Verification.ask_to_be_vouched_for(people["seeker"])}


def at_work(member):
    Verification.ask_by_letter(member, "sami@yard.example")
    return {"token": mailed_to(member, "work_address", hash_of("sami@yard.example"))}


def second_of(people):
    """The organizer who is no owner."""
    return next(one for one in Member.organizers() if one != people["organizer"])


def message_of(claim):
    """What the helper has just written in this claim."""
    claim.say(claim.helper, "Good morning.")
    return {"id": claim.id, "message": claim.messages.get().id}


def values_of(invitation):
    return {"id": invitation.id, "token": invitation.token}


@dataclass(frozen=True, eq=False)
class Row:
    method: str
    endpoint: str
    record: str
    answers: dict

    def __str__(self):
        return f"{self.method} {self.endpoint} {self.record}".removesuffix(" -")

    @property
    def by_card(self):
        return self.record.partition("_")[0] == "card"

    @property
    def scene(self):
        """What has to have happened before: the rows of one scene are about the same record in the same state."""
        if self.record in ("-", "year", "link", "seeker", "owner", *MAKES):
            return self.record.replace("-", "nothing")
        posting = self.endpoint.startswith("referrals.") or self.endpoint.startswith("reports.")
        return f"{'referral' if posting and self.record != 'requested' else 'claim'} {self.record}"

    @property
    def typed(self):
        return TYPED.get(self.endpoint, REASON) if self.method == "POST" else None


def read_table():
    head, *lines = (line.split() for line in TABLE.splitlines() if line)
    return [Row(*line[:3], dict(zip(head, line[3:], strict=True))) for line in lines]


ROWS = read_table()
GUARDED = [row for row in ROWS if row.answers["out"] == "in"]


def scenes():
    """The rows that need no card, by their scene: each is set once."""
    by_scene = {}
    for row in ROWS:
        if not row.by_card:
            by_scene.setdefault(row.scene, []).append(row)
    return [pytest.param(rows, id=scene) for scene, rows in by_scene.items()]


@pytest.fixture
def everybody(people, second, post):
    """A member for each role."""
    other_helper, other_seeker = (newcomer(name, second) for name in ("Otto", "Oda"))
    Claim.request(post(by=other_helper), other_seeker, "Please.", ["reference"])
    return {
        "out": None,
        "outsider": people["rival"],
        "helper": people["helper"],
        "seeker": people["seeker"],
        "organizer": second,
        "owner": people["organizer"],
        "other helper": other_helper,
        "other seeker": other_seeker,
    }


@pytest.fixture
def address_of(request, app, lead, people):
    """The address of a row, once its record is in its state. All rows that it is asked for belong to one scene."""
    lead = functools.cache(lead)
    make = functools.cache(lambda record: MAKES[record](people))
    write = functools.cache(lambda state: message_of(lead(Claim, state)))
    link = functools.cache(lambda: OneTimeLink.for_member(people["seeker"], people["organizer"]))

    def record(row):
        if row.record == "year":
            return {"year": 2026}
        if row.record == "card":
            return {}
        if row.by_card:
            pledge = request.getfixturevalue("by_card")(row.record.removeprefix("card_"))
            verb = {"verb": "refund"} if row.endpoint == "desk.settle_payment" else {}
            return {"id": pledge.id if row.endpoint.startswith("desk.") else pledge.claim_id} | verb
        if row.record == "-":
            return {"filename": "golem.css"} if row.endpoint == "static" else {}
        if row.record == "link":
            return {"token": link()}
        if row.record in ("seeker", "owner"):
            key = "member" if row.endpoint.startswith("reports.") else "id"
            verb = {"verb": "trust"} if row.endpoint == "desk.change_standing" else {}
            return {key: people["organizer" if row.record == "owner" else "seeker"].id} | verb
        if row.record in MAKES:
            return make(row.record)
        if row.endpoint.startswith("reports."):
            noun = Claim if row.record == "requested" else Referral
            return {noun.noun: lead(noun, row.record).id}
        if row.record == "suspended":
            claim = lead(Claim, "active")
            Action.take(people["organizer"], people["seeker"], "suspended", "spam", "A month away.", days=30)
            return {"id": claim.id}
        if row.endpoint.startswith("referrals."):
            return {"id": lead(Referral, row.record).id}
        if row.record in ("due", "sent", "at_desk", "paid"):
            pledge = lead(Pledge, row.record.replace("at_desk", "due"))
            if row.record == "at_desk":
                pledge.call_desk()
            return {"id": pledge.claim_id} | ({"verb": "refund"} if row.endpoint == "desk.settle_payment" else {})
        if row.endpoint == "claims.take_back":
            return write(row.record)
        if row.record == "proposed":
            claim = lead(Claim, "disputed")
            if claim.proposed_by is None:
                claim.propose_end(people["helper"], "cancelled")
            return {"id": claim.id}
        if row.record == "thanked":
            claim = lead(Claim, "settled")
            if not claim.thanks:
                claim.thank(people["seeker"], "Thank you.", agreed=True)
            return {"id": claim.id}
        claim = lead(Claim, row.record)
        return {"id": claim.seeker_id if row.endpoint == "members.show" else claim.id}

    def address_of(row):
        values = record(row)
        Notice.update(read_at=now()).execute()  # What is told is read, so that looking changes nothing.
        with app.test_request_context():
            return app.url_for(row.endpoint, _external=False, **values)

    return address_of


def gets(browser, row, address):
    """The status of the answer, "in" where it is to sign in first."""
    with browser.open(address, method=row.method, data=row.typed) as answer:
        asked_in = answer.status_code == 303 and answer.location.startswith("/sign-in")
        return "in" if asked_in else str(answer.status_code)


def routes(app):
    return {
        (method, rule.endpoint): rule
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def filled(rule, number="1"):
    """The rule with something in each of its gaps: of several words the first."""
    gaps = {
        "<int:id>": number,
        "<int:message>": number,
        "<int:referral>": number,
        "<int:year>": "2026",
        "<token>": "x",
        "<path:filename>": "golem.css",
    }
    address = re.sub(r"<[^>]+>", lambda gap: gaps.get(gap[0], gap[0]), rule.rule)
    return re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", address)


def test_every_route_is_in_the_table(app):
    assert {(row.method, row.endpoint) for row in ROWS} == set(routes(app))


@pytest.fixture
def everybody_gets(everybody, address_of, app, browse, unchanged, cookie_name):
    """What each role gets, and what it is to get, by row; who is turned away has changed nothing."""

    def signed_in(cookie):
        browser = app.test_client()
        if cookie:
            browser.set_cookie(cookie.key, cookie.value)
        return browser

    def gets_as(row, address, cookie, works):
        with db.atomic() as stage:
            with nullcontext() if works else unchanged():
                status = gets(signed_in(cookie), row, address)
            stage.rollback()
        return status

    def everybody_gets(*rows):
        addresses = {row: address_of(row) for row in rows}
        cookies = {role: browse(member).get_cookie(cookie_name) for role, member in everybody.items()}
        found, expected = {}, {}
        for row, address in addresses.items():
            others = dict.fromkeys(("other helper", "other seeker"), row.answers["outsider"])
            for role, answer in {**row.answers, **others}.items():
                works = answer in ("200", "303", "409")
                expected[f"{row} as {role}"] = answer
                found[f"{row} as {role}"] = gets_as(row, address, cookies[role], works)
        return found, expected

    return everybody_gets


@pytest.mark.parametrize("app", ["", "/golem"], ids=["at_the_root", "below_a_path"], indirect=True)
@pytest.mark.parametrize("rows", scenes())
def test_everybody_gets_what_is_theirs_and_nothing_else(rows, everybody_gets):
    found, expected = everybody_gets(*rows)

    assert found == expected


@pytest.mark.parametrize("row", [row for row in ROWS if row.by_card], ids=str)
def test_where_prices_are_paid_by_card_everybody_gets_what_is_theirs_too(row, by_card, everybody_gets):
    found, expected = everybody_gets(row)

    assert found == expected


def test_who_is_signed_out_is_sent_to_sign_in_over_htmx_too(app, browse, organizer, unchanged):
    found = {}

    with unchanged():
        for row in GUARDED:
            address = filled(routes(app)[row.method, row.endpoint])
            answer = browse().open(address, method=row.method, data=row.typed, headers={"HX-Request": "true"})
            found[row] = (answer.status_code, answer.headers.get("HX-Redirect", "").partition("?")[0], answer.text)

    assert found == dict.fromkeys(GUARDED, (401, "/sign-in", ""))


def test_what_is_not_there_is_not_there_for_anybody(app, browse, organizer, unchanged):
    browser, found = browse(organizer), {}
    about_a_record = [row for row in ROWS if "<int:id>" in routes(app)[row.method, row.endpoint].rule]

    with unchanged():
        for row in about_a_record:
            for number in ("999999", "0", "99999999999999999999"):
                address = filled(routes(app)[row.method, row.endpoint], number)
                found[address] = browser.open(address, method=row.method, data=row.typed).status_code

    assert {address: status for address, status in found.items() if status != 404} == {}


def test_an_organizer_decides_a_dispute_and_does_nothing_else_there(app, lead, browse, organizer, unchanged):
    lead(Claim, "disputed")
    Notice.update(read_at=now()).execute()
    browser, found = browse(organizer), {}
    rooms = ("claims.", "payments.")
    verbs = {row.endpoint: row.typed for row in ROWS if row.method == "POST" and row.endpoint.startswith(rooms)}
    decide = verbs.pop("claims.decide")
    del verbs["claims.take_back"]  # There is no message of theirs.
    del verbs["payments.webhook"]

    with unchanged():
        for endpoint, typed in verbs.items():
            address = filled(routes(app)["POST", endpoint])
            found[endpoint] = browser.post(address, data=typed).status_code

    assert found == {**dict.fromkeys(verbs, 403), "claims.lower": 409}
    assert browser.post("/claims/1/decide", data=decide).status_code == 303


def test_before_the_set_up_every_route_waits_for_it(tmp_path):
    app = create_app({"GOLEM_DATA": str(tmp_path / "new"), "GOLEM_LIMITS": "off"})
    browser = app.test_client()

    for (method, endpoint), rule in routes(app).items():
        address = filled(rule)
        if not endpoint.startswith(("setup.", "health.", "static")):
            answer = browser.open(address, method=method)
            assert (answer.status_code, answer.location) == (303, "/setup"), address
    db.close()
