import { readFileSync } from 'node:fs';

import { callDecider, mcpServerDecider, toolCallDecider } from '@interlock/agents';
import { alertDecider, incidentDecider } from '@interlock/alerting';
import {
  autoApprovalDecider,
  budgetDayDecider,
  budgetDecider,
  earnedDecider,
  modeDecider,
  thresholdDecider,
} from '@interlock/autonomy';
import { streamOwners } from '@interlock/contracts';
import {
  changeDecider,
  openWorkEvents,
  releaseEvents,
  requiredPeopleDecider,
  retentionDecider,
} from '@interlock/kernel';
import { deviceDecider, deviceTxDecider, tenantBindingDecider } from '@interlock/network';
import {
  channelDecider,
  deliveryDecider,
  linkDecider,
  rotaDecider,
  routeDecider,
  webhookDecider,
} from '@interlock/notify';
import {
  actionTypeDecider,
  bundleDecider,
  evaluationEvents,
  exportsDecider,
  lintSettingsDecider,
  policyDecider,
  refusalsDecider,
  rolloutDecider,
  signingDecider,
  teamDecider,
} from '@interlock/policy';
import {
  accessDecider,
  archiveDecider,
  cutDecider,
  cutNoteDecider,
  checkpointDecider,
  logKeyDecider,
  personDecider,
  secretDecider,
} from '@interlock/tree';
import {
  brakeDecider,
  checksDecider,
  levelDecider,
  postureConfigDecider,
  postureRunDecider,
  responseDecider,
  responseWorkDecider,
  signalDecider,
  trustLockDecider,
} from '@interlock/posture';
import {
  actionDecider,
  executorDecider,
  feedbackDecider,
  killSwitchDecider,
  leaseDecider,
  planDecider,
  tenantDecider,
} from '@interlock/rails';
import { forgottenTraceDecider } from '@interlock/twin';

/** Facts without a decider, appended as they happen. */
const facts = (...types) => ({ types });

/**
 * Category → the stream's id, its content, and its decider, with the context whose fixtures show
 * it.
 */
const categories = [
  ['action', '`<action_id>`', 'rails', [actionDecider]],
  ['feedback', '`<action_id>`', 'rails', [feedbackDecider]],
  [
    'kill_switch',
    '`global` (tenant `_system`), `tenant`, `type=<action_type>`, `account=<account>`, `agent=<agent>`, `site=<site_id>`',
    'rails',
    [killSwitchDecider],
  ],
  ['plan', '`<plan_id>`', 'rails', [planDecider]],
  ['executor', '`all` (tenant `_system`)', 'rails', [executorDecider]],
  ['lease', '`all`', 'rails', [leaseDecider]],
  ['tenant', '`registry`', 'rails', [tenantDecider]],
  ['change', '`<change_id>`, `required_people`', 'rails', [changeDecider, requiredPeopleDecider]],
  ['retention', '`policy`', 'rails', [retentionDecider]],
  ['policy', '`<policy_id>`', 'policies', [policyDecider]],
  ['bundle', '`<bundle_id>`', 'policies', [bundleDecider]],
  [
    'exchange',
    '`settings`, `exports=<bundle_id>`, `refused=<YYYY-MM-DD>`',
    'policies',
    [signingDecider, exportsDecider, refusalsDecider],
  ],
  ['rollout', '`all`', 'policies', [rolloutDecider]],
  ['action_type', '`<action_type>`', 'policies', [actionTypeDecider]],
  ['team', '`<team_id>`', 'policies', [teamDecider]],
  ['lint', '`settings`', 'policies', [lintSettingsDecider]],
  ['evaluation', '`<YYYY-MM-DD>`', 'policies', [evaluationEvents]],
  [
    'autonomy',
    '`config`, `auto_approval`, `budget=<account>`, `earned=<account>/<action_type>`, `threshold=<action_type>`',
    'autonomy',
    [modeDecider, autoApprovalDecider, budgetDecider, earnedDecider, thresholdDecider],
  ],
  ['budget', '`<account>:<YYYY-MM-DD>`', 'autonomy', [budgetDayDecider]],
  [
    'trace',
    '`<YYYY-MM-DD>`, `forgotten=<trace_id>`',
    'twin',
    [facts('TraceRecorded', 'TraceImported', 'TraceJudged'), forgottenTraceDecider],
  ],
  ['signal', '`<signal>`', 'posture', [signalDecider]],
  [
    'posture',
    '`level`, `config`, `runs`, `checks`',
    'posture',
    [levelDecider, postureConfigDecider, postureRunDecider, checksDecider],
  ],
  ['trust_lock', '`guard`', 'posture', [trustLockDecider]],
  ['brake', '`brake`, `file`', 'posture', [brakeDecider]],
  [
    'response',
    '`<response_id>`, `work=<action_id>` (tenant `_system`)',
    'posture',
    [responseDecider, responseWorkDecider],
  ],
  ['device', '`<device_id>`', 'network', [deviceDecider]],
  ['device_binding', '`<module>@<revision>`', 'network', [tenantBindingDecider]],
  ['device_tx', '`<action_id>`, `<action_id>.<part>`', 'network', [deviceTxDecider]],
  ['call', '`<action_id>`', 'agents', [callDecider]],
  ['mcp_server', '`<server>`', 'mcp', [mcpServerDecider]],
  ['mcp_call', '`<hash of caller, tool and arguments>`', 'mcp', [toolCallDecider]],
  ['alert', '`<alert_id>`', 'alerting', [alertDecider]],
  ['incident', '`<incident_id>`', 'alerting', [incidentDecider]],
  ['channel', '`<channel_id>`', 'notify', [channelDecider]],
  ['route', '`routes`', 'notify', [routeDecider]],
  ['delivery', '`<alert_id>`, of webhooks `<action_id>`', 'notify', [deliveryDecider]],
  ['rota', '`<rota_id>`', 'notify', [rotaDecider]],
  ['webhook', '`<id of the owner>`', 'notify', [webhookDecider]],
  ['link', '`<link_id>`, `forged=<day>`', 'notify', [linkDecider]],
  [
    'checkpoint',
    '`log` (of tenant `_system`: the whole log), `keys` (tenant `_system`), `archive` (tenant `_system`), `cuts`',
    'ledger',
    [checkpointDecider, logKeyDecider, archiveDecider, cutDecider, cutNoteDecider],
  ],
  ['person', '`<person_id>`', 'privacy', [personDecider]],
  ['access', '`<YYYY-MM-DDTHH>`, of secrets `secrets=<use>`', 'privacy', [accessDecider, secretDecider]],
  ['release', '`<service>` (of tenant `_system`)', 'kernel', [releaseEvents]],
  ['open_work', '`<service>` (of tenant `_system`)', 'kernel', [openWorkEvents]],
];

export const examplesOf = (context) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${context}/events.json`, import.meta.url), 'utf8'));

const exampleLine = (context, type) => {
  const lines = readFileSync(new URL(`../../fixtures/${context}/events.json`, import.meta.url), 'utf8').split(
    '\n',
  );
  return lines.findIndex((line) => line.startsWith(`  "${type}":`)) + 1;
};

/**
 * Types by category, with their versions.
 * @returns {readonly { category: string, id: string, context: string, owner: string | null, types: readonly { type: string, version: number }[] }[]}
 */
export const catalogue = () =>
  categories.map(([category, id, context, deciders]) => ({
    category,
    id,
    context,
    owner: streamOwners[category] ?? null,
    types: deciders.flatMap((decider) =>
      decider.types.map((type) => ({ type, version: decider.schemaVersions?.[type] ?? 1 })),
    ),
  }));

/** The parts of a gate that its record omits. */
const gatesInEvents = [
  '## Gates in events',
  '',
  'In `GatesJudged` and `RollbackJudged` a gate is `gate`, `verdict` and `saw`, with `hold` and `reasons` where it has some. Nothing stands twice in one event, and what anybody can make again is left out:',
  '',
  '| of | is left out | and follows from |',
  '| --- | --- | --- |',
  '| a mode | `reason`, `explanation`, `policy_clause` | the reasons of its gate, and the mode |',
  "| an evaluation | `reasons`, `explanation`, the bundle's `reason`, `content_hash` of the policies that matched, `versions.bundle_hash` | the reasons of its gate, `versions.policies`, `bundle.bundle_hash` |",
  '| an evaluation | `near_misses` and `unknown_fields` that are empty, a `budget` of nothing, no `approvals_required` | their absence |',
  '| its `input.context` | what is equal to what the event says beside it | the prediction, the posture, the tenant, hour and weekday of `input.at` in `versions.time_zone`, and `dry_run` that is false; only where the event holds the prediction and the posture |',
  '',
  'Where a gate of the walk refuses, nothing goes on from what it saw, and each gate of a `GatesJudged` keeps a summary. It is judged as the whole is, so that `audit replay` finds the same verdict, and the rest is made again from the log at the positions that it names:',
  '',
  '| gate | leaves out then |',
  '| --- | --- |',
  '| `kill_switch` | switches that were never used |',
  '| `posture` | `inputs`, and `effective_reasons` where there are none; not where it is the gate that refuses |',
  '| `prediction` | `traces`, `explanation`, `interval_by_kpi`, and of `input` everything but `eligible` |',
  '| `policy` | `limits`, `confidence_thresholds`, `near_misses`, where it is the gate that refuses |',
  '',
  'Of a denial by policies the reasons are those that deny; what allowed or asked stands in `policies.matched` and `matched_rules`.',
  '',
];

/** `docs/events.md`, from the deciders and the examples under `fixtures/`. */
export const renderEvents = () => {
  return (
    [
      '# Events',
      '',
      'Generated from the deciders of `libs/*` by `node tools/docs.mjs`; do not edit. A stream is `<category>-<tenant>:<id>`; its owner alone writes to it.',
      '',
      'On the bus each event is on `interlock.events.<category>.<event_type>.<tenant>`. The type never carries a version: `schema_version` in the metadata does. Each example is checked in, and a test fails when what is written differs from it.',
      '',
      ...catalogue().flatMap(({ category, id, context, owner, types }) => [
        `## ${category}`,
        '',
        owner === null ? `Each service owns its own stream. Id: ${id}.` : `Owner \`${owner}\`. Id: ${id}.`,
        '',
        '| event | schema_version | example |',
        '| --- | --- | --- |',
        ...types.map(
          ({ type, version }) =>
            `| \`${type}\` | ${version} | [${context}](../fixtures/${context}/events.json#L${exampleLine(context, type)}) |`,
        ),
        '',
      ]),
      ...gatesInEvents,
      '## Metadata',
      '',
      'The same on every event: `$correlationId`, `$causationId` where the command answers to something other than itself, `tenant_id`, `actor` (`{ kind: "person", person_id }` or `{ kind: "service", service }`), `traceparent` where there was one, `schema_version`, `occurred_at`, `command_id`, `writer`, the service that wrote it, and on the first event of a command `command` and `release`, the id of the `ReleaseStarted` that tells which program decided; both hold for all events of its `command_id`. An event that applies an approved change request has `change` (`id`, `digest`), and the events of an approval have `approver` (`roles`, `scopes`, `shown`). A `command` names its `kind`. `from` names the inputs that stand in data under the same name (`*` is every member of data; `now` is `occurred_at` and `actor` is that of the metadata), `into` the members of data that make up an input, and `inputs` holds the rest; where neither `from` nor `into` is there, every member of data is an input and `occurred_at` is `now`. Actor and time stand nowhere else; a person is an opaque `person_id`, and what a person wrote is sealed: `enc:1:<person_id>:…` (see [privacy](privacy.md)).',
    ]
      .join('\n')
      .trimEnd() + '\n'
  );
};
