// Calls as a small company has them.
import { chance, uuidAt } from './chance.mjs';

const STAFF = [['101', 'Anna Adams'], ['102', 'Peter Kováč'], ['103', 'Lucía Fernández'], ['104', 'Дмитрий Орлов'], ['105', 'Zuzana Horváthová']];
const OUTSIDE = [
  ['+421905123456', 'Marta Nováková'], ['+34911234567', 'Gestoría Hermanos Álvarez y Asociados'], ['+442071838750', 'Emma Miller'],
  ['+12125550147', 'Omar Reed'], ['+74951234567', 'Ольга Смирнова'], ['+4930901820', ''], ['+33142685300', 'Élodie Dubois'], ['', 'Anonymous'],
  ['+421220850111', '<img src=x onerror=alert(1)>'],
];
const CODECS = ['PCMA', 'PCMU', 'G722', 'PCMA'];
export const LONG_CALL = 7200;

const iso = (ms) => new Date(ms).toISOString().replace('Z', '000Z');

function resultOf(random) {
  const dice = random.next();
  if (dice < 0.72) return 'answered';
  return random.of(['no_answer', 'cancelled', 'busy', 'rejected', 'abandoned_queue', 'unreachable', 'failed']);
}

function streamsOf(call, random, codec) {
  const packets = Math.floor(call.talk_sec * 50);
  return ['caller', 'callee'].map((participant, index) => {
    const lost = random.next() < 0.4 ? random.below(Math.max(2, Math.floor(packets * 0.012))) : 0;
    return {
      participant, ssrc: random.hex(8), codec, clock_rate: 8000, packets: packets - lost, lost, duplicated: 0, reordered: random.below(4),
      source: `10.40.0.${21 - index * 10}:${30000 + random.below(9000) * 2}`, destination: `10.40.0.10:${20000 + random.below(5000) * 2}`,
      first_at: call.answer_at, last_at: call.end_at, media: 'audio', payload_type: 8, bytes: packets * 160, jitter_ms: 0.4 + random.next() * 4, encrypted: random.next() < 0.2,
    };
  });
}

export function makeCall(seed, startMs, options = {}) {
  const random = chance(seed * 7919 + 17);
  const isInbound = random.next() < 0.6;
  const [outside, inside] = [random.of(OUTSIDE), random.of(STAFF)];
  const [from, to] = isInbound ? [outside, inside] : random.next() < 0.15 ? [inside, random.of(STAFF)] : [inside, outside];
  const result = options.result ?? resultOf(random);
  const ringSec = 1 + random.next() * 20;
  const talkSec = options.talk ?? (result === 'answered' ? 8 + random.next() ** 3 * 1500 : null);
  const answerMs = talkSec === null ? null : startMs + ringSec * 1000;
  const endMs = answerMs === null ? startMs + ringSec * 1000 : answerMs + talkSec * 1000;
  const id = uuidAt(startMs, random);
  const hasSound = talkSec !== null && random.next() < 0.94;
  const state = talkSec === null ? 'not_recorded_no_media' : hasSound ? (random.next() < 0.05 ? 'recorded_partial' : 'recorded') : 'not_recorded_by_policy';
  const call = {
    call_id: id, interaction_id: id, parent_call_id: null, tenant: 'default', source: 'pcap', source_detail: 'office.pcapng',
    direction: isInbound ? 'inbound' : to[0].length < 5 && from[0].length < 5 ? 'internal' : 'outbound', tech_result: result, recording_state: state,
    start_at: iso(startMs), ring_at: iso(startMs + 400), answer_at: answerMs === null ? null : iso(answerMs), end_at: iso(endMs),
    duration_sec: (endMs - startMs) / 1000, talk_sec: talkSec, hangup_by: random.of(['caller', 'callee']), end_reason: talkSec === null ? 'refused' : 'bye',
    end_reason_sip: talkSec === null ? 486 : null, end_reason_q850: null, caller_number: from[0] || null, caller_name: from[1] || null,
    called_number: to[0] || null, called_name: to[1] || null, dialled_digits: to[0] || null, did: null, connected_number: to[0] || null,
    queue: null, external_ids: { sip_call_id: [`${random.hex(20)}@10.40.0.11`] },
    legs: [{ sip_call_id: `${random.hex(20)}@10.40.0.11`, role: 'a', from_uri: `sip:${from[0]}@10.40.0.10`, to_uri: `sip:${to[0]}@10.40.0.10`, user_agent: 'Desk Phone 1.0', server: 'PBX 2.4', transport: 'udp', final_status: talkSec === null ? 486 : 200 }],
    streams: [], events: [], events_cut: false, ended: true, recordings: [],
  };
  if (talkSec !== null) call.streams = streamsOf(call, random, random.of(CODECS));
  call.recordings = [{
    recording_id: uuidAt(startMs + 1, random), state, state_detail: 'import', witness: 'import of office.pcapng',
    start_at: hasSound ? call.answer_at : null, end_at: hasSound ? call.end_at : null, media_bytes: hasSound ? Math.floor(talkSec * 16000) : 0, streams: call.streams,
  }];
  return call;
}

export function makeCalls(count, now) {
  const calls = [];
  for (let index = 0; index < count; index++) {
    const at = now - 60_000 - index * 95_000;
    calls.push(makeCall(index + 1, at, index === 3 ? { result: 'answered', talk: LONG_CALL } : index === 1 ? { result: 'answered', talk: 74 } : {}));
  }
  for (const index of [1, 3]) {
    const call = calls[index];
    if (!call) continue;
    call.recording_state = call.recordings[0].state = 'recorded';
    Object.assign(call.recordings[0], { start_at: call.answer_at, end_at: call.end_at, media_bytes: Math.floor(call.talk_sec * 16000) });
  }
  if (calls.length > 3) calls[1].recordings.push({ ...calls[1].recordings[0], recording_id: calls[3].recordings[0].recording_id, witness: 'SIPREC from 10.40.0.30:5060' });
  if (calls.length > 2) calls[2].interaction_id = calls[1].interaction_id;
  return calls;
}

const plain = (text) => (text ?? '').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const digits = (text) => (text ?? '').replace(/[^\d]/g, '').replace(/^00/, '');

/** As the server: any notation, with or without the country's code. */
function hasNumber(call, wanted) {
  const asked = digits(wanted).replace(/^0/, '');
  return asked !== '' && [call.caller_number, call.called_number, call.connected_number].some((each) => {
    const own = digits(each);
    return own.startsWith(digits(wanted)) || own.startsWith(asked) || (asked.length >= 6 && own.endsWith(asked));
  });
}

export function matches(call, query) {
  const get = (name) => query.get(name);
  const seconds = call.talk_sec ?? 0;
  const from = get('from') ?? new Date(Date.now() - 30 * 86_400_000).toISOString();
  if (call.start_at < from || (get('to') && call.start_at >= get('to'))) return false;
  if (get('number') && !hasNumber(call, get('number'))) return false;
  if (get('name') && !plain(call.caller_name).includes(plain(get('name'))) && !plain(call.called_name).includes(plain(get('name')))) return false;
  for (const [name, field] of [['result', 'tech_result'], ['direction', 'direction'], ['recording_state', 'recording_state']])
    if (get(name) && call[field] !== get(name)) return false;
  if (get('min_duration') && seconds < Number(get('min_duration'))) return false;
  if (get('max_duration') && seconds > Number(get('max_duration'))) return false;
  if (get('codec') && !call.streams.some((each) => plain(each.codec) === plain(get('codec')))) return false;
  const words = plain(get('words')).split(/\s+/).filter(Boolean);
  const all = plain([call.caller_name, call.called_name, call.caller_number, call.called_number].join(' ')).split(/[\s+]+/);
  return words.every((word) => all.some((each) => each.startsWith(digits(word) || word)));
}
