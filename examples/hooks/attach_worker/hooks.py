"""What this application answers. No network here: each function gets a question and returns an answer."""

import json
import sys

from stubs import hooks_pb2 as pb

SESSIONS = {"s-1": "alice", "s-2": "bob"}  # the cookie of the login, and whose it is


def on_connect(question):
    cookies = {each.name: each.value for each in question.cookies}
    user = SESSIONS.get(cookies.get("session"))
    if user is None:
        return pb.OnConnectResponse(
            refuse=pb.HookRefusal(code="unauthenticated", reason="log in first"))
    grants = pb.HookGrants(join=["chat:*"], publish=["chat:*"])
    return pb.OnConnectResponse(allow=pb.HookAdmission(user=user, grants=grants))


def on_message(question):
    content = json.loads(question.payload.json)
    if "damn" in str(content):
        replaced = json.dumps(str(content).replace("damn", "d***"))
        return pb.OnMessageResponse(replace=pb.HookPayload(json=replaced))
    return pb.OnMessageResponse(accept=pb.HookYes())


def on_rpc(question):
    if question.method == "add":
        return pb.OnRpcResponse(json=json.dumps(sum(json.loads(question.params))))
    return pb.OnRpcResponse(refuse=pb.HookRefusal(code="not_found", reason="no such method"))


def on_events(question):
    # A batch that comes again has the same epoch and sequences: whoever keeps events looks at both.
    for event in question.events:
        print(f"{event.session.user} {event.WhichOneof('kind')}", file=sys.stderr, flush=True)
    return pb.OnEventsResponse()


HOOKS = {"on_connect": on_connect, "on_message": on_message, "on_rpc": on_rpc,
         "on_events": on_events}
