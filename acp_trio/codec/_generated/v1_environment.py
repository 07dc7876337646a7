"""Decoders and encoders of `acp_trio.schema.v1._environment`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import Mismatch, add_extras, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._environment import EnvVariable


_K_env_variable = {
    '_meta': ('meta', None, (None,)),
    'name': None,
    'value': None,
}


def decode_env_variable(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    value_ = d['value']
    if not (value_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return EnvVariable(name=name_, value=value_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = EnvVariable(meta=meta_, name=name_, value=value_)
    return o if n == len(d) else with_leftover(o, d, _K_env_variable, tag, d)


def encode_env_variable(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['name'] = o.name
    out['value'] = o.value
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    EnvVariable: decode_env_variable,
}

ENCODERS = {
    EnvVariable: encode_env_variable,
}
