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
/** Sealed exports of events, in the form of `GET /api/v1/audit/export`. */
export type SealedStory = {
  readonly exports: readonly string[];
  /** The positions of the events in them. */
  readonly positions: ReadonlySet<string>;
};

/** One cell of a table, with Markdown's special characters escaped. */
const cell = (text: string | null): string =>
  (text ?? '').replace(/[\r\n]+/g, ' ').replace(/([\\|<>[\]*_`])/g, '\\$1');
const minutesOf = ({ opened_at, updated_at }: IncidentStory): number =>
  Math.max(0, Math.round((Date.parse(updated_at) - Date.parse(opened_at)) / 60_000));

/** The positions in the evidence, each once. */
export const positionsOf = (evidence: readonly StoryEvidence[]): readonly string[] => [
  ...new Set(evidence.flatMap(({ from, to }) => [from, to])),
];

const unsealedNote =
  'The events are at these positions of the signed log. `interlock incidents export` writes them into the document, sealed.';
const sealedNote =
  'The sealed events at the end of this document prove these positions. `interlock audit verify` checks the whole document offline.';

/**
 * A post-mortem as Markdown. It contains the facts of the log, with positions, and asks for what
 * only people know. With sealed exports it proves its facts: it then lists events that no
 * checkpoint covers yet by themselves, and not in the timeline.
 */
export const postMortem = (
  incident: IncidentStory,
  timeline: readonly StoryEvent[],
  evidence: readonly StoryEvidence[] = [],
  sealed: SealedStory | null = null,
): string => {
  const { event_id, type, stream } = incident.cause as {
    readonly event_id?: string;
    readonly type?: string;
    readonly stream?: string;
  };
  const isShown = (position: string): boolean => sealed === null || sealed.positions.has(position);
  const shown = timeline.filter(({ position }) => isShown(position));
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
    ...shown.map(
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
    sealed === null ? unsealedNote : sealedNote,
    '',
    ...evidence.flatMap(({ alert, from, to }) =>
      positionsOf([{ alert, from, to }]).map(
        (position) =>
          `- ${isShown(position) ? '' : 'not sealed yet: '}position ${position}, what shows the condition of alert ${cell(alert)} (${from} to ${to})`,
      ),
    ),
    ...timeline
      .filter(({ position }) => !isShown(position))
      .map(({ at, type: kind, position }) => `- not sealed yet: position ${position}, ${kind} at ${at}`),
    '',
    '## Root cause',
    '',
    '(to be written)',
    '',
    '## Action items',
    '',
    '(to be written)',
    ...(sealed === null
      ? []
      : [
          '',
          '## Sealed events',
          ...sealed.exports.flatMap((text) => ['', '```interlock-export', `${text.trimEnd()}`, '```']),
        ]),
  ].join('\n')}\n`;
};
