import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { actionsQuery, typesQuery } from '../../api/queries.js';
import { Suggested, type SuggestedProps } from './Suggested.js';

export type Known = 'action_type' | 'agent' | 'account_id';

/**
 * A text input for a name. It suggests the registered action types, or the names in the last 200
 * actions.
 */
export const KnownName = ({ of, ...input }: SuggestedProps & { readonly of: Known }): ReactElement => {
  const [asked, setAsked] = useState(false);
  const types = useQuery({ ...typesQuery(), enabled: asked && of === 'action_type' });
  const actions = useQuery({ ...actionsQuery({ limit: 200 }), enabled: asked && of !== 'action_type' });
  const items = (of === 'action_type' ? types.data?.items : actions.data?.items) ?? [];
  return (
    <Suggested
      {...input}
      known={items.map((item) => String(Reflect.get(item, of))).sort()}
      onFocus={() => setAsked(true)}
    />
  );
};
