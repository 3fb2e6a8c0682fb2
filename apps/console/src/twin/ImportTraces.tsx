import { Button, FileButton } from '@mantine/core';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { ActionButton, Problem } from '../ui/parts.js';

const send = async (file: File): Promise<unknown> => {
  const traces: unknown = JSON.parse(await file.text());
  return call('post', '/api/v1/autonomous/digital-twin/traces/import', {
    body: traces as Record<string, never>[],
  });
};

/** Adds past actions from a file, a JSON array of traces, to the memory of the twin. */
export const ImportTraces = (): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const imported = useSend(send, ['twin']);
  if (missing !== undefined)
    return (
      <ActionButton size="sm" off={missing} onAct={() => undefined}>
        Import traces…
      </ActionButton>
    );
  return (
    <>
      <FileButton
        accept="application/json"
        onChange={(file) => {
          if (file !== null) imported.mutate(file);
        }}
      >
        {(props) => (
          <Button {...props} size="sm">
            {imported.isPending ? 'Sending…' : 'Import traces…'}
          </Button>
        )}
      </FileButton>
      {imported.isSuccess ? <span className="sm t2">The traces were imported.</span> : null}
      {imported.isError ? <Problem error={imported.error} what="nothing was imported" /> : null}
    </>
  );
};
