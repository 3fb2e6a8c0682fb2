import type { BundleEventDto } from './bundles-answers.dto.js';
import { Inject, Injectable } from '@nestjs/common';
import {
  collect,
  type CommandContext,
  comparePositions,
  type EventStore,
  isProblem,
  positionOrNull,
  positionText,
  ProblemError,
  type RecordedEvent,
} from '@interlock/kernel';
import { EVENT_STORE, type Principal } from '@interlock/platform';
import { pageByIndex, type Page, type PageAsked } from '@interlock/postgres';
import {
  bundleDecider,
  bundleIdOf,
  bundleStream,
  checkBundle,
  exportsStream,
  nextVersion,
  rolloutStream,
  type BundleCommand,
  type BundleContent,
  type BundleInput,
  type BundleState,
  type VersionStep,
} from '@interlock/policy';
import type { Notes } from './bundle-notes.js';
import { Catalogue } from '../policies/catalogue.js';
import { BundleHandler, RolloutHandler } from '../handlers.js';
import { isUuid, noSuchBundle, present, type PresentBundle } from './present.js';
import { TeamsService } from '../teams/teams.service.js';
import { teamForNew } from '../teams/visibility.js';

export type WrittenBundle = {
  readonly state: PresentBundle;
  readonly revision: bigint;
  readonly position: string | null;
};

/** Commands on bundles. */
@Injectable()
export class BundlesService {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly bundles: BundleHandler,
    private readonly rollouts: RolloutHandler,
    private readonly catalogue: Catalogue,
    private readonly teams: TeamsService,
  ) {}

  /** Returns the bundle's state from the log; `none` if it never existed. */
  async stateOf(tenantId: string, bundleId: string): Promise<BundleState> {
    return isUuid(bundleId)
      ? (await this.bundles.load(bundleStream(tenantId, bundleId))).state
      : bundleDecider.initial;
  }

  /** Throws `not-found`, also for a deleted bundle. */
  async present(tenantId: string, bundleId: string): Promise<PresentBundle> {
    return present(await this.stateOf(tenantId, bundleId), bundleId);
  }

  /**
   * Returns the bundle that a new one of this team would replace: the team's active one, or else
   * the tenant's. Returns undefined if there is neither.
   */
  async predecessor(tenantId: string, team: string | null): Promise<BundleContent | undefined> {
    const {
      state: { active },
    } = await this.rollouts.load(rolloutStream(tenantId, team ?? undefined));
    if (active === null) return team === null ? undefined : this.predecessor(tenantId, null);
    const state = await this.stateOf(tenantId, active.bundle_id);
    return state.status === 'none' ? undefined : state.content;
  }

  async create(
    tenantId: string,
    body: unknown,
    notes: Notes,
    principal: Pick<Principal, 'teams'>,
    context: CommandContext,
  ): Promise<WrittenBundle> {
    const checked = checkBundle(body, await this.catalogue.fields(tenantId));
    const bundleId = bundleIdOf(tenantId, checked.version);
    const team = await this.#team(tenantId, principal, (body as BundleInput).team);
    const content = { ...checked, notes: await notes(checked.notes, bundleId, null) };
    return this.#write(
      tenantId,
      bundleId,
      { kind: 'CreateBundle', bundle_id: bundleId, content, source: 'api', ...team },
      context,
    );
  }

  /**
   * Creates a draft from any version, with the given version or the next free one. `repeatable`
   * says that the command may be a repeat, which returns the first result.
   */
  async clone(
    tenantId: string,
    bundleId: string,
    asked: CloneRequest,
    notesAs: Notes,
    principal: Pick<Principal, 'teams'>,
    context: CommandContext,
  ): Promise<WrittenBundle> {
    const from = await this.present(tenantId, bundleId);
    const team = await this.#team(tenantId, principal, asked.team === undefined ? from.team : asked.team);
    const taken = asked.taken === null ? new Set<string>() : new Set(asked.taken);
    const fields = await this.catalogue.fields(tenantId);
    for (
      let version = asked.version ?? nextVersion(from.content.version, asked.bump);
      ;
      version = nextVersion(version, asked.bump)
    ) {
      if (asked.version === undefined && taken.has(version)) continue;
      const { rules, notes, metadata } = from.content;
      const id = bundleIdOf(tenantId, version);
      const content = {
        ...checkBundle({ version, rules, notes: asked.notes ?? notes, metadata }, fields),
        notes: asked.notes === undefined ? notes : await notesAs(asked.notes, id, notes),
      };
      const cloned_from = {
        bundle_id: from.bundle_id,
        version: from.content.version,
        bundle_hash: from.bundle_hash,
        ...(from.status === 'draft' ? { authors: from.authors } : {}),
      };
      try {
        return await this.#write(
          tenantId,
          id,
          { kind: 'CreateBundle', bundle_id: id, content, source: 'clone', cloned_from, ...team },
          context,
        );
      } catch (error) {
        if (asked.version !== undefined || !isProblem(error, 'already-exists')) throw error;
      }
    }
  }

  /** Updates a draft. A bundle keeps its team, so a different team in the body is refused. */
  async update(
    tenantId: string,
    bundleId: string,
    body: unknown,
    notes: Notes,
    context: CommandContext,
  ): Promise<WrittenBundle> {
    const checked = checkBundle(body, await this.catalogue.fields(tenantId));
    const { team } = body as BundleInput;
    const state = await this.present(tenantId, bundleId);
    const content = { ...checked, notes: await notes(checked.notes, bundleId, state.content.notes) };
    if (team !== undefined && team !== (state.team ?? null)) {
      throw new ProblemError('bundle-invalid', 'the bundle has 1 fault', {
        violations: [
          { pointer: '/team', code: 'team', detail: 'a bundle keeps its team; clone it for another' },
        ],
      });
    }
    return this.#write(tenantId, bundleId, { kind: 'UpdateBundle', content }, context);
  }

  async delete(tenantId: string, bundleId: string, context: CommandContext): Promise<WrittenBundle> {
    if ((await this.stateOf(tenantId, bundleId)).status === 'none') throw noSuchBundle(bundleId);
    return this.#write(tenantId, bundleId, { kind: 'DeleteBundle' }, context);
  }

  /**
   * Returns all events of one bundle in log order, including its exports and the rollout events
   * that name it. Throws `not-found`.
   */
  async history(tenantId: string, bundleId: string, query: PageAsked): Promise<Page<BundleEventDto>> {
    const state = await this.stateOf(tenantId, bundleId);
    if (state.status === 'none') throw noSuchBundle(bundleId);
    const streams = [
      bundleStream(tenantId, bundleId),
      rolloutStream(tenantId, state.team),
      exportsStream(tenantId, bundleId),
    ];
    const [own, rollout, exported] = await Promise.all(
      streams.map((stream) => collect(this.store.read(stream))),
    );
    const events = [
      ...own!,
      ...exported!,
      ...rollout!.filter(({ data }) => Object.values(data).includes(bundleId)),
    ].sort((a, b) => comparePositions(a.position, b.position));
    return pageByIndex('bundle-history', events.map(historyItem), query);
  }

  async #team(
    tenantId: string,
    principal: Pick<Principal, 'teams'>,
    named: string | null | undefined,
  ): Promise<{ readonly team?: string }> {
    const team = teamForNew(principal, named);
    if (team === null) return {};
    await this.teams.mustExist(tenantId, team);
    return { team };
  }

  async #write(
    tenantId: string,
    bundleId: string,
    command: BundleCommand,
    context: CommandContext,
  ): Promise<WrittenBundle> {
    const result = await this.bundles.handle(bundleStream(tenantId, bundleId), command, context);
    if (result.state.status === 'none') throw noSuchBundle(bundleId);
    return { state: result.state, revision: result.revision, position: positionOrNull(result.position) };
  }
}

export type CloneRequest = {
  readonly version?: string;
  readonly bump: VersionStep;
  readonly notes?: string;
  readonly team?: string | null;
  /**
   * Versions to skip; null if the command may be a repeat, so that its earlier result is found
   * again.
   */
  readonly taken: readonly string[] | null;
};

const historyItem = (event: RecordedEvent): BundleEventDto => ({
  type: event.type,
  at: event.metadata.occurred_at,
  actor: event.metadata.actor,
  revision: `${event.revision}`,
  stream: event.stream,
  position: positionText(event.position),
  data: event.data,
});
