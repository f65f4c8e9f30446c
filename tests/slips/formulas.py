"""Costs as a person would write them in NumPy, and beside each its gradients, derived by hand and right.

A slip of the corpus is one line of a formula, written differently: so the formulas keep one step to a line. Local
variables have the names of the course, by which a comparison finds the intermediates.
"""

import numpy as np

import compgraph as cg

# ------------------------------------------------------------------------------------------------- logistic regression


def logistic(w, b, X, Y):
    m = X.shape[1]
    Z = np.dot(w.T, X) + b
    A = 1 / (1 + np.exp(-Z))
    L = -(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return np.sum(L) / m


def logistic_gradients(w, b, X, Y):
    m = X.shape[1]
    Z = np.dot(w.T, X) + b
    A = 1 / (1 + np.exp(-Z))
    dZ = A - Y
    dw = np.dot(X, dZ.T) / m
    db = np.sum(dZ) / m
    return {"dw": dw, "db": db}


def logistic_loop(w, b, X, Y):
    m = X.shape[1]
    dw = np.zeros_like(w)
    db = 0.0
    for i in range(m):
        x = X[:, i : i + 1]
        a = 1 / (1 + np.exp(-(np.sum(w * x) + b)))
        dz = a - Y[0, i]
        dw += x * dz
        db += dz
    return {"dw": dw / m, "db": db / m}


def logits(w, b, X, Y):
    m = X.shape[1]
    Z = np.dot(w.T, X) + b
    return np.sum(cg.binary_cross_entropy_with_logits(Z, Y)) / m


def logits_gradients(w, b, X, Y):
    m = X.shape[1]
    Z = np.dot(w.T, X) + b
    A = np.where(Z > 0, 1, np.exp(-np.abs(Z))) / (1 + np.exp(-np.abs(Z)))
    dZ = A - Y
    dw = np.dot(X, dZ.T) / m
    db = np.sum(dZ) / m
    return {"dw": dw, "db": db}


def penalised(theta, X, y, lam):
    m = X.shape[0]
    h = cg.sigmoid(X @ theta)
    fit = np.mean(-y * np.log(h) - (1 - y) * np.log(1 - h))
    penalty = lam / (2 * m) * np.sum(theta[1:] ** 2)
    return fit + penalty


def penalised_gradients(theta, X, y, lam):
    m = X.shape[0]
    h = 1 / (1 + np.exp(-(X @ theta)))
    shrunk = theta.copy()
    shrunk[0] = 0
    dtheta = X.T @ (h - y) / m + lam / m * shrunk
    return {"dtheta": dtheta}


# -------------------------------------------------------------------------------------------------- layers of neurons


def two_layer(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = cg.sigmoid(Z2)
    L = -(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    return np.sum(L) / m


def two_layer_gradients(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def two_layer_chain(W1, b1, W2, b2, X, Y):
    """Each step is dJ of what it is named after: the 1/m is in the first."""
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    dA2 = (-Y / A2 + (1 - Y) / (1 - A2)) / m
    dZ2 = dA2 * A2 * (1 - A2)
    dW2 = dZ2 @ A1.T
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dA1 = W2.T @ dZ2
    dZ1 = dA1 * (1 - A1**2)
    dW1 = dZ1 @ X.T
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def deep(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    Z1 = np.dot(W1, X) + b1
    A1 = np.maximum(0, Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = np.tanh(Z2)
    Z3 = np.dot(W3, A2) + b3
    A3 = 1 / (1 + np.exp(-Z3))
    return np.sum((A3 - Y) ** 2) / (2 * m)


def deep_gradients(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    Z1 = np.dot(W1, X) + b1
    A1 = np.maximum(0, Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = np.tanh(Z2)
    Z3 = np.dot(W3, A2) + b3
    A3 = 1 / (1 + np.exp(-Z3))
    dZ3 = (A3 - Y) * A3 * (1 - A3) / m
    dW3 = np.dot(dZ3, A2.T)
    db3 = np.sum(dZ3, axis=1, keepdims=True)
    dA2 = np.dot(W3.T, dZ3)
    dZ2 = dA2 * (1 - A2**2)
    dW2 = np.dot(dZ2, A1.T)
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dZ1 = dA1 * (Z1 > 0)
    dW1 = np.dot(dZ1, X.T)
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


def tied(W, b, c, X):
    """An autoencoder that uses its weights twice."""
    m = X.shape[1]
    Z = W @ X + b
    H = np.tanh(Z)
    R = W.T @ H + c
    return np.sum((R - X) ** 2) / (2 * m)


def tied_gradients(W, b, c, X):
    m = X.shape[1]
    Z = W @ X + b
    H = np.tanh(Z)
    R = W.T @ H + c
    dR = (R - X) / m
    dc = np.sum(dR, axis=1, keepdims=True)
    dH = W @ dR
    dZ = dH * (1 - H**2)
    dW = dZ @ X.T + H @ dR.T
    db = np.sum(dZ, axis=1, keepdims=True)
    return {"dW": dW, "db": db, "dc": dc}


# -------------------------------------------------------------------------------- softmax regression, linear regression


def softmax_regression(W, b, X, Y):
    S = X @ W + b
    E = np.exp(S - np.max(S, axis=1, keepdims=True))
    P = E / np.sum(E, axis=1, keepdims=True)
    return -np.mean(np.sum(Y * np.log(P), axis=1))


def softmax_regression_gradients(W, b, X, Y):
    m = X.shape[0]
    S = X @ W + b
    E = np.exp(S - np.max(S, axis=1, keepdims=True))
    P = E / np.sum(E, axis=1, keepdims=True)
    dP = -Y / P / m
    dS = P * (dP - np.sum(dP * P, axis=1, keepdims=True))
    dW = X.T @ dS
    db = np.sum(dS, axis=0)
    return {"dW": dW, "db": db}


def ridge(W, b, X, Y, lam):
    E = W @ X + b - Y
    return np.mean(E**2) + lam * np.sum(W**2)


def ridge_gradients(W, b, X, Y, lam):
    E = W @ X + b - Y
    dE = 2 * E / E.size
    dW = dE @ X.T + 2 * lam * W
    db = np.sum(dE, axis=1, keepdims=True)
    return {"dW": dW, "db": db}


def unrolled(theta, X, Y):
    """The parameters are one vector, as scipy.optimize wants them."""
    m = X.shape[1]
    W = theta.reshape(3, 5)
    A = np.tanh(W @ X)
    return np.sum((A - Y) ** 2) / (2 * m)


def unrolled_gradients(theta, X, Y):
    m = X.shape[1]
    W = theta.reshape(3, 5)
    A = np.tanh(W @ X)
    dW = (A - Y) * (1 - A**2) @ X.T / m
    dtheta = dW.ravel()
    return {"dtheta": dtheta}


# -------------------------------------------------------------------------------------------------- recurrent networks


def rnn_cell(Wx, Wh, b, Wy, x, h_prev, target):
    m = x.shape[1]
    a = Wx @ x + Wh @ h_prev + b
    h = np.tanh(a)
    y = Wy @ h
    return np.sum((y - target) ** 2) / (2 * m)


def rnn_cell_gradients(Wx, Wh, b, Wy, x, h_prev, target):
    m = x.shape[1]
    a = Wx @ x + Wh @ h_prev + b
    h = np.tanh(a)
    y = Wy @ h
    dy = (y - target) / m
    dWy = dy @ h.T
    dh = Wy.T @ dy
    da = dh * (1 - h**2)
    dWx = da @ x.T
    dWh = da @ h_prev.T
    db = np.sum(da, axis=1, keepdims=True)
    return {"dWx": dWx, "dWh": dWh, "db": db, "dWy": dWy}


def rnn(Wx, Wh, b, Wy, X, h0, Y):
    m = h0.shape[1]
    J = 0
    h = h0
    for t in range(len(X)):
        h = np.tanh(Wx @ X[t] + Wh @ h + b)
        J = J + np.sum((Wy @ h - Y[t]) ** 2) / (2 * m)
    return J


def rnn_gradients(Wx, Wh, b, Wy, X, h0, Y):
    m = h0.shape[1]
    T = len(X)
    h = [h0]
    for t in range(T):
        h.append(np.tanh(Wx @ X[t] + Wh @ h[t] + b))
    dWx, dWh, db, dWy = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b), np.zeros_like(Wy)
    dh_next = np.zeros_like(h0)
    for t in reversed(range(T)):
        dy = (Wy @ h[t + 1] - Y[t]) / m
        dWy += dy @ h[t + 1].T
        dh = Wy.T @ dy + dh_next
        da = dh * (1 - h[t + 1] ** 2)
        dWx += da @ X[t].T
        dWh += da @ h[t].T
        db += np.sum(da, axis=1, keepdims=True)
        dh_next = Wh.T @ da
    return {"dWx": dWx, "dWh": dWh, "db": db, "dWy": dWy}


def lstm_cell(W, b, x, h_prev, c_prev, target):
    n, m = c_prev.shape
    Z = W @ np.concatenate([h_prev, x]) + b
    i = cg.sigmoid(Z[:n])
    f = cg.sigmoid(Z[n : 2 * n])
    g = np.tanh(Z[2 * n : 3 * n])
    o = cg.sigmoid(Z[3 * n :])
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return np.sum((h - target) ** 2) / (2 * m)


def lstm_cell_gradients(W, b, x, h_prev, c_prev, target):
    n, m = c_prev.shape
    u = np.concatenate([h_prev, x])
    Z = W @ u + b
    i, f, o = (1 / (1 + np.exp(-Z[k * n : (k + 1) * n])) for k in (0, 1, 3))
    g = np.tanh(Z[2 * n : 3 * n])
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    dh = (h - target) / m
    dc = dh * o * (1 - np.tanh(c) ** 2)
    dZi = dc * g * i * (1 - i)
    dZf = dc * c_prev * f * (1 - f)
    dZg = dc * i * (1 - g**2)
    dZo = dh * np.tanh(c) * o * (1 - o)
    dZ = np.concatenate([dZi, dZf, dZg, dZo])
    dW = dZ @ u.T
    db = np.sum(dZ, axis=1, keepdims=True)
    return {"dW": dW, "db": db}


# ------------------------------------------------------------------ convolution, batch normalisation, attention by hand


def convolution(K, b, x, v, y):
    """A 3 × 3 filter over an image, relu, flattened into one output; the image is a parameter too."""
    H, W = x.shape[0] - 2, x.shape[1] - 2
    Z = b
    for i in range(3):
        for j in range(3):
            Z = Z + K[i, j] * x[i : i + H, j : j + W]
    A = np.maximum(Z, 0)
    s = np.sum(v * A.ravel())
    return (s - y) ** 2 / 2


def convolution_gradients(K, b, x, v, y):
    H, W = x.shape[0] - 2, x.shape[1] - 2
    Z = b + sum(K[i, j] * x[i : i + H, j : j + W] for i in range(3) for j in range(3))
    A = np.maximum(Z, 0)
    ds = np.sum(v * A.ravel()) - y
    dv = (ds * A).ravel()
    dA = (ds * v).reshape(H, W)
    dZ = dA * (Z > 0)
    db = np.sum(dZ)
    dK = np.zeros_like(K)
    dx = np.zeros_like(x)
    for i in range(3):
        for j in range(3):
            dK[i, j] = np.sum(dZ * x[i : i + H, j : j + W])
            dx[i : i + H, j : j + W] += dZ * K[i, j]
    return {"dK": dK, "db": db, "dx": dx, "dv": dv}


def batch_norm(x, gamma, beta, target):
    m = x.shape[0]
    mu = np.mean(x, axis=0)
    xmu = x - mu
    var = np.mean(xmu**2, axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = xmu / std
    out = gamma * xhat + beta
    return np.sum((out - target) ** 2) / (2 * m)


def batch_norm_gradients(x, gamma, beta, target):
    m = x.shape[0]
    mu = np.mean(x, axis=0)
    xmu = x - mu
    std = np.sqrt(np.mean(xmu**2, axis=0) + 1e-5)
    xhat = xmu / std
    dout = (gamma * xhat + beta - target) / m
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 / std**3
    dmu = np.sum(dxhat * -1 / std, axis=0)
    dx = dxhat / std + dvar * 2 * xmu / m + dmu / m
    return {"dx": dx, "dgamma": dgamma, "dbeta": dbeta}


def attention(X, Wq, Wk, Wv, target):
    n, d = X.shape
    Q = X @ Wq
    K = X @ Wk
    V = X @ Wv
    S = Q @ K.T / d**0.5
    E = np.exp(S - np.max(S, axis=1, keepdims=True))
    P = E / np.sum(E, axis=1, keepdims=True)
    out = P @ V
    return np.sum((out - target) ** 2) / (2 * n)


def attention_gradients(X, Wq, Wk, Wv, target):
    n, d = X.shape
    Q = X @ Wq
    K = X @ Wk
    V = X @ Wv
    S = Q @ K.T / d**0.5
    E = np.exp(S - np.max(S, axis=1, keepdims=True))
    P = E / np.sum(E, axis=1, keepdims=True)
    dout = (P @ V - target) / n
    dV = P.T @ dout
    dP = dout @ V.T
    dS = P * (dP - np.sum(dP * P, axis=1, keepdims=True))
    dQ = dS @ K / d**0.5
    dK = dS.T @ Q / d**0.5
    dWq = X.T @ dQ
    dWk = X.T @ dK
    dWv = X.T @ dV
    dX = dQ @ Wq.T + dK @ Wk.T + dV @ Wv.T
    return {"dX": dX, "dWq": dWq, "dWk": dWk, "dWv": dWv}


# --------------------------------------------------------------------------------------------------------- likelihoods


def gaussian(w, b, sigma, X, y):
    r = y - (X @ w + b)
    return np.sum(np.log(sigma) + r**2 / (2 * sigma**2))


def gaussian_gradients(w, b, sigma, X, y):
    m = X.shape[0]
    r = y - (X @ w + b)
    dr = r / sigma**2
    dw = -X.T @ dr
    db = -np.sum(dr)
    dsigma = m / sigma - np.sum(r**2) / sigma**3
    return {"dw": dw, "db": db, "dsigma": dsigma}


def poisson(w, b, X, k):
    eta = X @ w + b
    rate = np.exp(eta)
    return np.mean(rate - k * np.log(rate))


def poisson_gradients(w, b, X, k):
    m = X.shape[0]
    eta = X @ w + b
    rate = np.exp(eta)
    drate = (1 - k / rate) / m
    deta = drate * rate
    dw = X.T @ deta
    db = np.sum(deta)
    return {"dw": dw, "db": db}
