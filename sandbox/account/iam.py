"""IAM as moto 5.2.5 has it, without reading the 1,500 policies that AWS manages anew after every reset."""

import copy
import functools
from typing import Any

from moto.iam import urls
from moto.iam.models import IAMBackend, iam_backends


def install() -> None:
    """Make moto answer IAM requests with this module."""
    iam_backends.backend = Backend


class Backend(IAMBackend):
    """An account's users, roles and policies."""

    _url_module = urls

    def _init_aws_policies(self) -> list[Any]:
        return [copy.copy(policy) for policy in self.read_aws_policies(self.account_id, self.region_name)]

    @staticmethod
    @functools.cache
    def read_aws_policies(account_id: str, region_name: str) -> list[Any]:
        reader = IAMBackend.__new__(IAMBackend)
        reader.account_id, reader.region_name = account_id, region_name
        return reader._init_aws_policies()
