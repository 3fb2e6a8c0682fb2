import { Inject, Injectable } from '@nestjs/common';
import {
  consistencyProof,
  keysOf,
  parseCheckpoint,
  parseNote,
  sameHash,
  tenantsText,
  verifiedBy,
  verifierText,
  wholeTree,
  type KeyChain,
  type VerifierKey,
} from '@interlock/tree';
import { contentHash, ProblemError } from '@interlock/kernel';
import { SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { tryLock } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { CheckpointLog } from '../checkpoints/checkpoint-log.js';
import { Inconsistencies } from '../checkpoints/inconsistencies.js';
import { AuditConfig } from '../config.js';
import { signedAt } from '../proofs/signed.js';
import type { TreeDatabase } from '../tree/tables.js';
import { storedHeads } from '../tree/tenant-heads.js';
import type { TreeReader } from '../tree/tree-reader.js';
import { Trees } from '../tree/trees.js';
import { DirectoryMirror } from './directory-mirror.js';
import { GitMirror } from './git-mirror.js';
import { MirrorWorker, type Latest } from './mirror-worker.js';
import { anotherRoot, type Mirror, type SignedHead } from './mirror.js';
import { OnlyOne } from './only-one.js';
import { authorityOf, TimestampMirror } from './timestamp-mirror.js';
import { mostWitnesses, parseWitnesses, WitnessMirror } from './witness-mirror.js';

type MirrorSetParts = {
  readonly trees: Trees;
  readonly log: CheckpointLog;
  readonly inconsistencies: Inconsistencies;
  readonly config: AuditConfig;
  readonly context: Pick<ServiceContext, 'logger' | 'metrics' | 'service' | 'database'>;
};
/** The latest checkpoint that a mirror holds. */
export type MirrorHead = { readonly mirror: string; readonly note: string | null };

const reachMs = 5000;
const latestMs = 200;
/**
 * The longest time that a signature waits for a mirror's content. A mirror that did not answer is
 * not waited for until it has.
 */
const heldMs = 3000;

/** All mirrors and witnesses of the log. */
@Injectable()
export class MirrorSet {
  readonly #parts: MirrorSetParts;
  readonly #workers: readonly MirrorWorker[];
  #lookedAt = -Infinity;
  #looked: Promise<Latest | null> = Promise.resolve(null);
  readonly #asking = new Set<Mirror>();
  readonly #active: OnlyOne;

  constructor(
    trees: Trees,
    log: CheckpointLog,
    inconsistencies: Inconsistencies,
    config: AuditConfig,
    @Inject(SERVICE_CONTEXT) context: ServiceContext,
  ) {
    this.#parts = { trees, log, inconsistencies, config, context };
    const latest = (): Promise<Latest | null> => this.#latestForAll();
    const load = (): Promise<SignedHead | null> => this.#load();
    this.#workers = this.#mirrors().map(
      (mirror) =>
        new MirrorWorker(mirror, {
          latest,
          load,
          inconsistencies,
          context,
          maxLagMs: config.AUDIT_MIRROR_MAX_LAG_S * 1000,
        }),
    );
    this.#active = new OnlyOne({
      lock: () => tryLock(context.database, `interlock: the mirrors of ${log.origin}`),
      logger: context.logger,
      begin: () => {
        for (const worker of this.#workers) worker.start();
      },
      end: async () => {
        await Promise.all(this.#workers.map((worker) => worker.stop()));
      },
    });
  }

  /**
   * Starts bringing checkpoints to the mirrors. One instance of audit does so at a time; another
   * one takes over within seconds.
   */
  start(): void {
    this.#active.start();
  }

  stop(): Promise<void> {
    return this.#active.stop();
  }

  get isActive(): boolean {
    return this.#active.isActive;
  }

  /**
   * Closes contradictions of mirrors that are no longer configured. Only the active instance does
   * this.
   */
  async release(): Promise<void> {
    if (!this.#active.isActive) return;
    const known = ['log', 'tree', 'entries', ...this.#workers.map(({ mirror }) => mirror.name)];
    const { inconsistencies } = this.#parts;
    for (const { source } of inconsistencies.all())
      if (!known.includes(source)) await inconsistencies.resolved(source, 'it is no longer asked');
  }

  /** The number of witnesses and authorities that sign in addition to the log. */
  get countersigners(): number {
    return this.#workers.filter(
      ({ mirror }) => mirror instanceof WitnessMirror || mirror instanceof TimestampMirror,
    ).length;
  }

  /**
   * Returns the lag of each mirror and witness in milliseconds; only the active instance knows it.
   * Time-stamp authorities are excluded because they confirm no tree.
   */
  standing(): readonly { readonly name: string; readonly witness: boolean; readonly behindMs: number }[] {
    return this.#active.isActive
      ? this.#workers
          .filter(({ mirror }) => !(mirror instanceof TimestampMirror))
          .map(({ mirror, behindMs }) => ({
            name: mirror.name,
            witness: mirror instanceof WitnessMirror,
            behindMs,
          }))
      : [];
  }

  /** For the health checks: throws if a mirror lags for too long. */
  check(): void {
    for (const worker of this.#workers) worker.check();
  }

  /**
   * Returns the content of the mirrors that can be read. A mirror that cannot be read now is left
   * out.
   */
  async held(): Promise<readonly MirrorHead[]> {
    const { origin } = this.#parts.log;
    const asked = this.#workers.flatMap(({ mirror }) => (mirror.held === undefined ? [] : [mirror]));
    const answers = await Promise.all(asked.map((mirror) => this.#ask(mirror, origin)));
    return answers.flatMap((answer) => (answer === null ? [] : [answer]));
  }

  /**
   * Reads the content of one mirror. INVARIANT: a mirror that does not answer delays one signature,
   * not every one.
   */
  async #ask(mirror: Mirror, origin: string): Promise<MirrorHead | null> {
    if (this.#asking.has(mirror)) return null;
    const answer = mirror.held!(origin).then(
      (note): MirrorHead => ({ mirror: mirror.name, note }),
      () => null,
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, heldMs, 'late');
    });
    const first = await Promise.race([answer, late]);
    clearTimeout(timer);
    if (first !== 'late') return first;
    this.#asking.add(mirror);
    void answer.then(() => this.#asking.delete(mirror));
    return null;
  }

  /** Compares the checkpoints that mirrors hold with the tree. */
  async compare(
    held: readonly MirrorHead[],
    reader: TreeReader,
    db: Transaction<TreeDatabase>,
    chain: KeyChain,
  ): Promise<void> {
    const { inconsistencies, trees } = this.#parts;
    const keys = keysOf(chain) ?? [];
    const largest = Math.max(
      0,
      ...held.map(({ note }) => parseCheckpoint(parseNote(note ?? '')?.text ?? '')?.size ?? 0),
    );
    // Only a tree that covers the whole log can contradict a larger mirror.
    if (largest > (await trees.head(db)).size) await trees.reachHead(reachMs);
    const { size } = await trees.head(db);
    for (const { mirror, note } of held) {
      const fault = note === null ? null : await this.#faultOf(note, size, reader, keys);
      if (fault !== null) {
        await inconsistencies.found(mirror, fault.size, fault.detail);
        this.#workers.find((worker) => worker.mirror.name === mirror)?.mirror.forget?.();
      } else if (this.#active.isActive) {
        await inconsistencies.resolved(mirror, 'it agrees with the tree');
      }
    }
  }

  /**
   * Returns the fault of a mirror's checkpoint; null if there is none. INVARIANT: the text contains
   * nothing that grows with the log, because a finding is reported only once.
   */
  async #faultOf(
    text: string,
    size: number,
    reader: TreeReader,
    keys: readonly VerifierKey[],
  ): Promise<{ readonly size: number; readonly detail: string } | null> {
    const note = parseNote(text);
    const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
    if (
      note === undefined ||
      checkpoint?.origin !== this.#parts.log.origin ||
      (verifiedBy(note, keys)?.length ?? 0) < 1
    )
      return { size: checkpoint?.size ?? 0, detail: 'it holds a checkpoint that no key of this log signed' };
    if (checkpoint.size > size)
      return {
        size: checkpoint.size,
        detail: `it holds a checkpoint of ${checkpoint.size} leaves, which is more than the log has`,
      };
    const root = await reader.root(checkpoint.size);
    return sameHash(root, checkpoint.root)
      ? null
      : { size: checkpoint.size, detail: anotherRoot(checkpoint, root) };
  }

  #mirrors(): readonly Mirror[] {
    const {
      AUDIT_MIRROR_DIR: dir,
      AUDIT_MIRROR_GIT: git,
      AUDIT_STATE_DIR: state,
      AUDIT_WITNESSES: witnesses,
    } = this.#parts.config;
    const authority = authorityOf(this.#parts.config);
    const addresses = parseWitnesses(witnesses ?? '');
    if (
      authority !== null &&
      (addresses.length === mostWitnesses || addresses.some(({ key }) => key.name === authority.name))
    )
      throw new ProblemError(
        'validation-failed',
        `the environment has 1 fault: AUDIT_WITNESSES must be ${mostWitnesses - 1} witnesses at most beside AUDIT_TSA_URL, and none with the name \`${authority.name}\``,
        { remedy: 'set the named variable and start again' },
      );
    if (git !== undefined && state === undefined)
      throw new ProblemError(
        'validation-failed',
        'the environment has 1 fault: AUDIT_STATE_DIR must be set where AUDIT_MIRROR_GIT is',
        { remedy: 'set the named variable and start again' },
      );
    const { log } = this.#parts;
    return [
      ...(dir === undefined ? [] : [new DirectoryMirror(dir)]),
      ...(git === undefined || state === undefined ? [] : [new GitMirror(git, state)]),
      ...(authority === null
        ? []
        : [
            new TimestampMirror(authority, async ({ checkpoint: { origin, size } }, line, at) => {
              await log.write(`timestamp:${size}:${authority.name}:${contentHash(line)}`, {
                kind: 'timestamp',
                origin,
                size,
                authority: authority.name,
                line,
                at,
              });
            }),
          ]),
      ...addresses.map(
        (address) =>
          new WitnessMirror(address, async ({ checkpoint: { origin, size } }, key, line) => {
            await log.write(`cosign:${size}:${verifierText(key)}:${contentHash(line)}`, {
              kind: 'cosign',
              origin,
              size,
              witness: verifierText(key),
              line,
            });
          }),
      ),
    ];
  }

  /** Returns the latest head. All workers share one query. */
  #latestForAll(): Promise<Latest | null> {
    const now = performance.now();
    if (now - this.#lookedAt > latestMs) {
      this.#lookedAt = now;
      this.#looked = this.#latest();
    }
    return this.#looked;
  }

  #latest(): Promise<Latest | null> {
    return this.#parts.trees.readingAll(async (db) => {
      const row = await db
        .selectFrom('trees')
        .leftJoin('cosignatures', (on) => on.onRef('cosignatures.size', '=', 'trees.published_size'))
        .select((of) => ['trees.published_size', of.fn.count<string>('cosignatures.witness').as('witnesses')])
        .where('trees.tree', '=', wholeTree)
        .where('trees.published_size', '>', 0)
        .groupBy('trees.published_size')
        .executeTakeFirst();
      return row === undefined ? null : { size: `${row.published_size}`, witnesses: `${row.witnesses}` };
    });
  }

  #load(): Promise<SignedHead | null> {
    const { trees } = this.#parts;
    return trees.readingAll(async (db) => {
      const signed = await signedAt(db, null);
      if (signed === null) return null;
      const { checkpoint } = signed;
      return {
        checkpoint,
        note: signed.logNote,
        cosigned: signed.note,
        witnesses: signed.witnesses,
        tenants: tenantsText(await storedHeads(db, checkpoint.size)),
        proofFrom: (size) =>
          trees.reading(wholeTree, (reader) => consistencyProof(reader.nodes, size, checkpoint.size)),
        rootAt: (size) => trees.reading(wholeTree, (reader) => reader.root(size)),
        grownTo: async () => {
          await trees.reachHead(reachMs);
          return trees.readingAll(async (fresh) => (await trees.head(fresh)).size);
        },
      };
    });
  }
}
