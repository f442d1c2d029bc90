"""The Hugging Face hub: where data sets and pretrained weights come from, unless there is no network."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from functools import lru_cache
from http.client import HTTPException
from unittest import mock
from urllib.error import HTTPError
from urllib.request import urlopen

PROBE_SECONDS = 2.0
REMEMBERED_SECONDS = 30.0


def why_unreachable() -> str | None:
    """One clause that says why the hub cannot be reached, or None where it can; the answer is remembered for half a minute."""
    return _ask(int(time.monotonic() // REMEMBERED_SECONDS))


@lru_cache(maxsize=1)
def _ask(_period: int) -> str | None:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    host = constants.ENDPOINT
    answered = threading.Event()
    probe = threading.Thread(target=_probe, args=(host, answered), daemon=True)
    probe.start()
    probe.join(PROBE_SECONDS)  # urlopen's own limit counts for each address and each read anew, and not for the name server
    if answered.is_set():
        return None
    return f"{host} does not answer: no network, or a proxy that HTTPS_PROXY should name"


def _probe(host: str, answered: threading.Event) -> None:
    with contextlib.suppress(OSError, HTTPException, ValueError):  # no connection, no HTTP, no address at all
        try:
            urlopen(host, timeout=PROBE_SECONDS).close()
        except HTTPError as page:
            page.close()  # an error page is an answer, too
        answered.set()


@contextlib.contextmanager
def hub_or_cache() -> Iterator[None]:
    """Within, downloads work as usual; where the hub cannot be reached, only what was downloaded before is used.

    Without it the hub's clients try each file for 20 to 50 seconds before they give up.
    """
    if why_unreachable() is None:
        yield
        return
    import datasets.config
    from huggingface_hub import constants

    with (
        mock.patch.object(constants, "HF_HUB_OFFLINE", True),
        mock.patch.object(datasets.config, "HF_HUB_OFFLINE", True),
        mock.patch.dict(os.environ, {"HF_HUB_OFFLINE": "1"}),
    ):
        yield
