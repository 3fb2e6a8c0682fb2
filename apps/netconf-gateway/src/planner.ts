import type {
  EstimateImpactRequest,
  ImpactEstimate,
  PlanAnswer,
  PlanPart,
  PlanRequest,
  Reason,
} from '@interlock/contracts';
import { contentHash, isProblem, ProblemError } from '@interlock/kernel';
import { NetconfDataError, type NetconfClient } from '@interlock/netconf';
import {
  deviceOf,
  earnedBy,
  latestByCell,
  networkState,
  leastSafe,
  ownBinding,
  profiles,
  refusedPlan,
  unsupportedBy,
  wholePlanHash,
  type Binding,
  type ChangePlan,
  type DeviceView,
  type DeviceTxState,
  type NetworkHandler,
  type YangLibrary,
} from '@interlock/network';
import { nowText } from '@interlock/platform';
import { isDeviceFault } from './sessions/change-session.js';
import { disagreement, readDeviceDiff } from './devices/device-diff.js';
import { readRunningLeaves, sameChanges } from './devices/device-reading.js';
import {
  connectDevice,
  validateChange,
  wholeValidation,
  type ConnectAnswer,
  type ValidateAnswer,
} from './adapter/dry-run.js';
import { entityUnknown, handlerOf, type FindHandler } from './handlers.js';
import type { Inventory, InventoryEntry } from './devices/inventory.js';
import type { KpiSources } from './kpi/kpi-sources.js';
import { missingModel, modelsOf, yangLibraryOf } from './devices/models.js';
import { yangTextsOf } from './devices/yang-texts.js';
import type { DeviceAddress, DeviceSessions } from './sessions/sessions.js';
import { sampleDevices, viewOf } from './several/views.js';

/** Returns the binding for a plan. It is omitted for Interlock's own model. */
const bindingMember = (binding: Binding): Pick<PlanAnswer, 'binding'> =>
  binding === ownBinding ? {} : { binding: binding.name };

/** Returns why a device may not be changed in the way that a handler needs. */
const against = (entry: InventoryEntry, handler: NetworkHandler): readonly Reason[] => {
  const { device, quarantined } = entry;
  const cannot = unsupportedBy(profiles[device.profile]!, handler.needs, earnedBy(entry));
  return [
    ...quarantineReasons(device.device_id, quarantined),
    ...(cannot === null ? [] : [{ code: 'profile-unsupported', detail: cannot }]),
  ];
};

const quarantineReasons = (deviceId: string, quarantined: string | null): readonly Reason[] =>
  quarantined === null
    ? []
    : [
        {
          code: 'device-quarantined',
          detail: `device \`${deviceId}\` is in quarantine: ${quarantined}`,
        },
      ];

/** Returns the answer for the change of one device. */
const answerOf = (
  plan: ChangePlan,
  binding: Binding,
  { device: { device_id, site_id, profile } }: InventoryEntry,
  violations: readonly Reason[],
): PlanAnswer => ({
  plan_hash: plan.plan_hash,
  device_id,
  site_id,
  profile,
  ...bindingMember(binding),
  payloads: plan.changes.length === 0 ? [] : [{ device_id, operation: 'edit-config', xml: plan.edit_xml }],
  diff: plan.changes,
  diff_hash: plan.diff_hash,
  leaves_fingerprint: plan.leaves_fingerprint,
  reversible: true,
  violations: [...plan.violations, ...violations],
});

/** Combines the changes of several devices into one answer. The entity's own device is the last. */
const answerOfParts = (answers: readonly PlanAnswer[]): PlanAnswer => {
  const diff = answers.flatMap((answer) => answer.diff);
  const { device_id, site_id } = answers.at(-1)!;
  return {
    plan_hash: wholePlanHash(answers.map((answer) => answer.plan_hash)),
    device_id,
    site_id,
    profile: leastSafe(answers.map((answer) => answer.profile)),
    parts: answers.map(({ payloads: _, reversible: _r, violations: _v, ...part }): PlanPart => part),
    payloads: answers.flatMap((answer) => answer.payloads),
    diff,
    diff_hash: contentHash(diff),
    leaves_fingerprint: contentHash(diff.map(({ path, before }) => ({ path, before }))),
    reversible: answers.every((answer) => answer.reversible),
    violations: answers.flatMap((answer) => answer.violations),
  };
};

/** Plans changes. It reads devices, and changes none. */
export class Planner {
  constructor(
    readonly inventory: Inventory,
    readonly sessions: DeviceSessions,
    private readonly handler: FindHandler,
    private readonly kpis: KpiSources,
  ) {}

  async estimateImpact(request: EstimateImpactRequest): Promise<ImpactEstimate> {
    await this.inventory.recent();
    if (!this.#isKnown(request)) await this.inventory.current();
    const { entry, handler } = this.#entity(request);
    const topology = this.inventory.topology(request.tenant_id);
    const cells = handler.watched(request.entity_id, topology);
    const devices = handler.several?.devicesOf(request, topology) ?? [];
    const at = nowText();
    const own = await this.#asked(entry.address, () =>
      sampleDevices(
        this,
        request.tenant_id,
        devices.length === 0 ? [entry.device.device_id] : devices,
        handler,
        request.entity_id,
        cells,
        at,
      ),
    );
    const samples = await this.kpis.complete(request.tenant_id, own, cells, at, null);
    const kpis = latestByCell(samples);
    const estimate = handler.estimateImpact(request, topology, kpis);
    const state = networkState(request.entity_id, estimate.neighbours, kpis);
    return state === undefined ? estimate : { ...estimate, state };
  }

  /**
   * Plans an action. With `device_diff`, a plan that disagrees with the device's own difference
   * gets a violation.
   */
  async plan(request: EstimateImpactRequest & Partial<PlanRequest>): Promise<PlanAnswer> {
    await this.inventory.current();
    const { entry, handler } = this.#entity(request);
    const several = await this.#planSeveral(handler, request);
    if (several !== undefined) return several;
    const { plan, binding } = await this.#planOn(entry, handler, request);
    const nothing: readonly Reason[] =
      plan.violations.length === 0 && plan.changes.length === 0
        ? [{ code: 'nothing-to-change', detail: 'the device is as the action would make it' }]
        : [];
    const answer = answerOf(plan, binding, entry, [...nothing, ...against(entry, handler)]);
    return request.device_diff === true ? this.#shown(entry, binding, answer) : answer;
  }

  /** Returns the answer with the device's own difference added. */
  async #shown(
    { address, device }: InventoryEntry,
    binding: Binding,
    answer: PlanAnswer,
  ): Promise<PlanAnswer> {
    const [payload] = answer.payloads;
    if (answer.violations.length > 0 || payload === undefined) return answer;
    const shown = await readDeviceDiff(
      this.sessions,
      address,
      profiles[device.profile]!,
      binding,
      payload.xml,
    );
    const agree = shown.changes === null || sameChanges(shown.changes, answer.diff);
    return {
      ...answer,
      device_diff: shown,
      violations: agree
        ? []
        : [
            {
              code: 'device-diff-mismatch',
              detail: `the difference that device \`${device.device_id}\` shows is not the planned one: ${disagreement(answer.diff, shown.changes)}`,
            },
          ],
    };
  }

  /** Returns the plan of a change of several devices; undefined if one device has all of it. */
  async #planSeveral(
    handler: NetworkHandler,
    request: EstimateImpactRequest & Partial<PlanRequest>,
  ): Promise<PlanAnswer | undefined> {
    const { tenant_id: tenantId } = request;
    const topology = this.inventory.topology(tenantId);
    const ids = handler.several?.devicesOf(request, topology) ?? [];
    if (handler.several === undefined || ids.length < 2) return undefined;
    const entries = new Map(ids.map((id) => [id, this.inventory.get(tenantId, id)]));
    const views = new Map<string, DeviceView>();
    const missing: Reason[] = [];
    for (const [id, entry] of entries) {
      const view = await this.#read(entry.address, (client) =>
        viewOf(client, entry, handler, request.entity_id, topology),
      );
      if ('missing' in view) missing.push({ ...view.missing, device_id: id });
      else views.set(id, view);
    }
    const own = entries.get(ids[0]!)!;
    const at = { device_id: ids[0]!, site_id: own.device.site_id, neighbours: [], entries: [] };
    const plans =
      missing.length > 0 ? [refusedPlan(at, missing)] : handler.several.plan(request, views, topology);
    if (plans.length > 1) {
      const answers: PlanAnswer[] = [];
      for (const plan of plans) {
        const entry = entries.get(plan.device_id!)!;
        const { binding } = views.get(plan.device_id!)!.model;
        const answer = answerOf(plan, binding, entry, against(entry, handler));
        answers.push(request.device_diff === true ? await this.#shown(entry, binding, answer) : answer);
      }
      return answerOfParts(answers);
    }
    if (plans[0]!.violations.length === 0) return undefined;
    const all = [...entries.values()].flatMap((entry) => against(entry, handler));
    return answerOf(plans[0]!, ownBinding, own, all);
  }

  /**
   * Returns what taking a confirmed change back would change. It gets a violation if others have
   * changed its leaves since, because those changes are theirs. `states` are the parts of the
   * change, in commit order.
   */
  async planUndo(tenantId: string, states: readonly DeviceTxState[]): Promise<PlanAnswer> {
    await this.inventory.current();
    const answers: PlanAnswer[] = [];
    for (const state of states) answers.push(await this.#planUndo(tenantId, state));
    return answers.length === 1 ? answers[0]! : answerOfParts(answers);
  }

  async #planUndo(tenantId: string, state: DeviceTxState): Promise<PlanAnswer> {
    const entry = this.inventory.find(tenantId, deviceOf(state) ?? '');
    const { prepared } = state;
    if (entry === undefined || prepared === null || state.phase !== 'confirmed')
      throw new ProblemError('undo-impossible', 'the change is not one that was confirmed on a device');
    const { device, quarantined } = entry;
    const binding =
      prepared.binding === undefined ? ownBinding : this.inventory.bindings.find(tenantId, prepared.binding);
    if (binding === undefined)
      throw new ProblemError('undo-impossible', `there is no binding \`${prepared.binding}\``);
    const present = await this.#read(entry.address, (client) => readRunningLeaves(client, binding));
    const changed = prepared.changes.filter(({ path, after }) => (present[path] ?? null) !== after);
    const diff = prepared.changes.map(({ path, before, after }) => ({ path, before: after, after: before }));
    const hashes = {
      diff_hash: contentHash(diff),
      leaves_fingerprint: contentHash(diff.map(({ path }) => ({ path, before: present[path] ?? null }))),
    };
    return {
      plan_hash: contentHash({
        device_id: device.device_id,
        profile: device.profile,
        edit_xml: prepared.inverse_xml,
        ...hashes,
      }),
      device_id: device.device_id,
      site_id: device.site_id,
      profile: device.profile,
      ...bindingMember(binding),
      payloads: [{ device_id: device.device_id, operation: 'edit-config', xml: prepared.inverse_xml }],
      diff,
      ...hashes,
      reversible: false,
      violations: [
        ...changed.map(({ path, after }): Reason => ({
          code: 'leaves-changed',
          detail: `\`${path}\` is \`${present[path] ?? 'not there'}\`, and the action had made it \`${after ?? 'not there'}\``,
          path,
        })),
        ...quarantineReasons(device.device_id, quarantined),
      ],
    };
  }

  /**
   * Returns the modules that a device reports now. Throws `device-unknown`, `device-unreachable`.
   */
  async yangLibrary(
    tenantId: string,
    deviceId: string,
  ): Promise<{ readonly entry: InventoryEntry; readonly library: YangLibrary }> {
    await this.inventory.current();
    const entry = this.inventory.get(tenantId, deviceId);
    return { entry, library: await this.#read(entry.address, yangLibraryOf) };
  }

  /** Returns YANG texts of a device. Throws `device-unknown`, `device-unreachable`. */
  async yangTexts(
    tenantId: string,
    deviceId: string,
    modules: readonly string[],
  ): Promise<readonly string[]> {
    await this.inventory.current();
    const { address } = this.inventory.get(tenantId, deviceId);
    return this.#read(address, (client) => yangTextsOf(client, modules));
  }

  /** Opens a session, and returns what the device's hello contains. */
  async connect(tenantId: string, deviceId: string): Promise<ConnectAnswer> {
    await this.inventory.current();
    return connectDevice(this.sessions, this.inventory.get(tenantId, deviceId));
  }

  /** Returns the plan, the exact RPCs, and the device's own validation. Nothing is changed. */
  async validate(request: EstimateImpactRequest): Promise<ValidateAnswer> {
    const { parts, ...plan } = await this.plan(request);
    const { entry } = this.#entity(request);
    const on = (one: InventoryEntry, payloads: PlanAnswer['payloads']): Promise<ValidateAnswer> =>
      this.#asked(one.address, () => validateChange(this.sessions, one, { ...plan, payloads }));
    if (parts === undefined) return on(entry, plan.payloads);
    const answers: ValidateAnswer[] = [];
    for (const { device_id } of parts) {
      const payloads = plan.payloads.filter((payload) => payload.device_id === device_id);
      answers.push(await on(this.inventory.get(request.tenant_id, device_id), payloads));
    }
    return wholeValidation(plan, answers);
  }

  /** Plans the change on the device's current configuration. */
  async #planOn(
    entry: InventoryEntry,
    handler: NetworkHandler,
    request: EstimateImpactRequest,
  ): Promise<{ readonly plan: ChangePlan; readonly binding: Binding }> {
    const { device, address } = entry;
    const { device_id, site_id } = device;
    return this.#read(address, async (client) => {
      const models = await modelsOf(client, entry);
      const topology = this.inventory.topology(request.tenant_id);
      const model = handler.modelOf(models, request.entity_id, topology);
      if (model === undefined) {
        const at = { device_id, site_id, neighbours: [], entries: [] };
        return { plan: refusedPlan(at, [missingModel(handler, models)]), binding: ownBinding };
      }
      const { binding } = model;
      const leaves = await readRunningLeaves(client, binding);
      return { plan: handler.plan(request, leaves, topology, profiles[device.profile]!, model), binding };
    });
  }

  #isKnown({
    tenant_id: tenantId,
    entity_id: entityId,
    action_type: actionType,
  }: EstimateImpactRequest): boolean {
    return this.handler(actionType)?.deviceOf(entityId, this.inventory.topology(tenantId)) !== undefined;
  }

  #entity({ tenant_id: tenantId, entity_id: entityId, action_type: actionType }: EstimateImpactRequest): {
    readonly entry: InventoryEntry;
    readonly handler: NetworkHandler;
  } {
    const handler = handlerOf(this.handler, actionType);
    const id = handler.deviceOf(entityId, this.inventory.topology(tenantId));
    const entry = id === undefined ? undefined : this.inventory.find(tenantId, id);
    if (entry === undefined) throw new ProblemError('device-unknown', entityUnknown(handler, entityId));
    return { entry, handler };
  }

  #read<T>(device: DeviceAddress, work: (client: NetconfClient) => Promise<T>): Promise<T> {
    return this.#asked(device, () => this.sessions.read(device, work));
  }

  async #asked<T>(device: DeviceAddress, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isProblem(error) || !isDeviceFault(error)) throw error;
      const how = error instanceof NetconfDataError ? 'cannot be read' : 'did not answer';
      throw new ProblemError(
        'device-unreachable',
        `device \`${device.device_id}\` ${how}: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
}
