"""IAM: roles, policies, instance profiles, users, groups, keys, identity providers."""

import base64
import hmac
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from sandbox.provider.account import Account, found
from sandbox.provider.aws import names, policies, policy_document, tags
from sandbox.provider.schema import (
    BOOL,
    INT,
    JSON,
    PROVIDER_SIDE,
    AutoName,
    Block,
    Function,
    Many,
    Map,
    Prop,
    Resource,
    Values,
    from_api,
    known_items,
    to_api,
)
from sandbox.provider.server import RefusedError

KEPT_VERSIONS = 5
"""AWS keeps at most this many versions of a managed policy ("Versioning IAM policies", IAM user guide)."""


class IamResource(Resource):
    """What IAM's types share: they belong to no region."""

    regional = False
    operations: ClassVar[str]
    """Suffix of the type's tag calls: tag_role, untag_role."""
    identifier: ClassVar[str]
    """The parameter of those calls that says which, e.g. RoleName."""

    def retag(self, account: Account, id_: str, old: Values, new: Values) -> None:
        """Bring the resource's tags from `old` to `new`."""
        which = {self.identifier: id_}
        tags.bring(
            old,
            new,
            lambda added: getattr(account.iam, f"tag_{self.operations}")(**which, Tags=tags.as_list(added)),
            lambda keys: getattr(account.iam, f"untag_{self.operations}")(**which, TagKeys=keys),
        )


def named(values: Values, parameter: str) -> dict[str, Any]:
    """Parameters common to IAM's create calls: name, path, tags."""
    given: dict[str, Any] = {parameter: names.chosen(values), "Path": values.get("path")}
    if values.get("tagsAll"):
        given["Tags"] = tags.as_list(values["tagsAll"])
    return {k: v for k, v in given.items() if v is not None}


def moment(value: Any) -> str:
    """A time as the provider writes it, RFC 3339 in UTC."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""


class Role(IamResource):
    token = "aws:iam/role:Role"
    auto_name = AutoName(limit=64)
    tagged = True
    api = ("iam", "CreateRole")
    operations, identifier = "role", "RoleName"
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("RoleName"),
        "assumeRolePolicy": Prop(kind=JSON, api="AssumeRolePolicyDocument", required=True),
        "description": Prop(),
        "forceDetachPolicies": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "inlinePolicies": Prop(
            kind=Many(Block({"name": Prop(required=True), "policy": Prop(kind=JSON, required=True)})),
            api=None,
            computed=True,
        ),
        "managedPolicyArns": Prop(kind=Many(), api=None, computed=True),
        "maxSessionDuration": Prop(kind=INT, default=3600),
        "path": Prop(replace=True, default="/"),
        "permissionsBoundary": Prop(),
    }
    outputs = ("arn", "createDate", "uniqueId")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from policies.check(values, "assumeRolePolicy", "trust")
        for inline in known_items(values.get("inlinePolicies")):
            for _, reason in policies.check(inline, "policy", "identity"):
                yield "inlinePolicies", f"inlinePolicies {inline['name']}: {reason}"

    def create(self, account: Account, values: Values) -> str:
        sent = to_api(self.props, values)
        role = account.iam.create_role(**{**sent, **named(values, "RoleName")})["Role"]["RoleName"]
        self._set_policies(account, role, {}, values, {"inlinePolicies", "managedPolicyArns"})
        return str(role)

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.iam.get_role(RoleName=id_))
        if answer is None:
            return None
        role = answer["Role"]
        return {
            **from_api(self.props, role),
            "namePrefix": names.prefix_of(id_),
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "inlinePolicies": [
                {"name": name, "policy": inline_policy(account, id_, name)}
                for name in account.pages("iam", "list_role_policies", "PolicyNames", RoleName=id_)
            ],
            "managedPolicyArns": attached_policies(account, id_),
            "arn": role["Arn"],
            "createDate": moment(role["CreateDate"]),
            "uniqueId": role["RoleId"],
            "tagsAll": tags.as_map(role.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "assumeRolePolicy" in changed:
            account.iam.update_assume_role_policy(RoleName=id_, PolicyDocument=new["assumeRolePolicy"])
        if changed & {"description", "maxSessionDuration"}:
            account.iam.update_role(
                RoleName=id_, Description=new.get("description") or "", MaxSessionDuration=new["maxSessionDuration"]
            )
        if "permissionsBoundary" in changed:
            if new.get("permissionsBoundary"):
                account.iam.put_role_permissions_boundary(RoleName=id_, PermissionsBoundary=new["permissionsBoundary"])
            else:
                account.iam.delete_role_permissions_boundary(RoleName=id_)
        self._set_policies(account, id_, old, new, changed)
        self.retag(account, id_, old, new)

    def _set_policies(self, account: Account, role: str, old: Values, new: Values, changed: set[str]) -> None:
        """Bring the policies that are given in the role itself from `old` to `new`."""
        if "inlinePolicies" in changed:
            wanted = {p["name"]: p["policy"] for p in new.get("inlinePolicies") or ()}
            for policy in old.get("inlinePolicies") or ():
                if policy["name"] not in wanted:
                    account.iam.delete_role_policy(RoleName=role, PolicyName=policy["name"])
            for name, document in wanted.items():
                account.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
        if "managedPolicyArns" in changed:
            before, after = set(old.get("managedPolicyArns") or ()), set(new.get("managedPolicyArns") or ())
            for arn in sorted(before - after):
                account.iam.detach_role_policy(RoleName=role, PolicyArn=arn)
            for arn in sorted(after - before):
                account.iam.attach_role_policy(RoleName=role, PolicyArn=arn)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """End the role; what is still attached to it, unknown to state, makes AWS refuse unless `forceDetachPolicies`."""
        for profile in account.pages("iam", "list_instance_profiles_for_role", "InstanceProfiles", RoleName=id_):
            account.iam.remove_role_from_instance_profile(
                InstanceProfileName=profile["InstanceProfileName"], RoleName=id_
            )
        force = values.get("forceDetachPolicies")
        if force or values.get("managedPolicyArns"):
            for arn in attached_policies(account, id_):
                account.iam.detach_role_policy(RoleName=id_, PolicyArn=arn)
        if force or values.get("inlinePolicies"):
            for name in account.pages("iam", "list_role_policies", "PolicyNames", RoleName=id_):
                account.iam.delete_role_policy(RoleName=id_, PolicyName=name)
        account.iam.delete_role(RoleName=id_)


def inline_policy(account: Account, role: str, name: str) -> str:
    """The document of a role's inline policy."""
    return json.dumps(account.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])


def attached_policies(account: Account, role: str) -> list[str]:
    """ARNs of the managed policies attached to a role."""
    attached = account.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=role)
    return [policy["PolicyArn"] for policy in attached]


class RolePolicy(IamResource):
    token = "aws:iam/rolePolicy:RolePolicy"
    auto_name = AutoName()
    api = ("iam", "PutRolePolicy")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("PolicyName"),
        "policy": Prop(kind=JSON, api="PolicyDocument", required=True),
        "role": Prop(api="RoleName", required=True, replace=True),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        return policies.check(values, "policy", "identity")

    def create(self, account: Account, values: Values) -> str:
        name = names.chosen(values)
        account.iam.put_role_policy(RoleName=values["role"], PolicyName=name, PolicyDocument=values["policy"])
        return f"{values['role']}:{name}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        role, name = id_.split(":", 1)
        document = found(lambda: inline_policy(account, role, name))
        if document is None:
            return None
        return {"role": role, "name": name, "namePrefix": names.prefix_of(name), "policy": document}

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        role, name = id_.split(":", 1)
        account.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=new["policy"])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        role, name = id_.split(":", 1)
        account.iam.delete_role_policy(RoleName=role, PolicyName=name)


class Attachment(IamResource):
    """A managed policy attached to a role, a user or a group; id `NAME/POLICY_ARN`."""

    delete_before_replace = True
    to: ClassVar[Literal["role", "user", "group"]]

    def _call(self, account: Account, verb: str, id_: str) -> None:
        name, arn = id_.split("/", 1)
        getattr(account.iam, f"{verb}_{self.to}_policy")(**{f"{self.to.title()}Name": name, "PolicyArn": arn})

    def create(self, account: Account, values: Values) -> str:
        id_ = f"{values[self.to]}/{values['policyArn']}"
        self._call(account, "attach", id_)
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        name, arn = id_.split("/", 1)
        which = {f"{self.to.title()}Name": name}
        attached = found(lambda: account.pages("iam", f"list_attached_{self.to}_policies", "AttachedPolicies", **which))
        if not any(policy["PolicyArn"] == arn for policy in attached or ()):
            return None
        return {self.to: name, "policyArn": arn}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        self._call(account, "detach", id_)


class RolePolicyAttachment(Attachment):
    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    to = "role"
    api = ("iam", "AttachRolePolicy")
    props: ClassVar[Mapping[str, Prop]] = {
        "role": Prop(api="RoleName", required=True, replace=True),
        "policyArn": Prop(required=True, replace=True),
    }


class UserPolicyAttachment(Attachment):
    token = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
    to = "user"
    api = ("iam", "AttachUserPolicy")
    props: ClassVar[Mapping[str, Prop]] = {
        "user": Prop(api="UserName", required=True, replace=True),
        "policyArn": Prop(required=True, replace=True),
    }


class GroupPolicyAttachment(Attachment):
    token = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
    to = "group"
    api = ("iam", "AttachGroupPolicy")
    props: ClassVar[Mapping[str, Prop]] = {
        "group": Prop(api="GroupName", required=True, replace=True),
        "policyArn": Prop(required=True, replace=True),
    }


class Policy(IamResource):
    token = "aws:iam/policy:Policy"
    auto_name = AutoName()
    tagged = True
    api = ("iam", "CreatePolicy")
    operations, identifier = "policy", "PolicyArn"
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("PolicyName"),
        "delayAfterPolicyCreationInMs": Prop(kind=INT, api=None, kept=PROVIDER_SIDE),
        "description": Prop(replace=True),
        "path": Prop(replace=True, default="/"),
        "policy": Prop(kind=JSON, api="PolicyDocument", required=True),
    }
    outputs = ("arn", "attachmentCount", "policyId")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        return policies.check(values, "policy", "identity")

    def create(self, account: Account, values: Values) -> str:
        sent = to_api(self.props, values)
        return str(account.iam.create_policy(**{**sent, **named(values, "PolicyName")})["Policy"]["Arn"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.iam.get_policy(PolicyArn=id_))
        if answer is None:
            return None
        policy = answer["Policy"]
        version = account.iam.get_policy_version(PolicyArn=id_, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        return {
            **from_api(self.props, policy),
            "namePrefix": names.prefix_of(policy["PolicyName"]),
            "policy": json.dumps(version["Document"]),
            "arn": policy["Arn"],
            "attachmentCount": policy["AttachmentCount"],
            "policyId": policy["PolicyId"],
            "tagsAll": tags.as_map(policy.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "policy" in changed:
            versions = account.pages("iam", "list_policy_versions", "Versions", PolicyArn=id_)
            if len(versions) >= KEPT_VERSIONS:
                oldest = min((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: v["CreateDate"])
                account.iam.delete_policy_version(PolicyArn=id_, VersionId=oldest["VersionId"])
            account.iam.create_policy_version(PolicyArn=id_, PolicyDocument=new["policy"], SetAsDefault=True)
        self.retag(account, id_, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        for version in account.pages("iam", "list_policy_versions", "Versions", PolicyArn=id_):
            if not version["IsDefaultVersion"]:
                account.iam.delete_policy_version(PolicyArn=id_, VersionId=version["VersionId"])
        account.iam.delete_policy(PolicyArn=id_)


class InstanceProfile(IamResource):
    token = "aws:iam/instanceProfile:InstanceProfile"
    auto_name = AutoName()
    tagged = True
    api = ("iam", "CreateInstanceProfile")
    operations, identifier = "instance_profile", "InstanceProfileName"
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("InstanceProfileName"),
        "path": Prop(replace=True, default="/"),
        "role": Prop(api=None),
    }
    outputs = ("arn", "createDate", "uniqueId")

    def create(self, account: Account, values: Values) -> str:
        answer = account.iam.create_instance_profile(**named(values, "InstanceProfileName"))
        name = str(answer["InstanceProfile"]["InstanceProfileName"])
        if values.get("role"):
            account.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=values["role"])
        return name

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.iam.get_instance_profile(InstanceProfileName=id_))
        if answer is None:
            return None
        profile = answer["InstanceProfile"]
        return {
            **from_api(self.props, profile),
            "namePrefix": names.prefix_of(id_),
            "role": profile["Roles"][0]["RoleName"] if profile.get("Roles") else None,
            "arn": profile["Arn"],
            "createDate": moment(profile["CreateDate"]),
            "uniqueId": profile["InstanceProfileId"],
            "tagsAll": tags.as_map(profile.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "role" in changed:
            if old.get("role"):
                account.iam.remove_role_from_instance_profile(InstanceProfileName=id_, RoleName=old["role"])
            if new.get("role"):
                account.iam.add_role_to_instance_profile(InstanceProfileName=id_, RoleName=new["role"])
        self.retag(account, id_, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        for role in account.iam.get_instance_profile(InstanceProfileName=id_)["InstanceProfile"]["Roles"]:
            account.iam.remove_role_from_instance_profile(InstanceProfileName=id_, RoleName=role["RoleName"])
        account.iam.delete_instance_profile(InstanceProfileName=id_)


class User(IamResource):
    token = "aws:iam/user:User"
    auto_name = AutoName(conflicts=())
    tagged = True
    api = ("iam", "CreateUser")
    operations, identifier = "user", "UserName"
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(api="UserName", computed=True),
        "forceDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "path": Prop(default="/"),
    }
    outputs = ("arn", "uniqueId")

    def create(self, account: Account, values: Values) -> str:
        sent = to_api(self.props, values)
        return str(account.iam.create_user(**{**sent, **named(values, "UserName")})["User"]["UserName"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.iam.get_user(UserName=renamed(id_, values)))
        if answer is None:
            return None
        user = answer["User"]
        return {
            **from_api(self.props, user),
            "arn": user["Arn"],
            "uniqueId": user["UserId"],
            "tagsAll": tags.as_map(user.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed & {"name", "path"}:
            account.iam.update_user(UserName=old["name"], NewUserName=new["name"], NewPath=new["path"])
        self.retag(account, new["name"], old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """End the user; with `forceDestroy` its keys too, without it AWS refuses while it has any."""
        name = renamed(id_, values)
        if values.get("forceDestroy"):
            for key in account.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=name):
                account.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        account.iam.delete_user(UserName=name)


class Group(IamResource):
    token = "aws:iam/group:Group"
    auto_name = AutoName(conflicts=())
    api = ("iam", "CreateGroup")
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(api="GroupName", computed=True),
        "path": Prop(default="/"),
    }
    outputs = ("arn", "uniqueId")

    def create(self, account: Account, values: Values) -> str:
        return str(account.iam.create_group(**to_api(self.props, values))["Group"]["GroupName"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.iam.get_group(GroupName=renamed(id_, values)))
        if answer is None:
            return None
        group = answer["Group"]
        return {**from_api(self.props, group), "arn": group["Arn"], "uniqueId": group["GroupId"]}

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        account.iam.update_group(GroupName=old["name"], NewGroupName=new["name"], NewPath=new["path"])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.iam.delete_group(GroupName=renamed(id_, values))


class AccessKey(IamResource):
    """A user's key. AWS shows its secret once, as it is made: from then on it is in the state alone."""

    token = "aws:iam/accessKey:AccessKey"
    api = ("iam", "UpdateAccessKey")
    props: ClassVar[Mapping[str, Prop]] = {
        "user": Prop(api="UserName", required=True, replace=True),
        "status": Prop(default="Active"),
    }
    secret_outputs = ("secret", "sesSmtpPasswordV4")
    outputs = (
        "createDate",
        "encryptedSecret",
        "encryptedSesSmtpPasswordV4",
        "keyFingerprint",
        *secret_outputs,
    )

    def create(self, account: Account, values: Values) -> str:
        key = account.iam.create_access_key(UserName=values["user"])["AccessKey"]
        values["secret"] = key["SecretAccessKey"]
        if values["status"] != "Active":
            self._set(account, key["AccessKeyId"], values)
        return str(key["AccessKeyId"])

    def _set(self, account: Account, id_: str, values: Values) -> None:
        account.iam.update_access_key(UserName=values["user"], AccessKeyId=id_, Status=values["status"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        user = values.get("user") or account.iam.get_access_key_last_used(AccessKeyId=id_)["UserName"]
        keys = found(lambda: account.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=user))
        key = next((key for key in keys or () if key["AccessKeyId"] == id_), None)
        if key is None:
            return None
        secret = values.get("secret", "")
        return {
            "user": user,
            "status": key["Status"],
            "createDate": moment(key["CreateDate"]),
            "encryptedSecret": "",
            "encryptedSesSmtpPasswordV4": "",
            "keyFingerprint": "",
            "secret": secret,
            "sesSmtpPasswordV4": smtp_password(secret, account.region) if secret else "",
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        new["secret"] = old["secret"]
        self._set(account, id_, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.iam.delete_access_key(UserName=values["user"], AccessKeyId=id_)


def smtp_password(secret: str, region: str) -> str:
    """The password for SES's SMTP interface ("Obtaining Amazon SES SMTP credentials", SES developer guide)."""
    signature = f"AWS4{secret}".encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        signature = hmac.digest(signature, part.encode(), "sha256")
    return base64.b64encode(b"\x04" + signature).decode()


def renamed(id_: str, values: Values) -> str:
    """The name that a user or group has now: the engine keeps the id that it was made with."""
    return str(values.get("name") or id_)


class OpenIdConnectProvider(IamResource):
    token = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    tagged = True
    api = ("iam", "CreateOpenIDConnectProvider")
    operations, identifier = "open_id_connect_provider", "OpenIDConnectProviderArn"
    props: ClassVar[Mapping[str, Prop]] = {
        "clientIdLists": Prop(kind=Many(), api="ClientIDList", required=True),
        "thumbprintLists": Prop(kind=Many(), api="ThumbprintList", computed=True),
        "url": Prop(required=True, replace=True),
    }
    outputs = ("arn",)

    def create(self, account: Account, values: Values) -> str:
        return str(
            account.iam.create_open_id_connect_provider(
                **to_api(self.props, values), Tags=tags.as_list(values.get("tagsAll"))
            )["OpenIDConnectProviderArn"]
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        provider = found(lambda: account.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=id_))
        if provider is None:
            return None
        return {
            **from_api(self.props, provider),
            "url": f"https://{provider['Url'].removeprefix('https://')}",
            "arn": id_,
            "tagsAll": tags.as_map(provider.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "thumbprintLists" in changed:
            account.iam.update_open_id_connect_provider_thumbprint(
                OpenIDConnectProviderArn=id_, ThumbprintList=new["thumbprintLists"]
            )
        for client in set(new["clientIdLists"]) - set(old["clientIdLists"]):
            account.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=id_, ClientID=client)
        for client in set(old["clientIdLists"]) - set(new["clientIdLists"]):
            account.iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=id_, ClientID=client)
        self.retag(account, id_, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=id_)


def get_role(account: Account, args: Values) -> Values:
    role = account.iam.get_role(RoleName=args["name"])["Role"]
    return {
        "id": role["RoleName"],
        "arn": role["Arn"],
        "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
        "createDate": moment(role["CreateDate"]),
        "description": role.get("Description", ""),
        "maxSessionDuration": role["MaxSessionDuration"],
        "path": role["Path"],
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "roleLastUseds": [],
        "tags": tags.as_map(role.get("Tags")),
        "uniqueId": role["RoleId"],
    }


def get_policy(account: Account, args: Values) -> Values:
    """A managed policy, by ARN or by name (AWS's own included)."""
    arn = args.get("arn") or policy_arn(account, args.get("name", ""), args.get("pathPrefix"))
    policy = account.iam.get_policy(PolicyArn=arn)["Policy"]
    version = account.iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {
        "id": arn,
        "arn": arn,
        "attachmentCount": policy["AttachmentCount"],
        "description": policy.get("Description", ""),
        "name": policy["PolicyName"],
        "path": policy["Path"],
        "policy": json.dumps(version["Document"]),
        "policyId": policy["PolicyId"],
        "tags": tags.as_map(policy.get("Tags")),
    }


def policy_arn(account: Account, name: str, path: str | None) -> str:
    """The ARN of the one policy of that name. Raises RefusedError for none or several."""
    within: dict[str, Any] = {"PathPrefix": path} if path else {}
    within["PaginationConfig"] = {"PageSize": 1000}  # AWS has some 1,500 of its own
    arns = [p["Arn"] for p in account.pages("iam", "list_policies", "Policies", **within) if p["PolicyName"] == name]
    if len(arns) != 1:
        raise RefusedError(
            f"reading IAM policy {name!r}: {len(arns)} policies have this name. Give its arn, or a pathPrefix"
        )
    return str(arns[0])


def get_instance_profile(account: Account, args: Values) -> Values:
    profile = account.iam.get_instance_profile(InstanceProfileName=args["name"])["InstanceProfile"]
    [role] = profile["Roles"] or [{}]
    return {
        "id": profile["InstanceProfileId"],
        "arn": profile["Arn"],
        "createDate": moment(profile["CreateDate"]),
        "path": profile["Path"],
        "roleArn": role.get("Arn", ""),
        "roleId": role.get("RoleId", ""),
        "roleName": role.get("RoleName", ""),
    }


def get_policy_document(_: Account, args: Values) -> Values:
    document = policy_document.merged(args)
    text = policy_document.go_json(document, indent=2)
    return {"id": str(zlib.crc32(text.encode())), "json": text, "minifiedJson": policy_document.go_json(document)}


TYPES = (
    Role(),
    RolePolicy(),
    RolePolicyAttachment(),
    UserPolicyAttachment(),
    GroupPolicyAttachment(),
    Policy(),
    InstanceProfile(),
    User(),
    Group(),
    AccessKey(),
    OpenIdConnectProvider(),
)
FUNCTIONS = (
    Function("aws:iam/getPolicyDocument:getPolicyDocument", policy_document.ARGUMENTS, get_policy_document),
    Function("aws:iam/getRole:getRole", {"name": Prop(required=True), "tags": Prop(kind=Map())}, get_role),
    Function(
        "aws:iam/getPolicy:getPolicy",
        {"arn": Prop(), "name": Prop(), "pathPrefix": Prop(), "tags": Prop(kind=Map())},
        get_policy,
    ),
    Function("aws:iam/getInstanceProfile:getInstanceProfile", {"name": Prop(required=True)}, get_instance_profile),
)
