import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { counted, numberText } from '../format.js';
import { SettingCard } from '../studio/editor/SettingCard.js';
import { routeQuery } from '../api/route-query.js';

const requiredPeopleQuery = () =>
  routeQuery('/api/v1/changes/required-people', ['autonomy', 'required-people']);
const targetQuery = () => routeQuery('/api/v1/autonomy/earned/target', ['autonomy', 'target']);

type From = Schema<'RequiredPeopleDto'>['from'];
const fromWords: { readonly [F in From]: string } = {
  tenant: 'set by this tenant',
  founder: 'the founder is alone',
  system: 'set for the whole system',
  default: 'by default',
};

/** How many people a change that loosens needs. */
export const RequiredPeople = (): ReactElement => (
  <SettingCard
    title="Required people"
    query={useQuery(requiredPeopleQuery())}
    scope="AUTONOMY_ADMIN"
    documentOf={({ required_people }) => ({ required_people })}
    put={(_data, { content, reason }) =>
      call('put', '/api/v1/changes/required-people', {
        body: { ...(content as Pick<Schema<'RequiredPeopleRequest'>, 'required_people'>), reason },
      })
    }
    keys={['autonomy']}
  >
    {({ required_people: people, from }) => (
      <p className="b t2">
        A change that loosens a setting needs <b>{counted(people, 'person', 'people')}</b>: {fromWords[from]}.
      </p>
    )}
  </SettingCard>
);

/** The share of good outcomes that a step up needs. */
export const TargetShare = (): ReactElement => (
  <SettingCard
    title="Target share"
    query={useQuery(targetQuery())}
    scope="AUTONOMY_ADMIN"
    documentOf={({ target_share }) => ({ target_share })}
    put={(_data, { content, reason }) =>
      call('put', '/api/v1/autonomy/earned/target', { body: content as Schema<'PutTargetDto'>, reason })
    }
    keys={['autonomy']}
  >
    {({ target_share: share }) => (
      <p className="b t2">
        A step up needs <b>{numberText(share * 100)} %</b> of good outcomes.
      </p>
    )}
  </SettingCard>
);
