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
} from '@interlock/tree';
import { gaugeOf, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { AuditConfig } from '../config.js';
import { MirrorSet } from '../mirrors/mirror-set.js';
import type { TreeReader } from '../tree/tree-reader.js';
import { headAt, Trees, type Findings, type TreeHead } from '../tree/trees.js';
import { CheckpointLog } from './checkpoint-log.js';
import { Inconsistencies } from './inconsistencies.js';
import { KeyFolder } from './key-folder.js';

type PublisherParts = {
  readonly trees: Trees;
  readonly keys: KeyFolder;
  readonly log: CheckpointLog;
  readonly inconsistencies: Inconsistencies;
  readonly mirrors: MirrorSet;
  readonly config: AuditConfig;
  readonly context: Pick<ServiceContext, 'logger' | 'metrics' | 'service'>;
};

const tickMs = 250;
const lookMs = 1000;
/** What these say of a tree is looked at again before each signature of it. */
const looksAgain = ['tree', 'directory', 'git'];

/** Signs the trees' heads: every so many events or seconds, and when it is asked to. Any number of instances may: the log takes one. */
@Injectable()
export class Publisher {
  readonly #parts: PublisherParts;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> = Promise.resolve();
  #stopped = true;
  #looked = false;
  #looksAt = 0;
  #complained = '';
  /** Where the trees were when nothing was due to be signed, and until when that need not be looked at again. */
  #rest: { readonly position: string; readonly until: number } | null = null;

  constructor(
    @Inject(Trees) trees: Trees,
    @Inject(KeyFolder) keys: KeyFolder,
    @Inject(CheckpointLog) log: CheckpointLog,
    @Inject(Inconsistencies) inconsistencies: Inconsistencies,
    @Inject(MirrorSet) mirrors: MirrorSet,
    @Inject(AuditConfig) config: AuditConfig,
    @Inject(SERVICE_CONTEXT) context: ServiceContext,
  ) {
    this.#parts = { trees, keys, log, inconsistencies, mirrors, config, context };
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
   * Signs a tree's head where it has grown by more than what is about trees; answers the head that stands last then, null where there is nothing to sign.
   * Throws `no-checkpoint` where there is no key, `tree-inconsistent` where the head contradicts what was signed, `stale-revision` where another was faster.
   */
  async publish(tree: string): Promise<Head | null> {
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
    inconsistencies.refuse(tree, looksAgain);
    const { chain, signer, key } = await keys.read();
    const { last } = await log.read(tree);
    const held = await mirrors.held(tree);
    const head = await trees.reading(tree, async (reader, db) => {
      const { size, substance } = await trees.head(tree, db);
      if (size < (last?.size ?? 0))
        throw new ProblemError('read-model-behind', 'the tree is not yet where it was signed last');
      if (last !== null) await this.#extended(tree, last, size, reader);
      await mirrors.compare(held, tree, reader, db, chain);
      return substance > (last?.size ?? 0) ? headAt(reader, size) : null;
    });
    inconsistencies.refuse(tree);
    if (head === null) return last;
    if (await log.adopt(chain)) logger.info({ key }, 'the log has a new key');
    const { size, root, position } = head;
    const checkpoint = { origin: log.originOf(tree), size, root };
    const text = checkpointText({ ...checkpoint, root: fromBase64(root)! });
    const note = noteOf(text, [signText(text, signer)]);
    await log.write(tree, `publish:${size}:${root}`, {
      kind: 'publish',
      checkpoint,
      position,
      note,
      key,
      after: last,
    });
    return { size, root };
  }

  /** INVARIANT: a head is signed only after its tree was proven to extend the head that stands last in the log. */
  async #extended(tree: string, last: Head, size: number, reader: TreeReader): Promise<void> {
    const signed = fromBase64(last.root) ?? new Uint8Array();
    const [is, root] = [await reader.root(last.size), await reader.root(size)];
    if (
      !verifyConsistency(last.size, size, await consistencyProof(reader.nodes, last.size, size), signed, root)
    ) {
      const detail = `the root over ${last.size} leaves was signed as ${last.root} and is ${toBase64(is)}`;
      await this.#parts.inconsistencies.found('tree', tree, last.size, detail);
      throw new ProblemError('tree-inconsistent', detail);
    }
    await this.#parts.inconsistencies.resolved('tree', tree, 'the stored tree is what was signed');
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
    const { findings, unsigned, whole } = await trees.readingAll(async (db) => ({
      findings: await trees.findings(db),
      unsigned: await trees.unsigned(db),
      whole: await trees.head(wholeTree, db),
    }));
    await this.#takeFindings(reached, findings);
    this.#measure(unsigned, whole);
    if (!this.#looked) await this.#lookAtAll();
    const due = unsigned.filter((head) => this.#dueInMs(head) === 0).map(({ tree }) => tree);
    for (const tree of new Set([...this.#contradicted(), ...due])) {
      if (this.#stopped) return;
      await this.#publishDue(tree);
    }
    // Where nothing came, what is to be signed is not due yet, and only what other instances say is new.
    const wait = Math.min(lookMs, ...unsigned.map((head) => this.#dueInMs(head)));
    if (wait > 0) this.#rest = { position, until: performance.now() + wait };
  }

  /** Trees that are looked at again although there may be nothing new to sign of them: what contradicted them may be over. */
  #contradicted(): readonly string[] {
    const { inconsistencies, mirrors } = this.#parts;
    if (!mirrors.isActive || performance.now() < this.#looksAt) return [];
    this.#looksAt = performance.now() + lookMs;
    return inconsistencies
      .all()
      .filter(({ source }) => looksAgain.includes(source))
      .map(({ tree }) => tree);
  }

  /** Once, when the trees have caught up: what mirrors hold is compared even where there is nothing new to sign, or nothing at all. */
  async #lookAtAll(): Promise<void> {
    const { trees } = this.#parts;
    const rows = await trees.readingAll((db) => db.selectFrom('trees').select('tree').execute());
    for (const tree of new Set([wholeTree, ...rows.map((row) => row.tree)]))
      if (!this.#stopped) await this.#publishDue(tree);
    this.#looked = true;
  }

  async #publishDue(tree: string): Promise<void> {
    try {
      await this.publish(tree);
      this.#complained = '';
    } catch (error) {
      const lostRace =
        isProblem(error, 'stale-revision') ||
        isProblem(error, 'wrong-state') ||
        isProblem(error, 'read-model-behind');
      if (!lostRace) this.#complain(error);
    }
  }

  /** How long a tree's head may wait for its signature if nothing more comes. */
  #dueInMs({ size, publishedSize, publishedAt }: TreeHead): number {
    const { AUDIT_CHECKPOINT_EVENTS: events, AUDIT_CHECKPOINT_SECONDS: seconds } = this.#parts.config;
    if (size - publishedSize >= events || publishedAt === null) return 0;
    return Math.max(0, publishedAt.getTime() + seconds * 1000 - Date.now());
  }

  /** What the log says that was found, and what the trees' builder found in it, stand in tables, for every instance. */
  async #takeFindings(upTo: Position | null, { said, found }: Findings): Promise<void> {
    const { trees, inconsistencies, mirrors } = this.#parts;
    inconsistencies.take(
      said.map(({ found_by: source, tree, size, detail }) => ({ source, tree, size: Number(size), detail })),
      upTo,
    );
    for (const { tree, size, detail } of found)
      await inconsistencies.found('log', tree, Number(size), detail);
    // While the trees are built, what contradicts may not have been passed yet.
    if (trees.runner.state() !== 'following') return;
    for (const { source, tree } of inconsistencies.all())
      if (source === 'log' && !found.some((row) => row.tree === tree))
        await inconsistencies.resolved('log', tree, 'the tree was built again from a log that agrees');
    await mirrors.release();
  }

  #measure(unsigned: readonly TreeHead[], whole: TreeHead): void {
    const {
      context: { metrics, service },
      trees,
    } = this.#parts;
    const oldest = unsigned.reduce(
      (age, { publishedAt }) =>
        Math.max(age, publishedAt === null ? 0 : (Date.now() - publishedAt.getTime()) / 1000),
      0,
    );
    gaugeOf(
      metrics,
      'audit_checkpoint_age_seconds',
      'age of the oldest checkpoint among the trees that have grown since',
      ['service'],
    ).set({ service }, oldest);
    gaugeOf(metrics, 'audit_tree_size', 'leaves of the tree over the whole log', ['service']).set(
      { service },
      whole.size,
    );
    gaugeOf(
      metrics,
      'audit_tree_lag',
      'seconds that the oldest event has waited to be appended to the trees',
      ['service'],
    ).set({ service }, trees.runner.lagSeconds());
  }

  #complain(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (text !== this.#complained)
      this.#parts.context.logger.error({ err: error }, 'a checkpoint could not be signed');
    this.#complained = text;
  }
}
