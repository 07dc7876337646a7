"""Decoders and encoders of `acp_trio.schema.v1._initialize`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._generated.v1_auth import decode_auth_method, encode_auth_method
from acp_trio.codec._strict import BAD, Mismatch, add_extras, default_of, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._initialize import AgentAuthCapabilities, AgentCapabilities, AuthCapabilities, BooleanConfigOptionCapabilities, ClientCapabilities, ClientSessionCapabilities, CompactionCapabilities, ElicitationCapabilities, ElicitationFormCapabilities, ElicitationUrlCapabilities, FileSystemCapabilities, Implementation, InitializeRequest, InitializeResponse, LogoutCapabilities, McpCapabilities, NoticeCapabilities, PromptCapabilities, SessionAdditionalDirectoriesCapabilities, SessionCapabilities, SessionCloseCapabilities, SessionConfigOptionsCapabilities, SessionDeleteCapabilities, SessionListCapabilities, SessionResumeCapabilities

_D_client_capabilities_fs = default_of(ClientCapabilities, 'fs')
_D_client_capabilities_auth = default_of(ClientCapabilities, 'auth')
_D_agent_capabilities_prompt_capabilities = default_of(AgentCapabilities, 'prompt_capabilities')
_D_agent_capabilities_mcp_capabilities = default_of(AgentCapabilities, 'mcp_capabilities')
_D_agent_capabilities_session_capabilities = default_of(AgentCapabilities, 'session_capabilities')
_D_agent_capabilities_auth = default_of(AgentCapabilities, 'auth')
_D_initialize_response_agent_capabilities = default_of(InitializeResponse, 'agent_capabilities')
_D_initialize_request_client_capabilities = default_of(InitializeRequest, 'client_capabilities')

_K_implementation = {
    '_meta': ('meta', None, (None,)),
    'name': None,
    'title': ('title', None, (None,)),
    'version': None,
}


def decode_implementation(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    version_ = d['version']
    if not (version_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return Implementation(name=name_, version=version_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    title_ = d.get('title')
    if title_ is not None:
        if title_.__class__ is str:
            n += 1
        else:
            title_ = None
    o = Implementation(meta=meta_, name=name_, title=title_, version=version_)
    return o if n == len(d) else with_leftover(o, d, _K_implementation, tag, d)


def encode_implementation(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['name'] = o.name
    x = o.title
    if x is not None:
        out['title'] = x
    out['version'] = o.version
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_file_system_capabilities = {
    '_meta': ('meta', None, (None,)),
    'readTextFile': ('read_text_file', False, (None, False)),
    'writeTextFile': ('write_text_file', False, (None, False)),
}


def decode_file_system_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return FileSystemCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    read_text_file_ = d.get('readTextFile')
    if read_text_file_ is None:
        read_text_file_ = False
    else:
        if read_text_file_.__class__ is bool:
            if read_text_file_:
                n += 1
            else:
                read_text_file_ = False
        else:
            read_text_file_ = False
    write_text_file_ = d.get('writeTextFile')
    if write_text_file_ is None:
        write_text_file_ = False
    else:
        if write_text_file_.__class__ is bool:
            if write_text_file_:
                n += 1
            else:
                write_text_file_ = False
        else:
            write_text_file_ = False
    o = FileSystemCapabilities(meta=meta_, read_text_file=read_text_file_, write_text_file=write_text_file_)
    return o if n == len(d) else with_leftover(o, d, _K_file_system_capabilities, tag, d)


def encode_file_system_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.read_text_file
    if x:
        out['readTextFile'] = x
    x = o.write_text_file
    if x:
        out['writeTextFile'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_compaction_capabilities = {
}


def decode_compaction_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return CompactionCapabilities()
    o = CompactionCapabilities()
    return o if n == len(d) else with_leftover(o, d, _K_compaction_capabilities, tag, d)


def encode_compaction_capabilities(o, out):
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_notice_capabilities = {
}


def decode_notice_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return NoticeCapabilities()
    o = NoticeCapabilities()
    return o if n == len(d) else with_leftover(o, d, _K_notice_capabilities, tag, d)


def encode_notice_capabilities(o, out):
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_boolean_config_option_capabilities = {
    '_meta': ('meta', None, (None,)),
}


def decode_boolean_config_option_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return BooleanConfigOptionCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = BooleanConfigOptionCapabilities(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_boolean_config_option_capabilities, tag, d)


def encode_boolean_config_option_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_config_options_capabilities = {
    '_meta': ('meta', None, (None,)),
    'boolean': ('boolean', None, (None,)),
}


def decode_session_config_options_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return SessionConfigOptionsCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    boolean_ = d.get('boolean')
    if boolean_ is not None:
        try:
            boolean_ = decode_boolean_config_option_capabilities(boolean_)
        except BAD:
            boolean_ = None
        else:
            n += 1
    o = SessionConfigOptionsCapabilities(meta=meta_, boolean=boolean_)
    return o if n == len(d) else with_leftover(o, d, _K_session_config_options_capabilities, tag, d)


def encode_session_config_options_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.boolean
    if x is not None:
        out['boolean'] = encode_boolean_config_option_capabilities(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_client_session_capabilities = {
    '_meta': ('meta', None, (None,)),
    'compaction': ('compaction', None, (None,)),
    'configOptions': ('config_options', None, (None,)),
    'notices': ('notices', None, (None,)),
}


def decode_client_session_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ClientSessionCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    compaction_ = d.get('compaction')
    if compaction_ is not None:
        try:
            compaction_ = decode_compaction_capabilities(compaction_)
        except BAD:
            compaction_ = None
        else:
            n += 1
    config_options_ = d.get('configOptions')
    if config_options_ is not None:
        try:
            config_options_ = decode_session_config_options_capabilities(config_options_)
        except BAD:
            config_options_ = None
        else:
            n += 1
    notices_ = d.get('notices')
    if notices_ is not None:
        try:
            notices_ = decode_notice_capabilities(notices_)
        except BAD:
            notices_ = None
        else:
            n += 1
    o = ClientSessionCapabilities(meta=meta_, compaction=compaction_, config_options=config_options_, notices=notices_)
    return o if n == len(d) else with_leftover(o, d, _K_client_session_capabilities, tag, d)


def encode_client_session_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.compaction
    if x is not None:
        out['compaction'] = encode_compaction_capabilities(x, {})
    x = o.config_options
    if x is not None:
        out['configOptions'] = encode_session_config_options_capabilities(x, {})
    x = o.notices
    if x is not None:
        out['notices'] = encode_notice_capabilities(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_auth_capabilities = {
    '_meta': ('meta', None, (None,)),
    'terminal': ('terminal', False, (None, False)),
}


def decode_auth_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return AuthCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    terminal_ = d.get('terminal')
    if terminal_ is None:
        terminal_ = False
    else:
        if terminal_.__class__ is bool:
            if terminal_:
                n += 1
            else:
                terminal_ = False
        else:
            terminal_ = False
    o = AuthCapabilities(meta=meta_, terminal=terminal_)
    return o if n == len(d) else with_leftover(o, d, _K_auth_capabilities, tag, d)


def encode_auth_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.terminal
    if x:
        out['terminal'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_form_capabilities = {
    '_meta': ('meta', None, (None,)),
}


def decode_elicitation_form_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ElicitationFormCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = ElicitationFormCapabilities(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_form_capabilities, tag, d)


def encode_elicitation_form_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_url_capabilities = {
    '_meta': ('meta', None, (None,)),
}


def decode_elicitation_url_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ElicitationUrlCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = ElicitationUrlCapabilities(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_url_capabilities, tag, d)


def encode_elicitation_url_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_capabilities = {
    '_meta': ('meta', None, (None,)),
    'form': ('form', None, (None,)),
    'url': ('url', None, (None,)),
}


def decode_elicitation_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ElicitationCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    form_ = d.get('form')
    if form_ is not None:
        try:
            form_ = decode_elicitation_form_capabilities(form_)
        except BAD:
            form_ = None
        else:
            n += 1
    url_ = d.get('url')
    if url_ is not None:
        try:
            url_ = decode_elicitation_url_capabilities(url_)
        except BAD:
            url_ = None
        else:
            n += 1
    o = ElicitationCapabilities(meta=meta_, form=form_, url=url_)
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_capabilities, tag, d)


def encode_elicitation_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.form
    if x is not None:
        out['form'] = encode_elicitation_form_capabilities(x, {})
    x = o.url
    if x is not None:
        out['url'] = encode_elicitation_url_capabilities(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_client_capabilities = {
    '_meta': ('meta', None, (None,)),
    'fs': ('fs', _D_client_capabilities_fs, (None,)),
    'terminal': ('terminal', False, (None, False)),
    'session': ('session', None, (None,)),
    'auth': ('auth', _D_client_capabilities_auth, (None,)),
    'elicitation': ('elicitation', None, (None,)),
}


def decode_client_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ClientCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    fs_ = d.get('fs')
    if fs_ is None:
        fs_ = _D_client_capabilities_fs
    else:
        try:
            fs_ = decode_file_system_capabilities(fs_)
        except BAD:
            fs_ = _D_client_capabilities_fs
        else:
            n += 1
    terminal_ = d.get('terminal')
    if terminal_ is None:
        terminal_ = False
    else:
        if terminal_.__class__ is bool:
            if terminal_:
                n += 1
            else:
                terminal_ = False
        else:
            terminal_ = False
    session_ = d.get('session')
    if session_ is not None:
        try:
            session_ = decode_client_session_capabilities(session_)
        except BAD:
            session_ = None
        else:
            n += 1
    auth_ = d.get('auth')
    if auth_ is None:
        auth_ = _D_client_capabilities_auth
    else:
        try:
            auth_ = decode_auth_capabilities(auth_)
        except BAD:
            auth_ = _D_client_capabilities_auth
        else:
            n += 1
    elicitation_ = d.get('elicitation')
    if elicitation_ is not None:
        try:
            elicitation_ = decode_elicitation_capabilities(elicitation_)
        except BAD:
            elicitation_ = None
        else:
            n += 1
    o = ClientCapabilities(meta=meta_, fs=fs_, terminal=terminal_, session=session_, auth=auth_, elicitation=elicitation_)
    return o if n == len(d) else with_leftover(o, d, _K_client_capabilities, tag, d)


def encode_client_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.fs
    if x is not _D_client_capabilities_fs:
        out['fs'] = encode_file_system_capabilities(x, {})
    x = o.terminal
    if x:
        out['terminal'] = x
    x = o.session
    if x is not None:
        out['session'] = encode_client_session_capabilities(x, {})
    x = o.auth
    if x is not _D_client_capabilities_auth:
        out['auth'] = encode_auth_capabilities(x, {})
    x = o.elicitation
    if x is not None:
        out['elicitation'] = encode_elicitation_capabilities(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_prompt_capabilities = {
    '_meta': ('meta', None, (None,)),
    'image': ('image', False, (None, False)),
    'audio': ('audio', False, (None, False)),
    'embeddedContext': ('embedded_context', False, (None, False)),
}


def decode_prompt_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return PromptCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    image_ = d.get('image')
    if image_ is None:
        image_ = False
    else:
        if image_.__class__ is bool:
            if image_:
                n += 1
            else:
                image_ = False
        else:
            image_ = False
    audio_ = d.get('audio')
    if audio_ is None:
        audio_ = False
    else:
        if audio_.__class__ is bool:
            if audio_:
                n += 1
            else:
                audio_ = False
        else:
            audio_ = False
    embedded_context_ = d.get('embeddedContext')
    if embedded_context_ is None:
        embedded_context_ = False
    else:
        if embedded_context_.__class__ is bool:
            if embedded_context_:
                n += 1
            else:
                embedded_context_ = False
        else:
            embedded_context_ = False
    o = PromptCapabilities(meta=meta_, image=image_, audio=audio_, embedded_context=embedded_context_)
    return o if n == len(d) else with_leftover(o, d, _K_prompt_capabilities, tag, d)


def encode_prompt_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.image
    if x:
        out['image'] = x
    x = o.audio
    if x:
        out['audio'] = x
    x = o.embedded_context
    if x:
        out['embeddedContext'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_mcp_capabilities = {
    '_meta': ('meta', None, (None,)),
    'http': ('http', False, (None, False)),
    'sse': ('sse', False, (None, False)),
}


def decode_mcp_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return McpCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    http_ = d.get('http')
    if http_ is None:
        http_ = False
    else:
        if http_.__class__ is bool:
            if http_:
                n += 1
            else:
                http_ = False
        else:
            http_ = False
    sse_ = d.get('sse')
    if sse_ is None:
        sse_ = False
    else:
        if sse_.__class__ is bool:
            if sse_:
                n += 1
            else:
                sse_ = False
        else:
            sse_ = False
    o = McpCapabilities(meta=meta_, http=http_, sse=sse_)
    return o if n == len(d) else with_leftover(o, d, _K_mcp_capabilities, tag, d)


def encode_mcp_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.http
    if x:
        out['http'] = x
    x = o.sse
    if x:
        out['sse'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_list_capabilities = {
    '_meta': ('meta', None, (None,)),
}


def decode_session_list_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return SessionListCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SessionListCapabilities(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_session_list_capabilities, tag, d)


def encode_session_list_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_delete_capabilities = {
    '_meta': ('meta', None, (None,)),
}


def decode_session_delete_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return SessionDeleteCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SessionDeleteCapabilities(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_session_delete_capabilities, tag, d)


def encode_session_delete_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_additional_directories_capabilities = {
    '_meta': ('meta', None, (None,)),
}


def decode_session_additional_directories_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return SessionAdditionalDirectoriesCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SessionAdditionalDirectoriesCapabilities(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_session_additional_directories_capabilities, tag, d)


def encode_session_additional_directories_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_resume_capabilities = {
    '_meta': ('meta', None, (None,)),
}


def decode_session_resume_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return SessionResumeCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SessionResumeCapabilities(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_session_resume_capabilities, tag, d)


def encode_session_resume_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_close_capabilities = {
    '_meta': ('meta', None, (None,)),
}


def decode_session_close_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return SessionCloseCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SessionCloseCapabilities(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_session_close_capabilities, tag, d)


def encode_session_close_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_capabilities = {
    '_meta': ('meta', None, (None,)),
    'list': ('list', None, (None,)),
    'delete': ('delete', None, (None,)),
    'additionalDirectories': ('additional_directories', None, (None,)),
    'resume': ('resume', None, (None,)),
    'close': ('close', None, (None,)),
}


def decode_session_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return SessionCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    list_ = d.get('list')
    if list_ is not None:
        try:
            list_ = decode_session_list_capabilities(list_)
        except BAD:
            list_ = None
        else:
            n += 1
    delete_ = d.get('delete')
    if delete_ is not None:
        try:
            delete_ = decode_session_delete_capabilities(delete_)
        except BAD:
            delete_ = None
        else:
            n += 1
    additional_directories_ = d.get('additionalDirectories')
    if additional_directories_ is not None:
        try:
            additional_directories_ = decode_session_additional_directories_capabilities(additional_directories_)
        except BAD:
            additional_directories_ = None
        else:
            n += 1
    resume_ = d.get('resume')
    if resume_ is not None:
        try:
            resume_ = decode_session_resume_capabilities(resume_)
        except BAD:
            resume_ = None
        else:
            n += 1
    close_ = d.get('close')
    if close_ is not None:
        try:
            close_ = decode_session_close_capabilities(close_)
        except BAD:
            close_ = None
        else:
            n += 1
    o = SessionCapabilities(meta=meta_, list=list_, delete=delete_, additional_directories=additional_directories_, resume=resume_, close=close_)
    return o if n == len(d) else with_leftover(o, d, _K_session_capabilities, tag, d)


def encode_session_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.list
    if x is not None:
        out['list'] = encode_session_list_capabilities(x, {})
    x = o.delete
    if x is not None:
        out['delete'] = encode_session_delete_capabilities(x, {})
    x = o.additional_directories
    if x is not None:
        out['additionalDirectories'] = encode_session_additional_directories_capabilities(x, {})
    x = o.resume
    if x is not None:
        out['resume'] = encode_session_resume_capabilities(x, {})
    x = o.close
    if x is not None:
        out['close'] = encode_session_close_capabilities(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_logout_capabilities = {
    '_meta': ('meta', None, (None,)),
}


def decode_logout_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return LogoutCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = LogoutCapabilities(meta=meta_)
    return o if n == len(d) else with_leftover(o, d, _K_logout_capabilities, tag, d)


def encode_logout_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_agent_auth_capabilities = {
    '_meta': ('meta', None, (None,)),
    'logout': ('logout', None, (None,)),
}


def decode_agent_auth_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return AgentAuthCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    logout_ = d.get('logout')
    if logout_ is not None:
        try:
            logout_ = decode_logout_capabilities(logout_)
        except BAD:
            logout_ = None
        else:
            n += 1
    o = AgentAuthCapabilities(meta=meta_, logout=logout_)
    return o if n == len(d) else with_leftover(o, d, _K_agent_auth_capabilities, tag, d)


def encode_agent_auth_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.logout
    if x is not None:
        out['logout'] = encode_logout_capabilities(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_agent_capabilities = {
    '_meta': ('meta', None, (None,)),
    'loadSession': ('load_session', False, (None, False)),
    'promptCapabilities': ('prompt_capabilities', _D_agent_capabilities_prompt_capabilities, (None,)),
    'mcpCapabilities': ('mcp_capabilities', _D_agent_capabilities_mcp_capabilities, (None,)),
    'sessionCapabilities': ('session_capabilities', _D_agent_capabilities_session_capabilities, (None,)),
    'auth': ('auth', _D_agent_capabilities_auth, (None,)),
}


def decode_agent_capabilities(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return AgentCapabilities()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    load_session_ = d.get('loadSession')
    if load_session_ is None:
        load_session_ = False
    else:
        if load_session_.__class__ is bool:
            if load_session_:
                n += 1
            else:
                load_session_ = False
        else:
            load_session_ = False
    prompt_capabilities_ = d.get('promptCapabilities')
    if prompt_capabilities_ is None:
        prompt_capabilities_ = _D_agent_capabilities_prompt_capabilities
    else:
        try:
            prompt_capabilities_ = decode_prompt_capabilities(prompt_capabilities_)
        except BAD:
            prompt_capabilities_ = _D_agent_capabilities_prompt_capabilities
        else:
            n += 1
    mcp_capabilities_ = d.get('mcpCapabilities')
    if mcp_capabilities_ is None:
        mcp_capabilities_ = _D_agent_capabilities_mcp_capabilities
    else:
        try:
            mcp_capabilities_ = decode_mcp_capabilities(mcp_capabilities_)
        except BAD:
            mcp_capabilities_ = _D_agent_capabilities_mcp_capabilities
        else:
            n += 1
    session_capabilities_ = d.get('sessionCapabilities')
    if session_capabilities_ is None:
        session_capabilities_ = _D_agent_capabilities_session_capabilities
    else:
        try:
            session_capabilities_ = decode_session_capabilities(session_capabilities_)
        except BAD:
            session_capabilities_ = _D_agent_capabilities_session_capabilities
        else:
            n += 1
    auth_ = d.get('auth')
    if auth_ is None:
        auth_ = _D_agent_capabilities_auth
    else:
        try:
            auth_ = decode_agent_auth_capabilities(auth_)
        except BAD:
            auth_ = _D_agent_capabilities_auth
        else:
            n += 1
    o = AgentCapabilities(meta=meta_, load_session=load_session_, prompt_capabilities=prompt_capabilities_, mcp_capabilities=mcp_capabilities_, session_capabilities=session_capabilities_, auth=auth_)
    return o if n == len(d) else with_leftover(o, d, _K_agent_capabilities, tag, d)


def encode_agent_capabilities(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.load_session
    if x:
        out['loadSession'] = x
    x = o.prompt_capabilities
    if x is not _D_agent_capabilities_prompt_capabilities:
        out['promptCapabilities'] = encode_prompt_capabilities(x, {})
    x = o.mcp_capabilities
    if x is not _D_agent_capabilities_mcp_capabilities:
        out['mcpCapabilities'] = encode_mcp_capabilities(x, {})
    x = o.session_capabilities
    if x is not _D_agent_capabilities_session_capabilities:
        out['sessionCapabilities'] = encode_session_capabilities(x, {})
    x = o.auth
    if x is not _D_agent_capabilities_auth:
        out['auth'] = encode_agent_auth_capabilities(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_initialize_response = {
    '_meta': ('meta', None, (None,)),
    'protocolVersion': None,
    'agentCapabilities': ('agent_capabilities', _D_initialize_response_agent_capabilities, (None,)),
    'authMethods': ('auth_methods', (), (None, [])),
    'agentInfo': ('agent_info', None, (None,)),
}


def decode_initialize_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    protocol_version_ = d['protocolVersion']
    if not (protocol_version_.__class__ is int and 0 <= protocol_version_ <= 65535):
        raise Mismatch
    n += 1
    if n == len(d):
        return InitializeResponse(protocol_version=protocol_version_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    agent_capabilities_ = d.get('agentCapabilities')
    if agent_capabilities_ is None:
        agent_capabilities_ = _D_initialize_response_agent_capabilities
    else:
        try:
            agent_capabilities_ = decode_agent_capabilities(agent_capabilities_)
        except BAD:
            agent_capabilities_ = _D_initialize_response_agent_capabilities
        else:
            n += 1
    auth_methods_ = d.get('authMethods')
    if auth_methods_ is None:
        auth_methods_ = ()
    else:
        try:
            if auth_methods_.__class__ is not list:
                raise Mismatch
            auth_methods_k = []
            for auth_methods_i in auth_methods_:
                try:
                    auth_methods_i = decode_auth_method(auth_methods_i)
                except BAD:
                    continue
                auth_methods_k.append(auth_methods_i)
            auth_methods_ = auth_methods_k
        except BAD:
            auth_methods_ = ()
        else:
            if auth_methods_:
                n += 1
            else:
                auth_methods_ = ()
    agent_info_ = d.get('agentInfo')
    if agent_info_ is not None:
        try:
            agent_info_ = decode_implementation(agent_info_)
        except BAD:
            agent_info_ = None
        else:
            n += 1
    o = InitializeResponse(meta=meta_, protocol_version=protocol_version_, agent_capabilities=agent_capabilities_, auth_methods=auth_methods_, agent_info=agent_info_)
    return o if n == len(d) else with_leftover(o, d, _K_initialize_response, tag, d)


def encode_initialize_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['protocolVersion'] = o.protocol_version
    x = o.agent_capabilities
    if x is not _D_initialize_response_agent_capabilities:
        out['agentCapabilities'] = encode_agent_capabilities(x, {})
    x = o.auth_methods
    if x:
        out['authMethods'] = [encode_auth_method(xi, {}) for xi in x]
    x = o.agent_info
    if x is not None:
        out['agentInfo'] = encode_implementation(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_initialize_request = {
    '_meta': ('meta', None, (None,)),
    'protocolVersion': None,
    'clientCapabilities': ('client_capabilities', _D_initialize_request_client_capabilities, (None,)),
    'clientInfo': ('client_info', None, (None,)),
}


def decode_initialize_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    protocol_version_ = d['protocolVersion']
    if not (protocol_version_.__class__ is int and 0 <= protocol_version_ <= 65535):
        raise Mismatch
    n += 1
    if n == len(d):
        return InitializeRequest(protocol_version=protocol_version_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    client_capabilities_ = d.get('clientCapabilities')
    if client_capabilities_ is None:
        client_capabilities_ = _D_initialize_request_client_capabilities
    else:
        try:
            client_capabilities_ = decode_client_capabilities(client_capabilities_)
        except BAD:
            client_capabilities_ = _D_initialize_request_client_capabilities
        else:
            n += 1
    client_info_ = d.get('clientInfo')
    if client_info_ is not None:
        try:
            client_info_ = decode_implementation(client_info_)
        except BAD:
            client_info_ = None
        else:
            n += 1
    o = InitializeRequest(meta=meta_, protocol_version=protocol_version_, client_capabilities=client_capabilities_, client_info=client_info_)
    return o if n == len(d) else with_leftover(o, d, _K_initialize_request, tag, d)


def encode_initialize_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['protocolVersion'] = o.protocol_version
    x = o.client_capabilities
    if x is not _D_initialize_request_client_capabilities:
        out['clientCapabilities'] = encode_client_capabilities(x, {})
    x = o.client_info
    if x is not None:
        out['clientInfo'] = encode_implementation(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


DECODERS = {
    Implementation: decode_implementation,
    FileSystemCapabilities: decode_file_system_capabilities,
    CompactionCapabilities: decode_compaction_capabilities,
    NoticeCapabilities: decode_notice_capabilities,
    BooleanConfigOptionCapabilities: decode_boolean_config_option_capabilities,
    SessionConfigOptionsCapabilities: decode_session_config_options_capabilities,
    ClientSessionCapabilities: decode_client_session_capabilities,
    AuthCapabilities: decode_auth_capabilities,
    ElicitationFormCapabilities: decode_elicitation_form_capabilities,
    ElicitationUrlCapabilities: decode_elicitation_url_capabilities,
    ElicitationCapabilities: decode_elicitation_capabilities,
    ClientCapabilities: decode_client_capabilities,
    PromptCapabilities: decode_prompt_capabilities,
    McpCapabilities: decode_mcp_capabilities,
    SessionListCapabilities: decode_session_list_capabilities,
    SessionDeleteCapabilities: decode_session_delete_capabilities,
    SessionAdditionalDirectoriesCapabilities: decode_session_additional_directories_capabilities,
    SessionResumeCapabilities: decode_session_resume_capabilities,
    SessionCloseCapabilities: decode_session_close_capabilities,
    SessionCapabilities: decode_session_capabilities,
    LogoutCapabilities: decode_logout_capabilities,
    AgentAuthCapabilities: decode_agent_auth_capabilities,
    AgentCapabilities: decode_agent_capabilities,
    InitializeResponse: decode_initialize_response,
    InitializeRequest: decode_initialize_request,
}

ENCODERS = {
    Implementation: encode_implementation,
    FileSystemCapabilities: encode_file_system_capabilities,
    CompactionCapabilities: encode_compaction_capabilities,
    NoticeCapabilities: encode_notice_capabilities,
    BooleanConfigOptionCapabilities: encode_boolean_config_option_capabilities,
    SessionConfigOptionsCapabilities: encode_session_config_options_capabilities,
    ClientSessionCapabilities: encode_client_session_capabilities,
    AuthCapabilities: encode_auth_capabilities,
    ElicitationFormCapabilities: encode_elicitation_form_capabilities,
    ElicitationUrlCapabilities: encode_elicitation_url_capabilities,
    ElicitationCapabilities: encode_elicitation_capabilities,
    ClientCapabilities: encode_client_capabilities,
    PromptCapabilities: encode_prompt_capabilities,
    McpCapabilities: encode_mcp_capabilities,
    SessionListCapabilities: encode_session_list_capabilities,
    SessionDeleteCapabilities: encode_session_delete_capabilities,
    SessionAdditionalDirectoriesCapabilities: encode_session_additional_directories_capabilities,
    SessionResumeCapabilities: encode_session_resume_capabilities,
    SessionCloseCapabilities: encode_session_close_capabilities,
    SessionCapabilities: encode_session_capabilities,
    LogoutCapabilities: encode_logout_capabilities,
    AgentAuthCapabilities: encode_agent_auth_capabilities,
    AgentCapabilities: encode_agent_capabilities,
    InitializeResponse: encode_initialize_response,
    InitializeRequest: encode_initialize_request,
}
