import { graphlib, layout } from '@dagrejs/dagre';
import type { Plan } from './words.js';

export const nodeSize = { width: 176, height: 76 } as const;
export type Placed = { readonly id: string; readonly x: number; readonly y: number };

/**
 * Places the nodes of a plan from left to right by their dependencies. Returns the top left corner
 * of each. Pure.
 */
export const placed = (nodes: Plan['nodes']): readonly Placed[] => {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 38, ranksep: 44, marginx: 6, marginy: 6 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { node_id: id } of nodes) graph.setNode(id, { ...nodeSize });
  for (const { node_id: id, depends_on: needs } of nodes)
    for (const before of needs) graph.setEdge(before, id);
  layout(graph);
  return nodes.map(({ node_id: id }) => {
    const { x = 0, y = 0 } = graph.node(id) as { readonly x?: number; readonly y?: number };
    return { id, x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 };
  });
};
