"""What becomes an entry of a conversation, what loading it sends again, and what it is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acp_trio.codec import CODEC
from acp_trio.runtime import AgentSwitched, Prompted, Transcriber, TurnEnded, Updated, replay, title_of
from acp_trio.runtime._entry_lines import decode_entry, encode_entry
from acp_trio.schema import v1

from .conversations import entries, prompted, said, text, thought

CALL = v1.ToolCall(tool_call_id="1", title="Read")
DONE = v1.ToolCallUpdate(tool_call_id="1", status="completed")
PLAN = v1.Plan(entries=[])
PICTURE = v1.AgentMessageChunk(content=v1.ImageContent(data="", mime_type="image/png"))
NO_CONVERSATION = [
    v1.AvailableCommandsUpdate(available_commands=[]),
    v1.ConfigOptionUpdate(config_options=[]),
    v1.CurrentModeUpdate(current_mode_id="ask"),
    v1.SessionInfoUpdate(title="T"),
    v1.UsageUpdate(used=1, size=2),
    v1.Notice(severity="info", title="T"),
    v1.UserMessageChunk(content=v1.TextContent(text="what the prompt said")),
]


def transcribed(*updates: v1.SessionUpdate) -> list[v1.SessionUpdate]:
    transcriber = Transcriber()
    entries = [entry for update in updates for entry in transcriber.take(update)]
    return [entry.update for entry in (*entries, *transcriber.finish())]


def test_the_pieces_of_a_message_become_one_entry() -> None:
    assert transcribed(thought("h"), thought("m"), said("a"), said("b"), said("")) == [thought("hm"), said("ab")]


def test_an_entry_is_complete_when_something_else_follows_and_not_before() -> None:
    transcriber = Transcriber()
    assert transcriber.take(said("a")) == transcriber.take(said("b")) == ()
    assert transcriber.take(CALL) == (Updated(said("ab")), Updated(CALL))
    assert transcriber.finish() == ()


def test_a_message_goes_on_behind_what_is_no_conversation() -> None:
    updates = [update for other in NO_CONVERSATION for update in (other, said("a"))]
    assert transcribed(*updates) == [said("a" * len(NO_CONVERSATION))]


def test_what_is_not_text_stays_as_and_where_it_is() -> None:
    updates = [said("a"), CALL, DONE, said("b"), PICTURE, PICTURE, said("c"), PLAN, thought("d")]
    assert transcribed(*updates) == updates


def test_an_update_of_a_kind_that_is_not_known_is_kept() -> None:
    dream = CODEC.decode(v1.SessionUpdate, {"sessionUpdate": "dream", "of": "sheep"})
    assert transcribed(said("a"), dream, said("b")) == [said("a"), dream, said("b")]


@pytest.mark.parametrize(
    "beside",
    [
        {"messageId": "2"},
        {"_meta": {"k": 1}},
        {"x": 1},
        {"content": {"annotations": {"priority": 1.0}}},
        {"content": {"_meta": {"k": 1}}},
        {"content": {"x": 1}},
    ],
)
def test_pieces_that_say_different_things_of_themselves_stay_apart(beside) -> None:
    def piece(words: str) -> v1.SessionUpdate:
        content = {"type": "text", "text": words, **beside.get("content", {})}
        return CODEC.decode(v1.SessionUpdate, {"sessionUpdate": "agent_message_chunk", **beside, "content": content})

    got = transcribed(said("a"), piece("b"), piece("c"), said("d"))
    wanted = [said("a"), piece("bc"), said("d")]
    assert [CODEC.encode(update, v1.SessionUpdate) for update in got] == [
        CODEC.encode(update, v1.SessionUpdate) for update in wanted
    ]


def test_a_message_after_the_end_of_another_begins_anew() -> None:
    transcriber = Transcriber()
    transcriber.take(said("a"))
    assert transcriber.finish() == (Updated(said("a")),)
    assert transcriber.take(said("b")) == ()
    assert transcriber.finish() == (Updated(said("b")),)


@given(st.lists(st.sampled_from([said("a"), said("b", message_id="2"), thought("c"), CALL, DONE, PICTURE, PLAN])))
def test_nothing_is_lost_and_the_order_is_kept(updates) -> None:
    def flat(updates) -> list:
        return [
            (type(update), getattr(update, "message_id", None), letter)
            for update in updates
            for letter in getattr(getattr(update, "content", None), "text", "-")
        ]

    assert flat(transcribed(*updates)) == flat(updates)


def test_loading_sends_prompts_block_by_block_and_whole_messages_and_is_silent_about_the_rest() -> None:
    conversation = [
        Prompted([text("1"), text("2")]),
        Updated(thought("h")),
        Updated(CALL),
        AgentSwitched("other"),
        Updated(said("ab")),
        TurnEnded("end_turn"),
    ]
    assert list(replay(conversation)) == [
        v1.UserMessageChunk(content=text("1")),
        v1.UserMessageChunk(content=text("2")),
        thought("h"),
        CALL,
        said("ab"),
    ]


@pytest.mark.parametrize(
    "blocks, title",
    [
        ([text("Hello")], "Hello"),
        ([text("\n  First \nsecond")], "First"),
        ([PICTURE.content, text(" "), text("What is this?")], "What is this?"),
        ([PICTURE.content], "Media prompt"),
        ([text(" \n")], "Media prompt"),
        ([], "Media prompt"),
        ([text("x" * 80)], "x" * 80),
        ([text("x" * 81)], "x" * 79 + "…"),
    ],
)
def test_a_title_is_the_first_line_of_the_first_prompt(blocks, title) -> None:
    assert title_of([AgentSwitched("a"), Prompted(blocks), prompted("another")]) == title


def test_without_a_prompt_there_is_no_title() -> None:
    assert title_of([Updated(said("hello"))]) is None


@given(entries)
def test_an_entry_comes_back_from_its_line_with_all_that_nobody_here_knows(entry) -> None:
    line = encode_entry(entry)
    assert line.index(b"\n") == len(line) - 1
    assert decode_entry(line) == entry
    assert encode_entry(decode_entry(line)) == line


def test_entries_keep_what_they_were_made_of() -> None:
    blocks = [text("a")]
    entry = Prompted(blocks)
    blocks.clear()
    assert entry == prompted("a")
