"""An example's `run`, as a user starts it and ends it."""

import os
import pathlib
import signal
import socket
import subprocess

from edge_process import clean_environment, until

START_SECONDS = 40


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return "127.0.0.1:%d" % free.getsockname()[1]


class RunScript:
    """`script`, started in `folder` of the test; up when it has printed `last`."""

    def __init__(self, script, folder, last, environment):
        self._last = last
        self._output = pathlib.Path(folder) / "run.log"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen([script], stdout=output, stderr=output,
                                             env=clean_environment(environment),
                                             start_new_session=True)
        until(self._printed, f"{script} to be up", START_SECONDS)

    def said(self):
        return self._output.read_text()

    def _printed(self):
        assert self._process.poll() is None, self.said()
        return self._last in self.said()

    def stop(self):
        """Ends it as Ctrl-C would, which signals all that run in the terminal's foreground."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(40)
