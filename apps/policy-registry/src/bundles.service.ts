import { collect, CommandHandler, positionText, ProblemError, uuidV5, type CommandContext, type CommandResult, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { backoff } from '@interlock/platform';
import {
  bundleDecider, bundleIdOf, bundleStream, checkBundle, rolloutStream,
  type BundleCommand, type BundleEvent, type BundleState,
} from '@interlock/policy';
import type { Actor } from '@interlock/contracts';
import { Catalogue } from './catalogue.js';

export type WrittenBundle = { readonly state: Exclude<BundleState, { status: 'none' }>; readonly revision: bigint; readonly position: string | null };

const position = (result: { readonly position: CommandResult<BundleEvent, BundleState>['position'] }): string | null => (result.position === null ? null : positionText(result.position));

/** Commands on bundles. */
export class BundlesService {
  readonly #bundles;

  constructor(private readonly store: EventStore, private readonly catalogue: Catalogue) {
    this.#bundles = new CommandHandler(store, bundleDecider, { backoff });
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

  /** Every event of one bundle, its rollout's among them, in the log's order. Throws `not-found`. */
  async history(tenantId: string, bundleId: string): Promise<readonly object[]> {
    const own = await collect(this.store.read(bundleStream(tenantId, bundleId)));
    if (own.length === 0) throw new ProblemError('not-found', `there is no bundle \`${bundleId.slice(0, 64)}\``);
    const rollout = (await collect(this.store.read(rolloutStream(tenantId)))).filter(({ data }) =>
      ['bundle_id', 'previous_bundle_id', 'restored_bundle_id', 'withdrawn_canary_id'].some((name) => (data as { readonly [name: string]: unknown })[name] === bundleId));
    return [...own, ...rollout].sort((a, b) => (a.position.commit < b.position.commit ? -1 : 1)).map(historyItem);
  }

  async #write(tenantId: string, bundleId: string, command: BundleCommand, context: CommandContext): Promise<WrittenBundle> {
    const result = await this.#bundles.handle(bundleStream(tenantId, bundleId), command, context);
    if (result.state.status === 'none') throw new ProblemError('not-found', `there is no bundle \`${bundleId.slice(0, 64)}\``);
    return { state: result.state, revision: result.revision, position: position(result) };
  }
}

const historyItem = (event: RecordedEvent): object =>
  ({ type: event.type, at: event.metadata.occurred_at, actor: event.metadata.actor, revision: `${event.revision}`, stream: event.stream, position: positionText(event.position), data: event.data });
