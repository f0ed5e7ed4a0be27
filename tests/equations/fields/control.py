"""Filters, spectra, regulators and estimators of state, each formula as several authors set it."""

from __future__ import annotations

from math import cos, hypot, log10, pi, sqrt
from typing import Any

import numpy as np

from ..formulas import typed


def dftmag(x: Any, k: float) -> float:
    turns = 2 * pi * k * np.arange(len(x)) / len(x)
    return hypot((x * np.cos(turns)).sum(), (x * np.sin(turns)).sum())


ROWS = (
    *typed("(N),()->()",
          lambda x, k: dftmag(x, k),
          r"M_k = \sqrt{\left(\sum_{n=0}^{N-1} x_n\cos\frac{2\pi kn}{N}\right)^2+\left(\sum_{n=0}^{N-1} "
          r"x_n\sin\frac{2\pi kn}{N}\right)^2}",
          r"M_k = \sqrt{\left(\sum_{n=0}^{N-1} x[n]\cos\frac{2\pi kn}{N}\right)^2+\left(\sum_{n=0}^{N-1} "
          r"x[n]\sin\frac{2\pi kn}{N}\right)^2}"),
    *typed("(),(),()->()",
          lambda omega, omega_c, n: 1 / sqrt(1 + (omega / omega_c) ** (2 * n)),
          r"G(\omega) = \frac{1}{\sqrt{1 + \left(\frac{\omega}{\omega_c}\right)^{2n}}}",
          r"G = 1/\sqrt{1 + (\omega/\omega_c)^{2n}}",
          positive=True),
    *typed("(N),(N)->(N)",
          lambda x, h: np.array([sum(h[j] * x[i - j] for j in range(len(h)) if 0 <= i - j < len(x)) for i in
              range(len(x))]),
          r"y_n = \sum_{k=0}^{n} h_k x_{n-k}"),
    *typed("(),()->()",
          lambda n, N: 0.5 * (1 - cos(2 * pi * n / (N - 1))),
          r"w(n) = 0.5\left(1-\cos\left(\frac{2\pi n}{N-1}\right)\right)",
          r"w[n] = 0.5\left(1-\cos\frac{2\pi n}{N-1}\right)",
          r"w_n = \frac12\Bigl[1-\cos\Bigl(\frac{2\pi n}{N-1}\Bigr)\Bigr]",
          r"w[n] = \sin^2\left(\frac{\pi n}{N-1}\right)"),
    *typed("(N),(N)->()",
          lambda x, y: 10 * log10((x ** 2).sum() / ((x - y) ** 2).sum()),
          r"\mathrm{SNR} = 10\log_{10}\frac{\sum_{n=1}^N x_n^2}{\sum_{n=1}^N (x_n-y_n)^2}",
          r"\text{SNR}_{\text{dB}} = 10 \log_{10} \left( \frac{\sum_n x_n^2}{\sum_n (x_n - y_n)^2} \right)",
          r"SNR = 10 \log_{10} \frac{\|x\|_2^2}{\|x - y\|_2^2}",
          where="x, y in R^N"),
    *typed("(),()->()",
          lambda MAX, MSE: 20 * log10(MAX) - 10 * log10(MSE),
          r"\mathrm{PSNR} = 20\log_{10}(\mathrm{MAX}) - 10\log_{10}(\mathrm{MSE})",
          r"\mathit{PSNR} = 20 \cdot \log_{10} \left( \mathit{MAX} \right) - 10 \cdot \log_{10} \left( \mathit{MSE} "
          r"\right)",
          positive=True),
    *typed("(n,n),(n),(n,m),(m)->(n)",
          lambda A, x, B, u: A @ x + B @ u,
          r"\dot{x} = A x + B u",
          r"\dot{\mathbf{x}} = \mathbf{A}\mathbf{x} + \mathbf{B}\mathbf{u}",
          where="A in R^{n x n}; x in R^n; B in R^{n x m}; u in R^m"),
    *typed("(d,d),(n,d),(n,n),(n,m)->(d,m)",
          lambda R, B, P, A: np.linalg.inv(R + B.T @ P @ B) @ B.T @ P @ A,
          r"K = (R + B^T P B)^{-1} B^T P A",
          r"K = \left(R + B^\top P B\right)^{-1} B^\top P A",
          r"K=(R+B^{T}PB)^{-1}(B^{T}PA)"),
    *typed("(d,n),(n,n),(d,d)->(d,d)",
          lambda F_k, P_k_minus_1_k_minus_1, Q_k: F_k @ P_k_minus_1_k_minus_1 @ F_k.T + Q_k,
          r"P_{k|k-1} = F_k P_{k-1|k-1} F_k^\top + Q_k",
          r"\mathbf{P}_{k\mid k-1} = \mathbf{F}_k \mathbf{P}_{k-1\mid k-1} \mathbf{F}_k^{\mathsf T} + \mathbf{Q}_k"),
    *typed("(n,n),(n,n),(n,n)->(n,n)",
          lambda F, P, Q: F @ P @ F.T + Q,
          r"P^- = F P F^T + Q",
          where="F, P, Q in R^{n x n}"),
    *typed("(n),(n,m),(m),(m,n)->(n)",
          lambda x_hat, K, z, H: x_hat + K @ (z - H @ x_hat),
          r"\hat{x}^+ = \hat{x} + K(z - H\hat{x})",
          where="x_hat in R^n; K in R^{n x m}; z in R^m; H in R^{m x n}"),
)  # fmt: skip
