"""Where a dict's values are in a list: `places` has for each key, in order, the index of its value."""


def places_of(*keys):
    """The places of keys in their order."""
    return {key: at for at, key in enumerate(keys)}


def place_of(places, key):
    """The place of a key that must be there."""
    return places[key]


def has_place(places, key):
    """Is the key there?"""
    return key in places


def add_place(places, key):
    """The place of a key; a new one is put last."""
    return places.setdefault(key, len(places))


def remove_place(places, key):
    """The place that a key had; those behind it move up."""
    gone = places.pop(key)
    for other, at in places.items():
        if at > gone:
            places[other] = at - 1
    return gone


def clear_places(places):
    """Remove all keys."""
    places.clear()


def copy_places(places):
    """The same places, for another dict."""
    return dict(places)


def keys_of(places):
    """The keys in order."""
    return list(places)
