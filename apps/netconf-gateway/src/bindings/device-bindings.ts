import { parseStream, streamName } from '@interlock/contracts';
import { ProblemError, refuseViolations, type CommandContext, type CommandResult } from '@interlock/kernel';
import {
  automaticBindings,
  bindTo,
  deviceBindingsLoosens,
  deviceDecider,
  earnedBy,
  networkActionTypes,
  networkHandlerOf,
  profiles,
  rulesNotChecked,
  unsupportedBy,
  type BoundModel,
  type DeviceCommand,
  type DeviceEvent,
  type DeviceState,
  type Topology,
  type YangLibrary,
} from '@interlock/network';
import { SettingChanges, type ChangeRequestedDto, type Principal, type Setting } from '@interlock/platform';
import { Injectable } from '@nestjs/common';
import type { DeviceBindingsDto } from './device-bindings.dto.js';
import { Gateway } from '../gateway.js';
import type { InventoryEntry } from '../inventory.js';
import { missingModel } from '../models.js';

type Shown = DeviceBindingsDto['actions'][number];

/** What an action type of ours can do on a device with these models. */
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

/** Every binding that a device has the model of, or was given, and what it can do over it. */
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

/** The bindings of devices, as a setting: a binding that a device did not have loosens. */
@Injectable()
export class DeviceBindings {
  readonly #setting: Setting<DeviceCommand, DeviceEvent, DeviceState>;

  constructor(
    private readonly gateway: Gateway,
    private readonly changes: SettingChanges,
  ) {
    this.#setting = changes.add({
      holds: (stream) => parseStream(stream)?.category === 'device',
      decider: deviceDecider,
      handler: gateway.devices,
      scope: 'DEVICE_WRITE',
      loosens: () => deviceBindingsLoosens,
      check: (tenantId, command) =>
        command.kind === 'BindDevice' && command.bindings !== null
          ? this.#refuseUnfit(tenantId, command.device_id, command.bindings)
          : Promise.resolve(),
      undo: (command, { bindings: before }) =>
        command.kind === 'BindDevice' ? { ...command, bindings: before } : null,
    });
  }

  /** Reads the device's library. Throws `device-unknown` and what opening a session throws. */
  async show(tenantId: string, deviceId: string): Promise<DeviceBindingsDto> {
    const { entry, library } = await this.gateway.yangLibrary(tenantId, deviceId);
    return shownBindings(entry, library, this.gateway.inventory.topology(tenantId));
  }

  /** Throws `binding-unfit` where the device does not have the model of a binding. */
  write(
    principal: Principal,
    deviceId: string,
    chosen: readonly string[] | null,
    context: CommandContext,
  ): Promise<CommandResult<DeviceEvent, DeviceState> | ChangeRequestedDto> {
    return this.changes.write(this.#setting, {
      stream: streamName('device', principal.tenant_id, deviceId),
      command: { kind: 'BindDevice', device_id: deviceId, bindings: chosen },
      principal,
      context,
    });
  }

  async #refuseUnfit(tenantId: string, deviceId: string, chosen: readonly string[]): Promise<void> {
    const { entry, library } = await this.gateway.yangLibrary(tenantId, deviceId);
    refuseViolations(
      chosen.flatMap((name, i) =>
        entry.table.has(name) ? [] : [{ pointer: `/bindings/${i}`, detail: `\`${name}\` is no binding` }],
      ),
      'the bindings',
    );
    const unfit = chosen.flatMap((name, i) => {
      const binding = entry.table.get(name);
      const model = binding === undefined ? undefined : bindTo(binding, library);
      return model?.access === 'none'
        ? model.reasons.map(({ detail }) => ({ pointer: `/bindings/${i}`, detail: String(detail) }))
        : [];
    });
    if (unfit.length > 0)
      throw new ProblemError('binding-unfit', `device \`${deviceId}\` does not have the model`, {
        violations: unfit,
        remedy: `\`interlock devices bind ${deviceId}\` lists what it has`,
      });
  }
}
