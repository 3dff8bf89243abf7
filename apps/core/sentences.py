"""What users read of their own things besides problems (problem_words.py), and of single fields.

The code has the English; sentence_texts/ has the other languages by it.
"""

from pathlib import Path

from apps.core import languages, translations

# What a pack, or an order of one, is called.
POINTS = "{points} points"
FOLDER = Path(__file__).parent / "sentence_texts"


def said(english: str) -> str:
    """In the language of the answer that is being made; as it is, if it has no other."""
    told: str = translations.read(FOLDER, languages.current()).get(english, english)
    return told
