import { Inject, Injectable } from '@nestjs/common';
import { isProblem, positionText, ProblemError, type Position } from '@interlock/kernel';
import {
  checkpointText,
  consistencyProof,
  fromBase64,
  noteOf,
  signText,
  toBase64,
  verifyConsistency,
  wholeTree,
  type Head,
  type TenantsHead,
} from '@interlock/tree';
import { gaugeOf, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import type { Transaction } from 'kysely';
import { AuditConfig } from '../config.js';
import { MirrorSet } from '../mirrors/mirror-set.js';
import type { TreeDatabase } from '../tree/tables.js';
import { TreeReader } from '../tree/tree-reader.js';
import { headAt, Trees, type Findings, type TreeHead } from '../tree/trees.js';
import { CheckpointLog } from './checkpoint-log.js';
import { EntryLedger } from './entry-ledger.js';
import { Inconsistencies } from './inconsistencies.js';
import { KeyFolder } from './key-folder.js';

type PublisherParts = {
  readonly trees: Trees;
  readonly keys: KeyFolder;
  readonly log: CheckpointLog;
  readonly ledger: EntryLedger;
  readonly inconsistencies: Inconsistencies;
  readonly mirrors: MirrorSet;
  readonly config: AuditConfig;
  readonly context: Pick<ServiceContext, 'logger' | 'metrics' | 'service'>;
};

const tickMs = 250;
const lookMs = 1000;
/** What these say is looked at again before each signature. */
const looksAgain = ['tree', 'entries', 'directory', 'git'];

/**
 * Signs the log's head: every so many events or seconds, and when it is asked to. Any number of
 * instances may: the log takes one.
 */
@Injectable()
export class Publisher {
  readonly #parts: PublisherParts;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> = Promise.resolve();
  #stopped = true;
  #looked = false;
  #looksAt = 0;
  #complained = '';
  /**
   * Where the tree was when nothing was due to be signed, and until when that need not be looked at
   * again.
   */
  #rest: { readonly position: string; readonly until: number } | null = null;

  constructor(
    trees: Trees,
    keys: KeyFolder,
    log: CheckpointLog,
    ledger: EntryLedger,
    inconsistencies: Inconsistencies,
    mirrors: MirrorSet,
    config: AuditConfig,
    @Inject(SERVICE_CONTEXT) context: ServiceContext,
  ) {
    this.#parts = { trees, keys, log, ledger, inconsistencies, mirrors, config, context };
  }

  start(): void {
    this.#stopped = false;
    this.#next();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#ticking;
  }

  /** For the health checks: throws where nothing can be signed. */
  async check(): Promise<void> {
    this.#parts.inconsistencies.refuse();
    await this.#parts.keys.read();
  }

  /**
   * Signs the log's head where it has grown by more than what is about the tree; answers the head
   * that stands last then, null where there is nothing to sign. Throws `no-checkpoint` where there
   * is no key, `tree-inconsistent` where the head contradicts what was signed, `stale-revision`
   * where another was faster.
   */
  async publish(): Promise<Head | null> {
    const {
      trees,
      keys,
      log,
      inconsistencies,
      mirrors,
      context: { logger },
    } = this.#parts;
    const upTo = trees.runner.position();
    await this.#takeFindings(upTo, await trees.readingAll((db) => trees.findings(db)));
    inconsistencies.refuse(looksAgain);
    const { chain, signer, key } = await keys.read();
    const { last } = await log.read();
    const held = await mirrors.held();
    const head = await trees.readingAll(async (db) => {
      const reader = new TreeReader(db, wholeTree);
      const { size, substance } = await trees.head(db);
      if (size < (last?.size ?? 0))
        throw new ProblemError('read-model-behind', 'the tree is not yet where it was signed last');
      if (last !== null) await this.#extended(last, size, reader);
      await mirrors.compare(held, reader, db, chain);
      if (substance <= (last?.size ?? 0)) return null;
      return { ...(await headAt(reader, size)), tenants: await this.#tenants(size, db) };
    });
    inconsistencies.refuse();
    if (head === null) return last;
    if (await log.adopt(chain)) logger.info({ key }, 'the log has a new key');
    const { size, root, position, tenants } = head;
    const checkpoint = { origin: log.origin, size, root };
    const text = checkpointText({ ...checkpoint, root: fromBase64(root)!, tenants });
    const note = noteOf(text, [signText(text, signer)]);
    await log.write(`publish:${size}:${root}`, {
      kind: 'publish',
      checkpoint,
      position,
      note,
      key,
      after: last,
    });
    return { size, root };
  }

  /**
   * INVARIANT: a head is signed only after its tree was proven to extend the head that stands last
   * in the log.
   */
  async #extended(last: Head, size: number, reader: TreeReader): Promise<void> {
    const signed = fromBase64(last.root) ?? new Uint8Array();
    const [is, root] = [await reader.root(last.size), await reader.root(size)];
    if (
      !verifyConsistency(last.size, size, await consistencyProof(reader.nodes, last.size, size), signed, root)
    ) {
      const detail = `the root over ${last.size} leaves was signed as ${last.root} and is ${toBase64(is)}`;
      await this.#contradicted('tree', last.size, detail);
    }
    await this.#parts.inconsistencies.resolved('tree', 'the stored tree is what was signed');
  }

  /**
   * INVARIANT: what is signed of the tenants comes from the entries, none of which is missing or
   * there twice.
   */
  async #tenants(size: number, db: Transaction<TreeDatabase>): Promise<TenantsHead> {
    const found = await this.#parts.ledger.upTo(size, db);
    if ('fault' in found) {
      // INVARIANT: what was found is an event, which the tree grows by; it is said once, or each
      // look would say it anew of a larger tree.
      const known = this.#parts.inconsistencies.all().find(({ source }) => source === 'entries');
      return this.#contradicted('entries', known?.size ?? size, known?.detail ?? found.fault);
    }
    await this.#parts.inconsistencies.resolved('entries', 'the entries are those of the tree');
    return found.tenants;
  }

  async #contradicted(source: string, size: number, detail: string): Promise<never> {
    await this.#parts.inconsistencies.found(source, size, detail);
    throw new ProblemError('tree-inconsistent', detail);
  }

  #next(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(
      () => {
        this.#ticking = this.#tick()
          .catch((error: unknown) => {
            this.#complain(error);
          })
          .finally(() => {
            this.#next();
          });
      },
      tickMs * (0.75 + Math.random() / 2),
    );
  }

  async #tick(): Promise<void> {
    const { trees } = this.#parts;
    if (trees.runner.state() !== 'following') return;
    const reached = trees.runner.position();
    const position = reached === null ? '' : positionText(reached);
    if (this.#rest?.position === position && performance.now() < this.#rest.until) return;
    this.#rest = null;
    const { findings, head } = await trees.readingAll(async (db) => ({
      findings: await trees.findings(db),
      head: await trees.head(db),
    }));
    await this.#takeFindings(reached, findings);
    this.#measure(head);
    const wait = this.#dueInMs(head);
    if (!this.#looked || this.#looksAgain() || wait === 0) await this.#publishDue();
    // Where nothing came, what is to be signed is not due yet, and only what other instances say is
    // new.
    if (wait > 0) this.#rest = { position, until: performance.now() + Math.min(lookMs, wait) };
  }

  /**
   * True where the tree is looked at again although there may be nothing new to sign: what
   * contradicted it may be over.
   */
  #looksAgain(): boolean {
    const { inconsistencies, mirrors } = this.#parts;
    if (!mirrors.isActive || performance.now() < this.#looksAt) return false;
    this.#looksAt = performance.now() + lookMs;
    return inconsistencies.all().some(({ source }) => looksAgain.includes(source));
  }

  /**
   * The first look compares what mirrors hold even where there is nothing new to sign, or nothing
   * at all.
   */
  async #publishDue(): Promise<void> {
    if (this.#stopped) return;
    this.#looked = true;
    try {
      await this.publish();
      this.#complained = '';
    } catch (error) {
      const lostRace =
        isProblem(error, 'stale-revision') ||
        isProblem(error, 'wrong-state') ||
        isProblem(error, 'read-model-behind');
      if (!lostRace) this.#complain(error);
    }
  }

  /**
   * How long the head may wait for its signature if nothing more comes; for ever where there is
   * nothing to sign.
   */
  #dueInMs({ size, substance, publishedSize, publishedAt }: TreeHead): number {
    const { AUDIT_CHECKPOINT_EVENTS: events, AUDIT_CHECKPOINT_SECONDS: seconds } = this.#parts.config;
    if (substance <= publishedSize) return Infinity;
    if (size - publishedSize >= events || publishedAt === null) return 0;
    return Math.max(0, publishedAt.getTime() + seconds * 1000 - Date.now());
  }

  /**
   * What the log says that was found, and what the trees' builder found in it, stand in tables, for
   * every instance.
   */
  async #takeFindings(upTo: Position | null, { said, found }: Findings): Promise<void> {
    const { trees, inconsistencies, mirrors } = this.#parts;
    inconsistencies.take(
      said.map(({ found_by: source, size, detail }) => ({ source, size: Number(size), detail })),
      upTo,
    );
    for (const { size, detail } of found) await inconsistencies.found('log', Number(size), detail);
    // While the trees are built, what contradicts may not have been passed yet.
    if (trees.runner.state() !== 'following') return;
    if (found.length === 0)
      await inconsistencies.resolved('log', 'the tree was built again from a log that agrees');
    await mirrors.release();
  }

  #measure({ size, substance, publishedSize, publishedAt }: TreeHead): void {
    const {
      context: { metrics, service },
      trees,
    } = this.#parts;
    const waits = substance > publishedSize && publishedAt !== null;
    const oldest = waits ? (Date.now() - publishedAt.getTime()) / 1000 : 0;
    gaugeOf(metrics, 'audit_checkpoint_age_seconds').set({ service }, oldest);
    gaugeOf(metrics, 'audit_tree_events').set({ service }, size);
    gaugeOf(metrics, 'audit_tree_lag_seconds').set({ service }, trees.runner.lagSeconds());
  }

  #complain(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (text !== this.#complained)
      this.#parts.context.logger.error({ err: error }, 'a checkpoint could not be signed');
    this.#complained = text;
  }
}
