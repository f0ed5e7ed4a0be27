"""Letters typed without a gap that read like words are asked about; products of letters stay products."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Equation

from .test_elaborate import readings

WORDS = (
    (r"R = \frac{gain - cost}{cost}", "gain"),
    (r"D = \sum_{i=1}^p \frac{rel_i}{\log_2(i+1)}", "rel"),
    (r"M = \frac{1}{n} \sum_{i=1}^n \frac{1}{rank_i}", "rank"),
    (r"w_{t,d} = tf_{t,d} \times \log\frac{N}{n_t}", "tf"),
    (r"PSNR = 10 \log_{10} \frac{MAX_I^2}{m}", "MAX"),
    (r"BLEU = BP \cdot \exp\left(\sum_{n=1}^N w_n \log p_n\right)", "BP"),
    (r"f = \frac{MTSV}{a}", "MTSV"),
    (r"C = \frac{24}{Re}(1 + 0.15 Re^{0.687})", "Re"),
    (r"Nu = C Re^m Pr^n", "Pr"),
    (r"\varepsilon = \frac{1 - \exp[-NTU(1 - C_r)]}{1 - C_r \exp[-NTU(1 - C_r)]}", "NTU"),
    (r"E = \ln\frac{P_{Na} Na_o + P_{Cl} Cl_i}{P_{Na} Na_i + P_{Cl} Cl_o}", "Na"),
    (r"GIoU = IoU - \frac{|C| - U}{|C|}", "IoU"),
)
PRODUCTS = (
    (r"E = mgh", "m g h"), (r"K = \sqrt{abcd}", "a b c d"), (r"V = lwh", "l w h"), (r"F = BIL", "B I L"),
    (r"E = K m n e^{-\lambda S}", "K m n lambda_ S"), (r"E = Kmne^{-\lambda S}", "K m n lambda_ S"),
    (r"G = \sum_{i=1}^n ix_i", "x"), (r"Q = mc_p(T - T_0)", "m c_p T T_0"), (r"EOQ = \sqrt{\frac{2DS}{H}}", "D S H"),
    (r"t = RC \cdot \ln a", "R C a"), (r"R = \frac{g a i n - c}{c}", "g a i n c"),
    (r"R = \frac{\text{gain} - \mathrm{cost}}{\mathrm{cost}}", "gain cost"),
    (r"f(r, a, t, e) = rate", "r a t e"), (r"y = Ae^{-t}", "A t"), (r"y = R e + e^{-x}", "R x"),
    (r"RSS = (y - Xb)^T(y - Xb)", "y X b"), (r"y = A b^2", "A b"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "word"), WORDS)
def test_what_reads_like_a_word_is_asked_about(text: str, word: str) -> None:
    found = readings(f"$${text}$$")[-1].diagnostic
    assert found is not None and found.code == "E184"
    assert found.message.startswith(f"{word} may be one name or a product")
    assert text[found.span.start - 2 :].startswith(word)


@pytest.mark.parametrize(("text", "names"), PRODUCTS)
def test_products_and_upright_words_are_read(text: str, names: str) -> None:
    found = readings(f"$${text}$$")[-1]
    assert isinstance(found.meaning, Equation), found.message
    assert sorted(found.meaning.call_order) == sorted(names.split())


def test_capitals_beside_an_upright_word_are_asked_about() -> None:
    area = r"$$A = \sum_{m=1}^{M} x_m$$ "
    found = readings(area + r"$$\mathrm{PSNR} = 10 \log_{10} \frac{MAX^2}{MSE}$$")[-1].diagnostic
    assert found is not None and found.code == "E184" and "\\mathrm{MAX}" in found.help
    meaning = readings(r"$A, B, C \in \mathbb{R}^{n \times n}$ $$\mathrm{TRI} = ABC$$")[-1].meaning
    assert isinstance(meaning, Equation) and meaning.call_order == ("A", "B", "C")
