"""What an OpenDocument text has above and below each page: the library reads only what is between."""

import re

from api.adapters.parsing.office.docx_parts import PAGE_NUMBER

_PRINTED = re.compile(
    rb"<style:(header|footer)(?:-left|-first)?(\s[^>]*)?(?<!/)>(.*?)</style:\1(?:-left|-first)?\s*>", re.S
)
_NOT_SHOWN = re.compile(rb"style:display=\"false\"")
_PARAGRAPH = re.compile(rb"<text:p(?:\s[^>]*)?(?<!/)>(.*?)</text:p\s*>", re.S)
_TAG = re.compile(rb"<[^>]*>")
_BEGIN, _END = re.compile(rb"<office:text(?:\s[^>]*)?(?<!/)>"), re.compile(rb"</office:text\s*>")


def with_headers(content: bytes, styles: bytes) -> bytes:
    """The content with the headers at its beginning and the footers at its end, each paragraph once."""
    printed: dict[bytes, dict[bytes, bytes]] = {b"header": {}, b"footer": {}}
    for kind, facts, inner in _PRINTED.findall(styles):
        if not _NOT_SHOWN.search(facts):
            for paragraph in _PARAGRAPH.findall(inner):
                shown = b" ".join(_TAG.sub(b" ", paragraph).split())
                if shown and not PAGE_NUMBER.fullmatch(shown.decode(errors="replace")):
                    printed[kind].setdefault(shown, b"<text:p>%b</text:p>" % paragraph)
    header, footer = (b"".join(paragraphs.values()) for paragraphs in printed.values())
    if header:
        content = _BEGIN.sub(lambda found: found[0] + header, content, count=1)
    return _END.sub(lambda found: footer + found[0], content, count=1) if footer else content
