"""The tools over stdio, by the official ``mcp`` package; only this imports it."""

from __future__ import annotations

import base64
import json
from importlib import metadata
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server

from archive.errors import ArchiveError, InvalidInput
from plugins.api.errors import ApiError, Json
from plugins.mcp import reading, writing
from plugins.mcp.tools import ABOUT, Answer, Picture, Tool
from plugins.mcp.visits import Visit, visiting

_KINDS: dict[str, type] = {"integer": int, "string": str, "boolean": bool}


def run(folder: Path, who: str | None, *, writes: bool) -> None:
    """Answer on standard input and output until the other side closes them."""
    with visiting(folder, who, writes=writes) as visit:
        anyio.run(_serve, visit)


async def _serve(visit: Visit) -> None:
    server = server_for(visit)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def server_for(visit: Visit) -> Server[Any]:
    """Return the server of somebody's tools."""
    tools = {tool.name: tool for tool in tools_of(visit)}

    async def on_list_tools(
        _context: ServerRequestContext[Any],
        _params: types.PaginatedRequestParams | None,
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(one) for one in tools.values()])

    async def on_call_tool(
        _context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            return _failed(f"there is no tool {params.name[:100]}")
        return await _called(visit, tool, params.arguments or {})

    return Server(
        "asbuilt",
        version=metadata.version("asbuilt"),
        title=f"{visit.database.title}: photos",
        instructions=ABOUT,
        on_list_tools=on_list_tools,
        on_call_tool=on_call_tool,
    )


def tools_of(visit: Visit) -> tuple[Tool, ...]:
    """Return the tools that there are for somebody."""
    return (*reading.TOOLS, *(writing.TOOLS if visit.writes else ()))


def _described(tool: Tool) -> types.Tool:
    hints = types.ToolAnnotations(
        read_only_hint=not tool.writes, destructive_hint=False, open_world_hint=False
    )
    return types.Tool(
        name=tool.name,
        description=tool.about,
        input_schema=tool.schema,
        annotations=hints,
    )


async def _called(visit: Visit, tool: Tool, given: Json) -> types.CallToolResult:
    """Call a tool; what the archive refuses is an error with its sentence."""
    try:
        return _told(await tool.run(visit, _checked(tool, given)))
    except ArchiveError as error:
        return _failed(str(error))
    except ApiError as error:
        return _failed(_sentence(error.body))


def _checked(tool: Tool, given: Json) -> Json:
    """Return the arguments that are given.

    :raises InvalidInput: one is missing, unknown, or no value of its kind
    """
    given = {name: value for name, value in given.items() if value is not None}
    for name in tool.required:
        if name not in given:
            raise InvalidInput(f"{tool.name} needs {name}")
    for name, value in given.items():
        if name not in tool.takes:
            raise InvalidInput(
                f"{tool.name} does not take {name[:100]}; it takes"
                f" {', '.join(tool.takes) or 'nothing'}"
            )
        _check(name, value, tool.takes[name])
    return given


def _check(name: str, value: Any, schema: Json) -> None:  # noqa: ANN401
    if name.startswith("filters__") or schema["type"] == "array":
        return  # read in every syntax that the API reads
    wrong = type(value) is not _KINDS[schema["type"]]  # a boolean is an int, too
    if wrong:
        raise InvalidInput(f"{name} is no {schema['type']}")
    if value not in schema.get("enum", [value]):
        raise InvalidInput(f"{name} is none of {', '.join(schema['enum'])}")
    least = schema.get("minimum", 0)
    if schema["type"] == "integer" and not least <= value < 2**63:
        raise InvalidInput(f"{name} cannot be {value}")


def _told(answer: Answer) -> types.CallToolResult:
    if isinstance(answer, Picture):
        data = base64.b64encode(answer.data).decode()
        picture = types.ImageContent(
            type="image", data=data, mime_type=answer.media_type
        )
        return types.CallToolResult(content=[picture])
    text = types.TextContent(type="text", text=json.dumps(answer, ensure_ascii=False))
    return types.CallToolResult(content=[text], structured_content=answer)


def _failed(sentence: str) -> types.CallToolResult:
    text = types.TextContent(type="text", text=sentence)
    return types.CallToolResult(content=[text], is_error=True)


def _sentence(body: Json) -> str:
    """Return the sentence in an error of the API's."""
    error, errors = body.get("error"), body.get("errors")
    if isinstance(error, dict):
        return str(error["message"])
    if isinstance(errors, dict):
        return "; ".join(f"{k}: {', '.join(v)}" for k, v in errors.items())
    return "; ".join(errors or [str(body)])
