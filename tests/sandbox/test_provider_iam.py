"""IAM: what replaces, what changes in place, what is refused, and the functions."""

import json
import zlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.provider.aws.iam import smtp_password
from sandbox.provider.schema import UNKNOWN
from sandbox.provider.server import RefusedError
from tests.sandbox.harness import TYPES, Bench
from tests.sandbox.samples.iam import READ, SSM, TRUST

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "aws:iam/policy:Policy"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
DOCUMENT = "aws:iam/getPolicyDocument:getPolicyDocument"
WRITE = READ.replace("GetObject", "PutObject")


def document(**statement: Any) -> str:
    given = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in given.items() if v is not None}]})


class TestRole:
    def test_name_and_path_replace_it_and_nothing_else_does(self, bench: Bench) -> None:
        made = bench.make(ROLE, name="reader", assumeRolePolicy=TRUST)
        assert bench.replaced(made, name="writer") == {"name"}
        assert bench.replaced(made, path="/hotel/") == {"path"}
        assert bench.replaced(made, assumeRolePolicy=TRUST.replace("ec2", "lambda"), maxSessionDuration=7200) == set()

    def test_trust_description_session_boundary_and_tags_change_in_place(self, bench: Bench) -> None:
        made = bench.make(ROLE, assumeRolePolicy=TRUST, description="old", tags={"a": "1", "b": "2"})
        bench.change(
            made,
            assumeRolePolicy=TRUST.replace("ec2", "lambda"),
            description="new",
            maxSessionDuration=7200,
            permissionsBoundary=SSM,
            tags={"b": "3"},
        )
        role = bench.account.iam.get_role(RoleName=made.id)["Role"]
        trusted = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        assert trusted == {"Service": "lambda.amazonaws.com"}
        assert (role["Description"], role["MaxSessionDuration"]) == ("new", 7200)
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == SSM
        assert role["Tags"] == [{"Key": "b", "Value": "3"}]

    def test_inline_policies_given_in_the_role_are_kept_to(self, bench: Bench) -> None:
        made = bench.make(ROLE, assumeRolePolicy=TRUST, inlinePolicies=[{"name": "read", "policy": READ}])
        bench.change(made, inlinePolicies=[{"name": "write", "policy": WRITE}])
        assert bench.account.iam.list_role_policies(RoleName=made.id)["PolicyNames"] == ["write"]

    def test_managed_policies_given_in_the_role_are_kept_to(self, bench: Bench) -> None:
        made = bench.make(ROLE, assumeRolePolicy=TRUST, managedPolicyArns=[SSM])
        other = bench.make(POLICY, policy=READ)
        assert bench.change(made, managedPolicyArns=[other.id])["managedPolicyArns"] == [other.id]

    def test_what_others_attach_is_no_difference(self, bench: Bench) -> None:
        made = bench.make(ROLE, assumeRolePolicy=TRUST)
        bench.make(ATTACHMENT, role=made.id, policyArn=SSM)
        refreshed = bench.read(ROLE, made.id, made.state)
        assert refreshed is not None
        made.state = refreshed
        assert bench.differences(made) == []

    def test_a_trust_policy_that_means_the_same_is_no_difference(self, bench: Bench) -> None:
        made = bench.make(ROLE, assumeRolePolicy=TRUST)
        same = json.loads(TRUST)
        same["Statement"][0]["Action"] = ["sts:AssumeRole"]
        assert bench.differences(made, assumeRolePolicy=json.dumps(same, indent=4)) == []

    def test_a_changed_trust_policy_in_the_account_is_drift(self, bench: Bench) -> None:
        made = bench.make(ROLE, assumeRolePolicy=TRUST)
        bench.account.iam.update_assume_role_policy(RoleName=made.id, PolicyDocument=TRUST.replace("ec2", "ssm"))
        refreshed = bench.read(ROLE, made.id, made.state)
        assert refreshed is not None
        made.state = refreshed
        assert [d.path for d in bench.differences(made)] == ["assumeRolePolicy"]

    def test_a_role_with_a_policy_unknown_to_it_is_not_deleted_unless_forced(self, bench: Bench) -> None:
        stubborn = bench.make(ROLE, assumeRolePolicy=TRUST)
        forced = bench.make(ROLE, assumeRolePolicy=TRUST, forceDetachPolicies=True)
        for made in (stubborn, forced):
            bench.account.iam.attach_role_policy(RoleName=made.id, PolicyArn=SSM)
        with pytest.raises(ClientError, match="DeleteConflict"):
            bench.end(stubborn)
        bench.end(forced)

    def test_a_role_leaves_its_instance_profiles_as_it_goes(self, bench: Bench) -> None:
        made = bench.make(ROLE, assumeRolePolicy=TRUST)
        profile = bench.make(PROFILE, role=made.id)
        bench.end(made)
        answer = bench.account.iam.get_instance_profile(InstanceProfileName=profile.id)
        assert answer["InstanceProfile"]["Roles"] == []


class TestPolicies:
    def test_an_inline_policy_changes_in_place_and_moves_by_replacement(self, bench: Bench) -> None:
        role = bench.make(ROLE, assumeRolePolicy=TRUST)
        made = bench.make(ROLE_POLICY, role=role.id, policy=READ)
        assert made.id == f"{role.id}:{made['name']}"
        bench.change(made, policy=WRITE)
        assert bench.replaced(made, role="other", name="other") == {"role", "name"}

    def test_an_attachment_is_replaced_whatever_changes(self, bench: Bench) -> None:
        role = bench.make(ROLE, assumeRolePolicy=TRUST)
        made = bench.make(ATTACHMENT, role=role.id, policyArn=SSM)
        assert made.id == f"{role.id}/{SSM}"
        assert bench.replaced(made, role="other", policyArn=f"{SSM}2") == {"role", "policyArn"}

    def test_a_managed_policy_keeps_at_most_five_versions(self, bench: Bench) -> None:
        made = bench.make(POLICY, policy=READ)
        for number in range(6):
            made = bench.change(made, policy=READ.replace("GetObject", f"Get{number}"))
        versions = bench.account.iam.list_policy_versions(PolicyArn=made.id)["Versions"]
        assert len(versions) == 5
        assert "s3:Get5" in made["policy"]
        bench.end(made)

    def test_the_description_of_a_managed_policy_replaces_it(self, bench: Bench) -> None:
        made = bench.make(POLICY, policy=READ, description="old")
        assert bench.replaced(made, description="new", path="/x/") == {"description", "path"}

    def test_an_instance_profile_takes_another_role_in_place(self, bench: Bench) -> None:
        first, second = (bench.make(ROLE, assumeRolePolicy=TRUST).id for _ in range(2))
        made = bench.change(bench.make(PROFILE, role=first), role=second)
        assert made["role"] == second
        assert "role" not in bench.change(made, role=None).state

    @pytest.mark.parametrize("token", ["aws:iam/user:User", "aws:iam/group:Group"])
    def test_users_and_groups_are_renamed_in_place(self, token: str, bench: Bench) -> None:
        made = bench.change(bench.make(token, name="kim"), name="lee", path="/staff/")
        assert made["arn"].endswith("/staff/lee")
        bench.end(made)

    def test_a_user_with_a_key_is_not_deleted_unless_forced(self, bench: Bench) -> None:
        made = bench.make("aws:iam/user:User", forceDestroy=True)
        bench.account.iam.create_access_key(UserName=made.id)
        bench.end(made)


class TestAccessKey:
    def test_its_secret_is_kept_in_the_state_as_a_secret(self, bench: Bench) -> None:
        made = bench.make(ACCESS_KEY, user=bench.make("aws:iam/user:User").id)
        changed = bench.change(made, status="Inactive")
        assert changed["secret"] == made["secret"] != ""
        assert set(TYPES[ACCESS_KEY].secret_outputs) == {"secret", "sesSmtpPasswordV4"}
        assert bench.replaced(made, user="other") == {"user"}

    def test_the_smtp_password_follows_from_secret_and_region(self) -> None:
        """The example of Terraform's own test (TestSESSMTPPasswordFromSecretKeySigV4)."""
        assert smtp_password("some+secret+key", "eu-central-1") == "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"


class TestRefusals:
    @pytest.mark.parametrize(
        ("policy", "reason"),
        [
            (document(Effect="allow"), "Statement[0] needs Effect Allow or Deny, got 'allow'"),
            (document(Action="GetObject"), "Statement[0] names the action 'GetObject'"),
            (document(Action=None), "Statement[0] needs Action or NotAction"),
            (document(NotAction="s3:PutObject"), "Statement[0] has both Action and NotAction"),
            (document(Resource=None), "Statement[0] needs Resource or NotResource"),
            (document(Principal="*"), "Statement[0] must not have Principal"),
            (document(Condition={"StringIs": {}}), "Statement[0] has the unknown condition operator 'StringIs'"),
            (document(Sid="no spaces"), "Statement[0] has the Sid 'no spaces'; IAM allows letters and digits only"),
            (document(Foo=1), "Statement[0] has no element 'Foo'"),
            ('{"Version": "2012-10-17"}', "a policy needs a Statement"),
            ('{"Version": "2020-01-01", "Statement": []}', "Version is '2020-01-01'"),
            ('{"Statements": []}', "a policy has no element 'Statements'"),
            ("[]", "a policy is a JSON object, got list"),
        ],
    )
    def test_a_malformed_policy_is_refused_before_it_is_sent(self, policy: str, reason: str, bench: Bench) -> None:
        first, *_ = bench.refused(ROLE_POLICY, role="reader", policy=policy)
        assert first.startswith(f"policy: {reason}")
        assert first.endswith("(AWS: MalformedPolicyDocument)")

    def test_a_trust_policy_has_principals_and_no_resource(self, bench: Bench) -> None:
        principal = {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        assert bench.refused(ROLE, assumeRolePolicy=document(**principal)) == [
            "assumeRolePolicy: Statement[0] must not have Resource: the resource of a trust policy is its role "
            "(AWS: MalformedPolicyDocument)"
        ]
        assert "Statement[0] needs Principal or NotPrincipal" in str(
            bench.refused(ROLE, assumeRolePolicy=document(Resource=None))
        )
        kind = document(Resource=None, Principal={"Services": "ec2.amazonaws.com"})
        assert "unknown kind of principal 'Services'" in str(bench.refused(ROLE, assumeRolePolicy=kind))

    def test_a_repeated_sid_is_refused(self, bench: Bench) -> None:
        twice = json.loads(document(Sid="One"))
        twice["Statement"] *= 2
        assert "Statement[1] repeats the Sid 'One'; each is used once" in str(
            bench.refused(POLICY, policy=json.dumps(twice))
        )

    def test_inline_policies_of_a_role_are_checked_too(self, bench: Bench) -> None:
        [reason] = bench.refused(
            ROLE, assumeRolePolicy=TRUST, inlinePolicies=[{"name": "bad", "policy": document(Effect="No")}]
        )
        assert reason.startswith("inlinePolicies bad: policy: Statement[0] needs Effect")

    def test_what_is_not_known_yet_is_not_refused(self, bench: Bench) -> None:
        unknown_inside = {"Version": "2012-10-17", "Statement": [{"Resource": UNKNOWN}]}
        assert bench.refused(ROLE_POLICY, role=UNKNOWN, policy=UNKNOWN) == []
        assert bench.refused(ROLE_POLICY, role="reader", policy=unknown_inside) == []

    def test_names_and_sessions_out_of_range_are_refused(self, bench: Bench) -> None:
        assert "wants 1 to 64" in str(bench.refused(ROLE, name="x" * 65, assumeRolePolicy=TRUST))
        assert "not between 3600 and 43200" in str(bench.refused(ROLE, assumeRolePolicy=TRUST, maxSessionDuration=60))


class TestPolicyDocument:
    """Text for text what the provider writes (policy_document_data_source.go)."""

    def test_one_is_a_text_and_several_are_listed_backwards(self, bench: Bench) -> None:
        answer = bench.call(
            DOCUMENT,
            statements=[
                {
                    "sid": "Read",
                    "actions": ["s3:GetObject", "s3:ListBucket"],
                    "resources": ["arn:aws:s3:::b/&{aws:username}"],
                    "conditions": [
                        {"test": "StringEquals", "variable": "aws:x", "values": ["b", "a"]},
                        {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]},
                    ],
                }
            ],
        )
        assert (
            answer["json"]
            == """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": [
        "s3:ListBucket",
        "s3:GetObject"
      ],
      "Resource": "arn:aws:s3:::b/${aws:username}",
      "Condition": {
        "Bool": {
          "aws:SecureTransport": "true"
        },
        "StringEquals": {
          "aws:x": [
            "b",
            "a"
          ]
        }
      }
    }
  ]
}"""
        )
        assert answer["minifiedJson"].startswith('{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow",')
        assert answer["id"] == str(zlib.crc32(answer["json"].encode()))

    def test_principals_are_grouped_by_kind_and_everybody_is_a_star(self, bench: Bench) -> None:
        def principal(*given: dict[str, Any]) -> Any:
            text = bench.call(DOCUMENT, statements=[{"actions": ["sts:AssumeRole"], "principals": list(given)}])
            return json.loads(text["json"])["Statement"][0]["Principal"]

        assert principal({"type": "*", "identifiers": ["*"]}) == "*"
        assert principal({"type": "AWS", "identifiers": ["*"]}) == {"AWS": "*"}
        assert principal({"type": "Service", "identifiers": ["a", "b"]}, {"type": "AWS", "identifiers": ["1"]}) == {
            "AWS": "1",
            "Service": ["b", "a"],
        }

    def test_source_documents_come_first_and_an_equal_sid_replaces_in_place(self, bench: Bench) -> None:
        source = '{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":"a:B"},{"Effect":"Allow"}]}'
        override = '{"Statement":[{"Sid":"B","Effect":"Deny"}]}'
        answer = bench.call(
            DOCUMENT,
            sourcePolicyDocuments=[source],
            statements=[{"sid": "A", "actions": ["c:D"]}, {"sid": "B", "actions": ["e:F"]}],
            overridePolicyDocuments=[override],
            policyId="own",
        )
        assert json.loads(answer["json"]) == {
            "Version": "2012-10-17",
            "Id": "own",
            "Statement": [
                {"Sid": "A", "Effect": "Allow", "Action": "c:D"},
                {"Effect": "Allow"},
                {"Sid": "B", "Effect": "Deny"},
            ],
        }

    def test_signs_that_html_knows_are_escaped_as_go_escapes_them(self, bench: Bench) -> None:
        answer = bench.call(DOCUMENT, statements=[{"actions": ["a:B"], "resources": ["<&>"]}])
        assert r'"Resource": "\u003c\u0026\u003e"' in answer["json"]

    def test_a_sid_twice_and_variables_of_another_version_are_refused(self, bench: Bench) -> None:
        twice = [{"sid": "A", "actions": ["a:B"]}, {"sid": "A", "actions": ["c:D"]}]
        with pytest.raises(RefusedError, match=r"duplicate Sid \(A\). Remove the Sid or ensure the Sid is unique."):
            bench.call(DOCUMENT, statements=twice)
        with pytest.raises(RefusedError, match="not supported in document version 2008-10-17"):
            bench.call(DOCUMENT, version="2008-10-17", statements=[{"actions": ["a:B"], "resources": ["&{aws:x}"]}])


class TestLookups:
    def test_a_role_is_found_by_name(self, bench: Bench) -> None:
        made = bench.make(ROLE, assumeRolePolicy=TRUST, description="reads", tags={"Name": "reader"})
        answer = bench.call("aws:iam/getRole:getRole", name=made.id)
        assert (answer["arn"], answer["uniqueId"]) == (made["arn"], made["uniqueId"])
        assert (answer["description"], answer["tags"]) == ("reads", {"Name": "reader"})
        with pytest.raises(ClientError, match="NoSuchEntity"):
            bench.call("aws:iam/getRole:getRole", name="nobody")

    def test_a_policy_is_found_by_arn_and_by_name_aws_own_included(self, bench: Bench) -> None:
        by_name = bench.call("aws:iam/getPolicy:getPolicy", name="AmazonSSMManagedInstanceCore")
        assert by_name["arn"] == SSM
        assert bench.call("aws:iam/getPolicy:getPolicy", arn=SSM)["name"] == "AmazonSSMManagedInstanceCore"
        with pytest.raises(RefusedError, match="0 policies have this name"):
            bench.call("aws:iam/getPolicy:getPolicy", name="Nothing")

    def test_an_instance_profile_shows_its_role(self, bench: Bench) -> None:
        role = bench.make(ROLE, assumeRolePolicy=TRUST)
        profile = bench.make(PROFILE, role=role.id)
        answer = bench.call("aws:iam/getInstanceProfile:getInstanceProfile", name=profile.id)
        assert (answer["roleName"], answer["roleArn"]) == (role.id, role["arn"])
