import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Schema } from '@interlock/api-types';
import { linesShape, passOn, type Shape } from '../../output/output.js';
import {
  answerOf,
  CliError,
  databaseOf,
  homeOf,
  pathOf,
  print,
  type Session,
} from '../../connection/session.js';
import { list } from '../../lists.js';
import { act, answer, group } from '../../program/declare.js';

const isPersonId = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/**
 * Requests a person's data, by their person_id or their subject. A subject is looked up in a body,
 * so that it appears in no address. Some identity providers' subjects look like a person_id.
 * INVARIANT: a person_id comes first, because a subject from outside must not stand for another
 * person.
 */
const request = async (session: Session, method: 'GET' | 'DELETE', person: string): Promise<Response> => {
  const route = `${method} /api/v1/audit/people/{person}` as const;
  if (isPersonId(person)) {
    const response = await session.send(route, [person]);
    if (response.status !== 404) return response;
  }
  return session.send(route, [await idOf(session, person)]);
};
const idOf = async (session: Session, subject: string): Promise<string> =>
  (await session.ask('POST /api/v1/audit/people/lookup', [], { body: { subject } })).person_id;

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

const erasedShape: Shape<Schema<'ErasureDto'>> = linesShape(
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

export const addPrivacy = group(
  'privacy',
  'people: who they are, what the log holds about them, and their erasure',
  [
    list({
      command: 'list',
      about: "list the tenant's people: person_id, since when, subject",
      route: 'GET /api/v1/audit/people',
      what: 'people',
      limit: 200,
      columns: [
        { head: 'PERSON', of: ({ person_id: id }) => id },
        { head: 'SINCE (UTC)', time: ({ created_at }) => created_at },
        { head: 'SUBJECT', of: ({ subject }) => subject, fit: 16 },
      ],
      id: ({ person_id: id }) => id,
      personal: true,
    }),
    act({
      command: 'export <person>',
      about:
        "export a person's row and every event about them as NDJSON, with their texts in clear; PERSON is a person_id or a subject",
      routes: ['GET /api/v1/audit/people/{person}', 'POST /api/v1/audit/people/lookup'],
      options: { '-o, --output <file>': 'the file to write' },
      personal: true,
      run: async ({ session, options: { output } }, person) => {
        const response = await request(session, 'GET', person);
        if (!response.ok) await answerOf(response);
        const body = Readable.fromWeb(response.body as never);
        if (output === undefined) await passOn(body);
        else await toFile(body, pathOf(output));
      },
    }),
    answer({
      command: 'erase <person>',
      about: "erase a person's row and key, so that name and texts can never be read again",
      routes: ['DELETE /api/v1/audit/people/{person}', 'POST /api/v1/audit/people/lookup'],
      options: { '--yes': { about: 'confirm the erasure, which cannot be undone', preset: false } },
      personal: true,
      run: async ({ session, options: { yes } }, person) => {
        if (!yes)
          throw new CliError(
            `erasing ${isPersonId(person) ? person : await idOf(session, person)} cannot be taken back: say --yes`,
            2,
          );
        return answerOf<Schema<'ErasureDto'>>(await request(session, 'DELETE', person));
      },
      shape: erasedShape,
    }),
    act({
      command: 'rewrap',
      about:
        "encrypt every person's key with the first key of PEOPLE_KEY_FILE, in DATABASE_URL or the home's database",
      run: async ({ globals }) => {
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
      },
    }),
  ],
);
