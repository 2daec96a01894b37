"""What is wrong with a copy that should hold each record of its original once, and in order.

Values are unlike within one original, so that a value stands for its record. `untold` shows that each kind of fault is told,
and is asked before each run.
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


def untold():
    """What is told wrongly: of a true copy nothing must be told, of each faulty one its fault alone."""
    original = list(range(6))
    copies = {"": original, "lost": [0, 1, 2, 4, 5], "repeated": [0, 1, 1, 2, 3, 4, 5], "of no original": [0, 1, 2, 3, 4, 5, 6],
              "out of order": [0, 1, 3, 2, 4, 5]}
    told = {fault: difference(original, copy) for fault, copy in copies.items()}
    return {fault: words for fault, words in told.items() if fault not in words or words.count(", as") != bool(fault)}
