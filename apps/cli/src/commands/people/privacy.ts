import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { answering } from '../../asks.js';
import { addList } from '../../lists.js';
import { linesShape, passOn, tell, type Output, type Shape } from '../../output/output.js';
import { timeCell } from '../../output/times.js';
import { calls } from '../../program/routes.js';
import {
  answerOf,
  asPerson,
  CliError,
  databaseOf,
  homeOf,
  pathOf,
  personal,
  print,
  type Globals,
  type Session,
} from '../../connection/session.js';

type Person = Schema<'KnownPersonDto'>;
type Erased = Schema<'ErasureDto'>;
const path = '/api/v1/audit/people';
const isPersonId = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/**
 * Requests a person's data, by their person_id or their subject. A subject is looked up in a body,
 * so that it appears in no address. Some identity providers' subjects look like a person_id.
 * INVARIANT: a person_id comes first, because a subject from outside must not stand for another
 * person.
 */
const ask = async (session: Session, method: 'GET' | 'DELETE', person: string): Promise<Response> => {
  if (isPersonId(person)) {
    const response = await session.fetch(method, `${path}/${person}`);
    if (response.status !== 404) return response;
  }
  return session.fetch(method, `${path}/${await idOf(session, person)}`);
};
const idOf = async (session: Session, subject: string): Promise<string> =>
  (await session.json<Person>('POST', `${path}/lookup`, { subject })).person_id;

const exportPerson = async (session: Session, person: string, output: string | undefined): Promise<void> => {
  const response = await ask(session, 'GET', person);
  if (!response.ok || response.body === null)
    throw new CliError(`the export was refused: ${await response.text()}`);
  const body = Readable.fromWeb(response.body as never);
  if (output === undefined) await passOn(body);
  else await toFile(body, pathOf(output));
};

/**
 * INVARIANT: a file with the requested name holds the whole export and is readable only by its
 * owner, or is unchanged.
 */
const toFile = async (body: Readable, file: string): Promise<void> => {
  const part = `${file}.part`;
  try {
    rmSync(part, { force: true });
    await pipeline(body, createWriteStream(part, { mode: 0o600, flags: 'wx' }));
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw new CliError(`the export broke off: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const erasedShape: Shape<Erased> = linesShape(
  ({ person_id: id, erased, erased_at, position }) => {
    const recorded = position === null ? 'its event follows when the log takes it' : `position ${position}`;
    return [
      erased === 'now'
        ? `${id} erased at ${erased_at}, ${recorded}`
        : `${id} was already erased at ${erased_at}, ${recorded}`,
    ];
  },
  ({ person_id: id }) => [id],
);

const erase = async (
  session: Session,
  person: string,
  options: Output & { readonly yes: boolean },
): Promise<void> => {
  if (!options.yes)
    throw new CliError(
      `erasing ${isPersonId(person) ? person : await idOf(session, person)} cannot be taken back: say --yes`,
      2,
    );
  await tell(await answerOf<Erased>(await ask(session, 'DELETE', person)), erasedShape, options);
};

const rewrap = async (globals: Globals): Promise<void> => {
  const database = databaseOf(globals);
  const [{ readMasterKeys, rewrapPeople }, { openPool }] = await Promise.all([
    import('@interlock/people'),
    import('@interlock/postgres'),
  ]);
  const keys = readMasterKeys({
    PEOPLE_KEY_FILE: process.env['PEOPLE_KEY_FILE'] || join(homeOf(globals), 'secrets', 'people-key'),
  });
  const pool = openPool(
    { connectionString: database, max: 1, application_name: 'interlock-rewrap' },
    () => undefined,
  );
  try {
    print(
      `${await rewrapPeople(pool, keys)} rewrapped under the first key of the file; every other one is under it already`,
    );
  } finally {
    await pool.end();
  }
};

export const addPrivacy = (program: Command, globals: () => Globals): void => {
  const privacy = program
    .command('privacy')
    .description('who people are, what the log holds of one, and their erasure');
  addList<Person>(privacy, () => asPerson(globals()), {
    command: 'list',
    about: "the tenant's people: person_id, since when, subject",
    route: 'GET /api/v1/audit/people',
    what: 'people',
    limit: 200,
    columns: [
      { head: 'PERSON', of: ({ person_id: id }) => id },
      { head: 'SINCE (UTC)', of: ({ created_at: at }, { now }) => timeCell(at, now) },
      { head: 'SUBJECT', of: ({ subject }) => subject, fit: 16 },
    ],
    id: ({ person_id: id }) => id,
  });
  calls(
    privacy.command('export <person>'),
    'GET /api/v1/audit/people/{person}',
    'POST /api/v1/audit/people/lookup',
  )
    .description(
      "a person's row and every event that concerns them, their texts opened, as NDJSON; PERSON is a person_id or a subject",
    )
    .option('-o, --output <file>', 'the file to write')
    .action((person: string, options: { output?: string }) =>
      exportPerson(personal(globals()), person, options.output),
    );
  answering(
    privacy,
    'erase <person>',
    'DELETE /api/v1/audit/people/{person}',
    'POST /api/v1/audit/people/lookup',
  )
    .description("drop a person's row and key: name and texts can never be read again")
    .option('--yes', 'it cannot be taken back', false)
    .action((person: string, options: Output & { readonly yes: boolean }) =>
      erase(personal(globals()), person, options),
    );
  privacy
    .command('rewrap')
    .description(
      "put every person's key under the first key of PEOPLE_KEY_FILE, in DATABASE_URL or the home's",
    )
    .action(() => rewrap(globals()));
};
