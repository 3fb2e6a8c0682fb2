import { Button, Checkbox, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { call, isUnseen } from '../../api/client.js';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { numberText } from '../../format.js';
import { useKeys } from '../../shell/keys.js';
import { ActionButton, Card, Loaded, Problem } from '../../ui/parts.js';
import { ReasonAct } from '../../ui/dialogs/ReasonAct.js';
import { budgetIn, everyAccount, fieldsOfBudget, type Budget } from './budgets.js';
import { budgetDayQuery, budgetsQuery } from '../queries.js';

type ChangeProps = {
  readonly account: string;
  readonly type: string | undefined;
  readonly before: Budget | undefined;
  readonly onDone: () => void;
};
const Change = ({ account, type, before, onDone }: ChangeProps): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const [fields, setFields] = useState(() => fieldsOfBudget(before, type));
  const asked = budgetIn(fields, before, type);
  const put = useSend(
    ({ budget, force }: { readonly budget: Exclude<typeof asked, string>; readonly force: boolean }) =>
      call('put', '/api/v1/autonomy/budget', {
        body: { account_id: account, ...budget, ...(force ? { force } : {}) },
      }),
    ['autonomy'],
    'The budget was saved.',
  );
  // After the name was refused as unknown, pressing the button again sets it anyway.
  const force = isUnseen(put.error);
  return (
    <div className="fm" style={{ borderTop: '1px solid var(--line)', paddingTop: 10 }}>
      <TextInput
        label="Automatic actions a day"
        id="budget"
        inputMode="numeric"
        value={fields.day}
        onChange={(event) => setFields({ ...fields, day: event.target.value })}
      />
      {type === undefined ? null : (
        <TextInput
          label={<>For {type} (empty: no limit of its own)</>}
          inputMode="numeric"
          value={fields.type}
          onChange={(event) => setFields({ ...fields, type: event.target.value })}
        />
      )}
      <Checkbox
        label="Each unused day takes 10 %, down to half"
        checked={fields.decay}
        onChange={(event) => setFields({ ...fields, decay: event.target.checked })}
      />
      <div className="row wrap">
        <ActionButton
          variant="filled"
          size="sm"
          showReason
          off={missing ?? (typeof asked === 'string' ? asked : undefined)}
          sending={put.isPending}
          onAct={() => {
            if (typeof asked !== 'string') put.mutate({ budget: asked, force }, { onSuccess: onDone });
          }}
        >
          {`Set the budget${force ? ' all the same' : ''}`}
        </ActionButton>
        <Button size="sm" onClick={onDone}>
          Go back
        </Button>
      </div>
      {put.isError ? <Problem error={put.error} what="the budget was not changed" /> : null}
    </div>
  );
};

/** Removes a budget, for a reason: the account then asks a person for everything. */
const Remove = ({ account }: { readonly account: string }): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const remove = useSend(
    (reason: string) => call('delete', '/api/v1/autonomy/budget', { query: { account_id: account }, reason }),
    ['autonomy'],
    'The budget was removed.',
  );
  return (
    <ReasonAct
      label="Remove the budget…"
      off={missing}
      title={`Remove the budget of ${account === everyAccount ? 'all accounts together' : account}`}
      act="Remove the budget"
      danger
      send={remove}
    >
      <p className="t2">
        {account === everyAccount
          ? 'Each account keeps its own budget. This loosens: it is a further limit.'
          : 'Every action of the account asks a person from then on.'}
      </p>
    </ReasonAct>
  );
};

const noBudget = (account: string): ReactElement => (
  <p className="sm t2">
    {account === everyAccount
      ? 'No budget is set for all accounts together. Each account has its own.'
      : 'No budget is set. It counts as 0, so every action asks a person.'}
  </p>
);

type TodayProps = {
  readonly account: string;
  readonly type: string | undefined;
  readonly before: Budget | undefined;
};
const Today = ({ account, type, before }: TodayProps): ReactElement => {
  const day = useQuery(budgetDayQuery(account));
  if (before === undefined) return noBudget(account);
  return (
    <Loaded query={day} rows={3} what="the budget">
      {(data) => {
        const used = type === undefined ? undefined : data.by_action_type[type];
        const most = type === undefined ? undefined : data.max_per_action_type[type];
        return (
          <dl className="kv">
            <dt>Today</dt>
            <dd>
              {numberText(data.count, 0)} of {numberText(data.limit, 0)}, the day of {data.date_key} (
              {data.time_zone})
            </dd>
            {type === undefined ? null : (
              <>
                <dt>This type</dt>
                <dd>
                  {numberText(used ?? 0, 0)}
                  {most === undefined ? '' : ` of ${numberText(most, 0)}`}
                </dd>
              </>
            )}
            <dt>Unused days</dt>
            <dd>
              {data.unused_days}
              {before.decay_if_unused ? ': each takes 10 % of the limit, down to half' : ''}
            </dd>
            <dt>Left</dt>
            <dd>
              {numberText(Math.max(0, data.limit - data.count), 0)}; the next one above asks a person, none is
              dropped
            </dd>
          </dl>
        );
      }}
    </Loaded>
  );
};

type BudgetCardProps = {
  readonly account: string;
  readonly type: string | undefined;
};
/**
 * The number of automatic actions that an account may run in a day, its use today, and the form to
 * change it.
 */
export const BudgetCard = ({ account, type }: BudgetCardProps): ReactElement => {
  const budgets = useQuery(budgetsQuery());
  const [open, setOpen] = useState(false);
  const before = budgets.data?.find(({ account_id: id }) => id === account);
  useKeys({
    b: () => {
      setOpen(true);
      requestAnimationFrame(() => document.getElementById('budget')?.focus());
    },
  });
  return (
    <Card
      title="Budget"
      extra={
        account === everyAccount ? (
          <span className="tag">all accounts together</span>
        ) : (
          <span className="tag mono iso">{account}</span>
        )
      }
      right={
        <Button size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
          Change… <kbd>B</kbd>
        </Button>
      }
    >
      <div className="b col" style={{ gap: 10 }}>
        <Loaded query={budgets} rows={3} what="the budget">
          {() => <Today account={account} type={type} before={before} />}
        </Loaded>
        {before === undefined ? null : (
          <div>
            <Remove account={account} />
          </div>
        )}
        {open && budgets.data !== undefined ? (
          <Change account={account} type={type} before={before} onDone={() => setOpen(false)} />
        ) : null}
      </div>
    </Card>
  );
};
