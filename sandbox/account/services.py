"""The services of moto that this account extends, each in the module of its name."""

from importlib import import_module
from threading import Lock

from moto.backends import get_backend
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import get_service_model

EXTENDED = ("acm", "autoscaling", "ec2", "elbv2", "iam", "kms", "logs", "rds", "route53", "s3", "wafv2")


def install() -> None:
    """Make moto answer with this package's modules, before it has answered anything.

    They are imported here, not above: that takes a second for which nobody need wait until they send a request.
    """
    for service in EXTENDED:
        import_module(f"sandbox.account.{service}").install()


def warm_up(requests: Lock) -> None:
    """Make ahead what each service's first request would wait for: half a second in all.

    That is its parsed model, and the backend in which moto looks up its paths. `requests` is the lock under which the
    account answers; between two services it is free.
    """
    for service in EXTENDED:
        with requests:
            get_service_model(service)
            backends = get_backend(service)[DEFAULT_ACCOUNT_ID]  # type: ignore[call-overload] # it is typed by literals
            backends["us-east-1" if "us-east-1" in backends else "aws"]


def forget() -> None:
    """Drop the account; moto's reset makes every service of it anew first, which takes as long as a test."""
    for backends in BackendDict._instances:  # type: ignore[misc] # moto's own way to it
        for regions in backends.values():
            for region in [name for name, backend in regions.items() if type(backend).reset is BaseBackend.reset]:
                del regions[region]


def advance() -> None:
    """Let the account do what it does by itself in time, before somebody looks."""
    from sandbox.account import autoscaling  # noqa: PLC0415

    autoscaling.advance()
