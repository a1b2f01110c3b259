"""All but the tools of the client of `mcp` or `fastmcp`, by lines of JSON: `feature_client.py <library> <mode> <url> <token>`."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack

import fastmcp
import mcp
from fastmcp.client.transports import StreamableHttpTransport
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp_types import (
    CreateMessageResult,
    ElicitResult,
    PromptReference,
    ResourceUpdatedNotification,
    TextContent,
)

library, mode, url, token = sys.argv[1:]
headers = {"authorization": f"Bearer {token}"}
person = {"username": "ann", "email": "ann@shop.example"}
model = CreateMessageResult(role="assistant", model="none", content=TextContent(type="text", text="Austen"))


def say(**line):
    print(json.dumps(line), flush=True)


def plain(value):
    return value.model_dump(mode="json", by_alias=True, exclude_unset=True)


def hear(kind, value):
    say(heard=kind, value=value)


def note(method, params):
    told = {key: value for key, value in plain(params).items() if key != "_meta"}
    hear("asked", {"method": method, "params": told})


async def mcp_samples(_context, params):
    note("sampling/createMessage", params)
    return model


async def mcp_answers(_context, params):
    note("elicitation/create", params)
    return ElicitResult(action="accept", content=person)


async def fastmcp_samples(_messages, params, _context):
    return await mcp_samples(_context, params)


async def fastmcp_answers(_message, _type, params, _context):
    note("elicitation/create", params)
    return person


async def logs(params):
    hear("logged", {key: value for key, value in plain(params).items() if key != "_meta"})


async def notices(message):
    if isinstance(message, ResourceUpdatedNotification):
        hear("updated", str(message.params.uri))


def client():
    if library == "fastmcp":
        return fastmcp.Client(
            StreamableHttpTransport(url, headers=headers),
            mode=mode,
            sampling_handler=fastmcp_samples,
            elicitation_handler=fastmcp_answers,
            log_handler=logs,
            message_handler=notices,
        )
    return mcp.Client(
        streamable_http_client(url, http_client=create_mcp_http_client(headers=headers)),
        mode=mode,
        log_level="debug",
        sampling_callback=mcp_samples,
        elicitation_callback=mcp_answers,
        logging_callback=logs,
        message_handler=notices,
    )


class Speaker:
    """Each method of the client by the name that TypeScript has for it."""

    def __init__(self, connected):
        self.connected = connected
        self.subscriptions = AsyncExitStack()

    def whole(self, name):
        """The method that answers the whole result: in fastmcp it is another one."""
        return getattr(self.connected, f"{name}_mcp" if library == "fastmcp" else name)

    def listPrompts(self):
        return self.whole("list_prompts")()

    def getPrompt(self, name, arguments):
        return self.whole("get_prompt")(name, arguments)

    def listResources(self):
        return self.whole("list_resources")()

    def readResource(self, uri):
        return self.whole("read_resource")(uri)

    def listResourceTemplates(self):
        return self.whole("list_resource_templates")()

    def complete(self, ref, argument):
        return self.whole("complete")(PromptReference(type="ref/prompt", name=ref["name"]), argument)

    def callTool(self, name, arguments, **_meta):
        return self.whole("call_tool")(name, arguments)

    def setLoggingLevel(self, level):
        return self.connected.set_logging_level(level)

    def subscribeResource(self, uri):
        return self.connected.subscribe_resource(uri)

    def unsubscribeResource(self, uri):
        return self.connected.unsubscribe_resource(uri)

    async def listen(self, resourceSubscriptions):
        await self.subscriptions.enter_async_context(
            self.connected.listen(resource_subscriptions=resourceSubscriptions)
        )

    def close(self):
        return self.subscriptions.aclose()


async def main():
    async with client() as connected:
        speaker = Speaker(connected)
        say(version=connected.session.protocol_version)
        while line := await asyncio.to_thread(sys.stdin.readline):
            request = json.loads(line)
            try:
                method = getattr(speaker, request["do"])
                async with asyncio.timeout(5):
                    result = await method(**request["params"])
                say(result=plain(result) if hasattr(result, "model_dump") else {})
            except TimeoutError:
                say(thrown="no answer in 5 seconds", timedOut=True)
            except Exception as thrown:
                say(thrown=str(thrown) or type(thrown).__name__)


asyncio.run(main())
