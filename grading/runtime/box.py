"""A test's act, run on the answers under test: `box(act)` gives back plain data, and nothing else.

On a laptop the act runs in this very process, so that `print`, a debugger and an editor's test runner work. What it closes over
is copied, and what it returns takes the same way as data from a sandbox, wire format and all: a test that passes here passes
there.
"""

import contextlib
import copyreg
import ctypes
import inspect
import linecache
import pickle
import random
import re
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import cloudpickle
import numpy as np
import torch

from grading.runtime.codec import travelled
from grading.runtime.overlay import StepModules

TODO = re.compile(r"TODO (\d+\.\d+): (.*)", re.DOTALL)
SEARCH = "_find_imported_submodules"
"""cloudpickle's search for submodules that a function means. It looks through all modules that are imported anywhere, for each
function: a twelfth of judging. `submodules` takes its place."""


class EndlessError(BaseException):
    """An act did not come to an end in time. No `Exception`, so that nothing takes it for a wrong answer and tries again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it did not come to an end within {seconds:g} seconds; does a loop never end?")


class TodoError(Exception):
    """A gap was reached that is still open."""

    def __init__(self, exercise: str, goal: str, place: str) -> None:
        super().__init__(f"TODO {exercise}: {goal} ({place})")
        self.exercise = exercise
        self.goal = goal
        self.place = place
        """File and line."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An exception that an answer raised."""

    type: str
    """The name of its class."""
    message: str
    line: int | None
    """In the file under test; None if it came from elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A line of a file under test."""

    path: Path
    number: int
    text: str


class Box:
    """Runs acts on the modules of one step. An act is a function whose arguments are named after them."""

    def __init__(self, modules: StepModules, device: str = "cpu", seed: int = 0, seconds: float = 0) -> None:
        self.modules = modules
        self.seconds = seconds
        """Of wall time for one act; 0 for no limit."""
        self.device = device
        self.seed = seed
        self.last: Any = None
        """What the last act gave: its result, or its `Failure`."""

    def __call__(self, act: Callable[..., Any] | bytes) -> Any:
        """What the act returns, as plain data, after a journey over the wire.

        Raises:
            WireError: it is too large, or of a kind that cannot travel.
            TodoError, TypeError: as `run`.
        """
        return self.run(act, travelled)

    def run(self, act: Callable[..., Any] | bytes, then: Callable[[Any], Any] = lambda value: value) -> Any:
        """What the act returns, as plain data, after what is to be done `then`.

        Raises:
            TodoError: the act came to an open gap.
            TypeError: the act's arguments are no modules of this step, or it returns more than plain data.
        """
        with self._running(act) as run:
            try:
                self.last = then(plain(run()))
            except Exception as error:
                self.last = self._failure(error)
                if todo := self._todo(error):
                    raise todo from None
                raise
        return self.last

    def error(self, act: Callable[..., Any] | bytes) -> Failure | None:
        """The exception that the act raises; None if it raises none.

        Raises:
            TodoError: the act came to an open gap.
        """
        with self._running(act) as run:
            self.last = None
            try:
                run()
            except Exception as error:
                self.last = self._failure(error)
                if todo := self._todo(error):
                    raise todo from None
                return self._failure(error)
        return None

    def elsewhere(self) -> None:
        """Run the next acts where nothing is left of those before, for what must go on from a file alone.

        Where answers are judged, that is a new process; here modules are loaded anew.
        """
        self.modules.forget()

    @contextlib.contextmanager
    def _running(self, act: Callable[..., Any] | bytes) -> Iterator[Callable[[], Any]]:
        """The act with its modules, copied (or read, if it comes pickled), and with random generators of its own."""
        copy = cloudpickle.loads(act if isinstance(act, bytes) else pickled_by_value(act))
        names = list(inspect.signature(copy).parameters)
        known = [name.rpartition(".")[2] for name in self.modules.files]
        if unknown := [name for name in names if name not in (*known, "device")]:
            raise TypeError(f"an act's arguments are modules under test ({', '.join(known)}) or device, got {unknown[0]!r}")
        with (
            self.modules.active(),
            _own_random_state(self.seed, self.device),
            torch.enable_grad(),
            _without_denormals(),
            _warnings_are_no_errors(),
        ):
            arguments = {name: self.device if name == "device" else self.modules.module(name) for name in names}
            with stopped_after(self.seconds):
                yield lambda: copy(**arguments)

    def place_of(self, error: BaseException) -> Place | None:
        """The line under test that an exception came through last; None if it came through none."""
        files = {str(path) for path in self.modules.files.values()}
        for frame, number in reversed([*traceback.walk_tb(error.__traceback__)]):
            if (name := frame.f_code.co_filename) in files:
                linecache.checkcache(name)
                return Place(path=Path(name), number=number, text=linecache.getline(name, number).strip())
        return None

    def _failure(self, error: Exception) -> Failure:
        place = self.place_of(error)
        return Failure(type=type(error).__name__, message=str(error), line=None if place is None else place.number)

    def _todo(self, error: BaseException) -> TodoError | None:
        found = TODO.fullmatch(str(error)) if isinstance(error, NotImplementedError) else None
        place = self.place_of(error)
        if found is None or place is None:
            return None
        return TodoError(found[1], found[2], f"{place.path}:{place.number}")


def plain(value: Any) -> Any:
    """A copy of data that may leave a box: tensors, arrays, numbers, text, bytes, None, and lists, tuples and dicts of them.

    The path of a file becomes its content as bytes, a figure of matplotlib its picture, (H, W, 4) uint8.

    Raises:
        TypeError: anything else; its type is named.
    """
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().clone()
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.copy()
    if isinstance(value, np.generic):
        return value.item()
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    if isinstance(value, list | tuple):
        return type(value)(map(plain, value)) if type(value) in (list, tuple) else tuple(map(plain, value))
    if isinstance(value, Path):
        return value.read_bytes()
    if hasattr(value, "savefig"):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        canvas: Any = FigureCanvasAgg(value)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba()).copy()
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    kind = (
        "layer itself, not what it makes of its input"
        if isinstance(value, torch.nn.Module)
        else "kind of object that no test takes"
    )
    raise TypeError(
        f"the call gave a {type(value).__name__}: that is a {kind} "
        "(tests take tensors, arrays, numbers, text, lists, dicts, files, figures)"
    )


def _reduced(tensor: torch.Tensor) -> Any:
    """How pickle is to make a tensor anew: from what it shows, not from the whole of which it is a part."""
    if tensor.device.type != "cpu" or tensor.layout != torch.strided or not tensor.is_leaf:
        ordinary: Any = tensor.__reduce_ex__
        return ordinary(pickle.HIGHEST_PROTOCOL)
    flat = tensor.detach().contiguous().reshape(-1).view(torch.uint8)
    return _tensor, (flat.numpy().tobytes(), str(tensor.dtype), tuple(tensor.shape), tensor.requires_grad)


def _tensor(data: bytes, dtype: str, shape: tuple[int, ...], requires_grad: bool) -> torch.Tensor:
    """A tensor from its bytes."""
    kind = getattr(torch, dtype.removeprefix("torch."))
    flat = torch.frombuffer(bytearray(data), dtype=torch.uint8).view(kind) if data else torch.empty(0, dtype=kind)
    return flat.reshape(shape).requires_grad_(requires_grad)


def submodules(code: CodeType, used: Iterable[Any]) -> list[ModuleType]:
    """Modules that a function means by `xml.dom.minidom`, while it holds only `xml`: who unpickles it must import them."""
    names = _names_in(code)
    waiting = [value for value in used if isinstance(value, ModuleType)]
    found: dict[str, ModuleType] = {}
    while waiting:
        package = waiting.pop().__name__
        for full in (f"{package}.{name}" for name in names):
            if full in sys.modules and full not in found:
                found[full] = sys.modules[full]
                waiting.append(found[full])
    return [found[full] for full in sorted(found)]


def _names_in(code: CodeType) -> set[str]:
    """Names of globals and attributes in a function, and in functions and comprehensions within it."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return {*code.co_names}.union(*map(_names_in, inner))


def pickled_by_value(act: Callable[..., Any]) -> bytes:
    """The act with all that it closes over, and the test module's own helpers with it."""
    module = inspect.getmodule(act)
    by_value = isinstance(module, ModuleType) and module.__name__ != "__main__"
    copyreg.dispatch_table[torch.Tensor] = _reduced
    theirs = vars(cloudpickle.cloudpickle)
    search, theirs[SEARCH] = theirs.get(SEARCH), submodules  # another version may have no such function, and search elsewhere
    if by_value:
        cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(act))
    finally:
        theirs[SEARCH] = search
        del copyreg.dispatch_table[torch.Tensor]
        if by_value:
            cloudpickle.unregister_pickle_by_value(module)


@contextlib.contextmanager
def _without_denormals() -> Iterator[None]:
    """Wrong answers often end in numbers so small that processors take a hundred times as long: they count as 0."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@contextlib.contextmanager
def _warnings_are_no_errors() -> Iterator[None]:
    """Our own tests turn warnings into errors; an answer that a library warns about is right or wrong as without the warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield


@contextlib.contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Break off with `EndlessError` after so many seconds; again and again, for an answer may swallow the first one.

    By a signal where there is one, which also ends a sleep; elsewhere (Windows, a thread) between two lines of Python.
    """
    if not seconds:
        yield
    elif hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():

        def stop(_number: int, _frame: object) -> None:
            raise EndlessError(seconds)

        before = signal.signal(signal.SIGALRM, stop)
        remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 1)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, remaining, interval)
            signal.signal(signal.SIGALRM, before)
    else:
        error = type("EndlessError", (EndlessError,), {"__init__": lambda self: EndlessError.__init__(self, seconds)})
        thread, ended = ctypes.c_ulong(threading.get_ident()), threading.Event()

        def stop_again_and_again() -> None:
            pause = seconds
            while not ended.wait(pause):
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(error))
                pause = 1

        stopper = threading.Thread(target=stop_again_and_again, daemon=True)
        stopper.start()
        try:
            yield
        finally:
            ended.set()
            stopper.join()


@contextlib.contextmanager
def _own_random_state(seed: int, device: str) -> Iterator[None]:
    """Seed all generators, and put them back as they were: an act's result depends on nothing before it."""
    torch_state, numpy_state, python_state = torch.get_rng_state(), np.random.get_state(), random.getstate()
    if device == "cpu":
        torch.default_generator.manual_seed(seed)  # not `torch.manual_seed`, which takes a traceback in case there is a GPU
    else:
        torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(torch_state)
        np.random.set_state(numpy_state)
        random.setstate(python_state)
