"""Decoders and encoders of `acp_trio.schema.v1._tool_call`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._generated.v1_content import decode_content_block, encode_content_block
from acp_trio.codec._strict import BAD, Mismatch, add_extras, entry, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._tool_call import Content, Diff, Terminal, ToolCall, ToolCallContent, ToolCallLocation, ToolCallUpdate, UnknownToolCallContent


_K_content = {
    '_meta': ('meta', None, (None,)),
    'content': None,
}


def decode_content(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    content_ = d['content']
    content_ = decode_content_block(content_)
    n += 1
    if n == len(d):
        return Content(content=content_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = Content(meta=meta_, content=content_)
    return o if n == len(d) else with_leftover(o, d, _K_content, tag, d)


def encode_content(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.content
    out['content'] = encode_content_block(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_diff = {
    '_meta': ('meta', None, (None,)),
    'path': None,
    'oldText': ('old_text', None, (None,)),
    'newText': None,
}


def decode_diff(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    path_ = d['path']
    if not (path_.__class__ is str):
        raise Mismatch
    new_text_ = d['newText']
    if not (new_text_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return Diff(path=path_, new_text=new_text_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    old_text_ = d.get('oldText')
    if old_text_ is not None:
        if old_text_.__class__ is str:
            n += 1
        else:
            old_text_ = None
    o = Diff(meta=meta_, path=path_, old_text=old_text_, new_text=new_text_)
    return o if n == len(d) else with_leftover(o, d, _K_diff, tag, d)


def encode_diff(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['path'] = o.path
    x = o.old_text
    if x is not None:
        out['oldText'] = x
    out['newText'] = o.new_text
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_terminal = {
    '_meta': ('meta', None, (None,)),
    'terminalId': None,
}


def decode_terminal(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    terminal_id_ = d['terminalId']
    if not (terminal_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return Terminal(terminal_id=terminal_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = Terminal(meta=meta_, terminal_id=terminal_id_)
    return o if n == len(d) else with_leftover(o, d, _K_terminal, tag, d)


def encode_terminal(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['terminalId'] = o.terminal_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_tool_call_content = {
    '_meta': ('meta', None, (None,)),
    'type': None,
}


def decode_unknown_tool_call_content(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['type']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownToolCallContent(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownToolCallContent(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_tool_call_content, tag, d)


def encode_unknown_tool_call_content(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['type'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_tool_call_location = {
    '_meta': ('meta', None, (None,)),
    'path': None,
    'line': ('line', None, (None,)),
}


def decode_tool_call_location(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    path_ = d['path']
    if not (path_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return ToolCallLocation(path=path_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    line_ = d.get('line')
    if line_ is not None:
        if line_.__class__ is int and 0 <= line_ <= 4294967295:
            n += 1
        else:
            line_ = None
    o = ToolCallLocation(meta=meta_, path=path_, line=line_)
    return o if n == len(d) else with_leftover(o, d, _K_tool_call_location, tag, d)


def encode_tool_call_location(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['path'] = o.path
    x = o.line
    if x is not None:
        out['line'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_tool_call = {
    '_meta': ('meta', None, (None,)),
    'toolCallId': None,
    'title': None,
    'name': ('name', None, (None,)),
    'kind': ('kind', None, (None,)),
    'status': ('status', None, (None,)),
    'content': ('content', (), (None, [])),
    'locations': ('locations', (), (None, [])),
    'rawInput': ('raw_input', None, (None,)),
    'rawOutput': ('raw_output', None, (None,)),
}


def decode_tool_call(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tool_call_id_ = d['toolCallId']
    if not (tool_call_id_.__class__ is str):
        raise Mismatch
    title_ = d['title']
    if not (title_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return ToolCall(tool_call_id=tool_call_id_, title=title_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    name_ = d.get('name')
    if name_ is not None:
        if name_.__class__ is str:
            n += 1
        else:
            name_ = None
    kind_ = d.get('kind')
    if kind_ is not None:
        if kind_.__class__ is str and kind_ in {'delete', 'edit', 'execute', 'fetch', 'move', 'other', 'read', 'search', 'switch_mode', 'think'}:
            n += 1
        else:
            kind_ = None
    status_ = d.get('status')
    if status_ is not None:
        if status_.__class__ is str and status_ in {'completed', 'failed', 'in_progress', 'pending'}:
            n += 1
        else:
            status_ = None
    content_ = d.get('content')
    if content_ is None:
        content_ = ()
    else:
        try:
            if content_.__class__ is not list:
                raise Mismatch
            content_k = []
            for content_i in content_:
                try:
                    content_i = decode_tool_call_content(content_i)
                except BAD:
                    continue
                content_k.append(content_i)
            content_ = content_k
        except BAD:
            content_ = ()
        else:
            if content_:
                n += 1
            else:
                content_ = ()
    locations_ = d.get('locations')
    if locations_ is None:
        locations_ = ()
    else:
        try:
            if locations_.__class__ is not list:
                raise Mismatch
            locations_k = []
            for locations_i in locations_:
                try:
                    locations_i = decode_tool_call_location(locations_i)
                except BAD:
                    continue
                locations_k.append(locations_i)
            locations_ = locations_k
        except BAD:
            locations_ = ()
        else:
            if locations_:
                n += 1
            else:
                locations_ = ()
    raw_input_ = d.get('rawInput')
    if raw_input_ is not None:
        n += 1
    raw_output_ = d.get('rawOutput')
    if raw_output_ is not None:
        n += 1
    o = ToolCall(meta=meta_, tool_call_id=tool_call_id_, title=title_, name=name_, kind=kind_, status=status_, content=content_, locations=locations_, raw_input=raw_input_, raw_output=raw_output_)
    return o if n == len(d) else with_leftover(o, d, _K_tool_call, tag, d)


def encode_tool_call(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['toolCallId'] = o.tool_call_id
    out['title'] = o.title
    x = o.name
    if x is not None:
        out['name'] = x
    x = o.kind
    if x is not None:
        out['kind'] = x
    x = o.status
    if x is not None:
        out['status'] = x
    x = o.content
    if x:
        out['content'] = [encode_tool_call_content(xi, {}) for xi in x]
    x = o.locations
    if x:
        out['locations'] = [encode_tool_call_location(xi, {}) for xi in x]
    x = o.raw_input
    if x is not None:
        out['rawInput'] = x
    x = o.raw_output
    if x is not None:
        out['rawOutput'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_tool_call_update = {
    '_meta': ('meta', None, (None,)),
    'toolCallId': None,
    'kind': ('kind', None, (None,)),
    'status': ('status', None, (None,)),
    'title': ('title', None, (None,)),
    'name': ('name', None, (None,)),
    'content': ('content', None, (None,)),
    'locations': ('locations', None, (None,)),
    'rawInput': ('raw_input', None, (None,)),
    'rawOutput': ('raw_output', None, (None,)),
}


def decode_tool_call_update(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tool_call_id_ = d['toolCallId']
    if not (tool_call_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return ToolCallUpdate(tool_call_id=tool_call_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    kind_ = d.get('kind')
    if kind_ is not None:
        if kind_.__class__ is str and kind_ in {'delete', 'edit', 'execute', 'fetch', 'move', 'other', 'read', 'search', 'switch_mode', 'think'}:
            n += 1
        else:
            kind_ = None
    status_ = d.get('status')
    if status_ is not None:
        if status_.__class__ is str and status_ in {'completed', 'failed', 'in_progress', 'pending'}:
            n += 1
        else:
            status_ = None
    title_ = d.get('title')
    if title_ is not None:
        if title_.__class__ is str:
            n += 1
        else:
            title_ = None
    name_ = d.get('name')
    if name_ is not None:
        if name_.__class__ is str:
            n += 1
        else:
            name_ = None
    content_ = d.get('content')
    if content_ is not None:
        try:
            if content_.__class__ is not list:
                raise Mismatch
            content_k = []
            for content_i in content_:
                try:
                    content_i = decode_tool_call_content(content_i)
                except BAD:
                    continue
                content_k.append(content_i)
            content_ = content_k
        except BAD:
            content_ = None
        else:
            n += 1
    locations_ = d.get('locations')
    if locations_ is not None:
        try:
            if locations_.__class__ is not list:
                raise Mismatch
            locations_k = []
            for locations_i in locations_:
                try:
                    locations_i = decode_tool_call_location(locations_i)
                except BAD:
                    continue
                locations_k.append(locations_i)
            locations_ = locations_k
        except BAD:
            locations_ = None
        else:
            n += 1
    raw_input_ = d.get('rawInput')
    if raw_input_ is not None:
        n += 1
    raw_output_ = d.get('rawOutput')
    if raw_output_ is not None:
        n += 1
    o = ToolCallUpdate(meta=meta_, tool_call_id=tool_call_id_, kind=kind_, status=status_, title=title_, name=name_, content=content_, locations=locations_, raw_input=raw_input_, raw_output=raw_output_)
    return o if n == len(d) else with_leftover(o, d, _K_tool_call_update, tag, d)


def encode_tool_call_update(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['toolCallId'] = o.tool_call_id
    x = o.kind
    if x is not None:
        out['kind'] = x
    x = o.status
    if x is not None:
        out['status'] = x
    x = o.title
    if x is not None:
        out['title'] = x
    x = o.name
    if x is not None:
        out['name'] = x
    x = o.content
    if x is not None:
        out['content'] = [encode_tool_call_content(xi, {}) for xi in x]
    x = o.locations
    if x is not None:
        out['locations'] = [encode_tool_call_location(xi, {}) for xi in x]
    x = o.raw_input
    if x is not None:
        out['rawInput'] = x
    x = o.raw_output
    if x is not None:
        out['rawOutput'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_T_tool_call_content = {
    'content': decode_content,
    'diff': decode_diff,
    'terminal': decode_terminal,
}


def decode_tool_call_content(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d['type']
    if tag.__class__ is not str:
        raise Mismatch
    f = _T_tool_call_content.get(tag)
    if f is not None:
        return f(d, 1, 'type')
    return decode_unknown_tool_call_content(d)


_C_tool_call_content = {
    Content: ('content', encode_content),
    Diff: ('diff', encode_diff),
    Terminal: ('terminal', encode_terminal),
    UnknownToolCallContent: (None, encode_unknown_tool_call_content),
}


def encode_tool_call_content(o, out):
    tag, f = _C_tool_call_content.get(o.__class__) or entry(_C_tool_call_content, o, 'tool_call_content')
    if tag is not None:
        out['type'] = tag
    return f(o, out)


DECODERS = {
    Content: decode_content,
    Diff: decode_diff,
    Terminal: decode_terminal,
    UnknownToolCallContent: decode_unknown_tool_call_content,
    ToolCallLocation: decode_tool_call_location,
    ToolCall: decode_tool_call,
    ToolCallUpdate: decode_tool_call_update,
    ToolCallContent: decode_tool_call_content,
}

ENCODERS = {
    Content: encode_content,
    Diff: encode_diff,
    Terminal: encode_terminal,
    UnknownToolCallContent: encode_unknown_tool_call_content,
    ToolCallLocation: encode_tool_call_location,
    ToolCall: encode_tool_call,
    ToolCallUpdate: encode_tool_call_update,
    ToolCallContent: encode_tool_call_content,
}
