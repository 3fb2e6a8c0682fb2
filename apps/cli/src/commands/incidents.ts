import { positionsOf, postMortem, type StoryEvidence, type StoryProof } from '@interlock/alerting';
import type { Schema } from '@interlock/api-types';
import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { pathOf, print, printJson, Session, visible, type Globals } from '../session.js';

type Incident = Schema<'IncidentDto'>;

const pathTo = (id: string): string => `/api/v1/incidents/${encodeURIComponent(id)}`;
const row = ({ opened_at, severity, status, id, title }: Incident): string =>
  visible(`${opened_at}  ${severity.padEnd(8)} ${status.padEnd(12)} ${id}  ${title}`);

const list = async (
  session: Session,
  { json, ...filters }: { readonly status?: string; readonly severity?: string; readonly json: boolean },
): Promise<void> => {
  const query = new URLSearchParams({ limit: '200', ...filters }).toString();
  const { items } = await session.json<Schema<'IncidentPageDto'>>('GET', `/api/v1/incidents?${query}`);
  if (json) printJson(items);
  else for (const incident of items) print(row(incident));
};

const storyOf = async (
  session: Session,
  id: string,
): Promise<{ readonly incident: Incident; readonly items: Schema<'TimelineDto'>['items'] }> => {
  const [incident, { items }] = await Promise.all([
    session.json<Incident>('GET', pathTo(id)),
    session.json<Schema<'TimelineDto'>>('GET', `${pathTo(id)}/timeline`),
  ]);
  return { incident, items };
};

/** The proof that the event at a position is in the signed log; null while no checkpoint covers it. */
const proofAt = async (session: Session, position: string): Promise<StoryProof | null> => {
  const answer = await session.fetch(
    'GET',
    `/api/v1/audit/proofs/inclusion?position=${encodeURIComponent(position)}`,
  );
  return answer.ok ? { position, proof: await answer.json() } : null;
};

/** What shows the conditions of the alerts that an incident is linked to. */
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

const say = async (session: Session, id: string, what: string, body: object): Promise<void> => {
  const { status } = await session.json<Schema<'ChangedNoticeDto'>>('POST', `${pathTo(id)}/${what}`, body);
  print(`${id}  ${status}`);
};

export const addIncidents = (program: Command, globals: () => Globals): void => {
  const session = (): Session => new Session(globals());
  const incidents = program.command('incidents').description('what a person must look at');
  incidents
    .command('list')
    .description('incidents, the newest first')
    .addOption(new Option('--status <status>').choices(['open', 'acknowledged', 'resolved']))
    .addOption(new Option('--severity <severity>').choices(['high', 'critical']))
    .option('--json', 'as JSON', false)
    .action((options: { readonly status?: string; readonly severity?: string; readonly json: boolean }) =>
      list(session(), options),
    );
  incidents
    .command('show <id>')
    .description('an incident, what it is linked to, and its timeline')
    .action(async (id: string) => {
      const { incident, items } = await storyOf(session(), id);
      printJson({ ...incident, timeline: items });
    });
  for (const [name, what, description] of [
    ['ack', 'acknowledge', 'say that somebody looks at it'],
    ['resolve', 'resolve', 'say that it is over'],
  ] as const)
    incidents
      .command(`${name} <id>`)
      .description(description)
      .option('--note <text>')
      .action((id: string, options: { readonly note?: string }) => say(session(), id, what, options));
  incidents
    .command('note <id> <text>')
    .description('write a note on it')
    .action((id: string, note: string) => say(session(), id, 'note', { note }));
  incidents
    .command('export <id>')
    .description('a post-mortem as Markdown, with the positions of its evidence and their proofs')
    .option('--out <file>', 'the file; without it the standard output')
    .action((id: string, { out }: { readonly out?: string }) => exported(session(), id, out));
};
