import type { TxStatus } from '@interlock/contracts';
import type {
  AcceptedWork,
  Command,
  Decided,
  Decider,
  DomainEvent,
  Recorded,
  RecordedEvent,
} from '@interlock/kernel';
import { compared, type Finding } from '../finding.js';
import type { ReplayedLog } from '../replay-contexts.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import type { StartedAction } from './action.js';

type AskedWork = {
  readonly turn: number;
  readonly request_id: string;
  readonly action_id: string;
  readonly action_type?: string;
  readonly action?: string;
  readonly entity_id?: string;
};
type Asked =
  | { readonly type: 'ConfirmRequested'; readonly data: { readonly request_id: string } }
  | { readonly type: 'TurnAccepted'; readonly data: AskedWork }
  | { readonly type: 'ApplyAccepted'; readonly data: AcceptedWork };

/** How a handler's work is decided, its stream, and its answers. */
type HandlersWork<C, E extends DomainEvent, S> = {
  readonly decided: Pick<Decided<C, E, S>, 'kind' | 'holds'> & { readonly decider: Decider<C, E, S> };
  readonly streamOf: (tenant: string, actionId: string) => string;
  readonly statusOf: (actionId: string, state: S) => TxStatus;
  readonly actionOf: (stream: string) => StartedAction | 'over' | undefined;
};

/**
 * Replays the work of handlers that are no devices: the calls of a tenant's own handlers and tools,
 * and responses. The action's own stream must request each turn and each start. After the end of
 * the action, its handler follows only its own rules.
 */
export class WorkReplay<C extends Command, E extends DomainEvent, S> {
  readonly #replay: StreamReplay<C, E, S>;
  /** The answers that `status` may have given after each event, by stream. */
  readonly #statuses = new Map<string, TxStatus[]>();

  constructor(
    private readonly work: HandlersWork<C, E, S>,
    private readonly log: ReplayedLog,
  ) {
    this.#replay = new StreamReplay<C, E, S>({
      ...work.decided,
      also: (event, _before, { tenant }) => this.#fits(event, tenant),
    });
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const findings = this.#replay.take(event, of);
    const { state, whole } = this.#replay.of(event.stream)!;
    const id = this.#actionId(event.stream, of.tenant);
    if (whole && id !== null)
      this.#statuses.set(event.stream, [
        ...(this.#statuses.get(event.stream) ?? []),
        this.work.statusOf(id, state),
      ]);
    return findings;
  }

  /**
   * Returns the answers that the handler may have given an action so far, latest first; null if the
   * file lacks part of its work for this action.
   */
  statusesOf(tenant: string, actionId: string): readonly TxStatus[] | null {
    const stream = this.work.streamOf(tenant, actionId);
    if (!this.log.holds(stream)) return null;
    return [
      ...(this.#statuses.get(stream) ?? []).toReversed(),
      this.work.statusOf(actionId, this.work.decided.decider.initial),
    ];
  }

  forget(tenant: string, actionId: string): void {
    const stream = this.work.streamOf(tenant, actionId);
    this.#statuses.delete(stream);
    this.#replay.forget(stream);
  }

  #actionId(stream: string, tenant: string): string | null {
    const start = this.work.streamOf(tenant, '');
    return stream.startsWith(start) ? stream.slice(start.length) : null;
  }

  #fits(event: Recorded<E> & RecordedEvent, tenant: string): readonly Finding[] {
    const { kind } = this.work.decided;
    const action = this.work.actionOf(`action-${tenant}:${this.#actionId(event.stream, tenant) ?? ''}`);
    if (action === 'over') return [];
    if (action === undefined) return [{ kind, missing: 'the action is not in the file' }];
    const { type, data } = event as unknown as Asked;
    switch (type) {
      case 'TurnAccepted':
        return [
          compared(kind, 'the turn is the one that the action asks for', turnOf(data), askedBy(action, data)),
        ];
      case 'ConfirmRequested':
        return [
          compared(kind, 'the action asks to confirm it', data.request_id, action.state.confirm?.request_id),
        ];
      case 'ApplyAccepted':
        return [compared(kind, 'the work is that of the execution', workOf(data), startedBy(action))];
      default:
        return [];
    }
  }
}

const turnOf = ({ turn, request_id, action_id, action, ...of }: AskedWork): object => ({
  turn,
  request_id,
  action_id,
  action_type: of.action_type ?? action,
  ...(of.entity_id === undefined ? {} : { entity_id: of.entity_id }),
});
const askedBy = ({ state: { turn, accepted } }: StartedAction, { entity_id: named }: AskedWork): object => ({
  turn: turn?.number,
  request_id: turn?.request_id,
  action_id: accepted?.action_id,
  action_type: accepted?.intent.action_type,
  // The work of a response names no entity.
  ...(named === undefined ? {} : { entity_id: accepted?.intent.entity_id }),
});

const workOf = ({ request_id, epoch, plan_hash, turn, ...of }: AcceptedWork): object => ({
  request_id,
  epoch,
  plan_hash,
  turn,
  action_id: of.action_id,
  action_type: of.action_type,
  entity_id: of.entity_id,
});
const startedBy = ({ started, state: { accepted } }: StartedAction): object | null =>
  started === null
    ? null
    : {
        request_id: started.request_id,
        epoch: started.epoch,
        plan_hash: started.plan_hash,
        turn: started.turn,
        action_id: accepted?.action_id,
        action_type: accepted?.intent.action_type,
        entity_id: accepted?.intent.entity_id,
      };
