"""A small server of the kind that people write with `mcp`, with all that is not a tool: `mcp_server.py [port]`."""

import sys

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp_types import Completion, SamplingMessage, TextContent
from pydantic import BaseModel

server = MCPServer("library")


class Name(BaseModel):
    name: str


@server.prompt()
def summary(title: str) -> list[UserMessage]:
    """Asks for a summary of a book."""
    return [UserMessage(f"Sum up {title}.")]


@server.resource("library:///hours", mime_type="text/plain")
def hours() -> str:
    return "Nine to five."


@server.resource("library:///cover", mime_type="image/png")
def cover() -> bytes:
    return b"\x89PNG\r\n\x1a\n"


@server.resource("library:///books/{title}", mime_type="application/json")
def book(title: str) -> str:
    return f'{{"title": "{title}"}}'


@server.completion()
async def titles(_ref, argument, _context):
    values = [title for title in ["Emma", "Evelina"] if title.startswith(argument.value)]
    return Completion(values=values, total=len(values), has_more=False)


@server.tool()
async def log(ctx: Context) -> str:
    """Logs a line."""
    await ctx.info("a book was lent")
    return "logged"


@server.tool()
async def ask(ctx: Context) -> str:
    """Asks the user for a name."""
    answer = await ctx.elicit("Who lends it?", Name)
    return answer.model_dump_json()


@server.tool()
async def sample(ctx: Context) -> str:
    """Asks the model."""
    question = SamplingMessage(role="user", content=TextContent(type="text", text="Who wrote Emma?"))
    answer = await ctx.session.create_message([question], max_tokens=20, related_request_id=ctx.request_id)
    return answer.content.text


@server.tool()
async def roots(ctx: Context) -> str:
    """Tells where the client works."""
    answer = await ctx.session.list_roots()
    return " ".join(str(root.uri) for root in answer.roots)


@server.tool()
async def lend(ctx: Context) -> str:
    """Lends a book: the hours are other ones."""
    await ctx.notify_resource_updated("library:///hours")
    await ctx.session.send_resource_updated("library:///hours")
    return "lent"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run("stdio")
