import { refuseViolations, type CommandContext, type CommandResult } from '@interlock/kernel';
import {
  automaticBindings,
  bindTo,
  earnedBy,
  nacmRules,
  nacmXml,
  networkActionTypes,
  networkHandlerOf,
  profiles,
  rulesNotChecked,
  unsupportedBy,
  type BoundModel,
  type DeviceEvent,
  type DeviceState,
  type Topology,
  type YangLibrary,
} from '@interlock/network';
import type { ChangeRequestedDto, Principal } from '@interlock/platform';
import { Injectable } from '@nestjs/common';
import type { DeviceBindingsDto, DeviceNacmDto } from './device-bindings.dto.js';
import { Gateway } from '../gateway.js';
import { DeviceSetting } from '../devices/device-setting.js';
import type { InventoryEntry } from '../devices/inventory.js';
import { missingModel } from '../devices/models.js';

type Shown = DeviceBindingsDto['actions'][number];

/** Returns whether a built-in action type can run on a device with these models. */
const actionOn = (
  entry: InventoryEntry,
  actionType: string,
  models: readonly BoundModel[],
  topology: Topology,
): Shown => {
  const handler = networkHandlerOf(actionType)!;
  const model = handler.modelOf(models, entry.device.device_id, topology);
  const unsupported = unsupportedBy(profiles[entry.device.profile]!, handler.needs, earnedBy(entry));
  const why = [
    ...(unsupported === null ? [] : [unsupported]),
    ...(model === undefined
      ? [String(missingModel(handler, models).detail)]
      : handler.changes.flatMap((leaf) => {
          const known = model.leaves.get(leaf);
          if (known?.access === 'change') return [];
          return [`\`${leaf}\`: ${known?.why ?? 'the binding does not place it'}`];
        })),
  ];
  return {
    action_type: actionType,
    binding: model?.binding.name ?? null,
    possible: why.length === 0,
    why,
  };
};

/**
 * Returns every binding that was chosen for a device or whose model it has, and what the device can
 * do with it.
 */
const shownBindings = (
  entry: InventoryEntry,
  library: YangLibrary,
  topology: Topology,
): DeviceBindingsDto => {
  const inForce = entry.bindings ?? automaticBindings;
  const all = [...entry.table.values()].map((binding) => bindTo(binding, library));
  const there = all.filter(({ access }) => access !== 'none');
  return {
    device_id: entry.device.device_id,
    library: { source: library.source, id: library.id, modules: library.modules.length },
    chosen: entry.bindings,
    proposed: there.map(({ binding }) => binding.name),
    bindings: all
      .filter((one) => there.includes(one) || entry.bindings?.includes(one.binding.name) === true)
      .map(({ binding, access, reasons, leaves }) => ({
        binding: binding.name,
        evidence: binding.file.evidence.status,
        evidence_by: binding.file.evidence.by,
        access,
        in_force: inForce.includes(binding.name),
        why: reasons.map(({ detail }) => String(detail)).join('; ') || null,
        leaves: [...leaves].map(([leaf, fit]) => ({ leaf, ...fit })),
        not_checked: rulesNotChecked(binding.file),
      })),
    actions: networkActionTypes.map((actionType) =>
      actionOn(
        entry,
        actionType,
        all.filter(({ binding }) => inForce.includes(binding.name)),
        topology,
      ),
    ),
  };
};

/** The bindings of devices: what they can do over them, and the choice of them. */
@Injectable()
export class DeviceBindings {
  constructor(
    private readonly gateway: Gateway,
    private readonly setting: DeviceSetting,
  ) {}

  /** Reads the device's YANG library. Throws `device-unknown` and what opening a session throws. */
  async show(tenantId: string, deviceId: string): Promise<DeviceBindingsDto> {
    const { entry, library } = await this.gateway.yangLibrary(tenantId, deviceId);
    return shownBindings(entry, library, this.gateway.inventory.topology(tenantId));
  }

  /**
   * Returns the access rules (RFC 8341) for Interlock's account on a device. They permit what these
   * actions need, or all actions that the device can do.
   */
  async nacm(
    tenantId: string,
    deviceId: string,
    asked: readonly string[] | undefined,
  ): Promise<DeviceNacmDto> {
    refuseViolations(
      (asked ?? [])
        .filter((name) => !networkActionTypes.includes(name))
        .map((name) => ({
          pointer: '/query/action_type',
          detail: `\`${name.slice(0, 64)}\` is not an action type of the gateway`,
        })),
      'the query',
    );
    const { entry, library } = await this.gateway.yangLibrary(tenantId, deviceId);
    const topology = this.gateway.inventory.topology(tenantId);
    const inForce = entry.bindings ?? automaticBindings;
    const models = [...entry.table.values()]
      .filter(({ name }) => inForce.includes(name))
      .map((binding) => bindTo(binding, library));
    const actions = (asked ?? networkActionTypes).map((name) => actionOn(entry, name, models, topology));
    const possible = actions.filter((one) => one.possible).map((one) => one.action_type);
    const { profile, username } = entry.device;
    const rules = nacmRules(
      profiles[profile]!,
      possible.flatMap((name) => {
        const handler = networkHandlerOf(name)!;
        const model = handler.modelOf(models, deviceId, topology);
        return model === undefined ? [] : [{ handler, model }];
      }),
    );
    return {
      device_id: deviceId,
      username,
      actions: actions.map(({ action_type, possible: permitted, why }) => ({ action_type, permitted, why })),
      rules: rules.map(({ name, module = null, rpc = null, path = null, prefixes = {}, operations }) => ({
        name,
        module,
        rpc,
        path,
        prefixes,
        operations,
      })),
      xml: nacmXml(username, rules),
    };
  }

  /**
   * Sets a device's bindings. Throws `binding-unfit` if the device lacks the model of a binding.
   */
  write(
    principal: Principal,
    deviceId: string,
    chosen: readonly string[] | null,
    context: CommandContext,
  ): Promise<CommandResult<DeviceEvent, DeviceState> | ChangeRequestedDto> {
    const command = { kind: 'BindDevice', device_id: deviceId, bindings: chosen } as const;
    return this.setting.write(principal, deviceId, command, context);
  }
}
