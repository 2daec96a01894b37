"""What a history holds, by client, and what is wrong with it: the last lines of a run, and its exit code."""

from collections import Counter, defaultdict

from checker import check

SHOWN = 5  # cases of one anomaly
ROWS = ["transactions attempted", "transactions committed", "transactions aborted", "transactions unknown",
        "records attempted", "records acknowledged", "records committed", "records aborted", "records unknown",
        "records read_committed", "records read_uncommitted"]


def tell(history, floors=None, clients=()):
    """Prints it. `floors`: what → (how much there was, how much there must be); clients must each have committed something."""
    work = counts(history)
    columns = list(work)
    total = sum(work.values(), Counter())
    _table([["", *columns, "all"], *([row, *(str(work[name][row]) for name in columns), str(total[row])] for row in ROWS)])
    too_little = [f"{what}: {had if had is not None else total['records committed']} of {wanted}" for what, (had, wanted) in
                  (floors or {}).items() if (total["records committed"] if had is None else had) < wanted]
    too_little += [f"{name} has not a commit acknowledged" for name in clients if not work[name]["transactions committed"]]
    too_little += [f"{name} read nothing with {level}" for name in clients for level in ("read_committed", "read_uncommitted")
                   if not work[name][f"records {level}"]]
    anomalies = check(history)
    print()
    for name, cases in anomalies.items():
        print(f"{name}: {len(cases)}")
        for case in cases[:SHOWN]:
            print(f"    {case}")
    for line in too_little:
        print(f"too little was done: {line}")
    print(f"{sum(map(len, anomalies.values()))} anomalies")
    return 1 if too_little or any(anomalies.values()) else 0


def counts(history):
    """Client → row → how many."""
    work = defaultdict(Counter)
    for transaction in history.transactions.values():
        mine = work[_client(transaction.who)]
        mine["transactions attempted"] += 1
        mine[f"transactions {transaction.outcome}"] += 1
        mine["records attempted"] += len(transaction.sends)
        mine["records acknowledged"] += sum(send.offset is not None for send in transaction.sends.values())
        mine[f"records {transaction.outcome}"] += len(transaction.sends)
    for reader in history.readers.values():
        for step in reader.steps:
            work[_client(reader.who)][f"records {reader.isolation}"] += len(getattr(step, "records", ()))
    return work


def _client(who):
    return who.partition("-")[0]


def _table(lines):
    widths = [max(map(len, cells)) for cells in zip(*lines)]
    for line in lines:
        print("  ".join(cell.rjust(width) if at else cell.ljust(width) for at, (cell, width) in enumerate(zip(line, widths))))
