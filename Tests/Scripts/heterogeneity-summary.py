#!/usr/bin/env python3
"""Puts the verdicts of a heterogeneity study side by side: one row a comparison, one column a share of own language.

    heterogeneity-summary.py results/miniature-heterogeneity > results/miniature-heterogeneity/summary.md
"""
import glob, json, os, sys

folder = sys.argv[1]
shares = sorted(glob.glob(f"{folder}/heterogeneity-*"), key=lambda path: float(path.rsplit("-", 1)[1]))
names = [os.path.basename(path).split("-")[1] for path in shares]
found = {}
for name, path in zip(names, shares):
    for row in json.load(open(f"{path}/verdict.json"))["comparisons"]:
        key = (row["scenario"], row["method"], row["opponent"])
        found.setdefault(key, {})[name] = row


def cell(row):
    if row is None:
        return "—"
    mean = f"{100 * row['difference']:+.1f}".replace("-", "−")
    p = row.get("p_holm")
    mark = "" if p is None or p >= 0.05 else " **"
    return f"{mean} (p = {p:.3f}){mark}" if p is not None else mean


def shown(name, sign):
    rows = [row[name] for row in found.values() if name in row]
    return sum(1 for row in rows if (row.get("p_holm") or 1) < 0.05 and sign * row["difference"] > 0)


print("# When does splitting pay?\n")
print("Difference SPUNGE − opponent in points of what was to be forgotten (less is more forgotten), mean over base models; p is\n"
      "Holm-corrected within a column (exact sign-flip test over six base models, whose smallest p is 0.031 before the correction).\n"
      "A column is a world in which that share of each group's language is its own. Made by\n"
      "`spunge-eval reproduce --seeds 6 --heterogeneity " + ",".join(str(float(n)).rstrip("0").rstrip(".") or "0" for n in names) + "`\n"
      "and `Tests/Scripts/heterogeneity-summary.py`.\n")
print("| scenario | SPUNGE against | " + " | ".join(names) + " |")
print("|---|---|" + "---|" * len(names))
for (scenario, method, opponent), rows in found.items():
    against = method if opponent == "pooled" else f"random-{method}"
    print(f"| {scenario} | {against} | " + " | ".join(cell(rows.get(name)) for name in names) + " |")
print()
for name in names:
    count = sum(1 for row in found.values() if name in row)
    print(f"- {name}: of {count} comparisons, {shown(name, -1)} show that SPUNGE forgets more, {shown(name, 1)} that it forgets less.")
better = [(key, [name for name in names if name in rows and rows[name]["difference"] < 0]) for key, rows in found.items()]
print()
for (scenario, method, opponent), at in better:
    against = method if opponent == "pooled" else f"random-{method}"
    print(f"- {scenario}, SPUNGE-{method} against {against}: SPUNGE's mean is lower at {', '.join(at) if at else 'none of them'}.")
