import '@mantine/core/styles/Tabs.css';

import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import css from '../studio.module.css';

const tabs = [
  ['edit', 'What if'],
  ['simulate', 'Simulate'],
  ['lint', 'Lint'],
  ['diff', 'Diff'],
  ['invariants', 'Invariants'],
] as const;

type ResultsProps = {
  readonly bundle: string;
  readonly step: string;
  readonly findings: number;
  readonly children: ReactNode;
};
/** The analysis of the text, one view at a time. Each view has its own address. */
export const Results = ({ bundle, step, findings, children }: ResultsProps): ReactElement => {
  const navigate = useNavigate();
  const current = tabs.some(([name]) => name === step) ? step : 'edit';
  return (
    <section className="card res" aria-label="Results">
      <Tabs
        value={current}
        onChange={(name) => {
          if (name !== null) void navigate({ to: '/studio/$bundle/$step', params: { bundle, step: name } });
        }}
        style={{ display: 'contents' }}
        classNames={{ list: css['tabs'] ?? '', tab: css['tab'] ?? '', panel: css['scrolls'] ?? '' }}
      >
        <Tabs.List aria-label="Results">
          {tabs.map(([name, label]) => (
            <Tabs.Tab key={name} value={name}>
              {label}
              {name === 'lint' && findings > 0 ? ` ${findings}` : ''}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={current} tabIndex={0}>
          {children}
        </Tabs.Panel>
      </Tabs>
    </section>
  );
};
