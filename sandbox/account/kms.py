"""Key Management Service as AWS answers where moto 5.2.5 does not.

moto forgets how often a key rotates, lets a disabled key rotate, and takes a key policy that locks everybody out for good.
"""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kms import urls
from moto.kms.models import Key, KmsBackend, kms_backends
from moto.kms.responses import KmsResponse

from sandbox.account.resource_policy import permits

ROTATION_DAYS = 365  # unless told otherwise (EnableKeyRotation, API reference)


OWN_KEY = "Default master key that protects my"
"""How AWS describes the keys it makes and manages itself, such as that of EBS; moto calls them the customer's."""


def install() -> None:
    """Make moto answer key requests with this module."""
    kms_backends.backend = Backend
    urls.url_paths = {"{0}/$": Response.dispatch}


class MalformedPolicyError(JsonRESTError):
    """The key policy is none that AWS would take."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("MalformedPolicyDocumentException", message)


class Backend(KmsBackend):
    """An account's keys in one region."""

    _url_module = urls

    def create_key(self, policy: str | None, *arguments: Any, **named: Any) -> Key:
        if policy:
            self.require_way_back(policy)
        key = super().create_key(policy, *arguments, **named)
        if str(key.description).startswith(OWN_KEY):
            key.key_manager = "AWS"
        return key

    def put_key_policy(self, key_id: str, policy: str) -> None:
        self.require_way_back(policy)
        super().put_key_policy(key_id, policy)

    def require_way_back(self, policy: str) -> None:
        """Refuse a policy by which the account could not change the policy again ("Default key policy", KMS guide)."""
        try:
            document = json.loads(policy)
        except ValueError:
            raise MalformedPolicyError("The new key policy is not valid JSON.") from None
        account = {self.account_id, f"arn:aws:iam::{self.account_id}:root"}
        if not permits(document, account, "kms:PutKeyPolicy", "*", {}):
            raise MalformedPolicyError("The new key policy will not allow you to update the key policy in the future.")


class Response(KmsResponse):
    """Key Management Service's actions."""

    def enable_key_rotation(self) -> str:
        if not self.key().enabled:
            raise JsonRESTError("DisabledException", f"{self.key().arn} is disabled.")
        answer = super().enable_key_rotation()
        self.key().rotation_days = self._get_param("RotationPeriodInDays") or ROTATION_DAYS
        return answer

    def get_key_rotation_status(self) -> str:
        status = json.loads(super().get_key_rotation_status())
        key = self.key()
        status["KeyId"] = key.arn
        if status["KeyRotationEnabled"]:
            status["RotationPeriodInDays"] = key.rotation_days
        return json.dumps(status)

    def key(self) -> Any:
        """The key of the request."""
        return self.kms_backend.keys[self.kms_backend.get_key_id(self._get_param("KeyId"))]
