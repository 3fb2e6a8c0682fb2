import { collect, CommandHandler, positionText, ProblemError, uuidV5, type CommandContext, type CommandResult, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { backoff } from '@interlock/platform';
import {
  bundleDecider, bundleIdOf, bundleStream, checkBundle, exportsStream, rolloutDecider, rolloutStream, validApproval,
  type ActiveBundle, type BundleActivated, type BundleCommand, type BundleEvent, type BundleState,
} from '@interlock/policy';
import type { Actor } from '@interlock/contracts';
import { Catalogue } from './catalogue.js';

export type WrittenBundle = { readonly state: Exclude<BundleState, { status: 'none' }>; readonly revision: bigint; readonly position: string | null };
export type ActivatedBundle = WrittenBundle & { readonly active: ActiveBundle };

const position = (result: { readonly position: CommandResult<BundleEvent, BundleState>['position'] }): string | null => (result.position === null ? null : positionText(result.position));

/** Commands on bundles and their rollout. */
export class BundlesService {
  readonly #bundles;
  readonly #rollouts;

  constructor(private readonly store: EventStore, private readonly catalogue: Catalogue) {
    this.#bundles = new CommandHandler(store, bundleDecider, { backoff });
    this.#rollouts = new CommandHandler(store, rolloutDecider, { backoff });
  }

  async create(tenantId: string, body: unknown, context: CommandContext): Promise<WrittenBundle> {
    const content = checkBundle(body, await this.catalogue.fields(tenantId));
    const bundleId = bundleIdOf(tenantId, content.version);
    return this.#write(tenantId, bundleId, { type: 'CreateBundle', bundle_id: bundleId, content, source: 'api' }, context);
  }

  async update(tenantId: string, bundleId: string, body: unknown, context: CommandContext): Promise<WrittenBundle> {
    const content = checkBundle(body, await this.catalogue.fields(tenantId));
    return this.#write(tenantId, bundleId, { type: 'UpdateBundle', content }, context);
  }

  delete(tenantId: string, bundleId: string, context: CommandContext): Promise<WrittenBundle> {
    return this.#write(tenantId, bundleId, { type: 'DeleteBundle' }, context);
  }

  approve(tenantId: string, bundleId: string, actor: Actor, approval: { readonly bundle_hash?: string; readonly note?: string }, context: CommandContext): Promise<WrittenBundle> {
    const { bundle_hash, note = '' } = approval;
    const approvalId = uuidV5('approval', tenantId, bundleId, context.commandId);
    return this.#write(tenantId, bundleId, { type: 'ApproveBundle', actor, approval_id: approvalId, note, ...(bundle_hash === undefined ? {} : { bundle_hash }) }, context);
  }

  /**
   * Releases the bundle, then makes it the active one. A crash between the two leaves a released bundle that nobody goes by;
   * the same call again goes on from there.
   */
  async activate(tenantId: string, bundleId: string, approvalId: string | undefined, context: CommandContext): Promise<ActivatedBundle> {
    const released = await this.#write(tenantId, bundleId, { type: 'ReleaseBundle', ...(approvalId === undefined ? {} : { approval_id: approvalId }) }, context);
    const approval = validApproval(released.state, approvalId);
    const result = await this.#rollouts.handle(rolloutStream(tenantId), {
      type: 'ActivateBundle', bundle_id: bundleId, bundle_version: released.state.content.version, bundle_hash: released.state.bundle_hash, approval_id: approval.approval_id, canary_pct: 100,
    }, context);
    const { active } = result.state;
    if (active === null || active.bundle_id !== bundleId) throw new ProblemError('wrong-state', `bundle \`${released.state.content.version}\` was superseded meanwhile`);
    return { state: released.state, revision: released.revision, position: position(result), active };
  }

  /** Every event of one bundle, its rollout's and its exports among them, in the log's order. Throws `not-found`. */
  async history(tenantId: string, bundleId: string): Promise<readonly object[]> {
    const own = await collect(this.store.read(bundleStream(tenantId, bundleId)));
    if (own.length === 0) throw new ProblemError('not-found', `there is no bundle \`${bundleId.slice(0, 64)}\``);
    const rollout = (await collect(this.store.read(rolloutStream(tenantId)))).filter(({ data }) => {
      const activated = data as BundleActivated['data'];
      return activated.bundle_id === bundleId || activated.previous_bundle_id === bundleId;
    });
    const exported = await collect(this.store.read(exportsStream(tenantId, bundleId)));
    return [...own, ...rollout, ...exported].sort((a, b) => (a.position.commit < b.position.commit ? -1 : 1)).map(historyItem);
  }

  async #write(tenantId: string, bundleId: string, command: BundleCommand, context: CommandContext): Promise<WrittenBundle> {
    const result = await this.#bundles.handle(bundleStream(tenantId, bundleId), command, context);
    if (result.state.status === 'none') throw new ProblemError('not-found', `there is no bundle \`${bundleId.slice(0, 64)}\``);
    return { state: result.state, revision: result.revision, position: position(result) };
  }
}

const historyItem = (event: RecordedEvent): object =>
  ({ type: event.type, at: event.metadata.occurred_at, actor: event.metadata.actor, revision: `${event.revision}`, stream: event.stream, position: positionText(event.position), data: event.data });
