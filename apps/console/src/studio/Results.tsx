import { useNavigate } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';

const tabs = [
  ['edit', 'What if'],
  ['simulate', 'Simulate'],
  ['lint', 'Lint'],
  ['diff', 'Diff'],
  ['invariants', 'Invariants'],
] as const;

/** What follows from the text, one view at a time; each has its address. */
export const Results = ({
  bundle,
  step,
  findings,
  children,
}: {
  readonly bundle: string;
  readonly step: string;
  readonly findings: number;
  readonly children: ReactNode;
}): ReactElement => {
  const navigate = useNavigate();
  return (
    <section className="card res" aria-label="Results">
      <div className="tabs2" role="tablist" aria-label="Results">
        {tabs.map(([name, label]) => {
          const on = step === name || (step === 'rollout' && name === 'edit');
          return (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={on}
              aria-controls="studio-results"
              tabIndex={on ? 0 : -1}
              onClick={() => {
                void navigate({ to: '/studio/$bundle/$step', params: { bundle, step: name } });
              }}
              onKeyDown={(event) => {
                const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
                if (by === 0) return;
                const at = tabs.findIndex(([one]) => one === name);
                const [to] = tabs[(at + by + tabs.length) % tabs.length] ?? [];
                document.getElementById(`tab-${to ?? name}`)?.focus();
                if (to !== undefined)
                  void navigate({ to: '/studio/$bundle/$step', params: { bundle, step: to } });
              }}
            >
              {label}
              {name === 'lint' && findings > 0 ? ` ${findings}` : ''}
            </button>
          );
        })}
      </div>
      <div
        className="in"
        id="studio-results"
        role="tabpanel"
        tabIndex={0}
        aria-labelledby={`tab-${tabs.some(([name]) => name === step) ? step : 'edit'}`}
      >
        {children}
      </div>
    </section>
  );
};
