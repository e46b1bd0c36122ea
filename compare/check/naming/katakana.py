"""English words as they sound in katakana, written in romaji: ``sofutomakkusu`` is softmax.

Both are brought to their consonants, of which katakana has fewer; the vowels of the English word
stand among those of the other, in their order.
"""

import re
from collections.abc import Collection
from functools import lru_cache

_ENDINGS = r"sh|ch|ts|j|f|[kgnhbpmr]y|[kgsztdnhbpmrwy]"
_MORAE = re.compile(rf"(?:(?:(?<!^)([kstpgdbzc])(?=\1|h))?(?:{_ENDINGS})?[aiueo]|n(?![aiueoy]))+")
_LEAST = 3  # consonants: of fewer, words of Japanese itself have the same
# what one language tells apart and the other does not, in the order in which it is replaced
_SOUNDS = (
    (r"[ts]ion", "sn"), (r"ph|v|b", "f"), (r"th|sh", "s"), (r"t?ch|tsu?|cch", "t"), (r"ck|q", "k"),
    (r"x", "ks"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"l", "r"), (r"j|dg", "z"),
    (r"(?<=[aiueo])r(?![aiueoy])", ""), (r"m(?=[fp])", "n"), (r"[hwy]", ""),
)  # fmt: skip


def english(word: str, vocabulary: Collection[str]) -> str:
    """The word of the vocabulary that it spells; itself where that is none, or more than one."""
    if word in vocabulary or not _MORAE.fullmatch(word):
        return word
    consonants, vowels = _sound(word)
    if len(consonants) < _LEAST:
        return word
    sounds = ((w, *_sound(w)) for w in vocabulary)
    alike = [w for w, own, its in sounds if own == consonants and _stands_in(its, vowels)]
    return alike[0] if len(alike) == 1 else word


@lru_cache(maxsize=1 << 10)  # of the whole vocabulary, for each word of a submission
def _sound(word: str) -> tuple[str, str]:
    """Its consonants, without any that is doubled, and its vowels."""
    for sound, other in _SOUNDS:
        word = re.sub(sound, other, word)
    consonants = re.sub(r"[aiueo]", "", word)
    return re.sub(r"(.)\1+", r"\1", consonants), re.sub(r"[^aiueo]", "", word)


def _stands_in(vowels: str, others: str) -> bool:
    left = iter(others)
    return all(vowel in left for vowel in vowels)
