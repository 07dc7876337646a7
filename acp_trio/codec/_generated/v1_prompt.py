"""Decoders and encoders of `acp_trio.schema.v1._prompt`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._generated.v1_content import decode_content_block, encode_content_block
from acp_trio.codec._strict import Mismatch, add_extras, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._prompt import PromptRequest, PromptResponse


_K_prompt_response = {
    '_meta': ('meta', None, (None,)),
    'stopReason': None,
}


def decode_prompt_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    stop_reason_ = d['stopReason']
    if not (stop_reason_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return PromptResponse(stop_reason=stop_reason_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = PromptResponse(meta=meta_, stop_reason=stop_reason_)
    return o if n == len(d) else with_leftover(o, d, _K_prompt_response, tag, d)


def encode_prompt_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['stopReason'] = o.stop_reason
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_prompt_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'prompt': None,
}


def decode_prompt_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    prompt_ = d['prompt']
    if prompt_.__class__ is not list:
        raise Mismatch
    prompt_ = [decode_content_block(prompt_i) for prompt_i in prompt_]
    n += 2
    if n == len(d):
        return PromptRequest(session_id=session_id_, prompt=prompt_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = PromptRequest(meta=meta_, session_id=session_id_, prompt=prompt_)
    return o if n == len(d) else with_leftover(o, d, _K_prompt_request, tag, d)


def encode_prompt_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    x = o.prompt
    out['prompt'] = [encode_content_block(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    PromptResponse: decode_prompt_response,
    PromptRequest: decode_prompt_request,
}

ENCODERS = {
    PromptResponse: encode_prompt_response,
    PromptRequest: encode_prompt_request,
}
