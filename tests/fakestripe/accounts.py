"""Helpers' accounts, and the page on which Stripe asks its questions."""

import secrets
import time

from .answers import Refusal, iso
from .books import Books
from .hosted import go, html, onboarding_page

LINK_LASTS = 5 * 60
REQUIREMENTS_UPDATED = "v2.core.account[requirements].updated"
CAPABILITY_UPDATED = "v2.core.account[configuration.recipient].capability_status_updated"
CLOSED = "v2.core.account.closed"


class Accounts(Books):
    def list_accounts(self, asked):
        wanted = (self.live, asked.params.get("closed", False))
        found = [one for one in self.accounts.values() if (one["livemode"], one["closed"]) == wanted]
        found = [self.included(one, []) for one in found]
        return {"data": found[::-1][: asked.params.get("limit", 20)], "next_page_url": None, "previous_page_url": None}

    def create_account(self, asked):
        given = {name: value for name, value in asked.params.items() if name not in ("include", "configuration")}
        transfers = {"status": "restricted", "status_details": [{"code": "requirements_past_due"}]}
        recipient = {"applied": True, "capabilities": {"stripe_balance": {"stripe_transfers": transfers}}}
        account = self.new(
            self.accounts,
            "acct",
            "v2.core.account",
            **given,
            closed=False,
            applied_configurations=["recipient"],
            configuration={"recipient": recipient},
            requirements={"entries": asking("identity.individual.given_name", "identity.individual.date_of_birth")},
        )
        account["created"] = iso(account["created"])
        return self.included(account, asked.params.get("include", []))

    def retrieve_account(self, asked, id):
        account = self.find(id, "v2.core.account")
        if id in self.deauthorised:
            raise no_access(id)
        return self.included(account, asked.params.get("include", []))

    def usable_account(self, id, param=None):
        """The account, unless it is closed or no longer ours to use."""
        account = self.find(id, "v2.core.account", param)
        if id in self.deauthorised:
            raise no_access(id)
        if account["closed"]:
            raise Refusal(400, f"The account '{id}' has been closed.", code="account_closed", param=param)
        return account

    def included(self, account, include):
        """Stripe leaves out what was not asked for."""
        left_out = {"configuration": "configuration.recipient", "requirements": "requirements", "identity": "identity"}
        return {**account, **{name: None for name, wanted in left_out.items() if wanted not in include}}

    def create_link(self, asked):
        account = self.usable_account(asked.params["account"], "account")
        token = secrets.token_hex(10)
        expires, steps = time.time() + LINK_LASTS, asked.params["use_case"]["account_onboarding"]
        self.links[token] = {"account": account["id"], "expires": expires, "visited": False, "left": False, **steps}
        url = f"{self.url}/onboard/{token}"
        return {"object": "v2.core.account_link", "account": account["id"], "url": url, "expires_at": iso(expires)}

    def onboarding(self, method, token, form):
        """The hosted page on which a helper answers Stripe's questions. Its address is good for one visit."""
        link = self.links.get(token)
        if not link:
            return html(404, "No such page", "<p>There is nothing here.</p>")
        used = link["left"] or (method == "GET" and link["visited"])
        if used or link["expires"] < time.time() or self.accounts[link["account"]]["closed"]:
            return go(link["refresh_url"])
        if method == "GET":
            link["visited"] = True
            return onboarding_page(self.accounts[link["account"]])
        link["left"] = True
        if form.get("do") == "finish":
            self.onboard(link["account"])
        return go(link["return_url"])

    def onboard(self, account):
        """The helper answered all questions: transfers can be made to the account."""
        self.asks(account, "active")

    def ask_more(self, account, *questions):
        """Stripe wants to know more, and lets no transfers through until it does."""
        self.asks(account, "restricted", *(questions or ["identity.individual.id_numbers"]))

    def asks(self, id, status, *questions):
        account = self.accounts[id]
        with self.about(account):
            details = [{"code": "requirements_past_due", "resolution": "provide_info"}] if questions else []
            stripe_transfers(account).update(status=status, status_details=details)
            account["requirements"]["entries"] = asking(*questions)
            self.announce(REQUIREMENTS_UPDATED, account)
            self.announce(CAPABILITY_UPDATED, account)

    def close_account(self, id):
        """Stripe closed the account, for good. What it says of it afterwards names nobody."""
        account = self.accounts[id]
        with self.about(account):
            account.update(closed=True, contact_email=None, display_name=None)
            stripe_transfers(account).update(status="restricted", status_details=[{"code": "restricted_other"}])
            self.announce(CLOSED, account)

    def deauthorise(self, account):
        """The account is no longer ours to use."""
        with self.about(self.accounts[account]):
            self.deauthorised.add(account)
            self.happened("account.application.deauthorized", {"id": "ca_golem", "object": "application"}, account)

    # Thin events

    def announce(self, kind, account):
        """A thin event says that the account has changed, and not how. It is posted where `thin_events` is on."""
        about = {"id": account["id"], "type": account["object"], "url": f"/v2/core/accounts/{account['id']}"}
        event = self.new({}, "evt", "v2.core.event", type=kind, context=None, reason=None, related_object=about)
        event["created"] = iso(event["created"])
        self.notices.append(event)
        if self.thin_events and self.webhooks:
            self.outbox.put(event)

    def retrieve_notice(self, asked, id):
        """The whole of a thin event."""
        event = self.find(id, "v2.core.event")
        changed = {"data": {"updated_capability": "stripe_balance.stripe_transfers"}}
        return {**event, "changes": None, **(changed if event["type"] == CAPABILITY_UPDATED else {})}


def asking(*questions):
    """What Stripe wants to know from the owner of an account."""
    return [{"description": one, "awaiting_action_from": "user", "errors": []} for one in questions]


def no_access(account):
    words = f"The key does not have access to account '{account}'. Application access may have been revoked."
    return Refusal(403, words, code="account_invalid")


def stripe_transfers(account):
    return account["configuration"]["recipient"]["capabilities"]["stripe_balance"]["stripe_transfers"]
