import type { EstimateImpactRequest, ImpactEstimate, PlanAnswer, Reason } from '@interlock/contracts';
import { contentHash, isProblem, ProblemError } from '@interlock/kernel';
import { NetconfDataError, type NetconfClient } from '@interlock/netconf';
import {
  bindings,
  deviceOf,
  latestByCell,
  ownBinding,
  profiles,
  refusedPlan,
  unsupportedBy,
  type Binding,
  type ChangePlan,
  type DeviceTxState,
  type NetworkHandler,
  type YangLibrary,
} from '@interlock/network';
import { nowText } from '@interlock/platform';
import { isDeviceFault } from './change-session.js';
import { readRunningLeaves, sampleKpis } from './device-reading.js';
import { connectDevice, validateChange, type ConnectAnswer, type ValidateAnswer } from './dry-run.js';
import { handlerOf, type FindHandler } from './handlers.js';
import type { Inventory, InventoryEntry } from './inventory.js';
import { missingModel, modelOf, modelsOf, yangLibraryOf } from './models.js';
import type { DeviceAddress, DeviceSessions } from './sessions.js';

/** Plans that name no binding are of Interlock's own model. */
const bindingMember = (binding: Binding): Pick<PlanAnswer, 'binding'> =>
  binding === ownBinding ? {} : { binding: binding.name };

/** What a change would be and do: reads devices, and changes none. */
export class Planner {
  constructor(
    private readonly inventory: Inventory,
    private readonly sessions: DeviceSessions,
    private readonly handler: FindHandler,
  ) {}

  async estimateImpact(request: EstimateImpactRequest): Promise<ImpactEstimate> {
    await this.inventory.recent();
    if (!this.#isKnown(request)) await this.inventory.current();
    const { entry, handler } = this.#entity(request);
    const topology = this.inventory.topology(request.tenant_id);
    const cells = handler.watched(request.entity_id, topology);
    const samples = await this.#read(entry.address, async (client) => {
      const model = modelOf(handler, await modelsOf(client, entry.bindings));
      return model === undefined ? [] : sampleKpis(client, model.binding, cells, nowText());
    });
    return handler.estimateImpact(request, topology, latestByCell(samples));
  }

  async plan(request: EstimateImpactRequest & { readonly action_id?: string }): Promise<PlanAnswer> {
    await this.inventory.current();
    const { entry, handler } = this.#entity(request);
    const { plan, binding } = await this.#planOn(entry, handler, request);
    const quarantined: readonly Reason[] =
      entry.quarantined === null
        ? []
        : [
            {
              code: 'device-quarantined',
              detail: `device \`${entry.device.device_id}\` is in quarantine: ${entry.quarantined}`,
            },
          ];
    const profile = profiles[entry.device.profile]!;
    const cannot = unsupportedBy(profile, handler.needs);
    const unsupported: readonly Reason[] =
      cannot === null ? [] : [{ code: 'profile-unsupported', detail: cannot }];
    const nothing: readonly Reason[] =
      plan.violations.length === 0 && plan.changes.length === 0
        ? [{ code: 'nothing-to-change', detail: 'the device is as the action would make it' }]
        : [];
    return {
      plan_hash: plan.plan_hash,
      device_id: entry.device.device_id,
      site_id: entry.device.site_id,
      profile: entry.device.profile,
      ...bindingMember(binding),
      payloads:
        plan.changes.length === 0
          ? []
          : [{ device_id: entry.device.device_id, operation: 'edit-config', xml: plan.edit_xml }],
      diff: plan.changes,
      diff_hash: plan.diff_hash,
      leaves_fingerprint: plan.leaves_fingerprint,
      reversible: true,
      violations: [...plan.violations, ...nothing, ...quarantined, ...unsupported],
    };
  }

  /**
   * What taking a confirmed change back would change; refused by a violation where others have
   * changed its leaves since, which are then theirs.
   */
  async planUndo(tenantId: string, state: DeviceTxState): Promise<PlanAnswer> {
    await this.inventory.current();
    const entry = this.inventory.find(tenantId, deviceOf(state) ?? '');
    const { prepared } = state;
    if (entry === undefined || prepared === null || state.phase !== 'confirmed')
      throw new ProblemError('undo-impossible', 'the change is not one that was confirmed on a device');
    const { device, quarantined } = entry;
    const binding = prepared.binding === undefined ? ownBinding : bindings.get(prepared.binding);
    if (binding === undefined)
      throw new ProblemError(
        'undo-impossible',
        `there is no binding \`${prepared.binding}\` in this version`,
      );
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
        ...(quarantined === null
          ? []
          : [
              {
                code: 'device-quarantined',
                detail: `device \`${device.device_id}\` is in quarantine: ${quarantined}`,
              },
            ]),
      ],
    };
  }

  /** The modules that a device says it has now. Throws `device-unknown`, `device-unreachable`. */
  async yangLibrary(
    tenantId: string,
    deviceId: string,
  ): Promise<{ readonly entry: InventoryEntry; readonly library: YangLibrary }> {
    await this.inventory.current();
    const entry = this.inventory.get(tenantId, deviceId);
    return { entry, library: await this.#read(entry.address, yangLibraryOf) };
  }

  /** What a device says when it is greeted. */
  async connect(tenantId: string, deviceId: string): Promise<ConnectAnswer> {
    await this.inventory.current();
    return connectDevice(this.sessions, this.inventory.get(tenantId, deviceId));
  }

  /** The plan, the exact RPCs, and the device's own validation; nothing is changed. */
  async validate(request: EstimateImpactRequest): Promise<ValidateAnswer> {
    const plan = await this.plan(request);
    const { entry } = this.#entity(request);
    return this.#asked(entry.address, () => validateChange(this.sessions, entry, plan));
  }

  /** The plan on what the device has now. */
  async #planOn(
    { device, address, bindings: chosen }: InventoryEntry,
    handler: NetworkHandler,
    request: EstimateImpactRequest,
  ): Promise<{ readonly plan: ChangePlan; readonly binding: Binding }> {
    const { device_id, site_id } = device;
    return this.#read(address, async (client) => {
      const models = await modelsOf(client, chosen);
      const model = modelOf(handler, models);
      if (model === undefined) {
        const at = { device_id, site_id, neighbours: [], entries: [] };
        return { plan: refusedPlan(at, [missingModel(handler, models)]), binding: ownBinding };
      }
      const { binding } = model;
      const leaves = await readRunningLeaves(client, binding);
      const topology = this.inventory.topology(request.tenant_id);
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
    if (entry === undefined)
      throw new ProblemError('device-unknown', `no device has a ${handler.entity} \`${entityId}\``);
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
