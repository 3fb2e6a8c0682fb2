import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { numberText, sentence } from '../format.js';
import css from './devices.module.css';

type Observation = NonNullable<Schema<'TransactionDto'>['observation']>;

const figure = (values: object, name: string): number | undefined => {
  const value: unknown = Object.hasOwn(values, name) ? Reflect.get(values, name) : undefined;
  return typeof value === 'number' ? value : undefined;
};
const text = (value: number | undefined): string => (value === undefined ? '–' : numberText(value));

/** The KPIs before and after a change, with the difference. */
export const Kpis = ({ observation }: { readonly observation: Observation }): ReactElement => {
  const names = [...new Set([...Object.keys(observation.before), ...Object.keys(observation.after)])];
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="KPIs, table">
      <table className={css['kpis']}>
        <thead>
          <tr>
            <th>KPI</th>
            <th className="num">Before</th>
            <th className="num">After</th>
            <th className="num">Change</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <td>{sentence(name)}</td>
              <td className="num">{text(figure(observation.before, name))}</td>
              <td className="num">{text(figure(observation.after, name))}</td>
              <td className="num">{text(figure(observation.delta, name))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {observation.breaches.map(({ code, detail }) => (
        <p key={`${code}${detail}`} className="b sm red long iso">
          {detail}
        </p>
      ))}
    </div>
  );
};
