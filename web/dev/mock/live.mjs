// Calls in progress, as a recording client sends them.
import { makeCall } from './calls.mjs';
import { chance } from './chance.mjs';

const PEERS = ['sbc-east', 'opensips', 'CUBE Bratislava'];
export const FINDING = { code: 'no_require', text: 'The INVITE does not ask for siprec; it was taken as a recording session all the same.', rule: 'RFC 7866 section 6.1.1', detail: '', matters: false };
export const SERIOUS = { code: 'label_unknown', text: 'The metadata names a stream that is not in the SDP.', rule: 'RFC 7866 section 8.1', detail: 'label 96', matters: true };
// What breaks no rule and is passed over all the same.
const PECULIAR = [
  { code: 'plain_signalling', text: 'signals without encryption', rule: '', detail: '', matters: false },
  { code: 'declines', text: 'declines requests of ours', rule: '', detail: 're-INVITE: 405', matters: false },
];

function streamOf(participant, number, label) {
  return { number, participant, label, media: 'audio', codec: 'PCMA', encrypted: number % 2 === 1 && label === '2', packets: 0, lost: 0, last_at: null };
}

export function makeLive(index, now) {
  const random = chance(index * 977 + 5);
  const start = now - 4000 - index * 37_000;
  const call = makeCall(index + 50_000, start, { result: 'answered', talk: 60 });
  const state = index === 2 ? 'paused' : index === 4 ? 'not_recorded' : 'recording';
  return {
    call_id: call.call_id, recording_id: state === 'not_recorded' ? null : call.recordings[0].recording_id, source: index === 5 ? 'passive' : 'siprec', peer: index === 5 ? 'eth0' : random.of(PEERS),
    witness: 'SIPREC from 10.40.0.30:5060', start_at: call.start_at, answer_at: call.answer_at && Date.parse(call.answer_at) < now ? call.answer_at : null,
    caller_number: call.caller_number, caller_name: call.caller_name, called_number: call.called_number, called_name: call.called_name,
    state, paused_by: state === 'paused' ? 'operator' : null, why: state === 'not_recorded' ? { code: 'not_recorded_by_policy', detail: 'recording is switched off' } : { code: 'recorded', detail: 'recording is switched on' },
    can_pause: index !== 5, can_listen: state === 'recording', streams: [streamOf('caller', 0, '1'), streamOf('callee', 1, '2')],
    findings: index === 1 ? [FINDING, SERIOUS] : index === 0 ? [FINDING] : [],
  };
}

/** As it is now: packets have come since. */
export function asOf(call, now) {
  const seconds = Math.max(0, (now - Date.parse(call.answer_at ?? call.start_at)) / 1000);
  const streams = call.streams.map((stream, index) => ({ ...stream, packets: Math.floor(seconds * 50), lost: index === 1 ? Math.floor(seconds / 3) : 0, last_at: new Date(now).toISOString() }));
  return { ...call, streams, can_listen: call.state === 'recording' };
}

export const SOURCES = {
  siprec: {
    enabled: true, ready: true, why_not: '',
    addresses: [
      { uri: 'sip:10.40.0.10:5060;transport=udp', transport: 'udp', error: '' },
      { uri: 'sip:10.40.0.10:5060;transport=tcp', transport: 'tcp', error: '' },
      { uri: 'sips:recorder.example.com:5061;transport=tls', transport: 'tls', error: 'the port is taken by another program' },
    ],
    peers: [
      { name: 'sbc-east', configured: true, user_agent: 'Acme Packet 6300', address: '10.40.0.30:5060', transport: 'udp', encrypted: false, last_options_at: new Date(Date.now() - 20_000).toISOString(), last_session_at: new Date(Date.now() - 4000).toISOString(), sessions_now: 4, sessions_total: 18_204, refused: 2, errors: [{ at: new Date(Date.now() - 7_200_000).toISOString(), code: 'session_refused', text: 'A session was refused', detail: '503: the disk is full' }], findings: [FINDING, SERIOUS, ...PECULIAR] },
      { name: '192.0.2.77', configured: false, user_agent: 'OpenSIPS (3.5.9 (x86_64/linux))', address: '192.0.2.77:5061', transport: 'tls', encrypted: true, last_options_at: null, last_session_at: new Date(Date.now() - 90_000).toISOString(), sessions_now: 1, sessions_total: 12, refused: 0, errors: [], findings: [FINDING] },
    ],
  },
  hep: {
    enabled: true,
    addresses: [{ address: '10.40.0.10:9060', transport: 'udp' }, { address: '10.40.0.10:9060', transport: 'tcp' }],
    agents: [
      { address: '10.40.0.41', id: 2001, name: 'kamailio-1', last_at: new Date(Date.now() - 3000).toISOString(), sip: 48_213, reports: 1904, refused: 0, malformed: 0, trouble: '' },
      { address: '2001:db8::40:42', id: 100, name: '', last_at: new Date(Date.now() - 1_800_000).toISOString(), sip: 812, reports: 0, refused: 0, malformed: 3, trouble: 'a packet that cannot be read: truncated' },
    ],
    refused: { count: 17, last_at: new Date(Date.now() - 240_000).toISOString(), address: '192.0.2.99', trouble: 'its key is another one' },
  },
  captures: [{ interface: 'eth0', since: new Date(Date.now() - 86_400_000).toISOString(), error: '', packets: 88_123_441, bytes: 18_220_114_771, dropped_by_kernel: 12, dropped_by_us: 0, calls_now: 1 }],
};
