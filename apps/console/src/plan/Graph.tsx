import '@xyflow/react/dist/style.css';

import { Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { sentence } from '../format.js';
import { Glyph } from '../ui/glyphs.js';
import { nodeSize, placed } from './layout.js';
import {
  brokeOffText,
  failedNode,
  listText,
  nodeLook,
  noOf,
  takingBack,
  type Plan,
  type PlanNode,
} from './words.js';
import { cx } from '../ui/cx.js';
import css from './plan.module.css';

type Shown = Node<{ readonly node: PlanNode; readonly no: number; readonly failed: string | undefined }>;

const handle = { className: css['handle'] ?? '', isConnectable: false };

const Box = ({ data: { node, no, failed } }: NodeProps<Shown>): ReactElement => {
  const look = nodeLook(node);
  const id = node.action_id ?? node.preview_action_id;
  return (
    <Link
      to="/actions/$id"
      params={{ id }}
      className={cx(
        css['node'],
        `k-${look.kind}`,
        (look.kind === 'blue' || look.kind === 'vio') && css['marked'],
        failed !== undefined && css['failed'],
        (node.state === 'waiting' || node.state === 'skipped') && css['ahead'],
      )}
      style={nodeSize}
    >
      <Handle type="target" id="in" position={Position.Left} {...handle} />
      <Handle type="source" id="out" position={Position.Right} {...handle} />
      <Handle type="target" id="back-in" position={Position.Bottom} {...handle} />
      <Handle type="source" id="back-out" position={Position.Bottom} {...handle} />
      <b className="row sm" style={{ gap: 6 }}>
        {no} <span className="clip">{sentence(node.action_type)}</span>
        {failed === undefined ? null : <span className="ml red nw">{failed}</span>}
      </b>
      <bdi className="mono clip xs t2">{node.entity_id.slice(0, 60)}</bdi>
      <span className="ef">
        <Glyph name={look.glyph} kind={look.kind} size={14} /> {look.word}
      </span>
    </Link>
  );
};

const types = { step: Box };

const edgesOf = (plan: Plan): readonly Edge[] => {
  const after = plan.nodes.flatMap(({ node_id: id, depends_on: needs, state }) =>
    needs.map((before): Edge => ({
      id: `${before}>${id}`,
      source: before,
      target: id,
      sourceHandle: 'out',
      targetHandle: 'in',
      markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--ctl)' },
      style: {
        stroke: 'var(--ctl)',
        ...(state === 'waiting' || state === 'skipped' ? { strokeDasharray: '3 3' } : {}),
      },
    })),
  );
  const failed = failedNode(plan)?.node_id;
  const back = takingBack(plan);
  const steps = back.flatMap(({ node, no }): Edge[] => {
    const from = back[no - 2]?.node.node_id ?? failed;
    return from === undefined
      ? []
      : [
          {
            id: `back${no}`,
            source: from,
            target: node.node_id,
            sourceHandle: 'back-out',
            targetHandle: 'back-in',
            type: 'smoothstep',
            label: String(no),
            markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--vio)' },
            labelStyle: { fill: 'var(--vio-t)', fontWeight: 600 },
            labelBgStyle: { fill: 'var(--vio-bg)' },
            labelBgPadding: [6, 3],
            labelBgBorderRadius: 9,
            style: {
              stroke: 'var(--vio)',
              strokeWidth: 2,
              ...(node.taken_back === null ? { strokeDasharray: '4 3' } : {}),
            },
          },
        ];
  });
  return [...after, ...steps];
};

/** Describes the graph in words for users who cannot see it. The list of nodes has more details. */
const graphText = (plan: Plan): string =>
  plan.nodes
    .map(({ node_id: id, depends_on: needs }) =>
      needs.length === 0
        ? `${noOf(plan, id)} first`
        : `${noOf(plan, id)} after ${listText(needs.map((before) => String(noOf(plan, before))))}`,
    )
    .join('; ');

/**
 * The plan as a fixed graph. Grey edges are dependencies; violet, numbered edges are the order of
 * the rollback.
 */
export const PlanGraph = ({ plan }: { readonly plan: Plan }): ReactElement => {
  const failed = failedNode(plan)?.node_id;
  const places = placed(plan.nodes);
  const width = Math.max(...places.map(({ x }) => x)) + nodeSize.width + 12;
  const height =
    Math.max(...places.map(({ y }) => y)) + nodeSize.height + (takingBack(plan).length > 0 ? 44 : 12);
  const nodes = plan.nodes.flatMap((node): Shown[] => {
    const place = places.find(({ id }) => id === node.node_id);
    return place === undefined
      ? []
      : [
          {
            id: node.node_id,
            type: 'step',
            position: { x: place.x, y: place.y },
            data: {
              node,
              no: noOf(plan, node.node_id),
              failed: node.node_id === failed ? brokeOffText(plan) : undefined,
            },
            ...nodeSize,
          },
        ];
  });
  return (
    <div
      className="b scroll"
      tabIndex={0}
      role="region"
      aria-label={`Graph of the plan: ${graphText(plan)}. The list says the same.`}
    >
      <div style={{ width, height, minWidth: '100%' }}>
        <ReactFlow
          className={css['graph'] ?? ''}
          nodes={nodes}
          edges={[...edgesOf(plan)]}
          nodeTypes={types}
          defaultViewport={{ x: 0, y: 0, zoom: 1 }}
          minZoom={1}
          maxZoom={1}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          panOnDrag={false}
          zoomOnScroll={false}
          zoomOnPinch={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: true }}
        />
      </div>
    </div>
  );
};
