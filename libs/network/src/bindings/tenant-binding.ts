import { streamName } from '@interlock/contracts';
import { ProblemError, refuseViolations, sameJson, type Decider, type Loosens } from '@interlock/kernel';
import { bindingName, type BindingFile } from './binding.js';
import { readBinding } from './read.js';
import { bindings } from './table.js';

/** The result of comparing a binding file with its model. */
export type BindingCheck = {
  /** The tool that checked it: `interlock`, or `yanglint` with its version. */
  readonly by: string;
  /** The YANG texts: module, revision and SHA-256 of each. */
  readonly modules: readonly {
    readonly name: string;
    readonly revision: string | null;
    readonly sha256: string;
  }[];
};
type CheckedBinding = {
  readonly name: string;
  readonly file: BindingFile;
  readonly check: BindingCheck;
};

export type TenantBindingEvent =
  | { readonly type: 'DeviceBindingAdded'; readonly data: CheckedBinding }
  | { readonly type: 'DeviceBindingRemoved'; readonly data: { readonly name: string } };

export type TenantBindingCommand =
  | ({ readonly kind: 'AddDeviceBinding' } & CheckedBinding)
  | { readonly kind: 'RemoveDeviceBinding'; readonly name: string };

/**
 * A tenant's binding. `last` stays after a removal, because changes made through it may still be
 * read and taken back.
 */
export type TenantBindingState = {
  readonly present: boolean;
  readonly last: CheckedBinding | null;
};

/** Returns the stream of a tenant's binding. */
export const tenantBindingStream = (tenantId: string, name: string): string =>
  streamName('device_binding', tenantId, name);

/** Adding a binding loosens, because devices may then be changed through it. */
export const tenantBindingLoosens: Loosens<TenantBindingState> = (before, after) =>
  after.present && !before.present
    ? [
        {
          pointer: '/binding',
          detail: `devices may be changed over \`${after.last?.name ?? ''}\`, which is unverified and was checked by ${after.last?.check.by ?? ''}`,
        },
      ]
    : [];

/**
 * The decider of bindings that tenants add: stream `device_binding-<tenant>:<module>@<revision>`.
 */
export const tenantBindingDecider: Decider<TenantBindingCommand, TenantBindingEvent, TenantBindingState> = {
  name: 'device_binding',
  types: ['DeviceBindingAdded', 'DeviceBindingRemoved'],
  initial: { present: false, last: null },
  decide: (command, state) => {
    switch (command.kind) {
      case 'AddDeviceBinding': {
        const { kind: _, ...added } = command;
        const read = readBinding(added.file);
        refuseViolations('faults' in read ? read.faults : [], 'the binding');
        refuseViolations(
          [
            ...(bindingName(added.file) === added.name
              ? []
              : [{ pointer: '/module', detail: `the file is not of \`${added.name}\`` }]),
            ...(added.file.evidence.status === 'unverified'
              ? []
              : [{ pointer: '/evidence/status', detail: 'a binding of a tenant is `unverified`' }]),
          ],
          'the binding',
        );
        if (bindings.has(added.name))
          throw new ProblemError('already-exists', `Interlock ships a binding \`${added.name}\``);
        if (!state.present) return [{ type: 'DeviceBindingAdded', data: added }];
        if (sameJson(state.last?.file, added.file)) return [];
        throw new ProblemError('already-exists', `there is another binding \`${added.name}\``, {
          remedy: 'remove it first, which no device may have',
        });
      }
      case 'RemoveDeviceBinding':
        return state.present ? [{ type: 'DeviceBindingRemoved', data: { name: command.name } }] : [];
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'DeviceBindingAdded':
        return { present: true, last: event.data };
      case 'DeviceBindingRemoved':
        return { ...state, present: false };
    }
  },
};
