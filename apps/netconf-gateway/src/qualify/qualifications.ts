import { setTimeout as pause } from 'node:timers/promises';
import { streamName, type LeafChange } from '@interlock/contracts';
import { contentHash, ProblemError, type CommandContext } from '@interlock/kernel';
import type { NetconfClient } from '@interlock/netconf';
import {
  bindingXml,
  probeOf,
  profiles,
  type Binding,
  type DeviceCommand,
  type Leaves,
  type QualificationRun,
} from '@interlock/network';
import { newId } from '@interlock/platform';
import { missingCapabilities, readRunningLeaves } from '../devices/device-reading.js';
import type { InventoryEntry } from '../devices/inventory.js';
import { modelsOf } from '../devices/models.js';
import type { DeviceAddress } from '../sessions/sessions.js';
import type { TxTools } from '../tx/context.js';
import { Matrix, mostTimerFactor, NotRestoredError } from './matrix.js';

/** The parts of the gateway that a qualification uses. */
export type QualificationParts = Pick<TxTools, 'inventory' | 'sessions' | 'devices' | 'logger' | 'now'> & {
  /** Waits until the inventory and the open transactions hold everything in the log. */
  readonly current: () => Promise<unknown>;
  readonly openOn: (tenantId: string, deviceId: string) => readonly string[];
  readonly persistId: (tenantId: string, runId: string) => string;
};

/**
 * Returns the hash of a device's capabilities. The YANG library's id is one of them (RFC 8526,
 * 7950).
 */
const capabilitiesHash = (capabilities: readonly string[]): string =>
  contentHash([...new Set(capabilities)].sort());

/** The longest time that a matrix takes in addition to its timers, in milliseconds. */
const mostMs = 300_000;

class StoppedError extends Error {}

const underWay = (deviceId: string, txId: string): ProblemError =>
  new ProblemError('wrong-state', `device \`${deviceId}\` has a transaction under way`, {
    members: { tx_id: txId },
    remedy: 'wait for its end',
  });

/**
 * Qualifies devices: it makes a small change, ends it in every way, and records the result of each
 * way. A device's next transaction waits for the end of its qualification.
 */
export class Qualifications {
  readonly #parts: QualificationParts;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #killed = false;

  constructor(parts: QualificationParts) {
    this.#parts = parts;
  }

  /** Ends this instance's runs, after restoring their devices. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running.values());
  }

  /** Simulates a crash for tests: it restores and records nothing. */
  async kill(): Promise<void> {
    this.#stopping.abort();
    this.#killed = true;
    await Promise.allSettled(this.#running.values());
  }

  /**
   * Starts the qualification of a device, and returns its id. The result is recorded in the log.
   * `timeoutS` is the device's confirm timer in seconds. Throws `device-unknown`, `wrong-state` if
   * the device is in quarantine or is being changed, `binding-unfit` if it has no suitable leaf,
   * and what opening a session throws.
   */
  async start(
    tenantId: string,
    deviceId: string,
    { reason, timeoutS }: { readonly reason: string; readonly timeoutS: number },
    context: CommandContext,
  ): Promise<string> {
    const { inventory } = this.#parts;
    await this.#parts.current();
    const entry = inventory.get(tenantId, deviceId);
    this.#refuseHeld(tenantId, entry);
    const client = await this.#parts.sessions.open(entry.address);
    try {
      const probe = await this.#probe(client, entry);
      const run: QualificationRun = {
        run_id: newId(),
        probe: { binding: probe.binding.name, change: probe.change },
        ends_by: new Date(
          Date.parse(this.#parts.now()) + mostMs + 40 * mostTimerFactor * timeoutS * 1000,
        ).toISOString(),
      };
      await this.#handle(tenantId, deviceId, { kind: 'StartQualification', reason, ...run }, context);
      // INVARIANT: a transaction that accepted its turn before the start is seen here; a later one
      // sees the start, and waits.
      await this.#parts.current();
      const [open] = this.#parts.openOn(tenantId, deviceId);
      if (open !== undefined) {
        await this.#fail(entry.address, run.run_id, `the transaction \`${open}\` is under way`);
        throw underWay(deviceId, open);
      }
      this.#track(run.run_id, this.#run(entry, run, timeoutS, capabilitiesHash(client.capabilities)));
      return run.run_id;
    } finally {
      await client.close();
    }
  }

  /** Restores the leaves of runs whose instance is gone. */
  sweep(): void {
    for (const entry of this.#parts.inventory.all()) {
      const run = entry.qualifying;
      if (run === null || this.#running.has(run.run_id) || run.ends_by > this.#parts.now()) continue;
      this.#track(run.run_id, this.recover(entry, run));
    }
  }

  /** Restores the leaf of an interrupted run, and records its end. */
  async recover({ address, device, table }: InventoryEntry, run: QualificationRun): Promise<void> {
    const { binding: name, change } = run.probe;
    const binding = table.get(name);
    if (binding === undefined) throw new TypeError(`there is no binding \`${name}\` in this version`);
    const matrix = this.#matrix(address, device.profile, binding, change, run.run_id, 1);
    await this.#ending(address, run.run_id, async () => {
      await matrix.restore();
      await this.#fail(address, run.run_id, 'it was interrupted, and the device was restored');
    });
  }

  /** Marks the qualification as stale if a new session's hello lists other capabilities. */
  greeted({ tenant_id, device_id }: DeviceAddress, capabilities: readonly string[]): void {
    const known = this.#parts.inventory.find(tenant_id, device_id)?.qualification ?? null;
    const found = capabilitiesHash(capabilities);
    if (known === null || known.stale !== null || known.capabilities_hash === found) return;
    this.#handle(tenant_id, device_id, { kind: 'NoteCapabilities', capabilities_hash: found }).catch(
      (error: unknown) =>
        this.#parts.logger.warn({ err: error, device_id }, 'a changed device could not be recorded'),
    );
  }

  #refuseHeld(
    tenantId: string,
    { device: { device_id: id }, quarantined, qualifying }: InventoryEntry,
  ): void {
    if (quarantined !== null)
      throw new ProblemError('wrong-state', `device \`${id}\` is in quarantine: ${quarantined}`, {
        remedy: 'inspect it, and release it',
      });
    if (qualifying !== null) throw new ProblemError('wrong-state', `device \`${id}\` is being qualified`);
    const [open] = this.#parts.openOn(tenantId, id);
    if (open !== undefined) throw underWay(id, open);
  }

  async #probe(
    client: NetconfClient,
    { device, bindings, table }: InventoryEntry,
  ): Promise<{ readonly binding: Binding; readonly change: LeafChange }> {
    const missing = missingCapabilities(client, profiles[device.profile]!);
    if (missing.length > 0)
      throw new ProblemError(
        'wrong-state',
        `device \`${device.device_id}\` does not offer ${missing.map((uri) => `\`${uri}\``).join(', ')}`,
      );
    const models = (await modelsOf(client, { bindings, table })).filter(({ access }) => access === 'change');
    const leaves = new Map<Binding, Leaves>();
    for (const { binding } of models) leaves.set(binding, await readRunningLeaves(client, binding));
    const found = probeOf(models, (binding) => leaves.get(binding)!);
    if (found === undefined)
      throw new ProblemError(
        'binding-unfit',
        `device \`${device.device_id}\` has no leaf that a qualification may change`,
        { remedy: 'give one of its interfaces a description, or a cell a neighbour relation with an offset' },
      );
    const { binding } = found.model;
    const { path, value } = found.edit;
    return { binding, change: { path, before: leaves.get(binding)![path] ?? null, after: value } };
  }

  async #run(
    { address, device, table }: InventoryEntry,
    { run_id: runId, probe }: QualificationRun,
    timeoutS: number,
    capabilities: string,
  ): Promise<void> {
    const matrix = this.#matrix(
      address,
      device.profile,
      table.get(probe.binding)!,
      probe.change,
      runId,
      timeoutS,
    );
    const { tenant_id: tenantId, device_id: deviceId } = address;
    await this.#ending(address, runId, async () => {
      const cells = await matrix.run();
      await this.#handle(tenantId, deviceId, {
        kind: 'RecordQualification',
        run_id: runId,
        cells,
        capabilities_hash: capabilities,
      });
    });
  }

  /** Records why a run has no result. A device that could not be restored goes into quarantine. */
  async #ending(address: DeviceAddress, runId: string, work: () => Promise<void>): Promise<void> {
    const { tenant_id: tenantId, device_id: deviceId } = address;
    try {
      await work();
    } catch (error) {
      if (this.#killed) return;
      if (error instanceof NotRestoredError)
        await this.#handle(tenantId, deviceId, {
          kind: 'QuarantineDevice',
          device_id: deviceId,
          tx_id: null,
          reason: error.message,
        });
      await this.#fail(
        address,
        runId,
        error instanceof StoppedError ? 'the gateway was stopped' : (error as Error).message,
      );
    }
  }

  #matrix(
    address: DeviceAddress,
    profile: string,
    binding: Binding,
    change: LeafChange,
    runId: string,
    timeoutS: number,
  ): Matrix {
    const { path, before, after } = change;
    return new Matrix({
      open: () => this.#parts.sessions.open(address),
      profile: profiles[profile]!,
      binding,
      change,
      edit_xml: bindingXml(binding, [{ path, value: after }]),
      inverse_xml: bindingXml(binding, [{ path, value: before }]),
      timeout_s: timeoutS,
      persist_id: this.#parts.persistId(address.tenant_id, runId),
      wait: async (ms) => {
        const { signal } = this.#stopping;
        if (ms > 0) await pause(ms, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) throw new StoppedError();
      },
    });
  }

  #track(runId: string, work: Promise<void>): void {
    this.#running.set(
      runId,
      work
        .catch((error: unknown) =>
          this.#parts.logger.warn({ err: error, run_id: runId }, 'a qualification ended with a fault'),
        )
        .finally(() => this.#running.delete(runId)),
    );
  }

  #fail({ tenant_id, device_id }: DeviceAddress, runId: string, why: string): Promise<unknown> {
    return this.#handle(tenant_id, device_id, { kind: 'FailQualification', run_id: runId, why });
  }

  #handle(
    tenantId: string,
    deviceId: string,
    command: DeviceCommand,
    context: CommandContext = this.#context(tenantId),
  ): Promise<unknown> {
    return this.#parts.devices.handle(streamName('device', tenantId, deviceId), command, context);
  }

  #context(tenantId: string): CommandContext {
    const commandId = newId();
    return {
      commandId,
      tenantId,
      actor: { kind: 'service', service: 'netconf-gateway' },
      now: this.#parts.now(),
      correlationId: commandId,
      causationId: commandId,
    };
  }
}
