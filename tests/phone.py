"""The phone of a member, for the tests: it shows codes, and keeps what was printed."""

import pyotp

from models.base import clock


class Phone:
    """An app that shows codes, and what its owner has printed."""

    def __init__(self, secret, codes=()):
        self.totp, self.codes = pyotp.TOTP(secret.replace(" ", "")), codes

    def code(self, later=0):
        """The code of now, or of so many half minutes later."""
        return self.totp.at(clock(), counter_offset=later)

    def wrong(self):
        near = {self.code(step) for step in (-1, 0, 1)}
        return next(code for code in map("{:06}".format, range(9)) if code not in near)
