import { Inject, Injectable } from '@nestjs/common';
import { actorKey, type Actor } from '@interlock/contracts';
import {
  type CommandContext,
  type EventStore,
  positionOrNull,
  positionText,
  ProblemError,
  uuidV5,
} from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import {
  bundleDecider,
  bundleStream,
  FlipCollector,
  refuseStaleApproval,
  refuseUnread,
  RuleIndex,
  type BundleApproval,
  type FlipList,
} from '@interlock/policy';
import { flipListEvaluations } from './approvals.dto.js';
import { BundleHandler } from '../handlers.js';
import { present, type PresentBundle } from '../bundles/present.js';
import { rangeOf, type AskedRange } from '../simulate/range.js';
import { EvaluationsRunner } from '../runners.js';
import { RecordedEvaluations } from '../simulate/recorded-evaluations.js';
import { Slices } from '../simulate/slices.js';
import { TenantRules } from '../simulate/tenant-rules.js';

export type MadeFlipList = {
  readonly list: FlipList;
  readonly revision: bigint;
  readonly position: string | null;
};
export type GivenApproval = {
  readonly approval: BundleApproval;
  readonly state: PresentBundle;
  readonly revision: bigint;
  readonly position: string | null;
};
type Approver = { readonly actor: Actor; readonly refused_as: readonly string[] };
type Approval = { readonly bundle_hash?: string; readonly flip_list_hash?: string; readonly note: string };

/** Makes flip lists of bundles, and records adoptions and approvals. */
@Injectable()
export class ApprovalsService {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly evaluations: EvaluationsRunner,
    private readonly bundles: BundleHandler,
    private readonly tenant: TenantRules,
  ) {}

  /**
   * Replays the bundle over recorded evaluations and records the decisions that would change. A
   * repeat of the same command returns its list. Throws `not-found`, or `approval-mismatch` if the
   * bundle changed meanwhile.
   */
  async makeFlipList(
    tenantId: string,
    bundleId: string,
    asked: AskedRange,
    context: CommandContext,
  ): Promise<MadeFlipList> {
    const made = await this.#last(tenantId, bundleId, context.commandId);
    return made ?? this.#make(tenantId, bundleId, asked, context);
  }

  /** Returns the last list. Throws `not-found`. */
  async flipList(tenantId: string, bundleId: string): Promise<MadeFlipList> {
    present((await this.bundles.load(bundleStream(tenantId, bundleId))).state, bundleId);
    const list = await this.#last(tenantId, bundleId);
    if (list === null)
      throw new ProblemError('not-found', `no flip list was made of bundle \`${bundleId.slice(0, 64)}\``, {
        remedy: 'make one',
      });
    return list;
  }

  /**
   * Makes a person the author of a draft that has no person as its author.
   * Throws `not-found`, `not-a-draft`, `person-required`, `approval-mismatch` if the hash differs,
   * or `wrong-state` if a person is the author.
   */
  async adopt(
    tenantId: string,
    bundleId: string,
    actor: Actor,
    looked: string,
    context: CommandContext,
  ): Promise<{ readonly state: PresentBundle; readonly revision: bigint; readonly position: string | null }> {
    const result = await this.bundles.handle(
      bundleStream(tenantId, bundleId),
      { kind: 'AdoptBundle', actor, bundle_hash: looked },
      context,
    );
    return {
      state: present(result.state, bundleId),
      revision: result.revision,
      position: positionOrNull(result.position),
    };
  }

  /**
   * Approves the bundle and the flip list by the hashes that the person read, against the bundle
   * that is active now.
   * Throws `same-person`, `person-required`, `digest-required`, `approval-mismatch`,
   * `approval-stale`, `flip-note-required`.
   */
  async approve(
    tenantId: string,
    bundleId: string,
    { actor, refused_as }: Approver,
    approval: Approval,
    context: CommandContext,
  ): Promise<GivenApproval> {
    const stream = bundleStream(tenantId, bundleId);
    const approvalId = uuidV5('approval', tenantId, bundleId, context.commandId);
    const state = present((await this.bundles.load(stream)).state, bundleId);
    const { flip_list_hash: named, ...given } = approval;
    const command = {
      kind: 'ApproveBundle',
      actor,
      refused_as,
      needs_author: true,
      approval_id: approvalId,
      ...given,
    } as const;
    // A repeat returns the approval that it gave, even if the bundle has changed since.
    if (!state.approvals.some((one) => one.approval_id === approvalId)) {
      bundleDecider.decide(command, state);
      refuseUnread(bundleId, 'flip-list', named, state.flip_list?.flip_list_hash);
      refuseStaleApproval(
        { approval_id: 'to be given', ...state.flip_list! },
        (await this.tenant.active(tenantId, state.team ?? null))?.bundle_hash ?? null,
      );
    }
    const result = await this.bundles.handle(
      stream,
      { ...command, ...(named === undefined ? {} : { flip_list_hash: named }) },
      context,
    );
    const after = present(result.state, bundleId);
    const made = after.approvals.findLast(
      (one) => one.approved_by === actorKey(actor) && one.flip_list_hash === (named ?? null),
    );
    if (made === undefined) throw new ProblemError('wrong-state', 'the bundle was deleted meanwhile');
    return {
      approval: made,
      state: after,
      revision: result.revision,
      position: positionOrNull(result.position),
    };
  }

  async #make(
    tenantId: string,
    bundleId: string,
    asked: AskedRange,
    context: CommandContext,
  ): Promise<MadeFlipList> {
    const stream = bundleStream(tenantId, bundleId);
    const range = rangeOf(asked, context.now, flipListEvaluations.usual);
    const { state } = await this.bundles.load(stream);
    const { content, bundle_hash: hash, team = null } = present(state, bundleId);
    const until = (await this.store.head()) ?? { commit: 0n, prepare: 0n };
    const [active, policies, governed] = [
      await this.tenant.active(tenantId, team),
      await this.tenant.guardrails(tenantId, until),
      await this.tenant.governed(tenantId, team),
    ];
    const flips = new FlipCollector(new RuleIndex(content.rules), active?.rules ?? null, policies);
    const evaluations = new RecordedEvaluations(this.evaluations, tenantId, { ...range, until }, governed);
    const slices = new Slices();
    for await (const evaluation of evaluations) {
      flips.add(evaluation);
      await slices.turn();
    }
    const list = flips.list({
      bundle_id: bundleId,
      version: content.version,
      bundle_hash: hash,
      against_hash: active?.bundle_hash ?? null,
      from: range.from,
      to: range.to,
      position: positionText(until),
      capped: evaluations.capped,
    });
    const result = await this.bundles.handle(stream, { kind: 'RecordFlipList', list }, context);
    return {
      list,
      revision: result.revision,
      position: positionOrNull(result.position),
    };
  }

  async #last(tenantId: string, bundleId: string, commandId?: string): Promise<MadeFlipList | null> {
    for await (const { type, data, metadata, revision, position } of this.store.read(
      bundleStream(tenantId, bundleId),
      { backwards: true },
    )) {
      if (type === 'BundleDeleted') return null;
      if (type === 'FlipListMade' && (commandId === undefined || metadata.command_id === commandId))
        return { list: data as FlipList, revision, position: positionText(position) };
    }
    return null;
  }
}
