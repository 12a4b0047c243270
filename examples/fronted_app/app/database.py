"""What the application keeps, in SQLite: users, their logins, the chat's messages, notes."""

import contextlib
import hashlib
import hmac
import secrets
import sqlite3
import time

LOGIN_SECONDS = 8 * 3600
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS users (
  name TEXT PRIMARY KEY, salt BLOB NOT NULL, password BLOB NOT NULL, last_seen INTEGER);
CREATE TABLE IF NOT EXISTS logins (
  id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (name), expires INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, user TEXT NOT NULL REFERENCES users (name), text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notes (
  id INTEGER PRIMARY KEY, user TEXT NOT NULL REFERENCES users (name), text TEXT NOT NULL);
"""


def login_id(cookie):
    """What a login is called in the database: who reads that cannot log in with it."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def _stretch(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


class Database:
    """Any thread, any process: each call is one transaction on a connection of its own."""

    def __init__(self, path):
        self._path = path
        with self._open() as db:
            db.executescript(SCHEMA)

    @contextlib.contextmanager
    def _open(self):
        db = sqlite3.connect(self._path, timeout=5)
        try:
            with db:
                yield db
        finally:
            db.close()

    # Users

    def log_in(self, name, password):
        """The value of a new login's cookie; None: another password. A new name is signed up."""
        with self._open() as db:
            row = db.execute("SELECT salt, password FROM users WHERE name = ?", (name,)).fetchone()
            if row is None:
                salt = secrets.token_bytes(16)
                row = (salt, _stretch(password, salt))
                db.execute("INSERT INTO users (name, salt, password) VALUES (?, ?, ?)", (name, *row))
            elif not hmac.compare_digest(_stretch(password, row[0]), row[1]):
                return None
            cookie = secrets.token_urlsafe(32)
            db.execute("INSERT INTO logins VALUES (?, ?, ?)",
                       (login_id(cookie), name, int(time.time()) + LOGIN_SECONDS))
            return cookie

    def log_out(self, name):
        """Ends all logins of a user."""
        with self._open() as db:
            db.execute("DELETE FROM logins WHERE user = ?", (name,))

    def login(self, id_):
        """(user, when it expires) of a login; None: there is none, or no longer."""
        with self._open() as db:
            return db.execute("SELECT user, expires FROM logins WHERE id = ? AND expires > ?",
                              (id_, int(time.time()))).fetchone()

    def seen(self, name, when):
        with self._open() as db:
            db.execute("UPDATE users SET last_seen = ? WHERE name = ?", (when, name))

    def people(self):
        with self._open() as db:
            return [{"user": name, "last_seen": when} for name, when in
                    db.execute("SELECT name, last_seen FROM users ORDER BY name")]

    # The chat

    def add_message(self, user, text):
        """Its number."""
        with self._open() as db:
            return db.execute("INSERT INTO messages (user, text) VALUES (?, ?)", (user, text)).lastrowid

    def messages(self, limit):
        """The last ones, the oldest of them first."""
        with self._open() as db:
            rows = db.execute("SELECT id, user, text FROM messages ORDER BY id DESC LIMIT ?",
                              (limit,)).fetchall()
        return [{"id": id_, "user": user, "text": text} for id_, user, text in reversed(rows)]

    # Notes

    def add_note(self, user, text):
        with self._open() as db:
            id_ = db.execute("INSERT INTO notes (user, text) VALUES (?, ?)", (user, text)).lastrowid
        return {"id": id_, "user": user, "text": text}

    def notes(self):
        with self._open() as db:
            return [{"id": id_, "user": user, "text": text} for id_, user, text in
                    db.execute("SELECT id, user, text FROM notes ORDER BY id")]

    def remove_note(self, id_, user):
        """Whether there was such a note of this user's."""
        with self._open() as db:
            return db.execute("DELETE FROM notes WHERE id = ? AND user = ?", (id_, user)).rowcount > 0
