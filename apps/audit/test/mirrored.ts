import { checkpointStream, parseCheckpoint, parseNote } from '@interlock/tree';
import type { RunningService } from '@interlock/platform';
import { collect } from '@interlock/kernel';
import { Audited, seedOf } from './audited.js';

export const audited = new Audited();

export const ready = async (
  service: RunningService,
): Promise<{
  readonly status: string;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail?: string }[];
}> => (await fetch(`http://127.0.0.1:${service.http.port}/health/ready`)).json() as never;
export const found = async (): Promise<
  readonly { readonly found_by: string; readonly detail: string; readonly tree_size: number }[]
> =>
  (await collect(audited.parts.log.store.read(checkpointStream)))
    .filter(({ type }) => type === 'TreeInconsistencyFound')
    .map(({ data }) => data as never);
export const over = async (): Promise<readonly object[]> =>
  (await collect(audited.parts.log.store.read(checkpointStream)))
    .filter(({ type }) => type === 'TreeInconsistencyResolved')
    .map(({ data }) => data);
/** What the checkpoints of the tests say of the tenants. */
export const tenants = { size: 1, root: seedOf(15) };
export const sizeOf = (note: string): number => parseCheckpoint(parseNote(note)!.text)!.size;
