"""The way to the account: boto3 clients of the sandbox's endpoint, AWS's published rules on every request, waiting.

The endpoint comes from HOTELARIA_SANDBOX_ENDPOINT alone and must be on loopback: these providers cannot reach AWS.
"""

import functools
import ipaddress
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from sandbox.provider import rules

if TYPE_CHECKING:
    import boto3

T = TypeVar("T")
ENDPOINT_VARIABLE = "HOTELARIA_SANDBOX_ENDPOINT"


class NoSandboxError(Exception):
    """The plugin was started outside the sandbox, or told to talk to something that is not on this machine."""


def endpoint() -> str:
    """The sandbox's endpoint, e.g. http://127.0.0.1:41234. Raises NoSandboxError for anything not on loopback."""
    url = os.environ.get(ENDPOINT_VARIABLE, "")
    host = urlsplit(url).hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        raise NoSandboxError(
            f"this is hotelaria's sandbox provider; it talks to the sandbox on this machine only, and {ENDPOINT_VARIABLE} "
            f'is {url!r}. Run `make up`, or `eval "$(make -s env)"` before using pulumi by hand.'
        )
    return url


@functools.cache
def _session() -> "boto3.Session":
    import boto3  # noqa: PLC0415 the random provider wants none of it, and an `up` starts that twice
    import botocore.session  # noqa: PLC0415

    core = botocore.session.Session()
    core.register_component("data_loader", rules.models())
    session = boto3.Session("sandbox", "sandbox", botocore_session=core)  # moto asks for any credentials
    session.events.register("before-parameter-build", rules.enforce)
    return session


_client_lock = threading.Lock()  # creating clients is the one thing in boto3 that is not thread-safe


@functools.cache
def _client(service: str, region: str) -> Any:
    from botocore.config import Config  # noqa: PLC0415 see `_session`

    return _session().client(
        service,
        region_name=region,
        endpoint_url=endpoint(),
        # moto answers at once or not at all; a retry would only hide what went wrong.
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=32, s3={"addressing_style": "path"}),
    )


class Account:
    """The account as one provider instance sees it: one region, one set of default tags."""

    def __init__(self, region: str, default_tags: Mapping[str, str] | None = None) -> None:
        self.region = region
        self.default_tags = dict(default_tags or {})

    def client(self, service: str, region: str | None = None) -> Any:
        """The boto3 client of a service, e.g. "ec2", in the account's region unless told otherwise."""
        with _client_lock:
            return _client(service, region or self.region)

    def __getattr__(self, service: str) -> Any:
        """`account.ec2` is `account.client("ec2")`."""
        if service.startswith("_"):
            raise AttributeError(service)
        return self.client(service)

    @functools.cached_property
    def id(self) -> str:
        """The account's number."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE."""
        return f"arn:aws:{service}:{self.region if regional else ''}:{self.id}:{resource}"

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        """All items under `key` of a paged call."""
        client = self.client(service)
        if not client.can_paginate(operation):
            return list(getattr(client, operation)(**params)[key])
        return [item for page in client.get_paginator(operation).paginate(**params) for item in page[key]]


def gone(error: ClientError) -> bool:
    """Whether AWS says that the thing does not exist (any more)."""
    code = error.response["Error"]["Code"]
    return code == "404" or any(word in code.lower() for word in ("notfound", "nosuch", "nonexist", "group.unknown"))


def found(call: Callable[[], T]) -> T | None:
    """What `call` answers, or None when AWS says that the thing does not exist."""
    try:
        return call()
    except ClientError as error:
        if gone(error):
            return None
        raise


def wait_for(ready: Callable[[], T | None], what: str, seconds: float) -> T:
    """Poll `ready` until it answers something true. Raises TimeoutError saying `what` was waited for."""
    deadline = time.monotonic() + seconds
    pause = 0.05
    while True:
        if answer := ready():
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 2.0)
