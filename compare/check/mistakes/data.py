"""Mistakes in labels, scales, mini-batches and first weights."""

from compare.check.concept import mistake

_ONE_HOT = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html"
_LOADER = "https://docs.pytorch.org/docs/stable/data.html"
_DROPOUT = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html"
_INIT = "https://docs.pytorch.org/docs/stable/nn.init.html"

CAUSES = (
    mistake(
        "labels_from_one_misplaced",
        "the labels of this file count from 1, and label k does not get column k - 1",
        "ラベルは 1 から数えますが、ラベル k の列が k - 1 になっていません",
        "np.eye(K)[labels - 1]: label 1 has the first column, as argmax + 1 reads it off again.",
        "np.eye(K)[labels - 1] とします。ラベル 1 が最初の列で、argmax + 1 で元に戻ります。",
        "§3", _ONE_HOT,
    ),
    mistake(
        "one_hot_reversed",
        "0 and 1, or the order of the classes, are exchanged",
        "0 と 1、またはクラスの順序が逆です",
        "t[n, k] = 1 where k is the label of sample n, and 0 elsewhere: np.eye(K)[labels].",
        "サンプル n のラベルが k の所だけ t[n, k] = 1 です: np.eye(K)[labels]。",
        "§3", _ONE_HOT,
    ),
    mistake(
        "one_hot_in_all_rows",
        "every row has a 1 for every class: t[:, labels] sets whole columns",
        "どの行もすべて 1 です: t[:, labels] は列全体を書き換えます",
        "Index rows and columns together: t[np.arange(N), labels] = 1.",
        "行と列を同時に指定します: t[np.arange(N), labels] = 1。",
        "§3", _ONE_HOT,
    ),
    mistake(
        "one_hot_of_labels",
        "the label's own number stands where a 1 should",
        "1 の代わりにラベルの番号が入っています",
        "t[np.arange(N), labels] = 1.",
        "t[np.arange(N), labels] = 1 とします。",
        "§3", _ONE_HOT,
    ),
    mistake(
        "scaled_by_sample",
        "each sample is scaled by itself, and not each feature",
        "特徴量ごとではなくサンプルごとに変換しています",
        "Mean and deviation of a feature are over the samples: axis=0.",
        "特徴量の平均と標準偏差はサンプル方向 axis=0 で求めます。",
        "§3", _LOADER,
    ),
    mistake(
        "scaled_wrongly",
        "it computes {is}",
        "{is} を計算しています",
        "(x - mean) / deviation gives mean 0 and deviation 1; (x - min) / (max - min) gives 0 to 1.",
        "(x - mean) / std で平均 0・標準偏差 1、(x - min) / (max - min) で 0 から 1 になります。",
        "§3", _LOADER,
    ),
    mistake(
        "test_by_its_own_scale",
        "test data are scaled by their own values, and not by those of the training data",
        "テストデータを訓練データではなく自身の値で変換しています",
        "Take mean and deviation of the training data for both: a network sees one scale.",
        "平均と標準偏差は訓練データのものを両方に使います。尺度は一つです。",
        "§3", _LOADER,
    ),
    mistake(
        "batches_mismatched",
        "samples and targets no longer belong together",
        "サンプルと目標値の対応が崩れています",
        "Take one permutation for both: p = rng.permutation(N); x[p], t[p].",
        "並べ替えは両方に同じものを使います: p = rng.permutation(N) として x[p], t[p]。",
        "§4", _LOADER,
    ),
    mistake(
        "batches_leave_out",
        "some samples come in no batch, or more than once",
        "バッチに入らないサンプル、または二度入るサンプルがあります",
        "for i in range(0, N, size): x[i : i + size]; only a last batch that is smaller may be left out.",
        "for i in range(0, N, size): x[i : i + size] とします。省いてよいのは端数の最後だけです。",
        "§4", _LOADER,
    ),
    mistake(
        "init_variance",
        "the variance of the weights is {is}, should be {should}",
        "重みの分散が {is} です（正しくは {should}）",
        "A normal distribution has the root of it for its deviation, a uniform one goes up to the root "
        "of three times as much.",
        "正規分布なら標準偏差はその平方根、一様分布なら範囲はその 3 倍の平方根です。",
        "§4", _INIT,
    ),
    mistake(
        "init_not_centred",
        "the weights are not drawn around 0",
        "重みの平均が 0 ではありません",
        "Draw them from both sides of 0: randn, or uniform(-a, a).",
        "0 を中心に randn、または uniform(-a, a) で乱数を取ってください。",
        "§4", _INIT,
    ),
    mistake(
        "dropout_not_alike",
        "outputs after training are not what they are on average in training",
        "学習後の出力が、学習時の出力の平均と合いません",
        "Dropping with probability p leaves 1 - p of a sum: divide by 1 - p in training and change "
        "nothing after it, or multiply by 1 - p after it.",
        "確率 p で落とすと和は 1 - p 倍になります。学習時に 1 - p で割り、学習後はそのまま使うか、"
        "学習後に 1 - p を掛けます。",
        "§5", _DROPOUT,
    ),
    mistake(
        "dropout_mask_ignored",
        "the gradient flows through outputs that were dropped, too",
        "落とした出力にも勾配が流れています",
        "dx = dout * mask, with the mask of the forward pass.",
        "順伝播と同じマスクを掛けます: dx = dout * mask。",
        "§5", _DROPOUT,
    ),
    mistake(
        "dropout_scaled_one_way",
        "what is left is multiplied by a number in one pass, and not in the other",
        "残った出力に掛ける数が、順伝播と逆伝播で違います",
        "If forward divides by keep, backward does so, too: dx = dout * mask / keep.",
        "順伝播で keep で割るなら、逆伝播も dx = dout * mask / keep とします。",
        "§5", _DROPOUT,
    ),
    mistake(
        "batches_miscounted",
        "it gives another number of batches than its __len__ says",
        "__len__ の値と実際のバッチ数が違います",
        "Both have to count the last batch, or both leave it out: (N + size - 1) // size, or N // size.",
        "端数のバッチを両方で数えるか、両方で省きます: (N + size - 1) // size または N // size。",
        "§4", _LOADER,
    ),
)  # fmt: skip
