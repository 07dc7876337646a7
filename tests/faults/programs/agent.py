"""An agent on standard input and output that does what its argument and its prompts say. It knows nothing but the wire.

Its argument is how it is hostile before it serves: see `BEGINNINGS`. A prompt that is in `PROMPTS` is how it is hostile
in a turn; any other is said back.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path


def write(**message: object) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def say(text: str) -> None:
    update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
    write(method="session/update", params={"sessionId": "s", "update": update})


def sleep() -> None:
    while True:
        time.sleep(1000)


# Beginnings


def ignore_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def ignore_sigterm_and_the_end_of_input() -> None:
    ignore_sigterm()
    if os.fork():
        sleep()


def fork_twice() -> None:
    """As a daemon that stays in its process group: who was started exits, and another one serves."""
    if os.fork() or os.fork():
        os._exit(0)
    Path(sys.argv[2]).write_text(str(os.getpid()))


def leave_a_child_with_the_pipe() -> None:
    if not os.fork():
        Path(sys.argv[2]).write_text(str(os.getpid()))
        sleep()


def print_a_banner() -> None:
    print("Welcome to the agent!\n\n  version 7\n", flush=True)


def print_a_number() -> None:
    print(42, flush=True)


def write_half_a_line_and_stop() -> None:
    print('{"jsonrpc":"2.0","id":1,"res', end="", flush=True)
    sleep()


def write_half_a_line_and_exit() -> None:
    print('{"jsonrpc":"2.0","id":1,"res', end="", flush=True)
    sys.exit(3)


def flood_standard_error() -> None:
    for _ in range(1000):
        print("noise" * 1000, file=sys.stderr)


def need_a_terminal() -> None:
    if not os.isatty(0):
        sys.exit("the input device is not a TTY")


BEGINNINGS = [
    ignore_sigterm,
    ignore_sigterm_and_the_end_of_input,
    fork_twice,
    leave_a_child_with_the_pipe,
    print_a_banner,
    print_a_number,
    write_half_a_line_and_stop,
    write_half_a_line_and_exit,
    flood_standard_error,
    need_a_terminal,
]


# Prompts


def close_standard_input() -> None:
    os.close(0)
    say("closed")
    sleep()


def close_standard_output() -> None:
    os.close(1)
    sleep()


PROMPTS = {
    "stop reading": sleep,
    "close standard input": close_standard_input,
    "close standard output": close_standard_output,
}


def serve() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        match request.get("method"):
            case "initialize":
                write(id=request["id"], result={"protocolVersion": 1, "agentCapabilities": {}})
            case "session/new":
                write(id=request["id"], result={"sessionId": "s"})
            case "session/prompt":
                take_prompt(request["params"]["prompt"][0]["text"], request["id"])


def take_prompt(text: str, request_id: int) -> None:
    say(text)
    if text in PROMPTS:
        PROMPTS[text]()
    elif text != "wait":
        write(id=request_id, result={"stopReason": "end_turn"})


for begin in BEGINNINGS:
    if begin.__name__ in sys.argv[1:]:
        begin()
serve()
