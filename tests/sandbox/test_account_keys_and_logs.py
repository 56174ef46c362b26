"""Keys, log groups and buckets of the account: what is kept, and whom their policies let in."""

import json
from typing import Any

import pytest

from tests.sandbox.aws import ACCOUNT_ID, refusal
from tests.sandbox.conftest import REGION, Account

ROOT = f"arn:aws:iam::{ACCOUNT_ID}:root"
BUCKET = "hotel-releases"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: dict[str, str], action: str = "kms:*", resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


class TestKeys:
    def test_rotation_period_is_kept(self, account: Account) -> None:
        kms = account.client("kms")
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.enable_key_rotation(KeyId=key_id)
        assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 365
        kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=180)
        assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 180

    def test_policy_that_locks_the_account_out_is_refused(self, account: Account) -> None:
        kms = account.client("kms")
        elsewhere = document(allow({"AWS": "arn:aws:iam::210987654321:root"}))
        code, message = refusal(kms.create_key, Policy=elsewhere)
        assert code == "MalformedPolicyDocumentException"
        assert message == "The new key policy will not allow you to update the key policy in the future."
        kms.create_key(Policy=document(allow({"AWS": ROOT})))


class TestLogGroups:
    def test_class_of_a_log_group_is_kept(self, account: Account) -> None:
        logs = account.client("logs")
        logs.create_log_group(logGroupName="plain")
        logs.create_log_group(logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
        groups = logs.describe_log_groups()["logGroups"]
        assert {group["logGroupName"]: group["logGroupClass"] for group in groups} == {
            "plain": "STANDARD",
            "rare": "INFREQUENT_ACCESS",
        }

    def test_key_must_let_the_log_service_in(self, account: Account) -> None:
        kms, logs = account.client("kms"), account.client("logs")
        closed = kms.create_key()["KeyMetadata"]["Arn"]
        assert refusal(logs.create_log_group, logGroupName="flow", kmsKeyId=closed)[0] == "AccessDeniedException"
        service = allow(
            {"Service": f"logs.{REGION}.amazonaws.com"},
            Condition={
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:flow*"}
            },
        )
        open_to_flow = kms.create_key(Policy=document(allow({"AWS": ROOT}), service))["KeyMetadata"]["Arn"]
        assert refusal(logs.create_log_group, logGroupName="other", kmsKeyId=open_to_flow)[0] == "AccessDeniedException"
        logs.create_log_group(logGroupName="flow", kmsKeyId=open_to_flow)
        [group] = logs.describe_log_groups()["logGroups"]
        assert group["kmsKeyId"] == open_to_flow


class TestBuckets:
    @pytest.fixture
    def s3(self, account: Account) -> Any:
        client = account.client("s3")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        return client

    def deny(self, **more: Any) -> str:
        everything = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
        return document({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything, **more})

    def test_policy_that_denies_all_but_tls_leaves_the_bucket_usable(self, s3: Any) -> None:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=self.deny(Condition={"Bool": {"aws:SecureTransport": "false"}}))
        s3.put_object(Bucket=BUCKET, Key="app.tar", Body=b"x")
        assert s3.get_object(Bucket=BUCKET, Key="app.tar")["Body"].read() == b"x"

    def test_policy_that_denies_denies(self, s3: Any) -> None:
        s3.put_object(Bucket=BUCKET, Key="app.tar", Body=b"x")
        s3.put_bucket_policy(Bucket=BUCKET, Policy=self.deny())
        code, _ = refusal(s3.get_object, Bucket=BUCKET, Key="app.tar")
        assert code == "403"  # moto answers without the body that would say AccessDenied

    def test_bucket_goes_when_its_last_object_has_gone(self, s3: Any) -> None:
        s3.put_object(Bucket=BUCKET, Key="app.tar", Body=b"x")
        assert refusal(s3.delete_bucket, Bucket=BUCKET) == (
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty",
        )
        s3.delete_object(Bucket=BUCKET, Key="app.tar")
        s3.delete_bucket(Bucket=BUCKET)
        assert s3.list_buckets()["Buckets"] == []


def test_the_key_that_ebs_makes_for_itself_is_managed_by_aws(account: Account) -> None:
    account.client("ec2").create_volume(AvailabilityZone="sa-east-1a", Size=8, Encrypted=True)
    kms = account.client("kms")
    [key] = kms.list_keys()["Keys"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyManager"] == "AWS"
