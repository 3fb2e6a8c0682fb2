import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import { Glyph, type GlyphName, type Kind } from '../ui/glyphs.js';
import { numberText } from '../format.js';
import { serverNow } from '../state/clock.js';
import { Card, Loaded, Time } from '../ui/parts.js';
import type { Step, StepName, VerifyAsked, VerifyProgress } from './messages.js';
import { Field } from '../ui/forms/Field.js';
import { saveFile } from '../ui/tables/save.js';
import { copy } from '../ui/copy.js';
import { routeQuery } from '../api/route-query.js';

const keysQuery = () => routeQuery('/api/v1/audit/keys', ['audit', 'keys']);

const names: readonly (readonly [StepName, string])[] = [
  ['read', 'Read the export with its seal'],
  ['tree', 'Hash each event and compute the root'],
  ['checkpoint', 'Check the signature of the checkpoint'],
  ['proof', 'Prove separately that the last event is in the tree'],
  ['replay', 'Replay the decisions'],
];
const looks = {
  running: { kind: 'blue', glyph: 'run', word: 'now' },
  good: { kind: 'green', glyph: 'ok', word: 'holds' },
  bad: { kind: 'red', glyph: 'oct', word: 'does not hold' },
  open: { kind: 'yellow', glyph: 'dia', word: 'unknown' },
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
 * Verifies a stream or the whole log in this browser. It trusts only the public key, not the
 * server.
 */
export const Verify = ({ stream }: { readonly stream: string | undefined }): ReactElement => {
  const keys = useQuery(keysQuery());
  const [key, setKey] = useState<string | undefined>();
  const [known, setKnown] = useState<Known>({});
  const [failed, setFailed] = useState<string | undefined>();
  const [bytes, setBytes] = useState<ArrayBuffer | undefined>();
  const [working, setWorking] = useState(false);
  const [took, setTook] = useState<{ readonly at: string; readonly ms: number } | undefined>();
  const worker = useRef<Worker | undefined>(undefined);
  useEffect(() => () => worker.current?.terminate(), []);
  const begin = (keyText: string): void => {
    worker.current?.terminate();
    setKnown({});
    setFailed(undefined);
    setBytes(undefined);
    setWorking(true);
    setTook(undefined);
    const began = performance.now();
    const now = new Worker(new URL('./verify.worker.ts', import.meta.url), { type: 'module' });
    worker.current = now;
    now.addEventListener('message', ({ data }: MessageEvent<VerifyProgress>) => {
      if (data.kind === 'step') setKnown((before) => ({ ...before, [data.step.name]: data.step }));
      else {
        setWorking(false);
        setTook({ at: new Date(serverNow()).toISOString(), ms: performance.now() - began });
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
    <Card
      title="Verify in this browser"
      right={
        <>
          {working ? 'working…' : all ? 'everything holds' : ''}
          {took === undefined ? null : (
            <>
              {' '}
              <Time at={took.at} zoned />, {numberText(took.ms / 1000)} s
            </>
          )}
        </>
      }
    >
      <Loaded query={keys} rows={2} what="the log’s keys">
        {({ first }) => (
          <div className="b col" style={{ gap: 10 }}>
            <Field
              label="Public key of the log, from a source you trust"
              className="mono"
              value={key ?? first}
              spellCheck={false}
              onText={setKey}
            />
            <p className="xs muted">
              {key === undefined
                ? 'The server supplied this key. A key from the same source as the log proves only that the two match. Enter the key that the operator gave you separately.'
                : 'Your own key is used, not the server’s.'}
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
                  onClick={() =>
                    saveFile(
                      `${(stream ?? 'log').replaceAll(/[^a-z0-9_.-]+/gi, '-')}.ndjson`,
                      bytes,
                      'application/x-ndjson',
                    )
                  }
                >
                  Save the verified export
                </Button>
              )}
              <Button
                onClick={() =>
                  copy('interlock audit verify FILE --key 1.vkey && interlock audit replay FILE', 'Command')
                }
              >
                Copy the CLI command
              </Button>
            </div>
            {results.length === 0 && failed === undefined ? null : <Steps known={known} />}
            {failed === undefined ? null : (
              <p className="sm red long iso" role="alert">
                {failed}.
              </p>
            )}
            <p className="xs muted">
              The same on the command line, independent of this page:{' '}
              <span className="mono">interlock audit verify FILE --key 1.vkey</span> and{' '}
              <span className="mono">interlock audit replay FILE</span>.
            </p>
          </div>
        )}
      </Loaded>
    </Card>
  );
};
