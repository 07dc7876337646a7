"""Checks of modes and config options, and the tours that make agents use what a client offers or does not offer."""

from __future__ import annotations

from typing import Any

from ..jsonrpc import as_object
from ._arrays import objects
from ._checks import check, tour
from ._conversation import Conversation, is_refusal, result_of
from ._verdict import NotApplicable, Unmet


@check("mode.set", group="settings")
async def set_mode(agent: Conversation) -> None:
    session = await agent.open_session()
    for mode in _modes(session):
        answer = await agent.request("session/set_mode", {"sessionId": session["sessionId"], "modeId": mode["id"]})
        result_of(answer, f"a result, because {mode['id']!r} is offered")


@check("mode.unknown", group="settings")
async def unknown_mode(agent: Conversation) -> None:
    session = await agent.open_session()
    _modes(session)
    params = {"sessionId": session["sessionId"], "modeId": "acp_trio: no such mode"}
    answer = await agent.request("session/set_mode", params)
    if not is_refusal(answer):
        raise Unmet("an error", "a result", [answer])


@check("config.set", group="settings")
async def set_option(agent: Conversation) -> None:
    session = await agent.open_session()
    offered = _options(session)
    for option in offered:
        for value in option_values(option):
            params = {"sessionId": session["sessionId"], "configId": option["id"], "value": value}
            answer = await agent.request("session/set_config_option", params)
            expected = f"all options, and {value!r} as the value of {option['id']!r}"
            now = {str(item.get("id")): item for item in objects(result_of(answer, expected).get("configOptions"))}
            if now.get(str(option["id"]), {}).get("currentValue") != value:
                raise Unmet(expected, f"{sorted(now)}, without that value", [answer])


@check("config.unknown", group="settings")
async def unknown_value(agent: Conversation) -> None:
    session = await agent.open_session()
    option = _options(session)[0]
    params = {"sessionId": session["sessionId"], "configId": option["id"], "value": "acp_trio: no such value"}
    answer = await agent.request("session/set_config_option", params)
    if not is_refusal(answer):
        raise Unmet("an error", "a result", [answer])


@tour("everything offered")
async def use_everything(agent: Conversation) -> None:
    await _say_it_all(agent)


@tour("nothing offered")
async def use_nothing(agent: Conversation) -> None:
    await _say_it_all(agent)


async def _say_it_all(agent: Conversation) -> None:
    """Give every prompt that makes an agent use its client, one turn each."""
    for purpose in ("hello", "tool", "plan", "permission", "read", "write", "run"):
        await agent.prompt(await agent.new_session(), agent.manner.prompts[purpose])


def _modes(session: dict[str, Any]) -> list[dict[str, Any]]:
    modes = objects((as_object(session.get("modes")) or {}).get("availableModes"))
    if not modes:
        raise NotApplicable("the agent offers no modes")
    return [mode for mode in modes if "id" in mode]


def _options(session: dict[str, Any]) -> list[dict[str, Any]]:
    offered = objects(session.get("configOptions"))
    options = [option for option in offered if option.get("type") == "select" and "id" in option]
    if not options:
        raise NotApplicable("the agent offers no options to choose from a list")
    return options


def option_values(option: dict[str, Any]) -> list[Any]:
    """The values of an option, which may stand in groups."""
    values: list[Any] = []
    for item in objects(option.get("options")):
        inner = objects(item.get("options"))
        values += [one.get("value") for one in inner] if inner else [item.get("value")]
    return values
