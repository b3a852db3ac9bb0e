import { randomUUID } from 'node:crypto';
import { matches } from './calls.mjs';
import { refuse } from './reply.mjs';
import { eventsOf, messagesOf, qualityOf, reportsOf } from './signalling.mjs';
import { peaks, RATE, wavPart, wavSize } from './sound.mjs';

const LARGEST_PART = 1 << 20;
const find = ({ state, path }) => state.calls.find((each) => each.call_id === path.call_id);
const withCall = (act) => (context) => {
  const call = find(context);
  return call ? act(call, context) : refuse(404, 'not_found', 'there is no such call');
};

function list({ state, query }) {
  const limit = Number(query.get('limit') ?? 50);
  const after = query.get('after') ? Number(query.get('after')) : 0;
  const calls = [];
  let index = after;
  for (; index < state.calls.length && calls.length < limit; index++) if (matches(state.calls[index], query)) calls.push(state.calls[index]);
  return [200, { from: null, calls, next: index < state.calls.length && calls.length === limit ? String(index) : null }];
}

function count({ state, query }) {
  const found = state.calls.filter((each) => matches(each, query));
  const talk = found.reduce((sum, each) => sum + (each.talk_sec ?? 0), 0);
  return [200, { value: Math.min(found.length, 10_000), more: found.length > 10_000, talk_seconds: talk }];
}

function table({ state, query, response }) {
  const lines = state.calls.filter((each) => matches(each, query)).map((call) => [call.call_id, call.start_at, call.caller_number, call.called_number].join(','));
  response.writeHead(200, { 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': 'attachment; filename="calls.csv"' });
  response.end(`\ufeff${['call_id,start_at,caller_number,called_number', ...lines].join('\r\n')}\r\n`);
  return undefined;
}

function why(call) {
  if (call.recording_state === 'not_recorded_by_policy') return { code: call.recording_state, detail: 'recording is switched off' };
  return { code: call.recording_state, detail: 'import' };
}

function detail(call, { state, account }) {
  state.write('call.viewed', account, { call_id: call.call_id });
  const related = state.calls.filter((each) => each.interaction_id === call.interaction_id && each !== call);
  return [200, { call, events: eventsOf(call), related, why: why(call), note_count: state.notes.filter((each) => each.call_id === call.call_id).length }];
}

function grant(call, { state, account }) {
  const recording = call.recordings[0];
  const token = randomUUID();
  state.grants.set(token, call);
  state.write('playback.granted', account, { call_id: call.call_id, recording_id: recording.recording_id });
  return [201, {
    token, url: `/api/v1/playback/${token}/audio.wav`, expires_at: new Date(Date.now() + 300_000).toISOString(), recording_id: recording.recording_id,
    start_at: recording.start_at, duration_seconds: call.talk_sec, sample_rate: RATE, channels: ['caller', 'callee'], notes: [],
  }];
}

function audio({ state, path, request, response }) {
  const call = state.grants.get(path.token);
  if (!call) return refuse(404, 'not_found', 'there is no such playback');
  const size = wavSize(call.talk_sec);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const from = range ? Number(range[1]) : 0;
  const to = Math.min(range?.[2] ? Number(range[2]) + 1 : size, from + LARGEST_PART, size);
  response.writeHead(206, { 'Content-Type': 'audio/wav', 'Accept-Ranges': 'bytes', 'Content-Range': `bytes ${from}-${to - 1}/${size}`, 'Content-Length': to - from, 'Cache-Control': 'no-store' });
  response.end(wavPart(call.talk_sec, from, to));
  return undefined;
}

function end({ state, path, body, account }) {
  const call = state.grants.get(path.token);
  state.grants.delete(path.token);
  if (call) state.write('playback.ended', account, { call_id: call.call_id, details: { heard: JSON.stringify(body.heard) } });
  return [204];
}

function exportCall(call, { query, response }) {
  const format = query.get('format');
  const data = format === 'wav' ? wavPart(call.talk_sec ?? 0, 0, wavSize(Math.min(call.talk_sec ?? 0, 60))) : Buffer.from(JSON.stringify(call, null, 1));
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Disposition': `attachment; filename="call-${call.call_id.slice(0, 13)}.${format}"` });
  response.end(data);
}

function peaksOf(call, { query }) {
  const length = call.talk_sec ?? 0;
  const from = Number(query.get('from') ?? 0);
  const to = Math.min(Number(query.get('to') ?? length), length);
  const points = Math.max(1, Number(query.get('points') ?? 1000));
  return [200, { from, to, points, channels: peaks(from, to, points, ['caller', 'callee']) }];
}

function addNote(call, { state, account, body }) {
  const now = new Date().toISOString();
  const note = { note_id: randomUUID(), call_id: call.call_id, from_seconds: null, to_seconds: null, ...body, author: account.display_name || account.name, own: true, created_at: now, updated_at: now };
  state.notes.push(note);
  return [201, note];
}

function changeNote(call, { state, path, body }) {
  const note = state.notes.find((each) => each.note_id === path.note_id);
  if (!note) return refuse(404, 'not_found', 'there is no such note');
  return [200, Object.assign(note, body, { updated_at: new Date().toISOString() })];
}

function removeNote(call, { state, path }) {
  state.notes = state.notes.filter((each) => each.note_id !== path.note_id);
  return [204];
}

function addView({ state, body }) {
  const view = { view_id: randomUUID(), ...body };
  state.views.push(view);
  return [201, view];
}

/** The second witness lost a little of one voice. */
function comparison(call, { query }) {
  const [first, second] = ['first', 'second'].map((name, index) => query.get(name) ?? call.recordings[index]?.recording_id);
  if (!second) return refuse(404, 'not_found', 'this call has not two recordings');
  const side = (recording_id, stream, number) => ({ recording_id, stream: number, ssrc: stream.ssrc, codec: stream.codec, label: '', packets: stream.packets });
  const streams = call.streams.map((stream, index) => ({ participant: stream.participant, first: side(first, stream, index), second: side(second, stream, index), same: stream.packets - index * 40, different: 0, only_first: index * 40, only_second: 0 }));
  return [200, { first, second, equal: false, clock_difference_seconds: 0.0123, streams, spans: [{ participant: 'callee', from_seconds: 12.3, to_seconds: 13.1, kind: 'only_first', packets: 40 }], cut: false }];
}

export const callRoutes = [
  ['GET /calls/{call_id}/comparison', withCall(comparison)],
  ['GET /calls', list],
  ['GET /calls/count', count],
  ['GET /calls/table', table],
  ['GET /calls/{call_id}', withCall(detail)],
  ['GET /calls/{call_id}/messages', withCall((call) => [200, { messages: messagesOf(call), cut: false, reports: reportsOf(call), reports_cut: false }])],
  ['GET /calls/{call_id}/peaks', withCall(peaksOf)],
  ['GET /calls/{call_id}/quality', withCall((call, { query }) => [200, qualityOf(call, Number(query.get('points') ?? 300))])],
  ['POST /calls/{call_id}/playback', withCall(grant)],
  ['GET /playback/{token}/audio.wav', audio],
  ['POST /playback/{token}/end', end],
  ['GET /calls/{call_id}/export', withCall(exportCall)],
  ['GET /calls/{call_id}/notes', withCall((call, { state }) => [200, { notes: state.notes.filter((each) => each.call_id === call.call_id) }])],
  ['POST /calls/{call_id}/notes', withCall(addNote)],
  ['PUT /calls/{call_id}/notes/{note_id}', withCall(changeNote)],
  ['DELETE /calls/{call_id}/notes/{note_id}', withCall(removeNote)],
  ['GET /views', ({ state }) => [200, { views: state.views }]],
  ['POST /views', addView],
  ['DELETE /views/{view_id}', ({ state, path }) => ((state.views = state.views.filter((each) => each.view_id !== path.view_id)), [204])],
];
