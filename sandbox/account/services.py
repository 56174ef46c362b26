"""The services of moto that this account extends, each in the module of its name."""

from importlib import import_module

from moto.core.base_backend import BackendDict, BaseBackend

EXTENDED = ("acm", "autoscaling", "ec2", "elbv2", "iam", "kms", "logs", "rds", "route53", "s3", "wafv2")


def install() -> None:
    """Make moto answer with this package's modules, before it has answered anything.

    They are imported here, not above: that takes a second for which nobody need wait until they send a request.
    """
    for service in EXTENDED:
        import_module(f"sandbox.account.{service}").install()


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
