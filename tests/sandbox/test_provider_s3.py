"""Buckets and objects: what replaces, what changes in place, what is refused, and what deletion leaves."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from google.protobuf import struct_pb2
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.proto import provider_pb2

from sandbox.provider import wire
from sandbox.provider.check import DEFAULTS, NameTooLongError, check
from sandbox.provider.diff import delete_before_replace, diff
from sandbox.provider.schema import UNKNOWN, Asset
from sandbox.provider.server import RefusedError
from tests.sandbox.assets import archive, asset
from tests.sandbox.harness import REGION, TYPES, Bench, Made
from tests.sandbox.samples.s3 import bucket_name, read_policy

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


def body(bench: Bench, made: Made) -> bytes:
    answer = bench.account.s3.get_object(Bucket=made["bucket"], Key=made["key"])
    return bytes(answer["Body"].read())


class TestBucket:
    def test_its_automatic_name_is_in_lower_case_and_at_most_63_long(self) -> None:
        def named(logical: str) -> Any:
            return check(TYPES[BUCKET], logical, {}, {}, region=REGION, default_tags={}, seed=b"s")[0]["bucket"]

        assert named("HotelLogs").startswith("hotellogs-")
        assert len(named("x" * 55)) == 63
        with pytest.raises(NameTooLongError, match="longer than maximum length 63"):
            named("x" * 56)

    def test_what_follows_from_name_and_region_is_told(self, bench: Bench) -> None:
        made = bench.make(BUCKET, bucket="hotel-logs")
        assert made["arn"] == "arn:aws:s3:::hotel-logs"
        assert made["bucketRegionalDomainName"] == "hotel-logs.s3.sa-east-1.amazonaws.com"
        assert (made["bucketRegion"], made["hostedZoneId"]) == (REGION, "Z7KQH4QJS55SO")

    def test_another_name_replaces_it_and_tags_change_in_place(self, bench: Bench) -> None:
        made = bench.make(BUCKET, bucket="one", tags={"a": "1"})
        assert bench.replaced(made, bucket="two", objectLockEnabled=True) == {"bucket", "objectLockEnabled"}
        assert bench.change(made, tags={"b": "2"})["tagsAll"] == {"b": "2"}
        assert bench.change(made, tags=None)["tagsAll"] == {}

    def test_a_bucket_with_an_object_is_not_deleted(self, bench: Bench) -> None:
        made = bench.make(BUCKET)
        bench.account.s3.put_object(Bucket=made.id, Key="a", Body=b"a")
        with pytest.raises(ClientError, match="BucketNotEmpty"):
            bench.end(made)

    def test_force_destroy_deletes_every_version_and_marker(self, bench: Bench) -> None:
        made = bench.make(BUCKET, forceDestroy=True)
        bench.make(VERSIONING, bucket=made.id, versioningConfiguration={"status": "Enabled"})
        for content in (b"1", b"2"):
            bench.account.s3.put_object(Bucket=made.id, Key="a", Body=content)
        bench.account.s3.delete_object(Bucket=made.id, Key="a")
        bench.end(made)

    def test_its_deprecated_inline_configurations_are_refused_by_name(self, bench: Bench) -> None:
        [reason] = bench.refused(BUCKET, versioning={"enabled": True})
        assert reason.startswith("the sandbox does not translate property 'versioning' of aws:s3/bucket:Bucket")

    @pytest.mark.parametrize("name", ["Hotel", "ab", "under_score", "x" * 64, "-hotel"])
    def test_a_name_that_is_none_is_refused(self, name: str, bench: Bench) -> None:
        [reason] = bench.refused(BUCKET, bucket=name)
        assert reason.startswith("a bucket's name has 3 to 63 lower-case letters")

    def test_it_is_looked_up(self, bench: Bench) -> None:
        made = bench.make(BUCKET)
        answer = bench.call("aws:s3/getBucket:getBucket", bucket=made.id)
        assert {k: answer[k] for k in ("arn", "bucketRegion", "bucketDomainName")} == {
            k: made[k] for k in ("arn", "bucketRegion", "bucketDomainName")
        }
        with pytest.raises(ClientError, match="404"):
            bench.call("aws:s3/getBucket:getBucket", bucket="nothing")


class TestConfigurations:
    def test_a_policy_on_something_else_is_refused(self, bench: Bench) -> None:
        assert "Statement[0] is about 'arn:aws:s3:::other/*', which is not what the policy is put on" in str(
            bench.refused(POLICY, bucket="hotel", policy=read_policy("other"))
        )
        assert bench.refused(POLICY, bucket=UNKNOWN, policy=read_policy("other")) == []

    def test_a_policy_without_principal_is_refused(self, bench: Bench) -> None:
        policy = json.loads(read_policy("hotel"))
        del policy["Statement"][0]["Principal"]
        assert "needs Principal or NotPrincipal" in str(bench.refused(POLICY, bucket="hotel", policy=policy))

    def test_a_public_policy_is_refused_by_aws_where_the_bucket_blocks_it(self, bench: Bench) -> None:
        name = bucket_name(bench)
        bench.make(BLOCK, bucket=name, blockPublicPolicy=True)
        public = json.loads(read_policy(name))
        public["Statement"][0]["Principal"] = "*"
        with pytest.raises(ClientError, match="AccessDenied"):
            bench.make(POLICY, bucket=name, policy=public)

    def test_another_bucket_replaces_a_configuration(self, bench: Bench) -> None:
        name = bucket_name(bench)
        made = bench.make(POLICY, bucket=name, policy=read_policy(name))
        assert bench.replaced(made, bucket="other", policy=read_policy("other")) == {"bucket"}

    def test_a_policy_taken_away_is_drift(self, bench: Bench) -> None:
        name = bucket_name(bench)
        made = bench.make(POLICY, bucket=name, policy=read_policy(name))
        bench.account.s3.delete_bucket_policy(Bucket=name)
        assert bench.read(POLICY, made.id, made.state) is None

    def test_public_access_is_blocked_in_place(self, bench: Bench) -> None:
        made = bench.make(BLOCK, bucket=bucket_name(bench))
        assert bench.change(made, blockPublicAcls=True)["blockPublicAcls"] is True

    def test_versioning_is_suspended_and_never_disabled_again(self, bench: Bench) -> None:
        made = bench.make(VERSIONING, bucket=bucket_name(bench), versioningConfiguration={"status": "Enabled"})
        with pytest.raises(RefusedError, match="cannot go from Enabled to Disabled: use Suspended"):
            bench.change(made, versioningConfiguration={"status": "Disabled"})
        bench.end(made)
        assert bench.account.s3.get_bucket_versioning(Bucket=made.id)["Status"] == "Suspended"

    def test_a_bucket_that_never_had_versions_is_disabled_without_a_call(self, bench: Bench) -> None:
        made = bench.make(VERSIONING, bucket=bucket_name(bench), versioningConfiguration={"status": "Disabled"})
        assert "Status" not in bench.account.s3.get_bucket_versioning(Bucket=made.id)

    def test_encryption_changes_in_place(self, bench: Bench) -> None:
        by_s3 = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
        made = bench.make(ENCRYPTION, bucket=bucket_name(bench), rules=by_s3)
        by_kms = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}]
        assert bench.change(made, rules=by_kms)["rules"] == by_kms

    def test_a_key_with_s3s_own_encryption_is_refused(self, bench: Bench) -> None:
        default = {"sseAlgorithm": "AES256", "kmsMasterKeyId": "key"}
        assert "AES256 uses no KMS key" in str(
            bench.refused(ENCRYPTION, bucket="hotel", rules=[{"applyServerSideEncryptionByDefault": default}])
        )

    def test_access_control_lists_are_refused_by_aws_where_they_are_off(self, bench: Bench) -> None:
        with pytest.raises(ClientError, match="AccessControlListNotSupported"):
            bench.make("aws:s3/bucketAcl:BucketAcl", bucket=bucket_name(bench), acl="private")

    def test_cors_knows_five_methods(self, bench: Bench) -> None:
        rules = [{"allowedMethods": ["PATCH"], "allowedOrigins": ["*"]}]
        assert "S3 has no method 'PATCH'" in str(
            bench.refused("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", bucket="hotel", corsRules=rules)
        )


class TestLifecycle:
    def rule(self, **values: Any) -> dict[str, Any]:
        return {"id": "one", "status": "Enabled", "expiration": {"days": 90}, **values}

    def test_rules_change_in_place(self, bench: Bench) -> None:
        made = bench.make(LIFECYCLE, bucket=bucket_name(bench), rules=[self.rule()])
        assert bench.change(made, rules=[self.rule(expiration={"days": 10})])["rules"][0]["expiration"] == {"days": 10}

    def test_an_empty_filter_is_all_objects(self, bench: Bench) -> None:
        made = bench.make(LIFECYCLE, bucket=bucket_name(bench), rules=[self.rule()])
        assert bench.differences(made, rules=[self.rule(filter={})]) == []

    def test_a_shorter_life_in_the_account_is_drift(self, bench: Bench) -> None:
        made = bench.make(LIFECYCLE, bucket=bucket_name(bench), rules=[self.rule()])
        shorter = {"ID": "one", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
        bench.account.s3.put_bucket_lifecycle_configuration(Bucket=made.id, LifecycleConfiguration={"Rules": [shorter]})
        refreshed = bench.read(LIFECYCLE, made.id, made.state)
        assert refreshed is not None
        made.state = refreshed
        assert [d.path for d in bench.differences(made)] == ["rules[0].expiration.days"]

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"filter": {"prefix": "a", "objectSizeLessThan": 3}}, "put objectSizeLessThan and prefix into `and`"),
            ({"filter": {}, "prefix": "a"}, "prefix and filter exclude each other"),
            ({"expiration": {"days": 1, "date": "2030-01-01T00:00:00Z"}}, "takes one of date, days"),
            ({"transitions": [{"days": 10, "storageClass": "STANDARD_IA"}]}, "after 30 days or later, got 10"),
            ({"transitions": [{"days": 90, "storageClass": "GLACIER"}]}, "must be later than the transition after 90"),
            ({"expiration": None}, "a rule does something"),
        ],
    )
    def test_what_aws_refuses_is_refused(self, values: dict[str, Any], reason: str, bench: Bench) -> None:
        assert reason in str(bench.refused(LIFECYCLE, bucket="hotel", rules=[self.rule(**values)]))

    def test_an_id_twice_is_refused(self, bench: Bench) -> None:
        assert "the id 'one' is used twice" in str(
            bench.refused(LIFECYCLE, bucket="hotel", rules=[self.rule(), self.rule()])
        )


class TestObject:
    def test_its_key_is_its_logical_name_unless_given(self, bench: Bench) -> None:
        made = bench.make(OBJECT, bucket=bucket_name(bench), content="hi")
        assert made["key"].startswith("thing")
        assert made.id == f"{made['bucket']}/{made['key']}"

    def test_a_key_that_is_given_does_not_end_the_old_object_first(self, bench: Bench) -> None:
        made = bench.make(OBJECT, bucket=bucket_name(bench), key="a", content="hi")
        differences = bench.differences(made, key="b")
        assert {d.name for d in differences if d.replaces} == {"key"}
        assert delete_before_replace(TYPES[OBJECT], made.inputs, differences) is False
        assert "key" not in made.inputs[DEFAULTS]

    def test_other_content_is_put_in_place(self, bench: Bench) -> None:
        made = bench.make(OBJECT, bucket=bucket_name(bench), content="old", contentType="text/plain", tags={"a": "1"})
        changed = bench.change(made, content="new")
        assert body(bench, changed) == b"new"
        assert changed["etag"] == hashlib.md5(b"new").hexdigest()
        assert (changed["contentType"], changed["tagsAll"]) == ("text/plain", {"a": "1"})

    def test_tags_change_without_putting_it_again(self, bench: Bench) -> None:
        bucket = bucket_name(bench)
        bench.make(VERSIONING, bucket=bucket, versioningConfiguration={"status": "Enabled"})
        made = bench.make(OBJECT, bucket=bucket, content="hi")
        changed = bench.change(made, tags={"a": "1"})
        assert (changed["versionId"], changed["tagsAll"]) == (made["versionId"], {"a": "1"})
        assert bench.change(changed, cacheControl="no-store")["versionId"] != made["versionId"]

    def test_a_file_is_put_again_when_its_bytes_change_and_not_when_its_path_does(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        first, second = tmp_path / "first", tmp_path / "second"
        first.write_text("one")
        second.write_text("one")
        made = bench.make(OBJECT, bucket=bucket_name(bench), source=asset(path=str(first)))
        assert bench.differences(made, source=asset(path=str(second))) == []
        second.write_text("two")
        assert [d.path for d in bench.differences(made, source=asset(path=str(second)))] == ["source"]
        assert body(bench, bench.change(made, source=asset(path=str(second)))) == b"two"

    def test_a_folder_is_packed(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("a")
        made = bench.make(OBJECT, bucket=bucket_name(bench), source=archive(path=str(tmp_path)))
        assert body(bench, made)[:2] == b"PK"
        assert bench.differences(made, source=archive(assets={"a.txt": "a"})) == []

    def test_an_object_goes_with_all_its_versions_and_its_neighbours_stay(self, bench: Bench) -> None:
        bucket = bucket_name(bench)
        bench.make(VERSIONING, bucket=bucket, versioningConfiguration={"status": "Enabled"})
        made = bench.change(bench.make(OBJECT, bucket=bucket, key="a", content="1"), content="2")
        bench.make(OBJECT, bucket=bucket, key="ab", content="1")
        bench.end(made)
        versions = bench.account.s3.list_object_versions(Bucket=bucket)["Versions"]
        assert [version["Key"] for version in versions] == ["ab"]

    def test_what_cannot_be_put_is_refused(self, bench: Bench) -> None:
        missing = asset(path="/nowhere/page.html")
        assert "cannot be read: No such file or directory" in str(bench.refused(OBJECT, bucket="b", source=missing))
        remote = asset(uri="https://hotel.example/page.html")
        assert "the sandbox downloads nothing" in str(bench.refused(OBJECT, bucket="b", source=remote))
        assert "source must be an asset or archive, got str" in str(
            bench.refused(OBJECT, bucket="b", source="page.html")
        )
        assert "write 'release'" in str(bench.refused(OBJECT, bucket="b", content="", metadata={"Release": "7"}))
        assert "contentBase64 is no base64" in str(bench.refused(OBJECT, bucket="b", contentBase64="no!"))
        assert "content conflicts with source" in str(
            bench.refused(OBJECT, bucket="b", content="", source=asset(text=""))
        )


class TestAssetsOnTheWire:
    @pytest.mark.parametrize("content", [{"path": "page.html"}, {}], ids=["whole", "by its hash alone"])
    def test_an_asset_comes_back_as_it_came(self, content: dict[str, str]) -> None:
        sent = struct_pb2.Struct()
        sent.update({"files": [{"source": {wire.SIGNATURE: wire.ASSETS[0], **content, "hash": "abc"}}]})
        request = provider_pb2.DiffRequest(news=sent)
        wire.hide_assets(request)
        seen = wire.plain_map(PropertyValue.unmarshal_map(request.news))
        assert seen["files"][0]["source"].hash == "abc"
        answer = provider_pb2.CreateResponse(properties=PropertyValue.marshal_map(wire.property_map(seen)))
        wire.show_assets(answer)
        assert answer.properties == sent

    def test_two_assets_are_equal_by_their_hash_and_never_without_one(self) -> None:
        def paths(old: Asset, new: Asset) -> list[str]:
            return [d.path for d in diff(TYPES[OBJECT], {"source": old}, {"source": new})]

        assert paths(Asset({"hash": "a"}), Asset({"hash": "a", "path": "x"})) == []
        assert paths(Asset({"hash": "a"}), Asset({"hash": "b"})) == ["source"]
        assert paths(Asset({}), Asset({})) == ["source"]
