"""Elastic Load Balancing as `aws.lb` and as the older `aws.alb`: all its types, and the functions that look it up."""

from collections.abc import Iterable

from sandbox.facts.log_accounts import LOG_ACCOUNTS
from sandbox.provider.account import Account
from sandbox.provider.aws import elbv2
from sandbox.provider.aws.ec2_lookup import only
from sandbox.provider.aws.listeners import LISTENER_ATTRIBUTES, Listener, ListenerCertificate, ListenerRule
from sandbox.provider.aws.load_balancers import LoadBalancer
from sandbox.provider.aws.target_groups import TargetGroup, TargetGroupAttachment
from sandbox.provider.schema import INT, AutoName, Function, Map, Prop, Values
from sandbox.provider.server import RefusedError


def _answer(resource: elbv2.Elbv2Resource, account: Account, arns: Iterable[str], args: Values, what: str) -> Values:
    """The one of `arns` that has the wanted tags, as a function answers it: its state, its tags under their name."""
    wanted = args.get("tags") or {}
    matches = [arn for arn in arns if wanted.items() <= resource.tags_of(account, arn).items()]
    arn = only(matches, what)
    state = resource.read(account, arn, {}) or {}
    hidden = ("namePrefix", "tagsAll")
    return {**{k: v for k, v in state.items() if k not in hidden}, "tags": state["tagsAll"], "id": arn}


def _search(args: Values, **parameters: str) -> dict[str, list[str]]:
    return {parameter: [args[name]] for name, parameter in parameters.items() if args.get(name)}


def _get_load_balancer(account: Account, args: Values) -> Values:
    search = _search(args, arn="LoadBalancerArns", name="Names")
    balancers = account.pages("elbv2", "describe_load_balancers", "LoadBalancers", **search)
    arns = (balancer["LoadBalancerArn"] for balancer in balancers)
    return _answer(LoadBalancer(), account, arns, args, "load balancer")


def _get_target_group(account: Account, args: Values) -> Values:
    search = _search(args, arn="TargetGroupArns", name="Names")
    groups = account.pages("elbv2", "describe_target_groups", "TargetGroups", **search)
    arns = (group["TargetGroupArn"] for group in groups)
    return _answer(TargetGroup(), account, arns, args, "target group")


def _get_listener(account: Account, args: Values) -> Values:
    if args.get("arn"):
        search = {"ListenerArns": [args["arn"]]}
    elif args.get("loadBalancerArn") and args.get("port"):
        search = {"LoadBalancerArn": args["loadBalancerArn"]}
    else:
        raise RefusedError("aws:lb/getListener wants an arn, or a loadBalancerArn and a port")
    listeners = account.pages("elbv2", "describe_listeners", "Listeners", **search)
    arns = (listener["ListenerArn"] for listener in listeners if args.get("port") in (None, listener.get("Port")))
    answer = _answer(Listener(), account, arns, args, "listener")
    authentication = answer.pop("mutualAuthentication")
    return {
        **{k: v for k, v in answer.items() if k not in LISTENER_ATTRIBUTES},
        "mutualAuthentications": [authentication] if authentication else [],
    }


def _get_service_account(account: Account, _args: Values) -> Values:
    number = LOG_ACCOUNTS.get(account.region)
    if number is None:
        raise RefusedError(
            f"unsupported AWS Region: {account.region}. Let the bucket policy name the service "
            "logdelivery.elasticloadbalancing.amazonaws.com instead of an account"
        )
    return {"arn": f"arn:aws:iam::{number}:root", "id": number}


_BY_NAME = {"arn": Prop(), "name": Prop(), "tags": Prop(kind=Map())}
_LISTENER_SEARCH = {"arn": Prop(), "loadBalancerArn": Prop(), "port": Prop(kind=INT)}

# The same types under the tokens of `aws.alb`


class AlbLoadBalancer(LoadBalancer):
    token = "aws:alb/loadBalancer:LoadBalancer"


class AlbTargetGroup(TargetGroup):
    token = "aws:alb/targetGroup:TargetGroup"
    auto_name = AutoName()  # the real provider lets a name that is too long reach the check here


class AlbListener(Listener):
    token = "aws:alb/listener:Listener"


class AlbListenerCertificate(ListenerCertificate):
    token = "aws:alb/listenerCertificate:ListenerCertificate"


class AlbListenerRule(ListenerRule):
    token = "aws:alb/listenerRule:ListenerRule"


class AlbTargetGroupAttachment(TargetGroupAttachment):
    token = "aws:alb/targetGroupAttachment:TargetGroupAttachment"


TYPES = (
    LoadBalancer(),
    TargetGroup(),
    Listener(),
    ListenerCertificate(),
    ListenerRule(),
    TargetGroupAttachment(),
    AlbLoadBalancer(),
    AlbTargetGroup(),
    AlbListener(),
    AlbListenerCertificate(),
    AlbListenerRule(),
    AlbTargetGroupAttachment(),
)
FUNCTIONS = (
    Function("aws:lb/getLoadBalancer:getLoadBalancer", _BY_NAME, _get_load_balancer),
    Function("aws:lb/getTargetGroup:getTargetGroup", _BY_NAME, _get_target_group),
    Function("aws:lb/getListener:getListener", _LISTENER_SEARCH, _get_listener),
    Function("aws:alb/getLoadBalancer:getLoadBalancer", _BY_NAME, _get_load_balancer),
    Function("aws:alb/getTargetGroup:getTargetGroup", _BY_NAME, _get_target_group),
    Function("aws:alb/getListener:getListener", _LISTENER_SEARCH, _get_listener),
    Function("aws:elb/getServiceAccount:getServiceAccount", {}, _get_service_account),
)
