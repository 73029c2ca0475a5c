#!/usr/bin/env python3
"""Merges random changes by mergekit's own code and by the papers' formulas in numpy, for Tests/Fixtures/goldens/merges.json.

Needs torch, numpy and mergekit 0.1.5. DELLA's draws are those of this project (SplitMix64 and xoshiro256**), given to
mergekit in place of torch's, so that both drop the same entries.

    merge-golden.py Tests/Fixtures/goldens/merges.json
"""
import json, sys
import numpy as np, torch
from mergekit.merge_methods.registry import get
from mergekit.merge_methods.base import TensorGroup

MASK = 2**64 - 1


def splitmix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return state, z ^ z >> 31


def child(seed, name):
    """The seed of a source's child."""
    digest = 0xCBF29CE484222325
    for byte in name.encode():
        digest = ((digest ^ byte) * 0x100000001B3) & MASK
    return splitmix(seed)[1] ^ digest


def uniforms(seed, count):
    """Numbers 0 … count − 1 of the indexed sequence that belongs to a source."""
    state, words = seed, []
    for _ in range(4):
        state, word = splitmix(state)
        words.append(word)
    product = words[1] * 5 & MASK
    start = ((product << 7 | product >> 57) & MASK) * 9 & MASK
    return np.array([(splitmix(start + i * 0x9E3779B97F4A7C15 & MASK)[1] >> 11) * 2.0**-53 for i in range(count)])


# --- mergekit ----------------------------------------------------------------------------------------------------------------
def group(parts):
    return TensorGroup.from_tensors([torch.zeros_like(parts[0]), *parts], base_index=0)


def task_arithmetic(name, parts, weights, normalize, rescale, scale=1.0, **settings):
    """`settings` are one for all parts, as are weights one a part; input 0 is the base."""
    each = {key: {i + 1: value for i in range(len(parts))} for key, value in settings.items()}
    return get(name).merge_group(
        group(parts), weight={i + 1: w for i, w in enumerate(weights)}, normalize=normalize, rescale=rescale, int8_mask=False,
        **{"lambda": scale}, **each)


def della(parts, seed, tensor, **settings):
    original, index = torch.bernoulli, iter(range(len(parts)))

    def draw(chances):
        source = child(child(child(seed, f"part{next(index)}"), "0"), tensor)
        draws = torch.tensor(uniforms(source, chances.numel())).reshape(chances.shape)
        return (draws < chances.double()).to(chances.dtype)

    torch.bernoulli = draw
    merged = task_arithmetic("della", parts, **settings)
    torch.bernoulli = original
    return merged


# --- numpy -------------------------------------------------------------------------------------------------------------------
def svd(matrix, floor=1e-9):
    """Without the directions in which the matrix is zero."""
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    rank = int((s > floor).sum())
    return u[:, :rank], s[:rank], vt[:rank]


def polar(matrix):
    u, _, vt = svd(matrix)
    return u @ vt


def iso_c(parts):
    u, s, vt = svd(sum(parts))
    return s.mean() * u @ vt


def iso_cts(parts, fraction, directions):
    count, common = len(parts), int(directions * fraction)
    own = round((directions - common) / count)
    common = directions - own * count
    u, s, vt = (x[..., :common] if i < 2 else x[:common] for i, x in enumerate(svd(sum(parts))))
    left, values, right = [], [], []
    for part in parts:
        pu, ps, pvt = svd(part - u @ u.T @ part)
        left.append(pu[:, :own]); values.append(ps[:own]); right.append(pvt[:own])
    left, values, right = np.hstack(left + [u]), np.concatenate(values + [s]), np.vstack(right + [vt])
    return values.mean() * polar(left) @ polar(right)


def tsv_m(parts):
    keep = min(parts[0].shape) // len(parts)
    found = [svd(p) for p in parts]
    left = polar(np.hstack([u[:, :keep] for u, _, _ in found]))
    right = polar(np.vstack([vt[:keep] for _, _, vt in found]))
    return left @ np.diag(np.concatenate([s[:keep] for _, s, _ in found])) @ right


def ties(vectors, density):
    stacked = np.stack(vectors)
    if density < 1:
        size = stacked.shape[1]
        edge = np.sort(np.abs(stacked), axis=1)[:, size - int(size * density) - 1][:, None]
        stacked = stacked * (np.abs(stacked) >= edge)
    signs = np.sign(stacked.sum(0))
    signs[signs == 0] = np.sign(signs.sum())
    agree = np.where(signs > 0, stacked > 0, stacked < 0)
    return (stacked * agree).sum(0) / np.maximum(agree.sum(0), 1)


def knots(parts, density):
    if parts[0].ndim == 1:
        return ties(parts, density)
    u, s, vt = svd(np.hstack(parts))
    sides = np.split(np.diag(s) @ vt, len(parts), axis=1)
    shape = sides[0].shape
    return u @ ties([x.reshape(-1) for x in sides], density).reshape(shape)


def numbers(array):
    return [float(np.float32(x)) for x in np.asarray(array).reshape(-1)]


generator = np.random.default_rng(11)
full = [(generator.standard_normal((12, 10)) * 0.3).astype(np.float32) for _ in range(3)]
vectors = [(generator.standard_normal(9) * 0.3).astype(np.float32) for _ in range(3)]
# Of rank 2 with few bits, so that float32 holds the products exactly.
low = [
    ((generator.integers(-8, 9, (14, 2)) @ generator.integers(-8, 9, (2, 11))) / 64).astype(np.float32) for _ in range(3)
]
sets = {"full": full, "vector": vectors, "low": low}
result = {"parts": {k: {"shape": list(v[0].shape), "values": [numbers(x) for x in v]} for k, v in sets.items()}, "cases": []}


def case(method, settings, values, merged):
    result["cases"].append({"method": method, "settings": settings, "parts": values, "merged": numbers(merged)})


for name in ("full", "vector"):
    parts = [torch.tensor(x) for x in sets[name]]
    for density, gamma in ((0.5, 0.1), (0.95, 0.2), (0.2, 0.0), (1, 0.1)):
        case("breadcrumbs", [f"density={density}", f"gamma={gamma}", "weights=[1, -0.5, 2]", "scale=0.5"], name,
             task_arithmetic("breadcrumbs", parts, [1, -0.5, 2], False, False, 0.5, density=density, gamma=gamma))
    for density, epsilon, rescale, normalize in ((0.5, 0.3, True, True), (0.8, 0.1, False, True), (0.5, 0.3, True, False)):
        case("della", [f"density={density}", f"epsilon={epsilon}", "weights=[1, 0.5, 2]", "seed=3", "scale=0.5",
                       f"rescale={str(rescale).lower()}", f"normalize={str(normalize).lower()}"], name,
             della(parts, 3, "w", weights=[1, 0.5, 2], normalize=normalize, rescale=rescale, scale=0.5, density=density,
                   epsilon=epsilon))
    for row_wise in (False, True):
        case("model_stock", [f"rowWise={str(row_wise).lower()}"], name,
             get("model_stock").merge_group(group(parts), filter_wise=row_wise))
    for selection in (1, 0.4):
        case("sce", [f"selection={selection}"], name,
             get("sce").merge_group(group(parts), int8_mask=False, select_topk=selection))
for name in ("full", "low"):
    parts = [x.astype(np.float64) for x in sets[name]]
    rank = min(np.linalg.matrix_rank(np.hstack(parts)), np.linalg.matrix_rank(np.vstack(parts)))
    case("iso_c", [], name, iso_c(parts))
    for fraction in (0.8, 0.5, 0.0, 1.0):
        if name == "low" or fraction > 0:
            case("iso_cts", [f"commonFraction={fraction}"], name, iso_cts(parts, fraction, int(rank)))
    case("tsv_m", [], name, tsv_m(parts))
    for density in (1, 0.4):
        case("knots", [f"density={density}", "scale=0.5"], name, 0.5 * knots(parts, density))
vectors64 = [x.astype(np.float64) for x in vectors]
case("knots", ["density=0.4"], "vector", knots(vectors64, 0.4))
for method in ("iso_c", "iso_cts", "tsv_m"):
    case(method, ["scale=2"], "vector", 2 * np.mean(vectors64, axis=0))
json.dump(result, open(sys.argv[1], "w"))
