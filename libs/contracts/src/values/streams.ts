/**
 * The stream categories, and the service that owns each (docs/architecture.md, Services). A
 * category has no dash.
 */
export const streamOwners = {
  policy: 'policy-registry',
  bundle: 'policy-registry',
  exchange: 'policy-registry',
  rollout: 'policy-registry',
  action_type: 'policy-registry',
  team: 'policy-registry',
  lint: 'policy-registry',
  evaluation: 'policy-evaluator',
  trace: 'digital-twin',
  action: 'safety-rails',
  feedback: 'safety-rails',
  plan: 'safety-rails',
  kill_switch: 'safety-rails',
  executor: 'safety-rails',
  lease: 'safety-rails',
  tenant: 'safety-rails',
  change: 'safety-rails',
  retention: 'safety-rails',
  device: 'netconf-gateway',
  device_binding: 'netconf-gateway',
  device_tx: 'netconf-gateway',
  call: 'agent-gateway',
  mcp_server: 'agent-gateway',
  mcp_call: 'agent-gateway',
  autonomy: 'budget-ledger',
  budget: 'budget-ledger',
  alert: 'alerting',
  incident: 'alerting',
  channel: 'alerting',
  route: 'alerting',
  delivery: 'alerting',
  link: 'alerting',
  rota: 'alerting',
  webhook: 'alerting',
  posture: 'posture',
  signal: 'posture',
  brake: 'posture',
  trust_lock: 'posture',
  response: 'posture',
  checkpoint: 'audit',
  person: 'audit',
  access: 'audit',
} as const;

/**
 * The id of a tenant's stream `brake-<tenant>:file`, the safety brake as an input file has it. Only
 * that file releases it.
 */
export const fileBrakeId = 'file';

/**
 * The categories in which each service has its own stream in `_system`:
 * `<category>-_system:<service>`.
 */
export const ownCategories = ['release', 'open_work'] as const;

/** The categories whose finished streams may be cut from the log, once they are archived. */
export const cutCategories = [
  'action',
  'device_tx',
] as const satisfies readonly (keyof typeof streamOwners)[];

export type StreamCategory = keyof typeof streamOwners | (typeof ownCategories)[number];

/** Returns the only service that writes to a stream; undefined for an unknown category. */
export const ownerOf = (stream: string): string | undefined => {
  const { category = '', id } = parseStream(stream) ?? {};
  if (ownCategories.some((own) => own === category)) return id;
  return Object.hasOwn(streamOwners, category)
    ? streamOwners[category as keyof typeof streamOwners]
    : undefined;
};

/**
 * Returns a stream's name, `category-<tenant>:<id>`. The id may contain anything except line
 * breaks.
 */
export const streamName = (category: StreamCategory, tenant: string, id: string): string =>
  `${category}-${tenant}:${id}`;

/**
 * Returns the action of a transaction. A change of several devices has one transaction for each of
 * them, `<action_id>.<number>`; any other has the action's own id.
 */
export const actionOfTx = (txId: string): string => txId.split('.', 1)[0]!;

/** Parses the name of a stream; undefined if it does not have that form. */
export const parseStream = (
  stream: string,
): { readonly category: string; readonly tenant: string; readonly id: string } | undefined => {
  const match = /^([a-z_]+)-([^:]+):(.+)$/.exec(stream);
  return match === null ? undefined : { category: match[1]!, tenant: match[2]!, id: match[3]! };
};
