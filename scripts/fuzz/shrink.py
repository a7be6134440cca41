"""Makes a drawn tree smaller while it still shows what it showed.

In: a tree of `draw.Node`s and a test of a tree. Out: a tree of which no single step makes a smaller one that passes,
or the best one when the effort is used up.
"""
import draw

# What may stand for a whole node of a kind.
PLAIN = {
    'body': [''], 'expr': ['1', '""', 'nil', '.', '(list)', '(dict)'], 'pipe': ['1', '""'], 'text': ['', 'a'],
    'tail': [''], 'arg': [''], 'item': [''], 'num': ['1', '0'], 'str': ['""', '"a"'], 'trim': ['{{', '}}'],
}


def places(node, path=()):
    """Paths of all nodes below, outermost first."""
    for index, part in enumerate(node.parts):
        if isinstance(part, draw.Node):
            yield path + (index,)
            yield from places(part, path + (index,))


def at(node, path):
    for index in path:
        node = node.parts[index]
    return node


def replaced(node, path, new):
    if not path:
        return new
    parts = list(node.parts)
    parts[path[0]] = replaced(parts[path[0]], path[1:], new)
    return draw.Node(node.kind, parts)


def candidates(node):
    """What could stand for a node: the plain things of its kind, then what of its kind is inside it."""
    seen = {draw.text(node)}
    for plain in PLAIN.get(node.kind, []):
        if plain not in seen and len(plain) < len(draw.text(node)):
            seen.add(plain)
            yield draw.Node('done', [plain])
    inside = [at(node, path) for path in places(node)]
    for other in sorted((n for n in inside if n.kind == node.kind), key=lambda n: len(draw.text(n))):
        if draw.text(other) not in seen:
            seen.add(draw.text(other))
            yield other
    if node.kind in ('lines', 'str', 'text'):
        whole = draw.text(node)
        if node.kind == 'lines':
            lines = whole.splitlines(True)
            for index in range(len(lines)):
                yield draw.Node('lines', [''.join(lines[:index] + lines[index + 1:])])
        chars = list(whole)
        inner = range(1, len(chars) - 1) if node.kind == 'str' else range(len(chars))
        if len(chars) < 60:
            for index in inner:
                yield draw.Node(node.kind, [''.join(chars[:index] + chars[index + 1:])])


def smallest(tree, still, effort):
    improved = True
    while improved and effort > 0:
        improved = False
        paths = list(places(tree))
        for path in paths:
            try:
                node = at(tree, path)
            except (IndexError, AttributeError):
                continue
            if not isinstance(node, draw.Node) or node.kind == 'done':
                continue
            for new in candidates(node):
                if effort <= 0:
                    return tree
                effort -= 1
                smaller = replaced(tree, path, new)
                if len(draw.text(smaller)) < len(draw.text(tree)) and still(smaller):
                    tree, improved = smaller, True
                    break
    return tree
