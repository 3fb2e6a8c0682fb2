import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { cols } from '../ui/tables/Columns.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { Card, Loaded, Problem, Time } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { handlerText } from './type-words.js';
import { typeQuery, typeVersionsQuery, type ActionType } from '../autonomy/queries.js';

const Flags = ({ type }: { readonly type: ActionType }): ReactElement => (
  <dl className="kv">
    <dt>Handler</dt>
    <dd>
      <bdi>{handlerText(type)}</bdi>
    </dd>
    <dt>Can be undone</dt>
    <dd>{type.reversible ? 'yes' : type.read_only ? 'reads only' : 'no, it always asks a person'}</dd>
    <dt>Reaches outside</dt>
    <dd>{type.external_contact ? 'yes: it asks a person' : 'no'}</dd>
    <dt>Confidence</dt>
    <dd>
      {type.confidence_threshold === undefined ? 'the tenant’s' : `at least ${type.confidence_threshold}`}
    </dd>
    <dt>Outcome unknown</dt>
    <dd>
      {type.on_unknown === undefined ? '–' : type.on_unknown === 'undo' ? 'is undone' : 'asks a person'}
    </dd>
    <dt>KPIs</dt>
    <dd>{type.kpis?.join(', ') ?? type.impact_fields.join(', ') ?? '–'}</dd>
  </dl>
);

/** One action type: its permissions, parameters, versions, and retirement. */
export const TypeDetail = ({ name }: { readonly name: string }): ReactElement => {
  const type = useQuery(typeQuery(name));
  const builtIn = type.data?.built_in === true;
  const versions = useQuery({ ...typeVersionsQuery(name), enabled: type.data?.built_in === false });
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const retire = useSend(
    () => call('post', '/api/v1/action-types/{actionType}/retire', { path: { actionType: name } }),
    ['policies'],
    `The action type ${name} was retired.`,
  );
  return (
    <>
      <Card title={name}>
        <Loaded query={type} rows={6} what="the action type">
          {(data) => (
            <div className="b col" style={{ gap: 10 }}>
              <p>{data.title}</p>
              <Flags type={data} />
              <details>
                <summary className="sm t2">Parameters, as JSON Schema</summary>
                <pre className="js" tabIndex={0}>
                  {JSON.stringify(data.parameters, null, 2)}
                </pre>
              </details>
              <div className="row wrap">
                <ConfirmButton
                  variant="danger"
                  size="sm"
                  showReason
                  off={missing ?? (data.built_in ? 'Built-in types cannot be retired' : undefined)}
                  sending={retire.isPending}
                  confirm={`Yes, retire ${name}`}
                  onAct={() => retire.mutate(undefined)}
                >
                  Retire
                </ConfirmButton>
              </div>
              {retire.isError ? <Problem error={retire.error} what="nothing was retired" /> : null}
            </div>
          )}
        </Loaded>
      </Card>
      <Card
        title="Versions"
        right={versions.data === undefined ? undefined : counted(versions.data.items.length, 'version')}
      >
        {builtIn ? (
          <p className="note">Built in. It has the version of Interlock.</p>
        ) : (
          <Loaded query={versions} what="versions">
            {({ items }) => (
              <ol className="lines" style={cols('minmax(0, 1fr)', { gap: 8, pad: 10 })}>
                {items.toReversed().map((version) => (
                  <li key={version.content_hash + String(version.version)}>
                    <span className="row wrap">
                      <b>v{version.version ?? '–'}</b>
                      <span className="muted sm">
                        <Time at={version.registered_at} zoned />
                      </span>
                      <Chip
                        plain
                        look={
                          version.reversible
                            ? { kind: 'green', glyph: 'back', word: 'can be undone' }
                            : { kind: 'unk', glyph: 'minus', word: 'cannot be undone' }
                        }
                      />
                    </span>
                    <span className="sm t2 iso">{handlerText(version)}</span>
                    <details>
                      <summary className="xs muted">Whole</summary>
                      <pre className="js" tabIndex={0}>
                        {JSON.stringify(version, null, 2)}
                      </pre>
                    </details>
                  </li>
                ))}
              </ol>
            )}
          </Loaded>
        )}
      </Card>
    </>
  );
};
