"""AWS WAF as AWS answers where moto 5.2.5 does not.

moto keeps what an update leaves out, deletes what is in use, protects one thing by two web ACLs, forgets nothing when
that thing goes, and gives address lists lock tokens that are none.
"""

import json
import uuid
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.elbv2.models import elbv2_backends
from moto.wafv2 import models, urls
from moto.wafv2.exceptions import WAFNonexistentItemException, WAFOptimisticLockException, WAFv2ClientError
from moto.wafv2.models import GLOBAL_REGION, FakeIPSet, FakeRule, FakeWebACL, WAFV2Backend, wafv2_backends
from moto.wafv2.responses import WAFV2Response

SETTINGS = (
    "DefaultAction",
    "Rules",
    "Description",
    "VisibilityConfig",
    "CustomResponseBodies",
    "CaptchaConfig",
    "ChallengeConfig",
    "TokenDomains",
    "AssociationConfig",
)
"""What an update of a web ACL sets anew as a whole."""


def install() -> None:
    """Make moto answer WAF requests with this module."""
    wafv2_backends.backend = Backend
    models.FakeIPSet = AddressList  # type: ignore[misc]
    urls.url_paths = dict.fromkeys(urls.url_paths, Response.dispatch)


class InUseError(WAFv2ClientError):
    """The thing to delete is used by another."""

    def __init__(self) -> None:
        super().__init__(
            "WAFAssociatedItemException",
            "AWS WAF couldn't perform the operation because your resource is being used by another resource or it's "
            "associated with another resource.",
        )


class AddressList(FakeIPSet):
    """A list of addresses whose lock token is a UUID, as the API's model says."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.lock_token = str(uuid.uuid4())

    def update(self, description: str | None, addresses: list[str]) -> None:
        super().update(description, addresses)
        self.description = description or ""
        self.lock_token = str(uuid.uuid4())


class Backend(WAFV2Backend):
    """An account's web ACLs in one region."""

    _url_module = urls

    def protects(self, acl: FakeWebACL) -> list[str]:
        """The things a web ACL protects which still exist."""
        return [arn for arn in acl.associated_resources if self.exists(arn)]

    def exists(self, arn: str) -> bool:
        """Whether a load balancer exists; of other things this account does not know."""
        if ":elasticloadbalancing:" not in arn:
            return True
        return arn in elbv2_backends[self.account_id][self.region_name].load_balancers

    def associate_web_acl(self, web_acl_arn: str, resource_arn: str) -> None:
        if not self.exists(resource_arn):
            raise WAFNonexistentItemException
        if web_acl_arn in self.wacls:
            self.disassociate_web_acl(resource_arn)
        super().associate_web_acl(web_acl_arn, resource_arn)

    def get_web_acl_for_resource(self, resource_arn: str) -> FakeWebACL | None:
        return super().get_web_acl_for_resource(resource_arn) if self.exists(resource_arn) else None

    def delete_web_acl(self, name: str, scope: str, _id: str, lock_token: str) -> None:
        if self.protects(self.get_web_acl(None, name, _id)):
            raise InUseError
        super().delete_web_acl(name, scope, _id, lock_token)

    def delete_ip_set(self, name: str, scope: str, _id: str, lock_token: str) -> None:
        arn = self.get_ip_set(name, scope, _id).arn
        if any(arn in json.dumps(rule.statement) for acl in self.wacls.values() for rule in acl.rules):
            raise InUseError
        super().delete_ip_set(name, scope, _id, lock_token)


class Response(WAFV2Response):
    """WAF's actions."""

    def update_web_acl(self) -> Any:
        body = json.loads(self.body)
        if body["Scope"] == "CLOUDFRONT":
            self.region = GLOBAL_REGION
        acl: Any = self.wafv2_backend.get_web_acl(None, body["Name"], body["Id"])
        if acl.lock_token != body["LockToken"]:
            raise WAFOptimisticLockException
        settings = {name: body.get(name) for name in SETTINGS}
        settings["Rules"] = [FakeRule(**underscored(rule)) for rule in settings["Rules"] or []]
        for name, value in underscored(settings).items():
            setattr(acl, name, value)
        acl.lock_token = acl._generate_lock_token()
        return 200, {}, json.dumps({"NextLockToken": acl.lock_token})


def underscored(values: dict[str, Any]) -> dict[str, Any]:
    return {camelcase_to_underscores(name): value for name, value in values.items()}
