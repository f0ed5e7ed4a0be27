"""Vision: losses of boxes, masks and embeddings, cameras and image quality."""

from __future__ import annotations

from math import exp, log, log10, sqrt

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"\mathrm{PSNR} = 10\log_{10}\frac{\mathrm{MAX}^2}{\mathrm{MSE}}", "(),()->()",
        lambda MAX, MSE: 10 * log10(MAX**2 / MSE), positive=True),
    Row(r"\text{SSIM} = \frac{(2\mu_x\mu_y+c_1)(2\sigma_{xy}+c_2)}{(\mu_x^2+\mu_y^2+c_1)(\sigma_x^2+\sigma_y^2"
        r"+c_2)}", "(),(),(),(),(),(),()->()",
        lambda mu_x, mu_y, c_1, sigma_xy, c_2, sigma_x, sigma_y: (2 * mu_x * mu_y + c_1) * (2 * sigma_xy + c_2)
            / ((mu_x**2 + mu_y**2 + c_1) * (sigma_x**2 + sigma_y**2 + c_2)), positive=True),
    Row(r"FL(p_t) = -\alpha_t (1-p_t)^\gamma \log(p_t)", "(),(),()->()",
        lambda p_t, alpha_t, gamma: -alpha_t * (1 - p_t) ** gamma * log(p_t), positive=True),
    Row(r"\mathcal{L}_{\text{Dice}} = 1 - \frac{2\sum_{i=1}^N p_i g_i + \epsilon}{\sum_{i=1}^N p_i^2 + \sum_{i=1}^N"
        r" g_i^2 +"
        r" \epsilon}", "(N),(N),()->()",
        lambda p, g, epsilon: 1 - (2 * p @ g + epsilon) / (p @ p + g @ g + epsilon), positive=True),
    Row(r"\ell_{tversky} = 1-\frac{\sum_i p_i g_i}{\sum_i p_i g_i + \alpha\sum_i p_i(1-g_i) + \beta\sum_i (1-p_i) g_i}",
        "(i),(i),(),()->()",
        lambda p, g, alpha, beta: 1 - p @ g / (p @ g + alpha * (p @ (1 - g)) + beta * ((1 - p) @ g)), positive=True),
    Row(r"L(a,p,n) = \max\{\|a-p\|_2^2 - \|a-n\|_2^2 + \alpha,\, 0\}", "(d),(d),(d),()->()",
        lambda a, p, n, alpha: max(((a - p) ** 2).sum() - ((a - n) ** 2).sum() + alpha, 0)),
    Row(r"\mathcal L = \frac{1}{2}(1-y) d^2 + \frac12 y \left\{\max(0, m - d)\right\}^2", "(),(),()->()",
        lambda y, d, m: 0.5 * (1 - y) * d**2 + 0.5 * y * max(0, m - d) ** 2),
    Row(r"\operatorname{smooth}_{L_1}(x) = \begin{cases}0.5x^2 & \text{if } |x|<1\\ |x|-0.5 & \text{otherwise}"
        r"\end{cases}", "()->()", lambda x: 0.5 * x * x if abs(x) < 1 else abs(x) - 0.5),
    Row(r"\mathrm{GIoU} = \mathrm{IoU} - \frac{|C| - U}{|C|}",
        "(),(),()->()", lambda IoU, C, U: IoU - (abs(C) - U) / abs(C)),
    Row(r"v=\frac{4}{\pi^2}\left(\arctan\frac{w^{\text{gt}}}{h^{\text{gt}}}-\arctan\frac{w}{h}\right)^2",
        "(),(),(),()->()",
        lambda w_gt, h_gt, w, h: 4 / np.pi**2 * (np.arctan(w_gt / h_gt) - np.arctan(w / h)) ** 2, positive=True),
    Row(r"u = f_x\frac{X}{Z} + c_x", "(),(),(),()->()", lambda f_x, X, Z, c_x: f_x * X / Z + c_x, positive=True),
    Row(r"Z = \frac{f B}{d}", "(),(),()->()", lambda f, B, d: f * B / d, positive=True),
    Row(r"g(x,y) = \frac{1}{2\pi\sigma^2} e^{-\frac{x^2+y^2}{2\sigma^2}}", "(),(),()->()",
        lambda x, y, sigma: exp(-(x**2 + y**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2), positive=True),
    Row(r"R = \det(M) - k(\operatorname{trace} M)^2, \quad M \in \mathbb{R}^{2\times 2}", "(2,2),()->()",
        lambda M, k: np.linalg.det(M) - k * np.trace(M) ** 2),
    Row(r"\ell_i = -\log\frac{\exp(s_i/\tau)}{\sum_{k=1}^{N}\mathbb{1}_{[k\neq i]}\exp(s_k/\tau)}", "(N),()->(N)",
        lambda s, tau: -np.log(np.exp(s / tau) / (np.exp(s / tau).sum() - np.exp(s / tau)))),
    Row(r"Y = 0.299R + 0.587G + 0.114B", "(),(),()->()", lambda R, G, B: 0.299 * R + 0.587 * G + 0.114 * B),
    Row(r"\Delta E^*_{ab} = \sqrt{(L_2^*-L_1^*)^2 + (a_2^*-a_1^*)^2 + (b_2^* - b_1^*)^2}", "(),(),(),(),(),()->()",
        lambda L_star_2, L_star_1, a_star_2, a_star_1, b_star_2, b_star_1: sqrt((L_star_2 - L_star_1) ** 2
            + (a_star_2 - a_star_1) ** 2 + (b_star_2 - b_star_1) ** 2)),
    Row(r"\mathrm{FID} = \|\mu_r - \mu_g\|^2 + \operatorname{Tr}(\Sigma_r + \Sigma_g - 2 S)",
        "(d),(d),(n,n),(n,n),(n,n)->()",
        lambda mu_r, mu_g, Sigma_r, Sigma_g, S: ((mu_r - mu_g) ** 2).sum() + np.trace(Sigma_r + Sigma_g - 2 * S)),
)  # fmt: skip
