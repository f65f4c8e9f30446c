"""More costs, each with its gradients: what is learned beyond the networks of a first course.

As in ``formulas.py`` one step stands on one line, and each slip of ``further_slips.py`` writes one line otherwise.
"""

import numpy as np

import compgraph as cg


def smoothed(W, b, X, Y, eps):
    m, k = Y.shape
    S = X @ W + b
    P = cg.softmax(S, axis=1)
    T = (1 - eps) * Y + eps / k
    return -np.sum(T * np.log(P)) / m


def smoothed_gradients(W, b, X, Y, eps):
    m, k = Y.shape
    S = X @ W + b
    E = np.exp(S - np.max(S, axis=1, keepdims=True))
    P = E / np.sum(E, axis=1, keepdims=True)
    T = (1 - eps) * Y + eps / k
    dS = (P - T) / m
    dW = X.T @ dS
    db = np.sum(dS, axis=0)
    return {"dW": dW, "db": db}


def dropout(W1, b1, W2, b2, W3, b3, X, Y, D1, D2, keep):
    m = X.shape[1]
    Z1 = W1 @ X + b1
    H1 = np.maximum(Z1, 0)
    A1 = H1 * D1 / keep
    Z2 = W2 @ A1 + b2
    H2 = np.tanh(Z2)
    A2 = H2 * D2 / keep
    Z3 = W3 @ A2 + b3
    return np.sum((Z3 - Y) ** 2) / (2 * m)


def dropout_gradients(W1, b1, W2, b2, W3, b3, X, Y, D1, D2, keep):
    m = X.shape[1]
    Z1 = W1 @ X + b1
    H1 = np.maximum(Z1, 0)
    A1 = H1 * D1 / keep
    Z2 = W2 @ A1 + b2
    H2 = np.tanh(Z2)
    A2 = H2 * D2 / keep
    Z3 = W3 @ A2 + b3
    dZ3 = (Z3 - Y) / m
    dW3 = dZ3 @ A2.T
    db3 = np.sum(dZ3, axis=1, keepdims=True)
    dA2 = W3.T @ dZ3
    dH2 = dA2 * D2 / keep
    dZ2 = dH2 * (1 - H2**2)
    dW2 = dZ2 @ A1.T
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dA1 = W2.T @ dZ2
    dH1 = dA1 * D1 / keep
    dZ1 = dH1 * (Z1 > 0)
    dW1 = dZ1 @ X.T
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


def noisy(w, v, X, y):
    """Gaussian, with a variance exp(s) of its own for each example."""
    m = X.shape[0]
    mu = X @ w
    s = X @ v
    return np.sum(0.5 * (s + (y - mu) ** 2 * np.exp(-s))) / m


def noisy_gradients(w, v, X, y):
    m = X.shape[0]
    mu = X @ w
    s = X @ v
    r = mu - y
    dmu = r * np.exp(-s) / m
    ds = 0.5 * (1 - r**2 * np.exp(-s)) / m
    dw = X.T @ dmu
    dv = X.T @ ds
    return {"dw": dw, "dv": dv}


def embedding(E, w, words, y):
    m = len(words)
    x = E[words]
    z = x @ w
    return np.sum((z - y) ** 2) / m


def embedding_gradients(E, w, words, y):
    m = len(words)
    x = E[words]
    z = x @ w
    dz = 2 * (z - y) / m
    dw = x.T @ dz
    dx = np.outer(dz, w)
    dE = np.zeros_like(E)
    np.add.at(dE, words, dx)
    return {"dE": dE, "dw": dw}


def elastic(w, b, X, y, l1, l2):
    m = X.shape[0]
    r = X @ w + b - y
    return np.sum(r**2) / (2 * m) + l1 * np.sum(np.abs(w)) + l2 / 2 * np.sum(w**2)


def elastic_gradients(w, b, X, y, l1, l2):
    m = X.shape[0]
    r = X @ w + b - y
    dw = X.T @ r / m + l1 * np.sign(w) + l2 * w
    db = np.sum(r) / m
    return {"dw": dw, "db": db}


def info_nce(W, V, X, U, tau):
    m = X.shape[0]
    Q = X @ W
    K = U @ V
    S = Q @ K.T / tau
    P = cg.softmax(S, axis=1)
    return -np.sum(np.log(np.diag(P))) / m


def info_nce_gradients(W, V, X, U, tau):
    m = X.shape[0]
    Q = X @ W
    K = U @ V
    S = Q @ K.T / tau
    P = np.exp(S) / np.sum(np.exp(S), axis=1, keepdims=True)
    dS = (P - np.eye(m)) / m
    dQ = dS @ K / tau
    dK = dS.T @ Q / tau
    dW = X.T @ dQ
    dV = U.T @ dK
    return {"dW": dW, "dV": dV}


def ratings(r, first, second, y, scale):
    """Bradley and Terry: who wins of two players, by their ratings."""
    d = (r[first] - r[second]) / scale
    p = cg.sigmoid(d)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def ratings_gradients(r, first, second, y, scale):
    d = (r[first] - r[second]) / scale
    p = 1 / (1 + np.exp(-d))
    dd = (p - y) / len(y)
    dr = np.zeros_like(r)
    np.add.at(dr, first, dd / scale)
    np.add.at(dr, second, -dd / scale)
    return {"dr": dr}


def autoregression(phi1, phi2, c, x):
    e = x[2:] - c - phi1 * x[1:-1] - phi2 * x[:-2]
    return np.mean(e**2)


def autoregression_gradients(phi1, phi2, c, x):
    n = len(x) - 2
    e = x[2:] - c - phi1 * x[1:-1] - phi2 * x[:-2]
    de = 2 * e / n
    dphi1 = -np.sum(de * x[1:-1])
    dphi2 = -np.sum(de * x[:-2])
    dc = -np.sum(de)
    return {"dphi1": dphi1, "dphi2": dphi2, "dc": dc}


def moving_average(phi, theta, x):
    e = 0.0
    J = 0.0
    for t in range(1, len(x)):
        e = x[t] - phi * x[t - 1] - theta * e
        J = J + e**2
    return J / 2


def moving_average_gradients(phi, theta, x):
    e, e_phi, e_theta = 0.0, 0.0, 0.0
    dphi, dtheta = 0.0, 0.0
    for t in range(1, len(x)):
        e_phi = -x[t - 1] - theta * e_phi
        e_theta = -e - theta * e_theta
        e = x[t] - phi * x[t - 1] - theta * e
        dphi += e * e_phi
        dtheta += e * e_theta
    return {"dphi": dphi, "dtheta": dtheta}


def gru(Wz, Wr, Wn, Uz, Ur, Un, h, x, target):
    z = cg.sigmoid(Wz @ x + Uz @ h)
    r = cg.sigmoid(Wr @ x + Ur @ h)
    n = np.tanh(Wn @ x + Un @ (r * h))
    out = (1 - z) * h + z * n
    return 0.5 * np.sum((out - target) ** 2)


def gru_gradients(Wz, Wr, Wn, Uz, Ur, Un, h, x, target):
    z = 1 / (1 + np.exp(-(Wz @ x + Uz @ h)))
    r = 1 / (1 + np.exp(-(Wr @ x + Ur @ h)))
    n = np.tanh(Wn @ x + Un @ (r * h))
    out = (1 - z) * h + z * n
    dout = out - target
    dz = dout * (n - h) * z * (1 - z)
    dn = dout * z * (1 - n**2)
    drh = Un.T @ dn
    dr = drh * h * r * (1 - r)
    dWz, dUz = dz @ x.T, dz @ h.T
    dWr, dUr = dr @ x.T, dr @ h.T
    dWn = dn @ x.T
    dUn = dn @ (r * h).T
    return {"dWz": dWz, "dWr": dWr, "dWn": dWn, "dUz": dUz, "dUr": dUr, "dUn": dUn}


def hinge(w, b, X, y, lam):
    m = X.shape[0]
    margin = y * (X @ w + b)
    return lam * np.sum(w**2) + np.sum(np.maximum(1 - margin, 0)) / m


def hinge_gradients(w, b, X, y, lam):
    m = X.shape[0]
    margin = y * (X @ w + b)
    violated = margin < 1
    ds = -y * violated / m
    dw = 2 * lam * w + X.T @ ds
    db = np.sum(ds)
    return {"dw": dw, "db": db}


def swish(W1, b1, w2, X, y):
    m = X.shape[1]
    Z = W1 @ X + b1
    G = cg.sigmoid(Z)
    A = Z * G
    out = w2 @ A
    return np.sum((out - y) ** 2) / (2 * m)


def swish_gradients(W1, b1, w2, X, y):
    m = X.shape[1]
    Z = W1 @ X + b1
    G = 1 / (1 + np.exp(-Z))
    A = Z * G
    out = w2 @ A
    dout = (out - y) / m
    dw2 = dout @ A.T
    dA = w2.T @ dout
    dZ = dA * (G + Z * G * (1 - G))
    dW1 = dZ @ X.T
    db1 = np.sum(dZ, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dw2": dw2}
