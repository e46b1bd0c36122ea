"""Japanese words of the field, written in romaji, as the English ones: ``kousa_entropy``."""

import re

# by their long vowels as if these were short, as people write them in more than one way
_ENGLISH = {
    "nijowa": "sumsquared", "jijowa": "sumsquared",
    "kosa": "cross", "gosa": "error", "nijo": "squared", "jijo": "squared", "heikin": "mean",
    "sowa": "sum", "sonshitsu": "loss", "nichi": "binary", "kansu": "function",
    "dokansu": "derivative", "bibun": "derivative", "kobai": "gradient", "suchi": "numerical",
    "gyakudenpa": "backward", "jundenpa": "forward", "kaseika": "activation",
    "kasseika": "activation", "koto": "identity", "kaidan": "step", "senkei": "linear",
    "zenketsugo": "fc", "omomi": "weights", "shokika": "initialize", "koshin": "update",
    "gakushuritsu": "lr", "saitekika": "optimizer", "hyojunka": "standardize",
    "seikika": "normalize", "seikairitsu": "accuracy", "keisan": "calculate",
}  # fmt: skip
_SPELLED = (
    (r"o[ou]", "o"), (r"uu", "u"), (r"ii", "i"), (r"s(?=i)|s(?=y)", "sh"), (r"t(?=y)", "ch"),
    (r"(?<=[sc]h)y", ""), (r"tu", "tsu"), (r"t(?=i)", "ch"), (r"hu", "fu"), (r"mp", "np"),
)  # fmt: skip
_WORDS = re.compile("|".join(sorted(_ENGLISH, key=len, reverse=True)))
_OF = "no"  # between two words; of a name in English it says another thing


def translated(said: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name, with the English ones for those that are made of such words alone."""
    each = [of_word(word) for word in said]
    if not any(each):
        return said
    pairs = zip(said, each, strict=True)
    return tuple(w for own, other in pairs for w in other or (own,) if w != _OF)


def of_word(word: str) -> tuple[str, ...]:
    """The English words of one that is made of such words alone; else none."""
    for pattern, other in _SPELLED:
        word = re.sub(pattern, other, word)
    whole = re.fullmatch(rf"(?:{_WORDS.pattern})+", word)
    return tuple(_ENGLISH[each] for each in _WORDS.findall(word)) if whole else ()
