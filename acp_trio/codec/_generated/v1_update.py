"""Decoders and encoders of `acp_trio.schema.v1._update`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._generated.v1_commands import decode_available_commands_update, encode_available_commands_update
from acp_trio.codec._generated.v1_config import decode_session_config_option, encode_session_config_option
from acp_trio.codec._generated.v1_content import decode_content_block, encode_content_block
from acp_trio.codec._generated.v1_plan import decode_plan, encode_plan
from acp_trio.codec._generated.v1_tool_call import decode_tool_call, decode_tool_call_update, encode_tool_call, encode_tool_call_update
from acp_trio.codec._strict import BAD, Mismatch, add_extras, entry, with_leftover
from acp_trio.schema import UNSET
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._commands import AvailableCommandsUpdate
from acp_trio.schema.v1._plan import Plan
from acp_trio.schema.v1._tool_call import ToolCall, ToolCallUpdate
from acp_trio.schema.v1._update import AgentMessageChunk, AgentThoughtChunk, CompactionSummaryChunk, CompactionUpdate, ConfigOptionUpdate, ContentChunk, Cost, CurrentModeUpdate, Notice, SessionInfoUpdate, SessionNotification, SessionUpdate, UnknownSessionUpdate, UsageUpdate, UserMessageChunk


_K_content_chunk = {
    '_meta': ('meta', None, (None,)),
    'content': None,
    'messageId': ('message_id', None, (None,)),
}


def decode_content_chunk(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    content_ = d['content']
    content_ = decode_content_block(content_)
    n += 1
    if n == len(d):
        return ContentChunk(content=content_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    message_id_ = d.get('messageId')
    if message_id_ is not None:
        if message_id_.__class__ is str:
            n += 1
        else:
            message_id_ = None
    o = ContentChunk(meta=meta_, content=content_, message_id=message_id_)
    return o if n == len(d) else with_leftover(o, d, _K_content_chunk, tag, d)


def encode_content_chunk(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.content
    out['content'] = encode_content_block(x, {})
    x = o.message_id
    if x is not None:
        out['messageId'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_user_message_chunk = {
    '_meta': ('meta', None, (None,)),
    'content': None,
    'messageId': ('message_id', None, (None,)),
}


def decode_user_message_chunk(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    content_ = d['content']
    content_ = decode_content_block(content_)
    n += 1
    if n == len(d):
        return UserMessageChunk(content=content_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    message_id_ = d.get('messageId')
    if message_id_ is not None:
        if message_id_.__class__ is str:
            n += 1
        else:
            message_id_ = None
    o = UserMessageChunk(meta=meta_, content=content_, message_id=message_id_)
    return o if n == len(d) else with_leftover(o, d, _K_user_message_chunk, tag, d)


def encode_user_message_chunk(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.content
    out['content'] = encode_content_block(x, {})
    x = o.message_id
    if x is not None:
        out['messageId'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_agent_message_chunk = {
    '_meta': ('meta', None, (None,)),
    'content': None,
    'messageId': ('message_id', None, (None,)),
}


def decode_agent_message_chunk(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    content_ = d['content']
    content_ = decode_content_block(content_)
    n += 1
    if n == len(d):
        return AgentMessageChunk(content=content_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    message_id_ = d.get('messageId')
    if message_id_ is not None:
        if message_id_.__class__ is str:
            n += 1
        else:
            message_id_ = None
    o = AgentMessageChunk(meta=meta_, content=content_, message_id=message_id_)
    return o if n == len(d) else with_leftover(o, d, _K_agent_message_chunk, tag, d)


def encode_agent_message_chunk(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.content
    out['content'] = encode_content_block(x, {})
    x = o.message_id
    if x is not None:
        out['messageId'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_agent_thought_chunk = {
    '_meta': ('meta', None, (None,)),
    'content': None,
    'messageId': ('message_id', None, (None,)),
}


def decode_agent_thought_chunk(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    content_ = d['content']
    content_ = decode_content_block(content_)
    n += 1
    if n == len(d):
        return AgentThoughtChunk(content=content_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    message_id_ = d.get('messageId')
    if message_id_ is not None:
        if message_id_.__class__ is str:
            n += 1
        else:
            message_id_ = None
    o = AgentThoughtChunk(meta=meta_, content=content_, message_id=message_id_)
    return o if n == len(d) else with_leftover(o, d, _K_agent_thought_chunk, tag, d)


def encode_agent_thought_chunk(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.content
    out['content'] = encode_content_block(x, {})
    x = o.message_id
    if x is not None:
        out['messageId'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_current_mode_update = {
    '_meta': ('meta', None, (None,)),
    'currentModeId': None,
}


def decode_current_mode_update(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    current_mode_id_ = d['currentModeId']
    if not (current_mode_id_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return CurrentModeUpdate(current_mode_id=current_mode_id_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = CurrentModeUpdate(meta=meta_, current_mode_id=current_mode_id_)
    return o if n == len(d) else with_leftover(o, d, _K_current_mode_update, tag, d)


def encode_current_mode_update(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['currentModeId'] = o.current_mode_id
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_config_option_update = {
    '_meta': ('meta', None, (None,)),
    'configOptions': None,
}


def decode_config_option_update(d, n=0, tag=None):
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
        return ConfigOptionUpdate(config_options=config_options_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = ConfigOptionUpdate(meta=meta_, config_options=config_options_)
    return o if n == len(d) else with_leftover(o, d, _K_config_option_update, tag, d)


def encode_config_option_update(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.config_options
    out['configOptions'] = [encode_session_config_option(xi, {}) for xi in x]
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_info_update = {
    '_meta': ('meta', None, (None,)),
    'title': ('title', UNSET, ()),
    'updatedAt': ('updated_at', UNSET, ()),
}


def decode_session_info_update(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return SessionInfoUpdate()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    title_ = d.get('title', UNSET)
    if title_ is not UNSET:
        if title_ is None:
            n += 1
        else:
            if title_.__class__ is str:
                n += 1
            else:
                title_ = UNSET
    updated_at_ = d.get('updatedAt', UNSET)
    if updated_at_ is not UNSET:
        if updated_at_ is None:
            n += 1
        else:
            if updated_at_.__class__ is str:
                n += 1
            else:
                updated_at_ = UNSET
    o = SessionInfoUpdate(meta=meta_, title=title_, updated_at=updated_at_)
    return o if n == len(d) else with_leftover(o, d, _K_session_info_update, tag, d)


def encode_session_info_update(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.title
    if x is not UNSET:
        out['title'] = x
    x = o.updated_at
    if x is not UNSET:
        out['updatedAt'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_cost = {
    '_meta': ('meta', None, (None,)),
    'amount': None,
    'currency': None,
}


def decode_cost(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    amount_ = d['amount']
    if not ((amount_.__class__ is float or amount_.__class__ is int)):
        raise Mismatch
    currency_ = d['currency']
    if not (currency_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return Cost(amount=amount_, currency=currency_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = Cost(meta=meta_, amount=amount_, currency=currency_)
    return o if n == len(d) else with_leftover(o, d, _K_cost, tag, d)


def encode_cost(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['amount'] = o.amount
    out['currency'] = o.currency
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_usage_update = {
    '_meta': ('meta', None, (None,)),
    'used': None,
    'size': None,
    'cost': ('cost', None, (None,)),
}


def decode_usage_update(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    used_ = d['used']
    if not (used_.__class__ is int and 0 <= used_ <= 18446744073709551615):
        raise Mismatch
    size_ = d['size']
    if not (size_.__class__ is int and 0 <= size_ <= 18446744073709551615):
        raise Mismatch
    n += 2
    if n == len(d):
        return UsageUpdate(used=used_, size=size_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    cost_ = d.get('cost')
    if cost_ is not None:
        try:
            cost_ = decode_cost(cost_)
        except BAD:
            cost_ = None
        else:
            n += 1
    o = UsageUpdate(meta=meta_, used=used_, size=size_, cost=cost_)
    return o if n == len(d) else with_leftover(o, d, _K_usage_update, tag, d)


def encode_usage_update(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['used'] = o.used
    out['size'] = o.size
    x = o.cost
    if x is not None:
        out['cost'] = encode_cost(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_notice = {
    '_meta': ('meta', None, (None,)),
    'severity': None,
    'title': None,
    'description': ('description', None, (None,)),
}


def decode_notice(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    severity_ = d['severity']
    if not (severity_.__class__ is str):
        raise Mismatch
    title_ = d['title']
    if not (title_.__class__ is str and len(title_) >= 1):
        raise Mismatch
    n += 2
    if n == len(d):
        return Notice(severity=severity_, title=title_)
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
    o = Notice(meta=meta_, severity=severity_, title=title_, description=description_)
    return o if n == len(d) else with_leftover(o, d, _K_notice, tag, d)


def encode_notice(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['severity'] = o.severity
    out['title'] = o.title
    x = o.description
    if x is not None:
        out['description'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_compaction_update = {
    '_meta': ('meta', None, (None,)),
    'compactionId': None,
    'status': None,
    'summary': ('summary', UNSET, ()),
    'error': ('error', UNSET, ()),
}


def decode_compaction_update(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    compaction_id_ = d['compactionId']
    if not (compaction_id_.__class__ is str):
        raise Mismatch
    status_ = d['status']
    if not (status_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return CompactionUpdate(compaction_id=compaction_id_, status=status_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    summary_ = d.get('summary', UNSET)
    if summary_ is not UNSET:
        if summary_ is None:
            n += 1
        else:
            try:
                if summary_.__class__ is not list:
                    raise Mismatch
                summary_k = []
                for summary_i in summary_:
                    try:
                        summary_i = decode_content_block(summary_i)
                    except BAD:
                        continue
                    summary_k.append(summary_i)
                summary_ = summary_k
            except BAD:
                summary_ = UNSET
            else:
                n += 1
    error_ = d.get('error', UNSET)
    if error_ is not UNSET:
        if error_ is None:
            n += 1
        else:
            if error_.__class__ is str:
                n += 1
            else:
                error_ = UNSET
    o = CompactionUpdate(meta=meta_, compaction_id=compaction_id_, status=status_, summary=summary_, error=error_)
    return o if n == len(d) else with_leftover(o, d, _K_compaction_update, tag, d)


def encode_compaction_update(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['compactionId'] = o.compaction_id
    out['status'] = o.status
    x = o.summary
    if x is not UNSET:
        out['summary'] = None if x is None else [encode_content_block(xi, {}) for xi in x]
    x = o.error
    if x is not UNSET:
        out['error'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_compaction_summary_chunk = {
    '_meta': ('meta', None, (None,)),
    'compactionId': None,
    'content': None,
}


def decode_compaction_summary_chunk(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    compaction_id_ = d['compactionId']
    if not (compaction_id_.__class__ is str):
        raise Mismatch
    content_ = d['content']
    content_ = decode_content_block(content_)
    n += 2
    if n == len(d):
        return CompactionSummaryChunk(compaction_id=compaction_id_, content=content_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = CompactionSummaryChunk(meta=meta_, compaction_id=compaction_id_, content=content_)
    return o if n == len(d) else with_leftover(o, d, _K_compaction_summary_chunk, tag, d)


def encode_compaction_summary_chunk(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['compactionId'] = o.compaction_id
    x = o.content
    out['content'] = encode_content_block(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_session_update = {
    '_meta': ('meta', None, (None,)),
    'sessionUpdate': None,
}


def decode_unknown_session_update(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['sessionUpdate']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownSessionUpdate(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownSessionUpdate(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_session_update, tag, d)


def encode_unknown_session_update(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionUpdate'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_session_notification = {
    '_meta': ('meta', None, (None,)),
    'sessionId': None,
    'update': None,
}


def decode_session_notification(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    session_id_ = d['sessionId']
    if not (session_id_.__class__ is str):
        raise Mismatch
    update_ = d['update']
    update_ = decode_session_update(update_)
    n += 2
    if n == len(d):
        return SessionNotification(session_id=session_id_, update=update_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = SessionNotification(meta=meta_, session_id=session_id_, update=update_)
    return o if n == len(d) else with_leftover(o, d, _K_session_notification, tag, d)


def encode_session_notification(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['sessionId'] = o.session_id
    x = o.update
    out['update'] = encode_session_update(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_T_session_update = {
    'user_message_chunk': decode_user_message_chunk,
    'agent_message_chunk': decode_agent_message_chunk,
    'agent_thought_chunk': decode_agent_thought_chunk,
    'tool_call': decode_tool_call,
    'tool_call_update': decode_tool_call_update,
    'plan': decode_plan,
    'available_commands_update': decode_available_commands_update,
    'current_mode_update': decode_current_mode_update,
    'config_option_update': decode_config_option_update,
    'session_info_update': decode_session_info_update,
    'usage_update': decode_usage_update,
    'notice': decode_notice,
    'compaction_update': decode_compaction_update,
    'compaction_summary_chunk': decode_compaction_summary_chunk,
}


def decode_session_update(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d['sessionUpdate']
    if tag.__class__ is not str:
        raise Mismatch
    f = _T_session_update.get(tag)
    if f is not None:
        return f(d, 1, 'sessionUpdate')
    return decode_unknown_session_update(d)


_C_session_update = {
    UserMessageChunk: ('user_message_chunk', encode_user_message_chunk),
    AgentMessageChunk: ('agent_message_chunk', encode_agent_message_chunk),
    AgentThoughtChunk: ('agent_thought_chunk', encode_agent_thought_chunk),
    ToolCall: ('tool_call', encode_tool_call),
    ToolCallUpdate: ('tool_call_update', encode_tool_call_update),
    Plan: ('plan', encode_plan),
    AvailableCommandsUpdate: ('available_commands_update', encode_available_commands_update),
    CurrentModeUpdate: ('current_mode_update', encode_current_mode_update),
    ConfigOptionUpdate: ('config_option_update', encode_config_option_update),
    SessionInfoUpdate: ('session_info_update', encode_session_info_update),
    UsageUpdate: ('usage_update', encode_usage_update),
    Notice: ('notice', encode_notice),
    CompactionUpdate: ('compaction_update', encode_compaction_update),
    CompactionSummaryChunk: ('compaction_summary_chunk', encode_compaction_summary_chunk),
    UnknownSessionUpdate: (None, encode_unknown_session_update),
}


def encode_session_update(o, out):
    tag, f = _C_session_update.get(o.__class__) or entry(_C_session_update, o, 'session_update')
    if tag is not None:
        out['sessionUpdate'] = tag
    return f(o, out)


DECODERS = {
    ContentChunk: decode_content_chunk,
    UserMessageChunk: decode_user_message_chunk,
    AgentMessageChunk: decode_agent_message_chunk,
    AgentThoughtChunk: decode_agent_thought_chunk,
    CurrentModeUpdate: decode_current_mode_update,
    ConfigOptionUpdate: decode_config_option_update,
    SessionInfoUpdate: decode_session_info_update,
    Cost: decode_cost,
    UsageUpdate: decode_usage_update,
    Notice: decode_notice,
    CompactionUpdate: decode_compaction_update,
    CompactionSummaryChunk: decode_compaction_summary_chunk,
    UnknownSessionUpdate: decode_unknown_session_update,
    SessionNotification: decode_session_notification,
    SessionUpdate: decode_session_update,
}

ENCODERS = {
    ContentChunk: encode_content_chunk,
    UserMessageChunk: encode_user_message_chunk,
    AgentMessageChunk: encode_agent_message_chunk,
    AgentThoughtChunk: encode_agent_thought_chunk,
    CurrentModeUpdate: encode_current_mode_update,
    ConfigOptionUpdate: encode_config_option_update,
    SessionInfoUpdate: encode_session_info_update,
    Cost: encode_cost,
    UsageUpdate: encode_usage_update,
    Notice: encode_notice,
    CompactionUpdate: encode_compaction_update,
    CompactionSummaryChunk: encode_compaction_summary_chunk,
    UnknownSessionUpdate: encode_unknown_session_update,
    SessionNotification: encode_session_notification,
    SessionUpdate: encode_session_update,
}
