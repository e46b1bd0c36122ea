"""Mistakes that show in how something behaves: it raises, hangs, changes its input, remembers."""

from compare.check.concept import Mistake, mistake

_NOTHING = ""  # the section of what it is found in
NOT_WRITTEN = "not_written"
NAME_LOST = "name_lost"
NOT_CALLED, UNBOUND = "not_called", "unbound_local"
NOT_HERE = "package_not_here"
RAISED = {  # what Python and NumPy say, in any of their versions
    NOT_WRITTEN: ("NotImplementedError",),
    UNBOUND: ("UnboundLocalError",),
    NOT_HERE: ("ModuleNotFoundError: No module named",),
    "one_number_only": (
        "TypeError: only length-1 arrays can be converted",
        "TypeError: only size-1 arrays can be converted",
        "TypeError: only 0-dimensional arrays can be converted",
    ),
    "branch_on_array": ("ValueError: The truth value of an array with more than one element",),
    "shapes_do_not_fit": (
        "ValueError: operands could not be broadcast together",
        "ValueError: matmul: Input operand",
        "ValueError: shapes (",
    ),
    "max_for_maximum": (
        "TypeError: only integer scalar arrays can be converted to a scalar index",
    ),
}


def _ending(key: str, en: str, ja: str, advice_en: str, advice_ja: str) -> Mistake:
    return mistake(key, en, ja, advice_en, advice_ja, _NOTHING, _NOTHING)


CAUSES = (
    _ending(
        "raised",
        "it raises an exception: {line}",
        "例外が発生します: {line}",
        "Run it on an array of that shape by itself, and mend the line that is named.",
        "その形の配列で単独に実行し、示された行を直してください。",
    ),
    _ending(
        UNBOUND,
        "a variable is set on one path only, and used on another: {line}",
        "変数が一方の分岐でしか代入されていません: {line}",
        "Set it before the if, or in both branches: a line that is indented too far is in one alone.",
        "if の前か、両方の分岐で代入してください。インデントが深すぎると片方の分岐だけに入ります。",
    ),
    _ending(
        NOT_CALLED,
        "no way was found to call it: {line}",
        "呼び出し方が分かりませんでした: {line}",
        "This says nothing of what it computes. It is judged with the arguments that the course "
        "gives it, or with others of usual names.",
        "計算の正誤については何も言えません。講座と同じ引数か、一般的な名前の引数にすると判定できます。",
    ),
    _ending(
        "not_reached",
        "it was not reached: {line}",
        "時間切れで判定できませんでした: {line}",
        "Mend what does not come to an end, or give it more time by --timeout.",
        "終わらない処理を直すか、--timeout で時間を増やしてください。",
    ),
    _ending(
        "one_number_only",
        "a function of single numbers is given a whole array: {line}",
        "1 つの数しか受け取れない関数に配列を渡しています: {line}",
        "math.exp and float take one number. Use NumPy's: np.exp, np.log, np.sqrt, np.tanh.",
        "math.exp や float は 1 つの数しか受け取れません。np.exp、np.log、np.sqrt、np.tanh など"
        "NumPy の関数を使ってください。",
    ),
    _ending(
        "branch_on_array",
        "an array is asked for one truth value, by if, and, or, max: {line}",
        "配列全体を if・and・or・max などで 1 つの真偽値として扱っています: {line}",
        "Decide element by element: np.where(x > 0, a, b), np.maximum(0, x), & for and.",
        "要素ごとに判定します: np.where(x > 0, a, b)、np.maximum(0, x)、and の代わりに & を"
        "使ってください。",
    ),
    _ending(
        "shapes_do_not_fit",
        "the shapes of two arrays do not fit: {line}",
        "2 つの配列の形が合いません: {line}",
        "A sum over axis=-1 stands beside its rows with keepdims=True; in x @ W the columns of x "
        "are the rows of W, else one of them has to be transposed.",
        "axis=-1 の和を元の行と並べるには keepdims=True が必要です。x @ W では x の列数と W の行数が"
        "同じになるように、必要ならどちらかを転置してください。",
    ),
    _ending(
        "max_for_maximum",
        "an array stands where a whole number is wanted: {line}",
        "整数が必要なところに配列を渡しています: {line}",
        "The second argument of np.max, np.sum and np.argmax is the axis: the larger of two is "
        "np.maximum(0, x).",
        "np.max や np.sum の第 2 引数は axis です。大きい方を取るのは np.maximum(0, x) です。",
    ),
    _ending(
        NAME_LOST,
        "it needs a name that the script did not come to define: {line}",
        "スクリプトが途中で止まったため、必要な名前が定義されていません: {line}",
        "Hand over what it needs as a parameter, such as m = X.shape[0] inside it: then it can be "
        "called without the lines that failed at import.",
        "必要な値は引数で受け取るか、関数の中で求めてください（例: m = X.shape[0]）。そうすれば、"
        "読み込み時に失敗した行がなくても呼び出せます。",
    ),
    _ending(
        NOT_HERE,
        "it uses a package or a file that is not here: {line}",
        "ここにないパッケージかファイルを使っています: {line}",
        "Write it with NumPy alone, or hand over the folder with all files that it imports.",
        "NumPy だけで書くか、インポートするファイルを含むフォルダごと渡してください。",
    ),
    _ending(
        NOT_WRITTEN,
        "not written yet",
        "まだ書かれていません",
        "Replace raise NotImplementedError by your own lines.",
        "raise NotImplementedError を自分のコードに置き換えてください。",
    ),
    _ending(
        "no_return",
        "it returns nothing",
        "何も返していません",
        "End it with return and the result.",
        "最後に return で結果を返してください。",
    ),
    _ending(
        "timed_out",
        "it does not come to an end",
        "処理が終わりません",
        "Look for a loop whose condition never becomes false.",
        "条件が偽にならないループがないか確認してください。",
    ),
    _ending(
        "out_of_memory",
        "it takes more memory than there is",
        "メモリを使い切ります",
        "Look for an array that grows with every pass, or a shape that is broadcast by mistake.",
        "繰り返しごとに大きくなる配列や、意図しないブロードキャストを確認してください。",
    ),
    _ending(
        "crashed",
        "it crashes the interpreter: {line}",
        "インタプリタが異常終了します: {line}",
        "Only NumPy's public functions are needed; leave memory and strides alone.",
        "NumPy の公開関数だけで足ります。メモリや strides を直接操作しないでください。",
    ),
    _ending(
        "exited",
        "it ends the program: {line}",
        "プログラムを終了させます: {line}",
        "Take out exit(), quit() and sys.exit(); raise an exception or return.",
        "exit()、quit()、sys.exit() を取り除き、例外か return を使ってください。",
    ),
    _ending(
        "flooded",
        "it prints without end",
        "出力が止まりません",
        "Take the print out of the loop.",
        "ループの中の print を取り除いてください。",
    ),
    _ending(
        "not_from_scratch",
        "it is not from scratch: {line}",
        "スクラッチ実装ではありません: {line}",
        "Write it with NumPy alone.",
        "NumPy だけで書いてください。",
    ),
    _ending(
        "refused",
        "no result was found that can be compared: {line}",
        "比較できる結果が見つかりませんでした: {line}",
        "Return a NumPy array of numbers, or a number, as the course does.",
        "講座と同じように、数値の NumPy 配列か数値を返してください。",
    ),
    mistake(
        "not_taken",
        "it does not take {what}",
        "この入力を受け取れません: {what}",
        "The course calls it so, too; sums over axis=-1 with keepdims=True take every shape.",
        "講座ではこの形でも呼ばれます。axis=-1, keepdims=True とすればどの形でも動きます。",
        _NOTHING, _NOTHING, warning=True,
    ),
    mistake(
        "wrong_there",
        "it gives a wrong result, and does not raise: {what}",
        "例外にはならず、誤った結果を返します: {what}",
        "The course calls it so, too. A branch such as if y.ndim == 1 has to reshape each "
        "array from itself; sums over axis=-1 with keepdims=True take every shape.",
        "講座ではこの形でも呼ばれます。if y.ndim == 1 のような分岐では、各配列をそれ自身から "
        "reshape しているか確かめてください。axis=-1, keepdims=True ならどの形でも動きます。",
        _NOTHING, _NOTHING, warning=True,
    ),
    mistake(
        "into_integers",
        "the result is written into an array of integers, which cuts it off",
        "結果が整数の配列に書き込まれ、小数部分が失われています",
        "np.zeros_like(x) has the dtype of x, and whole numbers as x are integers: take "
        "np.zeros(x.shape).",
        "np.zeros_like(x) は x と同じ dtype になり、x が整数なら整数の配列です。"
        "np.zeros(x.shape) を使ってください。",
        _NOTHING, _NOTHING,
    ),
    mistake(
        "one_sample_only",
        "it takes one sample at a time: a batch of several raises",
        "サンプルを 1 つずつしか受け取れません（複数のバッチでは例外が発生します）",
        "For a batch, sum the gradient of the bias over the samples, and keep softmax to each "
        "sample; until then call it sample by sample.",
        "バッチを扱うには、バイアスの勾配をサンプルについて合計し、ソフトマックスはサンプルごとに"
        "計算してください。それまでは 1 サンプルずつ呼び出してください。",
        "§5", _NOTHING, warning=True,
    ),
    mistake(
        "mutates",
        "it changes its argument {name} in place",
        "引数 {name} を書き換えています",
        "Work on a copy: {name} = {name}.copy(), or write x = x - c in place of x -= c.",
        "コピーで計算してください: {name} = {name}.copy()。x -= c ではなく x = x - c と書きます。",
        _NOTHING, _NOTHING,
    ),
    mistake(
        "remembers",
        "the same call gives another result the second time: it keeps something between calls",
        "同じ呼び出しの結果が二回目に変わります: 呼び出しの間で状態が残っています",
        "Set gradients and sums to zero at the start of each pass; keep no list, default argument "
        "or attribute of the class itself that is changed: self.m = {} belongs into __init__.",
        "各パスの最初に勾配や和を 0 に戻し、変更される既定引数・リスト・クラス変数を使わないで"
        "ください。状態は __init__ で self.m = {} のように作ります。",
        "§5", "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html",
    ),
    mistake(
        "float32_inside",
        "it computes in float32 although it is given float64",
        "float64 の入力を float32 で計算しています",
        "Leave out astype(np.float32) and dtype=np.float32; let the result have x.dtype.",
        "astype(np.float32) や dtype=np.float32 を外し、結果の型を x.dtype に合わせてください。",
        _NOTHING, _NOTHING,
    ),
    mistake(
        "digits_lost",
        "right but for its last digits, more of which are lost than the formula itself loses",
        "最後の数桁を除いて正しい値です（式そのものより多くの桁を失っています）",
        "Right as a formula. A series, or a power of a rounded number, loses digits that np.exp "
        "and np.tanh keep.",
        "式としては正しいです。級数や丸めた数のべき乗は、np.exp や np.tanh なら失わない桁を失います。",
        _NOTHING, _NOTHING, warning=True,
    ),
    mistake(
        "warns",
        "right, with a warning: {line}",
        "結果は正しいですが、警告が出ます: {line}",
        "Choose the form that cannot overflow, such as e^-|u| for the sigmoid.",
        "オーバーフローしない形（シグモイドなら e^-|u|）を選んでください。",
        _NOTHING, _NOTHING, warning=True,
    ),
    mistake(
        "unstable",
        "the same function, computed unstably: wrong where numbers become very large or 0",
        "式は同じですが数値的に不安定です: 非常に大きい値や 0 で誤ります",
        "Shift before exp (softmax: u - max u), and keep log away from 0.",
        "exp の前に最大値を引き（softmax: u - max u）、log の中が 0 にならないようにします。",
        "§3", "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html", warning=True,
    ),
    mistake(
        "unknown",
        "it differs, and no known mistake explains how",
        "異なりますが、既知の原因に当てはまりません",
        "Compare by hand on the smallest problem below.",
        "下の最小の問題で手計算と比べてください。",
        _NOTHING, _NOTHING,
    ),
)  # fmt: skip
