"""The program in the box that runs acts on the answers: `python worker.py --fd N --settings JSON`.

It says hello with one byte (the judge learns its process number from the socket), then answers frames, one at a time, until the
socket closes. The judge takes what it says for data, not for truth: from the first act on, this process may be the answers' own.
"""

import argparse
import contextlib
import json
import os
import resource
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grading.judging import wire

if TYPE_CHECKING:
    from grading.runtime.box import Box

ANSWERS = Path("/sub")


def main() -> None:
    """In a box of its own, made by bubblewrap."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--settings", type=json.loads, required=True)
    parser.add_argument("--answers", type=Path, default=ANSWERS)
    arguments = parser.parse_args()
    judge = socket.socket(fileno=arguments.fd)
    judge.set_inheritable(False)
    if arguments.settings:
        limit(arguments.settings)
    judge.sendall(b"\x01")
    serve(judge, wire.decode(wire.read_frame(reader(judge))), arguments.answers)


def limit(settings: dict[str, Any]) -> None:
    """Limits of this process and of all that it starts; there is no way back."""
    for name, most in (
        (resource.RLIMIT_AS, settings["address_space"]),
        (resource.RLIMIT_DATA, settings["address_space"]),
        (resource.RLIMIT_CPU, settings["seconds"]),
        (resource.RLIMIT_NPROC, settings["processes"]),
        (resource.RLIMIT_NOFILE, settings["files"]),
        (resource.RLIMIT_FSIZE, settings["file"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(name)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(name, (most, most))


def reader(judge: socket.socket) -> Callable[[int], bytes]:
    """For the decoder: exactly so many bytes from the judge; the end of the socket is the end of this process."""

    def read(size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = judge.recv(min(size - len(data), 2**20))
            if not part:
                end(0)
            data += part
        return bytes(data)

    return read


def end(status: int) -> None:
    """Stop at once, whatever the answers have registered for the end."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(status)


def serve(judge: socket.socket, start: dict[str, Any], answers: Path = ANSWERS) -> None:
    """Run acts. The first frame said which modules are under test, which names must not work, the device, the number of threads.

    Frames ask for `call` (what does the act return?) or `error` (what does it raise?), and hold the pickled act. A reply has the
    status `ok`, `error` or `todo`.
    """
    import torch

    from grading.runtime.box import Box
    from grading.runtime.forbidden import replace
    from grading.runtime.overlay import StepModules

    replace(start["replaced"])
    files = {name: answers / f"{name}.py" for name in start["files"]}
    sys.argv[:] = ["worker"]  # whatever started us
    box = Box(StepModules(files, start["absent"]), device=start["device"], seed=start["seed"])
    if start["threads"] != torch.get_num_threads():
        torch.set_num_threads(start["threads"])
    judge.sendall(wire.encode({"id": 0, "status": "ok"}, None))
    while True:
        frame = wire.read_frame(reader(judge))
        reply = answer(box, frame)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        judge.sendall(reply)


def answer(box: "Box", frame: wire.Frame) -> bytes:
    """The reply to one frame, whatever the answers raise, `SystemExit` included."""
    from grading.runtime.box import TodoError
    from grading.runtime.codec import pack

    number = frame.header["id"]
    try:
        act = wire.decode(frame)
        if frame.header["kind"] == "call":
            return wire.encode({"id": number, "status": "ok"}, box.run(act), pack, wire.MAX_REPLY)
        failure = box.error(act)
        value = None if failure is None else wire.error_value(failure.type, failure.message, failure.line)
        return wire.encode({"id": number, "status": "ok" if failure is None else "error"}, value)
    except TodoError as todo:
        return wire.encode({"id": number, "status": "todo"}, wire.todo_value(todo.exercise, todo.goal, todo.place))
    except BaseException as error:  # even SystemExit and KeyboardInterrupt are the answers' errors
        place = box.place_of(error)
        try:
            message = str(error)
        except BaseException:
            message = "(an error whose text cannot be made)"
        value = wire.error_value(type(error).__name__, message, None if place is None else place.number)
        return wire.encode({"id": number, "status": "error"}, value)


if __name__ == "__main__":
    main()
