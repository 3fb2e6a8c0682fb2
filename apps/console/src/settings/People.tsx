import { Button, Input } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { roles, roleScopes, type Role } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { ApiProblem, call, read, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useSession } from '../api/session.js';
import { counted, sentence } from '../format.js';
import { useStore } from '../state/store.js';
import { Choice } from '../ui/forms/Choice.js';
import { cols } from '../ui/tables/Columns.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { ActionButton, Card, Problem, Time } from '../ui/parts.js';
import { faultAt } from '../ui/forms/faults.js';
import { Field } from '../ui/forms/Field.js';
import { copy } from '../ui/copy.js';

type Person = Schema<'PersonDto'>;
type Linked = Schema<'PersonLinkDto'>;
type LinkAnswer = Linked | Schema<'LinkRequestedDto'>;

/**
 * Returns the link; undefined if a change request was made instead, whose page the shell then
 * opens.
 */
const linkIn = (answer: LinkAnswer): Linked | undefined => ('link' in answer ? answer : undefined);

/**
 * Returns the people who may sign in by invitation; null if only an identity provider signs people
 * in.
 */
const readPeople = async (): Promise<readonly Person[] | null> => {
  try {
    return (await read('/api/v1/people')).items;
  } catch (error) {
    if (error instanceof ApiProblem && [404, 409].includes(error.problem.status)) return null;
    throw error;
  }
};

/** A new sign-in link. It is stored nowhere, so it is lost when the user leaves the page. */
const Link = ({ linked }: { readonly linked: Linked }): ReactElement => {
  const address = new URL(linked.link, location.origin).href;
  return (
    <div className="b col" style={{ gap: 6 }} role="status">
      <span className="sm">
        Send this link to <bdi className="fw">{linked.name}</bdi>. It works once, until{' '}
        <Time at={linked.link_open_until} zoned />, and is not shown again.
      </span>
      <div className="row wrap">
        <Input className="mono grow" readOnly aria-label={`Link of ${linked.name}`} value={address} />
        <Button size="sm" onClick={() => copy(address, 'Link')}>
          Copy
        </Button>
      </div>
    </div>
  );
};

const Invite = (): ReactElement => {
  const { data: session } = useSession();
  const looked = useStore(tenantStore);
  const tenant = looked ?? session?.tenants[0] ?? '';
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const invite = useSend(
    () => call('post', '/api/v1/people', { body: { name: name.trim(), role, tenants: [tenant] } }),
    ['people'],
  );
  return (
    <div className="b fm">
      <Field
        label="Name"
        value={name}
        maxLength={80}
        autoComplete="off"
        error={faultAt(invite.error, '/name')}
        onText={setName}
      />
      <Choice
        label="Role"
        value={role}
        choices={roles.map((value) => ({ value, label: sentence(value) }))}
        onChoose={setRole}
      />
      <p className="xs muted">
        In the tenant <span className="mono">{tenant}</span>, with {counted(roleScopes[role].length, 'scope')}
        .
      </p>
      <div className="row wrap">
        <ActionButton
          variant="filled"
          off={name.trim() === '' ? 'Enter a name' : undefined}
          sending={invite.isPending}
          showReason
          onAct={() => invite.mutate(undefined, { onSuccess: () => setName('') })}
        >
          Invite
        </ActionButton>
      </div>
      {invite.isError ? <Problem error={invite.error} what="nobody was invited" /> : null}
    </div>
  );
};

type RowProps = {
  readonly person: Person;
  readonly onLinked: (linked: Linked) => void;
};
const Row = ({ person, onLinked }: RowProps): ReactElement => {
  const path = { id: person.person_id };
  const link = useSend(() => call('post', '/api/v1/people/{id}/link', { path }), ['people']);
  const remove = useSend(
    () => call('delete', '/api/v1/people/{id}', { path }),
    ['people', 'sessions'],
    `${person.name} was removed.`,
  );
  return (
    <li>
      <span className="row wrap">
        <b>
          <bdi>{person.name}</bdi>
        </b>
        <span className="tag">{sentence(person.role)}</span>
        <span className="grow" />
        <ActionButton
          size="sm"
          label={`${person.change_id === null ? 'New link' : 'Get the link'} for ${person.name}`}
          off={link.isPending ? 'Still creating' : undefined}
          onAct={() =>
            link.mutate(undefined, {
              onSuccess: (answer) => {
                const linked = linkIn(answer);
                if (linked !== undefined) onLinked(linked);
              },
            })
          }
        >
          {person.change_id === null ? 'New link' : 'Get the link'}
        </ActionButton>
        <ConfirmButton
          variant="danger"
          size="sm"
          label={`Remove ${person.name}`}
          confirmLabel={`Yes, remove ${person.name}`}
          off={
            person.removable ? undefined : 'This person belongs to the installation. End the sessions instead'
          }
          sending={remove.isPending}
          confirm="Yes, remove"
          onAct={() => remove.mutate(undefined)}
        >
          Remove…
        </ConfirmButton>
      </span>
      <span className="xs t2 long iso">
        {person.tenants.join(', ')}
        {person.invited_at === null ? null : (
          <>
            , invited by {person.invited_by} at <Time at={person.invited_at} zoned />
          </>
        )}
        {person.change_id === null ? null : <>, waits for approval of a change request</>}
        {person.link_open_until === null ? null : (
          <>
            , a link is open until <Time at={person.link_open_until} zoned />
          </>
        )}
      </span>
      {link.isError ? <Problem error={link.error} what="no link was made" /> : null}
      {remove.isError ? <Problem error={remove.error} what="nobody was removed" /> : null}
    </li>
  );
};

const Listed = (): ReactElement | null => {
  const people = useQuery({ queryKey: ['people'], queryFn: readPeople, retry: false });
  const [linked, setLinked] = useState<Linked | undefined>();
  if (people.isError)
    return (
      <Card title="People">
        <Problem error={people.error} what="who may sign in" />
      </Card>
    );
  const { data } = people;
  if (data === null || data === undefined) return null;
  return (
    <Card title="People" right={counted(data.length, 'person', 'people')}>
      <Invite />
      {linked === undefined ? null : <Link linked={linked} />}
      <ul className="lines" style={cols('minmax(0, 1fr)', { gap: 8 })}>
        {data.map((one) => (
          <Row key={one.person_id} person={one} onLinked={setLinked} />
        ))}
      </ul>
    </Card>
  );
};

/** The people who may sign in by invitation, for users who may invite. */
export const People = (): ReactElement | null => {
  const { data: session } = useSession();
  const may = roleScopes.administrator.every((scope) => session?.scopes.includes(scope) === true);
  return may ? <Listed /> : null;
};
