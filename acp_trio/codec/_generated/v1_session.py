"""Decoders and encoders of `acp_trio.schema.v1._session`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._generated.v1_config import decode_session_config_option, encode_session_config_option
from acp_trio.codec._generated.v1_mcp import decode_mcp_server, encode_mcp_server
from acp_trio.codec._generated.v1_mode import decode_session_mode_state, encode_session_mode_state
from acp_trio.codec._strict import BAD, Mismatch, add_extras, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._session import CloseSessionRequest, CloseSessionResponse, DeleteSessionRequest, DeleteSessionResponse, ListSessionsRequest, ListSessionsResponse, LoadSessionRequest, LoadSessionResponse, NewSessionRequest, NewSessionResponse, ResumeSessionRequest, ResumeSessionResponse, SessionInfo


_K_new_session_response = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'modes': ('modes', None, (None,)),
    'configOptions': ('config_options', None, (None,)),
}


def decode_new_session_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return NewSessionResponse(session_id=session_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    modes_ = d.get('modes')
    if modes_ is not None:
        try:
            modes_ = decode_session_mode_state(modes_)
        except BAD:
            modes_ = None
        else:
            n += 1
    config_options_ = d.get('configOptions')
    if config_options_ is not None:
        try:
            if config_options_.__class__ is not list:
                raise Mismatch
            config_options_k = []
            for config_options_i in config_options_:
                try:
                    config_options_i = decode_session_config_option(config_options_i)
                except BAD:
                    continue
                config_options_k.append(config_options_i)
            config_options_ = config_options_k
        except BAD:
            config_options_ = None
        else:
            n += 1
    o = NewSessionResponse(meta=meta_, session_id=session_id_, modes=modes_, config_options=config_options_)
    return o if n == len(d) else with_leftover(o, d, _K_new_session_response, tag, d)


def encode_new_session_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    x = o.modes
    if x is not None:
        out['modes'] = encode_session_mode_state(x, {})
    x = o.config_options
    if x is not None:
        out['configOptions'] = [encode_session_config_option(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_new_session_request = {
    '_meta': ('meta', None, (None,)),
    'cwd': None,
    'additionalDirectories': ('additional_directories', (), (None, [])),
    'mcpServers': None,
}


def decode_new_session_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    cwd_ = d['cwd']
    if not (cwd_.__class__ is str):
        raise Mismatch
    mcp_servers_ = d['mcpServers']
    if mcp_servers_ is None:
        mcp_servers_ = ()
    else:
        if mcp_servers_.__class__ is not list:
            raise Mismatch
        mcp_servers_ = [decode_mcp_server(mcp_servers_i) for mcp_servers_i in mcp_servers_]
    n += 2
    if n == len(d):
        return NewSessionRequest(cwd=cwd_, mcp_servers=mcp_servers_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    additional_directories_ = d.get('additionalDirectories')
    if additional_directories_ is None:
        additional_directories_ = ()
    else:
        if additional_directories_.__class__ is not list:
            raise Mismatch
        for additional_directories_i in additional_directories_:
            if not (additional_directories_i.__class__ is str):
                raise Mismatch
        if additional_directories_:
            n += 1
        else:
            additional_directories_ = ()
    o = NewSessionRequest(meta=meta_, cwd=cwd_, additional_directories=additional_directories_, mcp_servers=mcp_servers_)
    return o if n == len(d) else with_leftover(o, d, _K_new_session_request, tag, d)


def encode_new_session_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['cwd'] = o.cwd
    x = o.additional_directories
    if x:
        out['additionalDirectories'] = [*x]
    x = o.mcp_servers
    out['mcpServers'] = [encode_mcp_server(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_load_session_response = {
    '_meta': ('meta', None, (None,)),
    'modes': ('modes', None, (None,)),
    'configOptions': ('config_options', None, (None,)),
}


def decode_load_session_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return LoadSessionResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    modes_ = d.get('modes')
    if modes_ is not None:
        try:
            modes_ = decode_session_mode_state(modes_)
        except BAD:
            modes_ = None
        else:
            n += 1
    config_options_ = d.get('configOptions')
    if config_options_ is not None:
        try:
            if config_options_.__class__ is not list:
                raise Mismatch
            config_options_k = []
            for config_options_i in config_options_:
                try:
                    config_options_i = decode_session_config_option(config_options_i)
                except BAD:
                    continue
                config_options_k.append(config_options_i)
            config_options_ = config_options_k
        except BAD:
            config_options_ = None
        else:
            n += 1
    o = LoadSessionResponse(meta=meta_, modes=modes_, config_options=config_options_)
    return o if n == len(d) else with_leftover(o, d, _K_load_session_response, tag, d)


def encode_load_session_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.modes
    if x is not None:
        out['modes'] = encode_session_mode_state(x, {})
    x = o.config_options
    if x is not None:
        out['configOptions'] = [encode_session_config_option(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_load_session_request = {
    '_meta': ('meta', None, (None,)),
    'mcpServers': None,
    'cwd': None,
    'additionalDirectories': ('additional_directories', (), (None, [])),
    'sessionId': None,
}


def decode_load_session_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    mcp_servers_ = d['mcpServers']
    if mcp_servers_ is None:
        mcp_servers_ = ()
    else:
        if mcp_servers_.__class__ is not list:
            raise Mismatch
        mcp_servers_ = [decode_mcp_server(mcp_servers_i) for mcp_servers_i in mcp_servers_]
    cwd_ = d['cwd']
    if not (cwd_.__class__ is str):
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    n += 3
    if n == len(d):
        return LoadSessionRequest(mcp_servers=mcp_servers_, cwd=cwd_, session_id=session_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    additional_directories_ = d.get('additionalDirectories')
    if additional_directories_ is None:
        additional_directories_ = ()
    else:
        if additional_directories_.__class__ is not list:
            raise Mismatch
        for additional_directories_i in additional_directories_:
            if not (additional_directories_i.__class__ is str):
                raise Mismatch
        if additional_directories_:
            n += 1
        else:
            additional_directories_ = ()
    o = LoadSessionRequest(meta=meta_, mcp_servers=mcp_servers_, cwd=cwd_, additional_directories=additional_directories_, session_id=session_id_)
    return o if n == len(d) else with_leftover(o, d, _K_load_session_request, tag, d)


def encode_load_session_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.mcp_servers
    out['mcpServers'] = [encode_mcp_server(xi, {}) for xi in x]
    out['cwd'] = o.cwd
    x = o.additional_directories
    if x:
        out['additionalDirectories'] = [*x]
    out['sessionId'] = o.session_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_resume_session_response = {
    '_meta': ('meta', None, (None,)),
    'modes': ('modes', None, (None,)),
    'configOptions': ('config_options', None, (None,)),
}


def decode_resume_session_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ResumeSessionResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    modes_ = d.get('modes')
    if modes_ is not None:
        try:
            modes_ = decode_session_mode_state(modes_)
        except BAD:
            modes_ = None
        else:
            n += 1
    config_options_ = d.get('configOptions')
    if config_options_ is not None:
        try:
            if config_options_.__class__ is not list:
                raise Mismatch
            config_options_k = []
            for config_options_i in config_options_:
                try:
                    config_options_i = decode_session_config_option(config_options_i)
                except BAD:
                    continue
                config_options_k.append(config_options_i)
            config_options_ = config_options_k
        except BAD:
            config_options_ = None
        else:
            n += 1
    o = ResumeSessionResponse(meta=meta_, modes=modes_, config_options=config_options_)
    return o if n == len(d) else with_leftover(o, d, _K_resume_session_response, tag, d)


def encode_resume_session_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.modes
    if x is not None:
        out['modes'] = encode_session_mode_state(x, {})
    x = o.config_options
    if x is not None:
        out['configOptions'] = [encode_session_config_option(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_resume_session_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'cwd': None,
    'additionalDirectories': ('additional_directories', (), (None, [])),
    'mcpServers': ('mcp_servers', (), (None, [])),
}


def decode_resume_session_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    cwd_ = d['cwd']
    if not (cwd_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return ResumeSessionRequest(session_id=session_id_, cwd=cwd_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    additional_directories_ = d.get('additionalDirectories')
    if additional_directories_ is None:
        additional_directories_ = ()
    else:
        if additional_directories_.__class__ is not list:
            raise Mismatch
        for additional_directories_i in additional_directories_:
            if not (additional_directories_i.__class__ is str):
                raise Mismatch
        if additional_directories_:
            n += 1
        else:
            additional_directories_ = ()
    mcp_servers_ = d.get('mcpServers')
    if mcp_servers_ is None:
        mcp_servers_ = ()
    else:
        if mcp_servers_.__class__ is not list:
            raise Mismatch
        mcp_servers_ = [decode_mcp_server(mcp_servers_i) for mcp_servers_i in mcp_servers_]
        if mcp_servers_:
            n += 1
        else:
            mcp_servers_ = ()
    o = ResumeSessionRequest(meta=meta_, session_id=session_id_, cwd=cwd_, additional_directories=additional_directories_, mcp_servers=mcp_servers_)
    return o if n == len(d) else with_leftover(o, d, _K_resume_session_request, tag, d)


def encode_resume_session_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['cwd'] = o.cwd
    x = o.additional_directories
    if x:
        out['additionalDirectories'] = [*x]
    x = o.mcp_servers
    if x:
        out['mcpServers'] = [encode_mcp_server(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_info = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'cwd': None,
    'additionalDirectories': ('additional_directories', (), (None, [])),
    'title': ('title', None, (None,)),
    'updatedAt': ('updated_at', None, (None,)),
}


def decode_session_info(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    cwd_ = d['cwd']
    if not (cwd_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return SessionInfo(session_id=session_id_, cwd=cwd_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    additional_directories_ = d.get('additionalDirectories')
    if additional_directories_ is None:
        additional_directories_ = ()
    else:
        try:
            if additional_directories_.__class__ is not list:
                raise Mismatch
            additional_directories_k = []
            for additional_directories_i in additional_directories_:
                try:
                    if not (additional_directories_i.__class__ is str):
                        raise Mismatch
                except BAD:
                    continue
                additional_directories_k.append(additional_directories_i)
            additional_directories_ = additional_directories_k
        except BAD:
            additional_directories_ = ()
        else:
            if additional_directories_:
                n += 1
            else:
                additional_directories_ = ()
    title_ = d.get('title')
    if title_ is not None:
        if title_.__class__ is str:
            n += 1
        else:
            title_ = None
    updated_at_ = d.get('updatedAt')
    if updated_at_ is not None:
        if updated_at_.__class__ is str:
            n += 1
        else:
            updated_at_ = None
    o = SessionInfo(meta=meta_, session_id=session_id_, cwd=cwd_, additional_directories=additional_directories_, title=title_, updated_at=updated_at_)
    return o if n == len(d) else with_leftover(o, d, _K_session_info, tag, d)


def encode_session_info(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['cwd'] = o.cwd
    x = o.additional_directories
    if x:
        out['additionalDirectories'] = [*x]
    x = o.title
    if x is not None:
        out['title'] = x
    x = o.updated_at
    if x is not None:
        out['updatedAt'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_list_sessions_response = {
    '_meta': ('meta', None, (None,)),
    'sessions': None,
    'nextCursor': ('next_cursor', None, (None,)),
}


def decode_list_sessions_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    sessions_ = d['sessions']
    try:
        if sessions_.__class__ is not list:
            raise Mismatch
        sessions_k = []
        for sessions_i in sessions_:
            try:
                sessions_i = decode_session_info(sessions_i)
            except BAD:
                continue
            sessions_k.append(sessions_i)
        sessions_ = sessions_k
    except BAD:
        sessions_ = ()
    n += 1
    if n == len(d):
        return ListSessionsResponse(sessions=sessions_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    next_cursor_ = d.get('nextCursor')
    if next_cursor_ is not None:
        if next_cursor_.__class__ is str:
            n += 1
        else:
            next_cursor_ = None
    o = ListSessionsResponse(meta=meta_, sessions=sessions_, next_cursor=next_cursor_)
    return o if n == len(d) else with_leftover(o, d, _K_list_sessions_response, tag, d)


def encode_list_sessions_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.sessions
    out['sessions'] = [encode_session_info(xi, {}) for xi in x]
    x = o.next_cursor
    if x is not None:
        out['nextCursor'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_list_sessions_request = {
    '_meta': ('meta', None, (None,)),
    'cwd': ('cwd', None, (None,)),
    'cursor': ('cursor', None, (None,)),
}


def decode_list_sessions_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ListSessionsRequest()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    cwd_ = d.get('cwd')
    if cwd_ is not None:
        if not (cwd_.__class__ is str):
            raise Mismatch
        n += 1
    cursor_ = d.get('cursor')
    if cursor_ is not None:
        if not (cursor_.__class__ is str):
            raise Mismatch
        n += 1
    o = ListSessionsRequest(meta=meta_, cwd=cwd_, cursor=cursor_)
    return o if n == len(d) else with_leftover(o, d, _K_list_sessions_request, tag, d)


def encode_list_sessions_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.cwd
    if x is not None:
        out['cwd'] = x
    x = o.cursor
    if x is not None:
        out['cursor'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_delete_session_response = {
    '_meta': ('meta', None, (None,)),
}


def decode_delete_session_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return DeleteSessionResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = DeleteSessionResponse(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_delete_session_response, tag, d)


def encode_delete_session_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_delete_session_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
}


def decode_delete_session_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return DeleteSessionRequest(session_id=session_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = DeleteSessionRequest(meta=meta_, session_id=session_id_)
    return o if n == len(d) else with_leftover(o, d, _K_delete_session_request, tag, d)


def encode_delete_session_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_close_session_response = {
    '_meta': ('meta', None, (None,)),
}


def decode_close_session_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return CloseSessionResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = CloseSessionResponse(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_close_session_response, tag, d)


def encode_close_session_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_close_session_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
}


def decode_close_session_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return CloseSessionRequest(session_id=session_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = CloseSessionRequest(meta=meta_, session_id=session_id_)
    return o if n == len(d) else with_leftover(o, d, _K_close_session_request, tag, d)


def encode_close_session_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    NewSessionResponse: decode_new_session_response,
    NewSessionRequest: decode_new_session_request,
    LoadSessionResponse: decode_load_session_response,
    LoadSessionRequest: decode_load_session_request,
    ResumeSessionResponse: decode_resume_session_response,
    ResumeSessionRequest: decode_resume_session_request,
    SessionInfo: decode_session_info,
    ListSessionsResponse: decode_list_sessions_response,
    ListSessionsRequest: decode_list_sessions_request,
    DeleteSessionResponse: decode_delete_session_response,
    DeleteSessionRequest: decode_delete_session_request,
    CloseSessionResponse: decode_close_session_response,
    CloseSessionRequest: decode_close_session_request,
}

ENCODERS = {
    NewSessionResponse: encode_new_session_response,
    NewSessionRequest: encode_new_session_request,
    LoadSessionResponse: encode_load_session_response,
    LoadSessionRequest: encode_load_session_request,
    ResumeSessionResponse: encode_resume_session_response,
    ResumeSessionRequest: encode_resume_session_request,
    SessionInfo: encode_session_info,
    ListSessionsResponse: encode_list_sessions_response,
    ListSessionsRequest: encode_list_sessions_request,
    DeleteSessionResponse: encode_delete_session_response,
    DeleteSessionRequest: encode_delete_session_request,
    CloseSessionResponse: encode_close_session_response,
    CloseSessionRequest: encode_close_session_request,
}
