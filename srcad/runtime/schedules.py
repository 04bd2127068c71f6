"""The schedule by which the reverse sweep of a checkpointed loop works."""

from __future__ import annotations


def stretches(trips):
    """About √trips stretches of about as many trips, at least one, each with a place for the state that it starts from.

    Rows (place, begin, end).
    """
    length = 1
    while length * length < trips:
        length += 1
    rows = [(0, 0, 0) for _ in range(0)]
    for begin in range(0, max(trips, 1), length):
        rows.append((len(rows), begin, min(begin + length, trips)))
    return rows


def pairs(rows):
    """Neighbouring `stretches`, two and two, the last first: rows (place of the first, begin, where the second begins, end)."""
    made = [(0, 0, 0, 0) for _ in range(0)]
    for k in range((len(rows) - 1) // 2 * 2, -1, -2):
        place, begin, middle = rows[k]
        made.append((place, begin, middle, rows[min(k + 1, len(rows) - 1)][2]))
    return made


def first_sweep(rows, trips):
    """What a schedule does before it first records, as `stretches`: the first is what is run before the state is kept again."""
    made = [(0, 0, 0) for _ in range(0)]
    place, at = 0, 0
    for _, _, end, target, stop in rows:
        if stop > end:
            break
        made.append((place, at, end))
        place, at = target, end
    made.append((place, at, trips))
    return made


def schedule(trips, snapshots):
    """How the reverse sweep of a checkpointed loop works through its trips.

    Rows (source, begin, end, target, stop): take the state of trip `begin` from place `source`, run to trip `end`, keep the
    state at place `target`, record the trips up to `stop` and go back over them. Place 0 has the state at the start; the last
    place is never read. The binomial schedule of Griewank and Walther (2000, ACM TOMS 26(1), algorithm 799), over stretches.
    """
    places = snapshots
    if places < 1:
        places = 1
        while places * places < trips:
            places += 1
    length = min(places, max(1, (trips + places - 1) // places))
    count = (trips + length - 1) // length
    rows = [(0, 0, 0, places, 0) for _ in range(0)]
    waiting = [(0, count, 0)]                        # stretches from, to, and the place of the state at the first
    while len(waiting) > 0:
        first, last, place = waiting.pop()
        free = places - 1 - place
        while last - first > 1 and free > 0:
            total = last - first
            repeats, reach = 0, 1                    # (free + 1 + repeats)! / ((free + 1)! repeats!) stretches
            while reach < total:
                repeats += 1
                reach = reach * (free + 1 + repeats) // repeats
            right = reach * (free + 1) // (free + 1 + repeats)
            middle = first + max(1, total - right)
            rows.append((place, first * length, middle * length, place + 1, middle * length))
            waiting.append((first, middle, place))
            first, place, free = middle, place + 1, free - 1
        for k in range(last - 1, first - 1, -1):
            rows.append((place, first * length, k * length, places, min(trips, (k + 1) * length)))
    return rows


def places(rows):
    """How many places for states a schedule has."""
    most = 0
    for row in rows:
        most = max(most, row[3])
    return most + 1
