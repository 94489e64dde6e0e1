"""Helpers' accounts, and the page on which Stripe asks its questions."""

import secrets
import time

from .answers import Refusal, iso
from .books import Books
from .hosted import go, html, onboarding_page

LINK_LASTS = 5 * 60


class Accounts(Books):
    def list_accounts(self, asked):
        found = [self.included(one, []) for one in self.accounts.values() if one["livemode"] == self.live]
        return {"data": found[::-1][: asked.params.get("limit", 20)], "next_page_url": None, "previous_page_url": None}

    def create_account(self, asked):
        given = {name: value for name, value in asked.params.items() if name not in ("include", "configuration")}
        transfers = {"status": "restricted", "status_details": [{"code": "requirements_past_due"}]}
        recipient = {"applied": True, "capabilities": {"stripe_balance": {"stripe_transfers": transfers}}}
        asking = {"description": "identity.individual.given_name", "awaiting_action_from": "user", "errors": []}
        account = self.new(
            self.accounts,
            "acct",
            "v2.core.account",
            **given,
            closed=False,
            applied_configurations=["recipient"],
            configuration={"recipient": recipient},
            requirements={"entries": [asking, {**asking, "description": "identity.individual.date_of_birth"}]},
        )
        account["created"] = iso(account["created"])
        return self.included(account, asked.params.get("include", []))

    def retrieve_account(self, asked, id):
        account = self.find(id, "v2.core.account")
        if id in self.deauthorised:
            raise no_access(id)
        return self.included(account, asked.params.get("include", []))

    def included(self, account, include):
        """Stripe leaves out what was not asked for."""
        left_out = {"configuration": "configuration.recipient", "requirements": "requirements", "identity": "identity"}
        return {**account, **{name: None for name, wanted in left_out.items() if wanted not in include}}

    def create_link(self, asked):
        account = self.find(asked.params["account"], "v2.core.account", "account")
        if account["id"] in self.deauthorised:
            raise no_access(account["id"])
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
        if link["left"] or link["expires"] < time.time() or (method == "GET" and link["visited"]):
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
        with self.lock:
            stripe_transfers(self.accounts[account]).update(status="active", status_details=[])
            self.accounts[account]["requirements"]["entries"] = []

    def deauthorise(self, account):
        """The account is no longer ours to use."""
        with self.about(self.accounts[account]):
            self.deauthorised.add(account)
            self.happened("account.application.deauthorized", {"id": "ca_golem", "object": "application"}, account)


def no_access(account):
    words = f"The key does not have access to account '{account}'. Application access may have been revoked."
    return Refusal(403, words, code="account_invalid")


def stripe_transfers(account):
    return account["configuration"]["recipient"]["capabilities"]["stripe_balance"]["stripe_transfers"]
