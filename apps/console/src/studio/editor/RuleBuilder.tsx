import type { LintFinding } from '@interlock/policy';
import { useState, type ReactElement } from 'react';
import { plainValue } from '../../format.js';
import { Choice } from '../../ui/forms/Choice.js';
import { cols } from '../../ui/tables/Columns.js';
import { Glyph } from '../../ui/glyphs.js';
import { ActionButton } from '../../ui/parts.js';
import { Field as TextField } from '../../ui/forms/Field.js';
import { SegmentedControl } from '../../ui/forms/SegmentedControl.js';
import { Suggested } from '../../ui/forms/Suggested.js';
import { Tooltip } from '../../ui/Tooltip.js';
import type { Vocabulary } from './completing.js';
import { severityLook } from '../analysis/finding-words.js';
import { inOrder, lookOfEffect, ruleWords, valueIn, type DraftRule, type Effect } from '../rules.js';
import { RowButton } from '../RowButton.js';
import { cx } from '../../ui/cx.js';
import css from '../studio.module.css';

const effects: { readonly [E in Effect]: string } = {
  allow: 'Allow',
  deny: 'Deny',
  needs_approval: 'Needs approval',
};
const operators = { '<=': '≤', '<': '<', '==': '=', '!=': '≠', '>': '>', '>=': '≥' };

/**
 * Sets the member of a rule that a pointer relative to the rule names. An undefined value removes
 * it.
 */
export type Change = (place: number, path: string, value: unknown) => void;

const foundAt = (findings: readonly LintFinding[], pointer: string): LintFinding | undefined =>
  findings.find((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`));

type FieldProps = {
  readonly label: string;
  readonly value: string;
  readonly onValue: (written: string) => void;
  /** The known values, which the field suggests. */
  readonly known?: readonly string[];
  readonly off: string | undefined;
  readonly fault?: string | undefined;
  readonly hidden?: boolean;
};
/**
 * A text field that reports each change. It keeps the text as typed until it is left, so that a
 * half-written number does not change under the user.
 */
const Field = ({ label, value, onValue, known, off, fault, hidden = false }: FieldProps): ReactElement => {
  const [draft, setDraft] = useState<string | undefined>();
  const write = (written: string): void => {
    setDraft(written);
    onValue(written);
  };
  const shown = {
    ...(hidden ? { 'aria-label': label } : {}),
    value: draft ?? value,
    readOnly: off !== undefined,
    error: fault !== undefined,
    onBlur: () => setDraft(undefined),
  };
  const input = (
    <Tooltip label={fault ?? off}>
      {known === undefined ? (
        <TextField {...shown} spellCheck={false} onText={write} />
      ) : (
        <Suggested {...shown} known={known} onChange={write} />
      )}
    </Tooltip>
  );
  return hidden ? (
    input
  ) : (
    <label>
      {label}
      {input}
    </label>
  );
};

const ruleCols = cols('30px minmax(0, 1fr) auto', { gap: '0 8px' });
const conditionCols = {
  ...cols('minmax(0, 1fr) 52px 58px 24px', { phone: 'minmax(0, 1fr) 60px 64px 44px', gap: 4 }),
  marginTop: 4,
};

const Form = ({
  rule,
  was,
  findings,
  vocabulary,
  hits,
  off,
  onChange,
  onRemove,
}: {
  readonly rule: DraftRule;
  readonly was: DraftRule | undefined;
  readonly findings: readonly LintFinding[];
  readonly vocabulary: Vocabulary;
  readonly hits: number | undefined;
  readonly off: string | undefined;
  readonly onChange: Change;
  readonly onRemove: () => void;
}): ReactElement => {
  const set = (path: string, value: unknown): void => {
    if (off === undefined) onChange(rule.place, path, value);
  };
  const faultOf = (path: string): string | undefined =>
    foundAt(findings, `/rules/${rule.place}${path}`)?.message;
  const text = (label: string, path: string, value: string, known?: readonly string[]): ReactElement => (
    <Field
      label={label}
      value={value}
      {...(known === undefined ? {} : { known })}
      off={off}
      fault={faultOf(path)}
      onValue={(written) => set(path, written)}
    />
  );
  const number = (label: string, path: string, value: number | undefined, at = path): ReactElement => (
    <Field
      label={label}
      value={value === undefined ? '' : `${value}`}
      off={off}
      fault={faultOf(at)}
      onValue={(written) => {
        const read = valueIn(written);
        if (typeof read === 'number') set(path, read);
      }}
    />
  );
  return (
    <div className={cx(css['form'], 'sel fm')} role="group" aria-label={`Rule ${rule.id}`}>
      <SegmentedControl
        label="Effect"
        value={rule.effect}
        choices={effects}
        off={off}
        grow
        onChoose={(effect) => set('/effect', effect)}
      />
      <div className="f2">
        {text('Name', '/id', rule.id)}
        {number('Priority', '/priority', rule.priority)}
        {text('Agent', '/agent', rule.agent, ['*', ...vocabulary.agents])}
        {text('Action', '/action', rule.action, ['*', ...vocabulary.actions])}
      </div>
      <div>
        <span className="t2 sm">
          {rule.conditions.length === 0 ? 'Always (no condition)' : 'When all of'}
        </span>
        {rule.conditions.map(({ field, op, value }, i) => {
          const old = was?.conditions.find((one) => one.field === field && one.op === op);
          const path = `/conditions/${i}`;
          return (
            <div key={i} className="grid" style={conditionCols}>
              <Field
                hidden
                label={`Field ${i + 1}`}
                value={field}
                known={vocabulary.fields}
                off={off}
                fault={faultOf(`${path}/field`)}
                onValue={(written) => set(`${path}/field`, written)}
              />
              <Choice
                aria-label={`Operator ${i + 1}`}
                value={op}
                aria-disabled={off === undefined ? undefined : true}
                choices={Object.hasOwn(operators, op) ? operators : { ...operators, [op]: op.slice(0, 8) }}
                onChoose={(chosen) => set(`${path}/op`, chosen)}
              />
              <Field
                hidden
                label={`Value ${i + 1}`}
                value={
                  typeof value === 'string' ? value : plainValue(value).replace('−', '-').replaceAll(',', '')
                }
                off={off}
                fault={faultOf(`${path}/value`)}
                onValue={(written) => set(`${path}/value`, valueIn(written))}
              />
              <ActionButton
                px={0}
                variant="subtle"
                size="sm"
                label={`Remove condition ${i + 1}`}
                off={off}
                onAct={() => set(path, undefined)}
              >
                ×
              </ActionButton>
              {old === undefined || old.value === value ? null : (
                <span className="all xs ylw iso">was {plainValue(old.value)} before</span>
              )}
            </div>
          );
        })}
        <ActionButton
          variant="subtle"
          size="sm"
          off={off}
          onAct={() =>
            set('/conditions', [
              ...rule.conditions,
              { field: vocabulary.fields.includes('risk_score') ? 'risk_score' : '', op: '<=', value: 40 },
            ])
          }
        >
          + Condition
        </ActionButton>
      </div>
      {text('Reason', '/reason', rule.reason)}
      <div className="f2">
        {number('Cost', '/budget/cost', rule.cost, '/budget')}
        {number('Compute', '/budget/compute', rule.compute)}
      </div>
      <div className="row sm t2 wrap">
        <ActionButton size="sm" off={off} onAct={() => set('/enabled', !rule.enabled)}>
          {rule.enabled ? 'Switch off' : 'Switch on'}
        </ActionButton>
        <ActionButton variant="danger" size="sm" off={off} onAct={onRemove}>
          Remove rule
        </ActionButton>
        {hits === undefined ? null : <span className="ml">Decides {hits} of the last day</span>}
      </div>
    </div>
  );
};

/** The rules by priority. The selected rule opens as a form over the text that the editor shows. */
export const RuleBuilder = ({
  rules,
  before,
  selected,
  findings,
  vocabulary,
  hits,
  off,
  onSelect,
  onChange,
  onRemove,
}: {
  readonly rules: readonly DraftRule[];
  readonly before: readonly DraftRule[];
  readonly selected: number | undefined;
  readonly findings: readonly LintFinding[];
  readonly vocabulary: Vocabulary;
  readonly hits: { readonly [rule: string]: number } | undefined;
  readonly off: string | undefined;
  readonly onSelect: (place: number | undefined) => void;
  readonly onChange: Change;
  readonly onRemove: (place: number) => void;
}): ReactElement => (
  <ul className={css['scrolls']} aria-label="Rules in order of priority">
    {inOrder(rules).map((rule) => {
      const { kind, glyph, word } = lookOfEffect(rule.effect);
      const found = foundAt(findings, `/rules/${rule.place}`);
      const open = rule.place === selected;
      return (
        <li key={rule.place} className={rule.enabled ? undefined : css['off']}>
          <RowButton
            chosen={open}
            aria-expanded={open}
            onClick={() => onSelect(open ? undefined : rule.place)}
          >
            <span className="grid" style={ruleCols}>
              <span className="num xs muted">{rule.priority}</span>
              <b className="mono iso long">
                {rule.id === '' ? 'no name' : rule.id.slice(0, 80)}{' '}
                {found === undefined ? null : (
                  <>
                    <Glyph
                      name={severityLook[found.severity].glyph}
                      kind={severityLook[found.severity].kind}
                    />
                    <span className="vh">{found.severity}</span>
                  </>
                )}
              </b>
              <span className={`ef k-${kind}`}>
                <Glyph name={glyph} kind={kind} />
                {word}
              </span>
              <span className={cx(css['cut'], 'd iso')}>
                {rule.enabled ? '' : 'off, '}
                {ruleWords(rule)}
              </span>
            </span>
          </RowButton>
          {open ? (
            <Form
              key={rule.place}
              rule={rule}
              was={before.find(({ id }) => id === rule.id)}
              findings={findings}
              vocabulary={vocabulary}
              hits={hits?.[rule.id] ?? (hits === undefined ? undefined : 0)}
              off={off}
              onChange={onChange}
              onRemove={() => onRemove(rule.place)}
            />
          ) : null}
        </li>
      );
    })}
  </ul>
);
