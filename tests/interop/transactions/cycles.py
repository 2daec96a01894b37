"""The cycles of a graph: its strongly connected components of more than one node (Tarjan's algorithm, without recursion)."""


def cycles(graph):
    """`graph` is node → the nodes it points at. Each cycle, or tangle of several, is a list of its nodes."""
    found, order, low, path, on_path = [], {}, {}, [], set()

    def enter(node):
        order[node] = low[node] = len(order)
        path.append(node)
        on_path.add(node)
        return node, iter(sorted(graph.get(node, ())))

    def leave(node):
        if low[node] == order[node]:
            members = [path.pop()]
            while members[-1] != node:
                members.append(path.pop())
            on_path.difference_update(members)
            if len(members) > 1:
                found.append(sorted(members))

    for root in sorted(graph):
        open_nodes = [] if root in order else [enter(root)]
        while open_nodes:
            node, following = open_nodes[-1]
            for other in following:
                if other not in order:
                    open_nodes.append(enter(other))
                    break
                if other in on_path:
                    low[node] = min(low[node], order[other])
            else:
                open_nodes.pop()
                leave(node)
                if open_nodes:
                    above = open_nodes[-1][0]
                    low[above] = min(low[above], low[node])
    return found
