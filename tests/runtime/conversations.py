"""Entries of every kind, as hypothesis makes them, and the small ones that tests name."""

from __future__ import annotations

from hypothesis import strategies as st

from acp_trio.codec import CODEC
from acp_trio.runtime import AgentSwitched, Prompted, TurnEnded, Updated
from acp_trio.schema import v1

texts = st.text(st.characters(), max_size=12)  # lone surrogates too
values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts
unknown_keys = st.dictionaries(texts.map("x-".__add__), values, max_size=2)


def decoded(annotation, fields: st.SearchStrategy[dict]) -> st.SearchStrategy:
    """What a peer of a later version could have sent: known fields beside unknown ones."""
    return st.builds(lambda known, unknown: CODEC.decode(annotation, unknown | known), fields, unknown_keys)


def tagged(key: str, tag: str, **fields: st.SearchStrategy) -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries({key: st.just(tag), **fields})


blocks = decoded(
    v1.ContentBlock,
    tagged("type", "text", text=texts)
    | tagged("type", "image", data=texts, mimeType=texts)
    | tagged("type", "resource_link", name=texts, uri=texts)
    | tagged("type", "hologram", depth=values),
)
text_blocks = tagged("type", "text", text=texts)
updates = decoded(
    v1.SessionUpdate,
    tagged("sessionUpdate", "agent_message_chunk", content=text_blocks, messageId=st.none() | texts)
    | tagged("sessionUpdate", "agent_thought_chunk", content=text_blocks)
    | tagged("sessionUpdate", "tool_call", toolCallId=texts, title=texts, rawInput=values)
    | tagged("sessionUpdate", "tool_call_update", toolCallId=texts, status=st.sampled_from(["completed", "failed"]))
    | tagged("sessionUpdate", "plan", entries=st.just([]))
    | tagged("sessionUpdate", "dream", of=values),
)
entries = (
    st.builds(Prompted, st.lists(blocks, max_size=3))
    | st.builds(Updated, updates)
    | st.builds(AgentSwitched, texts)
    | st.builds(TurnEnded, st.sampled_from(["end_turn", "cancelled", "something new"]))
)


def text(words: str) -> v1.TextContent:
    return v1.TextContent(text=words)


def prompted(words: str) -> Prompted:
    return Prompted([text(words)])


def said(words: str, **fields) -> v1.AgentMessageChunk:
    return v1.AgentMessageChunk(content=text(words), **fields)


def thought(words: str) -> v1.AgentThoughtChunk:
    return v1.AgentThoughtChunk(content=text(words))
