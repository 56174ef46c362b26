"""RDS: the function that looks up an engine version."""

from typing import Any

from sandbox.provider.account import Account
from sandbox.provider.aws.ec2_lookup import only
from sandbox.provider.schema import BOOL, Function, Many, Prop, Values

_ARGUMENTS = {
    "engine": Prop(required=True),
    "version": Prop(),
    "latest": Prop(kind=BOOL),
    "preferredVersions": Prop(kind=Many(ordered=True)),
    "parameterGroupFamily": Prop(),
    "defaultOnly": Prop(kind=BOOL),
    "includeAll": Prop(kind=BOOL),
}


def _get_engine_version(account: Account, args: Values) -> Values:
    narrowed = any(args.get(name) for name in ("version", "latest", "preferredVersions", "includeAll"))
    search = {"EngineVersion": args.get("version"), "DBParameterGroupFamily": args.get("parameterGroupFamily")}
    versions = account.pages(
        "rds",
        "describe_db_engine_versions",
        "DBEngineVersions",
        Engine=args["engine"],
        DefaultOnly=args.get("defaultOnly", not narrowed),
        **{name: value for name, value in search.items() if value},
    )
    by_number = {version["EngineVersion"]: version for version in sorted(versions, key=_order)}
    preferred = [by_number[number] for number in args.get("preferredVersions") or () if number in by_number]
    if preferred:
        matches = preferred[:1]
    elif args.get("latest"):
        matches = list(by_number.values())[-1:]
    else:
        matches = list(by_number.values())
    return _described(only(matches, "RDS engine version"))


def _order(version: dict[str, Any]) -> list[int]:
    return [int(part) for part in version["EngineVersion"].split("-")[0].split(".") if part.isdigit()]


def _described(version: dict[str, Any]) -> Values:
    targets = version.get("ValidUpgradeTarget", [])
    number = version["EngineVersion"]
    return {
        "id": number,
        "version": number,
        "versionActual": number,
        "versionDescription": version.get("DBEngineVersionDescription", ""),
        "engine": version["Engine"],
        "engineDescription": version.get("DBEngineDescription", ""),
        "parameterGroupFamily": version["DBParameterGroupFamily"],
        "status": version.get("Status", ""),
        "defaultCharacterSet": version.get("DefaultCharacterSet", {}).get("CharacterSetName", ""),
        "exportableLogTypes": version.get("ExportableLogTypes", []),
        "supportedCharacterSets": [s["CharacterSetName"] for s in version.get("SupportedCharacterSets", [])],
        "supportedFeatureNames": version.get("SupportedFeatureNames", []),
        "supportedModes": version.get("SupportedEngineModes", []),
        "supportedTimezones": [zone["TimezoneName"] for zone in version.get("SupportedTimezones", [])],
        "supportsCertificateRotationWithoutRestart": version.get("SupportsCertificateRotationWithoutRestart", False),
        "supportsGlobalDatabases": version.get("SupportsGlobalDatabases", False),
        "supportsIntegrations": version.get("SupportsIntegrations", False),
        "supportsLimitlessDatabase": version.get("SupportsLimitlessDatabase", False),
        "supportsLocalWriteForwarding": version.get("SupportsLocalWriteForwarding", False),
        "supportsLogExportsToCloudwatch": version.get("SupportsLogExportsToCloudwatchLogs", False),
        "supportsParallelQuery": version.get("SupportsParallelQuery", False),
        "supportsReadReplica": version.get("SupportsReadReplica", False),
        "validMajorTargets": [t["EngineVersion"] for t in targets if t["IsMajorVersionUpgrade"]],
        "validMinorTargets": [t["EngineVersion"] for t in targets if not t["IsMajorVersionUpgrade"]],
        "validUpgradeTargets": [target["EngineVersion"] for target in targets],
    }


FUNCTIONS = (Function("aws:rds/getEngineVersion:getEngineVersion", _ARGUMENTS, _get_engine_version),)
