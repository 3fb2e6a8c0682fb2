import type { LeafChange, PlanAnswer } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import {
  deviceDecider,
  deviceTxDecider,
  editXml,
  endpointOf,
  networkHandlerOf,
  observe,
  observeLeaves,
  ownBinding,
  txStatus,
  type DeviceState,
  type DeviceTxCommand,
  type DeviceTxState,
} from '@interlock/network';
import type { ActionState } from '@interlock/rails';
import { type Journal, tenant, service } from './journal.ts';

const kpis = {
  drop_rate_pct: 6,
  latency_ms: 20,
  load_pct: 40,
  throughput_mbps: 300,
  availability_pct: 97,
  users: 90,
};

/** The plan that the handler makes for this action. */
export const planOf = (state: ActionState): PlanAnswer => {
  const { entity_id } = state.accepted!.intent;
  const device_id = entity_id.replace('cell', 'gnb');
  const diff: readonly LeafChange[] = [
    { path: `/ran/cell[id='${entity_id}']/administrativeState`, before: 'UNLOCKED', after: 'LOCKED' },
  ];
  const { namespace } = ownBinding;
  const xml = editXml(
    namespace,
    diff.map(({ path, after }) => ({ path, value: after })),
  );
  const [diff_hash, leaves_fingerprint] = [
    contentHash(diff),
    contentHash(diff.map(({ path, before }) => ({ path, before }))),
  ];
  return {
    plan_hash: contentHash({ device_id, profile: '3gpp', edit_xml: xml, diff_hash, leaves_fingerprint }),
    device_id,
    site_id: device_id.replace('gnb', 's'),
    profile: '3gpp',
    payloads: [{ device_id, operation: 'edit-config', xml }],
    diff,
    diff_hash,
    leaves_fingerprint,
    reversible: true,
    violations: [],
  };
};

/** The plan of the undo of the confirmed change. */
export const undoPlanOf = (state: ActionState): PlanAnswer => {
  const { diff: done, payloads, plan_hash: _hash, ...plan } = planOf(state);
  const diff = done.map(({ path, before, after }) => ({ path, before: after, after: before }));
  const xml = editXml(
    ownBinding.namespace,
    diff.map(({ path, after }) => ({ path, value: after })).toReversed(),
  );
  const hashes = {
    diff_hash: contentHash(diff),
    leaves_fingerprint: contentHash(diff.map(({ path, before }) => ({ path, before }))),
  };
  return {
    ...plan,
    ...hashes,
    plan_hash: contentHash({ device_id: plan.device_id, profile: '3gpp', edit_xml: xml, ...hashes }),
    payloads: payloads.map((one) => ({ ...one, xml })),
    diff,
    reversible: false,
  };
};

/** True if the change has an effect on KPIs. */
const watchesKpis = (action: ActionState): boolean =>
  networkHandlerOf(action.accepted!.intent.action_type)!.limits !== null;

/** The KPIs of the cell and of its neighbour. */
const samplesOf = (
  log: Journal,
  action: ActionState,
  of: typeof kpis,
): { at: string; entity_id: string; kpis: typeof kpis }[] =>
  [action.accepted!.intent.entity_id, 'cell-n'].map((entity_id) => ({ at: log.at, entity_id, kpis: of }));

/** Takes one step of the handler; returns the transaction's status after it. */
export const stepOnDevice = (
  log: Journal,
  id: string,
  action: ActionState,
  effect: 'take_turn' | 'apply' | 'confirm' | 'undo' | 'take_back',
): ReturnType<typeof txStatus> => {
  const stream = `device_tx-${tenant}:${id}`;
  const state = (): DeviceTxState => log.state(stream, deviceTxDecider as never) as unknown as DeviceTxState;
  const tell = (command: DeviceTxCommand): void =>
    log.tell(stream, deviceTxDecider, command, service('netconf-gateway'));
  const { execution, planned } = action;
  const [plan, { phase }] = [planned!.plan!, state()];
  const [why, of] = [
    [{ code: 'sim', detail: 'chance' }],
    {
      action_id: id,
      action_type: action.accepted!.intent.action_type,
      entity_id: action.accepted!.intent.entity_id,
      device_id: plan.device_id!,
    },
  ];
  if (effect === 'undo' && ['none', 'turn_accepted', 'turn_taken', 'lapsed', 'prepared'].includes(phase))
    tell({ kind: 'RefuseApply', request_id: action.undo!.request_id, reasons: why });
  else if (effect === 'undo' && ['commit_requested', 'tentative', 'observed'].includes(phase))
    tell({ kind: 'RequestUndo', request_id: action.undo!.request_id, reasons: why });
  else if (effect === 'take_back' && phase === 'confirmed')
    tell({ kind: 'RequestUndo', request_id: action.rollback!.request_id!, reasons: why, rollback: true });
  else if (effect === 'take_back' && phase === 'inverse_requested')
    tell(
      log.fails('undo-refused')
        ? { kind: 'RefuseUndo', reasons: why }
        : state().rollback?.is_sent === true
          ? { kind: 'RecordRolledBack', how: 'commit-id', reasons: [] }
          : { kind: 'RequestInverseCommit', instance: 'sim', to_commit: state().commit!.before },
    );
  else if (effect === 'confirm' && phase === 'observed')
    tell({ kind: 'RequestConfirm', request_id: action.confirm!.request_id });
  else
    switch (phase) {
      case 'none':
      case 'lapsed': {
        const { device } = log.state(
          `device-${tenant}:${plan.device_id!}`,
          deviceDecider as never,
        ) as unknown as DeviceState;
        if (effect === 'take_turn')
          tell({
            kind: 'AcceptTurn',
            asked: {
              turn: action.turn!.number,
              request_id: action.turn!.request_id,
              ...of,
              device: endpointOf(device!),
            },
          });
        break;
      }
      case 'turn_taken':
        if (effect !== 'take_turn')
          tell(
            log.fails('refused', 0.02)
              ? { kind: 'RefuseApply', request_id: execution!.request_id, reasons: why }
              : log.fails('lapsed', 0.02)
                ? { kind: 'RecordLapse', reasons: why }
                : {
                    kind: 'AcceptApply',
                    apply: {
                      ...of,
                      request_id: execution!.request_id,
                      epoch: execution!.epoch,
                      plan_hash: execution!.plan_hash,
                      soak_s: 5,
                      confirm_timeout_s: 95,
                      turn: execution!.turn!,
                    },
                  },
          );
        break;
      case 'turn_accepted': {
        const [pre_image, { number: turn, request_id }] = [
          { [plan.diff[0]!.path]: 'UNLOCKED' },
          action.turn!,
        ];
        tell(
          log.chance(0.02)
            ? { kind: 'RefuseApply', request_id, reasons: why }
            : {
                kind: 'TakeTurn',
                turn,
                instance: 'sim',
                plan_hash: plan.plan_hash,
                prepared: {
                  edit_xml: plan.payloads[0]!.xml,
                  inverse_xml: editXml(
                    ownBinding.namespace,
                    plan.diff.map(({ path, before }) => ({ path, value: before })).toReversed(),
                  ),
                  changes: plan.diff,
                  diff_hash: plan.diff_hash,
                  leaves_fingerprint: plan.leaves_fingerprint,
                  pre_image,
                  pre_image_hash: contentHash(pre_image),
                  neighbours: watchesKpis(action) ? ['cell-n'] : [],
                  samples_before: watchesKpis(action) ? samplesOf(log, action, kpis) : [],
                },
              },
        );
        break;
      }
      case 'prepared':
        tell({ kind: 'RequestTentativeCommit', instance: 'sim' });
        break;
      case 'commit_requested':
        tell(
          log.fails('failed', 0.02)
            ? { kind: 'RecordFailed', reasons: why }
            : {
                kind: 'RecordTentative',
                applied_at: log.at,
                timer_ends_at: new Date(log.now + 95_000).toISOString(),
                read_back_hash: contentHash(plan.diff.map(({ path, after }) => ({ path, value: after }))),
                commit: { id: '1000000002', before: '1000000001' },
              },
        );
        break;
      case 'tentative': {
        if (!watchesKpis(action)) {
          tell({ kind: 'RecordObservation', observation: observeLeaves(1), samples: [] });
          break;
        }
        const samples = samplesOf(log, action, { ...kpis, drop_rate_pct: log.fails('worse', 0.2) ? 20 : 3 });
        tell({
          kind: 'RecordObservation',
          observation: observe(state().prepared!.samples_before, samples, ['cell-n']),
          samples,
        });
        break;
      }
      case 'confirm_requested':
        tell({
          kind: 'RecordConfirmed',
          read_back_hash: contentHash(plan.diff.map(({ path, after }) => ({ path, value: after }))),
        });
        break;
      case 'cancel_requested':
        tell(
          log.fails('undo-failed', 0.1)
            ? { kind: 'RecordRollbackFailed', reasons: why, left: plan.diff }
            : {
                kind: 'RecordRolledBack',
                how: state().touched ? 'cancel-commit' : 'nothing-applied',
                reasons: [],
              },
        );
        break;
      default:
        break;
    }
  return txStatus(id, state());
};
