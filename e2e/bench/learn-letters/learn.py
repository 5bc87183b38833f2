"""learn.py OUT.ts HELD_OUT TRAINING[xTIMES]...: the net of `sound-net.ts`, from what `points.ts` wrote.

HELD_OUT and TRAINING are such files without their endings; what is given x3 counts three times. Prints how often the class is right and
by how much (natural logarithm) its score is over chance, in training and held out. Needs numpy.
"""

import base64
import json
import re
import sys

import numpy as np

CLASSES, HIDDEN, EPOCHS, BATCH = 20, 96, 14, 512
# As in sound-net.ts: points around that are looked at, and what of them.
AROUND = [-7, -4, -2, 2, 4, 7]
STATIC = [0, *range(2, 15)]
# Inputs are shaken while learning: each by itself, and a call's as a whole, as another line or throat would.
SHAKEN, SHIFTED = 0.15, 0.25


def read(name):
    with open(f"{name}.json") as file:
        about = json.load(file)
    dimensions = about["dimensions"]
    points = np.fromfile(f"{name}.x", np.float32).reshape(-1, dimensions)
    classes = np.fromfile(f"{name}.y", np.uint8)
    rows, first = [], 0
    for call in about["calls"]:
        own = points[first : first + call["points"]]
        first += call["points"]
        at = np.arange(len(own))
        around = [own[np.clip(at + step, 0, max(0, len(own) - 1))][:, STATIC] for step in AROUND]
        rows.append(np.concatenate([own, *around], 1))
    known = classes != 255
    return np.concatenate(rows)[known], classes[known], dimensions


def forward(net, inputs):
    hidden = np.maximum(0, inputs @ net[0] + net[1])
    out = hidden @ net[2] + net[3]
    out = np.exp(out - out.max(1, keepdims=True))
    return hidden, out / out.sum(1, keepdims=True)


def judged(net, shares, inputs, classes):
    share = forward(net, inputs)[1]
    own = share[np.arange(len(classes)), classes]
    return f"{(share.argmax(1) == classes).mean():.3f} {np.log(own / shares[classes]).mean():.3f}"


def learn(inputs, classes, dimensions, numbers, after_epoch):
    """Adam (Kingma and Ba, 2015), its step falling like a cosine, on the cross entropy."""
    shares = np.bincount(classes, minlength=CLASSES) / len(classes)
    width = inputs.shape[1]
    net = [
        numbers.normal(0, width**-0.5, (width, HIDDEN)), np.zeros(HIDDEN),
        numbers.normal(0, HIDDEN**-0.5, (HIDDEN, CLASSES)), np.log(shares),
    ]
    net = [part.astype(np.float32) for part in net]
    mean, square = [np.zeros_like(part) for part in net], [np.zeros_like(part) for part in net]
    steps, step = EPOCHS * (len(inputs) // BATCH), 0
    for epoch in range(EPOCHS):
        order = numbers.permutation(len(inputs))
        for first in range(0, len(order) - BATCH + 1, BATCH):
            some = order[first : first + BATCH]
            shift = numbers.normal(0, SHIFTED, (BATCH, dimensions))
            shift = np.concatenate([shift, *[shift[:, STATIC]] * len(AROUND)], 1)
            given = (inputs[some] + shift + numbers.normal(0, SHAKEN, (BATCH, width))).astype(np.float32)
            hidden, error = forward(net, given)
            error[np.arange(BATCH), classes[some]] -= 1
            error /= BATCH
            back = (error @ net[2].T) * (hidden > 0)
            slopes = [given.T @ back, back.sum(0), hidden.T @ error, error.sum(0)]
            step += 1
            pace = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
            for n, slope in enumerate(slopes):
                mean[n] += 0.1 * (slope - mean[n])
                square[n] += 0.001 * (slope**2 - square[n])
                move = mean[n] / (1 - 0.9**step) / (np.sqrt(square[n] / (1 - 0.999**step)) + 1e-8)
                net[n] -= pace * (move + 1e-4 * net[n])
        after_epoch(epoch, net, shares)
    return net, shares


def as_bytes(weights):
    """Signed bytes, and what one step of them is worth."""
    most = np.quantile(np.abs(weights), 0.9995)
    scale = most / 127
    return np.round(np.clip(weights, -most, most) / scale).astype(np.int8).tobytes(), scale


def written(net, shares):
    first, first_scale = as_bytes(net[0].T)
    second, second_scale = as_bytes(net[2])
    listed = lambda values: ", ".join(f"{value:.3f}" for value in values)
    return f"""/** Of `sound-net.ts`, written by `e2e/bench/learn-letters/learn.py`. */
export const INPUTS = {net[0].shape[0]}
export const HIDDEN = {HIDDEN}
/** What one step of a weight is worth, in the first and the second layer. */
export const SCALES = [{first_scale:.6g}, {second_scale:.6g}] as const
/** Of the hidden ones, then of the classes. */
export const BIASES = [{listed(np.concatenate([net[1], net[3]]))}]
/** The logarithm of each class's share of speech. */
export const SHARES = [{listed(np.log(shares))}]
/** Signed bytes, base64: of each hidden one its inputs', then of each hidden one what it says of the classes. */
export const WEIGHTS =
  '{base64.b64encode(first + second).decode()}'
"""


def main():
    held_inputs, held_classes, dimensions = read(sys.argv[2])
    sets = []
    for given in sys.argv[3:]:
        name, times = re.fullmatch(r"(.+?)(?:x(\d+))?", given).groups()
        sets += [read(name)[:2]] * int(times or 1)
    inputs, classes = (np.concatenate(part) for part in zip(*sets))

    def tell(epoch, net, shares):
        train = judged(net, shares, inputs[:40_000], classes[:40_000])
        print(epoch, "training", train, "held out", judged(net, shares, held_inputs, held_classes), flush=True)

    net, shares = learn(inputs, classes, dimensions, np.random.default_rng(0), tell)
    with open(sys.argv[1], "w") as file:
        file.write(written(net, shares))


main()
