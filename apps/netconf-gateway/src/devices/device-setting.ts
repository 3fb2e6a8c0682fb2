import { parseStream, streamName } from '@interlock/contracts';
import {
  ProblemError,
  refuseViolations,
  sameJson,
  type CommandContext,
  type CommandResult,
} from '@interlock/kernel';
import {
  bindTo,
  changedDevice,
  deviceDecider,
  deviceLoosens,
  deviceViolations,
  type Device,
  type DeviceCommand,
  type DeviceEvent,
  type DeviceState,
} from '@interlock/network';
import { SettingChanges, type ChangeRequestedDto, type Principal, type Setting } from '@interlock/platform';
import { Injectable } from '@nestjs/common';
import { Gateway } from '../gateway.js';

type Written = CommandResult<DeviceEvent, DeviceState>;

/**
 * A device as a setting. Another address, login, profile, host key or binding loosens, so it needs
 * an approval.
 */
@Injectable()
export class DeviceSetting {
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
      loosens: () => deviceLoosens,
      check: (tenantId, command) => this.#check(tenantId, command),
      undo: (command, { bindings: before }) =>
        command.kind === 'BindDevice' ? { ...command, bindings: before } : null,
    });
  }

  write(
    principal: Principal,
    deviceId: string,
    command: DeviceCommand,
    context: CommandContext,
  ): Promise<Written | ChangeRequestedDto> {
    return this.changes.write(this.#setting, {
      stream: streamName('device', principal.tenant_id, deviceId),
      command,
      principal,
      context,
    });
  }

  /**
   * Throws `validation-failed` with all faults of the settings. A reference to another tenant's
   * secret is a fault, whether the secret exists or not.
   */
  refuseFaults(tenantId: string, device: Device): void {
    const faults = deviceViolations(device);
    const unreadable = faults.some(({ pointer }) => pointer === '/credentials_ref');
    refuseViolations(
      [
        ...faults,
        ...(unreadable ? [] : this.gateway.credentials.violations(tenantId, device.credentials_ref)),
      ],
      'the device',
    );
    this.gateway.credentials.refuseElsewhere(tenantId, device);
  }

  /**
   * Refuses a change of a device while a transaction or qualification runs on it, because running
   * work continues at the old address.
   */
  refuseUnderWay(tenantId: string, id: string): void {
    if ((this.gateway.inventory.find(tenantId, id)?.qualifying ?? null) !== null)
      throw new ProblemError('wrong-state', `device \`${id}\` is being qualified`, {
        remedy: 'wait for its end',
      });
    const [open] = this.gateway.openOn(tenantId, id);
    if (open !== undefined)
      throw new ProblemError('wrong-state', `device \`${id}\` has a transaction under way`, {
        members: { tx_id: open },
        remedy: 'wait for its end, or take the action back',
      });
  }

  /**
   * Refuses cells that another device of the inventory has. If two requests come at the same time,
   * the topology gives the cell to the first device by name.
   */
  refuseTakenCells(tenantId: string, device: Device): void {
    const { cells } = this.gateway.inventory.topology(tenantId);
    const taken = device.cells.flatMap((cell, i) => {
      const owner = cells.get(cell.cell_id)?.device_id;
      return owner === undefined || owner === device.device_id
        ? []
        : [{ pointer: `/cells/${i}/cell_id`, detail: `\`${cell.cell_id}\` belongs to device \`${owner}\`` }];
    });
    if (taken.length > 0)
      throw new ProblemError(
        'already-exists',
        `${taken.length} of the device's cells belong to other devices`,
        { violations: taken },
      );
  }

  async #check(tenantId: string, command: DeviceCommand): Promise<void> {
    switch (command.kind) {
      case 'BindDevice':
        return command.bindings === null
          ? undefined
          : this.#refuseUnfit(tenantId, command.device_id, command.bindings);
      case 'RegisterDevice':
        this.refuseFaults(tenantId, command.device);
        await this.gateway.current();
        this.refuseTakenCells(tenantId, command.device);
        return;
      case 'UpdateDevice':
        return this.#refuseUpdate(tenantId, command);
      default:
        return undefined;
    }
  }

  async #refuseUpdate(
    tenantId: string,
    { device_id: id, changes }: Extract<DeviceCommand, { readonly kind: 'UpdateDevice' }>,
  ): Promise<void> {
    await this.gateway.current();
    const known = this.gateway.inventory.find(tenantId, id);
    if (known === undefined) return; // The decider refuses it.
    const device = changedDevice(known.device, changes);
    this.refuseFaults(tenantId, device);
    this.refuseTakenCells(tenantId, device);
    if (!sameJson(known.device, device)) this.refuseUnderWay(tenantId, id);
  }

  async #refuseUnfit(tenantId: string, deviceId: string, chosen: readonly string[]): Promise<void> {
    const { entry, library } = await this.gateway.yangLibrary(tenantId, deviceId);
    refuseViolations(
      chosen.flatMap((name, i) =>
        entry.table.has(name) ? [] : [{ pointer: `/bindings/${i}`, detail: `\`${name}\` is not a binding` }],
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
