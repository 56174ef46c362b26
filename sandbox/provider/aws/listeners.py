"""Elastic Load Balancing: listeners, their certificates and rules."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import elbv2, tags
from sandbox.provider.aws.listener_actions import (
    LISTENER_ACTION,
    RULE_ACTION,
    actions_broken,
    from_actions,
    to_actions,
)
from sandbox.provider.schema import BOOL, INT, UNKNOWN, Block, Many, Prop, Resource, Values, from_api, to_api

_PRIORITY_SECONDS = 300.0

TLS_PROTOCOLS = ("HTTPS", "TLS")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


LISTENER_ATTRIBUTES = {
    "tcpIdleTimeoutSeconds": "tcp.idle_timeout.seconds",
    "routingHttpResponseServerEnabled": "routing.http.response.server.enabled",
    **{
        f"routingHttpRequest{header}HeaderName": f"routing.http.request.{_snake(header)}.header_name"
        for header in (
            "XAmznMtlsClientcert",
            "XAmznMtlsClientcertIssuer",
            "XAmznMtlsClientcertLeaf",
            "XAmznMtlsClientcertSerialNumber",
            "XAmznMtlsClientcertSubject",
            "XAmznMtlsClientcertValidity",
            "XAmznTlsCipherSuite",
            "XAmznTlsVersion",
        )
    },
    **{
        f"routingHttpResponse{header}HeaderValue": f"routing.http.response.{_snake(header)}.header_value"
        for header in (
            "AccessControlAllowCredentials",
            "AccessControlAllowHeaders",
            "AccessControlAllowMethods",
            "AccessControlAllowOrigin",
            "AccessControlExposeHeaders",
            "AccessControlMaxAge",
            "ContentSecurityPolicy",
            "StrictTransportSecurity",
            "XContentTypeOptions",
            "XFrameOptions",
        )
    },
}
"""A listener's attributes. Which of them it has depends on its protocol; AWS refuses the others."""


class Listener(elbv2.Elbv2Resource):
    """aws:lb/listener:Listener."""

    token = "aws:lb/listener:Listener"
    api = ("elbv2", "CreateListener")
    props: ClassVar[Mapping[str, Prop]] = {
        "loadBalancerArn": Prop(required=True, replace=True),
        "port": Prop(kind=INT),
        "protocol": Prop(computed=True),
        "sslPolicy": Prop(computed=True),
        "certificateArn": Prop(api=None),
        "alpnPolicy": Prop(api=None, choices=("HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None")),
        "mutualAuthentication": Prop(
            kind=Block(
                {
                    "mode": Prop(required=True, choices=("off", "verify", "passthrough")),
                    "advertiseTrustStoreCaNames": Prop(computed=True),
                    "ignoreClientCertificateExpiry": Prop(kind=BOOL, default=False),
                    "trustStoreArn": Prop(),
                }
            ),
            computed=True,
        ),
        "defaultActions": Prop(kind=Many(Block(LISTENER_ACTION), ordered=True), required=True),
        "tcpIdleTimeoutSeconds": Prop(kind=INT, api=None, computed=True, low=60, high=6000),
        "routingHttpResponseServerEnabled": Prop(kind=BOOL, api=None, computed=True),
        **{
            name: Prop(api=None, computed=True) for name in LISTENER_ATTRIBUTES if name.startswith("routingHttpRequest")
        },
        **{name: Prop(api=None, computed=True) for name in LISTENER_ATTRIBUTES if name.endswith("HeaderValue")},
    }
    outputs = ("arn",)

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        yield from actions_broken("defaultActions", values["defaultActions"])
        protocol = values.get("protocol")
        if protocol in TLS_PROTOCOLS and values.get("certificateArn") is None:
            yield "certificateArn", f"a listener of protocol {protocol} wants a certificateArn"
        if protocol is not None and protocol is not UNKNOWN and protocol not in TLS_PROTOCOLS:
            for name in ("certificateArn", "sslPolicy"):
                if values.get(name):
                    yield name, f"{name} is for {' and '.join(TLS_PROTOCOLS)} listeners, got protocol {protocol!r}"
        if protocol != "HTTPS" and protocol is not UNKNOWN and values.get("certificateArn") is None:
            for index, action in enumerate(
                values["defaultActions"] if isinstance(values["defaultActions"], list) else ()
            ):
                if action is not UNKNOWN and str(action["type"]).startswith("authenticate-"):
                    yield f"defaultActions[{index}]", "an authenticate action wants an HTTPS listener"

    def create(self, account: Account, values: Values) -> str:
        protocol = values.get("protocol")
        if protocol is None and ":loadbalancer/app/" in values["loadBalancerArn"]:
            protocol = "HTTPS" if values.get("certificateArn") else "HTTP"
        parameters = self._parameters({**values, "protocol": protocol})
        arn = str(
            account.elbv2.create_listener(
                **parameters, LoadBalancerArn=values["loadBalancerArn"], **tags.parameter(values)
            )["Listeners"][0]["ListenerArn"]
        )
        self._set_attributes(account, arn, LISTENER_ATTRIBUTES, values)
        return arn

    def _parameters(self, values: Values) -> dict[str, Any]:
        """What a listener is, as parameters."""
        parameters = to_api(self.props, values, ("port", "protocol", "mutualAuthentication"))
        parameters["DefaultActions"] = to_actions(LISTENER_ACTION, values["defaultActions"])
        if values.get("protocol") in TLS_PROTOCOLS and values.get("sslPolicy"):
            parameters["SslPolicy"] = values["sslPolicy"]
        if values.get("certificateArn"):
            parameters["Certificates"] = [{"CertificateArn": values["certificateArn"]}]
        if values.get("alpnPolicy"):
            parameters["AlpnPolicy"] = [values["alpnPolicy"]]
        return parameters

    def _set_attributes(self, account: Account, arn: str, keys: elbv2.Attributes, values: Values) -> None:
        attributes = [a for a in elbv2.to_attributes(keys, values) if a["Value"]]
        if attributes:
            account.elbv2.modify_listener_attributes(ListenerArn=arn, Attributes=attributes)

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.elbv2.describe_listeners(ListenerArns=[id_])["Listeners"])
        if not answer:
            return None
        [listener] = answer
        attributes = account.elbv2.describe_listener_attributes(ListenerArn=id_)["Attributes"]
        protocol = listener.get("Protocol", "")
        # Beside the listener's own certificate moto also answers those that ListenerCertificate adds; AWS does not.
        certificates = listener.get("Certificates", [])[:1]
        return {
            **elbv2.others(LISTENER_ATTRIBUTES, values),
            **elbv2.from_attributes(LISTENER_ATTRIBUTES, self.props, attributes),
            **from_api({"mutualAuthentication": self.props["mutualAuthentication"]}, listener),
            "loadBalancerArn": listener["LoadBalancerArn"],
            "port": listener.get("Port"),
            "protocol": protocol,
            "sslPolicy": listener.get("SslPolicy", "") if protocol in TLS_PROTOCOLS else "",
            "certificateArn": certificates[0]["CertificateArn"] if certificates else None,
            "alpnPolicy": next(iter(listener.get("AlpnPolicy", [])), None),
            "defaultActions": from_actions(
                LISTENER_ACTION, listener["DefaultActions"], values.get("defaultActions") or ()
            ),
            "arn": id_,
            "tagsAll": self.tags_of(account, id_),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - set(LISTENER_ATTRIBUTES) - {"tags", "tagsAll"}:
            # What AWS chose stays as it is where the program is silent.
            chosen = {name: old.get(name) for name in ("protocol", "sslPolicy")}
            account.elbv2.modify_listener(ListenerArn=id_, **self._parameters({**chosen, **new}))
        self._set_attributes(account, id_, elbv2.only(LISTENER_ATTRIBUTES, changed), new)
        self.retag(account, id_, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.elbv2.delete_listener(ListenerArn=id_)


class ListenerCertificate(Resource):
    """aws:lb/listenerCertificate:ListenerCertificate: a further certificate of a listener."""

    token = "aws:lb/listenerCertificate:ListenerCertificate"
    props: ClassVar[Mapping[str, Prop]] = {
        "listenerArn": Prop(required=True, replace=True),
        "certificateArn": Prop(required=True, replace=True),
    }

    def create(self, account: Account, values: Values) -> str:
        listener, certificate = values["listenerArn"], values["certificateArn"]
        account.elbv2.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": certificate}])
        return f"{listener}_{certificate}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        listener, certificate = id_.split("_", 1)
        certificates = found(
            lambda: account.pages("elbv2", "describe_listener_certificates", "Certificates", ListenerArn=listener)
        )
        if not any(c["CertificateArn"] == certificate and not c.get("IsDefault") for c in certificates or ()):
            return None
        return {"listenerArn": listener, "certificateArn": certificate}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.elbv2.remove_listener_certificates(
            ListenerArn=values["listenerArn"], Certificates=[{"CertificateArn": values["certificateArn"]}]
        )


_QUERY = {"key": Prop(), "value": Prop(required=True)}
_VALUES = Prop(kind=Many(), required=True)
_CONDITION = {
    "hostHeader": Prop(api="HostHeaderConfig", kind=Block({"values": _VALUES})),
    "httpHeader": Prop(api="HttpHeaderConfig", kind=Block({"httpHeaderName": Prop(required=True), "values": _VALUES})),
    "httpRequestMethod": Prop(api="HttpRequestMethodConfig", kind=Block({"values": _VALUES})),
    "pathPattern": Prop(api="PathPatternConfig", kind=Block({"values": _VALUES})),
    "queryStrings": Prop(kind=Many(Block(_QUERY)), api=None),
    "sourceIp": Prop(api="SourceIpConfig", kind=Block({"values": _VALUES})),
}
_FIELDS = {
    "hostHeader": "host-header",
    "httpHeader": "http-header",
    "httpRequestMethod": "http-request-method",
    "pathPattern": "path-pattern",
    "queryStrings": "query-string",
    "sourceIp": "source-ip",
}


def _conditions_to_api(conditions: Iterable[Values]) -> Iterator[dict[str, Any]]:
    for condition in conditions:
        [name] = (name for name in _FIELDS if condition.get(name))
        query = (
            {"QueryStringConfig": {"Values": [to_api(_QUERY, pair) for pair in condition[name]]}}
            if name == "queryStrings"
            else {}
        )
        yield {"Field": _FIELDS[name], **to_api(_CONDITION, condition), **query}


def _conditions_from_api(conditions: Iterable[Mapping[str, Any]]) -> Iterator[Values]:
    for condition in conditions:
        values = {k: v for k, v in from_api(_CONDITION, condition).items() if v is not None}
        if "QueryStringConfig" in condition:
            pairs = (from_api(_QUERY, pair) for pair in condition["QueryStringConfig"]["Values"])
            values["queryStrings"] = [{k: v for k, v in pair.items() if v is not None} for pair in pairs]
        yield values


class ListenerRule(elbv2.Elbv2Resource):
    """aws:lb/listenerRule:ListenerRule."""

    token = "aws:lb/listenerRule:ListenerRule"
    api = ("elbv2", "CreateRule")
    props: ClassVar[Mapping[str, Prop]] = {
        "listenerArn": Prop(required=True, replace=True),
        "priority": Prop(kind=INT, computed=True, low=1, high=50000),
        "actions": Prop(kind=Many(Block(RULE_ACTION), ordered=True), required=True),
        "conditions": Prop(kind=Many(Block(_CONDITION)), api=None, required=True),
    }
    outputs = ("arn",)

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        yield from actions_broken("actions", values["actions"])
        if values["conditions"] == []:
            yield "conditions", "a rule wants at least one condition"
        for index, condition in enumerate(values["conditions"] if isinstance(values["conditions"], list) else ()):
            if isinstance(condition, dict) and len(condition) != 1:
                yield (
                    f"conditions[{index}]",
                    f"a condition wants exactly one of {', '.join(_FIELDS)}, got {sorted(condition) or 'none'}",
                )

    def create(self, account: Account, values: Values) -> str:
        listener = values["listenerArn"]
        rule = {
            "ListenerArn": listener,
            "Conditions": list(_conditions_to_api(values["conditions"])),
            "Actions": to_actions(RULE_ACTION, values["actions"]),
            **tags.parameter(values),
        }
        if values.get("priority"):
            return self._arn(account.elbv2.create_rule(Priority=values["priority"], **rule))

        def made_last() -> str:
            """The rule with the next free priority; another one may take it meanwhile."""
            rules = account.pages("elbv2", "describe_rules", "Rules", ListenerArn=listener)
            last = max((int(r["Priority"]) for r in rules if r["Priority"] != "default"), default=0)
            try:
                return self._arn(account.elbv2.create_rule(Priority=last + 1, **rule))
            except ClientError as error:
                if error.response["Error"]["Code"] == "PriorityInUse":
                    return ""
                raise

        return wait_for(made_last, f"a free priority on listener {listener}", _PRIORITY_SECONDS)

    def _arn(self, answer: Mapping[str, Any]) -> str:
        return str(answer["Rules"][0]["RuleArn"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.elbv2.describe_rules(RuleArns=[id_])["Rules"])
        if not answer:
            return None
        [rule] = answer
        return {
            "listenerArn": id_.replace(":listener-rule/", ":listener/").rsplit("/", 1)[0],
            "priority": int(rule["Priority"]),
            "actions": from_actions(RULE_ACTION, rule["Actions"], values.get("actions") or ()),
            "conditions": list(_conditions_from_api(rule["Conditions"])),
            "arn": id_,
            "tagsAll": self.tags_of(account, id_),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "priority" in changed:
            account.elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": id_, "Priority": new["priority"]}])
        parameters: dict[str, Any] = {}
        if "actions" in changed:
            parameters["Actions"] = to_actions(RULE_ACTION, new["actions"])
        if "conditions" in changed:
            parameters["Conditions"] = list(_conditions_to_api(new["conditions"]))
        if parameters:
            account.elbv2.modify_rule(RuleArn=id_, **parameters)
        self.retag(account, id_, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.elbv2.delete_rule(RuleArn=id_)
