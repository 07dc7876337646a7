"""Decoders and encoders of `acp_trio.schema.v1._content`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic

from acp_trio.codec._strict import BAD, Mismatch, add_extras, entry, with_leftover
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema.v1._content import Annotations, AudioContent, BlobResourceContents, ContentBlock, EmbeddedResource, EmbeddedResourceResource, ImageContent, ResourceLink, TextContent, TextResourceContents, UnknownContentBlock


_K_annotations = {
    '_meta': ('meta', None, (None,)),
    'audience': ('audience', None, (None,)),
    'lastModified': ('last_modified', None, (None,)),
    'priority': ('priority', None, (None,)),
}


def decode_annotations(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    if n == len(d):
        return Annotations()
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    audience_ = d.get('audience')
    if audience_ is not None:
        try:
            if audience_.__class__ is not list:
                raise Mismatch
            audience_k = []
            for audience_i in audience_:
                try:
                    if not (audience_i.__class__ is str and audience_i in {'assistant', 'user'}):
                        raise Mismatch
                except BAD:
                    continue
                audience_k.append(audience_i)
            audience_ = audience_k
        except BAD:
            audience_ = None
        else:
            n += 1
    last_modified_ = d.get('lastModified')
    if last_modified_ is not None:
        if last_modified_.__class__ is str:
            n += 1
        else:
            last_modified_ = None
    priority_ = d.get('priority')
    if priority_ is not None:
        if (priority_.__class__ is float or priority_.__class__ is int):
            n += 1
        else:
            priority_ = None
    o = Annotations(meta=meta_, audience=audience_, last_modified=last_modified_, priority=priority_)
    return o if n == len(d) else with_leftover(o, d, _K_annotations, tag, d)


def encode_annotations(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.audience
    if x is not None:
        out['audience'] = [*x]
    x = o.last_modified
    if x is not None:
        out['lastModified'] = x
    x = o.priority
    if x is not None:
        out['priority'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_text_content = {
    '_meta': ('meta', None, (None,)),
    'annotations': ('annotations', None, (None,)),
    'text': None,
}


def decode_text_content(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    text_ = d['text']
    if not (text_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return TextContent(text=text_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    annotations_ = d.get('annotations')
    if annotations_ is not None:
        try:
            annotations_ = decode_annotations(annotations_)
        except BAD:
            annotations_ = None
        else:
            n += 1
    o = TextContent(meta=meta_, annotations=annotations_, text=text_)
    return o if n == len(d) else with_leftover(o, d, _K_text_content, tag, d)


def encode_text_content(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.annotations
    if x is not None:
        out['annotations'] = encode_annotations(x, {})
    out['text'] = o.text
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_image_content = {
    '_meta': ('meta', None, (None,)),
    'annotations': ('annotations', None, (None,)),
    'data': None,
    'mimeType': None,
    'uri': ('uri', None, (None,)),
}


def decode_image_content(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    data_ = d['data']
    if not (data_.__class__ is str):
        raise Mismatch
    mime_type_ = d['mimeType']
    if not (mime_type_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return ImageContent(data=data_, mime_type=mime_type_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    annotations_ = d.get('annotations')
    if annotations_ is not None:
        try:
            annotations_ = decode_annotations(annotations_)
        except BAD:
            annotations_ = None
        else:
            n += 1
    uri_ = d.get('uri')
    if uri_ is not None:
        if uri_.__class__ is str:
            n += 1
        else:
            uri_ = None
    o = ImageContent(meta=meta_, annotations=annotations_, data=data_, mime_type=mime_type_, uri=uri_)
    return o if n == len(d) else with_leftover(o, d, _K_image_content, tag, d)


def encode_image_content(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.annotations
    if x is not None:
        out['annotations'] = encode_annotations(x, {})
    out['data'] = o.data
    out['mimeType'] = o.mime_type
    x = o.uri
    if x is not None:
        out['uri'] = x
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_audio_content = {
    '_meta': ('meta', None, (None,)),
    'annotations': ('annotations', None, (None,)),
    'data': None,
    'mimeType': None,
}


def decode_audio_content(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    data_ = d['data']
    if not (data_.__class__ is str):
        raise Mismatch
    mime_type_ = d['mimeType']
    if not (mime_type_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return AudioContent(data=data_, mime_type=mime_type_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    annotations_ = d.get('annotations')
    if annotations_ is not None:
        try:
            annotations_ = decode_annotations(annotations_)
        except BAD:
            annotations_ = None
        else:
            n += 1
    o = AudioContent(meta=meta_, annotations=annotations_, data=data_, mime_type=mime_type_)
    return o if n == len(d) else with_leftover(o, d, _K_audio_content, tag, d)


def encode_audio_content(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.annotations
    if x is not None:
        out['annotations'] = encode_annotations(x, {})
    out['data'] = o.data
    out['mimeType'] = o.mime_type
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_resource_link = {
    '_meta': ('meta', None, (None,)),
    'annotations': ('annotations', None, (None,)),
    'description': ('description', None, (None,)),
    'mimeType': ('mime_type', None, (None,)),
    'name': None,
    'size': ('size', None, (None,)),
    'title': ('title', None, (None,)),
    'uri': None,
}


def decode_resource_link(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    name_ = d['name']
    if not (name_.__class__ is str):
        raise Mismatch
    uri_ = d['uri']
    if not (uri_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return ResourceLink(name=name_, uri=uri_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    annotations_ = d.get('annotations')
    if annotations_ is not None:
        try:
            annotations_ = decode_annotations(annotations_)
        except BAD:
            annotations_ = None
        else:
            n += 1
    description_ = d.get('description')
    if description_ is not None:
        if description_.__class__ is str:
            n += 1
        else:
            description_ = None
    mime_type_ = d.get('mimeType')
    if mime_type_ is not None:
        if mime_type_.__class__ is str:
            n += 1
        else:
            mime_type_ = None
    size_ = d.get('size')
    if size_ is not None:
        if size_.__class__ is int and -9223372036854775808 <= size_ <= 9223372036854775807:
            n += 1
        else:
            size_ = None
    title_ = d.get('title')
    if title_ is not None:
        if title_.__class__ is str:
            n += 1
        else:
            title_ = None
    o = ResourceLink(meta=meta_, annotations=annotations_, description=description_, mime_type=mime_type_, name=name_, size=size_, title=title_, uri=uri_)
    return o if n == len(d) else with_leftover(o, d, _K_resource_link, tag, d)


def encode_resource_link(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.annotations
    if x is not None:
        out['annotations'] = encode_annotations(x, {})
    x = o.description
    if x is not None:
        out['description'] = x
    x = o.mime_type
    if x is not None:
        out['mimeType'] = x
    out['name'] = o.name
    x = o.size
    if x is not None:
        out['size'] = x
    x = o.title
    if x is not None:
        out['title'] = x
    out['uri'] = o.uri
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_text_resource_contents = {
    '_meta': ('meta', None, (None,)),
    'mimeType': ('mime_type', None, (None,)),
    'text': None,
    'uri': None,
}


def decode_text_resource_contents(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    text_ = d['text']
    if not (text_.__class__ is str):
        raise Mismatch
    uri_ = d['uri']
    if not (uri_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return TextResourceContents(text=text_, uri=uri_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    mime_type_ = d.get('mimeType')
    if mime_type_ is not None:
        if mime_type_.__class__ is str:
            n += 1
        else:
            mime_type_ = None
    o = TextResourceContents(meta=meta_, mime_type=mime_type_, text=text_, uri=uri_)
    return o if n == len(d) else with_leftover(o, d, _K_text_resource_contents, tag, d)


def encode_text_resource_contents(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.mime_type
    if x is not None:
        out['mimeType'] = x
    out['text'] = o.text
    out['uri'] = o.uri
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_blob_resource_contents = {
    '_meta': ('meta', None, (None,)),
    'blob': None,
    'mimeType': ('mime_type', None, (None,)),
    'uri': None,
}


def decode_blob_resource_contents(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    blob_ = d['blob']
    if not (blob_.__class__ is str):
        raise Mismatch
    uri_ = d['uri']
    if not (uri_.__class__ is str):
        raise Mismatch
    n += 2
    if n == len(d):
        return BlobResourceContents(blob=blob_, uri=uri_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    mime_type_ = d.get('mimeType')
    if mime_type_ is not None:
        if mime_type_.__class__ is str:
            n += 1
        else:
            mime_type_ = None
    o = BlobResourceContents(meta=meta_, blob=blob_, mime_type=mime_type_, uri=uri_)
    return o if n == len(d) else with_leftover(o, d, _K_blob_resource_contents, tag, d)


def encode_blob_resource_contents(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['blob'] = o.blob
    x = o.mime_type
    if x is not None:
        out['mimeType'] = x
    out['uri'] = o.uri
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_embedded_resource = {
    '_meta': ('meta', None, (None,)),
    'annotations': ('annotations', None, (None,)),
    'resource': None,
}


def decode_embedded_resource(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    resource_ = d['resource']
    resource_ = decode_embedded_resource_resource(resource_)
    n += 1
    if n == len(d):
        return EmbeddedResource(resource=resource_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    annotations_ = d.get('annotations')
    if annotations_ is not None:
        try:
            annotations_ = decode_annotations(annotations_)
        except BAD:
            annotations_ = None
        else:
            n += 1
    o = EmbeddedResource(meta=meta_, annotations=annotations_, resource=resource_)
    return o if n == len(d) else with_leftover(o, d, _K_embedded_resource, tag, d)


def encode_embedded_resource(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    x = o.annotations
    if x is not None:
        out['annotations'] = encode_annotations(x, {})
    x = o.resource
    out['resource'] = encode_embedded_resource_resource(x, {})
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


_K_unknown_content_block = {
    '_meta': ('meta', None, (None,)),
    'type': None,
}


def decode_unknown_content_block(d, n=0, tag=None):
    if d.__class__ is not dict:
        raise Mismatch
    tag_ = d['type']
    if not (tag_.__class__ is str):
        raise Mismatch
    n += 1
    if n == len(d):
        return UnknownContentBlock(tag=tag_)
    meta_ = d.get('_meta')
    if meta_ is not None:
        if meta_.__class__ is dict:
            n += 1
        else:
            meta_ = None
    o = UnknownContentBlock(meta=meta_, tag=tag_)
    return o if n == len(d) else with_leftover(o, d, _K_unknown_content_block, tag, d)


def encode_unknown_content_block(o, out):
    x = o.meta
    if x is not None:
        out['_meta'] = {**x}
    out['type'] = o.tag
    if o.extras is not NOTHING_MORE:
        add_extras(o, out)
    return out


def decode_embedded_resource_resource(d):
    try:
        x = d
        x = decode_text_resource_contents(x)
        return x
    except BAD:
        pass  # the next may fit
    d = decode_blob_resource_contents(d)
    return d


_C_embedded_resource_resource = {
    TextResourceContents: encode_text_resource_contents,
    BlobResourceContents: encode_blob_resource_contents,
}


def encode_embedded_resource_resource(o, out):
    return (_C_embedded_resource_resource.get(o.__class__) or entry(_C_embedded_resource_resource, o, 'embedded_resource_resource'))(o, out)


_T_content_block = {
    'text': decode_text_content,
    'image': decode_image_content,
    'audio': decode_audio_content,
    'resource_link': decode_resource_link,
    'resource': decode_embedded_resource,
}


def decode_content_block(d):
    if d.__class__ is not dict:
        raise Mismatch
    tag = d['type']
    if tag.__class__ is not str:
        raise Mismatch
    f = _T_content_block.get(tag)
    if f is not None:
        return f(d, 1, 'type')
    return decode_unknown_content_block(d)


_C_content_block = {
    TextContent: ('text', encode_text_content),
    ImageContent: ('image', encode_image_content),
    AudioContent: ('audio', encode_audio_content),
    ResourceLink: ('resource_link', encode_resource_link),
    EmbeddedResource: ('resource', encode_embedded_resource),
    UnknownContentBlock: (None, encode_unknown_content_block),
}


def encode_content_block(o, out):
    tag, f = _C_content_block.get(o.__class__) or entry(_C_content_block, o, 'content_block')
    if tag is not None:
        out['type'] = tag
    return f(o, out)


DECODERS = {
    Annotations: decode_annotations,
    TextContent: decode_text_content,
    ImageContent: decode_image_content,
    AudioContent: decode_audio_content,
    ResourceLink: decode_resource_link,
    TextResourceContents: decode_text_resource_contents,
    BlobResourceContents: decode_blob_resource_contents,
    EmbeddedResource: decode_embedded_resource,
    UnknownContentBlock: decode_unknown_content_block,
    EmbeddedResourceResource: decode_embedded_resource_resource,
    ContentBlock: decode_content_block,
}

ENCODERS = {
    Annotations: encode_annotations,
    TextContent: encode_text_content,
    ImageContent: encode_image_content,
    AudioContent: encode_audio_content,
    ResourceLink: encode_resource_link,
    TextResourceContents: encode_text_resource_contents,
    BlobResourceContents: encode_blob_resource_contents,
    EmbeddedResource: encode_embedded_resource,
    UnknownContentBlock: encode_unknown_content_block,
    EmbeddedResourceResource: encode_embedded_resource_resource,
    ContentBlock: encode_content_block,
}
