"""A web application like many: pages, a REST API on SQLite, login by cookie. And a chat, without a socket.

Pages   GET /  GET /login  POST /login  POST /logout
API     GET /api/me /api/people /api/messages /api/notes · POST /api/notes · DELETE /api/notes/ID
Hooks   POST /hooks/On...   from the edge only (hooks.py)
"""

import argparse
import html
import json
import os
import pathlib
import re
import socket
import string
import sys
import urllib.parse
from typing import Annotated

import grpc
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, Field

import hooks
from database import LOGIN_SECONDS, Database, login_id
from edge import Edge

NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
PAGES = pathlib.Path(__file__).resolve().parent.parent / "pages"
# Longer than the edge keeps a connection (30 s for requests, 4 s for hooks), so that it is never the
# application that closes one just when a request comes.
KEEP_ALIVE_SECONDS = 75

app = FastAPI(title="A fronted application", docs_url=None, redoc_url=None)
app.include_router(hooks.router)


def page(name, **values):
    text = string.Template((PAGES / name).read_text(encoding="utf-8"))
    shown = {key: html.escape(value) for key, value in values.items()}
    return HTMLResponse(text.substitute(shown), headers={"Cache-Control": "no-store"})


def visitor(request: Request):
    """The user whose login the cookie is, or None."""
    login = request.app.state.database.login(login_id(request.cookies.get(hooks.COOKIE, "")))
    return login and login[0]


def user(who: Annotated[str | None, Depends(visitor)]):
    if who is None:
        raise HTTPException(401, "not logged in")
    return who


User = Annotated[str, Depends(user)]

# Pages


@app.get("/")
def front_page(who: Annotated[str | None, Depends(visitor)]):
    return page("index.html", user=who) if who else RedirectResponse("/login", 303)


@app.get("/login")
def login_page():
    return page("login.html", error="")


async def form(request: Request):
    """The fields of a form that a page sent."""
    text = (await request.body()).decode("utf-8", "replace")
    return dict(urllib.parse.parse_qsl(text))


@app.post("/login")
def log_in(request: Request, fields: Annotated[dict, Depends(form)]):
    name, password = fields.get("name", ""), fields.get("password", "")
    if not NAME.fullmatch(name) or not 1 <= len(password) <= 200:
        return page("login.html", error="A name is 1 to 32 of A-Z a-z 0-9 _ -; and say a password.")
    cookie = request.app.state.database.log_in(name, password)
    if cookie is None:
        return page("login.html", error="That is not the password.")
    answer = RedirectResponse("/", 303)
    # The edge sets X-Forwarded-Proto, and uvicorn believes it from loopback.
    answer.set_cookie(hooks.COOKIE, cookie, max_age=LOGIN_SECONDS, httponly=True, samesite="lax",
                      secure=request.url.scheme == "https")
    return answer


@app.post("/logout")
def log_out(request: Request, who: User):
    # In this order: what connects after the first step is refused by OnConnect, what was connected
    # or just being let in is closed by the second.
    request.app.state.database.log_out(who)
    request.app.state.edge.kick(who, "logged out")
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(hooks.COOKIE)
    return answer


# API


class NewNote(BaseModel):
    text: str = Field(min_length=1, max_length=500)


@app.get("/api/me")
def me(who: User):
    return {"user": who}


@app.get("/api/people")
def people(request: Request, _: User):
    return request.app.state.database.people()


@app.get("/api/messages")
def messages(request: Request, _: User, limit: int = 20):
    return request.app.state.database.messages(min(max(limit, 1), hooks.MAX_HISTORY))


@app.get("/api/notes")
def notes(request: Request, _: User):
    return request.app.state.database.notes()


@app.post("/api/notes", status_code=201)
def add_note(request: Request, who: User, note: NewNote):
    added = request.app.state.database.add_note(who, note.text)
    request.app.state.edge.tell(hooks.ROOM, {"note": added})
    return added


@app.delete("/api/notes/{note_id}", status_code=204)
def remove_note(request: Request, who: User, note_id: int):
    if not request.app.state.database.remove_note(note_id, who):
        raise HTTPException(404, "no such note of yours")
    request.app.state.edge.tell(hooks.ROOM, {"removed": note_id})
    return Response(status_code=204)


@app.exception_handler(grpc.RpcError)
def edge_failed(_, error):
    """What the database was told stands; only the edge could not be."""
    return JSONResponse({"detail": f"the edge: {error.code().name}"}, 502)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:8000", help="where the edge reaches it")
    parser.add_argument("--edge-control", default="127.0.0.1:9090", help="the edge's control API")
    parser.add_argument("--database", required=True, help="file of the database, made if missing")
    return parser.parse_args()


def secret(name):
    value = os.environ.get(name)
    if not value:
        sys.exit(f"app: {name} is not set (./run sets it)")
    return value


def main():
    arguments = parse_arguments()
    app.state.database = Database(arguments.database)
    app.state.edge = Edge(arguments.edge_control, secret("APP_API_KEY"))
    app.state.hook_secret = secret("APP_HOOK_SECRET").encode()
    host, port = arguments.listen.rsplit(":", 1)
    listener = socket.create_server((host, int(port)), backlog=1024)
    address = "%s:%d" % listener.getsockname()[:2]
    print(json.dumps({"event": "ready", "listen": address}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none",
                                  timeout_keep_alive=KEEP_ALIVE_SECONDS)).run([listener])


if __name__ == "__main__":
    main()
