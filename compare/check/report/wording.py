"""The words in which a submission's result is told, in every language, and every format alike."""

from __future__ import annotations

from compare.check.i18n.text import NOTHING, Text, same
from compare.check.i18n.translation import translated
from compare.check.mistakes.behaviour import NOT_WRITTEN
from compare.check.result import CheckResult, Judgement
from compare.check.verdicts import reason_of
from compare.core.outcome import Outcome

_OUTCOMES = {
    Outcome.SAME: Text("same", "一致"),
    Outcome.DIFFERENT: Text("DIFFERENT", "不一致"),
    Outcome.ERROR: Text("ERROR", "エラー"),
    Outcome.VACUOUS: Text("VACUOUS", "判定不能"),
    Outcome.NOT_COMPARED: Text("NOT COMPARED", "比較できません"),
    Outcome.SKIPPED: Text("skipped", "対象外"),
}
_CONVENTION = Text("same, in another convention", "一致（別の流儀）")
_WARNING = Text("same, with a warning", "一致（注意あり）")
_UNWRITTEN = Text("not written yet", "未実装")

LABELS = {
    "cause": Text("Cause", "原因"),
    "warning": Text("Warning", "注意"),
    "shows": Text("Shows", "箇所"),
    "on": Text("On", "入力"),
    "shown": Text("{seen} ({probe})", "{seen}（{probe}）"),
    "advice": Text("Do", "対処"),
    "formula": Text("Formula", "式"),
    "course": Text("Course", "講座"),
    "again": Text("Again", "再現"),
    "smallest": Text("Smallest problem", "最小の問題"),
    "found": Text("found as", "見つかった名前"),
    "by_map": Text("by --map", "--map 指定"),
    "line": Text("line {n}", "{n} 行目"),
    "parts": Text("with {names}", "{names} を含む"),
    "convention": Text("Convention", "流儀"),
    "follows": Text(
        "It calls {other}, which is wrong: mend that first, then check again.",
        "誤りのある {other} を呼んでいます。先に {other} を直し、もう一度確認してください。",
    ),
    "left_alone": Text("Left alone", "対象外"),
    "meant": Text(
        "{name}; if it is meant to be {concept}, say so by",
        "{name}。{concept} のつもりなら、次を付けてください:",
    ),
    "missing": Text("Not found", "見つからないもの"),
    "more": Text("and {n} more", "ほか {n} 件"),
    "failures": Text("At import", "読み込み時"),
    "lost": Text("Not reached", "未到達"),
    "notes": Text("Note", "備考"),
    "breach": Text("Not from scratch", "スクラッチ実装ではありません"),
    "broken": Text("It cannot be imported", "読み込めません"),
}  # fmt: skip

_ALL_SAME = Text("ALL SAME ({n})", "すべて一致 ({n})")
_SOME = Text("{same} of {n} are the same", "{n} 件中 {same} 件が一致")
_WARNED = Text(", {n} with a warning", "、うち注意 {n} 件")
_UNWRITTEN_YET = Text(", {n} not written yet", "、未実装 {n} 件")
_LOST = Text("; {n} not reached: the import failed before", "、読み込み失敗により未到達 {n} 件")
_NOT_FROM_SCRATCH = Text("NOT FROM SCRATCH", "スクラッチ実装ではありません")
_BROKEN = Text("NOTHING JUDGED: it cannot be imported", "判定なし: 読み込めません")
_NOTHING = Text(
    "NOTHING JUDGED: it has no name that is known here; --map CONCEPT=NAME says which is which",
    "判定なし: 知っている名前がありません。--map CONCEPT=NAME で対応を指定してください",
)


def label(key: str, lang: str, **blanks: object) -> str:
    """A word of the report with its blanks filled."""
    return LABELS[key].filled({name: str(value) for name, value in blanks.items()}).of(lang)


def troubles(checked: CheckResult) -> list[tuple[str, Text]]:
    """Why nothing, or nothing more, could be judged, each once with the key of its label."""
    broken = [checked.broken] if checked.broken else []
    # once each: a breach at the import is also why it is broken
    lines = dict.fromkeys([*checked.breaches, *broken])
    return [("breach" if n in checked.breaches else "broken", translated(n)) for n in lines]


def around(checked: CheckResult) -> list[tuple[str, Text]]:
    """What is reported beside the judgements: troubles, failures of the import, and notes."""
    failures = [("failures", translated(line)) for line in checked.failures]
    lost = [("lost", same(", ".join(checked.lost)))] if checked.lost else []
    notes = [("notes", translated(n)) for n in checked.notes]
    return [*troubles(checked), *failures, *lost, *notes]


def reason(judgement: Judgement) -> Text:
    """Why it is no pass, where no cause says that; empty where it is one."""
    first = judgement.verdict.first
    return reason_of(first) if first is not None else NOTHING


def unwritten(judgement: Judgement) -> bool:
    """Whether its author has not begun with it."""
    return any(d.cause == NOT_WRITTEN for d in judgement.diagnoses)


def outcome_of(judgement: Judgement) -> Text:
    """What came of a concept, in a few words."""
    # a starting file is full of these: work to do, and no failure to be shown in red
    if unwritten(judgement):
        return _UNWRITTEN
    if judgement.warned:
        return _WARNING
    if judgement.outcome is Outcome.SAME and judgement.conventions:
        return _CONVENTION
    return _OUTCOMES[judgement.outcome]


def conclusion(checked: CheckResult, strict: bool = False) -> Text:
    """The last line: what came of all of it."""
    # before all else: what was judged may be another's work
    if checked.breaches:
        return _NOT_FROM_SCRATCH
    if checked.broken:
        return _BROKEN
    if not checked.judgements:
        return _NOTHING
    # a warning counts as the same, also where `strict` lets it fail
    passing = [j for j in checked.judgements if not j.fails()]
    counts = {"n": str(len(checked.judgements)), "same": str(len(passing))}
    sentence = (_ALL_SAME if checked.passed(strict) else _SOME).filled(counts)
    warned = sum(j.warned for j in passing)
    waiting = sum(unwritten(j) for j in checked.judgements)
    # each only where there is one
    counted = ((_WARNED, warned), (_UNWRITTEN_YET, waiting), (_LOST, len(checked.lost)))
    for part, n in counted:
        added = part.filled({"n": str(n)})
        sentence = Text(sentence.en + added.en, sentence.ja + added.ja) if n else sentence
    return sentence
