import { Inject, Injectable } from '@nestjs/common';
import { parseStream } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import {
  type CommandContext,
  type EventStore,
  type Position,
  positionOrNull,
  ProblemError,
  refuseViolations,
} from '@interlock/kernel';
import {
  EVENT_STORE,
  isChangeRequested,
  LOGGER,
  SettingChanges,
  type ChangeRequestedDto,
  type Principal,
  type ServiceContext,
  type Setting,
} from '@interlock/platform';
import {
  checkTeam,
  rolloutStream,
  teamDecider,
  TeamIndex,
  teamLoosens,
  teamStream,
  type TeamCommand,
  type TeamDefined,
  type TeamState,
  type TeamV1,
} from '@interlock/policy';
import { RolloutHandler, TeamHandler } from '../handlers.js';

export type TeamView = TeamV1 & { readonly revision: string; readonly position: string | null };

/** A tenant's teams, from the log. */
@Injectable()
export class TeamsService {
  readonly #index = new TeamIndex();
  readonly #follower: LogFollower;
  readonly #setting: Setting<TeamCommand, TeamDefined, TeamState>;
  #starting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly handler: TeamHandler,
    private readonly changes: SettingChanges,
    rollouts: RolloutHandler,
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(LOGGER) logger: ServiceContext['logger'],
  ) {
    this.#follower = createFollower(store, {
      name: 'policy-registry-teams',
      prefixes: TeamIndex.prefixes,
      onEvent: this.#index.fold,
      logger,
    });
    this.#setting = changes.add({
      holds: (stream) => {
        const { tenant = '', id = '' } = parseStream(stream) ?? {};
        return stream === teamStream(tenant, id);
      },
      decider: teamDecider,
      handler,
      scope: 'POLICY_ACTIVATE',
      loosens: async (stream) => {
        const { tenant = '', id = '' } = parseStream(stream) ?? {};
        const { active, withdrawn, bypass } = (await rollouts.load(rolloutStream(tenant, id))).state;
        // A team without a bundle of its own is decided by the tenant's bundle, so its change
        // loosens nothing.
        return active === null && !withdrawn && bypass === null ? () => [] : teamLoosens;
      },
      check: async (tenantId, { team }) => {
        await this.#follower.confirmCurrent();
        refuseViolations(this.#index.claims(tenantId, team), 'the team');
      },
    });
  }

  /** Follows the log in the background, because it may be reachable only later. */
  start(): void {
    this.#starting = this.#follower.start().catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
    await this.#starting;
  }

  /**
   * Defines a team. Throws `stale-revision`, and `validation-failed`, also if an agent or account
   * is in another team.
   */
  async define(
    tenantId: string,
    teamId: string,
    body: unknown,
    principal: Principal,
    context: CommandContext,
  ): Promise<TeamView | ChangeRequestedDto> {
    const team = checkTeam(teamId, body);
    const written = await this.changes.write(this.#setting, {
      stream: teamStream(tenantId, teamId),
      command: { kind: 'DefineTeam', team },
      principal,
      context,
    });
    if (isChangeRequested(written)) return written;
    const { revision, position } = written;
    return { ...team, revision: `${revision}`, position: positionOrNull(position) };
  }

  /** Returns the visible teams of the tenant, by id. Throws `not-current`. */
  async list(
    tenantId: string,
    visible: readonly string[] | null,
    atLeast: Position | null,
  ): Promise<readonly TeamV1[]> {
    await (atLeast === null ? this.#follower.ensureCurrent(false) : this.#follower.confirmAtLeast(atLeast));
    return this.#index.list(tenantId).filter(({ team_id: id }) => visible === null || visible.includes(id));
  }

  /** Returns a function that names the team of a request now. Throws `not-current`. */
  async membership(
    tenantId: string,
  ): Promise<(agent: string, accountId: string | undefined) => string | null> {
    await this.#follower.confirmCurrent();
    return (agent, accountId) => this.#index.teamOf(tenantId, agent, accountId);
  }

  /** Throws `not-found`. */
  async one(tenantId: string, teamId: string): Promise<TeamView> {
    const {
      state: { team },
      revision,
      position,
    } = await this.handler.load(teamStream(tenantId, teamId));
    if (team === null) throw new ProblemError('not-found', `there is no team \`${teamId.slice(0, 64)}\``);
    return { ...team, revision: `${revision}`, position: positionOrNull(position) };
  }

  /**
   * Throws `bundle-invalid` if the team is not defined, because its bundle would decide for nobody.
   */
  async mustExist(tenantId: string, teamId: string): Promise<void> {
    const {
      state: { team },
    } = await this.handler.load(teamStream(tenantId, teamId));
    if (team === null)
      throw new ProblemError('bundle-invalid', 'the bundle has 1 fault', {
        violations: [
          { pointer: '/team', code: 'unknown-team', detail: `no team \`${teamId.slice(0, 64)}\` is defined` },
        ],
      });
  }
}
