"""A small server of the kind that people write with fastmcp: typed tools, one that fails."""

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError

server = FastMCP("small")


@server.tool(annotations={"readOnlyHint": True})
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
def greet(name: str, polite: bool = False) -> dict[str, str]:
    """Greets somebody by name."""
    return {"greeting": f"{'Good day' if polite else 'Hi'}, {name}"}


@server.tool
def withdraw(amount: float) -> str:
    """Takes money from an account that has none."""
    raise ToolError(f"The account does not hold {amount:.2f}.")


if __name__ == "__main__":
    server.run(show_banner=False)
