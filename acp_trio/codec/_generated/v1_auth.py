"""Decoders and encoders of `acp_trio.schema.v1._auth`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import Mismatch, add_extras, entry, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._auth import AuthMethod, AuthMethodAgent, AuthMethodTerminal, AuthenticateRequest, AuthenticateResponse, LogoutRequest, LogoutResponse, UnknownAuthMethod


_K_auth_method_agent = {
    '_meta': ('meta', None, (None,)),
    'id': None,
    'name': None,
    'description': ('description', None, (None,)),
}


def decode_auth_method_agent(d, n=0, tag=None):
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
        return AuthMethodAgent(id=id_, name=name_)
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
    o = AuthMethodAgent(meta=meta_, id=id_, name=name_, description=description_)
    return o if n == len(d) else with_leftover(o, d, _K_auth_method_agent, tag, d)


def encode_auth_method_agent(o, out):
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


_K_auth_method_terminal = {
    '_meta': ('meta', None, (None,)),
    'id': None,
    'name': None,
    'description': ('description', None, (None,)),
    'args': ('args', (), (None, [])),
    'env': ('env', NOTHING_MORE, (None, {})),
}


def decode_auth_method_terminal(d, n=0, tag=None):
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
        return AuthMethodTerminal(id=id_, name=name_)
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
    args_ = d.get('args')
    if args_ is None:
        args_ = ()
    else:
        if args_.__class__ is not list:
            raise Mismatch
        for args_i in args_:
            if not (args_i.__class__ is str):
                raise Mismatch
        if args_:
            n += 1
        else:
            args_ = ()
    env_ = d.get('env')
    if env_ is None:
        env_ = NOTHING_MORE
    else:
        if env_.__class__ is not dict:
            raise Mismatch
        for env_v in env_.values():
            if not (env_v.__class__ is str):
                raise Mismatch
        if env_:
            n += 1
        else:
            env_ = NOTHING_MORE
    o = AuthMethodTerminal(meta=meta_, id=id_, name=name_, description=description_, args=args_, env=env_)
    return o if n == len(d) else with_leftover(o, d, _K_auth_method_terminal, tag, d)


def encode_auth_method_terminal(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['id'] = o.id
    out['name'] = o.name
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.args
    if x:
        out['args'] = [*x]
    x = o.env
    if x:
        out['env'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_auth_method = {
    '_meta': ('meta', None, (None,)),
    'type': None,
}


def decode_unknown_auth_method(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['type']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownAuthMethod(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownAuthMethod(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_auth_method, tag, d)


def encode_unknown_auth_method(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['type'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_authenticate_response = {
    '_meta': ('meta', None, (None,)),
}


def decode_authenticate_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return AuthenticateResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = AuthenticateResponse(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_authenticate_response, tag, d)


def encode_authenticate_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_authenticate_request = {
    '_meta': ('meta', None, (None,)),
    'methodId': None,
}


def decode_authenticate_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    method_id_ = d['methodId']
    if not (method_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return AuthenticateRequest(method_id=method_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = AuthenticateRequest(meta=meta_, method_id=method_id_)
    return o if n == len(d) else with_leftover(o, d, _K_authenticate_request, tag, d)


def encode_authenticate_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['methodId'] = o.method_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_logout_response = {
    '_meta': ('meta', None, (None,)),
}


def decode_logout_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return LogoutResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = LogoutResponse(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_logout_response, tag, d)


def encode_logout_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_logout_request = {
    '_meta': ('meta', None, (None,)),
}


def decode_logout_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return LogoutRequest()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = LogoutRequest(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_logout_request, tag, d)


def encode_logout_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_T_auth_method = {
    'terminal': decode_auth_method_terminal,
}


def decode_auth_method(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d.get('type')
    if tag.__class__ is not str:
        return decode_auth_method_agent(d)
    f = _T_auth_method.get(tag)
    if f is not None:
        return f(d, 1, 'type')
    if tag == 'agent':
        return decode_auth_method_agent(d)
    return decode_unknown_auth_method(d)


_C_auth_method = {
    AuthMethodTerminal: ('terminal', encode_auth_method_terminal),
    AuthMethodAgent: (None, encode_auth_method_agent),
    UnknownAuthMethod: (None, encode_unknown_auth_method),
}


def encode_auth_method(o, out):
    tag, f = _C_auth_method.get(o.__class__) or entry(_C_auth_method, o, 'auth_method')
    if tag is not None:
        out['type'] = tag
    return f(o, out)


DECODERS = {
    AuthMethodAgent: decode_auth_method_agent,
    AuthMethodTerminal: decode_auth_method_terminal,
    UnknownAuthMethod: decode_unknown_auth_method,
    AuthenticateResponse: decode_authenticate_response,
    AuthenticateRequest: decode_authenticate_request,
    LogoutResponse: decode_logout_response,
    LogoutRequest: decode_logout_request,
    AuthMethod: decode_auth_method,
}

ENCODERS = {
    AuthMethodAgent: encode_auth_method_agent,
    AuthMethodTerminal: encode_auth_method_terminal,
    UnknownAuthMethod: encode_unknown_auth_method,
    AuthenticateResponse: encode_authenticate_response,
    AuthenticateRequest: encode_authenticate_request,
    LogoutResponse: encode_logout_response,
    LogoutRequest: encode_logout_request,
    AuthMethod: encode_auth_method,
}
