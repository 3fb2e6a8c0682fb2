import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Verification } from '@interlock/verify';
import {
  commandLine,
  type Guarded,
  runProgram,
  type RunResult,
  startGuarded,
  until,
} from '@interlock/testing';
import { collect } from '@interlock/kernel';
import { forgeIn } from './forged-log.js';
import { site } from './network.js';
import { tenant } from './names.js';
import { World } from './world.js';

const origin = 'log.example/e2e';
const cells = ['v01', 'v02'];
/** Its change waits for an approval when the log is forged. */
const waitingCell = 'cell-v03-1';
const auditor = mkdtempSync(join(tmpdir(), 'interlock-auditor-'));
const own = (name: string): string => join(auditor, name);
const mirrored = own(`mirror/${origin.replaceAll('/', '_')}`);

let world: World;
let witness: Guarded;
let witnessKey: string;
type Line = {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
};

/** The command line of a person without the system or its home. */
const elsewhere = (...args: readonly string[]): Promise<RunResult> =>
  runProgram(process.execPath, [commandLine, '--home', own('no-home'), ...args]);
const offline = async (...args: readonly string[]): Promise<readonly [number, Verification]> => {
  const { code, stdout } = await elsewhere(
    'audit',
    'verify',
    '--json',
    '--key',
    own('keys/1.vkey'),
    '--origin',
    `${origin}/${tenant}`,
    '--writers',
    own('event-keys/writers.json'),
    ...args,
  );
  return [code, JSON.parse(stdout) as Verification];
};
const live = async (...args: readonly string[]): Promise<readonly [number, Verification]> => {
  const { code, stdout, stderr } = await world.stack.cli(
    '--tenant',
    tenant,
    'audit',
    'verify',
    '--json',
    '--key',
    own('keys/1.vkey'),
    '--writers',
    own('event-keys/writers.json'),
    ...args,
  );
  if (stdout === '') throw new Error(`exit code ${code}: ${stderr}`);
  return [code, JSON.parse(stdout) as Verification];
};
const exported = async (name: string, ...args: readonly string[]): Promise<string> => {
  const ran = await world.stack.cli('--tenant', tenant, 'audit', 'export', '-o', own(name), ...args);
  expect([ran.code, ran.stdout]).toEqual([0, '']);
  expect(ran.stderr).toMatch(
    /^\S+: \d+ events of the \d+ leaves of `acme`, sealed by the checkpoint of \d+ leaves of `log\.example\/e2e`\n$/,
  );
  return own(name);
};
/** What a whole log cannot tell twice. */
const outside = [
  'trace: it comes from outside the log',
  'alert: a service reported it, and no event calls for it',
];
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').slice(0, -1).split('\n');
const eventsOf = (path: string): readonly string[] =>
  linesOf(path).filter((line) => !line.startsWith('{"seal":'));
const put = (name: string, lines: readonly string[]): string => {
  writeFileSync(own(name), lines.map((line) => `${line}\n`).join(''));
  return own(name);
};
const eventOf = (line: string): Line => {
  const { id, type, stream, revision, position } = JSON.parse(line) as Line;
  return { id, type, stream, revision, position };
};

beforeAll(async () => {
  expect((await elsewhere('audit', 'keys', 'new', '--dir', own('keys'), '--origin', origin)).code).toBe(0);
  expect((await elsewhere('log', 'keys', '--dir', own('event-keys'))).code).toBe(0);
  const made = await elsewhere(
    'audit',
    'witness',
    '--key',
    own('witness.key'),
    '--new-key',
    'witness.example/e2e',
  );
  witnessKey = made.stdout.trim();
  witness = await startGuarded({
    program: process.execPath,
    args: [
      commandLine,
      'audit',
      'witness',
      '--key',
      own('witness.key'),
      '--log',
      own('keys/1.vkey'),
      '--state',
      own('witnessed.json'),
      '--port',
      '0',
    ],
    ready: /^listening on (http:\/\/\S+)/m,
  });
  world = new World({
    devices: [...cells, 'v03'].map((name) => site(name)),
    environment: {
      // As on an EventStoreDB whose users may write to any stream.
      EVENT_KEYS_DIR: own('event-keys'),
      AUDIT_KEY_DIR: own('keys'),
      AUDIT_ORIGIN: origin,
      AUDIT_MIRROR_DIR: own('mirror'),
      AUDIT_WITNESSES: `${witnessKey} ${witness.match[1]!}`,
      AUDIT_CHECKPOINT_SECONDS: '1',
    },
  });
  await world.start();
  await world.provision();
  for (const name of cells) {
    await world.network.degrade(`cell-${name}-1`);
    await world.teach(`cell-${name}-1`);
    await world.ends(await world.publish(world.intent(`cell-${name}-1`)));
  }
});
afterAll(async () => {
  await world.end();
  await witness.stop();
  rmSync(auditor, { recursive: true, force: true });
});

describe('an export', () => {
  it('is verified offline, with the public key, a mirrored checkpoint and a witness', async () => {
    await until(
      () =>
        existsSync(join(mirrored, 'latest')) &&
        readFileSync(join(mirrored, 'latest.tenants'), 'utf8').includes(`"${tenant}"`),
      'a checkpoint of the tenant is mirrored',
    );
    // The mirror may write another checkpoint between the two copies: they are then no pair.
    const path = own('log.ndjson');
    const [code, found] = await until(async () => {
      for (const end of ['', '.tenants'])
        copyFileSync(join(mirrored, `latest${end}`), own(`earlier.checkpoint${end}`));
      rmSync(path, { force: true });
      await exported('log.ndjson');
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const answer = await offline(path, '--checkpoint', own('earlier.checkpoint'), '--witness', witnessKey);
      return answer[1].undecided.length === 0 && answer;
    }, 'a checkpoint was copied with its list of tenants');
    expect([code, found.faults, found.undecided, found.verified]).toEqual([0, [], [], true]);
    expect(found).toMatchObject({
      files: [
        { origin: `${origin}/${tenant}`, events: eventsOf(path).length, runs: [[0, eventsOf(path).length]] },
      ],
      checkpoints: [{}],
      witnesses: [{ name: 'witness.example/e2e' }],
    });
    expect(eventsOf(path).length).toBeGreaterThan(50);
  });

  it('of one stream, of some categories or up to a position is verified in part, and two parts together as a whole', async () => {
    const events = eventsOf(own('log.ndjson')).map(eventOf);
    const { stream } = events.find(({ type }) => type === 'ActionCompleted')!;
    const own1 = await exported('stream.ndjson', '--stream', stream);
    expect(eventsOf(own1).map((line) => eventOf(line).stream)).toEqual(
      events.filter((event) => event.stream === stream).map(() => stream),
    );
    const inPart = [2, { verified: false, complete: false, faults: [], undecided: [] }];
    expect(await offline(own1)).toMatchObject(inPart);
    const categories = await exported('categories.ndjson', '--category', 'action,budget');
    expect(await offline(categories)).toMatchObject(inPart);
    expect(await offline(categories, '--complete', '--category', 'action,budget')).toMatchObject([
      0,
      { verified: true, complete: true, faults: [] },
    ]);
    const middle = events[Math.floor(events.length / 2)]!.position;
    const [first, second] = [
      await exported('first.ndjson', '--until', middle),
      await exported('second.ndjson', '--after', middle),
    ];
    expect(await offline(second)).toMatchObject(inPart);
    expect(await offline(first, second)).toMatchObject([0, { verified: true, complete: true }]);
    expect(await offline(second, first)).toMatchObject([0, { verified: true, complete: true }]);
  });

  it('of the whole log is complete, and all of it is made again', async () => {
    const all = own('all.ndjson');
    const ran = await world.stack.cli('--tenant', '_system', 'audit', 'export', '--whole', '-o', all);
    expect([ran.code, ran.stdout]).toEqual([0, '']);
    const verified = await elsewhere(
      'audit',
      'verify',
      '--complete',
      '--json',
      '--key',
      own('keys/1.vkey'),
      all,
    );
    expect(JSON.parse(verified.stdout)).toMatchObject({ verified: true, complete: true, faults: [] });
    const { stdout } = await elsewhere('audit', 'replay', '--whole', '--strict', '--json', all);
    const { difference, not_made_again: open } = JSON.parse(stdout) as {
      readonly difference: object | null;
      readonly not_made_again: readonly { readonly kind: string; readonly because: string }[];
    };
    expect(difference).toBeNull();
    const reasons = open.map(({ kind, because }) => `${kind}: ${because}`);
    expect(reasons.filter((reason) => !outside.includes(reason))).toEqual([]);
  });

  it.each<[string, (lines: string[], at: number) => readonly string[], (line: Line) => object]>([
    [
      'changed',
      (lines, at) => lines.with(at, lines[at]!.replace('"schema_version":', '"schema_version":1')),
      ({ id }) => ({ kind: 'changed', event: { id } }),
    ],
    [
      'dropped',
      (lines, at) => lines.toSpliced(at, 1),
      ({ stream, revision }) => ({ kind: 'dropped', event: { stream, revision } }),
    ],
    [
      'inserted',
      (lines, at) => lines.toSpliced(at, 0, lines[at]!.replace(/"id":"......../, '"id":"00000000')),
      () => ({ kind: 'inserted' }),
    ],
    [
      'doubled',
      (lines, at) => lines.toSpliced(at + 5, 0, lines[at]!),
      ({ id }) => ({ kind: 'duplicate', event: { id } }),
    ],
    [
      'moved',
      (lines, at) => lines.toSpliced(at, 1).toSpliced(at + 5, 0, lines[at]!),
      ({ id }) => ({ kind: 'reordered', event: { id } }),
    ],
  ])('with an event %s names it', async (what, tamper, expected) => {
    const lines = linesOf(own('log.ndjson'));
    const at = lines.findIndex((line) => line.includes('"type":"IntentAccepted"'));
    expect(await offline(put(`${what}.ndjson`, tamper(lines, at)))).toMatchObject([
      1,
      { verified: false, faults: [expected(eventOf(lines[at]!))] },
    ]);
  });

  it('that was cut off, or lost its seal, is refused', async () => {
    const [lines, events] = [linesOf(own('log.ndjson')), eventsOf(own('log.ndjson'))];
    const [code, { faults }] = await offline(
      put('short.ndjson', [...events.slice(0, -3), ...lines.slice(events.length)]),
    );
    // If one of the three is a release, its line beside the events is a fault too.
    expect([code, faults[0]]).toMatchObject([1, { kind: 'truncated', count: 3 }]);
    expect(await offline(put('unsealed.ndjson', events))).toMatchObject([
      1,
      { faults: [{ kind: 'truncated' }] },
    ]);
  });
});

describe('the running log', () => {
  it('is verified, with its mirror and the witness', async () => {
    const [code, found] = await live('--mirror', own('mirror'), '--witness', witnessKey);
    expect([code, found.faults, found.undecided]).toEqual([0, [], []]);
  });

  it("with a stranger's append moves no device, raises an alert, and fails verification", async () => {
    await world.network.degrade(waitingCell);
    await world.teach(waitingCell);
    const before = await world.network.running('gnb-v03');
    const waiting = await world.publish(
      world.intent(waitingCell, { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
    );
    const { approval } = await world.reaches(waiting, ['AWAITING_APPROVAL']);
    const [first] = await world.events(waiting);
    const { metadata } = first!;
    const reserved = (await collect(world.log.readAll())).find(
      ({ type }) => type === 'ReservationRequested',
    )!;
    await world.detach();
    await world.stack.terminate();
    const yes = { by: 'person:nobody', digest: approval!.digest, approvals: 1, approvals_required: 1 };
    const stream = `action-${tenant}:${waiting}`;
    const forged = await forgeIn(world.stack.home, [
      { stream, type: 'ActionApproved', data: yes, metadata, writer: 'budget-ledger' },
      { stream, type: 'ReservationRequested', data: reserved.data, metadata },
      {
        stream: `plan-${tenant}:${waiting}`,
        type: 'PlanApproved',
        data: yes,
        metadata,
        writer: 'safety-rails',
      },
    ]);
    await world.start();
    const alerts = await until(async () => {
      const { items } = await world.must<{
        readonly items: readonly { readonly name: string; readonly detail: string }[];
      }>('GET', '/api/v1/alerts?limit=200');
      const forgedAlerts = items.filter(({ name }) => name === 'forged_event');
      return forgedAlerts.length > 1 && forgedAlerts;
    }, 'both streams with forged events are told of');
    const details = alerts.map(({ detail }) => detail).join();
    expect(details).toMatch(/`safety-rails` alone writes `action`/);
    // It names its owner as the writer, who never signed it.
    expect(details).toContain('no key of `safety-rails` signed it');
    expect(
      await world.call(
        'POST',
        `/api/v1/autonomous/actions/${waiting}/approve`,
        { digest: approval!.digest },
        { sub: 'bert' },
      ),
    ).toMatchObject({ status: 500, body: { code: 'forged-event' } });
    const written = await world.events(waiting);
    expect(written.at(-1)!.id).toBe(forged[1]);
    expect(written.map(({ type }) => type)).not.toContain('ExecutionStarted');
    const [code, found] = await live();
    expect([code, found.verified]).toEqual([1, false]);
    expect(found.faults.map(({ kind, event }) => [kind, event?.id]).sort()).toEqual(
      forged.map((id) => ['forged', id]).sort(),
    );
    await world.must('POST', `/api/v1/autonomous/actions/${waiting}/cancel`, {}, { sub: 'bert' });
    await world.reaches(waiting, ['CANCELLED']);
    expect(await world.network.running('gnb-v03')).toEqual(before);
    expect(await world.network.tentative('gnb-v03')).toBe(false);
  });

  it('with a changed event in its file is detected, and the event is named', async () => {
    await world.detach();
    await world.stack.terminate();
    const folder = join(world.stack.home, 'log');
    const database = new DatabaseSync(
      join(
        folder,
        readdirSync(folder).find((name) => name.endsWith('.db'))!,
      ),
    );
    const row = database
      .prepare(
        "SELECT position, id, CAST(data AS TEXT) AS data FROM events WHERE type = 'IntentAccepted' ORDER BY position LIMIT 1",
      )
      .get() as { readonly position: number; readonly id: string; readonly data: string };
    database
      .prepare('UPDATE events SET data = CAST(? AS BLOB), checksum = NULL WHERE position = ?')
      .run(row.data.replace('0.95', '0.96'), row.position);
    database.close();
    await world.start();
    const [code, all] = await live();
    const found = { faults: all.faults.filter(({ kind }) => kind !== 'forged') };
    // Either the verifier detects it in the export, or the service does, and then seals nothing
    // more and says where.
    const [fault] = found.faults;
    expect([code, found.faults.length]).toEqual([1, 1]);
    if (fault!.kind === 'changed')
      expect(fault!.event).toMatchObject({ id: row.id, position: `${row.position}`, type: 'IntentAccepted' });
    else
      expect(fault).toMatchObject({
        kind: 'log',
        what: expect.stringContaining(`position ${row.position} `),
      });
  });
});
