/**
 * Example values for members of answers, by name. A doc comment's `@example` overrides them, as do
 * enums and formats.
 */
const texts: { readonly [member: string]: string } = {
  account_id: 'radio',
  action_type: 'cell_failover',
  actor: 'person:ada',
  after: 'INACTIVE',
  agent: 'optimiser-1',
  approved_as: 'operator',
  asks: 'approval',
  before: 'ACTIVE',
  bundle_version: '1.4.0',
  category: 'action',
  cause: 'risk',
  cell_id: 'cell-17',
  channel_id: 'on-call',
  code: 'limit',
  comment: 'the traffic is back',
  context: 'risk_score',
  credentials_ref: 'devices/gnb-17',
  date_key: '2026-11-26',
  description: 'Moves the traffic of a cell to its neighbours',
  detail: 'the cell has no traffic',
  device_id: 'gnb-17',
  digest: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
  entity_id: 'cell-17',
  epoch: '3',
  explanation: 'the rule allows actions on one cell',
  field: 'risk_score',
  figure: 'risk_score',
  from: '4700/4700',
  gate: 'prediction',
  host: '192.0.2.17',
  kpi: 'prb_utilisation',
  kpis: 'prb_utilisation',
  link: 'https://interlock.example/login/7c1f',
  message: 'the action was completed',
  name: 'north-1',
  note: 'the site is being serviced',
  op: '<=',
  operation: 'merge',
  origin: 'https://interlock.example',
  outcome: 'committed',
  path: '/cells/cell/state',
  pointer: '/parameters/target',
  position: '4711/4711',
  profile: 'openconfig',
  reason: 'the cell is overloaded',
  requester: 'person:ada',
  role: 'operator',
  roles: 'operator',
  rule_id: 'one-cell',
  runbook: 'runbooks/README.md',
  scopes: 'AUTONOMOUS_READ',
  server: 'tickets',
  service: 'safety-rails',
  severity: 'medium',
  site_id: 'oslo-3',
  source: 'http',
  state: 'COMPLETED',
  status: 'active',
  stream: 'action-north:0199a3c0-5b1e-7c3d-8f2a-3b6d1e9c4a70',
  subject: 'cell-17',
  team: 'radio',
  tenant: 'north',
  tenant_id: 'north',
  tenants: 'north',
  time_zone: 'Europe/Oslo',
  title: 'Fail over a cell',
  tool: 'open_ticket',
  trigger: 'error_rate',
  type: 'ActionCompleted',
  url: 'https://handlers.example/failover',
  user_agent: 'Mozilla/5.0',
  username: 'interlock',
  value: '1.4.0',
  version: '1.4.0',
  waiting_for: 'safety-rails',
  xml: '<config/>',
};

const uuid = '0199a3c0-5b1e-7c3d-8f2a-3b6d1e9c4a70';
const hash = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';
const person = 'person:ada';
const time = '2026-11-26T08:30:00.000Z';

/** Example values by the end of a name. */
const endings: readonly (readonly [RegExp, string])[] = [
  [/(?:^|_)ids?$/, uuid],
  [/(?:hash|sha256|fingerprint|digest|proof|root|first)$/, hash],
  [/(?:^|_)by$/, person],
  [/_at$/, time],
];

const formats: { readonly [format: string]: string } = {
  'date-time': time,
  date: '2026-11-26',
  uuid,
  position: '4711/4711',
  revision: '3',
  uri: 'https://interlock.example/',
};

/**
 * Returns an example of a text: the first candidate that its pattern accepts. A text whose pattern
 * accepts none of them needs an `@example`.
 */
export const exampleText = (
  name: string,
  schema: { readonly format?: string; readonly pattern?: string },
): string => {
  const candidates = [
    formats[schema.format ?? ''],
    texts[name],
    endings.find(([ending]) => ending.test(name))?.[1],
    name.replaceAll('_', ' ') || 'text',
    time,
    hash,
  ].filter((one) => one !== undefined);
  const pattern = new RegExp(schema.pattern ?? '', 'u');
  return candidates.find((one) => pattern.test(one)) ?? candidates[0]!;
};

const numbers: { readonly [member: string]: number } = {
  affected_entity_count: 1,
  confidence: 0.92,
  integrity_score: 0.97,
  lower_bound: 0.951,
  min_confidence: 0.85,
  port: 830,
  risk_score: 12,
  share: 0.98,
  similarity: 0.91,
  target: 0.95,
  target_share: 0.95,
  timeout_ms: 5000,
};
const units: readonly (readonly [RegExp, number])[] = [
  [/_pct$/, 10],
  [/_ms$/, 250],
  [/_s$/, 30],
  [/_h$/, 24],
];

/** Returns an example of a number within its bounds. */
export const exampleNumber = (
  name: string,
  { minimum = -Infinity, maximum = Infinity }: { readonly minimum?: number; readonly maximum?: number },
): number => {
  const value = numbers[name] ?? units.find(([unit]) => unit.test(name))?.[1] ?? 1;
  return Math.min(maximum, Math.max(minimum, value));
};

/** The beginning of a text answer, by media type. Binary answers have no example. */
export const exampleOfMedia: { readonly [type: string]: string } = {
  'application/x-ndjson': `{"type":"ActionCompleted","tenant_id":"north","occurred_at":"${time}"}\n`,
  'text/event-stream': `id: 4711/4711\nevent: ActionCompleted\ndata: {"action_id":"${uuid}"}\n\n`,
  'text/markdown': '# Post-mortem: cell-17 was rolled back\n',
  'text/plain': `interlock.example/log\n4711\n${Buffer.from(hash, 'hex').toString('base64')}\n`,
};
