"""Decoders and encoders of `acp_trio.schema.v1._permission`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._generated.v1_tool_call import decode_tool_call_update, encode_tool_call_update
from acp_trio.codec._strict import Mismatch, add_extras, entry, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._permission import CancelledOutcome, PermissionOption, RequestPermissionOutcome, RequestPermissionRequest, RequestPermissionResponse, SelectedOutcome, UnknownPermissionOutcome


_K_permission_option = {
    '_meta': ('meta', None, (None,)),
    'optionId': None,
    'name': None,
    'kind': None,
}


def decode_permission_option(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    option_id_ = d['optionId']
    if not (option_id_.__class__ is str):
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    kind_ = d['kind']
    if not (kind_.__class__ is str):
        raise Mismatch
    n += 3
    if n == len(d):
        return PermissionOption(option_id=option_id_, name=name_, kind=kind_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = PermissionOption(meta=meta_, option_id=option_id_, name=name_, kind=kind_)
    return o if n == len(d) else with_leftover(o, d, _K_permission_option, tag, d)


def encode_permission_option(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['optionId'] = o.option_id
    out['name'] = o.name
    out['kind'] = o.kind
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_selected_outcome = {
    '_meta': ('meta', None, (None,)),
    'optionId': None,
}


def decode_selected_outcome(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    option_id_ = d['optionId']
    if not (option_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return SelectedOutcome(option_id=option_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SelectedOutcome(meta=meta_, option_id=option_id_)
    return o if n == len(d) else with_leftover(o, d, _K_selected_outcome, tag, d)


def encode_selected_outcome(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['optionId'] = o.option_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_cancelled_outcome = {
}


def decode_cancelled_outcome(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return CancelledOutcome()
    o = CancelledOutcome()
    return o if n == len(d) else with_leftover(o, d, _K_cancelled_outcome, tag, d)


def encode_cancelled_outcome(o, out):
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_permission_outcome = {
    '_meta': ('meta', None, (None,)),
    'outcome': None,
}


def decode_unknown_permission_outcome(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['outcome']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownPermissionOutcome(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownPermissionOutcome(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_permission_outcome, tag, d)


def encode_unknown_permission_outcome(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['outcome'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_request_permission_response = {
    '_meta': ('meta', None, (None,)),
    'outcome': None,
}


def decode_request_permission_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    outcome_ = d['outcome']
    outcome_ = decode_request_permission_outcome(outcome_)
    n += 1
    if n == len(d):
        return RequestPermissionResponse(outcome=outcome_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = RequestPermissionResponse(meta=meta_, outcome=outcome_)
    return o if n == len(d) else with_leftover(o, d, _K_request_permission_response, tag, d)


def encode_request_permission_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.outcome
    out['outcome'] = encode_request_permission_outcome(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_request_permission_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'toolCall': None,
    'options': None,
}


def decode_request_permission_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    tool_call_ = d['toolCall']
    tool_call_ = decode_tool_call_update(tool_call_)
    options_ = d['options']
    if options_.__class__ is not list:
        raise Mismatch
    options_ = [decode_permission_option(options_i) for options_i in options_]
    n += 3
    if n == len(d):
        return RequestPermissionRequest(session_id=session_id_, tool_call=tool_call_, options=options_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = RequestPermissionRequest(meta=meta_, session_id=session_id_, tool_call=tool_call_, options=options_)
    return o if n == len(d) else with_leftover(o, d, _K_request_permission_request, tag, d)


def encode_request_permission_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    x = o.tool_call
    out['toolCall'] = encode_tool_call_update(x, {})
    x = o.options
    out['options'] = [encode_permission_option(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_T_request_permission_outcome = {
    'selected': decode_selected_outcome,
    'cancelled': decode_cancelled_outcome,
}


def decode_request_permission_outcome(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d['outcome']
    if tag.__class__ is not str:
        raise Mismatch
    f = _T_request_permission_outcome.get(tag)
    if f is not None:
        return f(d, 1, 'outcome')
    return decode_unknown_permission_outcome(d)


_C_request_permission_outcome = {
    SelectedOutcome: ('selected', encode_selected_outcome),
    CancelledOutcome: ('cancelled', encode_cancelled_outcome),
    UnknownPermissionOutcome: (None, encode_unknown_permission_outcome),
}


def encode_request_permission_outcome(o, out):
    tag, f = _C_request_permission_outcome.get(o.__class__) or entry(_C_request_permission_outcome, o, 'request_permission_outcome')
    if tag is not None:
        out['outcome'] = tag
    return f(o, out)


DECODERS = {
    PermissionOption: decode_permission_option,
    SelectedOutcome: decode_selected_outcome,
    CancelledOutcome: decode_cancelled_outcome,
    UnknownPermissionOutcome: decode_unknown_permission_outcome,
    RequestPermissionResponse: decode_request_permission_response,
    RequestPermissionRequest: decode_request_permission_request,
    RequestPermissionOutcome: decode_request_permission_outcome,
}

ENCODERS = {
    PermissionOption: encode_permission_option,
    SelectedOutcome: encode_selected_outcome,
    CancelledOutcome: encode_cancelled_outcome,
    UnknownPermissionOutcome: encode_unknown_permission_outcome,
    RequestPermissionResponse: encode_request_permission_response,
    RequestPermissionRequest: encode_request_permission_request,
    RequestPermissionOutcome: encode_request_permission_outcome,
}
