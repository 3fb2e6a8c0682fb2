import type { KpiSample, Reason } from '@interlock/contracts';
import { contentHash, isProblem } from '@interlock/kernel';
import { NetconfRpcError, type NetconfClient, type XmlElement } from '@interlock/netconf';
import { fillPath, leavesUnder, planFailover, readFailoverParameters, type DeviceTxState, type FailoverPlan, type PreparedChange } from '@interlock/network';
import { readAction } from './action-record.js';
import { ChangeSession, failed, isNotPending, isUnknownOutcome, refused, StepFailed } from './change-session.js';
import { changesBetween, leavesOf, readBackHash, readRunningLeaves, sameChanges, sampleKpis, standing } from './device-reading.js';
import { LeaseExpired, takeLease, type EpochLease } from './kill-switch-lease.js';
import { later, type Tx, type TxTools } from './tx-context.js';

const samplesBefore = 3;

/** The KPIs of the failing cell and of the neighbours that will take part, before anything is locked or edited. */
const kpisBefore = async (tools: TxTools, tx: Tx, cells: readonly string[]): Promise<readonly KpiSample[]> => {
  const samples: KpiSample[] = [];
  for (let i = 0; i < samplesBefore; i += 1) {
    if (i > 0) await tx.wait(Math.min(250, tools.config.NETCONF_OBSERVE_MS));
    samples.push(...await tools.sessions.read(tx.device, (client) => sampleKpis(client, tx.profile, cells, tools.now())));
  }
  return samples;
};

/** Plans again on what runs now; it must be what the action was started for. */
const planAgain = async (tools: TxTools, tx: Tx, state: DeviceTxState, running: XmlElement): Promise<FailoverPlan> => {
  const apply = state.apply!;
  const action = await readAction(tools.store, tx.tenant_id, tx.tx_id);
  if (action.intent === null || action.started?.plan_hash !== apply.plan_hash || action.started.epoch !== apply.epoch || action.ended) {
    throw refused('side-door', 'the action\'s own stream does not say that this execution was started');
  }
  const plan = planFailover(apply.entity_id, readFailoverParameters(action.intent.parameters), leavesOf(running, tx.profile), tools.inventory.topology(tx.tenant_id), tx.profile);
  if (plan.violations.length > 0) throw new StepFailed('refused', plan.violations);
  if (plan.plan_hash !== apply.plan_hash) throw refused('plan-changed', 'the device\'s configuration has changed since the plan was made');
  if (plan.changes.length === 0) throw refused('nothing-to-change', 'the device is as the action would make it');
  return plan;
};

/** Journals pre-image, intended edit and inverse before anything is touched. */
const prepare = async (tools: TxTools, tx: Tx, state: DeviceTxState, running: XmlElement, before: readonly KpiSample[]): Promise<PreparedChange> => {
  const plan = await planAgain(tools, tx, state, running);
  const { cell_entry: entry } = tx.profile.model;
  const preImage = leavesUnder(leavesOf(running, tx.profile), [state.apply!.entity_id, ...plan.neighbours].map((cell) => fillPath(entry, { cell })));
  const prepared: PreparedChange = {
    edit_xml: plan.edit_xml, inverse_xml: plan.inverse_xml, changes: plan.changes, diff_hash: plan.diff_hash, leaves_fingerprint: plan.leaves_fingerprint,
    pre_image: preImage, pre_image_hash: contentHash(preImage), neighbours: plan.neighbours, samples_before: before,
  };
  if (state.phase === 'accepted') await tx.record({ type: 'RecordPreparation', prepared });
  return prepared;
};

/** The switches as they are now; refuses where one is engaged, or was since the action was started. */
const lease = async (tools: TxTools, tx: Tx, state: DeviceTxState): Promise<EpochLease> => {
  const { action_type: actionType, epoch } = state.apply!;
  const taken = await takeLease(tools.store, tx.tenant_id, actionType, tools.config.KILL_SWITCH_LEASE_MS);
  if (taken.engaged.length > 0) throw refused('kill-switch-engaged', `the kill switch \`${taken.engaged[0]!}\` is engaged`);
  if (taken.epoch !== epoch) throw refused('kill-switch-engaged', 'a kill switch was engaged since the execution was started');
  return taken;
};

type Sent = { readonly lease: EpochLease; readonly sent_at: string };

/** Sends the tentative commit under a lease that is valid at the very write. Nothing is sent where it throws StepFailed. */
const sendCommit = async (tools: TxTools, tx: Tx, state: DeviceTxState, client: NetconfClient, first: EpochLease): Promise<Sent> => {
  let held = first;
  for (;;) {
    let sentAt = tools.now();
    try {
      const reply = client.commit({ confirmed: { timeoutS: state.apply!.confirm_timeout_s, persist: tx.persist_id } }, {
        beforeSend: () => {
          held.check();
          sentAt = tools.now();
        },
      });
      await Promise.all([reply, tools.probe('commit-sent', tx.tx_id)]);
      return { lease: held, sent_at: sentAt };
    } catch (error) {
      if (!(error instanceof LeaseExpired)) throw error;
      held = await lease(tools, tx, state);
    }
  }
};

const engagedMeanwhile = async (tools: TxTools, tx: Tx, state: DeviceTxState, sent: Sent): Promise<readonly Reason[]> => {
  if (sent.lease.valid()) return [];
  try {
    await lease(tools, tx, state);
    return [];
  } catch (error) {
    if (error instanceof StepFailed) return error.reasons;
    return [{ code: 'kill-switch-unknown', detail: 'the kill switches could not be read after the lease had run out' }];
  }
};

/** Steps 3 to 6 on locked datastores. Throws StepFailed as long as nothing is on the device. */
const change = async (tools: TxTools, tx: Tx, state: DeviceTxState, session: ChangeSession, before: readonly KpiSample[]): Promise<void> => {
  const running = await session.running();
  const prepared = await prepare(tools, tx, state, running, before);
  await tools.probe('prepared', tx.tx_id);
  await session.edit(prepared.edit_xml).catch((error: unknown) => { throw isUnknownOutcome(error) ? failed('edit-unknown', `the edit was not answered: ${String((error as Error).message)}`) : error; });
  if (!sameChanges(await session.difference(running), prepared.changes)) {
    await session.discard();
    throw failed('diff-mismatch', 'the candidate differs from running by other leaves than intended');
  }
  await tools.probe('edited', tx.tx_id);
  const held = await lease(tools, tx, state);
  const { written } = await tx.record({ type: 'RequestTentativeCommit', instance: tools.instance });
  // Another instance asked first: it acts, this one looks again.
  if (!written) return;
  await tools.probe('commit-requested', tx.tx_id);
  const sent = await sendCommit(tools, tx, state, session.client, held);
  session.committed();
  const after = await session.running();
  await session.unlock();
  await tools.probe('committed', tx.tx_id);
  const leaves = leavesOf(after, tx.profile);
  if (standing(leaves, prepared.changes) === 'before') {
    await session.client.cancelCommit(tx.persist_id).catch((error: unknown) => { if (!isNotPending(error)) throw error; });
    if (standing(await readRunningLeaves(session.client, tx.profile), prepared.changes) === 'before') {
      await tx.record({ type: 'RecordFailed', reasons: [{ code: 'commit-without-effect', detail: 'the device said ok and changed nothing' }] });
      return;
    }
  }
  await tx.record({
    type: 'RecordTentative', applied_at: tools.now(), timer_ends_at: later(sent.sent_at, state.apply!.confirm_timeout_s * 1000), read_back_hash: readBackHash(leaves, prepared.changes),
  });
  const reasons = sameChanges(changesBetween(running, after, tx.profile), prepared.changes)
    ? await engagedMeanwhile(tools, tx, state, sent)
    : [{ code: 'read-back-mismatch', detail: 'running is not what was intended after the commit' }];
  if (reasons.length > 0) await tx.record({ type: 'TakeBack', reasons });
};

const failureOf = (error: unknown): StepFailed => {
  if (error instanceof StepFailed) return error;
  if (isProblem(error)) return failed(error.code, error.detail);
  return failed(error instanceof NetconfRpcError ? 'device-refused' : 'device-fault', error instanceof Error ? error.message : 'the device did not do as it was asked');
};

/**
 * From accepted or prepared to a tentative commit that was read back. A fault before the commit was sent ends the transaction as refused or failed;
 * one after it leaves the outcome to be found out. Throws what is not the device's fault, such as a log that cannot be written.
 */
export const applyChange = async (tools: TxTools, tx: Tx, state: DeviceTxState, isDeviceFault: (error: unknown) => boolean): Promise<void> => {
  const end = async (error: unknown): Promise<void> => {
    const { outcome, reasons } = failureOf(error);
    const request = state.apply!.request_id;
    await tx.record(outcome === 'refused' ? { type: 'RefuseApply', request_id: request, reasons } : { type: 'RecordFailed', reasons });
  };
  if (tx.quarantined !== null) return end(refused('device-quarantined', `device \`${tx.device.device_id}\` is in quarantine: ${tx.quarantined}`));
  if (!tx.profile.supported) return end(refused('profile-unsupported', `the safe change for profile \`${tx.profile.profile}\` is not there`));
  let session: ChangeSession | undefined;
  try {
    const cells = [state.apply!.entity_id, ...(tools.inventory.topology(tx.tenant_id).cells.get(state.apply!.entity_id)?.neighbours.map((one) => one.cell_id) ?? [])];
    const before = state.prepared?.samples_before ?? await kpisBefore(tools, tx, cells);
    session = new ChangeSession(await tools.sessions.open(tx.device), tx.profile, tx.wait, tx.heard);
    session.requireCapabilities();
    await session.lock(tools.config.NETCONF_LOCK_WAIT_MS);
    await change(tools, tx, state, session, before);
  } catch (error) {
    const { phase } = await tx.load();
    if (phase === 'commit_requested' && (isUnknownOutcome(error) || !(isDeviceFault(error) || error instanceof StepFailed))) {
      session?.client.destroy();
      tools.logger.warn({ err: error, tx_id: tx.tx_id }, 'the outcome of the tentative commit is unknown');
      throw error;
    }
    if ((phase === 'accepted' || phase === 'prepared' || phase === 'commit_requested') && (error instanceof StepFailed || isDeviceFault(error))) await end(error);
    else throw error;
  } finally {
    await session?.close();
  }
};
