"""What went wrong, for an editor: a sentence in the editor's language, then what was asked for and what to do, or the
house's own sentence with found and expected."""

from __future__ import annotations

import re

from werkzeug.exceptions import HTTPException

from feeds.base.errors import ChannelError, NotFound, PersonError, RenderError

REFUSED = "预览只在这台机器上看得到。"
NO_TOKEN = "预览需要口令：请打开 channel run 打印的地址。"
NO_TOKEN_HINT = (
    "The preview asks for its token: open the address that `channel run` prints, or add ?token= and what the file "
    "preview-token in the state folder says."
)
_FOUND = re.compile(r"""found (['"])(.*?)\1""")
_NOT_THERE = {
    "page": "没有这一页。",
    "document": "这一页没有这一屏，也没有这一条。",
    "item": "这一页没有这一条。",
    "estate": "没有这个小区。",
    "profile": "没有这种机顶盒，或者本频道不播给它。",
    "moment": "没有这个时刻。",
    "look": "地址里的时刻写得不对。",
    "theme": "没有这个主题。",
    "drill": "没有这一级演练。",
    "asset": "这张图不在了，请重新打开这一页。",
}
_CHOOSE = {
    "page": "请在“页面”里输入页号或名称的一部分，从列表里选。",
    "document": "请从这一页的第一屏看起。",
    "item": "按遥控器任意键回到这一页，再从列表里打开；换了时刻，条目也会换。",
    "estate": "请在“小区”里输入名称的一部分，从列表里选。",
    "profile": "请从“机顶盒”里选。",
    "moment": "请在“时刻”里写全年、月、日和时、分，地址里写作 20261124T081200。",
    "look": "时刻后面最多写主题和演练，请在上面重新选。",
    "theme": "请从“主题”里选。",
    "drill": "请从“演练预警”里选；没有预警来源的频道不能演练。",
}
"""What an editor does about it."""


def told(error: Exception) -> tuple[int, str]:
    """The status of the answer, and its words: one line for the editor, then what was asked for and what to do about
    it; where an editor can do nothing, what whoever helps has to know."""
    if isinstance(error, NotFound):
        what = error.message.partition(":")[0]
        asked = _FOUND.search(error.message)
        detail = f"找的是“{asked[2]}”。{_CHOOSE[what]}" if asked and what in _CHOOSE else error.message
        return 404, f"{_NOT_THERE.get(what, '没有这个地址。')}\n{detail}"
    if isinstance(error, HTTPException):
        return error.code or 500, f"预览没有这个地址。\n{error.name}"
    if isinstance(error, RenderError):
        return 500, f"这一页排不出来，不能播出。\n{error.message}"
    if isinstance(error, PersonError):
        return 500, f"频道的文件写得不对，这一页看不了。\n{error.message}"
    if isinstance(error, ChannelError):
        return 500, f"资料读不出来，这一页看不了。\n{error}"
    return 500, f"预览自己出错了，请把下面这句告诉工程师。\n{type(error).__name__}: {error}"
