"""Decoders and encoders of `acp_trio.schema.v1._fs`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import Mismatch, add_extras, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._fs import ReadTextFileRequest, ReadTextFileResponse, WriteTextFileRequest, WriteTextFileResponse


_K_read_text_file_response = {
    '_meta': ('meta', None, (None,)),
    'content': None,
}


def decode_read_text_file_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    content_ = d['content']
    if not (content_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return ReadTextFileResponse(content=content_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = ReadTextFileResponse(meta=meta_, content=content_)
    return o if n == len(d) else with_leftover(o, d, _K_read_text_file_response, tag, d)


def encode_read_text_file_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['content'] = o.content
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_read_text_file_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'path': None,
    'line': ('line', None, (None,)),
    'limit': ('limit', None, (None,)),
}


def decode_read_text_file_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    path_ = d['path']
    if not (path_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return ReadTextFileRequest(session_id=session_id_, path=path_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    line_ = d.get('line')
    if line_ is not None:
        if not (line_.__class__ is int and 0 <= line_ <= 4294967295):
            raise Mismatch
        n += 1
    limit_ = d.get('limit')
    if limit_ is not None:
        if not (limit_.__class__ is int and 0 <= limit_ <= 4294967295):
            raise Mismatch
        n += 1
    o = ReadTextFileRequest(meta=meta_, session_id=session_id_, path=path_, line=line_, limit=limit_)
    return o if n == len(d) else with_leftover(o, d, _K_read_text_file_request, tag, d)


def encode_read_text_file_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['path'] = o.path
    x = o.line
    if x is not None:
        out['line'] = x
    x = o.limit
    if x is not None:
        out['limit'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_write_text_file_response = {
    '_meta': ('meta', None, (None,)),
}


def decode_write_text_file_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return WriteTextFileResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = WriteTextFileResponse(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_write_text_file_response, tag, d)


def encode_write_text_file_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_write_text_file_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'path': None,
    'content': None,
}


def decode_write_text_file_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    path_ = d['path']
    if not (path_.__class__ is str):
        raise Mismatch
    content_ = d['content']
    if not (content_.__class__ is str):
        raise Mismatch
    n += 3
    if n == len(d):
        return WriteTextFileRequest(session_id=session_id_, path=path_, content=content_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = WriteTextFileRequest(meta=meta_, session_id=session_id_, path=path_, content=content_)
    return o if n == len(d) else with_leftover(o, d, _K_write_text_file_request, tag, d)


def encode_write_text_file_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['path'] = o.path
    out['content'] = o.content
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    ReadTextFileResponse: decode_read_text_file_response,
    ReadTextFileRequest: decode_read_text_file_request,
    WriteTextFileResponse: decode_write_text_file_response,
    WriteTextFileRequest: decode_write_text_file_request,
}

ENCODERS = {
    ReadTextFileResponse: encode_read_text_file_response,
    ReadTextFileRequest: encode_read_text_file_request,
    WriteTextFileResponse: encode_write_text_file_response,
    WriteTextFileRequest: encode_write_text_file_request,
}
