import { positionsOf, postMortem, type StoryEvidence, type StoryProof } from '@interlock/alerting';
import type { Schema } from '@interlock/api-types';
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { findIn } from '../../find-action.js';
import { addList } from '../../lists.js';
import { recordShape, tell, withOutput, type Output } from '../../output/output.js';
import type { Column } from '../../output/table.js';
import { timeCell } from '../../output/times.js';
import { calls } from '../../routes.js';
import { pathOf, print, Session, type Globals } from '../../session.js';
import { sayOf } from './notices.js';

type Incident = Schema<'IncidentDto'>;
type TimelineEntry = Schema<'TimelineDto'>['items'][number];

const pathTo = (id: string): string => `/api/v1/incidents/${encodeURIComponent(id)}`;
const findIncident = findIn<Incident>(
  'incidents',
  '/api/v1/incidents',
  ({ id }) => id,
  ({ name, action_id, entity_id }) => [name, action_id, entity_id],
  ({ status }) => status !== 'resolved',
);
const columns: readonly Column<Incident>[] = [
  { head: 'INCIDENT', of: ({ id }) => id, fit: 13 },
  { head: 'SEVERITY', of: ({ severity }) => severity, toned: true },
  { head: 'STATUS', of: ({ status }) => status, toned: true },
  { head: 'OPENED (UTC)', of: ({ opened_at }, { now }) => timeCell(opened_at, now), fit: 15 },
  { head: 'ENTITY', of: ({ entity_id }) => entity_id, wide: true },
  { head: 'ACTION', of: ({ action_id }) => action_id, wide: true },
  { head: 'TITLE', of: ({ title }) => title, fit: 16 },
];
type ShownIncident = Incident & { readonly timeline: Schema<'TimelineDto'>['items'] };

const storyOf = async (
  session: Session,
  text: string,
): Promise<{ readonly incident: Incident; readonly items: Schema<'TimelineDto'>['items'] }> => {
  const id = await findIncident(session, text);
  const [incident, { items }] = await Promise.all([
    session.json<Incident>('GET', pathTo(id)),
    session.json<Schema<'TimelineDto'>>('GET', `${pathTo(id)}/timeline`),
  ]);
  return { incident, items };
};

/**
 * The proof that the signed log contains the event at a position; null until a checkpoint covers
 * it.
 */
const proofAt = async (session: Session, position: string): Promise<StoryProof | null> => {
  const answer = await session.fetch(
    'GET',
    `/api/v1/audit/proofs/inclusion?position=${encodeURIComponent(position)}`,
  );
  return answer.ok ? { position, proof: await answer.json() } : null;
};

/** The evidence for the conditions of an incident's linked alerts. */
const evidenceOf = async (session: Session, { links }: Incident): Promise<readonly StoryEvidence[]> => {
  const alerts = await Promise.all(
    links
      .filter(({ kind }) => kind === 'alert')
      .map((link) =>
        session.json<Schema<'AlertDto'>>('GET', `/api/v1/alerts/${encodeURIComponent(link.id)}`),
      ),
  );
  return alerts.flatMap(({ name, evidence }) => (evidence === null ? [] : [{ alert: name, ...evidence }]));
};

const exported = async (session: Session, id: string, out: string | undefined): Promise<void> => {
  const { incident, items } = await storyOf(session, id);
  const evidence = await evidenceOf(session, incident);
  const proofs: StoryProof[] = [];
  for (const position of new Set([...positionsOf(evidence), ...items.map((item) => item.position)])) {
    const proof = await proofAt(session, position);
    if (proof !== null) proofs.push(proof);
  }
  const text = postMortem(incident, items, evidence, proofs);
  if (out === undefined) print(text.trimEnd());
  else writeFileSync(pathOf(out), text);
};

const say = sayOf(findIncident, pathTo);

export const addIncidents = (program: Command, globals: () => Globals): void => {
  const session = (): Session => new Session(globals());
  const incidents = program.command('incidents').description('what a person must look at');
  addList<Incident, Schema<'IncidentPageDto'>>(incidents, globals, {
    command: 'list',
    about: 'incidents, the newest first',
    route: 'GET /api/v1/incidents',
    what: 'incidents',
    query: [
      {
        flags: '--status <status>',
        about: 'only those of this status',
        as: 'status',
        choices: ['open', 'acknowledged', 'resolved'],
      },
      {
        flags: '--severity <severity>',
        about: 'only those of this severity',
        as: 'severity',
        choices: ['high', 'critical'],
      },
    ],
    limit: 200,
    topics: ['alerts'],
    columns,
    id: ({ id }) => id,
    data: ({ items }) => items,
  });
  withOutput(
    calls(incidents.command('show <id>'), 'GET /api/v1/incidents/{id}').description(
      'an incident, what it is linked to, and its timeline; by id, name, action or entity',
    ),
  ).action(async (text: string, options: Output) => {
    const { incident, items } = await storyOf(session(), text);
    await tell(
      { ...incident, timeline: items },
      recordShape<ShownIncident>(({ id }) => id),
      options,
      'json',
    );
  });
  addList<TimelineEntry, Schema<'TimelineDto'>>(incidents, globals, {
    command: 'timeline <id>',
    about: 'what happened to one, and around it',
    route: 'GET /api/v1/incidents/{id}/timeline',
    what: 'events',
    topics: ['alerts', 'actions'],
    find: findIncident,
    columns: [
      { head: 'AT (UTC)', of: ({ at }, { now }) => timeCell(at, now) },
      { head: 'EVENT', of: ({ type }) => type },
      { head: 'BY', of: ({ actor }) => actor, fit: 12 },
      { head: 'WHAT', of: ({ text }) => text, fit: 16 },
      { head: 'POSITION', of: ({ position }) => position, wide: true },
    ],
    id: ({ event_id }) => event_id,
  });
  for (const [name, what, description] of [
    ['ack', 'acknowledge', 'say that somebody looks at it'],
    ['resolve', 'resolve', 'say that it is over'],
  ] as const)
    withOutput(
      calls(incidents.command(`${name} <id>`), `POST /api/v1/incidents/{id}/${what}`)
        .description(description)
        .option('--note <text>', 'a note, for the record'),
    ).action((id: string, { note, ...options }: Output & { readonly note?: string }) =>
      say(session(), id, what, note === undefined ? {} : { note }, options),
    );
  withOutput(
    calls(incidents.command('note <id> <text>'), 'POST /api/v1/incidents/{id}/note').description(
      'write a note on it',
    ),
  ).action((id: string, note: string, options: Output) => say(session(), id, 'note', { note }, options));
  calls(incidents.command('export <id>'), 'GET /api/v1/audit/proofs/inclusion')
    .description('a post-mortem as Markdown, with the positions of its evidence and their proofs')
    .option('--out <file>', 'the file; without it the standard output')
    .action((id: string, { out }: { readonly out?: string }) => exported(session(), id, out));
};
