"""Decoders and encoders of `acp_trio.schema.v1._mcp`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._generated.v1_environment import decode_env_variable, encode_env_variable
from acp_trio.codec._strict import Mismatch, add_extras, entry, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._mcp import HttpHeader, McpServer, McpServerHttp, McpServerSse, McpServerStdio, UnknownMcpServer


_K_http_header = {
    '_meta': ('meta', None, (None,)),
    'name': None,
    'value': None,
}


def decode_http_header(d, n=0, tag=None):
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
        return HttpHeader(name=name_, value=value_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = HttpHeader(meta=meta_, name=name_, value=value_)
    return o if n == len(d) else with_leftover(o, d, _K_http_header, tag, d)


def encode_http_header(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['name'] = o.name
    out['value'] = o.value
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_mcp_server_stdio = {
    '_meta': ('meta', None, (None,)),
    'name': None,
    'command': None,
    'args': None,
    'env': None,
}


def decode_mcp_server_stdio(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    command_ = d['command']
    if not (command_.__class__ is str):
        raise Mismatch
    args_ = d['args']
    if args_ is None:
        args_ = ()
    else:
        if args_.__class__ is not list:
            raise Mismatch
        for args_i in args_:
            if not (args_i.__class__ is str):
                raise Mismatch
    env_ = d['env']
    if env_ is None:
        env_ = ()
    else:
        if env_.__class__ is not list:
            raise Mismatch
        env_ = [decode_env_variable(env_i) for env_i in env_]
    n += 4
    if n == len(d):
        return McpServerStdio(name=name_, command=command_, args=args_, env=env_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = McpServerStdio(meta=meta_, name=name_, command=command_, args=args_, env=env_)
    return o if n == len(d) else with_leftover(o, d, _K_mcp_server_stdio, tag, d)


def encode_mcp_server_stdio(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['name'] = o.name
    out['command'] = o.command
    x = o.args
    out['args'] = [*x]
    x = o.env
    out['env'] = [encode_env_variable(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_mcp_server_http = {
    '_meta': ('meta', None, (None,)),
    'name': None,
    'url': None,
    'headers': None,
}


def decode_mcp_server_http(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    url_ = d['url']
    if not (url_.__class__ is str):
        raise Mismatch
    headers_ = d['headers']
    if headers_ is None:
        headers_ = ()
    else:
        if headers_.__class__ is not list:
            raise Mismatch
        headers_ = [decode_http_header(headers_i) for headers_i in headers_]
    n += 3
    if n == len(d):
        return McpServerHttp(name=name_, url=url_, headers=headers_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = McpServerHttp(meta=meta_, name=name_, url=url_, headers=headers_)
    return o if n == len(d) else with_leftover(o, d, _K_mcp_server_http, tag, d)


def encode_mcp_server_http(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['name'] = o.name
    out['url'] = o.url
    x = o.headers
    out['headers'] = [encode_http_header(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_mcp_server_sse = {
    '_meta': ('meta', None, (None,)),
    'name': None,
    'url': None,
    'headers': None,
}


def decode_mcp_server_sse(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    url_ = d['url']
    if not (url_.__class__ is str):
        raise Mismatch
    headers_ = d['headers']
    if headers_ is None:
        headers_ = ()
    else:
        if headers_.__class__ is not list:
            raise Mismatch
        headers_ = [decode_http_header(headers_i) for headers_i in headers_]
    n += 3
    if n == len(d):
        return McpServerSse(name=name_, url=url_, headers=headers_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = McpServerSse(meta=meta_, name=name_, url=url_, headers=headers_)
    return o if n == len(d) else with_leftover(o, d, _K_mcp_server_sse, tag, d)


def encode_mcp_server_sse(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['name'] = o.name
    out['url'] = o.url
    x = o.headers
    out['headers'] = [encode_http_header(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_mcp_server = {
    '_meta': ('meta', None, (None,)),
    'type': None,
}


def decode_unknown_mcp_server(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['type']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownMcpServer(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownMcpServer(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_mcp_server, tag, d)


def encode_unknown_mcp_server(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['type'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_T_mcp_server = {
    'http': decode_mcp_server_http,
    'sse': decode_mcp_server_sse,
}


def decode_mcp_server(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d.get('type')
    if tag.__class__ is not str:
        return decode_mcp_server_stdio(d)
    f = _T_mcp_server.get(tag)
    if f is not None:
        return f(d, 1, 'type')
    if tag == 'stdio':
        return decode_mcp_server_stdio(d)
    return decode_unknown_mcp_server(d)


_C_mcp_server = {
    McpServerHttp: ('http', encode_mcp_server_http),
    McpServerSse: ('sse', encode_mcp_server_sse),
    McpServerStdio: (None, encode_mcp_server_stdio),
    UnknownMcpServer: (None, encode_unknown_mcp_server),
}


def encode_mcp_server(o, out):
    tag, f = _C_mcp_server.get(o.__class__) or entry(_C_mcp_server, o, 'mcp_server')
    if tag is not None:
        out['type'] = tag
    return f(o, out)


DECODERS = {
    HttpHeader: decode_http_header,
    McpServerStdio: decode_mcp_server_stdio,
    McpServerHttp: decode_mcp_server_http,
    McpServerSse: decode_mcp_server_sse,
    UnknownMcpServer: decode_unknown_mcp_server,
    McpServer: decode_mcp_server,
}

ENCODERS = {
    HttpHeader: encode_http_header,
    McpServerStdio: encode_mcp_server_stdio,
    McpServerHttp: encode_mcp_server_http,
    McpServerSse: encode_mcp_server_sse,
    UnknownMcpServer: encode_unknown_mcp_server,
    McpServer: encode_mcp_server,
}
