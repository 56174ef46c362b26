"""CloudWatch Logs as AWS answers where moto 5.2.5 does not.

moto forgets the class of a log group, knows no protection against its deletion, cannot change its key, and takes a key
that the service may not use.
"""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kms.models import kms_backends
from moto.logs import models, urls
from moto.logs.exceptions import ResourceNotFoundException, ValidationException
from moto.logs.models import LogGroup, LogsBackend, logs_backends
from moto.logs.responses import LogsResponse

from sandbox.account.resource_policy import permits


def install() -> None:
    """Make moto answer log requests with this module."""
    logs_backends.backend = Backend
    models.LogGroup = Group  # type: ignore[misc]
    urls.url_paths = {"{0}/$": Response.dispatch}


class Group(LogGroup):
    """A log group with what moto forgets of it."""

    log_group_class = "STANDARD"
    deletion_protection = False

    def to_describe_dict(self) -> dict[str, Any]:
        return super().to_describe_dict() | {
            "logGroupClass": self.log_group_class,
            "deletionProtectionEnabled": self.deletion_protection,
        }


class Backend(LogsBackend):
    """An account's log groups in one region."""

    _url_module = urls

    def create_log_group(self, log_group_name: str, tags: dict[str, str], **kwargs: Any) -> LogGroup:
        if kwargs.get("kmsKeyId"):
            self.require_usable(kwargs["kmsKeyId"], log_group_name)
        return super().create_log_group(log_group_name, tags, **kwargs)

    def delete_log_group(self, log_group_name: str) -> None:
        group: Any = self.groups.get(log_group_name)
        if group and group.deletion_protection:
            raise ValidationException(
                f"Log group {log_group_name} has deletion protection enabled. Disable it before you delete the log group."
            )
        super().delete_log_group(log_group_name)

    def group(self, name: str) -> Any:
        if name not in self.groups:
            raise ResourceNotFoundException()
        return self.groups[name]

    def require_usable(self, key_arn: str, log_group_name: str) -> None:
        """Refuse a key that the service may not use for this group ("Encrypt log data", CloudWatch Logs guide)."""
        arn = f"arn:aws:logs:{self.region_name}:{self.account_id}:log-group:{log_group_name}"
        keys = kms_backends[self.account_id][self.region_name].keys
        key = keys.get(key_arn.rsplit("/", 1)[-1])
        usable = (
            key_arn.startswith("arn:")
            and key is not None
            and key.enabled
            and permits(
                json.loads(key.policy),
                {f"logs.{self.region_name}.amazonaws.com", "logs.amazonaws.com"},
                "kms:Encrypt",
                key.arn,
                {"kms:EncryptionContext:aws:logs:arn": arn},
            )
        )
        if not usable:
            raise JsonRESTError(
                "AccessDeniedException",
                f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'",
            )


class Response(LogsResponse):
    """CloudWatch Logs' actions."""

    @property
    def backend(self) -> Any:
        return self.logs_backend

    def create_log_group(self) -> str:
        answer = super().create_log_group()
        group = self.backend.group(self._get_param("logGroupName"))
        group.log_group_class = self._get_param("logGroupClass") or "STANDARD"
        group.deletion_protection = bool(self._get_param("deletionProtectionEnabled"))
        return answer

    def put_log_group_deletion_protection(self) -> str:
        name = self._get_param("logGroupIdentifier").rpartition("log-group:")[2].removesuffix(":*")
        self.backend.group(name).deletion_protection = self._get_param("deletionProtectionEnabled")
        return "{}"

    def associate_kms_key(self) -> str:
        name = self._get_param("logGroupName")
        group = self.backend.group(name)
        self.backend.require_usable(self._get_param("kmsKeyId"), name)
        group.kms_key_id = self._get_param("kmsKeyId")
        return "{}"

    def disassociate_kms_key(self) -> str:
        self.backend.group(self._get_param("logGroupName")).kms_key_id = None
        return "{}"
