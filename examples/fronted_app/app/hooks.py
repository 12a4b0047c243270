"""What the edge asks and tells: requests like all others, but for their signature.

The messages are those of proto/gatehouse/v1/hooks.proto, as JSON.
"""

import hashlib
import hmac
import json
import time
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request

from database import login_id

ROOM = "chat:lobby"
COOKIE = "session"
FRESH_SECONDS = 60
MAX_TEXT = 500
MAX_HISTORY = 50
SHORT = {":tea:": "🍵", ":wave:": "👋"}

router = APIRouter(prefix="/hooks", include_in_schema=False)


async def question(request: Request):
    """What the edge asks. 403: it was not the edge, or long ago."""
    body = await request.body()
    sent = request.headers.get("gatehouse-time", "")
    signed = hmac.new(request.app.state.hook_secret, sent.encode() + b"." + body, hashlib.sha256)
    fresh = sent.isdigit() and abs(time.time() - int(sent)) < FRESH_SECONDS
    # Each of the edge's keys has signed it: two, while one is being replaced.
    signatures = request.headers.get("gatehouse-signature", "").split(",")
    known = any(hmac.compare_digest(signed.hexdigest().encode(), each.strip().encode())
                for each in signatures)
    if not (fresh and known):
        raise HTTPException(403, "not signed by the edge")
    return json.loads(body)


Question = Annotated[dict, Depends(question)]


def refuse(code, reason):
    return {"refuse": {"code": code, "reason": reason}}


@router.post("/OnConnect")
def on_connect(asked: Question, request: Request):
    """The login that lets into the pages lets into the chat."""
    cookies = {each["name"]: each["value"] for each in asked.get("cookies", [])}
    id_ = login_id(cookies.get(COOKIE, ""))
    login = request.app.state.database.login(id_)
    if login is None:
        return refuse("unauthenticated", "log in first")
    user, expires = login
    # The login comes back as the state of each later question: nothing is kept here for a socket.
    return {"allow": {"user": user, "grants": {"join": [ROOM], "publish": [ROOM]}, "state": id_,
                      "expires_unix_millis": expires * 1000}}


@router.post("/OnRefresh")
def on_refresh(asked: Question, request: Request):
    """Asked when the time that OnConnect gave is over, or when a page asks for more."""
    login = request.app.state.database.login(asked["session"].get("state", ""))
    if login is None:
        return refuse("unauthenticated", "the login has ended")
    return {"renew": {"expires_unix_millis": login[1] * 1000}}


@router.post("/OnMessage")
def on_message(asked: Question, request: Request):
    """Refuses, or stores and rewrites."""
    content = json.loads(asked["payload"]["json"])
    text = content.get("text") if isinstance(content, dict) else None
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_TEXT:
        return refuse("bad_text", f"a text of 1 to {MAX_TEXT} characters")
    if "http://" in text or "https://" in text:
        return refuse("no_links", "links go into a note")
    for short, long in SHORT.items():
        text = text.replace(short, long)
    # The number tells a page that asked for the history what it has already.
    number = request.app.state.database.add_message(asked["session"]["user"], text)
    return {"replace": {"json": json.dumps({"id": number, "text": text})}}


@router.post("/OnRpc")
def on_rpc(asked: Question, request: Request):
    """{"type":"rpc","id":1,"method":"history","params":20}: the last messages."""
    if asked["method"] != "history":
        return refuse("not_found", "no such method")
    limit = json.loads(asked.get("params", "20"))
    if not isinstance(limit, int) or not 1 <= limit <= MAX_HISTORY:
        return refuse("bad_request", f"1 to {MAX_HISTORY} messages")
    return {"json": json.dumps(request.app.state.database.messages(limit))}


@router.post("/OnEvents")
def on_events(asked: Question, request: Request):
    """A batch that was told before does no harm: the last time seen is the same."""
    for event in asked["events"]:
        request.app.state.database.seen(event["session"]["user"], int(event["unix_millis"]) // 1000)
    return {}
