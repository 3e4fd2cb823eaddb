"""Runs the part of Rasa's graph that reads messages, node after node in this thread.

Rasa hands its graph to dask, whose scheduler takes longer for one message than the pipeline does. The nodes, what they
need and what they give are Rasa's own; only the scheduler is left out.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any
from weakref import WeakKeyDictionary

from rasa.engine.runner.dask import DaskGraphRunner

_Step = tuple[str, tuple[str, ...]]
"""A node and the nodes or inputs that it needs, in the order of its parameters."""

_ORDERS: WeakKeyDictionary[DaskGraphRunner, dict[str, list[_Step]]] = WeakKeyDictionary()


def run_straight(runner: DaskGraphRunner, inputs: dict[str, Any], target: str) -> Any:
    """What `runner.run(inputs, [target])[target]` gives."""
    found: dict[str, tuple[str, Any]] = {name: (name, value) for name, value in inputs.items()}
    for node, needs in _order(runner, target):
        found[node] = runner._instantiated_nodes[node](*(found[name] for name in needs))
    return found[target][1]


def _order(runner: DaskGraphRunner, target: str) -> list[_Step]:
    orders = _ORDERS.setdefault(runner, {})
    if target not in orders:
        nodes = runner._graph_schema.minimal_graph_schema([target]).nodes
        needs = {name: tuple(node.needs.values()) for name, node in nodes.items()}
        sorted_names = TopologicalSorter(needs).static_order()
        orders[target] = [(name, needs[name]) for name in sorted_names if name in needs]
    return orders[target]
