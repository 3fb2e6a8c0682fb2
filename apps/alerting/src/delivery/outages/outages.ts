import { systemTenant, type Timestamp } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import {
  dedupKeyOf,
  defaultRoutes,
  nextAttemptAt,
  routesOf,
  type ChannelSettings,
  type AlertNotice,
  type OutageName,
} from '@interlock/notify';
import type { Egress } from '../egress.js';
import type { Reaches } from '../queue.js';
import { reachFrom } from '../reach.js';
import { send } from '../senders/send.js';
import type { KnownOutage, StateFiles } from './state-files.js';

type Target = {
  readonly key: string;
  readonly tenant: string;
  readonly channel_id: string;
  readonly settings: ChannelSettings;
};
type Pause = { readonly attempts: number; readonly first_at: Timestamp; readonly next_at: Timestamp };

const said: { readonly [name in OutageName]: { readonly away: string; readonly back: string } } = {
  log_unavailable: {
    away: 'the log does not answer: nothing is decided and nothing starts',
    back: 'the log answers again',
  },
  database_unavailable: {
    away: 'the database does not answer: queries fail, and what only a timer would wake waits',
    back: 'the database answers again',
  },
};
/**
 * Outages that begin within the same interval of this length, in milliseconds, are one outage,
 * whichever instance reports them.
 */
const episodeMs = 600_000;

/** Returns the channels for an outage: the system's own. If it has none, those of every tenant. */
const targetsOf = (reaches: Reaches, name: OutageName, at: Timestamp): readonly Target[] => {
  const of = (tenant: string): readonly Target[] => {
    const reach = reaches[tenant];
    if (reach === undefined) return [];
    // The rotas are in the database, so a route to one leads to everyone.
    const { targets } = routesOf(
      reachFrom(
        Object.entries(reach.channels).map(([channel_id, settings]) => ({ channel_id, settings })),
        { routes: reach.routes ?? defaultRoutes, critical_to: 'everyone' },
        [],
      ),
      { name, severity: 'critical', except: null },
      at,
    );
    return targets.flatMap(({ channel_id }) => {
      const settings = reach.channels[channel_id];
      return settings === undefined ? [] : [{ key: `${tenant}/${channel_id}`, tenant, channel_id, settings }];
    });
  };
  const own = of(systemTenant);
  return own.length > 0 ? own : Object.keys(reaches).flatMap(of);
};

const noticeOf = (
  name: OutageName,
  tenant: string,
  since: Timestamp,
  what: 'trigger' | 'resolve',
  at: Timestamp,
): AlertNotice => {
  const alertId = uuidV5('outage', tenant, name);
  const episode = Math.floor(Date.parse(since) / episodeMs);
  return {
    tenant_id: tenant,
    alert_id: alertId,
    episode,
    what,
    dedup_key: dedupKeyOf(alertId, episode, what),
    name,
    severity: 'critical',
    detail: what === 'trigger' ? said[name].away : said[name].back,
    at,
    by: null,
    evidence: null,
    runbook: null,
  };
};

export type OutageOptions = {
  readonly files: StateFiles;
  readonly egress: Egress;
  readonly logger: { readonly warn: (facts: object, message: string) => void };
  /** Milliseconds that a part may be down before people are notified. */
  readonly outageMs: number;
  readonly retry: { readonly first_ms: number; readonly most_ms: number; readonly give_up_ms: number };
};

/**
 * Notifies people that the log or the database is down, using only files: routes, channels,
 * references of secrets. Each channel is notified once, with retries until it accepts, and again at
 * the end.
 */
export class Outages {
  readonly #pauses = new Map<string, Pause>();

  constructor(private readonly options: OutageOptions) {}

  /** Records whether a part answers now. Resolves when everything due was tried. */
  async observe(name: OutageName, isAway: boolean, now: Timestamp): Promise<void> {
    const { files, outageMs } = this.options;
    const known = files.outages[name];
    if (isAway) {
      if (known === undefined) this.#keep(name, { since: now, told: [] });
      const { since } = files.outages[name] ?? { since: now };
      if (Date.parse(now) - Date.parse(since) >= outageMs) await this.#tell(name, since, now);
    } else if (known !== undefined) await this.#end(name, known.since, now);
  }

  #keep(name: OutageName, outage: KnownOutage | undefined): void {
    const { files } = this.options;
    const { [name]: _, ...others } = files.outages;
    files.keepOutages(outage === undefined ? others : { ...others, [name]: outage });
  }

  async #tell(name: OutageName, since: Timestamp, now: Timestamp): Promise<void> {
    const { files } = this.options;
    const open = targetsOf(files.reaches, name, now).filter(
      ({ key }) => files.outages[name]?.told.includes(key) !== true,
    );
    await Promise.all(
      open.map(async (target) => {
        const { key } = target;
        const known = (): Required<KnownOutage> => {
          const { told = [], telling = [] } = files.outages[name] ?? {};
          return { since, told, telling: telling.filter((one) => one !== key) };
        };
        // INVARIANT: the channel is on disk before anything is sent, so that it gets the end even
        // if this process dies.
        const before = known();
        this.#keep(name, { ...before, telling: [...before.telling, key] });
        const isOver = await this.#attempt(target, noticeOf(name, target.tenant, since, 'trigger', now), now);
        const after = known();
        this.#keep(name, isOver ? { ...after, told: [...after.told, key] } : after);
      }),
    );
  }

  async #end(name: OutageName, since: Timestamp, now: Timestamp): Promise<void> {
    const { files } = this.options;
    const { told = [], telling = [] } = files.outages[name] ?? {};
    const targets = targetsOf(files.reaches, name, now).filter(
      ({ key }) => told.includes(key) || telling.includes(key),
    );
    const over = await Promise.all(
      targets.map(async (target) => ({
        key: target.key,
        isOver: await this.#attempt(target, noticeOf(name, target.tenant, since, 'resolve', now), now),
      })),
    );
    const left = over.filter(({ isOver }) => !isOver).map(({ key }) => key);
    this.#keep(name, left.length === 0 ? undefined : { since, told: left });
    if (left.length === 0) this.#pauses.clear();
  }

  /**
   * Notifies one channel. Returns true if the channel needs no further attempt: it accepted the
   * notice, or never will.
   */
  async #attempt(target: Target, notice: AlertNotice, now: Timestamp): Promise<boolean> {
    const { egress, logger, retry } = this.options;
    const key = `${target.key}/${notice.dedup_key}`;
    const paused = this.#pauses.get(key);
    if (paused !== undefined && now < paused.next_at) return false;
    const attempt = await send(egress, target.settings, {
      tenantId: target.tenant,
      notice,
      reference: null,
      isRepeat: paused !== undefined,
      link: null,
    });
    if (attempt.outcome === 'delivered') return true;
    logger.warn(
      { channel: target.channel_id, tenant_id: target.tenant, key: notice.dedup_key, detail: attempt.detail },
      'an outage was not reported',
    );
    if (attempt.outcome === 'final') return true;
    const attempts = (paused?.attempts ?? 0) + 1;
    const first = paused?.first_at ?? now;
    const next = nextAttemptAt({
      attempts,
      first_at: first,
      now,
      retry_after_ms: attempt.retry_after_ms,
      random: Math.random(),
      limits: retry,
    });
    if (next === null) return true;
    this.#pauses.set(key, { attempts, first_at: first, next_at: next });
    return false;
  }
}
