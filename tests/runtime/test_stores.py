"""What every store does: order, whole entries, listings, and what it refuses."""

from __future__ import annotations

import attrs
import pytest
import trio

from acp_trio import RequestError
from acp_trio.runtime import InMemoryStore, JsonLinesStore, SessionMeta, SessionStore, StoreFailed, TurnEnded, Updated
from acp_trio.runtime._store import PAGE

from .conversations import prompted, said

pytestmark = pytest.mark.promise("P18")

META = SessionMeta(
    session_id="1",
    cwd="/here",
    title="T",
    mode="writer",
    config={"effort": "high"},
    additional_directories=["/there"],
)


@pytest.fixture(params=["memory", "files"])
def store(request, tmp_path) -> SessionStore:
    return InMemoryStore() if request.param == "memory" else JsonLinesStore(tmp_path / "sessions")


async def test_a_session_is_loaded_as_it_was_kept(store) -> None:
    entries = [prompted("Hello"), Updated(said("Hi")), TurnEnded("end_turn")]
    await store.create(META)
    await store.append("1", *entries[:2])
    await store.append("1")
    await store.append("1", entries[2])
    stored = await store.load("1")
    assert stored is not None
    assert stored.meta == META
    assert list(stored.entries) == entries


async def test_a_session_that_is_not_there_is_none(store) -> None:
    assert await store.load("1") is None
    assert (await store.list()).sessions == []
    await store.delete("1")


async def test_saving_replaces_what_is_beside_the_conversation_and_nothing_else(store) -> None:
    await store.create(META)
    await store.append("1", prompted("Hello"))
    changed = attrs.evolve(META, cwd="/elsewhere", title=None, config={}, additional_directories=())
    await store.save(changed)
    stored = await store.load("1")
    assert stored.meta == changed
    assert list(stored.entries) == [prompted("Hello")]


async def test_a_deleted_session_is_forgotten_and_can_be_begun_anew(store) -> None:
    await store.create(META)
    await store.append("1", prompted("Hello"))
    await store.delete("1")
    assert await store.load("1") is None
    await store.create(META)
    assert list((await store.load("1")).entries) == []


async def test_an_id_is_given_once(store) -> None:
    await store.create(META)
    await store.append("1", prompted("Hello"))
    with pytest.raises(StoreFailed, match=r"cannot create session '1'.*it exists"):
        await store.create(META)
    assert list((await store.load("1")).entries) == [prompted("Hello")]


async def test_a_session_that_was_deleted_is_not_brought_back(store) -> None:
    with pytest.raises(StoreFailed, match="cannot append to session '1': there is none with this id"):
        await store.append("1", prompted("Hello"))
    with pytest.raises(StoreFailed, match="cannot save session '1': there is none with this id"):
        await store.save(META)
    assert await store.load("1") is None


async def test_entries_are_kept_in_the_order_in_which_they_were_appended(store) -> None:
    await store.create(META)
    asked: list[TurnEnded] = []

    async def append(task: int) -> None:
        for number in range(10):
            pair = [TurnEnded(f"{task}:{number}:{half}") for half in "ab"]
            asked.extend(pair)
            await store.append("1", *pair)

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            for task in range(10):
                nursery.start_soon(append, task)
    assert list((await store.load("1")).entries) == asked


async def test_a_cancelled_append_is_done_or_not_done(store) -> None:
    await store.create(META)
    kept: list[TurnEnded] = []

    async def append(number: int) -> None:
        pair = [TurnEnded(f"{number}:{half}") for half in "ab"]
        await store.append("1", *pair)
        kept.extend(pair)

    with trio.fail_after(30):
        for steps in range(8):
            async with trio.open_nursery() as nursery:
                for number in range(5):
                    nursery.start_soon(append, 5 * steps + number)
                for _ in range(steps):
                    await trio.lowlevel.checkpoint()
                nursery.cancel_scope.cancel()
    assert list((await store.load("1")).entries) == kept


@pytest.mark.parametrize("call", ["create", "append", "save", "load", "list", "delete"])
async def test_a_call_that_is_cancelled_before_it_begins_does_nothing(store, call) -> None:
    await store.create(META)
    arguments = {
        "create": [attrs.evolve(META, session_id="2")],
        "append": ["1", prompted("Hello")],
        "save": [attrs.evolve(META, title="other")],
        "list": [],
    }
    with trio.CancelScope() as scope:
        scope.cancel()
        await getattr(store, call)(*arguments.get(call, ["1"]))
    assert scope.cancelled_caught
    assert await store.load("1") == attrs.evolve(await store.load("1"), meta=META)
    assert [info.session_id for info in (await store.list()).sessions] == ["1"]


def meta(number: int, **changes) -> SessionMeta:
    return SessionMeta(session_id=str(number), cwd="/here", updated_at=f"2026-01-01T00:00:{number:02}+00:00", **changes)


async def listed(store: SessionStore, **arguments) -> list[list[str]]:
    """The ids of a listing, page by page."""
    page = await store.list(**arguments)
    pages = [[info.session_id for info in page.sessions]]
    while page.next_cursor is not None:
        page = await store.list(cursor=page.next_cursor, **arguments)
        pages.append([info.session_id for info in page.sessions])
    return pages


async def test_the_session_updated_last_is_listed_first(store) -> None:
    for number in (2, 1, 3):
        await store.create(meta(number))
    assert await listed(store) == [["3", "2", "1"]]
    # An hour and a second later, in another zone.
    await store.save(attrs.evolve(meta(1), updated_at="2026-01-01T00:00:04-01:00"))
    assert await listed(store) == [["1", "3", "2"]]


async def test_a_listing_says_what_a_client_wants_to_know(store) -> None:
    await store.create(META)
    (info,) = (await store.list()).sessions
    assert (info.session_id, info.cwd, info.title, info.updated_at) == ("1", "/here", "T", META.updated_at)
    assert list(info.additional_directories) == ["/there"]


async def test_a_listing_may_be_of_one_directory(store) -> None:
    await store.create(META)
    await store.create(attrs.evolve(META, session_id="2", cwd="/elsewhere"))
    assert await listed(store, cwd="/elsewhere") == [["2"]]
    assert await listed(store, cwd="/nowhere") == [[]]


@pytest.mark.parametrize("count, pages", [(PAGE, [PAGE]), (PAGE + 1, [PAGE, 1]), (0, [0])])
async def test_a_listing_comes_in_pages(store, count, pages) -> None:
    for number in range(count):
        await store.create(meta(number))
    got = await listed(store)
    assert [len(page) for page in got] == pages
    assert [int(number) for page in got for number in page] == list(reversed(range(count)))


async def test_sessions_that_come_and_change_meanwhile_repeat_nothing(store) -> None:
    for number in range(PAGE + 2):
        await store.create(meta(number))
    page = await store.list()
    await store.create(meta(59))
    await store.save(attrs.evolve(meta(20), updated_at="2026-01-02T00:00:00+00:00"))
    assert [info.session_id for info in (await store.list(cursor=page.next_cursor)).sessions] == ["1", "0"]


async def test_a_cursor_that_leads_nowhere_is_refused(store) -> None:
    for number in range(PAGE + 1):
        await store.create(meta(number))
    cursor = (await store.list()).next_cursor
    last = "1"  # of the first page
    for bad in ("", "nonsense", "0", cursor[:-1]):
        with pytest.raises(RequestError, match="no page ends at this cursor") as refused:
            await store.list(cursor=bad)
        assert refused.value.code == -32602
    with pytest.raises(RequestError):
        await store.list(cwd="/elsewhere", cursor=cursor)
    await store.delete(last)
    with pytest.raises(RequestError, match="list anew"):
        await store.list(cursor=cursor)


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00", "yesterday", ""])
def test_a_time_without_its_zone_is_refused(time) -> None:
    with pytest.raises(ValueError):
        SessionMeta(session_id="1", cwd="/", updated_at=time)
