import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@interlock/kernel';
import { ExportController, exportLimits } from '../src/export/export.controller.js';
import type { AccessRecords } from '../src/people/access-records.js';
import type { Prepared, SealedExport } from '../src/export/sealed-export.js';

type Call = Parameters<ExportController['export']>;
const reply = {} as Call[3];
const principal = (subject: string): Call[2] =>
  ({ subject, kind: 'person', tenants: ['demo'] }) as unknown as Call[2];

describe('exports of one tenant', () => {
  it('run a few at a time; one that ends, however it does, makes room', async () => {
    const ends: ((error: Error) => void)[] = [];
    const sealed = {
      prepare: () => new Promise<Prepared>((_resolve, reject) => ends.push(reject)),
    } as unknown as SealedExport;
    // No export gets as far as its record.
    const controller = new ExportController(sealed, {} as AccessRecords);
    let asked = 0;
    const ask = (tenant: string, by = `auditor-${(asked += 1)}`): Promise<void> =>
      controller.export({}, tenant, principal(by), reply);
    const running = Array.from({ length: exportLimits.perTenant }, () =>
      ask('demo').catch((error: unknown) => error),
    );
    await expect(ask('demo')).rejects.toMatchObject({ code: 'rate-limited' });
    const own = Array.from({ length: exportLimits.perPrincipal }, () =>
      ask('third', 'ann').catch((error: unknown) => error),
    );
    await expect(ask('third', 'ann')).rejects.toMatchObject({ code: 'rate-limited' });
    const another = ask('other').catch((error: unknown) => error);
    expect(ends).toHaveLength(exportLimits.perTenant + exportLimits.perPrincipal + 1);
    ends[0]!(new ProblemError('no-checkpoint', 'x'));
    expect(await running[0]).toMatchObject({ code: 'no-checkpoint' });
    const next = ask('demo').catch((error: unknown) => error);
    expect(ends).toHaveLength(exportLimits.perTenant + exportLimits.perPrincipal + 2);
    for (const end of ends) end(new Error('over'));
    await Promise.all([...running, ...own, another, next]);
  });
});
