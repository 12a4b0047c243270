"""A worker that dials the edge and answers its hooks: no port, no address of its own.

SIGTERM and SIGINT end it well: it gets no more questions, answers those it has, and goes.
"""

import argparse
import concurrent.futures
import os
import queue
import random
import signal
import socket
import sys

import grpc

from hooks import HOOKS
from stubs import control_pb2_grpc, hooks_pb2 as pb

LONGEST_WAIT = 5.0  # seconds between two attempts


def answer_to(question):
    answer = pb.AttachAnswer(question=question.id)
    kind = question.WhichOneof("request")
    try:
        getattr(answer, kind).CopyFrom(HOOKS[kind](getattr(question, kind)))
    except Exception as error:  # pylint: disable=broad-except
        # Every question is answered; with nothing, the edge does what the rule's on_failure says.
        print(f"{kind} failed: {error!r}", file=sys.stderr, flush=True)
    return pb.AttachRequest(answer=answer)


class Worker:
    def __init__(self, target, key, at_once):
        self.stub = control_pb2_grpc.ControlServiceStub(grpc.insecure_channel(target))
        self.metadata = [("authorization", f"Bearer {key}")]
        self.at_once = at_once
        self.leaving = False
        self.left = queue.SimpleQueue()
        self.said = queue.SimpleQueue()

    def leave(self, *_):
        # Runs between any two instructions of the main thread: a SimpleQueue bears that, a lock does not.
        self.leaving = True
        self.left.put(None)
        self.said.put(pb.AttachRequest(leave=pb.AttachLeave()))

    def serve(self):
        """One stream, from hello to its end. True: it was attached."""
        attached = False
        self.said = said = queue.SimpleQueue()
        said.put(pb.AttachRequest(hello=pb.AttachHello(
            service="app", worker=f"{socket.gethostname()}:{os.getpid()}",
            max_in_flight=self.at_once)))
        if self.leaving:
            return attached
        try:
            with concurrent.futures.ThreadPoolExecutor(self.at_once) as pool:
                for message in self.stub.Attach(iter(said.get, None), metadata=self.metadata):
                    if message.HasField("welcome"):
                        attached = True
                        print("attached", flush=True)
                    elif message.HasField("question"):
                        pool.submit(lambda question=message.question: said.put(answer_to(question)))
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr, flush=True)
        finally:
            said.put(None)
        return attached

    def run(self):
        wait = 0.2
        while not self.leaving:
            wait = 0.2 if self.serve() else min(2 * wait, LONGEST_WAIT)
            # At random, so that the workers of a fleet do not come all at once.
            try:
                self.left.get(timeout=random.uniform(wait / 2, wait))
            except queue.Empty:
                pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edge-control", default="127.0.0.1:9090", help="the edge's control API")
    parser.add_argument("--at-once", type=int, default=16, help="questions at a time")
    options = parser.parse_args()
    worker = Worker(options.edge_control, os.environ["ATTACH_API_KEY"], options.at_once)
    signal.signal(signal.SIGTERM, worker.leave)
    signal.signal(signal.SIGINT, worker.leave)
    worker.run()


if __name__ == "__main__":
    main()
