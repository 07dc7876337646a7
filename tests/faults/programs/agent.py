"""An agent on standard input and output that says what it is told. It knows nothing but the wire."""

import json
import sys


def write(**message: object) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def say(text: str) -> None:
    update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
    write(method="session/update", params={"sessionId": "s", "update": update})


for line in sys.stdin:
    request = json.loads(line)
    match request.get("method"):
        case "initialize":
            write(id=request["id"], result={"protocolVersion": 1, "agentCapabilities": {}})
        case "session/new":
            write(id=request["id"], result={"sessionId": "s"})
        case "session/prompt":
            say(request["params"]["prompt"][0]["text"])
            write(id=request["id"], result={"stopReason": "end_turn"})
