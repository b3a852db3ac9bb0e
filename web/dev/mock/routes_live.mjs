import { randomUUID } from 'node:crypto';
import { asOf, SOURCES } from './live.mjs';
import { refuse } from './reply.mjs';
import { livePart, liveLevel } from './sound.mjs';

const KEPT_SECONDS = 4;
const find = ({ state, path }) => state.live.find((each) => each.call_id === path.call_id);
const withLive = (act) => (context) => {
  const call = find(context);
  return call ? act(call, context) : refuse(404, 'not_found', 'this call is not in progress');
};
const changed = (state) => state.tell('live', { total: state.live.length });

function act(kind, change) {
  return withLive((call, { state, account, body }) => {
    if (!call.can_pause) return refuse(409, 'cannot_be_paused', 'nothing of this call is recorded');
    state.write(kind, account, { call_id: call.call_id, recording_id: call.recording_id, details: { reason: body.reason } });
    change(call, state);
    changed(state);
    return [204];
  });
}

function levels({ state, query }) {
  const now = Date.now() / 1000;
  const asked = (query.get('calls') ?? '').split(',');
  const calls = state.live.filter((each) => asked.includes(each.call_id)).map((each) => ({ call_id: each.call_id, voices: each.streams.map((stream, index) => ({ participant: stream.participant, decibels: each.state === 'recording' ? liveLevel(index, now) : null })) }));
  return [200, { calls }];
}

function listen(call, { state, account }) {
  if (call.state !== 'recording') return refuse(409, 'nothing_to_hear', 'nothing of this call is being stored now');
  const token = randomUUID();
  state.liveGrants.set(token, call.call_id);
  state.write('live.listened', account, { call_id: call.call_id, recording_id: call.recording_id });
  return [201, { token, url: `/api/v1/live/sound/${token}`, recording_id: call.recording_id, sample_rate: 8000, channels: ['caller', 'callee'] }];
}

function sound({ state, path, query, response }) {
  const call = state.live.find((each) => each.call_id === state.liveGrants.get(path.token));
  if (!state.liveGrants.has(path.token)) return refuse(404, 'not_found', 'there is no such grant');
  const end = Math.floor(((Date.now() - Date.parse(call?.start_at ?? 0)) / 1000) * 8000);
  const from = Math.max(query.has('after') ? Number(query.get('after')) : end - 4000, end - KEPT_SECONDS * 8000);
  const bytes = call?.state === 'recording' ? livePart(from, end) : Buffer.alloc(0);
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store', 'X-Sample-Position': String(from), 'X-Live': call ? call.state : 'ended' });
  response.end(bytes);
}

/** Makes calls begin or end, which real ones do by themselves: POST {"calls": 0} */
function setLive({ state, body }) {
  state.live = state.live.slice(0, body.calls);
  changed(state);
  return [204];
}

export const liveRoutes = [
  ['GET /live', ({ state, query }) => {
    const calls = state.live.map((each) => asOf(each, Date.now()));
    const count = (word) => calls.filter((each) => each.state === word).length;
    return [200, { calls: calls.slice(0, Number(query.get('limit') ?? 200)), total: calls.length, recording: count('recording'), paused: count('paused'), at: new Date().toISOString() }];
  }],
  ['GET /live/levels', levels],
  ['GET /live/{call_id}', withLive((call) => [200, asOf(call, Date.now())])],
  ['POST /live/{call_id}/pause', act('recording.paused', (call) => Object.assign(call, { state: 'paused', paused_by: 'operator' }))],
  ['POST /live/{call_id}/resume', act('recording.resumed', (call) => Object.assign(call, { state: 'recording', paused_by: null }))],
  ['POST /live/{call_id}/stop', act('recording.stopped', (call, state) => (state.live = state.live.filter((each) => each !== call)))],
  ['POST /live/{call_id}/listen', withLive(listen)],
  ['GET /live/sound/{token}', sound],
  ['POST /live/sound/{token}/end', ({ state, path, account }) => (state.liveGrants.delete(path.token), state.write('live.listen_ended', account), [204])],
  ['GET /sources', ({ state }) => [200, { ...SOURCES, imports: { running: 0, done: state.jobs.length, failed: 0, last_at: null } }]],
  ['POST /mock/live', Object.assign(setLive, { isPublic: true })],
];
