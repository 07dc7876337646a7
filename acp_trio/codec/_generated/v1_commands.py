"""Decoders and encoders of `acp_trio.schema.v1._commands`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import BAD, Mismatch, add_extras, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._commands import AvailableCommand, AvailableCommandsUpdate, UnstructuredCommandInput


_K_unstructured_command_input = {
    '_meta': ('meta', None, (None,)),
    'hint': None,
}


def decode_unstructured_command_input(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    hint_ = d['hint']
    if not (hint_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnstructuredCommandInput(hint=hint_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnstructuredCommandInput(meta=meta_, hint=hint_)
    return o if n == len(d) else with_leftover(o, d, _K_unstructured_command_input, tag, d)


def encode_unstructured_command_input(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['hint'] = o.hint
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_available_command = {
    '_meta': ('meta', None, (None,)),
    'name': None,
    'description': None,
    'input': ('input', None, (None,)),
}


def decode_available_command(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    description_ = d['description']
    if not (description_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return AvailableCommand(name=name_, description=description_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    input_ = d.get('input')
    if input_ is not None:
        try:
            input_ = decode_unstructured_command_input(input_)
        except BAD:
            input_ = None
        else:
            n += 1
    o = AvailableCommand(meta=meta_, name=name_, description=description_, input=input_)
    return o if n == len(d) else with_leftover(o, d, _K_available_command, tag, d)


def encode_available_command(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['name'] = o.name
    out['description'] = o.description
    x = o.input
    if x is not None:
        out['input'] = encode_unstructured_command_input(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_available_commands_update = {
    '_meta': ('meta', None, (None,)),
    'availableCommands': None,
}


def decode_available_commands_update(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    available_commands_ = d['availableCommands']
    try:
        if available_commands_.__class__ is not list:
            raise Mismatch
        available_commands_k = []
        for available_commands_i in available_commands_:
            try:
                available_commands_i = decode_available_command(available_commands_i)
            except BAD:
                continue
            available_commands_k.append(available_commands_i)
        available_commands_ = available_commands_k
    except BAD:
        available_commands_ = ()
    n += 1
    if n == len(d):
        return AvailableCommandsUpdate(available_commands=available_commands_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = AvailableCommandsUpdate(meta=meta_, available_commands=available_commands_)
    return o if n == len(d) else with_leftover(o, d, _K_available_commands_update, tag, d)


def encode_available_commands_update(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.available_commands
    out['availableCommands'] = [encode_available_command(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    UnstructuredCommandInput: decode_unstructured_command_input,
    AvailableCommand: decode_available_command,
    AvailableCommandsUpdate: decode_available_commands_update,
}

ENCODERS = {
    UnstructuredCommandInput: encode_unstructured_command_input,
    AvailableCommand: encode_available_command,
    AvailableCommandsUpdate: encode_available_commands_update,
}
