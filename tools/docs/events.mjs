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
  'In `GatesJudged` and `RollbackJudged` a gate has `gate`, `verdict` and `saw`, and `hold` and `reasons` if it has any. An event states nothing twice, and leaves out what a reader can derive:',
  '',
  '| in | left out | derived from |',
  '| --- | --- | --- |',
  '| a mode | `reason`, `explanation`, `policy_clause` | the reasons of its gate, and the mode |',
  "| an evaluation | `reasons`, `explanation`, the bundle's `reason`, `content_hash` of the matched policies, `versions.bundle_hash` | the reasons of its gate, `versions.policies`, `bundle.bundle_hash` |",
  '| an evaluation | empty `near_misses` and `unknown_fields`, a `budget` of 0, and `approvals_required` if none is required | their absence |',
  '| its `input.context` | members that equal other members of the event | the prediction, the posture, the tenant, hour and weekday of `input.at` in `versions.time_zone`, and a false `dry_run`; only if the event has the prediction and the posture |',
  '',
  'If a gate refuses, the action ends there, and each gate of the `GatesJudged` keeps only a summary. A summary leads to the same verdict as the whole record, so `audit replay` still checks it. The rest can be derived from the log at the positions that the summary names:',
  '',
  '| gate | left out of the summary |',
  '| --- | --- |',
  '| `kill_switch` | switches that were never used |',
  '| `posture` | `inputs`, and empty `effective_reasons`; unless it is the gate that refuses |',
  '| `prediction` | `traces`, `explanation`, `interval_by_kpi`, and every member of `input` but `eligible` |',
  '| `policy` | `limits`, `confidence_thresholds`, `near_misses`, if it is the gate that refuses |',
  '',
  'If policies deny, `reasons` holds only the reasons of the denial. The policies that allowed or asked are in `policies.matched` and `matched_rules`.',
  '',
];

/** `docs/events.md`, from the deciders and the examples under `fixtures/`. */
export const renderEvents = () => {
  return (
    [
      '# Events',
      '',
      'Generated from the deciders of `libs/*` by `node tools/docs.mjs`; do not edit. A stream is named `<category>-<tenant>:<id>`, and only its owner writes to it.',
      '',
      'On the bus, the subject of an event is `interlock.events.<category>.<event_type>.<tenant>`. Its version is `schema_version` in the metadata, and never part of its type. A test compares each written event with its example in the repository.',
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
      'Every event has the same metadata:',
      '',
      '| member | |',
      '| --- | --- |',
      '| `$correlationId` | the id that all events of one story share |',
      '| `$causationId` | the message that the command answers; absent if the command answers none but itself |',
      '| `tenant_id` | the tenant |',
      '| `actor` | `{ kind: "person", person_id }` or `{ kind: "service", service }` |',
      '| `traceparent` | the trace, if there was one |',
      '| `schema_version`, `occurred_at`, `command_id` | the version of the type, the time, and the command that wrote the event |',
      '| `writer` | the service that wrote it |',
      '| `command`, `release` | the command, and the id of the `ReleaseStarted` of the program that decided. Only the first event of a `command_id` has them, and they hold for all its events |',
      '| `change` | `id` and `digest` of the approved change request that the event applies |',
      '| `approver` | in the events of an approval: `roles`, `scopes` and `shown` |',
      '',
      'A `command` names its `kind`. Its `from` names the inputs that are in data under the same name. There, `*` is every member of data, `now` is `occurred_at`, and `actor` is that of the metadata. Its `into` names the members of data that make up an input, and `inputs` holds the other inputs. Without `from` and `into`, every member of data is an input and `occurred_at` is `now`.',
      '',
      'Actor and time are only in the metadata. A person is an opaque `person_id`, and a text that a person wrote is sealed: `enc:1:<person_id>:…` (see [privacy](privacy.md)).',
    ]
      .join('\n')
      .trimEnd() + '\n'
  );
};
