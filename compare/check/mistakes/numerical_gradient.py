"""Mistakes in the gradient by differences."""

from compare.check.concept import mistake

_CHECK = "https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html"
_FORMULA = "(f(x + h e_i) - f(x - h e_i)) / 2h"

CAUSES = (
    mistake(
        "one_sided_difference",
        "it is the {side} difference, whose error is h/2 f'' instead of h^2/6 f'''",
        "{side}差分になっています（誤差が h^2/6 f''' ではなく h/2 f'' です）",
        f"Take the central difference: {_FORMULA}.",
        f"中心差分を使ってください: {_FORMULA}。",
        "§5", _CHECK,
    ),
    mistake(
        "half_a_difference",
        "the forward difference f(x + h) - f(x) is divided by 2h: it is half of what it "
        "should be",
        "前進差分 f(x + h) - f(x) を 2h で割っているため、半分の値になります",
        f"2h belongs to the central difference: {_FORMULA}.",
        f"2h で割るのは中心差分です: {_FORMULA}。",
        "§5", _CHECK,
    ),
    mistake(
        "differences_of_zero",
        "all differences are 0: h is so small that x + h is x, or no result is put in the array",
        "差分がすべて 0 です: h が小さすぎて x + h が x と同じになるか、結果が代入されていません",
        "Take h = 1e-4: below 1e-16 it is lost in rounding.",
        "h = 1e-4 程度にしてください。1e-16 より小さいと丸めで消えます。",
        "§5", _CHECK,
    ),
    mistake(
        "returned_in_the_loop",
        "only the first element has a gradient, all others are 0: return stands inside the loop",
        "最初の要素にしか勾配がなく、ほかはすべて 0 です: return がループの中にあります",
        "Indent return as the line of the loop is: it ends the function in the first round.",
        "return の字下げをループの行に合わせてください。今は 1 回目で関数が終わります。",
        "§5", _CHECK,
    ),
    mistake(
        "reset_in_the_loop",
        "only the last element has a gradient, all others are 0: the array of the result is "
        "made anew in every round",
        "最後の要素にしか勾配がなく、ほかはすべて 0 です: 結果の配列をループのたびに"
        "作り直しています",
        "Make it once, before the loop: grad = np.zeros_like(x).",
        "ループの前に一度だけ作ってください: grad = np.zeros_like(x)。",
        "§5", _CHECK,
    ),
    mistake(
        "difference_not_divided",
        "the difference is not divided by 2h",
        "差分を 2h で割っていません",
        f"Divide by 2h: {_FORMULA}.",
        f"2h で割ってください: {_FORMULA}。",
        "§5", _CHECK,
    ),
    mistake(
        "divided_without_brackets",
        "the brackets are missing: / 2 * h multiplies by h",
        "括弧がありません: / 2 * h は h を掛けることになります",
        "Write / (2 * h).",
        "/ (2 * h) と書いてください。",
        "§5", _CHECK,
    ),
    mistake(
        "halved_by_aliasing",
        "it is exactly half: what is kept of x is a view that changes with x",
        "ちょうど半分です: 退避した x の要素がビューなので、x と一緒に変わります",
        "x[i] of a 2-D array is a row, not a number. Go through np.ndindex(x.shape), or keep "
        "float(x[i]) or x[i].copy().",
        "2 次元配列の x[i] は数ではなく行のビューです。np.ndindex(x.shape) で回すか、"
        "x[i].copy() を退避してください。",
        "§5", _CHECK,
    ),
    mistake(
        "integers_truncated",
        "x is an array of integers: x + h is cut off to a whole number",
        "x が整数の配列なので、x + h が整数に切り捨てられます",
        "Work on x.astype(float).",
        "x.astype(float) で計算してください。",
        "§5", _CHECK,
    ),
    mistake(
        "not_restored",
        "x is not restored: each element stays shifted while the next is differentiated",
        "x が元に戻されていません: ずらした値のまま次の要素を微分しています",
        "Put the kept value back after each element: x[i] = kept.",
        "要素ごとに元の値を戻してください: x[i] = tmp。",
        "§5", _CHECK,
    ),
    mistake(
        "all_at_once",
        "h is added to all elements at once, not to one at a time",
        "h を 1 要素ずつではなく全要素に同時に足しています",
        f"{_FORMULA}: only element i moves.",
        f"{_FORMULA}: i 番目の要素だけを動かします。",
        "§5", _CHECK,
    ),
)  # fmt: skip
