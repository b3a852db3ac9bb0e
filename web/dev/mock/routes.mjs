// Every address of the contract.
import { accountRoutes } from './routes_accounts.mjs';
import { callRoutes } from './routes_calls.mjs';
import { liveRoutes } from './routes_live.mjs';
import { systemRoutes } from './routes_system.mjs';

export const routes = [...callRoutes, ...accountRoutes, ...liveRoutes, ...systemRoutes];
