import { Button, TextInput } from '@mantine/core';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call, read, readText, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted, shortId } from '../format.js';
import { readLines } from './lines.js';
import { cols, Columns } from '../ui/tables/Columns.js';
import { ActionButton, Card, Empty, UntrustedText, Head, Id, Problem, Skeleton, Time } from '../ui/parts.js';
import { NoAccessCard } from '../ui/dialogs/NoAccess.js';
import { Dialog } from '../ui/dialogs/Dialog.js';
import { Chip } from '../ui/states.js';
import { Field } from '../ui/forms/Field.js';
import { saveFile } from '../ui/tables/save.js';

type Person = Schema<'KnownPersonDto'>;
type Erasure = Schema<'ErasureDto'>;

const peopleQuery = (tenant = tenantStore.get()) =>
  infiniteQueryOptions({
    queryKey: ['people', tenant],
    queryFn: ({ signal, pageParam }) =>
      read('/api/v1/audit/people', {
        query: { limit: 100, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        tenant,
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });

/** Lists what an erasure removes and what it leaves. The log itself never changes. */
const What = (): ReactElement => (
  <dl className="kv">
    <dt>Removed</dt>
    <dd>the person’s name and subject, and the key of every text by them or about them</dd>
    <dt>Kept</dt>
    <dd>each event in its place, with an id instead of a name, so that the log still verifies</dd>
    <dt>Later</dt>
    <dd>if they sign in again or a token names them, a new person is created without a link to this one</dd>
    <dt>Undo</dt>
    <dd>erasure is permanent; backups cannot restore the person, since their keys are deleted too</dd>
  </dl>
);

const Export = ({ person }: { readonly person: Person }): ReactElement => {
  const exported = useSend(
    () => readText('/api/v1/audit/people/{person}', { path: { person: person.person_id } }),
    [],
  );
  return (
    <>
      <ActionButton
        off={exported.isPending ? 'Still loading' : undefined}
        onAct={() =>
          exported.mutate(undefined, {
            onSuccess: (text) => saveFile(`person-${person.person_id}.ndjson`, text, 'application/x-ndjson'),
          })
        }
      >
        {exported.isPending ? 'Loading…' : 'Export data from the log'}
      </ActionButton>
      {exported.data === undefined ? null : (
        <p className="sm t2" role="status">
          {counted(readLines(exported.data).length, 'event')} saved, by type:{' '}
          {[...Map.groupBy(readLines(exported.data), ({ type }) => type)]
            .map(([type, lines]) => `${type} ${lines.length}`)
            .join(', ') || 'none'}
          .
        </p>
      )}
      {exported.isError ? <Problem error={exported.error} what="nothing was saved" /> : null}
    </>
  );
};

type EraseProps = {
  readonly person: Person;
  readonly onClose: () => void;
  readonly onErased: (erasure: Erasure) => void;
};
const Erase = ({ person, onClose, onErased }: EraseProps): ReactElement => {
  const [typed, setTyped] = useState('');
  const erase = useSend(
    () => call('delete', '/api/v1/audit/people/{person}', { path: { person: person.person_id } }),
    ['people'],
  );
  const end = person.person_id.slice(-4);
  return (
    <Dialog opened onClose={onClose} title="Erase a person" size={560}>
      <div className="col" style={{ gap: 12 }}>
        <p>
          <UntrustedText whole text={person.subject} />, known since <Time at={person.created_at} zoned />
        </p>
        <What />
        <TextInput
          label={
            <>
              Type the last four characters of <span className="mono">{person.person_id}</span>. You cannot
              undo this.
            </>
          }
          className="mono"
          value={typed}
          maxLength={8}
          data-autofocus
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className="row">
          <Button onClick={onClose}>Go back</Button>
          <span className="grow" />
          <ActionButton
            variant="danger"
            off={typed.trim() === end ? undefined : 'Type the four characters first'}
            sending={erase.isPending}
            onAct={() => erase.mutate(undefined, { onSuccess: onErased })}
          >
            {erase.isPending ? 'Erasing…' : 'Erase this person'}
          </ActionButton>
        </div>
        {erase.isError ? <Problem error={erase.error} what="nobody was erased" /> : null}
      </div>
    </Dialog>
  );
};

const People = (): ReactElement => {
  const people = useInfiniteQuery(peopleQuery());
  const [open, setOpen] = useState<string | undefined>();
  const [erasing, setErasing] = useState<Person | undefined>();
  const [erased, setErased] = useState<Erasure | undefined>();
  const items = people.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card title="People in the log" right={counted(items.length, 'person', 'people')}>
      {erased === undefined ? null : (
        <p className="note" role="status">
          <Chip look={{ kind: 'green', glyph: 'ok', word: 'Erased' }} />{' '}
          <span className="mono">{shortId(erased.person_id)}</span>{' '}
          {erased.erased === 'before' ? 'was already erased at' : 'at'} <Time at={erased.erased_at} zoned />
          {erased.position === null
            ? '; its event follows when the log accepts it.'
            : `, position ${erased.position}.`}
        </p>
      )}
      {people.isError ? (
        <Problem error={people.error} what="people could not be read" />
      ) : people.isPending ? (
        <Skeleton rows={6} />
      ) : items.length === 0 ? (
        <Empty>
          <b>No people yet.</b> People appear here when they sign in or a token names them.
        </Empty>
      ) : (
        <ul className="lines" style={cols('minmax(0, 1fr)', { gap: 8 })}>
          {items.map((person) => (
            <li key={person.person_id}>
              <span className="row wrap">
                <b>
                  <UntrustedText text={person.subject} />
                </b>
                <span className="xs muted">
                  <Id id={person.person_id} />
                </span>
                <span className="sm muted">
                  since <Time at={person.created_at} zoned />
                </span>
                <span className="grow" />
                <Button
                  size="sm"
                  aria-expanded={open === person.person_id}
                  aria-label={`${open === person.person_id ? 'Close' : 'Show'} ${person.subject}`}
                  onClick={() => setOpen(open === person.person_id ? undefined : person.person_id)}
                >
                  {open === person.person_id ? 'Close' : 'Show'}
                </Button>
              </span>
              {open === person.person_id ? (
                <div className="col" style={{ gap: 8 }}>
                  <div className="row wrap">
                    <Export person={person} />
                    <Button variant="danger" onClick={() => setErasing(person)}>
                      Erase…
                    </Button>
                  </div>
                </div>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {people.hasNextPage ? (
        <div className="b">
          <Button size="sm" onClick={() => void people.fetchNextPage()}>
            More
          </Button>
        </div>
      ) : null}
      {erasing === undefined ? null : (
        <Erase
          person={erasing}
          onClose={() => setErasing(undefined)}
          onErased={(erasure) => {
            setErased(erasure);
            setErasing(undefined);
          }}
        />
      )}
    </Card>
  );
};

const Lookup = (): ReactElement => {
  const [subject, setSubject] = useState('');
  const found = useSend(
    (asked: string) => call('post', '/api/v1/audit/people/lookup', { body: { subject: asked } }),
    [],
  );
  return (
    <Card title="Find a person">
      <form
        className="b col"
        style={{ gap: 8 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (subject.trim() !== '') found.mutate(subject.trim());
        }}
      >
        <Field
          label="Subject at the identity provider"
          value={subject}
          maxLength={255}
          autoComplete="off"
          onText={setSubject}
        />
        <Button type="submit">{found.isPending ? 'Looking…' : 'Look up'}</Button>
        <span className="xs muted">The request body carries it, so that no address or log shows it.</span>
        {found.data === undefined ? null : (
          <p className="sm" role="status">
            <span className="mono">{found.data.person_id}</span>, since{' '}
            <Time at={found.data.created_at} zoned />
          </p>
        )}
        {found.isError ? <Problem error={found.error} what="nobody was found" /> : null}
      </form>
    </Card>
  );
};

export const PrivacyPage = (): ReactElement => {
  const missing = useMissingScope('PRIVACY_ADMIN');
  return (
    <div>
      <Head title="Privacy" />
      {missing === undefined ? (
        <Columns side={388}>
          <div>
            <People />
          </div>
          <div>
            <Lookup />
            <Card title="What an erasure does">
              <div className="b">
                <What />
              </div>
            </Card>
          </div>
        </Columns>
      ) : (
        <NoAccessCard card="People" missing={missing} />
      )}
    </div>
  );
};
