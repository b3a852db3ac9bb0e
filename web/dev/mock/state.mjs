// What the mock server remembers while it runs.
import { randomUUID } from 'node:crypto';
import { makeCall, makeCalls } from './calls.mjs';
import { makeLive } from './live.mjs';

export const PASSWORD = 'correct horse battery staple';
const BY_ROLE = {
  administrator: ['calls.read', 'recordings.pause', 'imports.run', 'jobs.read', 'settings.read', 'settings.write', 'accounts.manage', 'keys.manage', 'status.read'],
  listener: ['calls.read', 'recordings.listen', 'recordings.export', 'recordings.pause', 'live.listen', 'notes.write', 'jobs.read'],
  auditor: ['calls.read', 'audit.read', 'audit.verify', 'settings.read', 'status.read', 'jobs.read'],
};
const HOUR = 3_600_000;

function account(name, display_name, roles, language = 'en', totp = false) {
  return { account_id: randomUUID(), name, display_name, roles, language, totp, disabled: false, created_at: new Date(Date.now() - 90 * 24 * HOUR).toISOString(), last_sign_in_at: null, password: PASSWORD };
}

export function createState({ calls, firstRun }) {
  const sessions = new Map();
  const streams = new Set();
  const now = Date.now();
  const state = {
    calls: makeCalls(firstRun ? 0 : calls, now),
    live: Array.from({ length: firstRun ? 0 : 6 }, (_, index) => makeLive(index, now)),
    liveGrants: new Map(),
    setup: { state: firstRun ? 'new' : 'done', account_configured: !firstRun, recording_configured: false, recovery_key_saved: !firstRun },
    accounts: firstRun ? [] : [account('anna', 'Anna Adams', ['administrator', 'listener', 'auditor']), account('max', 'Max Listener', ['listener']), account('vera', 'Vera Checks', ['auditor'], 'sk'), account('omar', 'Omar Reed', ['listener'], 'en', true)],
    recording: { default: firstRun ? 'none' : 'all', legal_ground: firstRun ? '' : 'Consent by announcement', configured: false },
    notes: [], views: [], jobs: [], grants: new Map(), apiKeys: [], audit: [],
    keys: [{ tenant: 'default', version: 1, fingerprint: 'SHA256:8fK2 m1Qx 77ZP 0aVd', current: true }],
    verification: { job: null, checked_at: firstRun ? null : new Date(now - 20 * HOUR).toISOString(), sound: firstRun ? null : true, entries: firstRun ? 0 : 1842, objects: firstRun ? 0 : 911, findings: [] },
    alarms: [],
    recoveryKey: '4f1d09a27be3c8550d6e91f3a07bc2d84419e6057ac3f2b8d15e90c7633ba4f8',
  };

  state.permissionsOf = (roles) => [...new Set(roles.flatMap((role) => BY_ROLE[role]))];
  state.meOf = (person) => ({
    account_id: person.account_id, name: person.name, display_name: person.display_name, roles: person.roles, permissions: state.permissionsOf(person.roles),
    language: person.language, totp: person.totp, csrf_token: person.csrf, idle_seconds: 900, expires_at: new Date(Date.now() + 12 * HOUR).toISOString(), confirmed_until: person.confirmedUntil ?? null,
  });
  state.begin = (person) => {
    const id = randomUUID();
    sessions.set(id, person);
    person.csrf ??= randomUUID();
    person.last_sign_in_at = new Date().toISOString();
    return { 'Set-Cookie': `earwitness=${id}; Path=/; HttpOnly; SameSite=Strict` };
  };
  state.accountOf = (cookie = '') => sessions.get(/earwitness=([^;]+)/.exec(cookie)?.[1]);
  state.end = (cookie = '') => sessions.delete(/earwitness=([^;]+)/.exec(cookie)?.[1]);
  state.addAccount = (name, display, roles, language, password) => {
    const made = { ...account(name, display ?? '', roles, language), password, created_at: new Date().toISOString() };
    state.accounts.push(made);
    return made;
  };

  state.tell = (kind, data) => {
    for (const response of streams) response.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  state.follow = (response) => {
    streams.add(response);
    response.on('close', () => streams.delete(response));
    response.write(': hello\n\n');
  };
  state.write = (kind, actor, more = {}) =>
    state.audit.unshift({ index: state.audit.length, at: new Date().toISOString(), kind, actor: actor?.account_id ?? 'system', actor_name: actor?.name ?? null, recording_id: null, call_id: null, result: 'done', details: {}, ...more });

  state.ring = (options = {}) => {
    const at = options.at ?? Date.now();
    const call = makeCall(Math.floor(at / 7) % 100_000, at, options);
    const place = state.calls.findIndex((each) => each.start_at <= call.start_at);
    state.calls.splice(place < 0 ? state.calls.length : place, 0, call);
    state.tell('call', { call_id: call.call_id });
    return call;
  };

  for (let index = 0; index < (firstRun ? 0 : 240); index++) {
    const call = state.calls[index % Math.max(1, state.calls.length)];
    const kind = ['call.viewed', 'playback.granted', 'session.opened', 'import.finished', 'call.exported', 'settings.recording_changed'][index % 6];
    state.write(kind, state.accounts[index % 3], { at: new Date(now - (240 - index) * 0.4 * HOUR).toISOString(), ...(kind.startsWith('call') || kind.startsWith('play') ? { call_id: call?.call_id ?? null, recording_id: call?.recordings[0].recording_id ?? null } : {}), details: kind === 'import.finished' ? { name: 'office.pcapng', calls: '12' } : {} });
  }
  return state;
}
