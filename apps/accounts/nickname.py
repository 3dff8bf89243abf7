"""Which nicknames others can read, and none can be led astray by."""

import unicodedata

MOST_VISIBLE = 32
MOST_CODE_POINTS = 64
# Joins emoji to one; every other format character is invisible or turns the direction of the text.
JOINER = "\u200d"
# Control, format, surrogate, private, unassigned; line and paragraph separators.
REFUSED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
INVISIBLE = ("Mn", "Me", "Cf", "Zs")
# Letters and signs by their category, and yet nothing to see: the fillers of Hangul, Braille without a dot.
BLANK = "\u115f\u1160\u3164\uffa0\u2800"


def cleaned(written: str) -> str:
    """In NFC, without spaces around it. Raises ValueError with a sentence for the user."""
    text = unicodedata.normalize("NFC", written).strip()
    categories = [unicodedata.category(char) for char in text]
    if any(category in REFUSED and char != JOINER for char, category in zip(text, categories, strict=True)):
        raise ValueError("Use letters, digits, signs and emoji only.")
    visible = sum(
        category not in INVISIBLE and char not in BLANK for char, category in zip(text, categories, strict=True)
    )
    if not 1 <= visible <= MOST_VISIBLE or len(text) > MOST_CODE_POINTS:
        raise ValueError(f"Use 1 to {MOST_VISIBLE} visible characters.")
    return text
