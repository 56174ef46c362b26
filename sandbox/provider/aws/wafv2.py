"""AWS WAF: web ACLs, what they protect, address lists and logs."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import names, tags
from sandbox.provider.aws.wafv2_statements import (
    ALLOW,
    BLOCK,
    IMMUNITY,
    NAMED,
    NOTHING,
    RULE,
    VISIBILITY,
    broken_rules,
)
from sandbox.provider.schema import (
    UNKNOWN,
    AutoName,
    Block,
    Function,
    Many,
    Prop,
    Resource,
    Values,
    from_api,
    known_items,
    to_api,
)
from sandbox.provider.server import RefusedError

RESPONSE_BODY = {
    "content": Prop(required=True),
    "contentType": Prop(required=True),
    "key": Prop(required=True, api=None),
}


class WafResource(Resource):
    """What web ACLs and address lists share: a scope, a lock token for every change, tags by ARN."""

    tagged = True
    auto_name = AutoName()

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if values["scope"] == "CLOUDFRONT" and values["region"] not in ("us-east-1", UNKNOWN):
            yield (
                "scope",
                f"scope CLOUDFRONT lives in us-east-1, and the region is {values['region']}: "
                "use a provider of us-east-1, or scope REGIONAL for a load balancer",
            )

    def which(self, account: Account, id_: str, values: Values) -> dict[str, str]:
        """Parameters that say which one; an import gives them as ID/NAME/SCOPE."""
        if "/" in id_:
            return dict(zip(("Id", "Name", "Scope"), id_.split("/"), strict=True))
        name, scope = values.get("name"), values["scope"]
        if name is None:
            made = (one["Name"] for one in self.listed(account, scope) if one["Id"] == id_)
            name = next(made, "gone")  # no such one: AWS says so to whoever asks for it
        return {"Id": id_, "Name": name, "Scope": scope}

    def listed(self, account: Account, scope: str) -> list[dict[str, Any]]:
        """All of the type in a scope, to find the name that was made from a prefix."""
        raise NotImplementedError

    def retag(self, account: Account, arn: str, old: Values, new: Values) -> None:
        tags.bring(
            old,
            new,
            lambda added: account.wafv2.tag_resource(ResourceARN=arn, Tags=tags.as_list(added)),
            lambda keys: account.wafv2.untag_resource(ResourceARN=arn, TagKeys=keys),
        )

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        return ("lockToken", "capacity") if changed - {"tags", "tagsAll"} else ()


def tags_of(account: Account, arn: str) -> dict[str, str]:
    listed = account.wafv2.list_tags_for_resource(ResourceARN=arn)
    return tags.as_map(listed["TagInfoForResource"]["TagList"])


def created_tags(values: Values) -> dict[str, Any]:
    return {"Tags": tags.as_list(values["tagsAll"])} if values.get("tagsAll") else {}


class WebAcl(WafResource):
    token = "aws:wafv2/webAcl:WebAcl"
    api = ("wafv2", "CreateWebACL")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("Name"),
        "captchaConfig": Prop(kind=IMMUNITY),
        "challengeConfig": Prop(kind=IMMUNITY),
        "customResponseBodies": Prop(kind=Many(Block(RESPONSE_BODY)), api=None),
        "defaultAction": Prop(kind=Block({"allow": ALLOW, "block": BLOCK}), required=True),
        "description": Prop(),
        "rules": Prop(kind=Many(RULE)),
        "scope": Prop(required=True, replace=True),
        "tokenDomains": Prop(kind=Many()),
        "visibilityConfig": Prop(kind=VISIBILITY, required=True),
    }
    outputs = ("applicationIntegrationUrl", "arn", "capacity", "lockToken")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from super().check(values)
        action = values["defaultAction"]
        if action is not UNKNOWN and len(action) != 1:
            yield "defaultAction", f"defaultAction is either allow or block, got {' and '.join(action) or 'neither'}"
        for reason in broken_rules(values.get("rules")):
            yield "rules", reason

    def listed(self, account: Account, scope: str) -> list[dict[str, Any]]:
        return list(account.wafv2.list_web_acls(Scope=scope)["WebACLs"])

    def _sent(self, values: Values) -> dict[str, Any]:
        sent = {"Rules": [], **to_api(self.props, values)}
        if values.get("customResponseBodies"):
            sent["CustomResponseBodies"] = {b["key"]: to_api(RESPONSE_BODY, b) for b in values["customResponseBodies"]}
        return sent

    def create(self, account: Account, values: Values) -> str:
        sent = {**self._sent(values), "Name": names.chosen(values), **created_tags(values)}
        return str(account.wafv2.create_web_acl(**sent)["Summary"]["Id"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        which = self.which(account, id_, values)
        answer = found(lambda: account.wafv2.get_web_acl(**which))
        if answer is None:
            return None
        acl = answer["WebACL"]
        return {
            **from_api(self.props, acl),
            "namePrefix": names.prefix_of(acl["Name"]),
            "scope": which["Scope"],
            "customResponseBodies": [
                {**from_api(RESPONSE_BODY, body), "key": key}
                for key, body in (acl.get("CustomResponseBodies") or {}).items()
            ],
            "applicationIntegrationUrl": answer.get("ApplicationIntegrationURL", ""),
            "arn": acl["ARN"],
            "capacity": acl["Capacity"],
            "lockToken": answer["LockToken"],
            "tagsAll": tags_of(account, acl["ARN"]),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        which = self.which(account, id_, old)
        if changed - {"tags", "tagsAll"}:
            token = account.wafv2.get_web_acl(**which)["LockToken"]
            account.wafv2.update_web_acl(**{**self._sent(new), **which, "LockToken": token})
        self.retag(account, old["arn"], old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        which = self.which(account, id_, values)
        account.wafv2.delete_web_acl(**which, LockToken=account.wafv2.get_web_acl(**which)["LockToken"])


class IpSet(WafResource):
    token = "aws:wafv2/ipSet:IpSet"
    api = ("wafv2", "CreateIPSet")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("Name"),
        "addresses": Prop(kind=Many()),
        "description": Prop(),
        "ipAddressVersion": Prop(api="IPAddressVersion", required=True, replace=True),
        "scope": Prop(required=True, replace=True),
    }
    outputs = ("arn", "lockToken")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from super().check(values)
        for address in known_items(values.get("addresses")):
            if "/" not in address:
                yield "addresses", f"addresses are CIDR blocks, got {address!r}: write {address}/32 (or /128)"

    def listed(self, account: Account, scope: str) -> list[dict[str, Any]]:
        return list(account.wafv2.list_ip_sets(Scope=scope)["IPSets"])

    def create(self, account: Account, values: Values) -> str:
        sent = {"Addresses": [], **to_api(self.props, values), "Name": names.chosen(values), **created_tags(values)}
        return str(account.wafv2.create_ip_set(**sent)["Summary"]["Id"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        which = self.which(account, id_, values)
        answer = found(lambda: account.wafv2.get_ip_set(**which))
        if answer is None:
            return None
        listed = answer["IPSet"]
        return {
            **from_api(self.props, listed),
            "namePrefix": names.prefix_of(listed["Name"]),
            "scope": which["Scope"],
            "arn": listed["ARN"],
            "lockToken": answer["LockToken"],
            "tagsAll": tags_of(account, listed["ARN"]),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        which = self.which(account, id_, old)
        if changed - {"tags", "tagsAll"}:
            token = account.wafv2.get_ip_set(**which)["LockToken"]
            sent = to_api(self.props, new, ["addresses", "description"])
            account.wafv2.update_ip_set(**{"Addresses": [], **sent, **which, "LockToken": token})
        self.retag(account, old["arn"], old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        which = self.which(account, id_, values)
        account.wafv2.delete_ip_set(**which, LockToken=account.wafv2.get_ip_set(**which)["LockToken"])


class WebAclAssociation(Resource):
    token = "aws:wafv2/webAclAssociation:WebAclAssociation"
    api = ("wafv2", "AssociateWebACL")
    props: ClassVar[Mapping[str, Prop]] = {
        "resourceArn": Prop(required=True, replace=True),
        "webAclArn": Prop(api="WebACLArn", required=True, replace=True),
    }

    def create(self, account: Account, values: Values) -> str:
        account.wafv2.associate_web_acl(**to_api(self.props, values))
        return f"{values['webAclArn']},{values['resourceArn']}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        _, resource = id_.split(",")
        answer = found(lambda: account.wafv2.get_web_acl_for_resource(ResourceArn=resource))
        acl = (answer or {}).get("WebACL")
        return {"resourceArn": resource, "webAclArn": acl["ARN"]} if acl else None

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.wafv2.disassociate_web_acl(ResourceArn=values["resourceArn"])


class WebAclLoggingConfiguration(Resource):
    token = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
    props: ClassVar[Mapping[str, Prop]] = {
        "logDestinationConfigs": Prop(kind=Many(), required=True),
        "loggingFilter": Prop(
            kind=Block(
                {
                    "defaultBehavior": Prop(required=True),
                    "filters": Prop(
                        kind=Many(
                            Block(
                                {
                                    "behavior": Prop(required=True),
                                    "conditions": Prop(
                                        kind=Many(
                                            Block(
                                                {
                                                    "actionCondition": Prop(
                                                        kind=Block({"action": Prop(required=True)})
                                                    ),
                                                    "labelNameCondition": Prop(
                                                        kind=Block({"labelName": Prop(required=True)})
                                                    ),
                                                }
                                            )
                                        ),
                                        required=True,
                                    ),
                                    "requirement": Prop(required=True),
                                }
                            )
                        ),
                        required=True,
                    ),
                }
            )
        ),
        "redactedFields": Prop(
            kind=Many(
                Block(
                    {
                        "method": NOTHING,
                        "queryString": NOTHING,
                        "singleHeader": Prop(kind=NAMED),
                        "uriPath": NOTHING,
                    }
                )
            )
        ),
        "resourceArn": Prop(required=True, replace=True),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        destinations = values["logDestinationConfigs"]
        if isinstance(destinations, list) and len(destinations) != 1:
            yield "logDestinationConfigs", f"a web ACL logs to exactly one destination, got {len(destinations)}"
        for arn in known_items(destinations):
            name = arn.removesuffix(":*").rpartition(":")[2].rpartition("/")[2]
            if not name.startswith("aws-waf-logs-"):
                yield (
                    "logDestinationConfigs",
                    f"the name of a log destination begins with aws-waf-logs-, got {name!r}: rename the log group or bucket",
                )

    def create(self, account: Account, values: Values) -> str:
        account.wafv2.put_logging_configuration(LoggingConfiguration=to_api(self.props, values))
        return str(values["resourceArn"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.wafv2.get_logging_configuration(ResourceArn=id_))
        return None if answer is None else from_api(self.props, answer["LoggingConfiguration"])

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        account.wafv2.put_logging_configuration(LoggingConfiguration=to_api(self.props, new))

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.wafv2.delete_logging_configuration(ResourceArn=id_)


def get_web_acl(account: Account, args: Values) -> Values:
    """A web ACL by name and scope, or the one that protects a resource."""
    if args.get("resourceArn"):
        acl = account.wafv2.get_web_acl_for_resource(ResourceArn=args["resourceArn"]).get("WebACL")
    else:
        listed = account.wafv2.list_web_acls(Scope=args["scope"])["WebACLs"]
        acl = next((a for a in listed if a["Name"] == args.get("name")), None)
    if acl is None:
        raise RefusedError(f"WAFv2 WebACL not found for name: {args.get('name') or args.get('resourceArn')}")
    return {
        "id": acl["Id"],
        "arn": acl["ARN"],
        "description": acl.get("Description", ""),
        "name": acl["Name"],
        "resourceArn": args.get("resourceArn", ""),
    }


TYPES = (WebAcl(), IpSet(), WebAclAssociation(), WebAclLoggingConfiguration())
FUNCTIONS = (
    Function(
        "aws:wafv2/getWebAcl:getWebAcl",
        {"name": Prop(), "resourceArn": Prop(), "scope": Prop(required=True)},
        get_web_acl,
    ),
)
