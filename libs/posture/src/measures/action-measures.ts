import { actionEndTypes, executedEndTypes, type PostureInputs, type Timestamp } from '@interlock/contracts';
import { forecastRisk, hourAndDay, withSlice, type EndedSlice } from './forecast.js';
import { reputationScore, stillCounts, withEnded, type Scored } from './reputation.js';

/** The parts of an action's event that the measures read. */
export type ActionFact = {
  readonly type: string;
  readonly stream: string;
  readonly data: {
    readonly intent?: { readonly agent?: string };
    readonly action_type?: unknown;
    readonly handler?: { readonly service: string; readonly name: string };
    readonly plan?: { readonly device_id?: string } | null;
    readonly dry_run?: boolean;
    readonly cause?: string;
    readonly gate?: string;
    readonly verdict?: string;
    readonly validation_result?: { readonly verdict: string } | null;
  };
  readonly metadata: { readonly occurred_at: Timestamp };
};

/** An action that has not ended yet, and the entities whose score its end will affect. */
type Open = {
  readonly agent: string | undefined;
  readonly device: string | undefined;
  readonly handler: string | undefined;
  readonly awaited: boolean;
};

const ends: ReadonlySet<string> = new Set(actionEndTypes);
const executed: ReadonlySet<string> = new Set(executedEndTypes);
/** True for the end of an action that a gate's error or the handler denied. */
const isFailure = ({ type, data }: ActionFact): boolean =>
  type === 'ActionDenied' && (data.verdict === 'error' || data.gate === 'handler');
/**
 * A person or a kill switch took it back, so it is unknown whether it would have ended as
 * predicted.
 */
const takenBack: ReadonlySet<string> = new Set(['operator', 'kill_switch']);

const endsDrift: ReadonlySet<string> = new Set(['DeviceDriftCleared', 'DeviceDriftAdopted', 'DeviceRemoved']);

/** The limits of kept open actions and of kept scores. Beyond them, the oldest are dropped. */
const mostOpen = 100_000;
const mostScored = 10_000;

/** True if an executed action ended as predicted; null if its end does not show that. */
export const endedAsPredicted = ({ type, data }: ActionFact): boolean | null => {
  if (!executed.has(type) || data.dry_run === true) return null;
  if (type === 'ActionCompleted') return (data.validation_result?.verdict ?? 'pass') === 'pass';
  return type === 'ActionRolledBack' && takenBack.has(data.cause ?? '') ? null : false;
};

/**
 * Reputation and forecast risk of one tenant, folded from the events of its actions in log order.
 * Its memory is bounded for any input.
 */
export class ActionMeasures {
  readonly #open = new Map<string, Open>();
  readonly #scored = new Map<string, Scored>();
  readonly #drifted = new Set<string>();
  #slices: readonly EndedSlice[] = [];

  /** True if the event may have changed a measure. */
  fold(event: ActionFact): boolean {
    const { type, stream, data } = event;
    if (type === 'IntentAccepted') {
      this.#keep(stream, {
        agent: data.intent?.agent,
        device: undefined,
        handler: undefined,
        awaited: false,
      });
      return false;
    }
    const open = this.#open.get(stream);
    if (open === undefined) return false;
    if (ends.has(type)) {
      this.#open.delete(stream);
      return this.#end(event, open);
    }
    if (type === 'ServiceAwaited') this.#keep(stream, { ...open, awaited: true });
    if (type === 'PlanPrepared') this.#keep(stream, { ...open, device: data.plan?.device_id });
    if (type === 'ExecutionStarted' && data.handler !== undefined)
      this.#keep(stream, { ...open, handler: `${data.handler.service}.${data.handler.name}` });
    return false;
  }

  /** Records from the type of a device's event whether it has drifted; true if that is new. */
  foldDevice(deviceId: string, type: string): boolean {
    const name = `device ${deviceId}`;
    if (type === 'DeviceDriftFound') {
      const isNew = !this.#drifted.has(name) && this.#drifted.size < mostScored;
      if (isNew) this.#drifted.add(name);
      return isNew;
    }
    return endsDrift.has(type) && this.#drifted.delete(name);
  }

  reputation(now: Timestamp): number {
    return reputationScore(this.#scored, now, this.#drifted);
  }

  forecast(now: Timestamp): PostureInputs['forecast_risk'] {
    const { hour, day } = hourAndDay(this.#slices, now);
    return forecastRisk(hour, day);
  }

  #keep(stream: string, open: Open): void {
    this.#open.set(stream, open);
    const [oldest] = this.#open.keys();
    if (this.#open.size > mostOpen && oldest !== undefined) this.#open.delete(oldest);
  }

  #end(event: ActionFact, { agent, device, handler, awaited }: Open): boolean {
    const { type, data, metadata } = event;
    const at = metadata.occurred_at;
    const asPredicted = endedAsPredicted(event);
    const failed =
      isFailure(event) || asPredicted === false || (type === 'ActionExpired' && data.cause === 'service');
    if (asPredicted !== null || failed || awaited)
      this.#slices = withSlice(this.#slices, at, failed || awaited);
    if (asPredicted === null) return failed || awaited;
    for (const [kind, name] of Object.entries({ agent, device, handler }))
      if (name !== undefined) this.#score(`${kind} ${name}`, asPredicted, at);
    return true;
  }

  #score(who: string, asPredicted: boolean, at: Timestamp): void {
    this.#scored.set(who, withEnded(this.#scored.get(who), asPredicted, at));
    if (this.#scored.size <= mostScored) return;
    for (const [name, scored] of this.#scored) if (!stillCounts(scored, at)) this.#scored.delete(name);
    const [first] = this.#scored.keys();
    if (this.#scored.size > mostScored && first !== undefined) this.#scored.delete(first);
  }
}
