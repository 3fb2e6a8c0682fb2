import type { Recorded, RecordedEvent } from '@interlock/kernel';
import {
  deviceTxDecided,
  networkHandlerOf,
  observe,
  observeLeaves,
  txStatus,
  wholeStatus,
  type ChangePart,
  type DeviceTxEvent,
  type DeviceTxState,
  type PreparedChange,
} from '@interlock/network';
import { actionOfTx, type PlanAnswer, type TxStatus } from '@interlock/contracts';
import { compared, type Finding } from '../finding.js';
import { payloadsAgain, type FindBinding } from './plan-again.js';
import type { ContentHash } from '../replay-contexts.js';
import type { StartedAction } from '../rails/action.js';
import type { InventoryReplay } from './inventory.js';
import type { ReplayedLog } from '../replay-contexts.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';

/** The number of a part, from its transaction's id. */
const partNumber = (txId: string): number => Number(txId.split('.')[1] ?? 0);

/** The largest difference between the clocks of two instances. */
const clocksMs = 10_000;

/** The plan for one device. */
type Planned = Pick<PlanAnswer, 'device_id' | 'profile' | 'plan_hash'>;

/** Returns the part of the action's plan that concerns the device of a transaction. */
const plannedOf = (plan: PlanAnswer | null, part: ChangePart | undefined): Planned | null =>
  part === undefined ? plan : (plan?.parts?.[part.number - 1] ?? null);

/** The hash of the configuration that should be read back. */
const intended = ({ prepared }: DeviceTxState, contentHash: ContentHash): string =>
  contentHash((prepared?.changes ?? []).map(({ path, after }) => ({ path, value: after })));

const hashesOf = ({
  edit_xml,
  inverse_xml,
  diff_hash,
  leaves_fingerprint,
  pre_image_hash,
}: PreparedChange): object => ({ edit_xml, inverse_xml, diff_hash, leaves_fingerprint, pre_image_hash });

/** Payloads and hashes of a prepared change, rebuilt from its leaves. */
const hashesAgain = (
  prepared: PreparedChange,
  plan: Planned | null,
  find: FindBinding,
  contentHash: ContentHash,
): object => ({
  ...(payloadsAgain(plan?.profile, prepared.changes, prepared.binding, find) ?? {
    edit_xml: prepared.edit_xml,
    inverse_xml: prepared.inverse_xml,
  }),
  diff_hash: contentHash(prepared.changes),
  leaves_fingerprint: contentHash(prepared.changes.map(({ path, before }) => ({ path, before }))),
  pre_image_hash: contentHash(prepared.pre_image),
});

/** The plan hash of the prepared change. */
const planHashAgain = (
  { prepared, turn }: DeviceTxState,
  plan: Planned | null,
  contentHash: ContentHash,
): string | null => {
  if (prepared === null) return null;
  const { edit_xml, diff_hash, leaves_fingerprint } = prepared;
  return contentHash({
    device_id: turn?.device_id,
    profile: plan?.profile,
    edit_xml,
    diff_hash,
    leaves_fingerprint,
  });
};

/**
 * Replays device transactions. Each step must be allowed by its decider and requested in the
 * action's own stream. It may change only what was looked at.
 */
export class TransactionReplay {
  readonly journals = new StreamReplay({
    ...deviceTxDecided,
    also: (event, before, of) => this.#fits(event, before, of),
  });
  /** The answers that `status` may have given after each event, by stream. */
  readonly #statuses = new Map<string, TxStatus[]>();
  /** The parts of a change of several devices after their events so far, by action. */
  readonly #parts = new Map<string, DeviceTxState[]>();
  /** Transactions whose read-back configuration was not the intended one. */
  readonly #otherwise = new Set<string>();

  constructor(
    private readonly actionOf: (stream: string) => StartedAction | 'over' | undefined,
    private readonly log: ReplayedLog,
    private readonly inventory: Pick<InventoryReplay, 'binding' | 'bound'>,
  ) {}

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    // Only the action compares itself with its transactions, and it is in the same part.
    if (!this.log.checks(event.stream)) return [];
    const findings = this.journals.take(event, of);
    const { state, whole } = this.journals.of(event.stream)!;
    if (whole) this.#answer(event.stream, of, state);
    return findings;
  }

  /** Records what the handler answers about the action from now on. */
  #answer(stream: string, { tenant, id }: StreamOf, state: DeviceTxState): void {
    const actionId = actionOfTx(id);
    const key = `device_tx-${tenant}:${actionId}`;
    if (key === stream) {
      this.#statuses.set(key, [...(this.#statuses.get(key) ?? []), txStatus(id, state)]);
      return;
    }
    const parts = this.#parts.get(key) ?? [];
    this.#parts.set(key, parts);
    const count = Math.max(parts.length, state.turn?.part?.devices.length ?? 0, partNumber(id));
    while (parts.length < count) parts.push(deviceTxDecided.decider.initial);
    parts[partNumber(id) - 1] = state;
    this.#statuses.set(key, [...(this.#statuses.get(key) ?? []), wholeStatus(actionId, parts)]);
  }

  /**
   * Returns the answers that the handler may have given an action so far, latest first; null if the
   * file lacks part of the action's transactions.
   */
  statusesOf(tenant: string, actionId: string): readonly TxStatus[] | null {
    const stream = `device_tx-${tenant}:${actionId}`;
    const parts = this.#parts.get(stream);
    const streams = parts === undefined ? [stream] : parts.map((_, i) => `${stream}.${i + 1}`);
    if (!streams.every((one) => this.log.holds(one))) return null;
    return [
      ...(this.#statuses.get(stream) ?? []).toReversed(),
      { tx_id: actionId, state: 'NONE', reasons: [], observation: null, diff: [] },
    ];
  }

  forget(tenant: string, actionId: string): void {
    const stream = `device_tx-${tenant}:${actionId}`;
    const parts = (this.#parts.get(stream) ?? []).map((_, i) => `${stream}.${i + 1}`);
    this.#statuses.delete(stream);
    this.#parts.delete(stream);
    for (const one of [stream, ...parts]) {
      this.#otherwise.delete(one);
      this.journals.forget(one);
    }
  }

  #fits(
    { type, data, metadata, stream }: Recorded<DeviceTxEvent> & RecordedEvent,
    before: DeviceTxState,
    { tenant, id }: StreamOf,
  ): readonly Finding[] {
    const actionId = actionOfTx(id);
    const { contentHash } = this.log;
    const action = this.actionOf(`action-${tenant}:${actionId}`);
    const same = (what: string, recorded: unknown, replayed: unknown): readonly Finding[] => [
      compared('transaction', what, recorded, replayed),
    ];
    if (action === undefined) return [{ kind: 'transaction', missing: 'the action is not in the file' }];
    if (action === 'over') return [];
    const { started, state } = action;
    const part = type === 'TurnAccepted' ? data.part : before.turn?.part;
    const plan = plannedOf(action.plan, part);
    switch (type) {
      case 'TurnAccepted': {
        const { device, ...asked } = data;
        const bound = this.inventory.bound(tenant, data.device_id, device, metadata.occurred_at);
        return [
          ...bound,
          ...same('the turn is the one that the action asks for', asked, {
            turn: state.turn?.number,
            request_id: state.turn?.request_id,
            action_id: actionId,
            action_type: state.accepted?.intent.action_type,
            entity_id: state.accepted?.intent.entity_id,
            device_id: plan?.device_id ?? data.device_id,
            ...(part === undefined
              ? {}
              : {
                  part: { number: partNumber(id), devices: action.plan?.parts?.map((one) => one.device_id) },
                }),
          }),
        ];
      }
      case 'TurnTaken':
        return same(
          'the turn is taken with the change that was prepared',
          data.plan_hash,
          planHashAgain(before, plan, contentHash),
        );
      case 'ApplyAccepted': {
        if (started === null)
          return same('a transaction begins only where the action was started', type, null);
        return [
          ...same(
            'what is applied is what was prepared at the turn',
            before.turn?.taken?.plan_hash,
            part === undefined ? started.plan_hash : plan?.plan_hash,
          ),
          ...same('the transaction is that of the execution', data, {
            action_id: actionId,
            request_id: started.request_id,
            epoch: started.epoch,
            plan_hash: part === undefined ? started.plan_hash : plan?.plan_hash,
            action_type: state.accepted?.intent.action_type,
            entity_id: state.accepted?.intent.entity_id,
            device_id: plan?.device_id ?? data.device_id,
            soak_s: started.soak_s,
            confirm_timeout_s: Math.round(started.confirm_timeout_s),
            turn: started.turn,
          }),
        ];
      }
      case 'ChangePrepared':
        return same(
          'the change that is prepared is made of its leaves',
          hashesOf(data),
          hashesAgain(data, plan, (name) => this.inventory.binding(tenant, name), contentHash),
        );
      case 'TentativeCommitApplied': {
        const [asked, wrote] = [
          Date.parse(before.commit_requested_at ?? ''),
          Date.parse(metadata.occurred_at),
        ];
        const within = (time: string, after: number): boolean =>
          Date.parse(time) >= asked + after - clocksMs && Date.parse(time) <= wrote + after + clocksMs;
        if (data.read_back_hash !== intended(before, contentHash)) this.#otherwise.add(stream);
        return same(
          'commit and timer lie between the request and the record',
          [
            within(data.applied_at, 0),
            within(data.timer_ends_at, (before.apply?.confirm_timeout_s ?? 0) * 1000),
          ],
          [true, true],
        );
      }
      case 'KpisObserved': {
        if (this.#otherwise.has(stream))
          return same(
            'what was read back otherwise than it was intended is taken back, not observed',
            type,
            null,
          );
        const cells = [before.apply?.entity_id, ...(before.prepared?.neighbours ?? [])];
        const limits = networkHandlerOf(before.apply?.action_type ?? '')?.limits;
        if (limits === null)
          return same(
            'the observation of a change without an effect on KPIs',
            [data.observation, data.samples],
            [observeLeaves(data.observation.samples), []],
          );
        const again = observe(
          (before.prepared?.samples_before ?? []).filter(({ entity_id }) => cells.includes(entity_id)),
          data.samples,
          before.prepared?.neighbours ?? [],
          limits,
        );
        // Only some samples of a long soak are kept; the observation then cannot be rebuilt.
        return again.samples < data.observation.samples
          ? []
          : same('the observation, from its samples', data.observation, again);
      }
      case 'InverseCommitRequested':
        return data.to_commit === undefined
          ? []
          : same('a rollback returns to the commit before', data.to_commit, before.commit?.before);
      case 'ChangeConfirmed':
        return same(
          'what was read back is what was intended',
          data.read_back_hash,
          intended(before, contentHash),
        );
      case 'ApplyRefused': {
        const asked = [state.undo?.request_id, state.turn?.request_id].includes(data.request_id)
          ? data.request_id
          : started?.request_id;
        return same('a refusal answers what the action asked for', data.request_id, asked);
      }
      case 'ConfirmRequested':
        return same('a confirm is what the action asked for', data.request_id, state.confirm?.request_id);
      case 'CancelRequested':
      case 'InverseEditRequested':
        return data.request_id === null
          ? []
          : same(
              'an undo is what the action asked for',
              data.request_id,
              ('rollback' in data && data.rollback === true ? state.rollback : state.undo)?.request_id,
            );
      default:
        return [];
    }
  }
}
