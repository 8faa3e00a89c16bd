"""The text of a page of the leaderboard."""

import re
from html import unescape


def text_of(html: str) -> str:
    """What a page says in its parts and figures, without scripts and styles."""
    shown = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", shown)).split())
