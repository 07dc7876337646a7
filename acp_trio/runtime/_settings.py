"""What a user can set about a session: modes and options, chosen now or at the next prompt.

Owns which choices there are, which are in effect, and which wait: what is changed while a turn runs takes effect at the
next prompt, and is shown at once as chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

import attrs

from ..jsonrpc import RequestError
from ..schema import v1


def _first_value(choice: Choice) -> str:
    return next(iter(choice.values), "")  # of a mapping; what is none is refused below


@attrs.frozen(kw_only=True)
class Choice:
    """An option with one value out of several, such as the model.

    Attributes:
      id: names it.
      name: for people.
      values: what can be chosen, by its id, with a name for people.
      default: the value at first; the first one if not given.
      category: what it is about, for its place and icon only.
      description: for people.
    """

    id: str
    name: str
    values: Mapping[str, str]
    default: str = attrs.Factory(_first_value, takes_self=True)
    category: str | None = None
    description: str | None = None

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers err
            raise TypeError(f"the values of the option {self.id!r} are a mapping: each value with its name for people")
        if self.default not in self.values:
            raise ValueError(f"the option {self.id!r} has no value {self.default!r} to start with")

    def shown(self, current: str) -> v1.SessionConfigSelect:
        """The option as a client sees it."""
        values = [v1.SessionConfigSelectOption(value=value, name=name) for value, name in self.values.items()]
        return v1.SessionConfigSelect(
            id=self.id,
            name=self.name,
            description=self.description,
            category=self.category,
            current_value=current,
            options=values,
        )


@attrs.frozen(kw_only=True)
class Mode:
    """A way to work: an agent, and options that go with it.

    Attributes:
      id: names it.
      name: for people.
      agent: the name of the agent that works in this mode.
      settings: options that choosing the mode sets, by their ids.
      description: for people.
    """

    id: str
    name: str
    agent: str
    settings: Mapping[str, str] = attrs.field(factory=dict[str, str])
    description: str | None = None

    def shown(self) -> v1.SessionMode:
        """The mode as a client sees it."""
        return v1.SessionMode(id=self.id, name=self.name, description=self.description)


@attrs.frozen
class Chosen:
    """A mode and the value of each option, chosen together."""

    mode: str
    values: Mapping[str, str]


@final
class Settings:
    """The choices of one session.

    Args:
      modes: the modes; the session starts in the first.
      choices: the options.
      mode: the mode to start in instead, if there still is one of this id.
      values: values to start with, as far as they still exist.
    """

    def __init__(
        self,
        modes: Sequence[Mode],
        choices: Sequence[Choice] = (),
        *,
        mode: str | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        self._modes = {mode.id: mode for mode in modes}
        self._choices = {choice.id: choice for choice in choices}
        start = self._modes.get(mode or "", modes[0])
        kept = {option: value for option, value in (values or {}).items() if self._has(option, value)}
        defaults = {choice.id: choice.default for choice in choices}
        self._now = Chosen(start.id, {**defaults, **start.settings, **kept})
        self._next = self._now

    @property
    def mode(self) -> Mode:
        """The mode that the next prompt runs in."""
        return self._modes[self._next.mode]

    @property
    def values(self) -> Mapping[str, str]:
        """The options that the next prompt runs with."""
        return self._next.values

    @property
    def chosen(self) -> Chosen:
        """What the next prompt runs with."""
        return self._next

    @property
    def in_effect(self) -> Mapping[str, str]:
        """The options that the running prompt, or the last one, has."""
        return self._now.values

    @property
    def is_pending(self) -> bool:
        """Whether something was chosen that is not in effect yet."""
        return self._next != self._now

    def choose_mode(self, mode_id: str) -> None:
        """Choose a mode, with the options that go with it. Raises RequestError for one that does not exist."""
        mode = self._modes.get(mode_id)
        if mode is None:
            raise RequestError.invalid_params(f"there is no mode {mode_id!r}; there are: {', '.join(self._modes)}")
        self._next = Chosen(mode.id, {**self._next.values, **mode.settings})

    def choose(self, option: str, value: str | bool) -> None:  # noqa: FBT001  # as in the protocol
        """Choose an option's value. Raises RequestError for one that does not exist."""
        choice = self._choices.get(option)
        if choice is None:
            raise RequestError.invalid_params(f"there is no option {option!r}; there are: {', '.join(self._choices)}")
        if not isinstance(value, str) or value not in choice.values:
            raise RequestError.invalid_params(f"{option!r} cannot be {value!r}; it can be: {', '.join(choice.values)}")
        self._next = Chosen(self._next.mode, {**self._next.values, option: value})

    def take_effect(self, chosen: Chosen) -> None:
        """This is in effect from here on."""
        self._now = chosen

    def take_back(self, chosen: Chosen, before: Chosen) -> None:
        """This cannot take effect: what it chose is as it was before, unless it is something else by now."""
        now = self._next
        mode = before.mode if now.mode == chosen.mode else now.mode
        values = {
            option: before.values[option] if value == chosen.values[option] else value
            for option, value in now.values.items()
        }
        self._next = Chosen(mode, values)

    def shown_modes(self) -> v1.SessionModeState | None:
        """The modes as a client sees them; None if there is nothing to choose."""
        if len(self._modes) < 2:
            return None
        modes = [mode.shown() for mode in self._modes.values()]
        return v1.SessionModeState(current_mode_id=self._next.mode, available_modes=modes)

    def shown_options(self) -> Sequence[v1.SessionConfigOption] | None:
        """The options as a client sees them; None if there are none."""
        shown = [choice.shown(self._next.values[choice.id]) for choice in self._choices.values()]
        return shown or None

    def _has(self, option: str, value: str) -> bool:
        return option in self._choices and value in self._choices[option].values
