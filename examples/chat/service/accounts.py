"""A toy login, and the tokens that go with it.

Anybody may take any name that is free of odd characters, without a password: put your own accounts
here. What matters for the edge is token(): a short-lived JWT that says who the user is and which
rooms may be joined and published to.
"""

import re
import secrets
import time

import jwt

ISSUER = "chat-service"
TOKEN_SECONDS = 300
NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Accounts:
    """Who is logged in, in memory. Any thread: each step is one dictionary access."""

    def __init__(self, secret):
        self._secret = secret
        self._users = {}

    def log_in(self, name):
        """The value of a new session cookie, or None for a name that is not allowed."""
        if not isinstance(name, str) or not NAME.fullmatch(name):
            return None
        session = secrets.token_urlsafe(32)
        self._users[session] = name
        return session

    def log_out(self, session):
        self._users.pop(session, None)

    def user_of(self, session):
        return self._users.get(session)

    def token(self, user, room):
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": user, "iat": now, "exp": now + TOKEN_SECONDS,
                  "join": [room], "publish": [room]}
        return jwt.encode(claims, self._secret, algorithm="HS256")
