"""S3 as AWS answers where moto 5.2.5 does not.

moto keeps only parts of a bucket's lifecycle, encryption, logging and notification configurations, and takes what the
bucket's own settings forbid: a public policy where those are blocked, an access control list where those are off. Of a
bucket policy it reads neither principals nor conditions, so that one which denies all but TLS denied everything.
"""

import json
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3 import models, responses
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.s3.utils import bucket_policy_is_public

from sandbox.account.resource_policy import effects

MINIMUM_SIZE = "x-amz-transition-default-minimum-object-size"
"""The header that carries the one setting of a lifecycle configuration which is not in its document."""


def install() -> None:
    """Make moto answer S3 requests with this module."""
    models.FakeBucket = Bucket  # type: ignore[misc]
    responses.S3Response = Response  # type: ignore[misc] # moto reads its URLs anew, and with them this name


class Bucket(FakeBucket):
    """A bucket whose policy is read in full, for a caller of the account itself."""

    def get_permission(self, action: str, resource: str) -> PermissionResult:
        """Decide by the bucket's policy. Plain HTTP on loopback stands for TLS, as there is no other way in here."""
        account = f"arn:{self.partition}:iam::{self.account_id}:root"
        context = {"aws:SecureTransport": "true", "aws:PrincipalAccount": self.account_id, "s3:TlsVersion": "1.3"}
        found = effects(json.loads(self.policy or "{}"), {self.account_id, account}, action, resource, context)
        if "Deny" in found:
            return PermissionResult.DENIED
        return PermissionResult.PERMITTED if "Allow" in found else PermissionResult.NEUTRAL


class Response(S3Response):
    """S3's actions."""

    def _bucket_response_put(self, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if "policy" in querystring:
            self.require_private(bucket_name)
        if "acl" in querystring:
            self.require_lists(bucket_name)
        answer = super()._bucket_response_put(request, bucket_name, querystring)
        for subresource in ("lifecycle", "encryption", "logging", "notification"):
            if subresource in querystring:
                header = request.headers.get(MINIMUM_SIZE)
                kept = self.backend.get_bucket(bucket_name).__dict__.setdefault("documents", {})
                kept[subresource] = (self.body, {MINIMUM_SIZE: header} if header else {})
        return answer

    def require_private(self, bucket_name: str) -> None:
        """Refuse a public policy where the bucket blocks those ("Blocking public access", S3 user guide)."""
        block = self.backend.get_bucket(bucket_name).public_access_block
        if block and block.block_public_policy and bucket_policy_is_public(self.body):
            raise S3ClientError(
                "AccessDenied",
                "User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the "
                "BlockPublicPolicy setting in S3 Block Public Access.",
            )

    def require_lists(self, bucket_name: str) -> None:
        """Refuse an access control list where the bucket has none, as new ones ("Object Ownership", S3 user guide)."""
        bucket: Any = self.backend.get_bucket(bucket_name)
        if bucket.ownership_rule in (None, "BucketOwnerEnforced"):
            raise S3ClientError("AccessControlListNotSupported", "The bucket does not allow ACLs")

    def as_put(self, subresource: str, answer: Any) -> Any:
        """The document as the program put it, instead of what moto made of it; `answer` where moto made it itself."""
        documents = self.backend.get_bucket(self.bucket_name).__dict__.get("documents", {})
        if subresource not in documents:
            return answer
        body, headers = documents[subresource]
        return 200, headers, body

    def get_bucket_lifecycle(self) -> Any:
        return self.as_put("lifecycle", super().get_bucket_lifecycle())

    def get_bucket_encryption(self) -> Any:
        return self.as_put("encryption", super().get_bucket_encryption())

    def get_bucket_logging(self) -> Any:
        return self.as_put("logging", super().get_bucket_logging())

    def get_bucket_notification(self) -> Any:
        return self.as_put("notification", super().get_bucket_notification())
