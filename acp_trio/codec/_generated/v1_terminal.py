"""Decoders and encoders of `acp_trio.schema.v1._terminal`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._generated.v1_environment import decode_env_variable, encode_env_variable
from acp_trio.codec._strict import BAD, Mismatch, add_extras, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._terminal import CreateTerminalRequest, CreateTerminalResponse, KillTerminalRequest, KillTerminalResponse, ReleaseTerminalRequest, ReleaseTerminalResponse, TerminalExitStatus, TerminalOutputRequest, TerminalOutputResponse, WaitForTerminalExitRequest, WaitForTerminalExitResponse


_K_terminal_exit_status = {
    '_meta': ('meta', None, (None,)),
    'exitCode': ('exit_code', None, (None,)),
    'signal': ('signal', None, (None,)),
}


def decode_terminal_exit_status(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return TerminalExitStatus()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    exit_code_ = d.get('exitCode')
    if exit_code_ is not None:
        if exit_code_.__class__ is int and 0 <= exit_code_ <= 4294967295:
            n += 1
        else:
            exit_code_ = None
    signal_ = d.get('signal')
    if signal_ is not None:
        if signal_.__class__ is str:
            n += 1
        else:
            signal_ = None
    o = TerminalExitStatus(meta=meta_, exit_code=exit_code_, signal=signal_)
    return o if n == len(d) else with_leftover(o, d, _K_terminal_exit_status, tag, d)


def encode_terminal_exit_status(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.exit_code
    if x is not None:
        out['exitCode'] = x
    x = o.signal
    if x is not None:
        out['signal'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_create_terminal_response = {
    '_meta': ('meta', None, (None,)),
    'terminalId': None,
}


def decode_create_terminal_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    terminal_id_ = d['terminalId']
    if not (terminal_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return CreateTerminalResponse(terminal_id=terminal_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = CreateTerminalResponse(meta=meta_, terminal_id=terminal_id_)
    return o if n == len(d) else with_leftover(o, d, _K_create_terminal_response, tag, d)


def encode_create_terminal_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['terminalId'] = o.terminal_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_create_terminal_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'command': None,
    'args': ('args', (), (None, [])),
    'env': ('env', (), (None, [])),
    'cwd': ('cwd', None, (None,)),
    'outputByteLimit': ('output_byte_limit', None, (None,)),
}


def decode_create_terminal_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    command_ = d['command']
    if not (command_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return CreateTerminalRequest(session_id=session_id_, command=command_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
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
        env_ = ()
    else:
        if env_.__class__ is not list:
            raise Mismatch
        env_ = [decode_env_variable(env_i) for env_i in env_]
        if env_:
            n += 1
        else:
            env_ = ()
    cwd_ = d.get('cwd')
    if cwd_ is not None:
        if not (cwd_.__class__ is str):
            raise Mismatch
        n += 1
    output_byte_limit_ = d.get('outputByteLimit')
    if output_byte_limit_ is not None:
        if not (output_byte_limit_.__class__ is int and 0 <= output_byte_limit_ <= 18446744073709551615):
            raise Mismatch
        n += 1
    o = CreateTerminalRequest(meta=meta_, session_id=session_id_, command=command_, args=args_, env=env_, cwd=cwd_, output_byte_limit=output_byte_limit_)
    return o if n == len(d) else with_leftover(o, d, _K_create_terminal_request, tag, d)


def encode_create_terminal_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['command'] = o.command
    x = o.args
    if x:
        out['args'] = [*x]
    x = o.env
    if x:
        out['env'] = [encode_env_variable(xi, {}) for xi in x]
    x = o.cwd
    if x is not None:
        out['cwd'] = x
    x = o.output_byte_limit
    if x is not None:
        out['outputByteLimit'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_terminal_output_response = {
    '_meta': ('meta', None, (None,)),
    'output': None,
    'truncated': None,
    'exitStatus': ('exit_status', None, (None,)),
}


def decode_terminal_output_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    output_ = d['output']
    if not (output_.__class__ is str):
        raise Mismatch
    truncated_ = d['truncated']
    if not (truncated_.__class__ is bool):
        raise Mismatch
    n += 2
    if n == len(d):
        return TerminalOutputResponse(output=output_, truncated=truncated_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    exit_status_ = d.get('exitStatus')
    if exit_status_ is not None:
        try:
            exit_status_ = decode_terminal_exit_status(exit_status_)
        except BAD:
            exit_status_ = None
        else:
            n += 1
    o = TerminalOutputResponse(meta=meta_, output=output_, truncated=truncated_, exit_status=exit_status_)
    return o if n == len(d) else with_leftover(o, d, _K_terminal_output_response, tag, d)


def encode_terminal_output_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['output'] = o.output
    out['truncated'] = o.truncated
    x = o.exit_status
    if x is not None:
        out['exitStatus'] = encode_terminal_exit_status(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_terminal_output_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'terminalId': None,
}


def decode_terminal_output_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    terminal_id_ = d['terminalId']
    if not (terminal_id_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return TerminalOutputRequest(session_id=session_id_, terminal_id=terminal_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = TerminalOutputRequest(meta=meta_, session_id=session_id_, terminal_id=terminal_id_)
    return o if n == len(d) else with_leftover(o, d, _K_terminal_output_request, tag, d)


def encode_terminal_output_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['terminalId'] = o.terminal_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_wait_for_terminal_exit_response = {
    '_meta': ('meta', None, (None,)),
    'exitCode': ('exit_code', None, (None,)),
    'signal': ('signal', None, (None,)),
}


def decode_wait_for_terminal_exit_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return WaitForTerminalExitResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    exit_code_ = d.get('exitCode')
    if exit_code_ is not None:
        if exit_code_.__class__ is int and 0 <= exit_code_ <= 4294967295:
            n += 1
        else:
            exit_code_ = None
    signal_ = d.get('signal')
    if signal_ is not None:
        if signal_.__class__ is str:
            n += 1
        else:
            signal_ = None
    o = WaitForTerminalExitResponse(meta=meta_, exit_code=exit_code_, signal=signal_)
    return o if n == len(d) else with_leftover(o, d, _K_wait_for_terminal_exit_response, tag, d)


def encode_wait_for_terminal_exit_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.exit_code
    if x is not None:
        out['exitCode'] = x
    x = o.signal
    if x is not None:
        out['signal'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_wait_for_terminal_exit_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'terminalId': None,
}


def decode_wait_for_terminal_exit_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    terminal_id_ = d['terminalId']
    if not (terminal_id_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return WaitForTerminalExitRequest(session_id=session_id_, terminal_id=terminal_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = WaitForTerminalExitRequest(meta=meta_, session_id=session_id_, terminal_id=terminal_id_)
    return o if n == len(d) else with_leftover(o, d, _K_wait_for_terminal_exit_request, tag, d)


def encode_wait_for_terminal_exit_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['terminalId'] = o.terminal_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_kill_terminal_response = {
    '_meta': ('meta', None, (None,)),
}


def decode_kill_terminal_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return KillTerminalResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = KillTerminalResponse(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_kill_terminal_response, tag, d)


def encode_kill_terminal_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_kill_terminal_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'terminalId': None,
}


def decode_kill_terminal_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    terminal_id_ = d['terminalId']
    if not (terminal_id_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return KillTerminalRequest(session_id=session_id_, terminal_id=terminal_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = KillTerminalRequest(meta=meta_, session_id=session_id_, terminal_id=terminal_id_)
    return o if n == len(d) else with_leftover(o, d, _K_kill_terminal_request, tag, d)


def encode_kill_terminal_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['terminalId'] = o.terminal_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_release_terminal_response = {
    '_meta': ('meta', None, (None,)),
}


def decode_release_terminal_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ReleaseTerminalResponse()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = ReleaseTerminalResponse(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_release_terminal_response, tag, d)


def encode_release_terminal_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_release_terminal_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'terminalId': None,
}


def decode_release_terminal_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    terminal_id_ = d['terminalId']
    if not (terminal_id_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return ReleaseTerminalRequest(session_id=session_id_, terminal_id=terminal_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = ReleaseTerminalRequest(meta=meta_, session_id=session_id_, terminal_id=terminal_id_)
    return o if n == len(d) else with_leftover(o, d, _K_release_terminal_request, tag, d)


def encode_release_terminal_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['terminalId'] = o.terminal_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    TerminalExitStatus: decode_terminal_exit_status,
    CreateTerminalResponse: decode_create_terminal_response,
    CreateTerminalRequest: decode_create_terminal_request,
    TerminalOutputResponse: decode_terminal_output_response,
    TerminalOutputRequest: decode_terminal_output_request,
    WaitForTerminalExitResponse: decode_wait_for_terminal_exit_response,
    WaitForTerminalExitRequest: decode_wait_for_terminal_exit_request,
    KillTerminalResponse: decode_kill_terminal_response,
    KillTerminalRequest: decode_kill_terminal_request,
    ReleaseTerminalResponse: decode_release_terminal_response,
    ReleaseTerminalRequest: decode_release_terminal_request,
}

ENCODERS = {
    TerminalExitStatus: encode_terminal_exit_status,
    CreateTerminalResponse: encode_create_terminal_response,
    CreateTerminalRequest: encode_create_terminal_request,
    TerminalOutputResponse: encode_terminal_output_response,
    TerminalOutputRequest: encode_terminal_output_request,
    WaitForTerminalExitResponse: encode_wait_for_terminal_exit_response,
    WaitForTerminalExitRequest: encode_wait_for_terminal_exit_request,
    KillTerminalResponse: encode_kill_terminal_response,
    KillTerminalRequest: encode_kill_terminal_request,
    ReleaseTerminalResponse: encode_release_terminal_response,
    ReleaseTerminalRequest: encode_release_terminal_request,
}
