"""The services of moto that this account extends, each in the module of its name."""

from importlib import import_module

EXTENDED = ("acm", "autoscaling", "ec2", "elbv2", "kms", "logs", "s3")


def install() -> None:
    """Make moto answer with this package's modules, before it has answered anything.

    They are imported here, not above: that takes a second for which nobody need wait until they send a request.
    """
    for service in EXTENDED:
        import_module(f"sandbox.account.{service}").install()


def advance() -> None:
    """Let the account do what it does by itself in time, before somebody looks."""
    from sandbox.account import autoscaling  # noqa: PLC0415

    autoscaling.advance()
