import {
  autoApprovalDecider,
  autoApprovalLoosens,
  autoApprovalStream,
  budgetDecider,
  budgetLoosens,
  budgetStream,
  modeDecider,
  modesLoosens,
  modeStream,
} from '@interlock/autonomy';
import { accessDecider, accessStream, personDecider, personLoosens, personStream } from '@interlock/tree';
import { actorKey, type Actor, type AutonomyMode } from '@interlock/contracts';
import {
  changeDecider,
  changeStream,
  isProblem,
  requiredPeopleDecider,
  requiredPeopleInForce,
  requiredPeopleLoosens,
  type RequiredPeople,
} from '@interlock/kernel';
import { killSwitchDecider, requiredPeopleStream } from '@interlock/rails';
import { approveChange, requestChange, tellChange, type OpenChange, type Setting } from './changes.ts';
import { Journal, person, service, tenant } from './journal.ts';

const dayMs = 86_400_000;
/** Two people count as one for so long after one invited the other. */
const relatedMs = 30 * dayMs;
const modes: readonly AutonomyMode[] = ['DISABLED', 'PROPOSE_ONLY', 'APPROVAL_REQUIRED', 'AUTO_EXECUTE'];
const types = ['cell_failover', 'qos_tune', 'alarm_silence'];

const modeSetting = { stream: modeStream(tenant), decider: modeDecider, loosens: modesLoosens(tenant) };
const autoApproval: Setting<never, never, never> = {
  stream: autoApprovalStream(tenant),
  decider: autoApprovalDecider as never,
  loosens: (before: never, after: never) =>
    autoApprovalLoosens((before as { config: never }).config, (after as { config: never }).config),
};
const budgetOf = (account: string) => ({
  stream: budgetStream(tenant, account),
  decider: budgetDecider,
  loosens: budgetLoosens(account === '_all'),
});
const peopleSetting = {
  stream: requiredPeopleStream(tenant),
  decider: requiredPeopleDecider,
  loosens: requiredPeopleLoosens,
};

type Member = { readonly actor: Actor; readonly invited: { readonly by: Actor; readonly at: number } | null };
/** What happened in the month, by name. */
export type Tally = { [what: string]: number };

/**
 * A month of a team that works on its settings: people who invite, request, approve, reject, loosen
 * and tighten, and stop everything. Everything is chosen by the seed and decided by the services'
 * own deciders; what a decider refuses is in no log.
 */
export class TeamMonth {
  readonly log: Journal;
  readonly tally: Tally = {};
  readonly #team: Member[] = ['ann', 'bob', 'cleo'].map((name) => ({ actor: person(name), invited: null }));
  #open: OpenChange[] = [];
  /** How many people were to be invited. */
  #asked = 0;

  constructor(seed: number) {
    this.log = new Journal(seed);
  }

  run(): void {
    const end = this.log.now + 30 * dayMs;
    while (this.log.now < end) {
      this.log.now += Math.floor(this.log.random() * 6 * 3_600_000);
      this.#step();
    }
  }

  #step(): void {
    const dice = this.log.random();
    if (dice < 0.06) this.#invite();
    else if (dice < 0.1) this.#stop();
    else if (dice < 0.6) this.#change();
    else if (dice < 0.9) this.#approve();
    else if (dice < 0.95) this.#reject();
    else this.#expire();
  }

  #count(what: string): void {
    this.tally[what] = (this.tally[what] ?? 0) + 1;
  }

  #pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.log.random() * of.length)]!;
  }

  #invite(): void {
    const { log } = this;
    const by = this.#pick(this.#team).actor;
    const place = (this.#asked += 1);
    const actor = person(`member-${place}`);
    const person_id = actor.kind === 'person' ? actor.person_id : '';
    const invited = {
      person_id,
      invitation_id: `i-${place}`,
      occasion: 'new',
      role: 'approver',
    } as const;
    const command = {
      kind: 'invite',
      ...invited,
      name: null,
      expires_at: log.at,
      ends_sessions: false,
    } as const;
    const setting = {
      stream: personStream(tenant, person_id),
      decider: personDecider,
      loosens: personLoosens,
    };
    const change = requestChange(log, setting, command, by, this.#required)!;
    const apply = (): void => {
      change.apply();
      this.#team.push({ actor, invited: { by, at: log.now } });
      this.#count('invited');
    };
    this.#open.push({ ...change, apply });
    this.#count('requested');
  }

  /** An offline key stops the tenant; two people release the switch. */
  #stop(): void {
    const { log } = this;
    const stream = `kill_switch-${tenant}:tenant`;
    const of = { scope: 'tenant' as const, tenant_id: tenant, action_type: null, reason: 'fire' };
    const engage = { kind: 'engage', ...of, rollback_in_flight: false } as const;
    log.tell(stream, killSwitchDecider, engage, service('break-glass.vault'));
    for (const { actor } of [this.#team[0]!, this.#team[1]!]) {
      const by = actorKey(actor);
      log.now += 60_000;
      const release = { kind: 'release', ...of, people: 2, by, now: log.at } as const;
      log.tell(stream, killSwitchDecider, release, actor);
    }
    this.#count('stopped');
  }

  get #required(): RequiredPeople {
    const { required_people: own } = this.log.state(peopleSetting.stream, requiredPeopleDecider as never) as {
      readonly required_people: RequiredPeople | null;
    };
    return requiredPeopleInForce(own, null);
  }

  #change(): void {
    const by = this.log.chance(0.1) ? service('ci') : this.#pick(this.#team).actor;
    const change = this.#requested(by);
    if (change === null) return this.#count('tightened');
    this.#open.push(change);
    this.#count('requested');
  }

  #requested(by: Actor): OpenChange | null {
    const { log } = this;
    const dice = log.random();
    const ask = <C extends { readonly kind: string }, E extends never, S>(
      setting: Setting<C, E, S>,
      command: unknown,
    ) => requestChange(log, setting, command as C, by, this.#required);
    if (dice < 0.45)
      return ask(modeSetting as never, {
        kind: 'SetMode',
        key: log.chance(0.3) ? {} : { action_type: this.#pick(types) },
        mode: this.#pick(modes),
      });
    if (dice < 0.7) {
      const account_id = this.#pick(['ran', 'core', '_all']);
      const max_autonomous_per_day = Math.floor(log.random() * 100);
      const limits = { max_autonomous_per_day, max_per_action_type: {}, decay_if_unused: log.chance(0.5) };
      return ask(budgetOf(account_id) as never, { kind: 'SetBudget', account_id, limits });
    }
    if (dice < 0.8)
      return ask(modeSetting as never, {
        kind: 'SetLimits',
        limits: { soak_s: 5 + this.#pick([0, 5, 20]) },
        reason: 'r',
      });
    if (dice < 0.95) {
      const low = Math.floor(log.random() * 10) / 10;
      const confidence_thresholds = { LOW: low, MEDIUM: 0.9, HIGH: 0.95 };
      return ask(autoApproval, { kind: 'ConfigureAutoApproval', config: { confidence_thresholds } });
    }
    const required_people = this.#pick([2, 3]);
    return ask(peopleSetting as never, { kind: 'SetRequiredPeople', required_people, reason: 'r' });
  }

  #relatedTo(actor: Actor): readonly string[] {
    const since = this.log.now - relatedMs;
    return this.#team.flatMap((one) => {
      if (one.invited === null || one.invited.at < since) return [];
      const [by, of] = [actorKey(one.invited.by), actorKey(one.actor)];
      return by === actorKey(actor) ? [of] : of === actorKey(actor) ? [by] : [];
    });
  }

  /** A member approves an open change, or is refused. The last approval applies or voids it. */
  #approve(): void {
    const { log } = this;
    if (this.#open.length === 0) return;
    const change = this.#pick(this.#open);
    const { actor } = this.#pick(this.#team);
    try {
      approveChange(log, change, actor, this.#relatedTo(actor));
    } catch (error) {
      if (!isProblem(error)) throw error;
      const refused = { command: 'POST /api/v1/changes/:id/approve', path: null, code: error.code, count: 1 };
      log.tell(accessStream(tenant, log.at), accessDecider, { kind: 'refuse_command', ...refused }, actor);
      return this.#count(`refused ${error.code}`);
    }
    const state = log.state(changeStream(tenant, change.id), changeDecider as never) as {
      readonly status: string;
    };
    if (state.status !== 'approved') return this.#count('consented');
    this.#close(change);
    if (log.streams.get(change.setting) !== undefined || change.revision < 0n) this.#apply(change);
  }

  #apply(change: OpenChange): void {
    const { log } = this;
    if ((log.streams.get(change.setting)?.revision ?? -1n) === change.revision) {
      change.apply();
      return this.#count('loosened');
    }
    const why = { code: 'stale-change', detail: 'the setting has changed' };
    tellChange(log, change.id, { kind: 'VoidChange', ...why }, service('safety-rails'));
    this.#count('void');
  }

  #reject(): void {
    if (this.#open.length === 0) return;
    const change = this.#pick(this.#open);
    const { actor } = this.#pick(this.#team);
    this.#close(change);
    const reject = { kind: 'RejectChange', by: actorKey(actor), reason: 'no', now: this.log.at } as const;
    try {
      tellChange(this.log, change.id, reject, actor);
      this.#count('rejected');
    } catch (error) {
      if (!isProblem(error)) throw error;
      this.#count(`refused ${error.code}`);
    }
  }

  /** Ends what nobody approved in time. */
  #expire(): void {
    for (const change of [...this.#open]) {
      const stream = changeStream(tenant, change.id);
      const before = this.log.streams.get(stream)?.revision;
      tellChange(this.log, change.id, { kind: 'ExpireChange', now: this.log.at }, service('safety-rails'));
      if (this.log.streams.get(stream)?.revision === before) continue;
      this.#close(change);
      this.#count('expired');
    }
  }

  #close(change: OpenChange): void {
    this.#open = this.#open.filter(({ id }) => id !== change.id);
  }
}
