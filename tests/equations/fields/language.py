"""Language and decisions: scores of texts, values, advantages and policies."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"F_\beta = (1+\beta^2)\cdot\frac{P\cdot R}{\beta^2 P + R}", "(),(),()->()",
        lambda beta, P, R: (1 + beta**2) * P * R / (beta**2 * P + R), positive=True),
    Row(r"BP = \begin{cases} 1 & \text{if } c > r \\ e^{(1-r/c)} & \text{if } c \leq r \end{cases}", "(),()->()",
        lambda c, r: 1 if c > r else exp(1 - r / c), positive=True),
    Row(r"\text{BLEU} = \text{BP}\cdot\exp\left(\sum_{n=1}^{N} w_n \log p_n\right)", "(),(N),(N)->()",
        lambda BP, w, p: BP * exp(w @ np.log(p)), positive=True),
    Row(r"\text{PPL} = \exp\left\{-\frac{1}{N}\sum_{i=1}^{N} \log p_i\right\}", "(N)->()",
        lambda p: exp(-np.log(p).mean()), positive=True),
    Row(r"\mathrm{tfidf}_{t,d} = \mathrm{tf}_{t,d}\cdot\log\frac{N}{\mathrm{df}_t}", "(),(),()->()",
        lambda tf_t_d, N, df_t: tf_t_d * log(N / df_t), positive=True),
    Row(r"\mathrm{score} = \sum_{i=1}^{n} \text{IDF}_i\cdot\frac{f_i (k_1 + 1)}{f_i + k_1\left(1 - b + b\frac{|D|}"
        r"{\text{avgdl}}\right)}", "(n),(n),(),(),(),()->()",
        lambda IDF, f, k_1, b, D, avgdl: (IDF * f * (k_1 + 1) / (f + k_1 * (1 - b + b * abs(D) / avgdl))).sum(),
        positive=True),
    Row(r"\operatorname{PMI} = \log_2\frac{p_{xy}}{p_x p_y}", "(),(),()->()",
        lambda p_xy, p_x, p_y: np.log2(p_xy / (p_x * p_y)), positive=True),
    Row(r"\mathrm{NDCG}_k = \frac{\sum_{i=1}^{k} \frac{2^{r_i}-1}{\log_2(i+1)}}{\sum_{i=1}^k \frac{2^{s_i}-1}"
        r"{\log_2(i+1)}}", "(K),(K)->(K)",
        lambda r, s: np.cumsum((2**r - 1) / np.log2(np.arange(2, len(r) + 2)))
        / np.cumsum((2**s - 1) / np.log2(np.arange(2, len(s) + 2))), positive=True),
    Row(r"MRR = \frac{1}{Q}\sum_{i=1}^{Q}\frac{1}{\text{rank}_i}", "(Q)->()", lambda rank: (1 / rank).mean(),
        positive=True),
    Row(r"\kappa = \frac{p_o - p_e}{1-p_e}", "(),()->()", lambda p_o, p_e: (p_o - p_e) / (1 - p_e), positive=True),
    Row(r"G = \sum_{k=0}^{T} \gamma^k R_{k+1}", "(),(T_plus_1)->()",
        lambda gamma, R: sum(gamma**k * x for k, x in enumerate(R)), positive=True),
    Row(r"\delta_t = r_t + \gamma V_{t+1} - V_t", "(),(),(),()->()",
        lambda r_t, gamma, V_t_plus_1, V_t: r_t + gamma * V_t_plus_1 - V_t),
    Row(r"\pi_a = \frac{e^{Q_a/\tau}}{\sum_{b} e^{Q_b/\tau}}", "(A),()->(A)",
        lambda Q, tau: np.exp(Q / tau) / np.exp(Q / tau).sum(), positive=True),
    Row(r"L^{\text{CLIP}} = \frac1T\sum_{t=1}^{T}\min\left(\rho_t \hat A_t,\ \mathrm{clip}(\rho_t, 1-\epsilon,"
        r" 1+\epsilon)"
        r"\hat A_t\right)", "(T),(T),()->()",
        lambda rho, A_hat, epsilon: np.minimum(rho * A_hat, np.clip(rho, 1 - epsilon, 1 + epsilon) * A_hat).mean(),
        positive=True),
    Row(r"A_i = \hat Q_i + c\sqrt{\frac{\ln N}{n_i}}", "(),(),(),()->()",
        lambda Q_hat_i, c, N, n_i: Q_hat_i + c * sqrt(log(N) / n_i), "N > 1", True),
    Row(r"\hat A_i = \frac{r_i - \frac{1}{G}\sum_{j=1}^G r_j}{\sqrt{\frac1G \sum_{j=1}^G (r_j - \frac1G\sum_{k=1}^G"
        r" r_k)^2}}", "(G)->(G)", lambda r: (r - r.mean()) / r.std()),
    Row(r"\mathcal{L}_{DPO} = -\log\operatorname{sigmoid}\left(\beta\log\frac{p_w}{q_w} -"
        r" \beta\log\frac{p_l}{q_l}\right)",
        "(),(),(),(),()->()",
        lambda beta, p_w, q_w, p_l, q_l: log(1 + exp(beta * log(p_l / q_l) - beta * log(p_w / q_w))), positive=True),
)  # fmt: skip
