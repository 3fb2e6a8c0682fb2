import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { Head } from '../ui/parts.js';
import { Channels } from './Channels.js';
import { Rotas } from './Rotas.js';
import { Routes } from './Routes.js';

/** The receivers of alerts: the people on call, the channels, and the routes to them. */
export const ReachPage = (): ReactElement => (
  <div>
    <Head title="Who is told">
      <Link to="/alerts">Alerts</Link>
    </Head>
    <div className="col" style={{ gap: 12 }}>
      <Rotas />
      <Channels />
      <Routes />
    </div>
  </div>
);
