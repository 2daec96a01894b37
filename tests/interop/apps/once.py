"""What is wrong with a copy that should hold each record of its original once, and in order.

    python3 tests/interop/apps/once.py      shows that each kind of fault is told

Values are unlike within one original, so that a value stands for its record.
"""

from collections import Counter


def difference(original, copy):
    """Nothing, or the faults in words."""
    counted, order = Counter(copy), {value: position for position, value in enumerate(original)}
    lost = [value for value in original if value not in counted]
    repeated = [value for value, count in counted.items() if count > 1]
    strange = [value for value in counted if value not in order]
    known = [value for value in copy if value in order]
    early = [after for before, after in zip(known, known[1:]) if order[after] < order[before]]
    told = (("lost", lost), ("repeated", repeated), ("of no original", strange), ("out of order", early))
    return "; ".join(f"{len(values)} {fault}, as {values[:3]}" for fault, values in told if values)


def main():
    """Each faulty copy, and the one word that its fault must be told by."""
    original = list(range(6))
    copies = {"": original, "lost": [0, 1, 2, 4, 5], "repeated": [0, 1, 1, 2, 3, 4, 5], "of no original": [0, 1, 2, 3, 4, 5, 6],
              "out of order": [0, 1, 3, 2, 4, 5]}
    wrong = {fault: told for fault, copy in copies.items()
             if (told := difference(original, copy)) and not fault or told.count(", as") != bool(fault) or fault not in told}
    print(f"{len(copies) - len(wrong)} passed, {len(wrong)} failed")
    for fault, told in wrong.items():
        print(f"{fault or 'a true copy'}: told as {told!r}")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
