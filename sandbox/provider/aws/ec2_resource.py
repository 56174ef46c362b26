"""What the resource types of EC2 and VPC share: tags, and patience with what is still in use."""

import time
from collections.abc import Callable
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.account import Account, found
from sandbox.provider.aws import tags
from sandbox.provider.schema import Resource, Values

IN_USE = {"DependencyViolation", "InvalidGroup.InUse", "InvalidIPAddress.InUse", "IncorrectInstanceState"}
PATIENCE = 30.0
"""Seconds. The real provider waits up to 20 minutes for what uses a thing to go; here it goes within seconds."""


class Ec2Resource(Resource):
    """A type with EC2's tags: given on creation, changed by id."""

    tagged = True
    kind: ClassVar[str]
    """EC2's name of the type in tag specifications, e.g. "subnet"."""

    def tag_specifications(self, values: Values) -> dict[str, Any]:
        """Parameter that tags the resource as it is created."""
        all_tags = values.get("tagsAll")
        if not all_tags:
            return {}
        return {"TagSpecifications": [{"ResourceType": self.kind, "Tags": tags.as_list(all_tags)}]}

    def retag(self, account: Account, id_: str, old: Values, new: Values) -> None:
        """Bring the resource's tags from `old` to `new`."""
        to_set, to_remove = tags.changes(old, new)
        if to_set:
            account.ec2.create_tags(Resources=[id_], Tags=tags.as_list(to_set))
        if to_remove:
            account.ec2.delete_tags(Resources=[id_], Tags=[{"Key": k} for k in to_remove])

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        """Types with nothing but tags to change in place need no more."""
        self.retag(account, id_, old, new)


def one(call: Callable[[], list[dict[str, Any]]]) -> dict[str, Any] | None:
    """The single thing that a describe call finds, or None when AWS does not have it."""
    answer = found(call)
    return answer[0] if answer else None


def once_unused(end: Callable[[], object]) -> None:
    """End something, trying again while AWS says that it is still in use, as the real provider does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            end()
        except ClientError as error:
            if error.response["Error"]["Code"] not in IN_USE or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def added(old: list[Any] | None, new: list[Any] | None) -> list[Any]:
    """What `new` has and `old` has not."""
    return [item for item in new or [] if item not in (old or [])]
