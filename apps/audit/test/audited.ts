import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ownerOf } from '@interlock/contracts';
import { collect, positionText, testMetadata, type EventStore, type RecordedEvent } from '@interlock/kernel';
import {
  entryLeaf,
  firstKeyFiles,
  LogEntries,
  parseVerifier,
  treesOf,
  wholeTree,
  type Hash,
  type KeyFiles,
  type LeafEntry,
} from '@interlock/tree';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, until, type Parts, type PartsOptions } from '@interlock/testing';
import { verifyLog, type Verification } from '@interlock/verify';
import { start } from '../src/main.js';

export const origin = 'interlock.local/tree';
export const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n);
/** The key by which the service signs at first. */
export const key = parseVerifier(firstKeyFiles(origin, seedOf(1))['1.vkey']!.trim())!;
export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A folder that is gone with the test. */
const folders = (): { readonly make: () => Promise<string>; readonly clear: () => Promise<void> } => {
  const made: string[] = [];
  return {
    make: async () => {
      const dir = await mkdtemp(join(tmpdir(), 'interlock-audit-'));
      made.push(dir);
      return dir;
    },
    clear: async () => {
      await Promise.all(made.splice(0).map((dir) => rm(dir, { recursive: true, force: true })));
    },
  };
};

export const writeKeys = async (
  dir: string,
  files: KeyFiles = firstKeyFiles(origin, seedOf(1)),
): Promise<void> => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text, { mode: 0o600 });
};

export type Answer<T> = {
  readonly status: number;
  readonly text: string;
  readonly json: T;
  readonly type: string | null;
};
type Reader = {
  readonly tenant?: string;
  readonly tenants?: string[];
  readonly sub?: string;
  readonly scopes?: ('AUDIT_READ' | 'ALERT_READ')[];
};

/** Verifies an export of the log. */
export const verifyText = (text: string): Promise<Verification> =>
  verifyLog([{ name: 'export', open: () => Readable.from([Buffer.from(text)]) }], { key });

/** The audit service on real parts, with a log that the test writes. */
export class Audited {
  readonly folders = folders();
  readonly #services: RunningService[] = [];
  #serial = 0;
  parts!: Parts;
  keys = '';
  /** The folder of the archive, for a service that has one. */
  archive = '';

  async begin(options?: PartsOptions): Promise<void> {
    this.parts = await startParts(options);
    this.keys = await this.folders.make();
    await writeKeys(this.keys);
    this.archive = join(await this.folders.make(), 'archive');
  }

  /** `log` stands in for the log where it is another one for audit than for the test. */
  async start(
    environment: { readonly [name: string]: string } = {},
    log: EventStore = this.parts.log.store,
  ): Promise<RunningService> {
    const service = await start({
      ...testContext(this.parts, 'audit', {
        AUDIT_KEY_DIR: this.keys,
        AUDIT_CHECKPOINT_SECONDS: '1',
        ...environment,
      }),
      store: log,
    });
    this.#services.push(service);
    return service;
  }

  async stopServices(): Promise<void> {
    await Promise.all(this.#services.splice(0).map((service) => service.stop()));
  }

  async end(): Promise<void> {
    await this.stopServices();
    await this.parts.stop();
    await this.folders.clear();
  }

  /** Appends events; those of one call go to one stream, a few at once. */
  async append(stream: string, count = 1): Promise<void> {
    const writer = ownerOf(stream);
    for (let left = count; left > 0; left -= 100) {
      const events = Array.from({ length: Math.min(100, left) }, () => {
        this.#serial += 1;
        return {
          id: `00000000-0000-4000-8000-${String(this.#serial).padStart(12, '0')}`,
          type: 'SomethingHappened',
          data: { n: this.#serial, text: 'é – 漢字' },
          metadata: { ...testMetadata(), ...(writer === undefined ? {} : { writer }) },
        };
      });
      await this.parts.log.store.append(stream, events, 'any');
    }
  }

  /** Appends events of one correlation to three streams of the tenant `demo`. */
  async story(): Promise<{ readonly correlation: string }> {
    const correlation = '00000000-0000-4000-8000-c00000000001';
    for (const [n, stream] of ['action-demo:s', 'plan-demo:s', 'action-demo:s'].entries()) {
      const metadata = { ...testMetadata(), writer: 'safety-rails', $correlationId: correlation };
      const id = `00000000-0000-4000-8000-c0000000001${n}`;
      await this.parts.log.store.append(
        stream,
        [{ id, type: 'SomethingHappened', data: { n }, metadata }],
        'any',
      );
    }
    return { correlation };
  }

  async get<T>(
    path: string,
    { scopes = ['AUDIT_READ'], ...over }: Reader = {},
    service = this.#services[0]!,
  ): Promise<Answer<T>> {
    const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/audit${path}`, {
      headers: await this.parts.issuer.person(scopes, over),
    });
    const text = await response.text();
    const type = response.headers.get('content-type');
    return {
      status: response.status,
      text,
      type,
      json: (type?.includes('json') === true && !type.includes('ndjson') ? JSON.parse(text) : null) as T,
    };
  }

  async bytes(path: string, over: Reader = {}): Promise<Buffer> {
    const response = await fetch(`http://127.0.0.1:${this.#services[0]!.http.port}/api/v1/audit${path}`, {
      headers: await this.parts.issuer.person(['AUDIT_READ'], over),
    });
    return Buffer.from(await response.arrayBuffer());
  }

  /** Every event of the log. */
  events(): Promise<RecordedEvent[]> {
    return collect(this.parts.log.store.readAll());
  }

  /** Every event of a tree, straight from the log. */
  async eventsOf(tree: string): Promise<RecordedEvent[]> {
    return (await this.events()).filter(({ stream }) => treesOf(stream).includes(tree));
  }

  /** The entry of every leaf of a tree, made from the log by the pure functions. */
  async entriesOf(tree = wholeTree): Promise<LeafEntry[]> {
    const made = new LogEntries();
    const entries = (await this.eventsOf(wholeTree)).map((event) => made.take(event));
    return tree === wholeTree ? entries : entries.filter(({ tenant }) => tenant === tree);
  }

  async leavesOf(tree: string): Promise<Hash[]> {
    return (await this.entriesOf(tree)).map((entry) => entryLeaf(entry));
  }

  /** The latest checkpoint once it covers every event that the test wrote. */
  async signed(): Promise<string> {
    const last = (await this.events()).findLast(({ stream }) => !stream.startsWith('checkpoint-'))!;
    return until(async () => {
      const page = await this.get<{ items: { position: string; note: string }[] }>('/checkpoints?limit=1');
      const [item] = page.json.items;
      return item !== undefined && BigInt(item.position) >= BigInt(positionText(last.position)) && item.note;
    }, 'a checkpoint covers all events');
  }
}
