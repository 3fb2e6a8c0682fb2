import { positionsOf, postMortem, type SealedStory, type StoryEvidence } from '@interlock/alerting';
import type { Schema } from '@interlock/api-types';
import { streamName } from '@interlock/contracts';
import { correlationOf, isSealLine, readExportedLine } from '@interlock/tree';
import { parsePosition, positionText } from '@interlock/kernel';
import { writeFileSync } from 'node:fs';
import { findIn } from '../../find-action.js';
import { CliError, pathOf, print, Session } from '../../connection/session.js';
import { eachEventOfLog, problemOf } from '../audit/lines.js';
import { changedShape, note } from './notices.js';
import { ask, act, answer, group } from '../../program/declare.js';
import { list } from '../../lists.js';

type Incident = Schema<'IncidentDto'>;

const findIncident = findIn(
  'incidents',
  'GET /api/v1/incidents',
  ({ id }) => id,
  ({ name, action_id, entity_id }) => [name, action_id, entity_id],
  ({ status }) => status !== 'resolved',
);

type Story = { readonly incident: Incident; readonly items: Schema<'TimelineDto'>['items'] };

/** Returns an incident and its timeline, as of a log position or later. */
const storyAt = async (session: Session, id: string, position: string): Promise<Story> => {
  const sent = { headers: { 'interlock-min-position': position } };
  const incident = await session.ask('GET /api/v1/incidents/{id}', [id], sent);
  const { items } = await session.ask('GET /api/v1/incidents/{id}/timeline', [id], sent);
  return { incident, items };
};
const storyOf = async (session: Session, text: string): Promise<Story> =>
  storyAt(session, await findIncident(session, text), '0');

/** Returns the evidence for the conditions of an incident's linked alerts. */
const evidenceOf = async (session: Session, { links }: Incident): Promise<readonly StoryEvidence[]> => {
  const alerts = await Promise.all(
    links
      .filter(({ kind }) => kind === 'alert')
      .map((link) => session.ask('GET /api/v1/alerts/{id}', [link.id])),
  );
  return alerts.flatMap(({ name, evidence }) => (evidence === null ? [] : [{ alert: name, ...evidence }]));
};

type ExportQuery = Readonly<Record<string, string>>;

/** Returns a sealed export of the running log, and the positions of its events. */
const sealedExport = async (
  session: Session,
  query: ExportQuery,
): Promise<{ readonly text: string; readonly positions: readonly string[]; readonly end: string }> => {
  const response = await session.send('GET /api/v1/audit/export', [], { query });
  const text = await response.text();
  if (!response.ok) {
    const { code, detail } = problemOf(text);
    throw new CliError(`the sealed events were refused: ${code}: ${detail} (--without-events needs none)`);
  }
  const positions = text.split('\n').flatMap((line) => {
    const read = line === '' || isSealLine(line) ? null : readExportedLine(line);
    return read !== null && 'event' in read ? [positionText(read.event.position)] : [];
  });
  return { text, positions, end: response.headers.get('interlock-position') ?? '0' };
};

/** Returns the correlation of an incident: that of the event that opened it. */
const correlationOfIncident = async (session: Session, stream: string): Promise<string | undefined> => {
  let correlation: string | undefined;
  await eachEventOfLog(session, `/api/v1/audit/streams/${encodeURIComponent(stream)}`, (event) => {
    correlation ??= correlationOf(event);
    return false;
  });
  return correlation;
};

const justBefore = (position: string): string => {
  const { commit } = parsePosition(position)!;
  return `${commit === 0n ? 0n : commit - 1n}`;
};

/**
 * Returns exports that contain the events of an incident: its correlation, which the export proves
 * to be complete; the streams of the incident and its alerts, where these are not included; and
 * each event of the evidence.
 */
const sealedStory = async (
  session: Session,
  { incident, items }: Story,
  evidence: readonly StoryEvidence[],
  brief: boolean,
): Promise<SealedStory & { readonly end: string }> => {
  const exports: string[] = [];
  let end = '0';
  const positions = new Set<string>();
  const add = async (query: ExportQuery): Promise<void> => {
    const found = await sealedExport(session, query);
    ({ end } = found);
    if (found.positions.length === 0) return;
    exports.push(found.text);
    for (const position of found.positions) positions.add(position);
  };
  const own = streamName('incident', incident.tenant_id, incident.id);
  const correlation = brief ? undefined : await correlationOfIncident(session, own);
  if (correlation !== undefined) await add({ correlation });
  const alerts = incident.links.filter(({ kind }) => kind === 'alert');
  for (const { id, stream } of [{ id: incident.id, stream: own }, ...alerts])
    if (items.some((item) => item.id === id && !positions.has(item.position))) await add({ stream });
  for (const position of positionsOf(evidence))
    if (!positions.has(position)) await add({ after: justBefore(position), until: position });
  return { exports, positions, end };
};

const tries = 10;
/** The most events in a timeline, which keeps the oldest. */
const mostEvents = 1000;

const write = (document: string, out: string | undefined): void => {
  if (out === undefined) print(document.trimEnd());
  else writeFileSync(pathOf(out), document, { mode: 0o600 });
};

const exportStory = act({
  command: 'export <id>',
  about:
    'export a post-mortem as Markdown, with the sealed events of the incident, which audit verify checks',
  routes: ['GET /api/v1/audit/export'],
  options: {
    '--out <file>': 'the file; without it the standard output',
    '--brief': 'leave out the proof that no event of its correlation is missing, which grows with the log',
    '--without-events': 'write only the text, for readers without access to the log; nothing proves it',
  },
  run: async ({ session, options: { out, brief = false, withoutEvents = false } }, text) => {
    let story = await storyOf(session, text);
    if (withoutEvents) {
      write(postMortem(story.incident, story.items, await evidenceOf(session, story.incident)), out);
      return;
    }
    for (let left = tries; left > 0; left -= 1) {
      if (story.items.length >= mostEvents)
        throw new CliError(
          `the incident has ${mostEvents} events or more: use \`interlock audit export\` for them instead`,
        );
      const evidence = await evidenceOf(session, story.incident);
      const sealed = await sealedStory(session, story, evidence, brief);
      // Events that occur meanwhile may be in the exports, and must then be in the text too.
      const again = await storyAt(session, story.incident.id, sealed.end);
      const isSame = again.items.length === story.items.length;
      story = again;
      if (!isSame) continue;
      write(postMortem(story.incident, story.items, evidence, sealed), out);
      return;
    }
    throw new CliError('the incident keeps changing: export it when it has come to rest');
  },
});

export const addIncidents = group('incidents', 'incidents, which a person must look at', [
  list({
    command: 'list',
    about: 'list incidents, newest first',
    route: 'GET /api/v1/incidents',
    what: 'incidents',
    query: {
      '--status <status>': {
        about: 'only those of this status',
        choices: ['open', 'acknowledged', 'resolved'],
      },
      '--severity <severity>': { about: 'only those of this severity', choices: ['high', 'critical'] },
    },
    limit: 200,
    topics: ['alerts'],
    columns: [
      { head: 'INCIDENT', of: ({ id }) => id, fit: 13 },
      { head: 'SEVERITY', of: ({ severity }) => severity, toned: true },
      { head: 'STATUS', of: ({ status }) => status, toned: true },
      { head: 'OPENED (UTC)', time: ({ opened_at }) => opened_at, fit: 15 },
      { head: 'ENTITY', of: ({ entity_id }) => entity_id, wide: true },
      { head: 'ACTION', of: ({ action_id }) => action_id, wide: true },
      { head: 'TITLE', of: ({ title }) => title, fit: 16 },
    ],
    id: ({ id }) => id,
    data: ({ items }) => items,
  }),
  answer({
    command: 'show <id>',
    about: 'show an incident, its links and its timeline; by id, name, action or entity',
    routes: ['GET /api/v1/incidents/{id}'],
    run: async ({ session }, text) => {
      const { incident, items } = await storyOf(session, text);
      return { ...incident, timeline: items };
    },
    piped: 'json',
  }),
  list({
    command: 'timeline <id>',
    about: 'show what happened to an incident, and around it',
    route: 'GET /api/v1/incidents/{id}/timeline',
    what: 'events',
    topics: ['alerts', 'actions'],
    find: findIncident,
    columns: [
      { head: 'AT (UTC)', time: ({ at }) => at },
      { head: 'EVENT', of: ({ type }) => type },
      { head: 'BY', of: ({ actor }) => actor, fit: 12 },
      { head: 'WHAT', of: ({ text }) => text, fit: 16 },
      { head: 'POSITION', of: ({ position }) => position, wide: true },
    ],
    id: ({ event_id }) => event_id,
  }),
  ask({
    command: 'ack <id>',
    about: 'acknowledge it: somebody looks at it',
    route: 'POST /api/v1/incidents/{id}/acknowledge',
    body: note,
    find: findIncident,
    shape: changedShape,
  }),
  ask({
    command: 'resolve <id>',
    about: 'resolve it',
    route: 'POST /api/v1/incidents/{id}/resolve',
    body: note,
    find: findIncident,
    shape: changedShape,
  }),
  ask({
    command: 'note <id> <text>',
    about: 'write a note on it',
    route: 'POST /api/v1/incidents/{id}/note',
    argumentsAs: [null, { as: 'note' }],
    find: findIncident,
    shape: changedShape,
  }),
  exportStory,
]);
