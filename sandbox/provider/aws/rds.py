"""RDS: all its types; subnet groups, parameter groups and option groups."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import names, rds_lookup, tags
from sandbox.provider.aws.rds_instances import Instance
from sandbox.provider.schema import (
    BOOL,
    PROVIDER_SIDE,
    AutoName,
    Block,
    Many,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)

_DESCRIPTION = "Managed by Pulumi"
_STILL_USED_SECONDS = 180.0
_PARAMETERS_A_CALL = 20
_GROUP_NAME = r"[a-z](?!.*--)[0-9a-z-]{0,253}[0-9a-z]|[a-z]"
_GROUP_NAME_WORDS = "1 to 255 lower-case letters, digits and single hyphens, a letter first and no hyphen last"

_AT_START = {
    "autovacuum_max_workers",
    "huge_pages",
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "rds.logical_replication",
    "shared_buffers",
    "shared_preload_libraries",
    "track_activity_query_size",
    "track_commit_timestamp",
    "wal_buffers",
}
"""Parameters that PostgreSQL takes at its start only (context "postmaster" in its documentation); RDS calls them static
and refuses to apply them immediately. Not all of them."""


class RdsGroup(Resource):
    """What the groups of this service share: a lower-case name, tags by ARN."""

    tagged = True
    auto_name = AutoName()

    def named_broken(self, values: Values, pattern: str, words: str) -> Iterator[tuple[str, str]]:
        for prop in ("name", "namePrefix"):
            name = values.get(prop)
            if isinstance(name, str) and not re.fullmatch(pattern, names.chosen({prop: name})):
                yield prop, f"{prop} wants {words}, got {name!r}: RDS keeps names in lower case"

    def tags_of(self, account: Account, arn: str) -> dict[str, str]:
        return tags.as_map(account.rds.list_tags_for_resource(ResourceName=arn)["TagList"])

    def retag(self, account: Account, old: Values, new: Values) -> None:
        arn = old["arn"]
        tags.bring(
            old,
            new,
            lambda added: account.rds.add_tags_to_resource(ResourceName=arn, Tags=tags.as_list(added)),
            lambda keys: account.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=keys),
        )


class SubnetGroup(RdsGroup):
    """aws:rds/subnetGroup:SubnetGroup."""

    token = "aws:rds/subnetGroup:SubnetGroup"
    api = ("rds", "CreateDBSubnetGroup")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("DBSubnetGroupName"),
        "description": Prop(api="DBSubnetGroupDescription", default=_DESCRIPTION),
        "subnetIds": Prop(kind=Many(), required=True),
    }
    outputs = ("arn", "supportedNetworkTypes", "vpcId")

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        words = "1 to 255 lower-case letters, digits, hyphens, underscores, periods and spaces"
        yield from self.named_broken(values, r"[0-9a-z._ -]{1,255}", words)
        subnets = values["subnetIds"]
        if isinstance(subnets, list) and len(subnets) < 2:
            yield "subnetIds", f"a subnet group wants subnets in at least two Availability Zones, got {len(subnets)}"

    def create(self, account: Account, values: Values) -> str:
        parameters = {**to_api(self.props, values), "DBSubnetGroupName": names.chosen(values)}
        group = account.rds.create_db_subnet_group(**parameters, **tags.parameter(values))["DBSubnetGroup"]
        return str(group["DBSubnetGroupName"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.rds.describe_db_subnet_groups(DBSubnetGroupName=id_)["DBSubnetGroups"])
        if not answer:
            return None
        [group] = answer
        return {
            "name": group["DBSubnetGroupName"],
            "namePrefix": names.prefix_of(group["DBSubnetGroupName"]),
            "description": group["DBSubnetGroupDescription"],
            "subnetIds": [subnet["SubnetIdentifier"] for subnet in group["Subnets"]],
            "arn": group["DBSubnetGroupArn"],
            "supportedNetworkTypes": group.get("SupportedNetworkTypes", ["IPV4"]),
            "vpcId": group["VpcId"],
            "tagsAll": self.tags_of(account, group["DBSubnetGroupArn"]),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed & {"description", "subnetIds"}:
            both = to_api(self.props, new, ("description", "subnetIds"))
            account.rds.modify_db_subnet_group(DBSubnetGroupName=id_, **both)
        self.retag(account, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.rds.delete_db_subnet_group(DBSubnetGroupName=id_)


_PARAMETER = {
    "name": Prop(api="ParameterName", required=True),
    "value": Prop(api="ParameterValue", required=True),
    "applyMethod": Prop(default="immediate", choices=("immediate", "pending-reboot")),
}


class ParameterGroup(RdsGroup):
    """aws:rds/parameterGroup:ParameterGroup."""

    token = "aws:rds/parameterGroup:ParameterGroup"
    api = ("rds", "CreateDBParameterGroup")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("DBParameterGroupName"),
        "family": Prop(api="DBParameterGroupFamily", required=True, replace=True),
        "description": Prop(default=_DESCRIPTION, replace=True),
        "parameters": Prop(kind=Many(Block(_PARAMETER)), api=None),
        "skipDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
    }
    outputs = ("arn",)

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        yield from self.named_broken(values, _GROUP_NAME, _GROUP_NAME_WORDS)
        parameters = values.get("parameters")
        for index, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
            if (
                isinstance(parameter, dict)
                and str(values["family"]).startswith("postgres")
                and parameter.get("name") in _AT_START
                and parameter["applyMethod"] == "immediate"
            ):
                yield (
                    f"parameters[{index}].applyMethod",
                    f"PostgreSQL takes {parameter['name']} at its start only: set applyMethod to 'pending-reboot'",
                )

    def overlooked(self, old: Values, new: Values) -> Iterator[str]:
        values = {p["name"].lower(): p["value"] for p in old.get("parameters") or ()}
        wanted = new.get("parameters")
        for index, parameter in enumerate(wanted if isinstance(wanted, list) else ()):
            if isinstance(parameter, dict) and values.get(str(parameter["name"]).lower()) == parameter["value"]:
                yield f"parameters[{index}].applyMethod"  # a parameter that keeps its value is not sent again

    def create(self, account: Account, values: Values) -> str:
        parameters = {**to_api(self.props, values), "DBParameterGroupName": names.chosen(values)}
        group = account.rds.create_db_parameter_group(**parameters, **tags.parameter(values))["DBParameterGroup"]
        name = str(group["DBParameterGroupName"])
        _set_parameters(account, name, values.get("parameters") or ())
        return name

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.rds.describe_db_parameter_groups(DBParameterGroupName=id_)["DBParameterGroups"])
        if not answer:
            return None
        [group] = answer
        known = {parameter["name"].lower(): parameter for parameter in values.get("parameters") or ()}
        every = account.pages("rds", "describe_db_parameters", "Parameters", DBParameterGroupName=id_)
        shown = [p for p in every if p.get("Source", "user") == "user" or p["ParameterName"].lower() in known]
        return {
            "name": group["DBParameterGroupName"],
            "namePrefix": names.prefix_of(group["DBParameterGroupName"]),
            "family": group["DBParameterGroupFamily"],
            "description": group["Description"],
            "parameters": [from_api(_PARAMETER, parameter) for parameter in shown],
            "arn": group["DBParameterGroupArn"],
            "tagsAll": self.tags_of(account, group["DBParameterGroupArn"]),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        before = {parameter["name"].lower(): parameter for parameter in old.get("parameters") or ()}
        after = {parameter["name"].lower(): parameter for parameter in new.get("parameters") or ()}
        if "parameters" in changed:
            _set_parameters(
                account,
                id_,
                [p for name, p in after.items() if p["value"] != before.get(name, {}).get("value")],
            )
            for batch in _batches([p for name, p in before.items() if name not in after]):
                account.rds.reset_db_parameter_group(
                    DBParameterGroupName=id_,
                    ResetAllParameters=False,
                    Parameters=[to_api(_PARAMETER, p, ("name", "applyMethod")) for p in batch],
                )
        self.retag(account, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if values.get("skipDestroy"):
            return

        def deleted() -> bool:
            try:
                account.rds.delete_db_parameter_group(DBParameterGroupName=id_)
            except ClientError as error:
                if error.response["Error"]["Code"].startswith("InvalidDBParameterGroupState"):
                    return False
                raise
            return True

        wait_for(deleted, f"no database to use parameter group {id_} any more", _STILL_USED_SECONDS)


def _set_parameters(account: Account, name: str, parameters: Iterable[Values]) -> None:
    """Set parameters, those that act at once first."""
    for batch in _batches(sorted(parameters, key=lambda parameter: str(parameter["applyMethod"]))):
        account.rds.modify_db_parameter_group(
            DBParameterGroupName=name, Parameters=[to_api(_PARAMETER, parameter) for parameter in batch]
        )


def _batches(parameters: list[Values]) -> Iterator[list[Values]]:
    for start in range(0, len(parameters), _PARAMETERS_A_CALL):
        yield parameters[start : start + _PARAMETERS_A_CALL]


_SETTING = {"name": Prop(required=True), "value": Prop(required=True)}
_OPTION = {
    "optionName": Prop(required=True),
    "optionSettings": Prop(kind=Many(Block(_SETTING)), computed=True),
}


class OptionGroup(RdsGroup):
    """aws:rds/optionGroup:OptionGroup. PostgreSQL has no options, but a group without them is allowed."""

    token = "aws:rds/optionGroup:OptionGroup"
    api = ("rds", "CreateOptionGroup")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("OptionGroupName"),
        "engineName": Prop(required=True, replace=True),
        "majorEngineVersion": Prop(required=True, replace=True),
        "optionGroupDescription": Prop(default=_DESCRIPTION, replace=True),
        "options": Prop(kind=Many(Block(_OPTION)), api=None),
        "skipDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
    }
    outputs = ("arn",)

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        yield from self.named_broken(values, _GROUP_NAME, _GROUP_NAME_WORDS)

    def create(self, account: Account, values: Values) -> str:
        parameters = {**to_api(self.props, values), "OptionGroupName": names.chosen(values)}
        group = account.rds.create_option_group(**parameters, **tags.parameter(values))["OptionGroup"]
        name = str(group["OptionGroupName"])
        _change_options(account, name, [], values.get("options") or [])
        return name

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.rds.describe_option_groups(OptionGroupName=id_)["OptionGroupsList"])
        if not answer:
            return None
        [group] = answer
        return {
            **from_api(self.props, group),
            "name": id_,
            "namePrefix": names.prefix_of(id_),
            "options": [from_api(_OPTION, option) for option in group["Options"]],
            "arn": group["OptionGroupArn"],
            "tagsAll": self.tags_of(account, group["OptionGroupArn"]),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "options" in changed:
            _change_options(account, id_, old.get("options") or [], new.get("options") or [])
        self.retag(account, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if not values.get("skipDestroy"):
            account.rds.delete_option_group(OptionGroupName=id_)


def _change_options(account: Account, name: str, old: list[Values], new: list[Values]) -> None:
    kept = {option["optionName"] for option in new}
    added = [to_api(_OPTION, option) for option in new if option not in old]
    removed = [option["optionName"] for option in old if option["optionName"] not in kept]
    if added or removed:
        account.rds.modify_option_group(
            OptionGroupName=name, OptionsToInclude=added, OptionsToRemove=removed, ApplyImmediately=True
        )


TYPES = (Instance(), SubnetGroup(), ParameterGroup(), OptionGroup())
FUNCTIONS = rds_lookup.FUNCTIONS
