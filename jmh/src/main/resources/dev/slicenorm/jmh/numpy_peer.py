"""One work item done by NumPy; ProcessLibrary describes the words and the lines."""

import math
import sys
import time

import numpy as np

operation, formula, shape, axes, view, source, target = sys.argv[1:8]
shape = tuple(int(word) for word in shape.split(","))
axes = tuple(int(word) for word in axes.split(","))
step = int(view[5:]) if view.startswith("STEP_") else 1
count = math.prod(shape) * step
slices = math.prod(size for axis, size in enumerate(shape) if axis not in axes)

data = np.fromfile(source, "<f4")
memory = data[:count].copy()
if view == "TRANSPOSED":
    v = memory.reshape(shape[::-1]).T
elif step > 1:
    v = memory[::step]
else:
    v = memory.reshape(shape)
kept = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
g = data[count : count + slices].reshape(kept) if operation != "NORM" else None
dw = data[count + slices :].reshape(shape) if operation == "BACKWARD" else None

letters = "abcdefgh"[: len(shape)]
rest = "".join(letter for axis, letter in enumerate(letters) if axis not in axes)
subscripts = f"{letters},{letters}->{rest}"
# linalg.norm reduces one axis or all.
if len(axes) == len(shape):
    plain, axis = v, None
elif len(axes) > 1:
    plain, axis = v.reshape(shape[0], -1), 1
else:
    plain, axis = v, axes[0]


def norms():
    if formula == "einsum":
        return np.sqrt(np.einsum(subscripts, v, v))
    return np.linalg.norm(plain, axis=axis)


def norm():
    return (norms(),)


def forward():
    return (v * (g / norms().reshape(kept)),)


def backward():
    n = norms().reshape(kept)
    dg = np.einsum(subscripts, v, dw).reshape(kept) / n
    return (dw - v * (dg / n)) * (g / n), dg


call = {"NORM": norm, "FORWARD": forward, "BACKWARD": backward}[operation]
for line in sys.stdin:
    words = line.split()
    if words[0] == "check":
        with open(target, "wb") as out:
            for result in call():
                np.asarray(result, "<f4").tofile(out)
        print("ok", flush=True)
    else:
        window = float(words[1])
        calls, batch = 0, 1
        start = time.perf_counter()
        while True:
            for _ in range(batch):
                call()
            calls += batch
            elapsed = time.perf_counter() - start
            if elapsed >= window:
                break
            if elapsed < window / 10:
                batch *= 2
        print(elapsed / calls * 1e9, flush=True)
