"""Decoders and encoders of `acp_trio.schema.v1._elicitation`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import ABSENT, BAD, Mismatch, add_extras, entry, take_first, take_tagged, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._elicitation import BooleanPropertySchema, CompleteElicitationNotification, CreateElicitationRequest, CreateElicitationResponse, ElicitationAcceptAction, ElicitationAction, ElicitationCancelAction, ElicitationDeclineAction, ElicitationFormMode, ElicitationMode, ElicitationPropertySchema, ElicitationRequestScope, ElicitationSchema, ElicitationScope, ElicitationSessionScope, ElicitationUrlMode, EnumOption, IntegerPropertySchema, MultiSelectItems, MultiSelectPropertySchema, NumberPropertySchema, StringMultiSelectItems, StringPropertySchema, TitledMultiSelectItems, UnknownElicitationAction, UnknownElicitationMode, UnknownElicitationPropertySchema, UnknownMultiSelectItems


_K_enum_option = {
    '_meta': ('meta', None, (None,)),
    'const': None,
    'title': None,
    'description': ('description', None, (None,)),
}


def decode_enum_option(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    const_ = d['const']
    if not (const_.__class__ is str):
        raise Mismatch
    title_ = d['title']
    if not (title_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return EnumOption(const=const_, title=title_)
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
    o = EnumOption(meta=meta_, const=const_, title=title_, description=description_)
    return o if n == len(d) else with_leftover(o, d, _K_enum_option, tag, d)


def encode_enum_option(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['const'] = o.const
    out['title'] = o.title
    x = o.description
    if x is not None:
        out['description'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_string_property_schema = {
    '_meta': ('meta', None, (None,)),
    'title': ('title', None, (None,)),
    'description': ('description', None, (None,)),
    'minLength': ('min_length', None, (None,)),
    'maxLength': ('max_length', None, (None,)),
    'pattern': ('pattern', None, (None,)),
    'format': ('format', None, (None,)),
    'default': ('default', None, (None,)),
    'enum': ('enum', None, (None,)),
    'oneOf': ('one_of', None, (None,)),
}


def decode_string_property_schema(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return StringPropertySchema()
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
    description_ = d.get('description')
    if description_ is not None:
        if description_.__class__ is str:
            n += 1
        else:
            description_ = None
    min_length_ = d.get('minLength')
    if min_length_ is not None:
        if not (min_length_.__class__ is int and 0 <= min_length_ <= 4294967295):
            raise Mismatch
        n += 1
    max_length_ = d.get('maxLength')
    if max_length_ is not None:
        if not (max_length_.__class__ is int and 0 <= max_length_ <= 4294967295):
            raise Mismatch
        n += 1
    pattern_ = d.get('pattern')
    if pattern_ is not None:
        if not (pattern_.__class__ is str):
            raise Mismatch
        n += 1
    format_ = d.get('format')
    if format_ is not None:
        if not (format_.__class__ is str and format_ in {'date', 'date-time', 'email', 'uri'}):
            raise Mismatch
        n += 1
    default_ = d.get('default')
    if default_ is not None:
        if default_.__class__ is str:
            n += 1
        else:
            default_ = None
    enum_ = d.get('enum')
    if enum_ is not None:
        if enum_.__class__ is not list:
            raise Mismatch
        for enum_i in enum_:
            if not (enum_i.__class__ is str):
                raise Mismatch
        n += 1
    one_of_ = d.get('oneOf')
    if one_of_ is not None:
        if one_of_.__class__ is not list:
            raise Mismatch
        one_of_ = [decode_enum_option(one_of_i) for one_of_i in one_of_]
        n += 1
    o = StringPropertySchema(meta=meta_, title=title_, description=description_, min_length=min_length_, max_length=max_length_, pattern=pattern_, format=format_, default=default_, enum=enum_, one_of=one_of_)
    return o if n == len(d) else with_leftover(o, d, _K_string_property_schema, tag, d)


def encode_string_property_schema(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.title
    if x is not None:
        out['title'] = x
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.min_length
    if x is not None:
        out['minLength'] = x
    x = o.max_length
    if x is not None:
        out['maxLength'] = x
    x = o.pattern
    if x is not None:
        out['pattern'] = x
    x = o.format
    if x is not None:
        out['format'] = x
    x = o.default
    if x is not None:
        out['default'] = x
    x = o.enum
    if x is not None:
        out['enum'] = [*x]
    x = o.one_of
    if x is not None:
        out['oneOf'] = [encode_enum_option(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_number_property_schema = {
    '_meta': ('meta', None, (None,)),
    'title': ('title', None, (None,)),
    'description': ('description', None, (None,)),
    'minimum': ('minimum', None, (None,)),
    'maximum': ('maximum', None, (None,)),
    'default': ('default', None, (None,)),
}


def decode_number_property_schema(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return NumberPropertySchema()
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
    description_ = d.get('description')
    if description_ is not None:
        if description_.__class__ is str:
            n += 1
        else:
            description_ = None
    minimum_ = d.get('minimum')
    if minimum_ is not None:
        if not ((minimum_.__class__ is float or minimum_.__class__ is int)):
            raise Mismatch
        n += 1
    maximum_ = d.get('maximum')
    if maximum_ is not None:
        if not ((maximum_.__class__ is float or maximum_.__class__ is int)):
            raise Mismatch
        n += 1
    default_ = d.get('default')
    if default_ is not None:
        if (default_.__class__ is float or default_.__class__ is int):
            n += 1
        else:
            default_ = None
    o = NumberPropertySchema(meta=meta_, title=title_, description=description_, minimum=minimum_, maximum=maximum_, default=default_)
    return o if n == len(d) else with_leftover(o, d, _K_number_property_schema, tag, d)


def encode_number_property_schema(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.title
    if x is not None:
        out['title'] = x
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.minimum
    if x is not None:
        out['minimum'] = x
    x = o.maximum
    if x is not None:
        out['maximum'] = x
    x = o.default
    if x is not None:
        out['default'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_integer_property_schema = {
    '_meta': ('meta', None, (None,)),
    'title': ('title', None, (None,)),
    'description': ('description', None, (None,)),
    'minimum': ('minimum', None, (None,)),
    'maximum': ('maximum', None, (None,)),
    'default': ('default', None, (None,)),
}


def decode_integer_property_schema(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return IntegerPropertySchema()
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
    description_ = d.get('description')
    if description_ is not None:
        if description_.__class__ is str:
            n += 1
        else:
            description_ = None
    minimum_ = d.get('minimum')
    if minimum_ is not None:
        if not (minimum_.__class__ is int and -9223372036854775808 <= minimum_ <= 9223372036854775807):
            raise Mismatch
        n += 1
    maximum_ = d.get('maximum')
    if maximum_ is not None:
        if not (maximum_.__class__ is int and -9223372036854775808 <= maximum_ <= 9223372036854775807):
            raise Mismatch
        n += 1
    default_ = d.get('default')
    if default_ is not None:
        if default_.__class__ is int and -9223372036854775808 <= default_ <= 9223372036854775807:
            n += 1
        else:
            default_ = None
    o = IntegerPropertySchema(meta=meta_, title=title_, description=description_, minimum=minimum_, maximum=maximum_, default=default_)
    return o if n == len(d) else with_leftover(o, d, _K_integer_property_schema, tag, d)


def encode_integer_property_schema(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.title
    if x is not None:
        out['title'] = x
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.minimum
    if x is not None:
        out['minimum'] = x
    x = o.maximum
    if x is not None:
        out['maximum'] = x
    x = o.default
    if x is not None:
        out['default'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_boolean_property_schema = {
    '_meta': ('meta', None, (None,)),
    'title': ('title', None, (None,)),
    'description': ('description', None, (None,)),
    'default': ('default', None, (None,)),
}


def decode_boolean_property_schema(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return BooleanPropertySchema()
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
    description_ = d.get('description')
    if description_ is not None:
        if description_.__class__ is str:
            n += 1
        else:
            description_ = None
    default_ = d.get('default')
    if default_ is not None:
        if default_.__class__ is bool:
            n += 1
        else:
            default_ = None
    o = BooleanPropertySchema(meta=meta_, title=title_, description=description_, default=default_)
    return o if n == len(d) else with_leftover(o, d, _K_boolean_property_schema, tag, d)


def encode_boolean_property_schema(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.title
    if x is not None:
        out['title'] = x
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.default
    if x is not None:
        out['default'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_string_multi_select_items = {
    '_meta': ('meta', None, (None,)),
    'enum': None,
}


def decode_string_multi_select_items(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    enum_ = d['enum']
    if enum_.__class__ is not list:
        raise Mismatch
    for enum_i in enum_:
        if not (enum_i.__class__ is str):
            raise Mismatch
    n += 1
    if n == len(d):
        return StringMultiSelectItems(enum=enum_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = StringMultiSelectItems(meta=meta_, enum=enum_)
    return o if n == len(d) else with_leftover(o, d, _K_string_multi_select_items, tag, d)


def encode_string_multi_select_items(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.enum
    out['enum'] = [*x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_titled_multi_select_items = {
    '_meta': ('meta', None, (None,)),
    'anyOf': None,
}


def decode_titled_multi_select_items(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    any_of_ = d['anyOf']
    if any_of_.__class__ is not list:
        raise Mismatch
    any_of_ = [decode_enum_option(any_of_i) for any_of_i in any_of_]
    n += 1
    if n == len(d):
        return TitledMultiSelectItems(any_of=any_of_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = TitledMultiSelectItems(meta=meta_, any_of=any_of_)
    return o if n == len(d) else with_leftover(o, d, _K_titled_multi_select_items, tag, d)


def encode_titled_multi_select_items(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.any_of
    out['anyOf'] = [encode_enum_option(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_multi_select_items = {
    '_meta': ('meta', None, (None,)),
    'type': None,
}


def decode_unknown_multi_select_items(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['type']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownMultiSelectItems(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownMultiSelectItems(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_multi_select_items, tag, d)


def encode_unknown_multi_select_items(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['type'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_multi_select_property_schema = {
    '_meta': ('meta', None, (None,)),
    'title': ('title', None, (None,)),
    'description': ('description', None, (None,)),
    'minItems': ('min_items', None, (None,)),
    'maxItems': ('max_items', None, (None,)),
    'items': None,
    'default': ('default', None, (None,)),
}


def decode_multi_select_property_schema(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    items_ = d['items']
    items_ = decode_multi_select_items(items_)
    n += 1
    if n == len(d):
        return MultiSelectPropertySchema(items=items_)
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
    description_ = d.get('description')
    if description_ is not None:
        if description_.__class__ is str:
            n += 1
        else:
            description_ = None
    min_items_ = d.get('minItems')
    if min_items_ is not None:
        if not (min_items_.__class__ is int and 0 <= min_items_ <= 18446744073709551615):
            raise Mismatch
        n += 1
    max_items_ = d.get('maxItems')
    if max_items_ is not None:
        if not (max_items_.__class__ is int and 0 <= max_items_ <= 18446744073709551615):
            raise Mismatch
        n += 1
    default_ = d.get('default')
    if default_ is not None:
        try:
            if default_.__class__ is not list:
                raise Mismatch
            default_k = []
            for default_i in default_:
                try:
                    if not (default_i.__class__ is str):
                        raise Mismatch
                except BAD:
                    continue
                default_k.append(default_i)
            default_ = default_k
        except BAD:
            default_ = None
        else:
            n += 1
    o = MultiSelectPropertySchema(meta=meta_, title=title_, description=description_, min_items=min_items_, max_items=max_items_, items=items_, default=default_)
    return o if n == len(d) else with_leftover(o, d, _K_multi_select_property_schema, tag, d)


def encode_multi_select_property_schema(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.title
    if x is not None:
        out['title'] = x
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.min_items
    if x is not None:
        out['minItems'] = x
    x = o.max_items
    if x is not None:
        out['maxItems'] = x
    x = o.items
    out['items'] = encode_multi_select_items(x, {})
    x = o.default
    if x is not None:
        out['default'] = [*x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_elicitation_property_schema = {
    '_meta': ('meta', None, (None,)),
    'type': None,
}


def decode_unknown_elicitation_property_schema(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['type']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownElicitationPropertySchema(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownElicitationPropertySchema(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_elicitation_property_schema, tag, d)


def encode_unknown_elicitation_property_schema(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['type'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_schema = {
    '_meta': ('meta', None, (None,)),
    'type': ('type', 'object', (None, 'object')),
    'title': ('title', None, (None,)),
    'description': ('description', None, (None,)),
    'properties': ('properties', NOTHING_MORE, ({},)),
    'required': ('required', None, (None,)),
}


def decode_elicitation_schema(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ElicitationSchema()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    type_ = d.get('type')
    if type_ is None:
        type_ = 'object'
    else:
        if type_.__class__ is str and type_ in {'object'}:
            if type_ != 'object':
                n += 1
            else:
                type_ = 'object'
        else:
            type_ = 'object'
    title_ = d.get('title')
    if title_ is not None:
        if title_.__class__ is str:
            n += 1
        else:
            title_ = None
    description_ = d.get('description')
    if description_ is not None:
        if description_.__class__ is str:
            n += 1
        else:
            description_ = None
    properties_ = d.get('properties', ABSENT)
    if properties_ is ABSENT:
        properties_ = NOTHING_MORE
    else:
        if properties_.__class__ is not dict:
            raise Mismatch
        properties_t = {}
        for properties_k, properties_v in properties_.items():
            properties_v = decode_elicitation_property_schema(properties_v)
            properties_t[properties_k] = properties_v
        properties_ = properties_t
        if properties_:
            n += 1
        else:
            properties_ = NOTHING_MORE
    required_ = d.get('required')
    if required_ is not None:
        if required_.__class__ is not list:
            raise Mismatch
        for required_i in required_:
            if not (required_i.__class__ is str):
                raise Mismatch
        n += 1
    o = ElicitationSchema(meta=meta_, type=type_, title=title_, description=description_, properties=properties_, required=required_)
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_schema, tag, d)


def encode_elicitation_schema(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.type
    if x != 'object':
        out['type'] = x
    x = o.title
    if x is not None:
        out['title'] = x
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.properties
    if x:
        out['properties'] = {xk: encode_elicitation_property_schema(xv, {}) for xk, xv in x.items()}
    x = o.required
    if x is not None:
        out['required'] = [*x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_session_scope = {
    'sessionId': None,
    'toolCallId': ('tool_call_id', None, (None,)),
}


def decode_elicitation_session_scope(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return ElicitationSessionScope(session_id=session_id_)
    tool_call_id_ = d.get('toolCallId')
    if tool_call_id_ is not None:
        if tool_call_id_.__class__ is str:
            n += 1
        else:
            tool_call_id_ = None
    o = ElicitationSessionScope(session_id=session_id_, tool_call_id=tool_call_id_)
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_session_scope, tag, d)


def encode_elicitation_session_scope(o, out):
    out['sessionId'] = o.session_id
    x = o.tool_call_id
    if x is not None:
        out['toolCallId'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_request_scope = {
    'requestId': None,
}


def decode_elicitation_request_scope(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    request_id_ = d['requestId']
    if request_id_ is not None:
        if not ((request_id_.__class__ is int and -9223372036854775808 <= request_id_ <= 9223372036854775807) or (request_id_.__class__ is str)):
            raise Mismatch
    n += 1
    if n == len(d):
        return ElicitationRequestScope(request_id=request_id_)
    o = ElicitationRequestScope(request_id=request_id_)
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_request_scope, tag, d)


def encode_elicitation_request_scope(o, out):
    out['requestId'] = o.request_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_form_mode = {
    'requestedSchema': None,
}


def decode_elicitation_form_mode(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    requested_schema_ = d['requestedSchema']
    requested_schema_ = decode_elicitation_schema(requested_schema_)
    n += 1
    if n == len(d):
        return ElicitationFormMode(requested_schema=requested_schema_)
    o = ElicitationFormMode(requested_schema=requested_schema_)
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_form_mode, tag, d)


def encode_elicitation_form_mode(o, out):
    x = o.requested_schema
    out['requestedSchema'] = encode_elicitation_schema(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_url_mode = {
    'elicitationId': None,
    'url': None,
}


def decode_elicitation_url_mode(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    elicitation_id_ = d['elicitationId']
    if not (elicitation_id_.__class__ is str):
        raise Mismatch
    url_ = d['url']
    if not (url_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return ElicitationUrlMode(elicitation_id=elicitation_id_, url=url_)
    o = ElicitationUrlMode(elicitation_id=elicitation_id_, url=url_)
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_url_mode, tag, d)


def encode_elicitation_url_mode(o, out):
    out['elicitationId'] = o.elicitation_id
    out['url'] = o.url
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_elicitation_mode = {
    '_meta': ('meta', None, (None,)),
    'mode': None,
}


def decode_unknown_elicitation_mode(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['mode']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownElicitationMode(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownElicitationMode(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_elicitation_mode, tag, d)


def encode_unknown_elicitation_mode(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['mode'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_accept_action = {
    'content': ('content', None, (None,)),
}


def decode_elicitation_accept_action(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ElicitationAcceptAction()
    content_ = d.get('content')
    if content_ is not None:
        if content_.__class__ is not dict:
            raise Mismatch
        for content_v in content_.values():
            if not ((content_v.__class__ is str) or (content_v.__class__ is int and -9223372036854775808 <= content_v <= 9223372036854775807) or ((content_v.__class__ is float or content_v.__class__ is int)) or (content_v.__class__ is bool) or (content_v.__class__ is list and all(content_vi.__class__ is str for content_vi in content_v))):
                raise Mismatch
        n += 1
    o = ElicitationAcceptAction(content=content_)
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_accept_action, tag, d)


def encode_elicitation_accept_action(o, out):
    x = o.content
    if x is not None:
        out['content'] = {**x}
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_decline_action = {
}


def decode_elicitation_decline_action(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ElicitationDeclineAction()
    o = ElicitationDeclineAction()
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_decline_action, tag, d)


def encode_elicitation_decline_action(o, out):
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_elicitation_cancel_action = {
}


def decode_elicitation_cancel_action(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return ElicitationCancelAction()
    o = ElicitationCancelAction()
    return o if n == len(d) else with_leftover(o, d, _K_elicitation_cancel_action, tag, d)


def encode_elicitation_cancel_action(o, out):
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_elicitation_action = {
    '_meta': ('meta', None, (None,)),
    'action': None,
}


def decode_unknown_elicitation_action(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['action']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownElicitationAction(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownElicitationAction(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_elicitation_action, tag, d)


def encode_unknown_elicitation_action(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['action'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_create_elicitation_response = {
    '_meta': ('meta', None, (None,)),
}


def decode_create_elicitation_response(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    rest = {key: value for key, value in d.items() if key != tag and key not in _K_create_elicitation_response}
    action_ = take_tagged(rest, 'action', {
        'accept': (decode_elicitation_accept_action, ('content',)),
        'decline': (decode_elicitation_decline_action, ()),
        'cancel': (decode_elicitation_cancel_action, ()),
    }, decode_unknown_elicitation_action)
    o = CreateElicitationResponse(meta=meta_, action=action_)
    return with_leftover(o, d, _K_create_elicitation_response, tag, rest)


def encode_create_elicitation_response(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    encode_elicitation_action(o.action, out)
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_create_elicitation_request = {
    '_meta': ('meta', None, (None,)),
    'message': None,
}


def decode_create_elicitation_request(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    message_ = d['message']
    if not (message_.__class__ is str):
        raise Mismatch
    n += 1
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    rest = {key: value for key, value in d.items() if key != tag and key not in _K_create_elicitation_request}
    scope_ = take_first(rest, (
        (decode_elicitation_session_scope, ('sessionId', 'toolCallId')),
        (decode_elicitation_request_scope, ('requestId',)),
    ))
    mode_ = take_tagged(rest, 'mode', {
        'form': (decode_elicitation_form_mode, ('requestedSchema',)),
        'url': (decode_elicitation_url_mode, ('elicitationId', 'url')),
    }, decode_unknown_elicitation_mode)
    o = CreateElicitationRequest(meta=meta_, message=message_, scope=scope_, mode=mode_)
    return with_leftover(o, d, _K_create_elicitation_request, tag, rest)


def encode_create_elicitation_request(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['message'] = o.message
    encode_elicitation_scope(o.scope, out)
    encode_elicitation_mode(o.mode, out)
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_complete_elicitation_notification = {
    '_meta': ('meta', None, (None,)),
    'elicitationId': None,
}


def decode_complete_elicitation_notification(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    elicitation_id_ = d['elicitationId']
    if not (elicitation_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return CompleteElicitationNotification(elicitation_id=elicitation_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = CompleteElicitationNotification(meta=meta_, elicitation_id=elicitation_id_)
    return o if n == len(d) else with_leftover(o, d, _K_complete_elicitation_notification, tag, d)


def encode_complete_elicitation_notification(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['elicitationId'] = o.elicitation_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_T_multi_select_items = {
    'string': decode_string_multi_select_items,
}


def decode_multi_select_items(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d.get('type')
    if tag.__class__ is not str:
        return decode_titled_multi_select_items(d)
    f = _T_multi_select_items.get(tag)
    if f is not None:
        return f(d, 1, 'type')
    return decode_unknown_multi_select_items(d)


_C_multi_select_items = {
    StringMultiSelectItems: ('string', encode_string_multi_select_items),
    TitledMultiSelectItems: (None, encode_titled_multi_select_items),
    UnknownMultiSelectItems: (None, encode_unknown_multi_select_items),
}


def encode_multi_select_items(o, out):
    tag, f = _C_multi_select_items.get(o.__class__) or entry(_C_multi_select_items, o, 'multi_select_items')
    if tag is not None:
        out['type'] = tag
    return f(o, out)


_T_elicitation_property_schema = {
    'string': decode_string_property_schema,
    'number': decode_number_property_schema,
    'integer': decode_integer_property_schema,
    'boolean': decode_boolean_property_schema,
    'array': decode_multi_select_property_schema,
}


def decode_elicitation_property_schema(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d['type']
    if tag.__class__ is not str:
        raise Mismatch
    f = _T_elicitation_property_schema.get(tag)
    if f is not None:
        return f(d, 1, 'type')
    return decode_unknown_elicitation_property_schema(d)


_C_elicitation_property_schema = {
    StringPropertySchema: ('string', encode_string_property_schema),
    NumberPropertySchema: ('number', encode_number_property_schema),
    IntegerPropertySchema: ('integer', encode_integer_property_schema),
    BooleanPropertySchema: ('boolean', encode_boolean_property_schema),
    MultiSelectPropertySchema: ('array', encode_multi_select_property_schema),
    UnknownElicitationPropertySchema: (None, encode_unknown_elicitation_property_schema),
}


def encode_elicitation_property_schema(o, out):
    tag, f = _C_elicitation_property_schema.get(o.__class__) or entry(_C_elicitation_property_schema, o, 'elicitation_property_schema')
    if tag is not None:
        out['type'] = tag
    return f(o, out)


def decode_elicitation_scope(d):
    try:
        x = d
        x = decode_elicitation_session_scope(x)
        return x
    except BAD:
        pass  # the next may fit
    d = decode_elicitation_request_scope(d)
    return d


_C_elicitation_scope = {
    ElicitationSessionScope: encode_elicitation_session_scope,
    ElicitationRequestScope: encode_elicitation_request_scope,
}


def encode_elicitation_scope(o, out):
    return (_C_elicitation_scope.get(o.__class__) or entry(_C_elicitation_scope, o, 'elicitation_scope'))(o, out)


_T_elicitation_mode = {
    'form': decode_elicitation_form_mode,
    'url': decode_elicitation_url_mode,
}


def decode_elicitation_mode(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d['mode']
    if tag.__class__ is not str:
        raise Mismatch
    f = _T_elicitation_mode.get(tag)
    if f is not None:
        return f(d, 1, 'mode')
    return decode_unknown_elicitation_mode(d)


_C_elicitation_mode = {
    ElicitationFormMode: ('form', encode_elicitation_form_mode),
    ElicitationUrlMode: ('url', encode_elicitation_url_mode),
    UnknownElicitationMode: (None, encode_unknown_elicitation_mode),
}


def encode_elicitation_mode(o, out):
    tag, f = _C_elicitation_mode.get(o.__class__) or entry(_C_elicitation_mode, o, 'elicitation_mode')
    if tag is not None:
        out['mode'] = tag
    return f(o, out)


_T_elicitation_action = {
    'accept': decode_elicitation_accept_action,
    'decline': decode_elicitation_decline_action,
    'cancel': decode_elicitation_cancel_action,
}


def decode_elicitation_action(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d['action']
    if tag.__class__ is not str:
        raise Mismatch
    f = _T_elicitation_action.get(tag)
    if f is not None:
        return f(d, 1, 'action')
    return decode_unknown_elicitation_action(d)


_C_elicitation_action = {
    ElicitationAcceptAction: ('accept', encode_elicitation_accept_action),
    ElicitationDeclineAction: ('decline', encode_elicitation_decline_action),
    ElicitationCancelAction: ('cancel', encode_elicitation_cancel_action),
    UnknownElicitationAction: (None, encode_unknown_elicitation_action),
}


def encode_elicitation_action(o, out):
    tag, f = _C_elicitation_action.get(o.__class__) or entry(_C_elicitation_action, o, 'elicitation_action')
    if tag is not None:
        out['action'] = tag
    return f(o, out)


DECODERS = {
    EnumOption: decode_enum_option,
    StringPropertySchema: decode_string_property_schema,
    NumberPropertySchema: decode_number_property_schema,
    IntegerPropertySchema: decode_integer_property_schema,
    BooleanPropertySchema: decode_boolean_property_schema,
    StringMultiSelectItems: decode_string_multi_select_items,
    TitledMultiSelectItems: decode_titled_multi_select_items,
    UnknownMultiSelectItems: decode_unknown_multi_select_items,
    MultiSelectPropertySchema: decode_multi_select_property_schema,
    UnknownElicitationPropertySchema: decode_unknown_elicitation_property_schema,
    ElicitationSchema: decode_elicitation_schema,
    ElicitationSessionScope: decode_elicitation_session_scope,
    ElicitationRequestScope: decode_elicitation_request_scope,
    ElicitationFormMode: decode_elicitation_form_mode,
    ElicitationUrlMode: decode_elicitation_url_mode,
    UnknownElicitationMode: decode_unknown_elicitation_mode,
    ElicitationAcceptAction: decode_elicitation_accept_action,
    ElicitationDeclineAction: decode_elicitation_decline_action,
    ElicitationCancelAction: decode_elicitation_cancel_action,
    UnknownElicitationAction: decode_unknown_elicitation_action,
    CreateElicitationResponse: decode_create_elicitation_response,
    CreateElicitationRequest: decode_create_elicitation_request,
    CompleteElicitationNotification: decode_complete_elicitation_notification,
    MultiSelectItems: decode_multi_select_items,
    ElicitationPropertySchema: decode_elicitation_property_schema,
    ElicitationScope: decode_elicitation_scope,
    ElicitationMode: decode_elicitation_mode,
    ElicitationAction: decode_elicitation_action,
}

ENCODERS = {
    EnumOption: encode_enum_option,
    StringPropertySchema: encode_string_property_schema,
    NumberPropertySchema: encode_number_property_schema,
    IntegerPropertySchema: encode_integer_property_schema,
    BooleanPropertySchema: encode_boolean_property_schema,
    StringMultiSelectItems: encode_string_multi_select_items,
    TitledMultiSelectItems: encode_titled_multi_select_items,
    UnknownMultiSelectItems: encode_unknown_multi_select_items,
    MultiSelectPropertySchema: encode_multi_select_property_schema,
    UnknownElicitationPropertySchema: encode_unknown_elicitation_property_schema,
    ElicitationSchema: encode_elicitation_schema,
    ElicitationSessionScope: encode_elicitation_session_scope,
    ElicitationRequestScope: encode_elicitation_request_scope,
    ElicitationFormMode: encode_elicitation_form_mode,
    ElicitationUrlMode: encode_elicitation_url_mode,
    UnknownElicitationMode: encode_unknown_elicitation_mode,
    ElicitationAcceptAction: encode_elicitation_accept_action,
    ElicitationDeclineAction: encode_elicitation_decline_action,
    ElicitationCancelAction: encode_elicitation_cancel_action,
    UnknownElicitationAction: encode_unknown_elicitation_action,
    CreateElicitationResponse: encode_create_elicitation_response,
    CreateElicitationRequest: encode_create_elicitation_request,
    CompleteElicitationNotification: encode_complete_elicitation_notification,
    MultiSelectItems: encode_multi_select_items,
    ElicitationPropertySchema: encode_elicitation_property_schema,
    ElicitationScope: encode_elicitation_scope,
    ElicitationMode: encode_elicitation_mode,
    ElicitationAction: encode_elicitation_action,
}
