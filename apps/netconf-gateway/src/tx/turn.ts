import type { KpiSample } from '@interlock/contracts';
import { contentHash, ProblemError } from '@interlock/kernel';
import type { XmlElement } from '@interlock/netconf';
import {
  leavesUnder,
  ownBinding,
  unsupportedBy,
  type BoundModel,
  type Binding,
  type DeviceTxState,
  type NetworkHandler,
  type PreparedChange,
} from '@interlock/network';
import { heldTurn, movedOn, refused, StepFailed, type HeldTurn as BaseTurn } from '@interlock/executor';
import { ChangeSession, isDeviceFault, requireCapabilities, type Wait } from '../change-session.js';
import { missingModel, modelOf, modelsOf } from '../models.js';
import { leavesOf, sampleKpis } from '../device-reading.js';
import { reasonsOf } from './apply.js';
import type { Tx, TxAt, TxTools } from './context.js';

/** A turn as the process that took it holds it: the session with the locks, and what it read. */
export type HeldTurn = BaseTurn & {
  readonly session: ChangeSession;
  readonly running: XmlElement;
  /** The device answered the first change with ok. */
  acknowledged: boolean;
  /** The session is the transaction's own from now on, and outlives the turn. */
  kept: boolean;
};

const samplesBefore = 3;

/** The KPIs of the entities that the handler watches, before anything is locked or edited. */
const kpisBefore = async (
  tools: TxTools,
  tx: Tx,
  binding: Binding,
  cells: readonly string[],
): Promise<readonly KpiSample[]> => {
  const samples: KpiSample[] = [];
  for (let i = 0; i < samplesBefore; i += 1) {
    if (i > 0) await tx.wait(Math.min(250, tools.config.NETCONF_OBSERVE_MS));
    samples.push(
      ...(await tools.sessions.read(tx.device, (client) => sampleKpis(client, binding, cells, tools.now()))),
    );
  }
  return samples;
};

type Preparation = { readonly plan_hash: string; readonly prepared: PreparedChange };

/** Plans on what runs now: the pre-image, the intended edit and its inverse. */
const prepare = async (
  tools: TxTools,
  tx: Tx,
  handler: NetworkHandler,
  model: BoundModel,
  state: DeviceTxState,
  running: XmlElement,
  before: readonly KpiSample[],
): Promise<Preparation> => {
  const { entity_id: entity, request_id: request } = state.turn!;
  const { intent, turn, ended } = await tools.followed.actionThat(
    tx.tenant_id,
    tx.action_id,
    (action) => action.turn?.request_id === request && !action.ended,
  );
  if (intent === null || turn?.request_id !== request || ended) throw new StepFailed('stale', [movedOn]);
  const { binding } = model;
  const leaves = leavesOf(running, binding);
  const plan = handler.plan(
    { entity_id: entity, parameters: intent.parameters },
    leaves,
    tools.inventory.topology(tx.tenant_id),
    tx.profile,
    model,
  );
  if (plan.violations.length > 0) throw new StepFailed('refused', plan.violations);
  if (plan.changes.length === 0)
    throw refused('nothing-to-change', 'the device is as the action would make it');
  const preImage = leavesUnder(leaves, plan.entries);
  return {
    plan_hash: plan.plan_hash,
    prepared: {
      ...(binding === ownBinding ? {} : { binding: binding.name }),
      edit_xml: plan.edit_xml,
      inverse_xml: plan.inverse_xml,
      changes: plan.changes,
      diff_hash: plan.diff_hash,
      leaves_fingerprint: plan.leaves_fingerprint,
      pre_image: preImage,
      pre_image_hash: contentHash(preImage),
      neighbours: plan.neighbours,
      samples_before: before,
    },
  };
};

/**
 * The session that will change the device, and what its modules let the handler do. Throws
 * StepFailed where a capability is missing, or no binding serves.
 */
const openChange = async (
  tools: TxTools,
  tx: Tx,
  handler: NetworkHandler,
  chosen: readonly string[] | null,
  wait: Wait,
): Promise<{ readonly session: ChangeSession; readonly model: BoundModel }> => {
  const client = await tools.sessions.open(tx.device);
  try {
    requireCapabilities(client, tx.profile);
    const models = await modelsOf(client, chosen);
    const model = modelOf(handler, models);
    if (model === undefined) throw new StepFailed('refused', [missingModel(handler, models)]);
    return { session: new ChangeSession(client, tx.profile, model.binding, wait, tx.heard), model };
  } catch (error) {
    await client.close();
    throw error;
  }
};

/**
 * Steps 1 and 2 of the safe change: samples, a session with both locks, the pre-image, all
 * journalled with `TurnTaken`. Undefined where the turn ended instead: refused, because nothing can
 * be done on this device, or lapsed. Throws what is neither the device's fault nor the action's.
 */
export const takeTurn = async (
  tools: TxTools,
  tx: Tx,
  { state, revision }: TxAt,
): Promise<HeldTurn | undefined> => {
  const asked = state.turn!;
  let session: ChangeSession | undefined;
  try {
    await tools.inventory.current();
    const quarantined = tx.quarantined();
    if (quarantined !== null)
      throw refused(
        'device-quarantined',
        `device \`${tx.device.device_id}\` is in quarantine: ${quarantined}`,
      );
    const handler = tools.handler(asked.action_type);
    if (handler === undefined)
      throw refused('unknown-action-type', `the gateway has no handler for \`${asked.action_type}\``);
    const unsupported = unsupportedBy(tx.profile, handler.needs);
    if (unsupported !== null) throw refused('profile-unsupported', unsupported);
    const chosen = tools.inventory.find(tx.tenant_id, tx.device.device_id)?.bindings ?? null;
    const models = await tools.sessions.read(tx.device, (client) => modelsOf(client, chosen));
    const cells = handler.watched(asked.entity_id, tools.inventory.topology(tx.tenant_id));
    const watched = modelOf(handler, models)?.binding;
    const before = watched === undefined ? [] : await kpisBefore(tools, tx, watched, cells);
    const wait = async (ms: number): Promise<void> => {
      await tx.wait(ms);
      if ((await tx.now()).revision !== revision)
        throw new ProblemError(
          'stale-revision',
          `another instance went on with transaction \`${tx.action_id}\``,
        );
    };
    const opened = await openChange(tools, tx, handler, chosen, wait);
    session = opened.session;
    const running = await session.lock(tools.config.NETCONF_LOCK_WAIT_MS);
    const { plan_hash, prepared } = await prepare(tools, tx, handler, opened.model, state, running, before);
    const sent = performance.now();
    await tx.record(
      { kind: 'TakeTurn', turn: asked.turn, instance: tools.instance, plan_hash, prepared },
      revision,
    );
    const own = session;
    const held: HeldTurn = {
      ...heldTurn(asked.turn, sent, async () => {
        if (!held.kept) await own.close();
      }),
      session: own,
      running,
      acknowledged: false,
      kept: false,
    };
    session = undefined;
    return held;
  } catch (error) {
    if (error instanceof StepFailed && error.outcome === 'stale')
      await tx.record({ kind: 'RecordLapse', reasons: error.reasons }, revision);
    else if (error instanceof StepFailed || isDeviceFault(error))
      await tx.record(
        { kind: 'RefuseApply', request_id: asked.request_id, reasons: reasonsOf(error) },
        revision,
      );
    else throw error;
    return undefined;
  } finally {
    await session?.close();
  }
};
