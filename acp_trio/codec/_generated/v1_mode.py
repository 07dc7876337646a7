"""Decoders and encoders of `acp_trio.schema.v1._mode`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import BAD, Mismatch, add_extras, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._mode import SessionMode, SessionModeState, SetSessionModeRequest, SetSessionModeResponse


_K_session_mode = {
    '_meta': ('meta', None, (None,)),
    'id': None,
    'name': None,
    'description': ('description', None, (None,)),
}


def decode_session_mode(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    id_ = d['id']
    if not (id_.__class__ is str):
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return SessionMode(id=id_, name=name_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    description_ = d.get('description')
    if description_ is not None:
        if description_.__class__ is str:
            n += 1
        else:
            description_ = None
    o = SessionMode(meta=meta_, id=id_, name=name_, description=description_)
    return o if n == len(d) else with_leftover(o, d, _K_session_mode, tag, d)


def encode_session_mode(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['id'] = o.id
    out['name'] = o.name
    x = o.description
    if x is not None:
        out['description'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_mode_state = {
    '_meta': ('meta', None, (None,)),
    'currentModeId': None,
    'availableModes': None,
}


def decode_session_mode_state(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    current_mode_id_ = d['currentModeId']
    if not (current_mode_id_.__class__ is str):
        raise Mismatch
    available_modes_ = d['availableModes']
    try:
        if available_modes_.__class__ is not list:
            raise Mismatch
        available_modes_k = []
        for available_modes_i in available_modes_:
            try:
                available_modes_i = decode_session_mode(available_modes_i)
            except BAD:
                continue
            available_modes_k.append(available_modes_i)
        available_modes_ = available_modes_k
    except BAD:
        available_modes_ = ()
    n += 2
    if n == len(d):
        return SessionModeState(current_mode_id=current_mode_id_, available_modes=available_modes_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SessionModeState(meta=meta_, current_mode_id=current_mode_id_, available_modes=available_modes_)
    return o if n == len(d) else with_leftover(o, d, _K_session_mode_state, tag, d)


def encode_session_mode_state(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['currentModeId'] = o.current_mode_id
    x = o.available_modes
    out['availableModes'] = [encode_session_mode(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_set_session_mode_response = {
    '_meta': ('meta', None, (None,)),
}


def decode_set_session_mode_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return SetSessionModeResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SetSessionModeResponse(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_set_session_mode_response, tag, d)


def encode_set_session_mode_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_set_session_mode_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'modeId': None,
}


def decode_set_session_mode_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    mode_id_ = d['modeId']
    if not (mode_id_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return SetSessionModeRequest(session_id=session_id_, mode_id=mode_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SetSessionModeRequest(meta=meta_, session_id=session_id_, mode_id=mode_id_)
    return o if n == len(d) else with_leftover(o, d, _K_set_session_mode_request, tag, d)


def encode_set_session_mode_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['modeId'] = o.mode_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    SessionMode: decode_session_mode,
    SessionModeState: decode_session_mode_state,
    SetSessionModeResponse: decode_set_session_mode_response,
    SetSessionModeRequest: decode_set_session_mode_request,
}

ENCODERS = {
    SessionMode: encode_session_mode,
    SessionModeState: encode_session_mode_state,
    SetSessionModeResponse: encode_set_session_mode_response,
    SetSessionModeRequest: encode_set_session_mode_request,
}
