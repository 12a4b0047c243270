"""A worker of the application that attaches to the edge: in this process, or as one that can be killed."""

import itertools
import json
import queue
import subprocess
import sys
import threading

import grpc

from control import Control, hooks_pb2 as pb
from edge_process import until
from settings import API_KEY

ALL = ["connect", "message", "rpc", "join", "refresh", "events"]
YES = {"on_connect": pb.OnConnectResponse(allow=pb.HookAdmission()),
       "on_refresh": pb.OnRefreshResponse(renew=pb.HookRenewal()),
       "on_join": pb.OnJoinResponse(allow=pb.HookYes()),
       "on_message": pb.OnMessageResponse(accept=pb.HookYes()),
       "on_rpc": pb.OnRpcResponse(json="null"),
       "on_events": pb.OnEventsResponse()}
CALL_SECONDS = 120


def attached(start, rules, service=None, **blocks):
    """A node with one service, `app`, whose workers attach."""
    services = [{"name": "app", "attached": True, **(service or {})}]
    rules = [{"service": "app", **(rule if isinstance(rule, dict) else {"hook": rule})}
             for rule in rules]
    return start(hooks={"services": services, "rules": rules}, **blocks)


class Worker:
    """`worker.on["on_join"] = function`: it gets the question and returns the answer, or None: none.

    Questions without a function are answered with "yes". All that came is in `asked`, as (kind,
    question). `end()` waits for the end of the stream and returns its status code.
    """

    def __init__(self, target, *, service="app", name="tests", max_in_flight=0, key=API_KEY, on=None):
        self.on = dict(on or {})
        self.asked = []
        self.cancelled = []
        self.welcome = None
        self.error = None
        self._said = queue.SimpleQueue()
        self.say(hello=pb.AttachHello(service=service, worker=name, max_in_flight=max_in_flight))
        self._control = Control(target, key)
        self._call = self._control.stub.Attach(iter(self._said.get, None), timeout=CALL_SECONDS,
                                               metadata=self._control.metadata)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def say(self, **message):
        self._said.put(pb.AttachRequest(**message))

    def answer(self, question, **response):
        self.say(answer=pb.AttachAnswer(question=question.id, **response))

    def ready(self):
        until(lambda: self.welcome or self.error, "the welcome")
        assert self.welcome, self.error
        return self

    def _serve(self):
        try:
            for message in self._call:
                kind = message.WhichOneof("kind")
                if kind == "welcome":
                    self.welcome = message.welcome
                elif kind == "cancel":
                    self.cancelled.append(message.cancel.question)
                else:
                    self._take(message.question)
        except grpc.RpcError as error:
            self.error = error

    def _take(self, question):
        kind = question.WhichOneof("request")
        self.asked.append((kind, question))
        function = self.on.get(kind, lambda _: YES[kind])
        response = function(getattr(question, kind))
        if response is not None:
            self.answer(question, **{kind: response})

    def of(self, kind):
        return [getattr(question, kind) for each, question in list(self.asked) if each == kind]

    def events(self):
        return [event for batch in self.of("on_events") for event in batch.events]

    def wait(self):
        self._thread.join()

    def end(self):
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.error.code() if self.error else grpc.StatusCode.OK

    def close(self):
        self._call.cancel()
        self._said.put(None)
        self._thread.join()
        self._control.channel.close()

    def __enter__(self):
        return self.ready()

    def __exit__(self, *_):
        self.close()


class Process:
    """A worker in a process of its own: says yes to the first `answers` questions, then nothing."""

    def __init__(self, target, answers=0):
        self.lines = []
        self.process = subprocess.Popen([sys.executable, __file__, target, str(answers)], text=True,
                                        stdout=subprocess.PIPE)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        until(lambda: "attached" in self.lines, "the process is attached")

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def asked(self):
        """(kind, whether it was answered, sequences of its events) of each question."""
        return [tuple(line) for line in self.lines if line != "attached"]

    def kill(self):
        """As kill -9."""
        self.process.kill()
        self.process.wait()
        self._thread.join()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def main(target, answers):
    left = itertools.count(answers, -1)

    def serve(kind):
        def on(question):
            answered = next(left) > 0
            sequences = [event.sequence for event in getattr(question, "events", [])]
            print(json.dumps([kind, answered, sequences]), flush=True)
            return YES[kind] if answered else None
        return on

    with Worker(target, name="process", on={kind: serve(kind) for kind in YES}) as worker:
        print(json.dumps("attached"), flush=True)
        worker.wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
