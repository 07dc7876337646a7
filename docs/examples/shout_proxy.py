"""A proxy that upper-cases every prompt on its way to the agent."""

from __future__ import annotations

import trio

from acp_trio import CLIENT, Handled, Proxy
from acp_trio.schema import evolve, v1
from acp_trio.transports import stdio

proxy = Proxy("shout")


@proxy.on_request(v1.PromptRequest, sender=CLIENT)
async def shout(request: v1.PromptRequest) -> Handled:
    return Handled.no(evolve(request, prompt=[upper(block) for block in request.prompt]))


def upper(block: v1.ContentBlock) -> v1.ContentBlock:
    return evolve(block, text=block.text.upper()) if isinstance(block, v1.TextContent) else block


if __name__ == "__main__":
    trio.run(proxy.serve, stdio())
