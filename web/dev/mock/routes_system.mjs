import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { refuse } from './reply.mjs';

const TICK_MS = 250;

function job(state, kind, title, finish) {
  const made = { job_id: randomUUID(), kind, title, state: 'waiting', progress: null, created_at: new Date().toISOString(), started_at: null, ended_at: null, problem: null, result: {} };
  state.jobs.unshift(made);
  const timer = setInterval(() => {
    if (made.state === 'cancelled') return clearInterval(timer);
    made.state = 'running';
    made.started_at ??= new Date().toISOString();
    made.progress = Math.min(1, (made.progress ?? 0) + 0.17);
    if (made.progress >= 1) {
      clearInterval(timer);
      made.state = 'done';
      made.ended_at = new Date().toISOString();
      finish(made);
    }
    state.tell('job', made);
  }, TICK_MS);
  return [202, made];
}

function importFile(context) {
  const { state, account } = context;
  const name = context.query.get('name') ?? 'sample.pcapng';
  state.write('import.started', account, { details: { name } });
  return job(state, 'import', name, (made) => {
    if (!/\.(pcap|pcapng)(\.gz|\.zst)?$/.test(name)) {
      made.state = 'failed';
      made.problem = { type: 'about:blank', title: 'not a capture', status: 400, code: 'unreadable_input', detail: 'the file begins with neither a pcap nor a pcapng header' };
      return;
    }
    for (let index = 0; index < 3; index++) state.ring({ at: Date.now() - index * 7000, ...(index === 0 ? { result: 'answered', talk: 42 } : {}) });
    made.result = { packets: 4942, calls: 3, sip_messages: 84, rtp_packets: 4850, known: false };
  });
}

function verify({ state }) {
  if (state.verification.job?.state === 'running') return refuse(409, 'verification_running', 'a verification runs');
  const answer = job(state, 'verify', '', () => Object.assign(state.verification, { checked_at: new Date().toISOString(), sound: true, entries: 1901, objects: 934 }));
  state.verification.job = answer[1];
  return answer;
}

function audit({ state, query }) {
  const limit = Number(query.get('limit') ?? 50);
  const after = Number(query.get('after') ?? 0);
  const found = state.audit.filter((each) => (!query.get('kind') || (query.get('kind').endsWith('.') ? each.kind.startsWith(query.get('kind')) : each.kind === query.get('kind'))) && (!query.get('actor') || each.actor_name === query.get('actor') || each.actor === query.get('actor')) && (!query.get('from') || each.at >= query.get('from')) && (!query.get('to') || each.at < query.get('to')));
  const next = after + limit < found.length ? String(after + limit) : null;
  return [200, { entries: found.slice(after, after + limit), next, size: state.audit.length }];
}

function status({ state }) {
  const since = new Date(Date.now() - 86_400_000 * 3.2).toISOString();
  const processes = ['recorder', 'keeper', 'media-worker'].map((name, index) => ({ name, pid: 4100 + index, since, restarts: index === 2 ? 1 : 0 }));
  return [200, {
    version: '0.2.0', node_id: '8f21c0de', started_at: since, time: new Date().toISOString(), alarms: state.alarms,
    disk: { free_bytes: 412e9, total_bytes: 960e9, used_by_us_bytes: 318e9, days_until_full: 143 }, processes,
    calls_total: { value: Math.min(state.calls.length, 10_000), more: state.calls.length > 10_000, talk_seconds: null },
  }];
}

/** Puts alarms up, which a real server does by itself: POST {"alarms": [...]} */
function setAlarms({ state, body }) {
  state.alarms = body.alarms;
  state.tell('alarm', {});
  return [204];
}

function follow({ state, response }) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  state.follow(response);
}

const LOOKED_AT = JSON.parse(readFileSync(new URL('laboratory.json', import.meta.url), 'utf8'));

/** Whatever is given, it is what a real server said of the sample of tests/panel/tasks/lab.mjs. */
function laboratory({ state, account, raw }) {
  if (!raw.includes('INVITE')) return refuse(400, 'invalid', 'there is no SIP message in it');
  state.write('laboratory.used', account, { details: { bytes: String(raw.length) } });
  return [200, LOOKED_AT];
}

export const systemRoutes = [
  ['POST /imports', importFile],
  ['POST /imports/sample', importFile],
  ['GET /jobs', ({ state, query }) => [200, { jobs: state.jobs.filter((each) => !query.get('kind') || each.kind === query.get('kind')) }]],
  ['GET /jobs/{job_id}', ({ state, path }) => [200, state.jobs.find((each) => each.job_id === path.job_id)]],
  ['DELETE /jobs/{job_id}', ({ state, path }) => {
    const found = state.jobs.find((each) => each.job_id === path.job_id);
    Object.assign(found, { state: 'cancelled', ended_at: new Date().toISOString() });
    state.tell('job', found);
    return [204];
  }],
  ['GET /events', follow],
  ['GET /settings/recording', ({ state }) => [200, state.recording]],
  ['PUT /settings/recording', ({ state, account, body }) => (state.write('settings.recording_changed', account), [200, Object.assign(state.recording, body)])],
  ['GET /keys', ({ state }) => [200, { versions: state.keys, recovery_fingerprint: 'SHA256:8fK2 m1Qx 77ZP 0aVd', recovery_key_saved: state.setup.recovery_key_saved }]],
  ['POST /keys/rotate', ({ state, account }) => {
    if (!(account.confirmedUntil && Date.parse(account.confirmedUntil) > Date.now())) return refuse(403, 'confirmation_required', 'give the password again');
    for (const key of state.keys) key.current = false;
    const made = { tenant: 'default', version: state.keys.length + 1, fingerprint: 'SHA256:0aVd 77ZP m1Qx 8fK2', current: true };
    state.keys = [made, ...state.keys];
    return [201, made];
  }],
  ['POST /laboratory', laboratory],
  ['GET /audit', audit],
  ['GET /audit/verification', ({ state }) => [200, state.verification]],
  ['POST /audit/verification', verify],
  ['GET /status', status],
  ['POST /mock/alarms', Object.assign(setAlarms, { isPublic: true })],
];
