// The SIP messages and events of a call.
const PHONE = '10.40.0.11:5060';
const PBX = '10.40.0.10:5060';
const TRUNK = '10.40.0.21:5060';

function text(startLine, call, cseq, body) {
  const lines = [
    startLine, `Via: SIP/2.0/UDP ${PHONE};branch=z9hG4bK${call.call_id.slice(-8)};rport`, 'Max-Forwards: 70',
    `From: "${call.caller_name ?? ''}" <sip:${call.caller_number ?? 'anonymous'}@example.com>;tag=${call.call_id.slice(0, 8)}`,
    `To: <sip:${call.called_number ?? ''}@example.com>`, `Call-ID: ${call.external_ids.sip_call_id[0]}`, `CSeq: ${cseq}`,
    'User-Agent: Desk Phone 1.0 (firmware 4.2.17; a very long name that goes on and on to see how the page copes)',
    `Content-Length: ${body ? body.length : 0}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

const SDP = 'v=0\r\no=- 1 1 IN IP4 10.40.0.11\r\ns=-\r\nc=IN IP4 10.40.0.11\r\nt=0 0\r\nm=audio 30288 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n';

export function messagesOf(call) {
  const start = Date.parse(call.start_at);
  const answer = call.answer_at ? (Date.parse(call.answer_at) - start) / 1000 : null;
  const end = (Date.parse(call.end_at) - start) / 1000;
  const rows = [[0, 'INVITE', null, 1], [0.02, null, 100, 1], [0.05, 'INVITE', null, 1, true], [0.06, null, 100, 1, true], [0.38, null, 180, 1, true], [0.4, null, 180, 1]];
  if (answer === null) rows.push([end, null, call.end_reason_sip ?? 486, 1], [end + 0.01, 'ACK', null, 1]);
  else rows.push([answer - 0.02, null, 200, 1, true], [answer, null, 200, 1], [answer + 0.01, 'ACK', null, 1], [answer + 0.02, 'ACK', null, 1, true], [end, 'BYE', null, 2], [end + 0.01, 'BYE', null, 2, true], [end + 0.03, null, 200, 2, true], [end + 0.04, null, 200, 2]);
  const WORDS = { 100: 'Trying', 180: 'Ringing', 200: 'OK', 486: 'Busy Here' };
  return rows.map(([offset, method, status, seq, outer], n) => {
    const path = outer ? [PBX, TRUNK] : [PHONE, PBX];
    const [source, destination] = method ? path : [...path].reverse();
    const cseq = `${seq} ${seq === 2 ? 'BYE' : method === 'ACK' ? 'ACK' : 'INVITE'}`;
    const startLine = method ? `${method} sip:${call.called_number ?? ''}@example.com SIP/2.0` : `SIP/2.0 ${status} ${WORDS[status]}`;
    return {
      n, at: new Date(start + offset * 1000).toISOString(), offset_seconds: offset, source, destination, transport: 'udp', start_line: startLine,
      method, status, call_id: call.external_ids.sip_call_id[0], cseq, text: text(startLine, call, cseq, method === 'INVITE' ? SDP : ''),
    };
  });
}

/** What agents report of an answered call by HEP. */
export function reportsOf(call) {
  if (!call.answer_at) return [];
  const start = Date.parse(call.start_at);
  const answer = (Date.parse(call.answer_at) - start) / 1000;
  const rtcp = { sender_information: { ntp_timestamp_sec: 3_950_000_000, packets: 250, octets: 40_000 }, ssrc: 287_454_020, type: 200, report_count: 1, report_blocks: [{ source_ssrc: 305_419_896, fraction_lost: 0, packets_lost: 2, highest_seq_no: 25_114, ia_jitter: 14, lsr: 1_431_655_765, dlsr: 65_536 }], sdes_ssrc: 287_454_020 };
  const rows = [[0.01, 'hep_log', `INFO: <script>tm [core]: new call from ${call.caller_number ?? 'anonymous'}`], [answer + 5, 'hep_rtcp', JSON.stringify(rtcp)], [answer + 10, 'hep_quality', 'MOS=4.3;LOSS=0.2;JITTER=14']];
  return rows.map(([offset, kind, text], n) => ({ n, at: new Date(start + offset * 1000).toISOString(), offset_seconds: offset, kind, who: 'agent 2001', text }));
}

export function eventsOf(call) {
  const start = Date.parse(call.start_at);
  const list = [[call.start_at, 'invite', 'caller', ''], [call.ring_at, 'ring', 'callee', '']];
  if (call.answer_at) {
    const answer = Date.parse(call.answer_at);
    list.push([call.answer_at, 'answer', 'callee', '']);
    if (call.talk_sec > 60) {
      const held = answer + call.talk_sec * 300;
      list.push([new Date(held).toISOString(), 'hold', 'callee', ''], [new Date(held + 9000).toISOString(), 'unhold', 'callee', '']);
    }
  }
  list.push([call.end_at, 'end', call.hangup_by, call.end_reason]);
  return list.map(([at, kind, who, detail]) => ({ at, offset_seconds: (Date.parse(at) - start) / 1000, kind, who, detail: detail ?? '' }));
}

export function qualityOf(call, points) {
  const seconds = call.talk_sec ?? 0;
  const count = Math.max(1, Math.min(points, Math.ceil(seconds / 5)));
  const wave = (index, seed) => Math.max(0, Math.sin(index * 0.7 + seed) * Math.sin(index * 0.13 + seed * 2));
  return {
    from: 0, to: seconds, step_seconds: seconds / count,
    streams: call.streams.map((stream, seed) => ({
      participant: stream.participant, ssrc: stream.ssrc, codec: stream.codec,
      lost: Array.from({ length: count }, (_, index) => (stream.lost === 0 ? 0 : wave(index, seed + 1) ** 4 * 0.09)),
      jitter_ms: Array.from({ length: count }, (_, index) => 0.6 + wave(index, seed) * 12),
    })),
  };
}
