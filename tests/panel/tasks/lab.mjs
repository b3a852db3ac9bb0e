// The lab: an SBC's INVITE is pasted, what is wrong with it is read and found in its text, the answer is seen; hostile words stay words;
// a file is dropped, and what is no SIP is said to be none.
import assert from 'node:assert/strict';
import { closePage, NARROW, openPage, until } from '../support.mjs';

const HOSTILE = '<img src=x onerror=alert(1)>';
/** As an SBC sends it, with faults of several kinds. */
export const SAMPLE = `INVITE sip:srs@192.0.2.20 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1
From: <sip:sbc@192.0.2.10>;tag=a
To: <sip:srs@192.0.2.20>
Call-ID: lab-1@192.0.2.10
CSeq: 1 INVITE
Max-Forwards: 70
User-Agent: AudioCodes ${HOSTILE}
Contact: <sip:sbc@192.0.2.10;+sip.src>
Content-Type: multipart/mixed;boundary=b

--b
Content-Type: application/sdp

v=0
o=- 1 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 4000 RTP/AVP 8 101
a=rtpmap:101 telephone-event/8000
a=label:1
a=sendonly
m=audio 4002 RTP/SAVP 8
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:YUJDZGVGZ2hpSktMbW9QUXJzVHVWd3l6MTIzNDU2
a=label:2
a=sendonly

--b
Content-Type: application/rs-metadata+xml
Content-Disposition: recording-session

<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1">
  <dataMode>complete</dataMode>
  <session session_id="c2Vzc2lvbi0x"><sipSessionID>ab30317f1a784dc48ff824d0d3715d86</sipSessionID></session>
  <participant participant_id="cGFydHktMQ=="><nameID aor="sip:+421905123456@example.org"><name>Kováč &lt;b&gt;</name></nameID></participant>
  <participant participant_id="cGFydHktMg=="><nameID aor="4002"/></participant>
  <stream stream_id="c3RyZWFtLTE=" session_id="c2Vzc2lvbi0x"><label>1</label></stream>
  <stream stream_id="c3RyZWFtLTI=" session_id="c2Vzc2lvbi0x"><label>2</label></stream>
  <extensiondata xmlns:v="urn:example:vendor"><v:callTag>4711</v:callTag></extensiondata>
</recording>
--b--
`;

/** Opens the lab and has the sample looked at. */
export async function examineSample(page, query = '') {
  await page.go(`/sources/lab${query}`);
  await page.waitForSelector('textarea');
  await page.fill('textarea', SAMPLE);
  await page.click('form .primary');
  await page.waitForSelector('[data-answer]');
}

const textOf = (page, selector) => page.locator(selector).first().textContent();

export default async function lab(run) {
  const page = await openPage(run);
  await page.go('/sources');
  await page.click('a[href="/sources/lab"]');
  await page.waitForSelector('textarea');
  assert.equal(await page.locator('form .primary').isDisabled(), true, 'nothing to look at yet');
  await examineSample(page);
  assert.equal(await page.locator('[data-answer="200"]').count(), 1);
  for (const code of ['no_require', 'source_tag_in_uri', 'datamode_name', 'address_form', 'associations_missing']) assert.equal(await page.locator(`[data-finding=${code}]`).count(), 1, code);
  assert.match(await textOf(page, '[data-finding=no_require]'), /Send Require: siprec/);
  const main = await page.textContent('main');
  for (const word of ['AudioCodes SBC', '+421905123456', 'Kováč <b>', HOSTILE, 'keys come over signalling']) assert.ok(main.includes(word), word);
  assert.ok(!main.includes('YUJDZGVGZ2hp'), 'keys are not shown');

  await page.locator('[data-finding=source_tag_in_uri] button').click();
  await until(page, 'the line is shown', () => document.activeElement?.classList.contains('row'));
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Contact: <sip:sbc@192\.0\.2\.10;\+sip\.src>/);
  assert.equal(await page.evaluate(() => document.activeElement.classList.contains('marked')), true);

  await page.selectOption('select >> nth=1', 'tls');
  await until(page, 'over TLS the second line is taken too', () => !document.querySelector('main').textContent.includes('keys come over signalling'));
  await page.selectOption('select >> nth=0', 'strict');
  await page.waitForSelector('[data-answer="403"]');

  await page.fill('textarea', '');
  await page.setInputFiles('[data-files]', { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('no message at all') });
  await page.waitForSelector('[role=alert]');
  await page.setViewportSize(NARROW);
  await examineSample(page);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out on a phone');
  await closePage(page);
}
