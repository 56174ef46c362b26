"""Elastic Load Balancing: what a listener or a rule does with a request."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.provider.aws import elbv2
from sandbox.provider.schema import BOOL, INT, UNKNOWN, Block, Many, Map, Prop, Values, from_api, to_api


def _authentication(defaults: Mapping[str, Any]) -> dict[str, Prop]:
    """What both ways to authenticate have in common. Rules have defaults where listeners leave them to AWS."""
    return {
        "authenticationRequestExtraParams": Prop(kind=Map()),
        "onUnauthenticatedRequest": Prop(computed=True),
        "scope": Prop(computed=True, default=defaults.get("scope")),
        "sessionCookieName": Prop(computed=True, default=defaults.get("sessionCookieName")),
        "sessionTimeout": Prop(kind=INT, computed=True, default=defaults.get("sessionTimeout")),
    }


def _action(authentication: Mapping[str, Prop]) -> dict[str, Prop]:
    """An action of a listener or a rule."""
    return {
        "type": Prop(required=True),
        "order": Prop(kind=INT, computed=True),
        "targetGroupArn": Prop(),
        "forward": Prop(
            api="ForwardConfig",
            kind=Block(
                {
                    "targetGroups": Prop(
                        kind=Many(
                            Block(
                                {
                                    "arn": Prop(api="TargetGroupArn", required=True),
                                    "weight": Prop(kind=INT, default=1, low=0, high=999),
                                }
                            )
                        ),
                        required=True,
                    ),
                    "stickiness": Prop(
                        api="TargetGroupStickinessConfig",
                        kind=Block(
                            {
                                "duration": Prop(kind=INT, api="DurationSeconds", required=True, low=1, high=604800),
                                "enabled": Prop(kind=BOOL, default=False),
                            }
                        ),
                        computed=True,
                    ),
                }
            ),
        ),
        "redirect": Prop(
            api="RedirectConfig",
            kind=Block(
                {
                    "statusCode": Prop(required=True),
                    "host": Prop(default="#{host}"),
                    "path": Prop(default="/#{path}"),
                    "port": Prop(default="#{port}"),
                    "protocol": Prop(default="#{protocol}"),
                    "query": Prop(default="#{query}"),
                }
            ),
        ),
        "fixedResponse": Prop(
            api="FixedResponseConfig",
            kind=Block({"contentType": Prop(required=True), "messageBody": Prop(), "statusCode": Prop(computed=True)}),
        ),
        "authenticateCognito": Prop(
            api="AuthenticateCognitoConfig",
            kind=Block(
                {
                    "userPoolArn": Prop(required=True),
                    "userPoolClientId": Prop(required=True),
                    "userPoolDomain": Prop(required=True),
                    **authentication,
                }
            ),
        ),
        "authenticateOidc": Prop(
            api="AuthenticateOidcConfig",
            kind=Block(
                {
                    "authorizationEndpoint": Prop(required=True),
                    "clientId": Prop(required=True),
                    "clientSecret": Prop(required=True, secret=True),
                    "issuer": Prop(required=True),
                    "tokenEndpoint": Prop(required=True),
                    "userInfoEndpoint": Prop(required=True),
                    **authentication,
                }
            ),
        ),
    }


_ACTION_BLOCKS = {
    "forward": "forward",
    "redirect": "redirect",
    "fixed-response": "fixedResponse",
    "authenticate-cognito": "authenticateCognito",
    "authenticate-oidc": "authenticateOidc",
}
LISTENER_ACTION = _action(_authentication({}))
RULE_ACTION = _action(
    _authentication({"scope": "openid", "sessionCookieName": "AWSELBAuthSessionCookie", "sessionTimeout": 604800})
)


def to_actions(props: Mapping[str, Prop], actions: Sequence[Values]) -> list[dict[str, Any]]:
    """Actions with an order, which is their place in the list unless they say otherwise."""
    return [{"Order": place, **to_api(props, action)} for place, action in enumerate(actions, 1)]


def from_actions(
    props: Mapping[str, Prop], actions: Iterable[Mapping[str, Any]], known: Sequence[Values]
) -> list[Values]:
    """Actions in their order, each in the words in which the program said it.

    AWS answers a forward to one group in both ways of saying it, and never tells a client's secret.
    """
    described = []
    for place, action in enumerate(sorted(actions, key=lambda action: action.get("Order", 0))):
        said = known[place] if place < len(known) else {}
        values = {k: v for k, v in from_api(props, action).items() if v is not None}
        if values["type"] == "forward":
            values |= _forward_from_api(values, said)
        if elbv2.at(said, "authenticateOidc.clientSecret") and "authenticateOidc" in values:
            values["authenticateOidc"]["clientSecret"] = said["authenticateOidc"]["clientSecret"]
        described.append({k: v for k, v in values.items() if v is not None})
    return described


def _forward_from_api(values: Values, said: Values) -> Values:
    arn = values.get("targetGroupArn")
    groups = elbv2.at(values, "forward.targetGroups") or [{"arn": arn, "weight": 1}]
    sticky = bool(elbv2.at(values, "forward.stickiness.enabled"))
    in_block = "forward" in said or len(groups) > 1 or sticky
    return {
        "targetGroupArn": groups[0]["arn"] if "targetGroupArn" in said or not in_block else None,
        "forward": {"stickiness": {"enabled": False}, **(values.get("forward") or {}), "targetGroups": groups}
        if in_block
        else None,
    }


def actions_broken(name: str, actions: Any) -> Iterator[tuple[str, str]]:
    """Rules of a list of actions: CreateListener and CreateRule, API reference."""
    if not isinstance(actions, list):
        return
    for index, action in enumerate(actions):
        here = f"{name}[{index}]"
        if action is UNKNOWN or action["type"] is UNKNOWN:
            continue
        if action["type"] not in _ACTION_BLOCKS:
            yield f"{here}.type", f"{action['type']!r} is none of {', '.join(_ACTION_BLOCKS)}"
            continue
        block = _ACTION_BLOCKS[action["type"]]
        if not action.get(block) and not (block == "forward" and action.get("targetGroupArn")):
            alternative = " or targetGroupArn" if block == "forward" else ""
            yield f"{here}.{block}", f"an action of type {action['type']} wants {block}{alternative}"
        redirect = action.get("redirect")
        if isinstance(redirect, dict) and all(
            redirect[part] == props.default
            for part, props in LISTENER_ACTION["redirect"].kind.props.items()  # type: ignore[union-attr]
            if part not in ("statusCode", "query")
        ):
            yield (
                f"{here}.redirect",
                "the redirect leads to itself: change at least one of protocol, port, host and path",
            )
    kinds = [action if action is UNKNOWN else action["type"] for action in actions]
    if UNKNOWN not in kinds:
        last = [kind for kind in kinds if kind in ("forward", "redirect", "fixed-response")]
        if len(last) != 1 or kinds[-1] != last[0]:
            yield name, f"the actions must end in exactly one forward, redirect or fixed-response, got {kinds}"
