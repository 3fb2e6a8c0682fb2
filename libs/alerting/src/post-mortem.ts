import type { Severity } from '@interlock/contracts';
import type { IncidentLink } from './incident.js';

/** The data of a post-mortem. */
export type IncidentStory = {
  readonly id: string;
  readonly tenant_id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: string;
  readonly status: string;
  readonly opened_at: string;
  readonly updated_at: string;
  readonly action_id: string | null;
  readonly entity_id: string | null;
  readonly cause: object;
  readonly links: readonly IncidentLink[];
};
export type StoryEvent = {
  readonly at: string;
  readonly id: string;
  readonly type: string;
  readonly actor: string;
  readonly text: string | null;
  readonly position: string;
};
/**
 * The evidence that the condition of a linked alert held: from one event of the log to another, by
 * their positions.
 */
export type StoryEvidence = { readonly alert: string; readonly from: string; readonly to: string };
/**
 * The proof that an event is in the signed log, in the form of `GET
 * /api/v1/audit/proofs/inclusion`.
 */
export type StoryProof = { readonly position: string; readonly proof: unknown };

/** One cell of a table, with Markdown's special characters escaped. */
const cell = (text: string | null): string =>
  (text ?? '').replace(/[\r\n]+/g, ' ').replace(/([\\|<>[\]*_`])/g, '\\$1');
const minutesOf = ({ opened_at, updated_at }: IncidentStory): number =>
  Math.max(0, Math.round((Date.parse(updated_at) - Date.parse(opened_at)) / 60_000));

/** The positions in the evidence, each once. */
export const positionsOf = (evidence: readonly StoryEvidence[]): readonly string[] => [
  ...new Set(evidence.flatMap(({ from, to }) => [from, to])),
];

/**
 * A post-mortem as Markdown. It contains the facts of the log, with positions and proofs, and asks
 * for what only people know.
 */
export const postMortem = (
  incident: IncidentStory,
  timeline: readonly StoryEvent[],
  evidence: readonly StoryEvidence[] = [],
  proofs: readonly StoryProof[] = [],
): string => {
  const { event_id, type, stream } = incident.cause as {
    readonly event_id?: string;
    readonly type?: string;
    readonly stream?: string;
  };
  const proved = new Map(proofs.map(({ position, proof }) => [position, proof]));
  const proofOf = (position: string, what: string): string =>
    proved.has(position)
      ? `- position ${position}, ${what}:\n\n  \`\`\`json\n  ${JSON.stringify(proved.get(position))}\n  \`\`\``
      : `- position ${position}, ${what}: no proof yet; \`GET /api/v1/audit/proofs/inclusion?position=${position}\` has it once a checkpoint covers the event`;
  return `${[
    `# Post-mortem: ${cell(incident.title)}`,
    '',
    '| | |',
    '| --- | --- |',
    `| incident | ${incident.id} |`,
    `| tenant | ${incident.tenant_id} |`,
    `| severity | ${incident.severity} |`,
    `| state | ${incident.status} |`,
    `| opened | ${incident.opened_at} |`,
    `| last change | ${incident.updated_at}, after ${minutesOf(incident)} min |`,
    ...(incident.action_id === null ? [] : [`| action | ${cell(incident.action_id)} |`]),
    ...(incident.entity_id === null ? [] : [`| entity | ${cell(incident.entity_id)} |`]),
    `| cause | ${cell(`${type ?? ''} in ${stream ?? ''}`)}, event ${cell(event_id ?? '')} |`,
    '',
    '## What happened',
    '',
    cell(incident.detail),
    '',
    '## Timeline',
    '',
    '| time | event | who | what | position |',
    '| --- | --- | --- | --- | --- |',
    ...timeline.map(
      ({ at, type: kind, actor, text, position }) =>
        `| ${at} | ${kind} | ${cell(actor)} | ${cell(text)} | ${position} |`,
    ),
    '',
    '## What it is linked to',
    '',
    ...(incident.links.length === 0
      ? ['Nothing but its cause.']
      : incident.links.map(({ kind, id, stream: at }) => `- ${kind} ${cell(id)} (stream ${cell(at)})`)),
    '',
    '## Evidence',
    '',
    'Each event stands at its position in the signed log. `interlock audit verify` checks an export of it offline.',
    '',
    ...evidence.flatMap(({ alert, from, to }) =>
      positionsOf([{ alert, from, to }]).map((position) =>
        proofOf(position, `what shows the condition of alert ${cell(alert)} (${from} to ${to})`),
      ),
    ),
    ...timeline.map(({ position, type: kind }) => proofOf(position, kind)),
    '',
    '## Root cause',
    '',
    '(to be written)',
    '',
    '## Action items',
    '',
    '(to be written)',
  ].join('\n')}\n`;
};
