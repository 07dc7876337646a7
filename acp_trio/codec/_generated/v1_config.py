"""Decoders and encoders of `acp_trio.schema.v1._config`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import BAD, Mismatch, add_extras, entry, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._config import SessionConfigBoolean, SessionConfigOption, SessionConfigSelect, SessionConfigSelectGroup, SessionConfigSelectOption, SessionConfigSelectOptions, SetSessionConfigOptionRequest, SetSessionConfigOptionResponse, UnknownSessionConfigOption


_K_session_config_select_option = {
    '_meta': ('meta', None, (None,)),
    'value': None,
    'name': None,
    'description': ('description', None, (None,)),
}


def decode_session_config_select_option(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    value_ = d['value']
    if not (value_.__class__ is str):
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return SessionConfigSelectOption(value=value_, name=name_)
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
    o = SessionConfigSelectOption(meta=meta_, value=value_, name=name_, description=description_)
    return o if n == len(d) else with_leftover(o, d, _K_session_config_select_option, tag, d)


def encode_session_config_select_option(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['value'] = o.value
    out['name'] = o.name
    x = o.description
    if x is not None:
        out['description'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_config_select_group = {
    '_meta': ('meta', None, (None,)),
    'group': None,
    'name': None,
    'options': None,
}


def decode_session_config_select_group(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    group_ = d['group']
    if not (group_.__class__ is str):
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    options_ = d['options']
    try:
        if options_.__class__ is not list:
            raise Mismatch
        options_k = []
        for options_i in options_:
            try:
                options_i = decode_session_config_select_option(options_i)
            except BAD:
                continue
            options_k.append(options_i)
        options_ = options_k
    except BAD:
        options_ = ()
    n += 3
    if n == len(d):
        return SessionConfigSelectGroup(group=group_, name=name_, options=options_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SessionConfigSelectGroup(meta=meta_, group=group_, name=name_, options=options_)
    return o if n == len(d) else with_leftover(o, d, _K_session_config_select_group, tag, d)


def encode_session_config_select_group(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['group'] = o.group
    out['name'] = o.name
    x = o.options
    out['options'] = [encode_session_config_select_option(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_config_select = {
    '_meta': ('meta', None, (None,)),
    'id': None,
    'name': None,
    'description': ('description', None, (None,)),
    'category': ('category', None, (None,)),
    'currentValue': None,
    'options': None,
}


def decode_session_config_select(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    id_ = d['id']
    if not (id_.__class__ is str):
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    current_value_ = d['currentValue']
    if not (current_value_.__class__ is str):
        raise Mismatch
    options_ = d['options']
    options_ = decode_session_config_select_options(options_)
    n += 4
    if n == len(d):
        return SessionConfigSelect(id=id_, name=name_, current_value=current_value_, options=options_)
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
    category_ = d.get('category')
    if category_ is not None:
        if category_.__class__ is str:
            n += 1
        else:
            category_ = None
    o = SessionConfigSelect(meta=meta_, id=id_, name=name_, description=description_, category=category_, current_value=current_value_, options=options_)
    return o if n == len(d) else with_leftover(o, d, _K_session_config_select, tag, d)


def encode_session_config_select(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['id'] = o.id
    out['name'] = o.name
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.category
    if x is not None:
        out['category'] = x
    out['currentValue'] = o.current_value
    x = o.options
    out['options'] = encode_session_config_select_options(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_config_boolean = {
    '_meta': ('meta', None, (None,)),
    'id': None,
    'name': None,
    'description': ('description', None, (None,)),
    'category': ('category', None, (None,)),
    'currentValue': None,
}


def decode_session_config_boolean(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    id_ = d['id']
    if not (id_.__class__ is str):
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    current_value_ = d['currentValue']
    if not (current_value_.__class__ is bool):
        raise Mismatch
    n += 3
    if n == len(d):
        return SessionConfigBoolean(id=id_, name=name_, current_value=current_value_)
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
    category_ = d.get('category')
    if category_ is not None:
        if category_.__class__ is str:
            n += 1
        else:
            category_ = None
    o = SessionConfigBoolean(meta=meta_, id=id_, name=name_, description=description_, category=category_, current_value=current_value_)
    return o if n == len(d) else with_leftover(o, d, _K_session_config_boolean, tag, d)


def encode_session_config_boolean(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['id'] = o.id
    out['name'] = o.name
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.category
    if x is not None:
        out['category'] = x
    out['currentValue'] = o.current_value
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_session_config_option = {
    '_meta': ('meta', None, (None,)),
    'type': None,
}


def decode_unknown_session_config_option(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['type']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownSessionConfigOption(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownSessionConfigOption(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_session_config_option, tag, d)


def encode_unknown_session_config_option(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['type'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_set_session_config_option_response = {
    '_meta': ('meta', None, (None,)),
    'configOptions': None,
}


def decode_set_session_config_option_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    config_options_ = d['configOptions']
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
        config_options_ = ()
    n += 1
    if n == len(d):
        return SetSessionConfigOptionResponse(config_options=config_options_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SetSessionConfigOptionResponse(meta=meta_, config_options=config_options_)
    return o if n == len(d) else with_leftover(o, d, _K_set_session_config_option_response, tag, d)


def encode_set_session_config_option_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.config_options
    out['configOptions'] = [encode_session_config_option(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_set_session_config_option_request = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'configId': None,
    'value': None,
}


def decode_set_session_config_option_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    config_id_ = d['configId']
    if not (config_id_.__class__ is str):
        raise Mismatch
    value_ = d['value']
    if d.get('type') == 'boolean':
        if not (value_.__class__ is bool):
            raise Mismatch
        n += 1
        tag = 'type'
    else:
        if not (value_.__class__ is str):
            raise Mismatch
    n += 3
    if n == len(d):
        return SetSessionConfigOptionRequest(session_id=session_id_, config_id=config_id_, value=value_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SetSessionConfigOptionRequest(meta=meta_, session_id=session_id_, config_id=config_id_, value=value_)
    return o if n == len(d) else with_leftover(o, d, _K_set_session_config_option_request, tag, d)


def encode_set_session_config_option_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    out['configId'] = o.config_id
    x = o.value
    if x.__class__ is bool:
        out['type'] = 'boolean'
    out['value'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


def decode_session_config_select_options(d):
    try:
        x = d
        if x.__class__ is not list:
            raise Mismatch
        x = [decode_session_config_select_option(xi) for xi in x]
        return x
    except BAD:
        pass  # the next may fit
    if d.__class__ is not list:
        raise Mismatch
    d = [decode_session_config_select_group(di) for di in d]
    return d


_C_session_config_select_options = {
    SessionConfigSelectOption: encode_session_config_select_option,
    SessionConfigSelectGroup: encode_session_config_select_group,
}


def encode_session_config_select_options(items, out):
    return [(_C_session_config_select_options.get(o.__class__) or entry(_C_session_config_select_options, o, 'session_config_select_options'))(o, {}) for o in items]


_T_session_config_option = {
    'select': decode_session_config_select,
    'boolean': decode_session_config_boolean,
}


def decode_session_config_option(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d['type']
    if tag.__class__ is not str:
        raise Mismatch
    f = _T_session_config_option.get(tag)
    if f is not None:
        return f(d, 1, 'type')
    return decode_unknown_session_config_option(d)


_C_session_config_option = {
    SessionConfigSelect: ('select', encode_session_config_select),
    SessionConfigBoolean: ('boolean', encode_session_config_boolean),
    UnknownSessionConfigOption: (None, encode_unknown_session_config_option),
}


def encode_session_config_option(o, out):
    tag, f = _C_session_config_option.get(o.__class__) or entry(_C_session_config_option, o, 'session_config_option')
    if tag is not None:
        out['type'] = tag
    return f(o, out)


DECODERS = {
    SessionConfigSelectOption: decode_session_config_select_option,
    SessionConfigSelectGroup: decode_session_config_select_group,
    SessionConfigSelect: decode_session_config_select,
    SessionConfigBoolean: decode_session_config_boolean,
    UnknownSessionConfigOption: decode_unknown_session_config_option,
    SetSessionConfigOptionResponse: decode_set_session_config_option_response,
    SetSessionConfigOptionRequest: decode_set_session_config_option_request,
    SessionConfigSelectOptions: decode_session_config_select_options,
    SessionConfigOption: decode_session_config_option,
}

ENCODERS = {
    SessionConfigSelectOption: encode_session_config_select_option,
    SessionConfigSelectGroup: encode_session_config_select_group,
    SessionConfigSelect: encode_session_config_select,
    SessionConfigBoolean: encode_session_config_boolean,
    UnknownSessionConfigOption: encode_unknown_session_config_option,
    SetSessionConfigOptionResponse: encode_set_session_config_option_response,
    SetSessionConfigOptionRequest: encode_set_session_config_option_request,
    SessionConfigSelectOptions: encode_session_config_select_options,
    SessionConfigOption: encode_session_config_option,
}
