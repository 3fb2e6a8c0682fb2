import { isChangeRequested, SettingChanges } from '@interlock/platform';
import type { ChangeRequestedDto, Principal, Setting } from '@interlock/platform';
import { parseStream } from '@interlock/contracts';
import { ProblemError, type CommandContext, type CommandResult } from '@interlock/kernel';
import {
  tenantBindingDecider,
  tenantBindingLoosens,
  tenantBindingStream,
  type BindingFile,
  type TenantBindingCommand,
  type TenantBindingEvent,
  type TenantBindingState,
} from '@interlock/network';
import { Injectable } from '@nestjs/common';
import { Gateway } from '../gateway.js';
import { bindingIn, checkBinding, type AgreedBinding, loadedModules } from './binding-check.js';

type Written = CommandResult<TenantBindingEvent, TenantBindingState>;

/**
 * The bindings of a tenant, as settings. A new binding loosens, so it needs an approval; a removal
 * does not.
 */
@Injectable()
export class TenantBindingSettings {
  readonly #setting: Setting<TenantBindingCommand, TenantBindingEvent, TenantBindingState>;

  constructor(
    private readonly gateway: Gateway,
    private readonly changes: SettingChanges,
  ) {
    this.#setting = changes.add({
      holds: (stream) => parseStream(stream)?.category === 'device_binding',
      decider: tenantBindingDecider,
      handler: gateway.tenantBindings,
      scope: 'DEVICE_WRITE',
      loosens: () => tenantBindingLoosens,
      check: (tenantId, command) =>
        command.kind === 'RemoveDeviceBinding'
          ? this.#refuseInUse(tenantId, command.name)
          : Promise.resolve(),
      undo: (command, before) =>
        command.kind === 'AddDeviceBinding' && !before.present
          ? { kind: 'RemoveDeviceBinding', name: command.name }
          : null,
    });
  }

  /**
   * Compares a file with YANG texts, or with those of a device. Throws `validation-failed`, which
   * names every fault.
   */
  async check(
    tenantId: string,
    value: unknown,
    { yang, device_id: deviceId }: { readonly yang?: readonly string[]; readonly device_id?: string },
  ): Promise<AgreedBinding> {
    const file: BindingFile = bindingIn(value);
    const texts =
      yang ??
      (deviceId === undefined ? [] : await this.gateway.yangTexts(tenantId, deviceId, loadedModules(file)));
    return checkBinding(file, texts);
  }

  add(
    principal: Principal,
    { not_checked: _, ...agreed }: AgreedBinding,
    context: CommandContext,
  ): Promise<Written | ChangeRequestedDto> {
    return this.#write(principal, { kind: 'AddDeviceBinding', ...agreed }, context);
  }

  /** Removes a binding. Throws `not-found`, and `wrong-state` while a device uses it. */
  async remove(principal: Principal, name: string, context: CommandContext): Promise<Written> {
    await this.gateway.inventory.current();
    if (this.gateway.inventory.bindings.own(principal.tenant_id, name) === undefined)
      throw new ProblemError('not-found', `the tenant has no binding \`${name}\` of its own`);
    const written = await this.#write(principal, { kind: 'RemoveDeviceBinding', name }, context);
    if (isChangeRequested(written)) throw new TypeError('a removal never loosens');
    return written;
  }

  #write(
    principal: Principal,
    command: TenantBindingCommand,
    context: CommandContext,
  ): Promise<Written | ChangeRequestedDto> {
    return this.changes.write(this.#setting, {
      stream: tenantBindingStream(principal.tenant_id, command.name),
      command,
      principal,
      context,
    });
  }

  async #refuseInUse(tenantId: string, name: string): Promise<void> {
    await this.gateway.inventory.current();
    const [user] = this.gateway.inventory
      .list(tenantId)
      .filter(({ bindings }) => bindings?.includes(name) === true);
    if (user !== undefined)
      throw new ProblemError(
        'wrong-state',
        `device \`${user.device.device_id}\` has the binding \`${name}\``,
        {
          remedy: `choose others for it first: \`interlock devices bind ${user.device.device_id} --use NAMES\``,
        },
      );
  }
}
