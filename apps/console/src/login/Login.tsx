import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import type { LoginMethods } from '@interlock/contracts';
import { ApiProblem, problemOf, signedOut } from '../api/client.js';
import { readMethods, signIn } from '../api/session.js';
import { useStore } from '../state/store.js';
import { Problem } from '../ui/parts.js';
import { invitationIn, nextIn } from './addresses.js';
import { Field } from '../ui/forms/Field.js';

type ByProviderProps = {
  readonly name: string;
  readonly refused: LoginMethods['refused'];
};
/** The login by the installation's identity provider, and why the last one was refused. */
const ByProvider = ({ name, refused }: ByProviderProps): ReactElement => (
  <div className="card">
    <div className="b col" style={{ gap: 12 }}>
      {refused === null ? null : (
        <Problem
          error={new ApiProblem(problemOf(refused.status, refused))}
          what="the login was refused"
          stays="An administrator finds more in the log of the edge, under this trace."
        />
      )}
      <Button
        component="a"
        variant="filled"
        size="lg"
        href={`/session/login?next=${encodeURIComponent(nextIn(location.search))}`}
      >
        Log in with {name}
      </Button>
      <p className="xs muted">
        To stop everything without a session: <span className="mono">interlock stop --break-glass FILE</span>.
      </p>
    </div>
  </div>
);

export const LoginPage = (): ReactElement => {
  const methods = useQuery({ queryKey: ['login-methods'], queryFn: readMethods, staleTime: 60_000 });
  const queries = useQueryClient();
  const ended = useStore(signedOut);
  const [invitation, setInvitation] = useState(() => invitationIn(location.hash));
  const fromLink = useRef(invitation !== '');
  const login = useMutation({
    mutationFn: signIn,
    onSuccess: (session) => {
      queries.setQueryData(['session'], session);
      location.assign(nextIn(location.search));
    },
  });
  const { mutate } = login;
  useEffect(() => {
    if (!fromLink.current) return;
    fromLink.current = false;
    history.replaceState(history.state, '', `${location.pathname}${location.search}`);
    mutate(invitation);
  }, [invitation, mutate]);
  return (
    <main className="signin" id="main">
      <div className="ph">
        <h1>Sign in to Interlock</h1>
      </div>
      {ended ? (
        <p className="card note" role="status">
          <b>Your session has ended.</b> This device keeps your unfinished notes and drafts, for you alone.
          They are back after you sign in.
        </p>
      ) : null}
      {methods.data === undefined || methods.data.oidc === null ? null : (
        <ByProvider name={methods.data.oidc.name} refused={methods.data.refused} />
      )}
      {methods.data?.invitation === false ? null : (
        <form
          className="card"
          onSubmit={(event) => {
            event.preventDefault();
            const text = invitation.trim();
            login.mutate(text.includes('#') ? invitationIn(text.slice(text.indexOf('#'))) : text);
          }}
        >
          <div className="b col" style={{ gap: 12 }}>
            <p className="t2">
              Interlock printed a link for each role at its first start. Open one, or paste it here. Each link
              works once.
            </p>
            <Field
              label="Invitation link"
              value={invitation}
              autoComplete="off"
              spellCheck={false}
              onText={setInvitation}
            />
            {login.isError ? <Problem error={login.error} /> : null}
            <Button type="submit" variant="filled" size="lg">
              {login.isPending ? 'Signing in…' : 'Sign in'}
            </Button>
            <p className="xs muted">
              No link left? <span className="mono">npm start -- --invite</span> prints new ones. To stop
              everything without a session:{' '}
              <span className="mono">
                npm run -s interlock -- --tenant demo kill-switch engage --reason &quot;…&quot;
              </span>
              .
            </p>
          </div>
        </form>
      )}
    </main>
  );
};
