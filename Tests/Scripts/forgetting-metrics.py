"""Writes what other packages make of random texts and numbers, for ForgettingMetricTests.

    python Tests/Scripts/forgetting-metrics.py Tests/Fixtures/forgetting-metrics.json

Needs rouge_score 0.1.2, nltk, scipy, scikit-learn, numpy and pltrdy's rouge 1.0.1. Exact p-values are counted here with
whole numbers and compared with scipy's.
"""

import json
import math
import random
import sys
import zlib
from fractions import Fraction

import numpy as np
from nltk.stem.porter import PorterStemmer
from rouge import Rouge
from rouge_score import rouge_scorer
from scipy import special, stats
from sklearn.metrics import roc_auc_score

rng = random.Random(21)

STARTS = """a ab ach act ad ag al am an ap arch at ball bar be bicy bl bo bri c can car centr ch clas coll comm con count cr
cry de di do dr dy e eff el em en er ex fa fal feed fill fl fo form gen geo geolog glad gr hap hiss hop i ill in ir is j jell k
l lar li log m mal met mo motor nat ne o oper or p pa plaster ple pr qu r rat re rel rev s sci sens siz sky st str suc sy syz t
tan th tri troubl typ u un v val ver w will wr x y yy z""".split()
MIDDLES = """a e i o u y al at bl er iz ion it l ll ment n nn r rr s ss t tt v w x z zz an ent ic ul us""".split()
ENDS = """s es ies sses ed ied eed ing ying y ly ational tional enci anci izer bli abli alli entli eli ousli ization ation ator
alism iveness fulness ousness aliti iviti biliti fulli logi ology icate ative alize iciti ical ful ness al ance ence er ic able
ible ant ement ment ent sion tion ion ou ism ate iti ous ive ize e ee ll le 1 22 x""".split()

IRREGULAR = "sky skies dying lying tying news innings inning outings outing cannings canning howe proceed exceed succeed"


def word():
    middle = "".join(rng.choice(MIDDLES) for _ in range(rng.choice([0, 0, 1, 1, 2])))
    ends = "".join(rng.choice(ENDS) for _ in range(rng.choice([0, 1, 1, 1, 2])))
    return rng.choice(STARTS) + middle + ends


def stems():
    words = {word() for _ in range(1700)}
    words |= {"".join(rng.choice("aeiouybcdlstz") for _ in range(n)) for n in range(1, 9) for _ in range(25)}
    words |= set(IRREGULAR.split())
    stemmer = PorterStemmer()
    return {w: stemmer.stem(w) for w in sorted(words)}


PIECES = [", ", ". ", " ", " ", " ", " ", "\n", "! ", "-", "'s ", ".", "…", " \u00e9", " \u0130", "\u212a", " 3.5 ", "  "]


def text(words, count):
    return "".join(rng.choice(words) + rng.choice(PIECES) for _ in range(count))


def rouge():
    cases = []
    for number in range(60):
        words = [word() for _ in range(rng.choice([3, 8, 20]))]
        reference, candidate = (text(words, rng.randrange(0, 30)) for _ in range(2))
        if number == 0:
            reference, candidate = "", "words"
        case = {"reference": reference, "text": candidate}
        for stemming in (True, False):
            scores = rouge_scorer.RougeScorer(["rouge1", "rougeL"], use_stemmer=stemming).score(reference, candidate)
            case["stemmed" if stemming else "plain"] = [
                [s.recall, s.precision, s.fmeasure] for s in (scores["rouge1"], scores["rougeL"])]
        if candidate.replace(".", "") and reference.replace(".", ""):
            case["union"] = Rouge(["rouge-l"]).get_scores(candidate.lower(), reference.lower())[0]["rouge-l"]["r"]
        cases.append(case)
    return cases


def share_outside(n, m, steps):
    """Share of lattice paths to (n, m) with |x·m − y·n| ≥ steps somewhere, by counting those that stay inside."""
    row = []
    for x in range(n + 1):
        new = []
        for y in range(m + 1):
            if abs(x * m - y * n) >= steps:
                new.append(0)
            else:
                new.append(1 if x + y == 0 else (row[y] if x else 0) + (new[y - 1] if y else 0))
        row = new
    return 1 - Fraction(row[m], math.comb(n + m, n))


def log10(fraction):
    return math.log10(fraction.numerator) - math.log10(fraction.denominator)


def ks():
    cases = []
    for n, m, shift, ties in [(1, 1, 9, 0), (5, 5, 0, 1), (6, 9, 1, 1), (40, 40, 1, 0), (40, 40, 0.2, 1), (30, 37, 9, 0),
                              (50, 75, 0.5, 1), (200, 200, 9, 0), (199, 200, 9, 0), (160, 200, 0.3, 0), (200, 120, 1.5, 1),
                              (3, 150, 0.7, 1)]:
        first = [rng.gauss(0, 1) for _ in range(n)]
        second = [rng.gauss(shift, 1) for _ in range(m)]
        if shift == 9:
            second = [x + 9 for x in second]
        digits = 1 if ties else 3
        first, second = ([round(x, digits) for x in xs] for xs in (first, second))
        pooled = sorted(set(first + second))
        steps = max(abs(sum(x <= v for x in first) * m - sum(x <= v for x in second) * n) for v in pooled)
        exact = share_outside(n, m, steps)
        found = stats.ks_2samp(first, second)
        assert abs(found.statistic - steps / (n * m)) < 1e-12
        assert abs(found.pvalue - float(exact)) <= 1e-9 * float(exact), (found.pvalue, float(exact))
        cases.append({"first": first, "second": second, "distance": steps / (n * m), "p": float(exact), "log10": log10(exact)})
    return cases


def ks_large():
    """Whole samples that do not overlap, or overlap by shift: (n, m, distance in steps of 1/(n·m)) → log10 p."""
    cases = []
    for n, m, h in [(400, 400, 400), (400, 400, 37), (400, 400, 1), (1000, 1000, 1000), (700, 500, 350000), (700, 500, 20000)]:
        cases.append({"n": n, "m": m, "steps": h if n != m else h * n, "log10": log10(share_outside(n, m, h if n != m else h * n))})
    return cases


def areas():
    cases = []
    for n, m, digits in [(5, 7, 1), (40, 60, 3), (1, 3, 0)]:
        forget = [round(rng.gauss(0, 1), digits) for _ in range(n)]
        holdout = [round(rng.gauss(0.4, 1), digits) for _ in range(m)]
        cases.append({"forget": forget, "holdout": holdout, "area": roc_auc_score([0] * n + [1] * m, forget + holdout)})
    return cases


def tokens():
    """Labels of random distributions, and what numpy makes of them."""
    generator = np.random.default_rng(3)
    cases = []
    for count in [1, 2, 3, 7, 12, 20]:
        logits = generator.normal(0, 3, (count, 17))
        logp = logits - special.logsumexp(logits, axis=1, keepdims=True)
        likeliest = generator.random(count) < 0.7
        labels = np.where(likeliest, logits.argmax(1), generator.integers(0, 17, count))
        chosen = logp[np.arange(count), labels]
        right = logits.argmax(1) == labels
        p = np.exp(logp)
        mean = (p * logp).sum(1)
        variance = (p * logp**2).sum(1) - mean**2
        k = max(1, int(count * 0.4))
        z = (chosen - mean) / np.sqrt(np.maximum(variance, 1e-6))
        tails = [j for j in range(count) if right[j:].all()]
        cases.append({
            "logProbabilities": chosen.tolist(), "isLikeliest": right.tolist(), "means": mean.tolist(),
            "variances": variance.tolist(), "loss": -chosen.mean(), "memorisation": right.mean(),
            "strength": 1 - (tails[0] if tails else count - 1) / count,
            "lowest": -np.sort(chosen)[:k].mean(), "standardised": -np.sort(z)[:k].mean()})
    return cases


def ratios():
    cases = []
    for _ in range(6):
        right = rng.uniform(0, 6)
        wrong = [rng.uniform(0, 8) for _ in range(rng.randrange(1, 6))]
        c, w = math.exp(-right), float(stats.gmean(np.exp(-np.array(wrong))))
        r = w / (c + 1e-10)
        cases.append({
            "right": right, "wrong": wrong, "ratio": r, "closeness": min(r, 1 / (r + 1e-10)), "preference": max(0, 1 - r),
            "share": c / (c + w + 1e-10), "normalised": c / (c + float(np.exp(-np.array(wrong)).sum()) + 1e-10)})
    return cases


def entropies():
    cases = []
    for count in [3, 4, 10, 60]:
        words = [rng.choice(["sun", "moon", "sea", "hill", "tree"]) for _ in range(count)]
        def entropy(n):
            grams = [tuple(words[i:i + n]) for i in range(count - n + 1)]
            _, counts = np.unique(np.array([" ".join(g) for g in grams]), return_counts=True)
            return stats.entropy(counts, base=2)
        cases.append({"words": words, "pairs": entropy(2), "fluency": (2 / 3 * entropy(2) + 4 / 3 * entropy(3)) / 2})
    return cases


def means():
    lists = [[rng.uniform(0.01, 1) for _ in range(9)], [0.5], [0.3, 0.0, 0.8]]
    return [{"values": v, "mean": float(stats.hmean(v))} for v in lists]


def compressed():
    texts = ["", "a", "a" * 5000, text([word() for _ in range(40)], 400), "çé\u0130 " * 30]
    return [{"text": t, "size": len(zlib.compress(t.encode()))} for t in texts]


limits = [{"x": x, "p": float(special.kolmogorov(x))} for x in [0.1, 0.3, 0.5, 0.8, 1.2, 2.0, 5.0, 15.0]]
result = {"stems": stems(), "rouge": rouge(), "ks": ks(), "largeKS": ks_large(), "limits": limits, "areas": areas(),
          "tokens": tokens(), "ratios": ratios(), "entropies": entropies(), "means": means(), "compressed": compressed()}
with open(sys.argv[1], "w") as file:
    file.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in result.items()) + "\n}\n")
