import type { JsonObject, JsonValue } from '@interlock/contracts';
import type { Machine, SimProcess } from './machine.js';

/** A call of a tenant's handler, as the gateway of agents makes it. */
export type SimCall = {
  readonly step: string;
  readonly request_id: string;
  readonly body: JsonObject;
  readonly beforeSend?: () => void;
  readonly signal?: AbortSignal;
};
/** What becomes of it, in the words of the gateway's own client. */
export type SimResult =
  | { readonly kind: 'answered'; readonly answer: JsonObject; readonly mark: JsonObject }
  | { readonly kind: 'not-sent'; readonly code: string; readonly detail: string; readonly again: boolean }
  | { readonly kind: 'refused'; readonly detail: string; readonly again: boolean }
  | { readonly kind: 'unknown'; readonly detail: string };

/** How the handler treats what it hears. */
export type Mood = 'well' | 'refuses' | 'fails' | 'slow' | 'dead' | 'stuck' | 'worse';

type Deed = {
  state: 'none' | 'in_progress' | 'applied' | 'undone' | 'failed';
  /** Requests that made it act. */
  readonly acts: string[];
  /** It said that it had not acted, and does not any more. */
  isBarred: boolean;
  isWorse: boolean;
  isConfirmed: boolean;
  readonly entity: string;
};
export type Sent = { readonly action_id: string; readonly request_id: string; readonly at: number };

const timeoutMs = 1000;
const answered = (answer: JsonObject): SimResult => ({
  kind: 'answered',
  answer,
  mark: { sha256: '0', bytes: 1 },
});

/** A tenant's handler: it acts once per request, keeps what it did, and answers, or does not. */
export class TenantHandler {
  mood: Mood = 'well';
  loss = 0.05;
  readonly deeds = new Map<string, Deed>();
  /** Every `apply` that was written to it, by the right time. */
  readonly sent: Sent[] = [];
  readonly faults: string[] = [];

  constructor(
    private readonly machine: Machine,
    /** True where the action has come to its end in the log. */
    private readonly isOver: (actionId: string) => boolean,
  ) {}

  /** What it says to a plan; null where it has nothing to say. */
  plan(): object | null {
    return this.mood === 'refuses' ? { violations: [{ code: 'forbidden', detail: 'not now' }] } : null;
  }

  /** The client of one process. */
  clientOf(owner: SimProcess): { call: (call: SimCall) => Promise<SimResult> } {
    return { call: (call) => this.#call(owner, call) };
  }

  #call(owner: SimProcess, call: SimCall): Promise<SimResult> {
    const { machine } = this;
    const fate = machine.random();
    return new Promise((resolve, reject) => {
      // It takes a while until it is connected.
      machine.after(machine.between(0.2, machine.chance(0.1) ? 4000 : 8), owner, () => {
        if (call.signal?.aborted === true || fate < this.loss / 3) {
          resolve({ kind: 'not-sent', code: 'handler-connect', detail: 'no connection', again: true });
          return;
        }
        try {
          call.beforeSend?.();
        } catch (error) {
          reject(error as Error);
          return;
        }
        if (call.step === 'apply')
          this.sent.push({
            action_id: String(call.body['action_id']),
            request_id: call.request_id,
            at: machine.now,
          });
        machine.after(timeoutMs, owner, () => resolve({ kind: 'unknown', detail: 'no answer in time' }));
        if (fate < (2 * this.loss) / 3 || this.mood === 'dead') return;
        machine.after(machine.between(0.2, 30), null, () => {
          const result = this.#receive(call);
          const isLost = fate < this.loss;
          if (!isLost) machine.after(machine.between(0.2, 30), owner, () => resolve(result));
        });
      });
    });
  }

  #deed(body: JsonObject): Deed {
    const id = String(body['action_id']);
    const known = this.deeds.get(id);
    if (known !== undefined) return known;
    const fresh: Deed = {
      state: 'none',
      acts: [],
      isBarred: false,
      isWorse: false,
      isConfirmed: false,
      entity: String(body['entity_id']),
    };
    this.deeds.set(id, fresh);
    return fresh;
  }

  #receive(call: SimCall): SimResult {
    const deed = this.#deed(call.body);
    switch (call.step) {
      case 'apply':
        return this.#apply(deed, call);
      case 'status':
        if (deed.state === 'none') deed.isBarred = true;
        return answered({ status: deed.state === 'none' ? 'not_applied' : deed.state });
      case 'observe':
        return answered({
          before: { drop_rate_pct: 6 },
          after: { drop_rate_pct: deed.isWorse ? 11 : 1 },
          samples: 5,
        });
      case 'confirm':
        if (deed.state !== 'applied') return answered({ status: 'failed' });
        deed.isConfirmed = true;
        return answered({ status: 'confirmed' });
      case 'undo':
        if (this.mood === 'stuck' && deed.state === 'applied') return answered({ status: 'failed' });
        deed.isBarred = true;
        if (deed.state !== 'failed') deed.state = 'undone';
        return answered({ status: 'undone' });
      default:
        return { kind: 'refused', detail: 'no such step', again: false };
    }
  }

  #apply(deed: Deed, call: SimCall): SimResult {
    const { machine, mood } = this;
    if (deed.isBarred || mood === 'refuses') return { kind: 'refused', detail: 'refused', again: false };
    if (deed.acts.includes(call.request_id)) return this.#said(deed);
    if (mood === 'fails') {
      deed.state = 'failed';
      return answered({ status: 'failed' });
    }
    const id = String(call.body['action_id']);
    deed.acts.push(call.request_id);
    deed.isWorse = mood === 'worse';
    if (deed.acts.length > 1)
      this.faults.push(`rule 1: the handler acted ${deed.acts.length} times for ${id}`);
    for (const [other, { entity, state }] of this.deeds)
      if (other !== id && entity === deed.entity && state === 'applied' && !this.isOver(other))
        this.faults.push(`${id} and ${other} are on ${entity} at once`);
    if (mood === 'slow') {
      deed.state = 'in_progress';
      machine.after(machine.between(500, 20_000), null, () => {
        if (deed.state === 'in_progress') deed.state = 'applied';
      });
    } else deed.state = 'applied';
    return this.#said(deed);
  }

  #said(deed: Deed): SimResult {
    const undo: JsonValue = { before: 1 };
    return deed.state === 'applied'
      ? answered({ status: 'applied', undo })
      : answered({ status: deed.state === 'in_progress' ? 'in_progress' : 'failed' });
  }
}
