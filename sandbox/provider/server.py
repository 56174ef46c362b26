"""The provider as the engine speaks to it: Pulumi's verbs over a set of resource types and functions."""

import asyncio
import contextlib
import gc
import json
import os
import sys
from collections.abc import Awaitable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import grpc
import grpc.aio
import pulumi.provider.experimental.provider as verbs
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf.message import Message
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.provider import wire
from sandbox.provider.account import Account, NoSandboxError, gone
from sandbox.provider.check import DEFAULTS, NameTooLongError, check, check_arguments
from sandbox.provider.diff import delete_before_replace, diff
from sandbox.provider.rules import BrokenRuleError
from sandbox.provider.schema import UNKNOWN, Block, Function, Incomplete, Many, Prop, Resource, Values, table

T = TypeVar("T")

WORKERS = 32  # verbs mostly wait for answers; the engine sends up to this many at once


class RefusedError(Exception):
    """A verb that cannot be done, in words for the user."""


class _IncompleteResourceError(Exception):
    """Made, but not as asked: the engine saves it and the next `up` goes on."""

    def __init__(self, id_: str, state: Values, inputs: Values, hidden: set[str], reason: str) -> None:
        super().__init__(reason)
        self.id, self.state, self.inputs, self.hidden = id_, state, inputs, hidden


PROVIDER_CONFIG = {
    "region",
    "version",
    "defaultTags",
    "allowedAccountIds",
    "skipCredentialsValidation",
    "skipRegionValidation",
    "skipRequestingAccountId",
    "skipMetadataApiCheck",
    "accessKey",
    "secretKey",
}
"""What the provider's own configuration may say here. Credentials are of no consequence to the sandbox."""


class Provider(verbs.Provider):
    """One running provider. `package` is "aws" or "random"; only "aws" has a region and an account."""

    def __init__(self, package: str, types: Iterable[Resource], functions: Iterable[Function] = ()) -> None:
        self.package = package
        self.types = {resource.token: resource for resource in types}
        self.functions = {function.token: function for function in functions}
        self.account = Account("")

    def resource(self, type_: str) -> Resource:
        """The type at the end of a URN's chain of types, or a refusal that names it."""
        token = type_.rsplit("$", 1)[-1]
        if token not in self.types:
            raise RefusedError(
                f"the sandbox does not translate resource type {token}; docs/sandbox.md lists those it does"
            )
        return self.types[token]

    # Configuration

    async def check_config(self, request: verbs.CheckRequest) -> verbs.CheckResponse:
        known = PROVIDER_CONFIG if self.package == "aws" else {"version"}
        failures = [
            verbs.CheckFailure(name, f"the sandbox does not translate provider setting {self.package}:{name}")
            for name, value in request.new_inputs.items()
            if name not in known and value.value is not None
        ]
        return verbs.CheckResponse(inputs=request.new_inputs, failures=failures)

    async def diff_config(self, request: verbs.DiffRequest) -> verbs.DiffResponse:
        old, new = wire.plain_map(request.old_state), wire.plain_map(request.new_inputs)
        changed = sorted(k for k in old.keys() | new.keys() if old.get(k) != new.get(k))
        return verbs.DiffResponse(changes=bool(changed), diffs=changed)

    async def configure(self, request: verbs.ConfigureRequest) -> verbs.ConfigureResponse:
        config = wire.plain_map(request.args)
        if self.package == "aws":
            region = config.get("region")
            if not region:
                raise RefusedError(
                    "aws:region is not set. Set it in the stack file: `pulumi config set aws:region sa-east-1`"
                )
            tags = _nested(config.get("defaultTags")) or {}
            self.account = Account(str(region), tags.get("tags") or {})
            allowed = [str(number) for number in _nested(config.get("allowedAccountIds")) or ()]
            if allowed and await asyncio.to_thread(lambda: self.account.id) not in allowed:
                raise RefusedError(
                    f"aws:allowedAccountIds is {allowed}, and the sandbox's account is {self.account.id}: "
                    "this stack is meant for another account"
                )
        return verbs.ConfigureResponse(accept_secrets=True, supports_preview=True)

    # Resources

    async def check(self, request: verbs.CheckRequest) -> verbs.CheckResponse:
        values, failures = await asyncio.to_thread(
            check,
            self.resource(request.type),
            request.name,
            wire.plain_map(request.old_inputs),
            wire.plain_map(request.new_inputs),
            region=self.account.region,
            default_tags=self.account.default_tags,
            seed=request.random_seed,
        )
        hidden = wire.secret_names(request.new_inputs) | _secret_inputs(self.resource(request.type), values)
        return verbs.CheckResponse(
            inputs=wire.property_map(values, hidden), failures=[verbs.CheckFailure(p, r) for p, r in failures]
        )

    async def diff(self, request: verbs.DiffRequest) -> verbs.DiffResponse:
        resource = self.resource(request.type)
        state, news = wire.plain_map(request.old_state), wire.plain_map(request.new_inputs)
        differences = diff(resource, state, news, request.ignore_changes)
        return verbs.DiffResponse(
            changes=bool(differences),
            replaces=sorted({d.name for d in differences if d.replaces}),
            diffs=sorted({d.name for d in differences}),
            delete_before_replace=delete_before_replace(resource, news, differences),
            detailed_diff={d.path: verbs.PropertyDiff(_KINDS[d.change, d.replaces], False) for d in differences},
        )

    async def create(self, request: verbs.CreateRequest) -> verbs.CreateResponse:
        resource = self.resource(request.type)
        values = wire.plain_map(request.properties)
        hidden = self._hidden(resource, request.properties)
        if request.preview:
            return verbs.CreateResponse("", wire.property_map(_planned(resource, values), hidden))
        try:
            id_ = await asyncio.to_thread(resource.create, self.account_in(values), values)
        except Incomplete as partly:
            partial = await self._state(resource, partly.id, values) or values
            raise _IncompleteResourceError(partly.id, partial, values, hidden, partly.reason) from partly
        state = await self._state(resource, id_, values)
        if state is None:
            raise RefusedError(f"{resource.token}: the account does not have {id_} although it just made it")
        return verbs.CreateResponse(id_, wire.property_map(state, hidden))

    async def read(self, request: verbs.ReadRequest) -> verbs.ReadResponse:
        resource = self.resource(request.type)
        known = wire.plain_map(request.properties)
        inputs = wire.plain_map(request.inputs)
        try:
            state = await self._state(resource, request.resource_id, known)
        except KeyError as unknown:
            if known:
                raise
            raise RefusedError(
                f"the sandbox cannot import {resource.token} {request.resource_id}: "
                f"an id alone does not say its {unknown.args[0]}"
            ) from unknown
        if state is None:
            return verbs.ReadResponse("", {}, {})
        hidden = self._hidden(resource, request.properties, request.inputs)
        return verbs.ReadResponse(
            request.resource_id,
            wire.property_map(state, hidden),
            wire.property_map(_refreshed_inputs(resource, inputs, state), hidden),
        )

    async def update(self, request: verbs.UpdateRequest) -> verbs.UpdateResponse:
        resource = self.resource(request.type)
        old, new = wire.plain_map(request.olds), wire.plain_map(request.news)
        hidden = self._hidden(resource, request.olds, request.news)
        changed = {d.name for d in diff(resource, old, new, list(request.ignore_changes))}
        if request.preview:
            return verbs.UpdateResponse(wire.property_map(_planned(resource, new, old, changed), hidden))
        if changed:
            try:
                account = self.account_in(new)
                await asyncio.to_thread(resource.update, account, request.resource_id, old, new, changed)
            except Incomplete as partly:
                partial = await self._state(resource, partly.id, new) or old
                raise _IncompleteResourceError(partly.id, partial, new, hidden, partly.reason) from partly
        state = await self._state(resource, request.resource_id, new)
        if state is None:
            raise RefusedError(
                f"the account does not have {resource.token} {request.resource_id} any more. Run `pulumi refresh`"
            )
        return verbs.UpdateResponse(wire.property_map(state, hidden))

    async def delete(self, request: verbs.DeleteRequest) -> None:
        resource = self.resource(request.type)
        values = wire.plain_map(request.properties)

        def end() -> None:
            try:
                resource.delete(self.account_in(values), request.resource_id, values)
            except ClientError as error:
                if not gone(error):
                    raise

        await asyncio.to_thread(end)

    async def invoke(self, request: verbs.InvokeRequest) -> verbs.InvokeResponse:
        function = self.functions.get(request.tok)
        if function is None:
            raise RefusedError(f"the sandbox does not translate function {request.tok} (docs/sandbox.md)")
        props = {"region": Prop(), **function.args}
        args, failures = check_arguments(function.token, props, wire.plain_map(request.args))
        if failures:
            return verbs.InvokeResponse(None, [verbs.CheckFailure(p, r) for p, r in failures])
        account = self.account_in(args)
        answer = await asyncio.to_thread(function.answer, account, args)
        return verbs.InvokeResponse(wire.property_map({"region": account.region, **args, **answer}))

    def account_in(self, values: Values) -> Account:
        """The account in the region that a resource or function names for itself, else in the provider's."""
        region = values.get("region")
        if not isinstance(region, str) or region == self.account.region:
            return self.account
        return Account(region, self.account.default_tags)

    async def _state(self, resource: Resource, id_: str, values: Values) -> Values | None:
        account = self.account_in(values)
        seen = await asyncio.to_thread(resource.read, account, id_, values)
        return None if seen is None else state(resource, values, seen, account)

    def _hidden(self, resource: Resource, *maps: dict[str, PropertyValue]) -> set[str]:
        hidden = {name for name, prop in table(resource).items() if prop.secret} | set(resource.secret_outputs)
        return hidden.union(*(wire.secret_names(m) for m in maps))


_KINDS = {
    ("add", False): verbs.PropertyDiffKind.ADD,
    ("add", True): verbs.PropertyDiffKind.ADD_REPLACE,
    ("update", False): verbs.PropertyDiffKind.UPDATE,
    ("update", True): verbs.PropertyDiffKind.UPDATE_REPLACE,
    ("delete", False): verbs.PropertyDiffKind.DELETE,
    ("delete", True): verbs.PropertyDiffKind.DELETE_REPLACE,
}


def state(resource: Resource, values: Values, seen: Values, account: Account) -> Values:
    """A resource's state: what the account shows, and what the program said where the account cannot show it."""
    result: Values = {}
    for name, prop in table(resource).items():
        if name == "region":
            result[name] = values.get(name) or account.region
        elif name == "tags" and resource.tagged:
            result[name] = _own_tags(seen["tagsAll"], values.get("tags") or {}, account)
        elif name == "tagsAll":
            result[name] = _user_tags(seen["tagsAll"])
        elif name in seen:
            result[name] = seen[name]
        elif prop.kept:
            result[name] = values.get(name)
        else:
            raise RefusedError(f"sandbox bug: reading {resource.token} does not answer property {name!r}")
    for name in resource.outputs:
        if name not in seen:
            raise RefusedError(f"sandbox bug: reading {resource.token} does not answer output {name!r}")
        result[name] = seen[name]
    return {k: v for k, v in result.items() if v is not None}


def _user_tags(tags: dict[str, str] | None) -> dict[str, str]:
    return {k: v for k, v in (tags or {}).items() if not k.startswith("aws:")}


def _own_tags(tags: dict[str, str] | None, given: Values, account: Account) -> dict[str, str]:
    """The resource's own tags: all but the provider's default ones that it does not repeat."""
    defaults = account.default_tags
    return {k: v for k, v in _user_tags(tags).items() if k in given or defaults.get(k) != v}


def _planned(resource: Resource, news: Values, old: Values | None = None, changed: Iterable[str] = ()) -> Values:
    """State as a preview can tell it: what the program says, what stays, and `UNKNOWN` for what AWS will decide."""
    planned: Values = {}
    unknown = set(resource.recomputed(set(changed), news))
    for name, prop in table(resource).items():
        if news.get(name) is not None:
            planned[name] = news[name]
        elif prop.computed:
            planned[name] = UNKNOWN if old is None or name in unknown else old.get(name)
    for name in resource.outputs:
        planned[name] = UNKNOWN if old is None or name in unknown else old.get(name)
    return {k: v for k, v in planned.items() if v is not None}


def _refreshed_inputs(resource: Resource, inputs: Values, state_: Values) -> Values:
    """Old inputs brought up to what the account shows; all of them for an import, which has none yet."""
    props = table(resource)
    if not inputs:
        imported = {k: v for k, v in state_.items() if k in props and v not in (None, "", [], {}, False)}
        return imported | ({DEFAULTS: []} if resource.defaults_listed else {})
    drifted = {d.name for d in diff(resource, state_, inputs)}
    return {k: (state_.get(k) if k in drifted and k in props else v) for k, v in inputs.items() if k in props} | {
        k: v for k, v in inputs.items() if k == DEFAULTS
    }


def _secret_inputs(resource: Resource, values: Values) -> set[str]:
    return {k for k, v in values.items() if k in resource.props and _holds_secret(resource.props[k], v)}


def _holds_secret(prop: Prop, value: Any) -> bool:
    """Whether a property is secret, or holds one that is."""
    item = prop.kind.item if isinstance(prop.kind, Many) else prop.kind
    if prop.secret or not isinstance(item, Block):
        return prop.secret
    blocks = [block for block in (value if isinstance(value, list) else [value]) if isinstance(block, dict)]
    return any(_holds_secret(item.props[k], v) for block in blocks for k, v in block.items() if k in item.props)


def _nested(value: Any) -> Any:
    """Nested provider settings arrive as JSON strings."""
    return json.loads(value) if isinstance(value, str) else value


class _Servicer(ProviderServicer):
    """The SDK's server, with failures as words for the user instead of a Python traceback."""

    async def Check(self, request: Any, context: Any) -> Any:
        return await self._told(super().Check(request, context), request, context)

    async def CheckConfig(self, request: Any, context: Any) -> Any:
        return await self._told(super().CheckConfig(request, context), request, context)

    async def Configure(self, request: Any, context: Any) -> Any:
        return await self._told(super().Configure(request, context), request, context)

    async def Diff(self, request: Any, context: Any) -> Any:
        return await self._told(super().Diff(request, context), request, context)

    async def Create(self, request: Any, context: Any) -> Any:
        return await self._told(super().Create(request, context), request, context)

    async def Read(self, request: Any, context: Any) -> Any:
        return await self._told(super().Read(request, context), request, context)

    async def Update(self, request: Any, context: Any) -> Any:
        return await self._told(super().Update(request, context), request, context)

    async def Delete(self, request: Any, context: Any) -> Any:
        return await self._told(super().Delete(request, context), request, context)

    async def Invoke(self, request: Any, context: Any) -> Any:
        return await self._told(super().Invoke(request, context), request, context)

    async def _told(self, answer: Awaitable[T], request: Any, context: Any) -> T:
        wire.hide_assets(request)
        try:
            answered = await answer
            if isinstance(answered, Message):
                wire.show_assets(answered)
            return answered
        except _IncompleteResourceError as partly:
            await context.abort_with_status(_partly_created(partly))
        except ClientError as error:
            detail = error.response["Error"]
            await context.abort(
                grpc.StatusCode.UNKNOWN, f"{_who(request)}{error.operation_name}: {detail['Code']}: {detail['Message']}"
            )
        except (RefusedError, NoSandboxError, NameTooLongError, BrokenRuleError, BotoCoreError, TimeoutError) as error:
            await context.abort(grpc.StatusCode.UNKNOWN, f"{_who(request)}{error}")
        raise AssertionError("abort does not return")


def _who(request: Any) -> str:
    urn = getattr(request, "urn", "")
    return f"{urn.split('::')[-2].split('$')[-1]} {urn.split('::')[-1]!r}: " if urn else ""


class _Status:
    """A grpc.Status: grpc.aio wants these three attributes."""

    def __init__(self, code: grpc.StatusCode, details: str, packed: bytes) -> None:
        self.code, self.details = code, details
        self.trailing_metadata = (("grpc-status-details-bin", packed),)


def _partly_created(partly: _IncompleteResourceError) -> _Status:
    detail = provider_pb2.ErrorResourceInitFailed(
        id=partly.id,
        properties=PropertyValue.marshal_map(wire.property_map(partly.state, partly.hidden)),
        reasons=[str(partly)],
        inputs=PropertyValue.marshal_map(wire.property_map(partly.inputs, partly.hidden)),
    )
    wire.show_assets(detail)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(partly))
    status.details.add().Pack(detail)
    return _Status(grpc.StatusCode.UNKNOWN, str(partly), status.SerializeToString())


def serve(provider: Provider, version: str, arguments: list[str]) -> None:
    """Serve until the engine ends us: print the port on the first line, as the engine expects of a plugin."""
    gc.disable()  # it lives for seconds; to look for cycles among all that botocore reads takes 3 % of an `up`
    plain = [a for a in arguments if not a.startswith("-")]
    engine = plain[0] if plain else ""

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(WORKERS))
        server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
        servicer = _Servicer(arguments, version, provider, engine_address=engine)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await server.wait_for_termination()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())
    os._exit(0)  # the engine waits, and Python would take its time to tidy up what ends anyway
