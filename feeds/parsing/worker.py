"""``python -m feeds.parsing.worker LIFE SOCKET``: reads what it is given, until whoever started it is gone.

``LIFE`` is the reading end of a pipe that nobody writes to; ``SOCKET`` is where requests come from and answers go.
"""

from __future__ import annotations

import importlib
import math
import pickle
import resource
import sys
import traceback
from typing import Any

import msgspec

from feeds.base.children import framed, receive, resident, settle
from feeds.base.errors import ChannelError, FormatError, PersonError
from feeds.parsing.messages import READY, TAKEN, Answer, Request

_MOST_KEPT = 600_000_000
"""Resident bytes beyond which a worker makes room for a fresh one when its work is done."""


def main() -> None:
    """Answer requests one after the other; end when there are no more."""
    connection = settle(int(sys.argv[1]), int(sys.argv[2]))
    connection.sendall(framed(READY))
    while request := receive(connection):
        connection.sendall(TAKEN)
        answer = _answer(pickle.loads(request))
        del request
        is_last = answer.kind == "memory" or resident(1) > _MOST_KEPT
        connection.sendall(framed(msgspec.msgpack.encode(msgspec.structs.replace(answer, last=is_last))))
        if is_last:
            return


def _answer(request: Request) -> Answer:
    """Do what is asked, within its limits."""
    _limit(request)
    try:
        answer = Answer(kind="done", result=msgspec.Raw(_encode(_call(request))))
    except MemoryError:
        _unlimit()
        answer = Answer(kind="memory")
    except FormatError as error:
        answer = _failed("format", error)
    except ChannelError as error:
        answer = _failed("person" if isinstance(error, PersonError) else "format", error)
    except Exception as error:
        _unlimit()
        answer = Answer(kind="fault", message=type(error).__name__, trace=traceback.format_exc(limit=-20))
    _unlimit()
    return answer


def _failed(kind: Any, error: ChannelError) -> Answer:
    return Answer(kind=kind, message=_sound(error.message), hint=_sound(error.hint))


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _call(request: Request) -> Any:
    module, _, name = request.function.partition(":")
    return getattr(importlib.import_module(module), name)(*request.args)


def _encode(result: Any) -> bytes:
    # What is no plain record is a dataset, which travels as the bytes of its file.
    return msgspec.msgpack.encode(result, enc_hook=lambda dataset: dataset.to_bytes())


def _limit(request: Request) -> None:
    """Bound memory, and processor time too: whoever started this may be too busy to look at the clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime + request.seconds) + 1
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (resident(0) + request.memory, most))


def _unlimit() -> None:
    for which in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
        _, most = resource.getrlimit(which)
        resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    main()
