"""How clients are made: by botocore, fed with only as much of its data as this function's calls take.

Of a cold start the most went into data about what is never called: botocore reads every operation of a service, and the
endpoints of all four hundred, before the first request leaves. `aws_data/` holds the same files, cut down to what is
called (`python -m local.aws_data` writes it from the pinned botocore; a test holds them equal). Whatever is not there,
the endpoints' rules too, botocore takes from its own data: Lambda's botocore may be another version than ours.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

from lambda_src.authorities import Authorities

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parent / "aws_data"
"""The data that is looked at first."""

_SERVICES = frozenset(path.name for path in DATA.iterdir() if path.is_dir())

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 4
ATTEMPTS = 2
"""In-process tries of one call: few and short, since the queue is the retry mechanism."""

CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    parameter_validation=False,
    tcp_keepalive=True,
    user_agent=f"Botocore/{botocore.__version__} webhook-processor",  # else it is put together again for every request
)
"""What differs from botocore's defaults in every client."""


_AUTHORITIES = Authorities()


class _OurDataFirst(Loader):
    """botocore's loader, which finds our services without a walk through the directories of all."""

    def __init__(self) -> None:
        super().__init__([str(DATA), self.BUILTIN_DATA_PATH], include_default_search_paths=False)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - the same for models and rules
        return sorted(_SERVICES)

    def is_builtin_path(self, path: str) -> bool:
        """Say yes to ours too: it is botocore's own, and not a customer's that takes the rules' place."""
        return path.startswith(str(DATA)) or super().is_builtin_path(path)


class _Session(botocore.session.Session):
    """botocore's session, which leaves out the handlers of services that are not ours: most of a hundred.

    Each is looked at when it is registered, and copied for every client.
    """

    def register(self, event_name: str, handler: Callable[..., Any], *more: Any, **options: Any) -> None:  # noqa: ANN401 - handed on
        """Register a handler, unless its event is another service's (`before-call.s3.PutObject`) or of documents."""
        kind, _, about = event_name.partition(".")
        service = about.partition(".")[0]
        if kind != "docs" and (service in {"", "*"} or service in _SERVICES):
            super().register(event_name, handler, *more, **options)


@cache
def session() -> botocore.session.Session:
    """The process's session: credentials, region and endpoints are AWS's usual ones, from the environment."""
    made = _Session()
    made.register_component("data_loader", _OurDataFirst())
    made.get_component("event_emitter").register("before-call.sns", _write_form_once)
    return made


def _write_form_once(params: dict[str, Any], **_: object) -> None:
    """Write SNS's form before botocore does: it writes it, character by character, to sign it and again to send it.

    A body that is no form is left as it is: Lambda's botocore may be another version than ours.
    """
    if isinstance(params["body"], dict):
        params["body"] = urlencode(params["body"]).encode()


def make(service: str) -> Any:  # noqa: ANN401 - botocore's clients have no type of their own
    """Make a client of one of our services.

    Args:
        service: botocore's name of it (`dynamodb`).
    """
    client = session().create_client(service, config=CONFIG)
    _AUTHORITIES.share_with(client)
    return client
