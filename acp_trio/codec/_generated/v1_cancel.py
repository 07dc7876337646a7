"""Decoders and encoders of `acp_trio.schema.v1._cancel`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import Mismatch, add_extras, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._cancel import CancelNotification, CancelRequestNotification


_K_cancel_notification = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
}


def decode_cancel_notification(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return CancelNotification(session_id=session_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = CancelNotification(meta=meta_, session_id=session_id_)
    return o if n == len(d) else with_leftover(o, d, _K_cancel_notification, tag, d)


def encode_cancel_notification(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_cancel_request_notification = {
    '_meta': ('meta', None, (None,)),
    'requestId': None,
}


def decode_cancel_request_notification(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    request_id_ = d['requestId']
    if request_id_ is not None:
        if not ((request_id_.__class__ is int and -9223372036854775808 <= request_id_ <= 9223372036854775807) or (request_id_.__class__ is str)):
            raise Mismatch
    n += 1
    if n == len(d):
        return CancelRequestNotification(request_id=request_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = CancelRequestNotification(meta=meta_, request_id=request_id_)
    return o if n == len(d) else with_leftover(o, d, _K_cancel_request_notification, tag, d)


def encode_cancel_request_notification(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['requestId'] = o.request_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    CancelNotification: decode_cancel_notification,
    CancelRequestNotification: decode_cancel_request_notification,
}

ENCODERS = {
    CancelNotification: encode_cancel_notification,
    CancelRequestNotification: encode_cancel_request_notification,
}
