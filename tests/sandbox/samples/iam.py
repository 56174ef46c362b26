"""Samples for IAM."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench

TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
READ = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*"}]}'
)
SSM = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def role_name(bench: Bench) -> str:
    return bench.make("aws:iam/role:Role", assumeRolePolicy=TRUST).id


def role(bench: Bench) -> list[Values]:
    return [
        {
            "assumeRolePolicy": TRUST,
            "description": "reads",
            "forceDetachPolicies": True,
            "inlinePolicies": [{"name": "read", "policy": READ}],
            "managedPolicyArns": [SSM],
            "maxSessionDuration": 7200,
            "name": "reader",
            "path": "/hotel/",
            "permissionsBoundary": SSM,
            "tags": {"Name": "reader"},
        },
        {"assumeRolePolicy": TRUST, "namePrefix": "reader-"},
    ]


def role_policy(bench: Bench) -> list[Values]:
    role = role_name(bench)
    return [{"role": role, "policy": READ, "name": "read"}, {"role": role, "policy": READ, "namePrefix": "read-"}]


def role_policy_attachment(bench: Bench) -> list[Values]:
    return [{"role": role_name(bench), "policyArn": SSM}]


def user_policy_attachment(bench: Bench) -> list[Values]:
    return [{"user": bench.make("aws:iam/user:User").id, "policyArn": SSM}]


def group_policy_attachment(bench: Bench) -> list[Values]:
    return [{"group": bench.make("aws:iam/group:Group").id, "policyArn": SSM}]


def policy(bench: Bench) -> list[Values]:
    return [
        {
            "delayAfterPolicyCreationInMs": 1,
            "description": "reads",
            "name": "read",
            "path": "/hotel/",
            "policy": READ,
            "tags": {"Name": "read"},
        },
        {"policy": READ, "namePrefix": "read-"},
    ]


def instance_profile(bench: Bench) -> list[Values]:
    return [
        {"name": "web", "path": "/hotel/", "role": role_name(bench), "tags": {"Name": "web"}},
        {"namePrefix": "web-"},
    ]


def user(bench: Bench) -> list[Values]:
    return [{"name": "kim", "forceDestroy": True, "path": "/staff/", "tags": {"Name": "Kim"}}]


def group(bench: Bench) -> list[Values]:
    return [{"name": "desk", "path": "/staff/"}]


def access_key(bench: Bench) -> list[Values]:
    return [{"user": bench.make("aws:iam/user:User").id, "status": "Inactive"}]


def open_id_connect_provider(bench: Bench) -> list[Values]:
    return [
        {
            "clientIdLists": ["sts.amazonaws.com"],
            "thumbprintLists": ["6938fd4d98bab03faadb97b34396831e3780aea1"],
            "url": "https://token.actions.githubusercontent.com",
            "tags": {"Name": "github"},
        }
    ]


SAMPLES = {
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": role_policy_attachment,
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": user_policy_attachment,
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": group_policy_attachment,
    "aws:iam/policy:Policy": policy,
    "aws:iam/instanceProfile:InstanceProfile": instance_profile,
    "aws:iam/user:User": user,
    "aws:iam/group:Group": group,
    "aws:iam/accessKey:AccessKey": access_key,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": open_id_connect_provider,
}
