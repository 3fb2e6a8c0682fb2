import { Button } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { Glyph, type GlyphName, type Kind } from '../ui/glyphs.js';
import { Card, Loaded } from '../ui/parts.js';
import type { Step, StepName, VerifyAsked, VerifyProgress } from './messages.js';
import { Field } from '../ui/Field.js';
import { saveFile } from '../ui/save.js';

const keysQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['audit', 'keys', tenant],
    queryFn: ({ signal }) => call('get', '/api/v1/audit/keys', { tenant, signal }),
  });

const names: readonly (readonly [StepName, string])[] = [
  ['read', 'Read the export with its seal'],
  ['tree', 'Hash each event and come to the root'],
  ['checkpoint', 'Check the signature of the checkpoint'],
  ['proof', 'Prove by itself that the last event is in the tree'],
  ['replay', 'Make the decisions again'],
];
const looks = {
  running: { kind: 'blue', glyph: 'run', word: 'now' },
  good: { kind: 'green', glyph: 'ok', word: 'holds' },
  bad: { kind: 'red', glyph: 'oct', word: 'does not hold' },
  open: { kind: 'yellow', glyph: 'dia', word: 'cannot be told' },
} as const satisfies {
  readonly [S in Step['state']]: { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };
};

type Known = { readonly [N in StepName]?: Step };

const Steps = ({ known }: { readonly known: Known }): ReactElement => (
  <ol aria-live="polite">
    {names.map(([name, words]) => {
      const found = known[name];
      const look = found === undefined ? undefined : looks[found.state];
      return (
        <li key={name} className="row top-aligned">
          <Glyph name={look?.glyph ?? 'none'} kind={look?.kind ?? 'unk'} size={15} />
          <div style={{ minWidth: 0 }}>
            <b>{words}</b> {look === undefined ? null : <span className="t2">{look.word}</span>}
            {found?.says.map((line) => (
              <p key={line} className="sm t2 long iso">
                {line}
              </p>
            ))}
          </div>
        </li>
      );
    })}
  </ol>
);

/**
 * Verifies a stream, or the whole log, in this browser: nobody's word is taken but that of the key.
 */
export const Verify = ({ stream }: { readonly stream: string | undefined }): ReactElement => {
  const keys = useQuery(keysQuery());
  const [key, setKey] = useState<string | undefined>();
  const [known, setKnown] = useState<Known>({});
  const [failed, setFailed] = useState<string | undefined>();
  const [bytes, setBytes] = useState<ArrayBuffer | undefined>();
  const [working, setWorking] = useState(false);
  const worker = useRef<Worker | undefined>(undefined);
  useEffect(
    () => () => {
      worker.current?.terminate();
    },
    [],
  );
  const begin = (keyText: string): void => {
    worker.current?.terminate();
    setKnown({});
    setFailed(undefined);
    setBytes(undefined);
    setWorking(true);
    const now = new Worker(new URL('./verify.worker.ts', import.meta.url), { type: 'module' });
    worker.current = now;
    now.addEventListener('message', ({ data }: MessageEvent<VerifyProgress>) => {
      if (data.kind === 'step') setKnown((before) => ({ ...before, [data.step.name]: data.step }));
      else {
        setWorking(false);
        if (data.kind === 'done') setBytes(data.bytes);
        else setFailed(`${data.title}: ${data.detail}`);
        now.terminate();
      }
    });
    now.addEventListener('error', () => {
      setWorking(false);
      setFailed('The verification could not be started in this browser');
    });
    now.postMessage({ stream, tenant: tenantStore.get(), key: keyText } satisfies VerifyAsked);
  };
  const results = Object.values(known);
  const all = results.length === names.length && results.every(({ state }) => state === 'good');
  return (
    <Card title="Verify in this browser" right={working ? 'working…' : all ? 'everything holds' : undefined}>
      <Loaded query={keys} rows={2} what="the log’s keys">
        {({ first }) => (
          <div className="b col" style={{ gap: 10 }}>
            <Field
              label="The log’s public key, as you know it"
              className="mono"
              value={key ?? first}
              spellCheck={false}
              onText={setKey}
            />
            <p className="xs muted">
              {key === undefined
                ? 'This is what the server says it is. A key that comes with what it verifies proves only that both fit together: put in the one that the operator gave you by another way.'
                : 'Your own key counts, whatever the server says.'}
            </p>
            <div className="row wrap">
              <Button
                variant="filled"
                aria-disabled={working || undefined}
                onClick={() => {
                  if (!working) begin(key ?? first);
                }}
              >
                {stream === undefined ? 'Verify the tenant’s whole log' : 'Verify this stream'}
              </Button>
              {bytes === undefined ? null : (
                <Button
                  onClick={() => {
                    saveFile(
                      `${(stream ?? 'log').replaceAll(/[^a-z0-9_.-]+/gi, '-')}.ndjson`,
                      bytes,
                      'application/x-ndjson',
                    );
                  }}
                >
                  Save what was verified
                </Button>
              )}
            </div>
            {results.length === 0 && failed === undefined ? null : <Steps known={known} />}
            {failed === undefined ? null : (
              <p className="sm red long iso" role="alert">
                {failed}.
              </p>
            )}
            <p className="xs muted">
              The same on a command line, with nothing from here:{' '}
              <span className="mono">interlock audit verify FILE --key 1.vkey</span> and{' '}
              <span className="mono">interlock audit replay FILE</span>.
            </p>
          </div>
        )}
      </Loaded>
    </Card>
  );
};
