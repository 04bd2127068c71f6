"""What `heapq` and `bisect` do to a list, in Python, differentiated like any other.

The algorithms are those of Python's own library: the order in which items are compared, and so where equal ones end, is the
same.
"""

from __future__ import annotations


def sift_to_root(heap, start, place):
    item = heap[place]
    while place > start:
        parent = (place - 1) >> 1
        above = heap[parent]
        if not item < above:
            break
        heap[place] = above
        place = parent
    heap[place] = item


def sift_to_leaf(heap, place):
    end, start, item = len(heap), place, heap[place]
    child = 2 * place + 1
    while child < end:
        other = child + 1
        if other < end and not heap[child] < heap[other]:
            child = other
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = item
    sift_to_root(heap, start, place)


def heappush(heap, item):
    """``heapq.heappush(heap, item)``"""
    heap.append(item)
    sift_to_root(heap, 0, len(heap) - 1)


def heappop(heap):
    """``heapq.heappop(heap)``"""
    last = heap.pop()
    if len(heap) == 0:
        return last
    first = heap[0]
    heap[0] = last
    sift_to_leaf(heap, 0)
    return first


def heapify(heap):
    """``heapq.heapify(heap)``"""
    for k in range(len(heap) // 2 - 1, -1, -1):
        sift_to_leaf(heap, k)


def heapreplace(heap, item):
    """``heapq.heapreplace(heap, item)``"""
    first = heap[0]
    heap[0] = item
    sift_to_leaf(heap, 0)
    return first


def heappushpop(heap, item):
    """``heapq.heappushpop(heap, item)``"""
    if len(heap) > 0 and heap[0] < item:
        first = heap[0]
        heap[0] = item
        sift_to_leaf(heap, 0)
        return first
    return item


def insort_right(a, x, lo=0, hi=None):
    """``bisect.insort(a, x)``"""
    if hi is None:
        hi = len(a)
    while lo < hi:
        middle = (lo + hi) // 2
        if x < a[middle]:
            hi = middle
        else:
            lo = middle + 1
    a.insert(lo, x)


def insort_left(a, x, lo=0, hi=None):
    """``bisect.insort_left(a, x)``"""
    if hi is None:
        hi = len(a)
    while lo < hi:
        middle = (lo + hi) // 2
        if a[middle] < x:
            lo = middle + 1
        else:
            hi = middle
    a.insert(lo, x)
