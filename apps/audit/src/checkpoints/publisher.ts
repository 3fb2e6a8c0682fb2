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
/** Contradictions from these sources are checked again before each signature. */
const looksAgain = ['tree', 'entries', 'directory', 'git'];

/**
 * Signs the log's head after a number of events or seconds, and on request. Several instances may
 * sign; the log accepts one signature.
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
   * The tree's position when nothing was due, and the time until which it need not be checked
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

  /** For the health checks: throws if nothing can be signed. */
  async check(): Promise<void> {
    this.#parts.inconsistencies.refuse();
    await this.#parts.keys.read();
  }

  /**
   * Signs the log's head if the log has grown by events other than those about the tree. Returns
   * the latest signed head; null if there is nothing to sign. Throws `no-checkpoint` if there is no
   * key, `tree-inconsistent` if the head contradicts an earlier one, `stale-revision` if another
   * instance was faster.
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
   * Verifies a head before its signature. INVARIANT: a head is signed only after a proof that its
   * tree extends the last head in the log.
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
   * Returns the tenants' part of a checkpoint. INVARIANT: the signed heads of the tenants are
   * computed from the entries, and each entry occurs exactly once.
   */
  async #tenants(size: number, db: Transaction<TreeDatabase>): Promise<TenantsHead> {
    const found = await this.#parts.ledger.upTo(size, db);
    if ('fault' in found) {
      // INVARIANT: a finding is reported once. Its event enlarges the tree, so each check would
      // otherwise report it again for a larger tree.
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
          .catch((error: unknown) => this.#complain(error))
          .finally(() => this.#next());
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
    // Until new events arrive, nothing is due before `wait` has passed. Only reports of other
    // instances can be new.
    if (wait > 0) this.#rest = { position, until: performance.now() + Math.min(lookMs, wait) };
  }

  /**
   * Returns true if the tree must be checked although nothing new is due, because a contradiction
   * may be over.
   */
  #looksAgain(): boolean {
    const { inconsistencies, mirrors } = this.#parts;
    if (!mirrors.isActive || performance.now() < this.#looksAt) return false;
    this.#looksAt = performance.now() + lookMs;
    return inconsistencies.all().some(({ source }) => looksAgain.includes(source));
  }

  /**
   * Publishes what is due. The first call also compares the mirrors, even if there is nothing to
   * sign.
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
   * Returns the milliseconds until the head must be signed if no event arrives. Infinity if there
   * is nothing to sign.
   */
  #dueInMs({ size, substance, publishedSize, publishedAt }: TreeHead): number {
    const { AUDIT_CHECKPOINT_EVENTS: events, AUDIT_CHECKPOINT_SECONDS: seconds } = this.#parts.config;
    if (substance <= publishedSize) return Infinity;
    if (size - publishedSize >= events || publishedAt === null) return 0;
    return Math.max(0, publishedAt.getTime() + seconds * 1000 - Date.now());
  }

  /**
   * Takes the findings from the tables that all instances share: those that the log reports, and
   * those of the trees' builder.
   */
  async #takeFindings(upTo: Position | null, { said, found }: Findings): Promise<void> {
    const { trees, inconsistencies, mirrors } = this.#parts;
    inconsistencies.take(
      said.map(({ found_by: source, size, detail }) => ({ source, size: Number(size), detail })),
      upTo,
    );
    for (const { size, detail } of found) await inconsistencies.found('log', Number(size), detail);
    // While the trees are built, the contradicting event may not have been reached yet.
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
