"""The looks of the page: light and dark, wide and narrow, and the filter."""

from __future__ import annotations

from typing import Final

_KINDS: Final = {
    "outcome": ("fail", "inconclusive", "skipped", "pass"),
    "level": ("must", "should", "may"),
}

_LOOKS: Final = """
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2128, #dde3ea); --page: light-dark(#ffffff, #14181d); --soft: light-dark(#f3f5f7, #1d232a);
  --line: light-dark(#d5dbe1, #343c46); --link: light-dark(#0a58ca, #7ab7ff);
  --fail: light-dark(#b3261e, #ff8a80); --pass: light-dark(#1a7f37, #6fdd8b);
  --inconclusive: light-dark(#8a5a00, #f0b849); --skipped: light-dark(#57606a, #98a2ae);
}
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
header, main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .4rem; }
small { font-weight: normal; color: var(--skipped); }
a { color: var(--link); overflow-wrap: anywhere; }
code, pre { font: 13px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
.verdict { font-weight: 600; margin: .2rem 0; }
.conformant { color: var(--pass); }
.not-conformant { color: var(--fail); }
form { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; }
fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .3rem; }
legend { float: left; padding: .2rem .5rem .2rem 0; color: var(--skipped); }
label input { position: absolute; opacity: 0; }
label span { display: block; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 1rem; }
label { cursor: pointer; }
label input:checked + span { background: var(--text); color: var(--page); }
label input:focus-visible + span { outline: 2px solid var(--link); outline-offset: 2px; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .25rem 0; background: var(--soft); }
summary { padding: .35rem .6rem; cursor: pointer; overflow-wrap: anywhere; }
details > :not(summary) { margin: .4rem .8rem; }
.outcome { display: inline-block; min-width: 6.5em; font-weight: 600; }
.fail .outcome { color: var(--fail); }
.pass .outcome { color: var(--pass); }
.skipped .outcome { color: var(--skipped); }
.inconclusive .outcome { color: var(--inconclusive); }
.level { display: inline-block; min-width: 3.6em; color: var(--skipped); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; }
dt { color: var(--skipped); }
dd { margin: 0; overflow-wrap: anywhere; }
.conversation { list-style: none; padding: 0; }
.conversation li { border: 1px solid var(--line); border-radius: .4rem; padding: .3rem .6rem; margin: .3rem 0; }
.conversation li { background: var(--page); width: fit-content; max-width: 90%; }
.conversation .agent { margin-left: auto; }
.conversation .proves { border-color: var(--fail); border-width: 2px; }
.conversation .gap { border: 0; background: none; margin: 0 auto; color: var(--skipped); }
.conversation b { font-size: 13px; }
pre { margin: .2rem 0 0; white-space: pre-wrap; max-height: 20rem; overflow: auto; }
@media (max-width: 40rem) {
  .level { min-width: 0; }
  .conversation li { max-width: 100%; }
}
@media print { form { display: none; } }
"""


def _filters() -> str:
    """Hide what does not have the chosen outcome or level, and topics with nothing left."""
    rules: list[str] = []
    for name, values in _KINDS.items():
        for value in values:
            chosen = f"body:has(#{name}-{value}:checked)"
            rules.append(f"{chosen} details:not(.{value}) {{ display: none; }}")
            rules.append(f"{chosen} section:not(:has(.{value})) {{ display: none; }}")
    return "\n".join(rules)


STYLE: Final = _LOOKS + _filters()
"""The whole style sheet."""
