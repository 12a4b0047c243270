"""Configurations and tokens of the tests."""

import copy
import hashlib
import time

import jwt

SECRET = "a secret of the tests, long enough"
API_KEY = "the-key-of-the-tests"
ORIGIN = "https://app.example.com"


def key_entry(name, key, **more):
    return {"name": name, "sha256": hashlib.sha256(key.encode()).hexdigest(), **more}


BASE = {
    "node": {"name": "node-1", "shards": 2},
    "client": {"listen": "127.0.0.1:0", "allowed_origins": [ORIGIN]},
    "auth": {"keys": [{"algorithm": "HS256", "secret": SECRET}]},
    "control": {"listen": "127.0.0.1:0", "api_keys": [key_entry("tests", API_KEY)]},
    "admin": {"listen": "127.0.0.1:0"},
    "namespaces": [
        {"name": "chat"},
        {"name": "live", "join_leave": True},
        {"name": "raw", "binary": True},
        {"name": "news", "client_publish": False, "presence": False, "history_size": 100},
        {"name": "tiny", "max_members": 1},
    ],
    "drain": {"timeout": "5s"},
}


def settings(**blocks):
    """BASE with the members of each block laid over it."""
    result = copy.deepcopy(BASE)
    for name, block in blocks.items():
        if isinstance(block, dict):
            result.setdefault(name, {}).update(block)
        else:
            result[name] = block
    return result


def claims(user="alice", ttl=3600, **more):
    now = int(time.time())
    return {"sub": user, "iat": now, "exp": now + ttl, "join": "*", "publish": "*", **more}


def token(user="alice", *, key=SECRET, algorithm="HS256", headers=None, **more):
    return jwt.encode(claims(user, **more), key, algorithm=algorithm, headers=headers)
