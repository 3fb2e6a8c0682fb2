import type { JsonObject, KpiSample } from '@interlock/contracts';
import { contentHash, isProblem, ProblemError, sameJson } from '@interlock/kernel';
import type { XmlElement } from '@interlock/netconf';
import {
  earnedBy,
  leavesUnder,
  ownBinding,
  unsupportedBy,
  type AskedTurn,
  type BoundModel,
  type Binding,
  type ChangePlan,
  type DeviceView,
  type DeviceTxState,
  type NetworkHandler,
  type PreparedChange,
} from '@interlock/network';
import { heldTurn, movedOn, refused, StepFailed, type HeldTurn as BaseTurn } from '@interlock/executor';
import { ChangeSession, isDeviceFault, requireCapabilities, type Wait } from '../sessions/change-session.js';
import { missingModel, modelsOf } from '../devices/models.js';
import { leavesOf, sampleKpis } from '../devices/device-reading.js';
import { sampleDevices, viewOf } from '../several/views.js';
import { editCandidate, reasonsOf } from './apply.js';
import type { InventoryEntry } from '../devices/inventory.js';
import type { Tx, TxAt, TxTools } from './context.js';

/**
 * A turn that this process holds: the session with the locks, and the running configuration that it
 * read.
 */
export type HeldTurn = BaseTurn & {
  readonly session: ChangeSession;
  readonly running: XmlElement;
  /** Whether the device answered the first change with ok. */
  acknowledged: boolean;
  /** Whether the session now belongs to the transaction, and outlives the turn. */
  kept: boolean;
};

const samplesBefore = 3;

/** Reads the KPIs of the entities that the handler watches, before anything is locked or edited. */
const kpisBefore = async (
  tools: TxTools,
  tx: Tx,
  sample: () => Promise<readonly KpiSample[]>,
): Promise<readonly KpiSample[]> => {
  const samples: KpiSample[] = [];
  for (let i = 0; i < samplesBefore; i += 1) {
    if (i > 0) await tx.wait(Math.min(250, tools.config.NETCONF_OBSERVE_MS));
    samples.push(...(await sample()));
  }
  return samples;
};

/**
 * Returns the plan of this device: of its own change, or of its part of a change of several
 * devices. It reads the other devices too. Those whose turn came earlier are locked, so the guards
 * of the last part hold over all of them.
 */
const planOf = async (
  tools: TxTools,
  tx: Tx,
  handler: NetworkHandler,
  own: DeviceView,
  { entity_id, part }: Pick<AskedTurn, 'entity_id' | 'part'>,
  parameters: JsonObject,
): Promise<ChangePlan> => {
  const topology = tools.inventory.topology(tx.tenant_id);
  const asked = { entity_id, parameters };
  const { device_id: deviceId } = tx.device;
  if (part === undefined) return handler.plan(asked, own.running, topology, own.profile, own.model);
  const views = new Map([[deviceId, own]]);
  for (const id of part.devices.filter((one) => one !== deviceId)) {
    const entry = tools.inventory.find(tx.tenant_id, id);
    if (entry === undefined) throw refused('device-unknown', `there is no device \`${id}\``);
    const view = await tools.sessions.read(entry.address, (client) =>
      viewOf(client, entry, handler, entity_id, topology),
    );
    if ('missing' in view) throw new StepFailed('refused', [view.missing]);
    views.set(id, view);
  }
  const plans = handler.several?.plan(asked, views, topology) ?? [];
  const violations = plans.flatMap((plan) => plan.violations);
  if (violations.length > 0) throw new StepFailed('refused', violations);
  const devices = plans.map((plan) => plan.device_id);
  if (!sameJson(devices, part.devices))
    throw refused('devices-changed', 'the change is of other devices than those of the plan');
  return plans[part.number - 1]!;
};

type Preparation = { readonly plan_hash: string; readonly prepared: PreparedChange };

/** Plans on the current running configuration: the pre-image, the intended edit and its inverse. */
const prepare = async (
  tools: TxTools,
  tx: Tx,
  handler: NetworkHandler,
  model: BoundModel,
  state: DeviceTxState,
  running: XmlElement,
  before: readonly KpiSample[],
): Promise<Preparation> => {
  const { request_id: request } = state.turn!;
  const { intent, turn, ended } = await tools.followed.actionThat(
    tx.tenant_id,
    tx.action_id,
    (action) => action.turn?.request_id === request && !action.ended,
  );
  if (intent === null || turn?.request_id !== request || ended) throw new StepFailed('stale', [movedOn]);
  const { binding } = model;
  const leaves = leavesOf(running, binding);
  const own = { running: leaves, profile: tx.profile, model };
  const plan = await planOf(tools, tx, handler, own, state.turn!, intent.parameters);
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
 * Opens the session that will change the device, and chooses the binding for the handler. Throws
 * StepFailed if a capability is missing, or if no binding serves.
 */
const openChange = async (
  tools: TxTools,
  tx: Tx,
  handler: NetworkHandler,
  entityId: string,
  own: Pick<InventoryEntry, 'bindings' | 'table'>,
  wait: Wait,
): Promise<{ readonly session: ChangeSession; readonly model: BoundModel }> => {
  const client = await tools.sessions.open(tx.device);
  try {
    requireCapabilities(client, tx.profile);
    const models = await modelsOf(client, own);
    const model = handler.modelOf(models, entityId, tools.inventory.topology(tx.tenant_id));
    if (model === undefined) throw new StepFailed('refused', [missingModel(handler, models)]);
    return { session: new ChangeSession(client, tx.profile, model.binding, wait, tx.onExchange), model };
  } catch (error) {
    await client.close();
    throw error;
  }
};

/**
 * Steps 1 and 2 of the safe change: samples, a session with both locks, and the pre-image, all
 * journalled with `TurnTaken`. Returns undefined if the turn ended instead: it lapsed, or nothing
 * can be done on this device. Throws faults of the gateway itself.
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
    const entry = tools.inventory.find(tx.tenant_id, tx.device.device_id);
    const unsupported = unsupportedBy(
      tx.profile,
      handler.needs,
      entry === undefined ? null : earnedBy(entry),
    );
    if (unsupported !== null) throw refused('profile-unsupported', unsupported);
    const own = entry ?? {
      bindings: null,
      table: tools.inventory.bindings.table(tx.tenant_id),
    };
    const models = await tools.sessions.read(tx.device, (client) => modelsOf(client, own));
    const topology = tools.inventory.topology(tx.tenant_id);
    const cells = handler.watched(asked.entity_id, topology);
    const watched = handler.modelOf(models, asked.entity_id, topology)?.binding;
    const sample = async (binding: Binding): Promise<readonly KpiSample[]> => {
      const at = tools.now();
      const samples =
        asked.part === undefined
          ? await tools.sessions.read(tx.device, (client) => sampleKpis(client, binding, cells, at))
          : await sampleDevices(tools, tx.tenant_id, asked.part.devices, handler, asked.entity_id, cells, at);
      return tools.kpis.complete(tx.tenant_id, samples, cells, at, null);
    };
    const before =
      watched === undefined || handler.limits === null
        ? []
        : await kpisBefore(tools, tx, () => sample(watched));
    const wait = async (ms: number): Promise<void> => {
      await tx.wait(ms);
      if ((await tx.now()).revision !== revision)
        throw new ProblemError('stale-revision', `another instance went on with transaction \`${tx.id}\``);
    };
    const opened = await openChange(tools, tx, handler, asked.entity_id, own, wait);
    session = opened.session;
    const running = await session.lock(tools.config.NETCONF_LOCK_WAIT_MS);
    const { plan_hash, prepared } = await prepare(tools, tx, handler, opened.model, state, running, before);
    if (asked.part !== undefined) await editCandidate(tools, tx, session, running, prepared);
    const sent = performance.now();
    await tx.record(
      { kind: 'TakeTurn', turn: asked.turn, instance: tools.instance, plan_hash, prepared },
      revision,
    );
    const opening = session;
    const held: HeldTurn = {
      ...heldTurn(asked.turn, sent, async () => {
        if (!held.kept) await opening.close();
      }),
      session: opening,
      running,
      acknowledged: false,
      kept: false,
    };
    session = undefined;
    return held;
  } catch (error) {
    if (error instanceof StepFailed && error.outcome === 'stale')
      await tx.record({ kind: 'RecordLapse', reasons: error.reasons }, revision);
    // What the device has may be too large for the log, and would be too large again.
    else if (error instanceof StepFailed || isDeviceFault(error) || isProblem(error, 'payload-too-large'))
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
