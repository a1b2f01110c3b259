"""Drives the client of `mcp` or `fastmcp` by lines of JSON: `client.py <library> <mode> <url> <token>`."""

import asyncio
import json
import sys

import fastmcp
import mcp
from fastmcp.client.transports import StreamableHttpTransport
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp_types import ElicitResult

library, mode, url, token = sys.argv[1:]
headers = {"authorization": f"Bearer {token}"}
asked: list[str] = []


async def mcp_answers(_context, params):
    asked.append(params.message)
    return ElicitResult(action="accept", content={"confirm": True})


async def fastmcp_answers(message, *_rest):
    asked.append(message)
    return {"confirm": True}


def client():
    if library == "fastmcp":
        transport = StreamableHttpTransport(url, headers=headers)
        return fastmcp.Client(transport, mode=mode, elicitation_handler=fastmcp_answers)
    transport = streamable_http_client(url, http_client=create_mcp_http_client(headers=headers))
    return mcp.Client(transport, mode=mode, elicitation_callback=mcp_answers)


async def call(connected, name, arguments):
    options = {"raise_on_error": False} if library == "fastmcp" else {}
    result = await connected.call_tool(name, arguments, **options)
    failed = result.is_error
    return {"text": result.content[0].text, "isError": failed}


async def names(connected):
    tools = await connected.list_tools()
    return [tool.name for tool in getattr(tools, "tools", tools)]


async def answer(connected, request):
    if request["do"] == "list":
        return {"names": await names(connected)}
    try:
        running = call(connected, request["name"], request["arguments"])
        return await asyncio.wait_for(running, request.get("within", 30))
    except TimeoutError:
        return {"cancelled": True}


async def main():
    async with client() as connected:
        print(json.dumps({"connected": True}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                said = await answer(connected, json.loads(line))
            except Exception as thrown:
                said = {"thrown": str(thrown) or type(thrown).__name__}
            print(json.dumps({**said, "asked": len(asked)}), flush=True)


asyncio.run(main())
