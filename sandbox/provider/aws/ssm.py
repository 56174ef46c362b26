"""Systems Manager: parameters."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import tags
from sandbox.provider.schema import BOOL, PROVIDER_SIDE, AutoName, Function, Prop, Resource, Values, from_api, to_api

SIZES = {"Standard": 4096, "Advanced": 8192}  # characters ("Managing parameter tiers", Systems Manager user guide)


class Parameter(Resource):
    token = "aws:ssm/parameter:Parameter"
    auto_name = AutoName(conflicts=())
    tagged = True
    api = ("ssm", "PutParameter")
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(replace=True, computed=True),
        "type": Prop(required=True),
        "allowedPattern": Prop(),
        "arn": Prop(api=None, computed=True),
        "dataType": Prop(replace=True, computed=True),
        "description": Prop(),
        "insecureValue": Prop(api=None, computed=True, conflicts=("value",)),
        "keyId": Prop(computed=True),
        "overwrite": Prop(kind=BOOL, api=None, kept=PROVIDER_SIDE),
        "tier": Prop(computed=True),
        "value": Prop(computed=True, secret=True, conflicts=("insecureValue",)),
    }
    outputs = ("hasValueWo", "version")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if not values.keys() & {"value", "insecureValue"}:
            yield "value", "a parameter needs a value: give value, or insecureValue for what is no secret"
        if "insecureValue" in values and values["type"] == "SecureString":
            yield "insecureValue", "insecureValue does not go with type SecureString: use value"
        value = values.get("value", values.get("insecureValue"))
        limit = SIZES.get(str(values.get("tier", "Standard")))
        if isinstance(value, str) and limit and len(value) > limit:
            yield "value", f"the value has {len(value)} characters, and a parameter of this tier takes {limit}"
        pattern = values.get("allowedPattern")
        if isinstance(value, str) and isinstance(pattern, str) and not re.search(pattern, value):
            yield "value", f"the value does not match allowedPattern {pattern}"

    def replaced(self, old: Values, new: Values) -> Iterable[str]:
        """An Advanced parameter does not become a Standard one."""
        return ("tier",) if (old.get("tier"), new.get("tier")) == ("Advanced", "Standard") else ()

    def overlooked(self, old: Values, new: Values) -> Iterable[str]:
        return ("tier",) if new.get("tier") == "Intelligent-Tiering" and old.get("tier") else ()

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        if not changed & {"value", "insecureValue", "description"}:
            return ()
        return ("version", "value" if "insecureValue" in changed else "insecureValue")

    def _put(self, account: Account, values: Values, **more: Any) -> None:
        sent = to_api(self.props, values)
        if values["type"] != "SecureString":
            sent.pop("KeyId", None)
        sent["Value"] = values.get("value", values.get("insecureValue"))
        account.ssm.put_parameter(**sent, **more)

    def create(self, account: Account, values: Values) -> str:
        overwrite = bool(values.get("overwrite"))
        all_tags = tags.as_list(values.get("tagsAll"))
        self._put(account, values, Overwrite=overwrite, **({"Tags": all_tags} if all_tags and not overwrite else {}))
        if overwrite and all_tags:
            account.ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=values["name"], Tags=all_tags)
        return str(values["name"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.ssm.get_parameter(Name=id_, WithDecryption=True))
        if answer is None:
            return None
        parameter = answer["Parameter"]
        wanted = [{"Key": "Name", "Option": "Equals", "Values": [id_]}]
        [described] = account.ssm.describe_parameters(ParameterFilters=wanted)["Parameters"]
        listed = account.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=id_)["TagList"]
        open_ = parameter["Type"] != "SecureString"
        return {
            **from_api(self.props, described),
            "arn": parameter["ARN"],
            "value": parameter["Value"],
            "insecureValue": parameter["Value"] if open_ and "insecureValue" in values else None,
            "hasValueWo": False,
            "version": parameter["Version"],
            "tagsAll": tags.as_map(listed),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"overwrite", "tags", "tagsAll"}:
            self._put(account, new, Overwrite=True)
        which = {"ResourceType": "Parameter", "ResourceId": id_}
        tags.bring(
            old,
            new,
            lambda added: account.ssm.add_tags_to_resource(**which, Tags=tags.as_list(added)),
            lambda keys: account.ssm.remove_tags_from_resource(**which, TagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ssm.delete_parameter(Name=id_)


def get_parameter(account: Account, args: Values) -> Values:
    parameter = account.ssm.get_parameter(Name=args["name"], WithDecryption=args["withDecryption"])["Parameter"]
    return {
        "id": parameter["Name"],
        "arn": parameter["ARN"],
        "insecureValue": parameter["Value"] if parameter["Type"] != "SecureString" else "",
        "name": parameter["Name"],
        "type": parameter["Type"],
        "value": parameter["Value"],
        "version": parameter["Version"],
    }


TYPES = (Parameter(),)
FUNCTIONS = (
    Function(
        "aws:ssm/getParameter:getParameter",
        {"name": Prop(required=True), "withDecryption": Prop(kind=BOOL, default=True)},
        get_parameter,
    ),
)
