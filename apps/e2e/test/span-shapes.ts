import type { ExportedSpan } from '@interlock/testing';

/**
 * Returns the names of the spans from a span up to the child of `root`. Throws if one of them is
 * missing.
 */
export const pathTo = (
  root: string,
  spans: readonly ExportedSpan[],
  span: ExportedSpan,
): readonly string[] => {
  if (span.parent_id === root) return [span.name];
  const parent = spans.find(({ span_id }) => span_id === span.parent_id);
  if (parent === undefined) throw new Error(`the parent of ${span.name} is not in its trace`);
  return [span.name, ...pathTo(root, spans, parent)];
};

/** The kind of the spans of a name, and the attributes that the semantic conventions give them. */
export const spanShapes: readonly (readonly [RegExp, ExportedSpan['kind'], readonly string[]])[] = [
  [
    /^POST /,
    'server',
    ['http.request.method', 'http.route', 'http.response.status_code', 'url.path', 'url.scheme'],
  ],
  [/^serve /, 'server', ['rpc.system', 'rpc.service', 'rpc.method']],
  [/^budget-ledger\.consume$/, 'client', ['rpc.system', 'rpc.service', 'rpc.method']],
  [/^netconf /, 'client', ['rpc.system', 'rpc.method', 'interlock.device_id']],
  [/^log (?:append|read)$/, 'client', ['db.system.name', 'db.operation.name']],
  [
    /^publish /,
    'producer',
    [
      'messaging.system',
      'messaging.operation.type',
      'messaging.operation.name',
      'messaging.destination.name',
    ],
  ],
  [
    /^handle /,
    'consumer',
    [
      'messaging.system',
      'messaging.operation.type',
      'messaging.operation.name',
      'messaging.consumer.group.name',
    ],
  ],
  [/^(?:gate|action|execute) /, 'internal', []],
];
