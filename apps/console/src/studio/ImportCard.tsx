import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { ActionButton, Card, Problem, Time } from '../ui/parts.js';
import { createBundle, importBundle } from './api.js';
import { plainName, readImport, type ReadFile } from './import-file.js';
import { lookOfEffect, ruleWords } from './rules.js';
import { mostBytes } from './editor/text.js';

/** Imports a file. It is checked in the browser before any of it is sent. */
export const ImportCard = (): ReactElement => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const missing = useMissingScope('POLICY_WRITE');
  const [read, setRead] = useState<ReadFile | undefined>();
  const sending = useMutation({
    mutationFn: (file: Exclude<ReadFile, { kind: 'refused' }>) =>
      file.kind === 'signed'
        ? importBundle(tenantStore.get(), file.value)
        : createBundle(tenantStore.get(), file.value),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['bundles', 'list'] });
      await navigate({ to: '/studio/$bundle/$step', params: { bundle: id, step: 'edit' } });
    },
  });
  const take = async (file: File): Promise<void> => {
    sending.reset();
    setRead(
      file.size > mostBytes * 2
        ? {
            kind: 'refused',
            why: `The file has ${Math.ceil(file.size / 1024)} kB; the limit is ${mostBytes / 1024} kB. It was not read.`,
          }
        : readImport(await file.text()),
    );
  };
  return (
    <Card title="Import" right="a signed export, or rules as JSON">
      <div className="b col" style={{ gap: 10 }}>
        <TextInput
          label="File"
          type="file"
          accept="application/json,.json"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file !== undefined) void take(file);
          }}
        />
        {read === undefined ? null : read.kind === 'refused' ? (
          <p className="red long iso" role="alert">
            {read.why}
          </p>
        ) : (
          <>
            <p className="long iso">
              <b className="mono">{read.version}</b>, {counted(read.rules.length, 'rule')},{' '}
              {read.kind === 'signed' ? `signed by ${plainName(read.from ?? 'somebody')}` : 'not signed'}
              {read.expires === undefined || Number.isNaN(Date.parse(read.expires)) ? '' : ', until '}
              {read.expires === undefined || Number.isNaN(Date.parse(read.expires)) ? null : (
                <Time at={read.expires} zoned />
              )}
            </p>
            {read.notes.map((note) => (
              <p key={note} className="ylw sm">
                {note}
              </p>
            ))}
            <ul aria-label="Rules of the file" className="sm">
              {read.rules.slice(0, 8).map((rule) => (
                <li key={rule.place} className="long iso">
                  <span className="mono">{plainName(rule.id).slice(0, 80)}</span>:{' '}
                  {lookOfEffect(plainName(rule.effect)).word}, {plainName(ruleWords(rule)).slice(0, 200)}
                </li>
              ))}
              {read.rules.length > 8 ? <li className="muted">and {read.rules.length - 8} more</li> : null}
            </ul>
            <div className="row wrap">
              <ActionButton
                variant="filled"
                off={missing}
                sending={sending.isPending}
                showReason
                onAct={() => sending.mutate(read)}
              >
                {read.kind === 'signed' ? 'Import as a draft' : 'Create a draft'}
              </ActionButton>
            </div>
          </>
        )}
        {sending.isError ? <Problem error={sending.error} what="the file" /> : null}
      </div>
    </Card>
  );
};
