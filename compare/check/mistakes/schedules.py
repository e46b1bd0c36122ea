"""Mistakes in learning-rate schedules."""

from compare.check.concept import Mistake, mistake

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.optim."


def _cause(
    key: str, en: str, ja: str, advice_en: str, advice_ja: str, torch: str = "SGD"
) -> Mistake:
    return mistake(key, en, ja, advice_en, advice_ja, "§4", f"{_DOCS}{torch}.html")


CAUSES = (
    _cause(
        "schedule_not_whole",
        "the exponent is not rounded down: the rate falls at every step",
        "指数が切り捨てられておらず、毎ステップ学習率が下がります",
        "lr_t = lr gamma^floor(t / step_size): write t // step_size.",
        "lr_t = lr gamma^floor(t / step_size) です。t // step_size と書きます。",
        "lr_scheduler.StepLR",
    ),
    _cause(
        "schedule_every_step",
        "the rate falls at every step: step_size is not used",
        "step_size が使われず、毎ステップ学習率が下がります",
        "lr_t = lr gamma^(t // step_size).",
        "lr_t = lr gamma^(t // step_size) とします。",
        "lr_scheduler.StepLR",
    ),
    _cause(
        "schedule_remainder",
        "t % step_size stands where t // step_size belongs",
        "t // step_size の代わりに t % step_size が使われています",
        "lr_t = lr gamma^(t // step_size).",
        "lr_t = lr gamma^(t // step_size) とします。",
        "lr_scheduler.StepLR",
    ),
    _cause(
        "schedule_product",
        "gamma is multiplied by t where it should be raised to it",
        "gamma を t 乗せずに、t を掛けています",
        "lr_t = lr * gamma ** t: ** raises to a power.",
        "lr_t = lr * gamma ** t です。べき乗は ** で書きます。",
        "lr_scheduler.ExponentialLR",
    ),
    _cause(
        "schedule_without_lr",
        "it gives the factor alone, without lr",
        "lr を掛けない係数だけを返しています",
        "lr_t = lr gamma^t.",
        "lr_t = lr gamma^t のように lr を掛けます。",
        "lr_scheduler.ExponentialLR",
    ),
    _cause(
        "schedule_grows",
        "the rate grows where it should fall",
        "学習率が下がらずに上がっていきます",
        "e^(-k t) has a minus; 1 + cos(pi t / T) falls from 2 to 0.",
        "e^(-k t) には負号が必要です。1 + cos(pi t / T) は 2 から 0 へ下がります。",
        "lr_scheduler.ExponentialLR",
    ),
    _cause(
        "schedule_inverse",
        "this is lr / (1 + k t), decay by inverse time",
        "lr / (1 + k t) の逆時間減衰になっています",
        "Exponential decay is lr_t = lr gamma^t, or lr e^(-k t).",
        "指数減衰は lr_t = lr gamma^t（または lr e^(-k t)）です。",
        "lr_scheduler.ExponentialLR",
    ),
    _cause(
        "cosine_minimum",
        "the smallest rate does not enter as it should",
        "最小の学習率の入り方が違います",
        "lr_t = lr_min + (lr - lr_min) (1 + cos(pi t / T)) / 2: from lr down to lr_min.",
        "lr_t = lr_min + (lr - lr_min) (1 + cos(pi t / T)) / 2 で、lr から lr_min まで下がります。",
        "lr_scheduler.CosineAnnealingLR",
    ),
    _cause(
        "cosine_half",
        "the cosine is not brought into 0 to 1",
        "cos が 0 から 1 の範囲に直されていません",
        "(1 + cos(pi t / T)) / 2 goes from 1 to 0.",
        "(1 + cos(pi t / T)) / 2 は 1 から 0 まで動きます。",
        "lr_scheduler.CosineAnnealingLR",
    ),
    _cause(
        "cosine_angle",
        "the angle is not pi t / T",
        "cos の角度が pi t / T ではありません",
        "cos(pi t / T): half a turn over all steps.",
        "cos(pi t / T) とし、全ステップで半回転させます。",
        "lr_scheduler.CosineAnnealingLR",
    ),
    _cause(
        "schedule_compounds",
        "the factor of step t multiplies a rate that was lowered before: it falls far too fast",
        "すでに下げた学習率にさらに t ステップ目の係数を掛けており、下がり方が速すぎます",
        "Keep the first rate and compute from it, lr = base_lr * gamma ** t; or multiply by gamma "
        "alone at each step, lr *= gamma.",
        "最初の学習率を保存して lr = base_lr * gamma ** t とするか、毎ステップ lr *= gamma とします。",
        "lr_scheduler.ExponentialLR",
    ),
)
