"""Decoders and encoders of `acp_trio.schema.v1._plan`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import BAD, Mismatch, add_extras, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._plan import Plan, PlanEntry


_K_plan_entry = {
    '_meta': ('meta', None, (None,)),
    'content': None,
    'priority': None,
    'status': None,
}


def decode_plan_entry(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    content_ = d['content']
    if not (content_.__class__ is str):
        raise Mismatch
    priority_ = d['priority']
    if not (priority_.__class__ is str and priority_ in {'high', 'low', 'medium'}):
        raise Mismatch
    status_ = d['status']
    if not (status_.__class__ is str and status_ in {'completed', 'in_progress', 'pending'}):
        raise Mismatch
    n += 3
    if n == len(d):
        return PlanEntry(content=content_, priority=priority_, status=status_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = PlanEntry(meta=meta_, content=content_, priority=priority_, status=status_)
    return o if n == len(d) else with_leftover(o, d, _K_plan_entry, tag, d)


def encode_plan_entry(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['content'] = o.content
    out['priority'] = o.priority
    out['status'] = o.status
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_plan = {
    '_meta': ('meta', None, (None,)),
    'entries': None,
}


def decode_plan(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    entries_ = d['entries']
    try:
        if entries_.__class__ is not list:
            raise Mismatch
        entries_k = []
        for entries_i in entries_:
            try:
                entries_i = decode_plan_entry(entries_i)
            except BAD:
                continue
            entries_k.append(entries_i)
        entries_ = entries_k
    except BAD:
        entries_ = ()
    n += 1
    if n == len(d):
        return Plan(entries=entries_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = Plan(meta=meta_, entries=entries_)
    return o if n == len(d) else with_leftover(o, d, _K_plan, tag, d)


def encode_plan(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.entries
    out['entries'] = [encode_plan_entry(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    PlanEntry: decode_plan_entry,
    Plan: decode_plan,
}

ENCODERS = {
    PlanEntry: encode_plan_entry,
    Plan: encode_plan,
}
