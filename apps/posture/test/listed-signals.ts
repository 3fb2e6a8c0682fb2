import { expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { until, type Parts } from '@interlock/testing';
import { registerUser } from './registered.js';

type World = {
  readonly parts: () => Parts;
  readonly http: () => number;
  readonly publish: (tenant: string, name: string, body: object) => Promise<unknown>;
  readonly ask: (tenant: string) => Promise<{
    readonly signals: { readonly consensus_pct: { readonly source: string } };
  }>;
};

/** A credential can report only the signals that it is registered for. */
export const listedSignals = ({ parts, http, publish, ask }: World): void => {
  it('takes only the signals that a credential is registered for, over the bus and HTTP alike', async () => {
    const credential = 'service:nats.listed.app';
    await publish('listed', 'integrity_score', { value: 10 });
    await registerUser(parts().log.store, 'listed.app', ['consensus_pct']);
    await publish('listed', 'integrity_score', { value: 10 });
    await publish('listed', 'consensus_pct', { value: 91, source: 'own' });
    await until(
      async () => (await ask('listed')).signals.consensus_pct.source === 'own',
      'the signal has arrived',
    );
    expect(await ask('listed')).toMatchObject({
      policy: 'GREEN',
      signals: { integrity_score: { status: 'defaulted' } },
    });
    const [kept] = await collect(parts().log.store.read('signal-listed:consensus_pct'));
    expect(kept?.data).toMatchObject({ value: 91, credential });
    const bearer = await parts().issuer.service(['POSTURE_WRITE'], {
      tenant: 'listed',
      sub: 'nats.listed.app',
    });
    const put = async (name: string): Promise<object> => {
      const response = await fetch(`http://127.0.0.1:${http()}/api/v1/posture/signals/${name}`, {
        method: 'PUT',
        headers: { ...bearer, 'content-type': 'application/json' },
        body: '{"value":96}',
      });
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await put('integrity_score')).toMatchObject({ status: 403, code: 'signal-not-allowed' });
    expect(await put('consensus_pct')).toMatchObject({ status: 200 });
  });
};
