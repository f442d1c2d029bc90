"""The page of `workshop draw`: `data/drawing_pad.html` with its style and script, served on this computer.

Other web pages that are open in the same browser can neither read nor add anything: see `_refuse_strangers`.
"""

import contextlib
import errno
import logging
import socket
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handwriting_workshop.drawing_pad import DrawingPad, find_checkpoints

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.serving import BaseWSGIServer

PAGE = Path(__file__).parent / "data" / "drawing_pad.html"
LOOPBACK = ("127.0.0.1", "localhost")
PORTS_TRIED = 20
MAX_BYTES = 2_000_000
"""Of a drawing that is sent; the page sends about 10 kilobytes."""

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_app(checkpoints: Sequence[Path], data_set: Path | None, writer: int | None = None) -> "Flask":
    """The page and what it asks for; its `DrawingPad` is `app.extensions["drawing_pad"]`.

    Raises:
        ValueError: Flask is not installed, or as `DrawingPad`.
    """
    try:
        from flask import Flask, Response, jsonify, request
        from flask.json.provider import DefaultJSONProvider
        from werkzeug.exceptions import HTTPException
    except ModuleNotFoundError as error:
        raise ValueError(
            f'drawing needs {error.name}; install it with: pip install "handwriting-workshop[draw]" '
            '(in a clone of the repository: pip install -e ".[draw]")'
        ) from None

    app = Flask(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BYTES, TRUSTED_HOSTS=list(LOOPBACK))
    app.json = DefaultJSONProvider(app)
    app.json.sort_keys = False  # models and classes in their own order
    pad = app.extensions["drawing_pad"] = DrawingPad(checkpoints, data_set, writer)

    app.before_request(_refuse_strangers)

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.update(SECURITY)
        return response

    @app.get("/")
    def page() -> Response:
        return Response(PAGE.read_bytes(), mimetype="text/html")

    @app.get("/drawing_pad.css")
    def style() -> Response:
        return Response(PAGE.with_suffix(".css").read_bytes(), mimetype="text/css")

    @app.get("/drawing_pad.js")
    def script() -> Response:
        return Response(PAGE.with_suffix(".js").read_bytes(), mimetype="text/javascript")

    @app.get("/state")
    def state() -> dict[str, Any]:
        return pad.state()

    @app.post("/guess")
    def guess() -> dict[str, Any]:
        return pad.guess(request.get_data())

    @app.post("/add")
    def add() -> dict[str, Any]:
        return pad.add(request.get_data(), request.args.get("label", ""))

    @app.post("/take-back")
    def take_back() -> dict[str, Any]:
        return pad.take_back()

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[Response, int]:
        code = error.code or 500
        return jsonify(error=SENTENCES.get(code) or error.description), code

    @app.errorhandler(ValueError)
    def unusable(error: ValueError) -> tuple[Response, int]:
        return jsonify(error=_sentence(str(error))), 422

    @app.errorhandler(FileExistsError)
    def changed(_: FileExistsError) -> tuple[Response, int]:
        return jsonify(
            error=f"Nothing was changed: files in {data_set} were changed by something else, or are no data set of the workshop. "
            "Put them back as they were, or start again with another folder: workshop draw --out FOLDER."
        ), 409

    @app.errorhandler(OSError)
    def unwritten(error: OSError) -> tuple[Response, int]:
        reason = error.strerror or str(error)
        return jsonify(error=f"Nothing was changed: {data_set} could not be written ({reason}). It is as it was."), 507

    return app


SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address is used in another way.",
    413: f"The drawing is too large (at most {MAX_BYTES // 10**6} megabytes).",
    500: "Something went wrong; the terminal says what.",
}
"""What the page shows for an HTTP status; others come with a sentence of their own."""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].removesuffix(".") + "."


def _refuse_strangers() -> None:
    """Stop what another web page in the same browser might send here.

    A page of another origin may post to this address, but the browser then says so in `Origin`, and asks first when the content
    is a PNG; a name of theirs that suddenly leads here (DNS rebinding) shows in `Host`, which Flask compares with TRUSTED_HOSTS.
    """
    from flask import abort, request

    if request.method != "POST":
        return
    if request.headers.get("Origin", f"{request.scheme}://{request.host}") != f"{request.scheme}://{request.host}":
        abort(403, "This was sent by another web page.")
    if request.mimetype != "image/png":
        abort(415, "A drawing is sent as a PNG.")


def _names_in_network(host: str) -> list[str]:
    """What others call this computer, an address first; 0.0.0.0 stands for all of its addresses."""
    from werkzeug.serving import get_interface_ip

    if host != "0.0.0.0":
        return [host]
    return [get_interface_ip(socket.AF_INET), socket.gethostname(), f"{socket.gethostname()}.local"]


def _models_in_words(pad: DrawingPad) -> str:
    if not pad.models:
        return "no trained model was found: the page only collects; `workshop demo` trains four in two to five minutes"
    return f"models that read along: {', '.join(pad.models)}"


@contextlib.contextmanager
def listening(app: "Flask", host: str, port: int) -> Iterator["BaseWSGIServer"]:
    """A server on a port, or on the next free one; `serve_forever` makes it answer. 0 is any port that is free.

    Raises:
        ValueError: no port number.
        OSError: none of the ports can be used, or the host is not this computer's.
    """
    from werkzeug.serving import make_server

    if not 0 <= port < 65536:
        raise ValueError(f"a port is a number from 0 to 65535, got {port}")
    last = min(port + PORTS_TRIED, 65536) - 1
    for candidate in range(port, last + 1):
        try:
            ours = socket.create_server((host, candidate))
            break
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == last:
                raise OSError(error.errno, f"cannot listen on {host}, port {candidate}: {error.strerror}") from None
    with ours:
        server = make_server(host, ours.getsockname()[1], app, threaded=True, fd=ours.fileno())
    try:
        yield server
    finally:
        server.server_close()


def serve(
    checkpoints: Sequence[Path] = (),
    data_set: Path | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    open_browser: bool = True,
    writer: int | None = None,
) -> int:
    """Show the page until Ctrl-C; how many drawings were added. Without checkpoints, those that `find_checkpoints` finds.

    All drawings are by one writer: the next that the data set does not have, unless a number is given.

    Raises:
        ValueError: as `create_app` and `listening`.
        OSError: as `listening` and `DrawingPad`.
    """
    app = create_app(checkpoints or find_checkpoints(), data_set, writer)
    pad: DrawingPad = app.extensions["drawing_pad"]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each stroke
    with listening(app, host, port) as server:
        names = [host] if host in LOOPBACK else _names_in_network(host)
        app.config["TRUSTED_HOSTS"] += names
        address = f"http://{names[0]}:{server.port}"
        if host not in LOOPBACK:
            print("warning: others in this network can open the page as well" + (f", and add to {data_set}" if data_set else ""))
        print(f"{_models_in_words(pad)}\ndraw at {address} (Ctrl-C ends it)", flush=True)
        if open_browser:  # in a thread, as a browser in text mode would come to the front and wait for an answer
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    with pad.adding:  # what is being added is added whole
        count = len(pad.added)
        where = f" to {data_set}, by writer {pad.writer}" if count else ""
        print(f"\n{count} drawing{'' if count == 1 else 's'} added{where}")
    return count
